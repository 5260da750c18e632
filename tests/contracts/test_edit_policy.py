"""What policy.toml may set of an edit, and which of several settings holds."""

from datetime import date

import pytest

from contracts.errors import UsageError
from contracts.policy import Policy, shipped_text


def setting(
    sets: str = 'severity = "hold"',
    status: str = "unverified",
    begins: str = "2026-01-01",
    more: str = "",
) -> str:
    return (
        f'[[edit.note_signed_late]]\n{sets}\nstatus = "{status}"\nsource = "a test"\n'
        f"valid_from = {begins}\n{more}\n"
    )


IN_FORCE = setting() + setting('severity = "off"', begins="2026-03-01",
                               more="valid_to = 2026-03-31")  # fmt: skip
DATED = [
    # day                severity
    (date(2025, 12, 31), None),
    (date(2026, 1, 1), "hold"),
    (date(2026, 3, 1), "off"),  # the one that began last
    (date(2026, 3, 31), "off"),
    (date(2026, 4, 1), "hold"),
]


@pytest.mark.parametrize(("day", "severity"), DATED)
def test_the_setting_in_force_is_the_one_that_began_last(day: date, severity: str | None) -> None:
    found = Policy(IN_FORCE).edit_setting("note_signed_late", day)
    assert (found and found.severity) == severity


def test_what_ships_sets_no_edit() -> None:
    assert Policy(shipped_text()).edit_settings == ()


REFUSED = [
    # text, what its message says
    (setting(""), "sets nothing"),
    (setting('severity = "error"'), "severity is not one of off, warn, hold, reject"),
    (setting("severity = 3"), "severity is not one of"),
    (setting('sevrity = "hold"'), "unknown sevrity"),
    (setting('value = "hold"'), "unknown value"),
    (setting(status="illustrative"), "status is not one of verified, unverified"),
    (setting(status="unset"), "status is not one of verified, unverified"),
    (setting().replace("source", "x_source"), "unknown x_source"),
    (setting().replace('source = "a test"\n', ""), "lacks source"),
    (setting(begins='"2026-01-01"'), "dates without quotes"),
    (
        setting("services_from = 2026-02-01\nservices_to = 2026-01-31"),
        "services_to is not the earlier one",
    ),
    (setting("services_to = 7"), "services_from and services_to are dates without quotes"),
    (setting().replace('"a test"', "7"), "source is text, in quotes"),
    (setting() + setting(), "two entries are valid from 2026-01-01"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_a_faulty_setting_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Policy(text)
    assert caught.value.code == "policy_entry"
    assert "edit.note_signed_late" in caught.value.message
    assert said in caught.value.message


def test_the_digest_covers_settings() -> None:
    others = [
        "",
        setting(),
        setting('severity = "warn"'),
        setting("services_from = 2026-02-01"),
        setting("services_to = 2026-02-01"),
        setting(status="verified"),
        setting(begins="2026-01-02"),
    ]
    assert len({Policy(other).digest for other in others}) == len(others)
