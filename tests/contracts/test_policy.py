"""Policy: dated values with a status; what is unset has no value and fails closed."""

from datetime import date

import pytest

from contracts.errors import HeldByPolicyError, UsageError
from contracts.policy import Policy, names, shipped_text
from contracts.policy_entries import Status

SHIPPED = Policy(shipped_text())
DAY = date(2026, 7, 15)


def entry(
    name: str = "filing.transport_days",
    value: str | None = "3",
    status: str = "unverified",
    begins: str = "2024-10-01",
    more: str = "",
) -> str:
    said = "" if value is None else f"value = {value}\n"
    return (
        f'[[{name}]]\n{said}status = "{status}"\nsource = "a test"\nvalid_from = {begins}\n{more}\n'
    )


@pytest.mark.parametrize("name", names())
def test_a_shipped_value_is_there_exactly_when_its_status_says_so(name: str) -> None:
    found = SHIPPED.entry(name, DAY)
    assert found.source
    assert (found.value is None) == (found.status is Status.UNSET)
    assert SHIPPED.is_set(name, DAY) == (found.value is not None)


def test_an_unset_value_fails_closed() -> None:
    with pytest.raises(HeldByPolicyError, match=r"replacement\.line_reference is unset on 2026"):
        SHIPPED.value("replacement.line_reference", DAY)
    assert SHIPPED.entry("replacement.line_reference", DAY).value is None


IN_FORCE = entry(value="3") + entry(value="5", begins="2026-01-01", more="valid_to = 2026-06-30")
DATED = [
    # day                value
    (date(2024, 9, 30), None),  # before the first
    (date(2024, 10, 1), 3),
    (date(2025, 12, 31), 3),
    (date(2026, 1, 1), 5),  # the one that began last holds
    (date(2026, 6, 30), 5),
    (date(2026, 7, 1), 3),  # and when it has ended, the one before
]


@pytest.mark.parametrize(("day", "value"), DATED)
def test_the_entry_in_force_is_the_one_that_began_last(day: date, value: int | None) -> None:
    found = Policy(IN_FORCE).entry("filing.transport_days", day)
    assert found.value == value
    assert (found.status is Status.UNSET) == (value is None)


def test_illustrative_values_are_named() -> None:
    told = entry(status="illustrative", begins="2026-01-01")
    assert Policy(told).illustrative(DAY) == ["filing.transport_days"]
    assert Policy(told).illustrative(date(2025, 12, 31)) == []
    assert SHIPPED.illustrative(DAY) == []


REFUSED = [
    # text, what its message says
    ("[[window.dayz]]\n", "policy_entry", "'status'"),
    (entry(name="window.dayz", value="90"), "policy_unknown", "Nearest: window.days"),
    (entry(name="shoes.size"), "policy_unknown", "Nearest: none"),
    (entry(value=None), "policy_entry", "a value needs a status other than unset"),
    (entry(status="unset"), "policy_entry", "unset has no value"),
    (entry(status="guessed"), "policy_entry", "'guessed' is not a valid Status"),
    (entry(value='"3"'), "policy_entry", "value is not of the kind of 3"),
    (entry(value="true"), "policy_entry", "value is not of the kind of 3"),
    (
        entry(name="window.policy", value='"whenever"'),
        "policy_entry",
        "not one of activation_clock, release_lookback",
    ),
    (entry(value="-1"), "policy_entry", "value is not 0 or more"),
    (entry(name="window.days", value="0"), "policy_entry", "value is not from 1 to 90"),
    (entry(name="window.days", value="-90"), "policy_entry", "value is not from 1 to 90"),
    (entry(name="window.days", value="91"), "policy_entry", "value is not from 1 to 90"),
    (entry(begins='"2026-01-01"'), "policy_entry", "dates without quotes"),
    (entry(begins="2026-01-01T00:00:00"), "policy_entry", "dates without quotes"),
    (entry(more="valid_to = 2024-09-30"), "policy_entry", "valid_to is not the earlier one"),
    (entry(more="valid_too = 2026-01-01"), "policy_entry", "unknown valid_too"),
    (entry() + entry(value="4"), "policy_entry", "two entries are valid from 2024-10-01"),
    ("[filing.transport_days]\nvalue = 3\n", "policy_syntax", "[[filing.transport_days]]"),
    ("filing = 3\n", "policy_syntax", "[[group.name]]"),
    ("[[filing", "policy_syntax", "Mend the line"),
]


@pytest.mark.parametrize(("text", "code", "said"), REFUSED)
def test_a_faulty_file_is_refused_with_its_place(text: str, code: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Policy(text)
    assert caught.value.code == code
    assert "policy.toml" in caught.value.message
    assert said in caught.value.message


def test_the_digest_covers_values_and_dates_and_neither_order_nor_sources() -> None:
    digest = Policy(IN_FORCE).digest
    reordered = entry(value="5", begins="2026-01-01", more="valid_to = 2026-06-30") + entry()
    assert Policy(reordered).digest == digest
    assert Policy(IN_FORCE.replace("a test", "another")).digest == digest
    others = [
        IN_FORCE.replace("value = 5", "value = 6"),
        IN_FORCE.replace("2026-06-30", "2026-06-29"),
        IN_FORCE.replace("2024-10-01", "2024-10-02"),
        IN_FORCE.replace("unverified", "verified"),
        entry(),
    ]
    assert len({digest, *(Policy(other).digest for other in others)}) == 1 + len(others)
