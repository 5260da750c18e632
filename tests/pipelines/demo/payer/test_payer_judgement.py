"""What the payer pays of a line, and why not the rest."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from payer_county import (
    ANN,
    BOB,
    CAM,
    NOBODY,
    SENT_AT,
    Bill,
    Certain,
    answered,
    bill,
    file_of,
    lines_of,
    payer,
    rolls,
    segments,
)

from pipelines.demo.payer.members import Roll
from pipelines.demo.payer.simulation import Mail

NEXT_MONTH = SENT_AT + timedelta(days=28)


def dated(day: str, charge: str = "100", code: str = "99213") -> tuple[tuple[str, str, str], ...]:
    return ((code, charge, day),)


# Received in July 2026. Rates: 99213 at 80, E0143 at 80 with authorization; 96372 has none.
@pytest.mark.parametrize(
    ("one", "paid", "why"),
    [
        (bill("C1"), "80", "CO-45 20"),
        (bill("C1", lines=dated("20260615", "50")), "50", ""),  # never more than charged
        (bill("C1", lines=dated("20260615", "100", "96372")), "60", "CO-45 40"),  # no rate: a share
        (bill("C1", lines=dated("20260131")), "80", "CO-45 20"),  # the sixth month after
        (bill("C1", lines=dated("20251231")), "60", "CO-45 20 CO-251 20 N102"),  # 75 per cent
        (bill("C1", lines=dated("20251001")), "60", "CO-45 20 CO-251 20 N102"),  # the ninth month
        (bill("C1", lines=dated("20250930")), "40", "CO-45 20 CO-251 40 N102"),  # 50 per cent
        (bill("C1", lines=dated("20250701")), "40", "CO-45 20 CO-251 40 N102"),  # the twelfth month
        (bill("C1", lines=dated("20250630")), "0", "CO-29 100 N30"),  # after a year
        (bill("C1", lines=dated("20250630"), delay="1"), "80", "CO-45 20"),  # an accepted reason
        (bill("C1", lines=dated("20250630"), delay="8"), "0", "CO-29 100 N30"),  # one that is not
        (bill("C1", lines=dated("20250930"), delay="8"), "40", "CO-45 20 CO-251 40 N102"),
        (bill("C1", lines=dated("20250930"), delay="11"), "0", "CO-252 100 N445"),  # wants proof
        (
            bill("C1", lines=dated("20250930"), delay="11", refs=("PWK*OZ*BM***AC*A1",)),
            "80",
            "CO-45 20",
        ),
        (bill("C1", cin=BOB, lines=dated("20260531")), "80", "CO-45 20"),
        (bill("C1", cin=BOB, lines=dated("20260601")), "0", "CO-177 100"),
        (bill("C1", cin=CAM), "0", "CO-177 100"),  # without the justice-involved aid code
        (bill("C1", cin=CAM, lines=dated("20260615", code="N9905")), "60",
         "CO-45 40"),  # a follow-up after release wants none
        (bill("C1", cin=BOB, lines=dated("20260615", code="N9905")), "0", "CO-177 100"),
        (bill("C1", cin=NOBODY), "0", "CO-31 100"),
        (bill("C1", lines=dated("20260615", code="E0143")), "0", "CO-197 100"),
        (bill("C1", lines=dated("20260615", code="E0143"), refs=("REF*G1*1234567890",)), "0",
         "CO-15 100 N517"),
        (bill("C1", lines=dated("20260615", code="E0143"), refs=("REF*G1*12345678901",)), "80",
         "CO-45 20"),
    ],
)  # fmt: skip
def test_a_line_is_paid_as_the_rules_have_it(one: Bill, paid: str, why: str) -> None:
    status = "4" if paid == "0" else "1"
    assert lines_of(answered(file_of(one))) == [("C1", status, paid, why)]


def test_each_line_is_judged_on_its_own() -> None:
    one = bill("C1", lines=(("99213", "100", "20260615"), ("E0143", "90", "20260615")))
    told = answered(file_of(one))
    assert lines_of(told) == [
        ("C1", "1", "80", "CO-45 20"),
        ("C1", "1", "0", "CO-197 90"),
    ]
    assert segments(told["835"][0], "CLP")[0][1:5] == ["C1", "1", "190", "80"]


def test_the_same_service_on_two_claims_is_a_duplicate_and_on_one_is_not() -> None:
    twice = (("99213", "100", "20260615"), ("99213", "100", "20260615"))
    other_day = dated("20260616")
    told = answered(
        file_of(bill("C1", lines=twice), bill("C2"), bill("C3", lines=other_day), number=1)
    )
    assert lines_of(told) == [
        ("C1", "1", "80", "CO-45 20"),
        ("C1", "1", "80", "CO-45 20"),
        ("C2", "4", "0", "CO-18 100"),
        ("C3", "1", "80", "CO-45 20"),
    ]


def test_what_another_payer_paid_is_not_paid_again() -> None:
    inside = ("SBR*P*18*GROUP******CI", "AMT*D*30", "OI***Y***Y", "NM1*IL*1*X*Y****MI*M1",
              "NM1*PR*2*OTHER*****PI*OTH1", "REF*F8*THEIRS")  # fmt: skip
    behind = ("SVD*OTH1*30*HC:99213**1", "CAS*CO*45*70", "DTP*573*D8*20260620")
    told = answered(file_of(bill("C1", inside=inside, behind=behind)))
    assert lines_of(told) == [("C1", "1", "50", "CO-45 20 OA-23 30")]


def test_dollars_and_claims_of_test_and_production_are_apart() -> None:
    told = answered(file_of(bill("C1")), file_of(bill("C2"), number=2, usage="P"))
    usages = [(text[102], lines_of({"835": [text]})) for text in told["835"]]
    assert sorted(usages) == [
        ("P", [("C2", "1", "80", "CO-45 20")]),
        ("T", [("C1", "1", "80", "CO-45 20")]),
    ]


# What becomes of an earlier claim of two lines, paid 80 each, that is corrected a month later.
def corrected(*bills: Bill, first: Bill | None = None) -> Any:
    lines = (("99213", "100", "20260615"), ("99213", "100", "20260616"))
    first = first or bill("C1", lines=lines)
    sent = file_of(first)
    number = segments(answered(sent)["835"][0], "CLP")[0][7]
    named = [
        Bill(**{**vars_of(one), "refs": tuple(r.format(number) for r in one.refs)}) for one in bills
    ]
    return answered(sent, Mail(file_of(*named, number=2), NEXT_MONTH), until=date(2026, 9, 30))


def vars_of(one: Bill) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def test_a_void_takes_the_whole_claim_back() -> None:
    lines = (("99213", "100", "20260615"), ("99213", "100", "20260616"))
    told = corrected(bill("C2", lines=lines, frequency="8", refs=("REF*F8*{}",)))
    assert lines_of(told)[2:] == [
        ("C1", "22", "-80", "CO-45 -20"),
        ("C1", "22", "-80", "CO-45 -20"),
    ]


def test_a_replacement_takes_its_line_back_and_is_paid_anew() -> None:
    told = corrected(
        bill("C2", lines=dated("20260616", "60"), frequency="7", refs=("REF*F8*{}",)),
    )
    assert lines_of(told)[2:] == [
        ("C1", "22", "-80", "CO-45 -20"),
        ("C2", "1", "60", ""),
    ]


def test_a_line_may_be_named_by_its_two_digits() -> None:
    told = corrected(
        bill("C2", lines=dated("20260620"), frequency="7", refs=("REF*F8*{}01",)),
    )
    assert lines_of(told)[2:] == [
        ("C1", "22", "-80", "CO-45 -20"),
        ("C2", "1", "80", "CO-45 20"),
    ]


def test_a_line_is_voided_once() -> None:
    void = {"lines": dated("20260616"), "frequency": "8", "refs": ("REF*F8*{}",)}
    told = corrected(bill("C2", **void), bill("C3", **void))
    assert lines_of(told)[2:] == [
        ("C1", "22", "-80", "CO-45 -20"),
        ("C3", "4", "0", "CO-16 100 N547"),
    ]


def test_more_taken_back_than_due_is_carried_to_the_next_payment() -> None:
    lines = (("99213", "100", "20260615"), ("99213", "100", "20260616"))
    told = corrected(bill("C2", lines=lines, frequency="8", refs=("REF*F8*{}",)))
    first, void = told["835"]
    (plb,) = segments(void, "PLB")
    assert segments(first, "BPR")[0][2] == "160"
    assert (segments(void, "BPR")[0][1:3], plb[3][:3], plb[4]) == (["H", "0"], "FB:", "-160")


def test_what_is_owed_is_taken_from_the_next_payment() -> None:
    sent, void = file_of(bill("C1")), {"frequency": "8"}
    number = segments(answered(sent)["835"][0], "CLP")[0][7]
    later = file_of(bill("C2", refs=(f"REF*F8*{number}",), **void), number=2)
    last = file_of(bill("C3"), bill("C4", lines=dated("20260617")), number=3)
    mail = (Mail(later, NEXT_MONTH), Mail(last, NEXT_MONTH + timedelta(days=14)))
    told = answered(sent, *mail, until=date(2026, 9, 30))
    amounts = [segments(text, "BPR")[0][2] for text in told["835"]]
    assert amounts == ["80", "0", "80"]
    assert segments(told["835"][2], "PLB")[0][4] == "80"


def ended(known_at: datetime) -> Roll:
    """ANN's coverage turns out to have ended with May."""
    (first,) = rolls()
    return Roll(known_at, first.spans | {ANN: first.spans[BOB]}, first.birth_dates, {})


def test_coverage_that_ended_before_the_service_is_taken_back_in_a_later_payment() -> None:
    known = [*rolls(), ended(datetime(2026, 7, 20, tzinfo=UTC))]
    again = Mail(file_of(bill("C2", cin=BOB, lines=dated("20260501")), number=2), NEXT_MONTH)
    told = answered(file_of(bill("C1")), again, by=payer(known=known), until=date(2026, 9, 30))
    number = segments(told["835"][0], "CLP")[0][7]
    (plb,) = segments(told["835"][1], "PLB")
    assert [segments(text, "BPR")[0][2] for text in told["835"]] == ["80", "0"]
    assert plb[3:7] == [f"WO:{number}", "80"]
    assert lines_of(told)[1] == ("C2", "1", "80", "CO-45 20")


class Late(Certain):
    """Every member's coverage turns out to have ended, once paid."""

    def hits(self, stream: str, subject: str, per_mille: float) -> bool:  # noqa: ARG002
        return stream == "ends later"


def test_a_seeded_member_s_coverage_ends_only_after_the_first_payment() -> None:
    again = Mail(file_of(bill("C2", lines=dated("20260620")), number=2), NEXT_MONTH)
    told = answered(file_of(bill("C1")), again, by=payer(Late(3)), until=date(2026, 9, 30))
    assert lines_of(told)[0] == ("C1", "1", "80", "CO-45 20")
    assert lines_of(told)[1][2:] in {("0", "CO-177 100"), ("80", "CO-45 20")}
    taken = [Decimal(one[4]) for one in segments(told["835"][1], "PLB")]
    assert bool(taken) == (lines_of(told)[1][2] == "0")


def test_what_wants_no_aid_code_is_not_taken_back_for_want_of_one() -> None:
    follow_up = bill("C1", cin=CAM, lines=dated("20260615", code="N9905"))
    again = Mail(file_of(bill("C2", lines=dated("20260620")), number=2), NEXT_MONTH)
    told = answered(Mail(file_of(follow_up), SENT_AT), again, until=date(2026, 9, 30))
    assert [row[2] for row in lines_of(told)] == ["60", "80"]
    assert [segments(text, "PLB") for text in told["835"]] == [[], []]
