"""Late lines and late claims: what passing time does to the plan, and what made a claim late."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import AS_OF, DEADLINE, agency, assembled, drawn, drawn_lines, policy

from contracts.fields import INSTANT, MONEY
from pipelines.stages.plan.lateness import causes, late
from pipelines.stages.plan.planning import plan
from pipelines.stages.plan.summary import summary

AFTER = date(2026, 11, 1)
KEY = ("source_system", "encounter_id", "line_number")
LINES = """
encounter | charge | late
E1        | 80.00  |
E2        | 60.00  | yes
"""
SENT = pl.DataFrame(
    schema={
        "claim_id": pl.String, "submission_number": pl.Int64, "state": pl.String,
        "content_hash": pl.String, "row_hash": pl.String, "claim_form": pl.String,
        "patient_control_number": pl.String, "charge_amount": MONEY, "is_not_found": pl.Boolean,
        "sent_at": INSTANT, "asked_on": pl.Date, "dispute": pl.String, "route": pl.String,
    }
)  # fmt: skip


def lines(picture: str) -> Any:
    made = drawn_lines(picture.replace("| late", "| verdict").replace("| yes", "| held"))
    return [row | {"is_late": row.get("verdict") == "held"} for row in made]


def planned(picture: str, as_of: date, *, sent: str | None = None, same: bool = True) -> Any:
    """The plan as of a day. With `sent`: the claims went out and stand in that state."""
    claims, _ = assembled(lines(picture), as_of=as_of)
    out = SENT
    if sent is not None:
        out = claims.select(
            "claim_id", "claim_form", "charge_amount", "route",
            content_hash="content_hash" if same else pl.lit("other"),
            submission_number=pl.lit(1, pl.Int64), state=pl.lit(sent),
            row_hash="claim_row_hash", patient_control_number=pl.col("claim_id"),
            is_not_found=pl.lit(False), sent_at=pl.lit(None, INSTANT), dispute=pl.lit("none"),
            asked_on=pl.lit(None, pl.Date),
        ).select(SENT.columns)  # fmt: skip
    return plan(claims, out, SENT.clear(), policy(), as_of, agency())


def test_a_late_line_makes_a_claim_of_its_own_which_waits() -> None:
    rows = planned(LINES, AFTER).sort("charge_amount")
    assert rows.select("charge_amount", "action", pl.col("reasons").list.join(" ")).rows() == [
        (Decimal("60.00"), "hold", "filing_limit_passed"),
        (Decimal("80.00"), "new", ""),  # a delay reason, or a person, has freed it
    ]


def test_a_late_line_in_the_payers_hands_is_neither_changed_nor_void() -> None:
    both = LINES.replace("80.00  |", "80.00  | yes")
    in_time = LINES.replace("| yes", "|")
    for state in ("sent", "received", "accepted", "pended"):
        before = planned(in_time, AS_OF, sent=state)
        after = planned(both, AFTER, sent=state)
        assert set(after["action"]) == set(before["action"]) == {"nothing"}, state


def test_late_claims_are_those_that_the_payer_does_not_have() -> None:
    both = LINES.replace("80.00  |", "80.00  | yes")
    assert late(planned(both, AFTER), AFTER).height == 1  # one claim: its lines are alike
    assert late(planned(both, AFTER, sent="rejected"), AFTER).height == 1
    assert late(planned(both, AFTER, sent="written"), AFTER).height == 1
    for state in ("sent", "received", "accepted"):
        assert late(planned(both, AFTER, sent=state), AFTER).is_empty(), state
    assert late(planned(both, DEADLINE), DEADLINE).is_empty()


CAUSES = """
claim    | received | closed   | state    | not_found | reasons                         | cause            | detail
in_time  | 10-02    |          |          |           | filing_limit_passed             | not_sent_in_time |
received | 11-02    | 11-03    |          |           | filing_limit_passed             | received_late    | e.csv row 7, received 2026-11-02
held     | 10-02    | 11-03    |          |           | filing_limit_passed             | held_until_late  | note_not_signed until 2026-11-03
mended   | 10-02    | 10-31    |          |           | filing_limit_passed             | not_sent_in_time |
waits    | 10-02    |          |          |           | filing_limit_passed no_address  | held_until_late  | no_address
rejected | 11-02    |          | rejected |           | filing_limit_passed             | rejected_late    | the payer turned it back; reentry claims show tells why
lost     | 10-02    | 11-03    | sent     | yes       | filing_limit_passed             | rejected_late    | the payer turned it back; reentry claims show tells why
withdrew | 10-02    |          | withdrawn|           | filing_limit_passed             | not_sent_in_time |
"""  # noqa: E501 - a table is read in rows


def day(text: str | None) -> date | None:
    return text and date.fromisoformat(f"2026-{text}")


def test_what_made_a_claim_late_is_told_by_the_first_cause_that_holds() -> None:
    rows = drawn(CAUSES)
    claims = pl.DataFrame(
        [{"claim_id": row["claim"], "deadline_on": DEADLINE, "action": "hold",
          "reasons": row["reasons"].split()} for row in rows]
    )  # fmt: skip
    keys = [dict(zip(KEY, ("main", row["claim"], 1), strict=True)) for row in rows]
    owned = pl.DataFrame([{"claim_id": key["encounter_id"], **key} for key in keys])
    received = pl.DataFrame(
        [{**key, "received_on": day(row["received"]), "file": "e.csv", "row_number": 7}
         for key, row in zip(keys, rows, strict=True)]
    )  # fmt: skip
    found = pl.DataFrame(
        [{**key, "edit_id": "note_not_signed", "closed_on": day(row["closed"])}
         for key, row in zip(keys, rows, strict=True) if row["closed"]]
    )  # fmt: skip
    sent = pl.DataFrame(
        [{"claim_id": row["claim"], "state": row["state"],
          "is_not_found": row["not_found"] == "yes"} for row in rows if row["state"]]
    )  # fmt: skip
    told = causes(claims, owned, received, found, sent)
    assert told.rows() == [(row["claim"], row["cause"], row["detail"]) for row in rows]


@pytest.mark.parametrize("as_of", [AS_OF, DEADLINE, AFTER, date(2027, 6, 15), date(2030, 1, 1)])
@pytest.mark.parametrize("state", ["sent", "received", "accepted", "pended"])
def test_the_passage_of_time_alone_proposes_nothing(as_of: date, state: str) -> None:
    picture = LINES if as_of <= DEADLINE else LINES.replace("80.00  |", "80.00  | yes")
    picture = picture.replace("| yes", "|") if as_of <= DEADLINE else picture
    rows = planned(picture, as_of, sent=state)
    assert set(rows["action"]) == {"nothing"}
    assert rows["patient_control_number"].null_count() == rows.height


def test_a_summary_adds_up_by_action_and_facility() -> None:
    rows = planned(LINES, AFTER)
    told = summary(rows)
    assert told.select("action", "facility_id", "claims", "charge_amount").rows() == [
        ("hold", "MAIN", 1, Decimal("60.00")),
        ("new", "MAIN", 1, Decimal("80.00")),
    ]
    assert told["charge_amount"].sum() == rows["charge_amount"].sum()
    # Cut to 75 % of the rate, 80.25 here, in the first month after the limit.
    assert told["unpriced"].to_list() == [0, 0]
    assert told["deadline_on"].to_list() == [DEADLINE, DEADLINE]


def test_a_summary_knows_no_expectation_where_no_rate_is_known() -> None:
    rows = planned(LINES, AFTER).with_columns(expected_amount=pl.lit(None, MONEY))
    assert summary(rows)["expected_amount"].to_list() == [None, None]
    assert summary(rows)["unpriced"].to_list() == [1, 1]
