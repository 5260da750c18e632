"""Posting and accounts: charged = paid + adjusted + denied + open, whatever is said in whatever
order, and the state that it makes of each submission.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
import remittances_drawn as drawn
from hypothesis import given
from hypothesis import strategies as st
from posted_lines import Made, account, denied, paid, reversed_, sent, settled, text

from pipelines.stages.payments.accounts import EQUATION, broken

ONE = sent("number | ordinal | cents\nAAAA | 1 | 10000")
WEEK = [date(2026, 11, day) for day in (5, 12, 19, 26)]


def told(made: Made, number: str = "AAAA", ordinal: int = 1) -> tuple[Any, ...]:
    """The equation in dollars, and the line's state."""
    row = account(made, number, ordinal)
    return (*(int(row[name]) for name in EQUATION), row["state"], row["is_in_effect"])


def outcome(made: Made) -> dict[str, list[str]]:
    found = made.outcomes.group_by("submission_id", maintain_order=True).agg("outcome")
    return dict(found.rows())


PAID, DENIED = paid("AAAA", 10_000, 8_000), denied("AAAA", 10_000)


@pytest.mark.parametrize(
    ("claims", "paid_adjusted_denied_open", "state", "outcomes"),
    [
        ((), (0, 0, 0, 100), "open", []),
        ((PAID,), (80, 20, 0, 0), "paid", ["paid"]),
        ((DENIED,), (0, 0, 100, 0), "denied", ["denied"]),
        ((PAID, reversed_(PAID)), (0, 0, 0, 100), "reversed", ["reversed"]),
        ((PAID, reversed_(PAID), DENIED), (0, 0, 100, 0), "denied", ["denied"]),
        ((DENIED, reversed_(DENIED), PAID), (80, 20, 0, 0), "paid", ["paid"]),
    ],
)
def test_what_is_said_last_and_not_taken_back_is_what_counts(
    claims: tuple[drawn.Claim, ...],
    paid_adjusted_denied_open: tuple[int, ...],
    state: str,
    outcomes: list[str],
) -> None:
    texts = [
        text(claim, trace=f"T{n}", on=on)
        for n, (claim, on) in enumerate(zip(claims, WEEK, strict=False))
    ]
    for order in (texts, texts[::-1]):  # files come late; the day of payment counts
        made = settled(ONE, *order)
        assert told(made) == (*paid_adjusted_denied_open, state, True)
        assert outcome(made).get("AAAA", []) == outcomes


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ((PAID, PAID), "adjudicated_already"),
        ((reversed_(PAID),), "nothing_to_reverse"),
        ((paid("AAAA", 9_000, 8_000),), "charge_differs"),
    ],
)
def test_what_would_break_the_account_waits_for_a_person(
    claims: tuple[drawn.Claim, ...], reason: str
) -> None:
    made = settled(ONE, text(*claims))
    waiting = made.postings.filter(state="unmatched")
    assert waiting.select("patient_control_number", "reason").rows() == [("AAAA", reason)]
    assert broken(made.accounts).is_empty()


def test_a_late_cut_is_adjusted_and_said_apart() -> None:
    reasons = (("CO", "45", 2_000), ("CO", "251", 2_000))
    line = drawn.Line(10_000, reasons, number="AAAA1", remarks=("N102",))
    row = account(settled(ONE, text(drawn.Claim("AAAA", (line,)))), "AAAA")
    assert (row["adjusted_amount"], row["late_amount"]) == (Decimal(40), Decimal(20))


def test_a_write_off_moves_open_and_denied_to_adjusted() -> None:
    assert told(settled(ONE, given_up=["AAAA"])) == (0, 100, 0, 0, "written_off", True)
    made = settled(ONE, text(DENIED), given_up=["AAAA"])
    assert told(made) == (0, 100, 0, 0, "written_off", True)
    assert told(settled(ONE, text(PAID), given_up=["AAAA"]))[:4] == (80, 20, 0, 0)


def test_what_is_recovered_beside_the_claim_leaves_paid_as_it_was() -> None:
    later = text(paid("BBBB", 10_000, 10_000), trace="T2", plb=(("WO", "ICN1", 8_000),))
    out = sent("number | ordinal | cents\nAAAA | 1 | 10000\nBBBB | 1 | 10000")
    other = drawn.Claim("BBBB", (drawn.Line(10_000, number="BBBB1"),), payer_number="ICN2")
    later = text(other, trace="T2", plb=(("WO", "ICN1", 8_000),))
    made = settled(out, text(PAID), later)
    assert told(made)[:4] == (80, 20, 0, 0)
    assert account(made, "AAAA")["recovered_amount"] == 80


TWO = sent("number | ordinal | cents\nAAAA | 1 | 10000\nAAAA | 2 | 5000")


def test_a_line_that_rides_without_a_charge_is_paid_with_the_others() -> None:
    out = sent("number | ordinal | cents\nAAAA | 1 | 10000\nAAAA | 2 | 0")
    lines = (
        drawn.Line(10_000, (("CO", "45", 2_000),), number="AAAA1"),
        drawn.Line(0, (), number="AAAA2"),
    )
    made = settled(out, text(drawn.Claim("AAAA", lines)))
    assert outcome(made) == {"AAAA": ["paid"]}
    assert told(made, ordinal=2)[:5] == (0, 0, 0, 0, "paid")


def test_a_claim_of_which_a_line_is_denied_is_partly_paid() -> None:
    lines = (
        drawn.Line(10_000, (("CO", "45", 2_000),), number="AAAA1"),
        drawn.Line(5_000, (("CO", "97", 5_000),), number="AAAA2"),
    )
    made = settled(TWO, text(drawn.Claim("AAAA", lines)))
    assert outcome(made) == {"AAAA": ["partly_paid"]}
    assert [told(made, ordinal=n)[:5] for n in (1, 2)] == [
        (80, 20, 0, 0, "paid"), (0, 0, 50, 0, "denied"),
    ]  # fmt: skip


AGAIN = sent("""
number | claim | order | ordinal | cents | state
AAAA   | c     | 1     | 1       | 10000 | rejected
BBBB   | c     | 2     | 1       | 10000 | sent
""")


def test_of_a_claim_sent_again_one_submission_counts() -> None:
    made = settled(AGAIN)
    assert (told(made, "AAAA")[-1], told(made, "BBBB")[-1]) == (False, True)
    lost = sent("""
        number | claim | order | ordinal | cents
        AAAA   | c     | 1     | 1       | 10000
        BBBB   | c     | 2     | 1       | 10000
    """)
    first_paid = settled(lost, text(PAID, denied("BBBB", 10_000)))
    assert (told(first_paid, "AAAA")[-1], told(first_paid, "BBBB")[-1]) == (True, False)


REPLACED = sent("""
number | claim | order | frequency | replaces | ordinal | cents | key
AAAA   | c     | 1     | 1         |          | 1       | 10000 | e1
AAAA   | c     | 1     | 1         |          | 2       | 5000  | e2
RRRR   | c     | 2     | 7         | AAAA     | 1       | 6000  | e1
""")
WHOLE = drawn.Claim("AAAA", (drawn.Line(10_000, number="AAAA1"), drawn.Line(5_000, number="AAAA2")))
FIRST_LINE = drawn.Claim("AAAA", (drawn.Line(10_000, number="AAAA1"),))


def test_a_replacement_counts_once_it_is_adjudicated() -> None:
    before = settled(REPLACED, text(WHOLE))
    assert [told(before, *line)[-1] for line in (("AAAA", 1), ("AAAA", 2), ("RRRR", 1))] == [
        True, True, False,
    ]  # fmt: skip
    answer = text(reversed_(FIRST_LINE), paid("RRRR", 6_000, 6_000), trace="T2", on=WEEK[2])
    after = settled(REPLACED, text(WHOLE), answer)
    assert told(after, "RRRR") == (60, 0, 0, 0, "paid", True)
    assert (told(after)[-1], told(after, ordinal=2)[-1]) == (False, True)
    assert outcome(after) == {"AAAA": ["partly_paid"], "RRRR": ["paid"]}
    denial = text(denied("RRRR", 6_000), trace="T2", on=WEEK[2])
    refused = settled(REPLACED, text(WHOLE), denial)
    assert (told(refused)[-1], told(refused, "RRRR")[-1]) == (True, False)


def test_an_original_wholly_replaced_is_replaced_and_a_void_is_obeyed() -> None:
    one = REPLACED.lines.filter(encounter_id="e1")
    out = type(REPLACED)(one, REPLACED.submissions)
    first = text(FIRST_LINE)
    answer = text(reversed_(FIRST_LINE), paid("RRRR", 6_000, 6_000), trace="T2", on=WEEK[2])
    assert outcome(settled(out, first, answer)) == {
        "AAAA": ["reversed", "replaced"],
        "RRRR": ["paid"],
    }
    void = out.submissions.with_columns(
        frequency_code=pl.when(pl.col("submission_id") == "RRRR")
        .then(pl.lit("8"))
        .otherwise("frequency_code")
    )
    voided = settled(
        type(out)(one, void), first, text(reversed_(FIRST_LINE), trace="T2", on=WEEK[2])
    )
    assert outcome(voided) == {"AAAA": ["reversed", "voided"], "RRRR": ["voided"]}
    assert not voided.accounts["is_in_effect"].any()


def test_reasons_by_group_and_code_are_what_was_not_paid() -> None:
    made = settled(ONE, text(PAID), text(reversed_(PAID), trace="T2", on=WEEK[2]))
    sums = made.adjustments.group_by("group_code", "carc").agg(pl.col("amount").sum())
    assert sums.rows() == [("CO", "45", Decimal(0))]


answers = st.lists(
    st.tuples(
        st.sampled_from(("AAAA", "BBBB")),
        st.integers(1, 2),
        st.sampled_from(("pay", "deny", "reverse", "whole", "other charge")),
        st.integers(0, 10_000),
    ),
    max_size=8,
)
SEVERAL = sent("""
number | ordinal | cents
AAAA   | 1       | 10000
AAAA   | 2       | 3333
BBBB   | 1       | 77
BBBB   | 2       | 0
""")
CHARGES = {("AAAA", 1): 10_000, ("AAAA", 2): 3_333, ("BBBB", 1): 77, ("BBBB", 2): 0}


def said(number: str, ordinal: int, kind: str, cents: int) -> drawn.Claim:
    charge = CHARGES[number, ordinal]
    part = cents % (charge + 1)
    match kind:
        case "pay":
            return paid(number, charge, part, ordinal)
        case "deny":
            return denied(number, charge, ordinal)
        case "reverse":
            return reversed_(paid(number, charge, part, ordinal))
        case "whole":
            own = sum(value for (name, _), value in CHARGES.items() if name == number)
            return drawn.Claim(number, cas=(("CO", "45", cents % (own + 1)),), own_charge=own)
        case _:
            return paid(number, charge + 1, part, ordinal)


@given(answers, st.randoms(use_true_random=False))
def test_after_any_answers_in_any_order_every_cent_is_accounted_for(
    given_answers: list[tuple[str, int, str, int]], shuffled: Any
) -> None:
    texts = [
        text(said(*one), trace=f"T{n}", on=WEEK[n % len(WEEK)])
        for n, one in enumerate(given_answers)
    ]
    shuffled.shuffle(texts)
    made = settled(SEVERAL, *texts)
    assert broken(made.accounts).is_empty()
    sums = made.accounts.select("charge_amount", *EQUATION).sum().row(0)
    assert sums[0] == sum(sums[1:]) == Decimal(13_410) / 100
    assert made.accounts["is_in_effect"].all()
    assert made.sets["amount"].sum() == made.postings["paid_amount"].sum() or not texts
    line = ["submission_id", "line_ordinal"]
    reasons = made.adjustments.group_by(line).agg(cas=pl.col("amount").sum())
    both = made.accounts.join(reasons, on=line, how="left").with_columns(pl.col("cas").fill_null(0))
    assert both.filter(pl.col("cas") != pl.col("cas_amount")).is_empty()
