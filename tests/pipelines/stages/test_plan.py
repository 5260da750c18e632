"""The plan's cells: what is desired against what is batched and what was submitted."""

from datetime import date

import polars as pl
import pytest
from claim_county import DEADLINE, agency, drawn, policy
from plan_drawn import (
    ANSWERED_CLAIMS,
    CLAIMS,
    NO_SUBMISSIONS,
    OPEN,
    SUBMITTED,
    answered_submissions,
    desired,
    ledger_rows,
    planned,
)

from contracts.derived import DERIVED
from contracts.errors import BrokenInvariantError
from contracts.schemas import broken_rules
from contracts.settings import Route
from pipelines.stages.plan.numbering import patient_control_numbers

CELLS = """
claim            | newest    | action  | reason           | number
batched_changed  | batched   | new     | row_changed      | 1
batched_gone     | batched   | nothing | claim_gone       |
batched_held     | batched   | hold    | address_missing  |
batched_row_only | batched   | new     | row_changed      | 1
batched_same     | batched   | nothing |                  |
fresh            |           | new     |                  | 1
fresh_held       |           | hold    | name_not_carried |
resent_same      | sent      | nothing | awaiting_answer  |
sent_changed     | sent      | hold    | awaiting_answer  |
sent_gone        | sent      | hold    | awaiting_answer  |
withdrawn_gone   | withdrawn | nothing | claim_gone       |
withdrawn_same   | withdrawn | new     |                  | 2
written_same     | written   | nothing |                  |
"""


def test_each_claim_has_the_action_of_its_cell_and_stands_once() -> None:
    told = planned().select(
        claim="claim_id",
        newest="newest_state",
        action="action",
        reason=pl.col("reasons").list.first(),
        number=pl.col("submission_number").cast(pl.String),
    )
    assert told.rows() == [tuple(row.values()) for row in drawn(CELLS)]


def test_what_is_new_has_its_control_number_and_nothing_else_has() -> None:
    rows = planned().select("action", "patient_control_number", "frequency_code").rows()
    for action, number, frequency in rows:
        assert (number is not None) == (frequency == "1") == (action == "new")
        assert number is None or (len(number) == 16 and number.isalnum() and number.isupper())


def test_a_control_number_follows_from_agency_claim_and_submission_number_alone() -> None:
    ids = pl.Series(["a", "a", "b"])
    of_sac = patient_control_numbers("sac", ids, pl.Series([1, 2, 1]))
    assert of_sac.n_unique() == 3
    assert of_sac.to_list() == patient_control_numbers("sac", ids, pl.Series([1, 2, 1])).to_list()
    assert not set(of_sac) & set(patient_control_numbers("la", ids, pl.Series([1, 2, 1])))


# October 2026: weekends, and a holiday on Monday 26th.
CALENDAR = pl.DataFrame(
    [(date(2026, 10, day), "no" if day in (3, 4, 10, 11, 17, 18, 24, 25, 26, 31) else "yes")
     for day in range(1, 32)], schema=["day_on", "is_receiving_day"], orient="row",
)  # fmt: skip


@pytest.mark.parametrize(
    ("days", "through", "expected"),
    [
        (0, 31, date(2026, 10, 30)),  # Saturday 31st is within the limit, but nobody receives
        (3, 31, date(2026, 10, 27)),
        (4, 31, date(2026, 10, 23)),  # over the weekend and the holiday
        (40, 31, None),  # the calendar does not reach back so far
        (3, 30, None),  # nor to the limit
        (None, 31, None),
    ],
)
def test_a_claim_is_to_be_sent_receiving_days_before_its_deadline(
    days: int | None, through: int, expected: date | None
) -> None:
    known = CALENDAR.filter(pl.col("day_on") <= date(2026, 10, through))
    rows = planned(policy=policy(filing__transport_days=days), calendar=known)
    assert date(2026, 10, 31) == DEADLINE
    assert rows.filter(claim_id="fresh")["send_by"].item() == expected
    assert rows.filter(claim_id="sent_gone")["send_by"].item() is None


def test_without_a_cut_off_calendar_no_day_to_send_is_guessed() -> None:
    assert planned()["send_by"].null_count() == 13
    assert planned(calendar=CALENDAR.clear())["send_by"].null_count() == 13


def test_a_claim_whose_route_is_unset_waits() -> None:
    unset = agency(routes={"medi_cal": Route("medi_cal", "1", "M", "M", status="unset")})
    rows = planned(agency=unset, batched=OPEN.clear(), submissions=NO_SUBMISSIONS)
    told = dict(rows.select("claim_id", "reasons").rows())
    assert set(rows["action"]) == {"hold"}
    assert told["fresh"] == ["route_unset"]
    assert told["fresh_held"] == ["name_not_carried", "route_unset"]


def test_a_state_that_no_cell_speaks_of_stops_the_plan() -> None:
    with pytest.raises(BrokenInvariantError, match="lent"):
        planned(submissions=SUBMITTED.with_columns(state=pl.lit("lent")))


ANSWERED = """
state    | same                      | changed                  | held                     | gone
sent     | nothing awaiting_answer   | hold awaiting_answer     | hold awaiting_answer     | hold awaiting_answer
received | nothing awaiting_answer   | hold awaiting_answer     | hold awaiting_answer     | hold awaiting_answer
lost     | resubmit not_found        | resubmit not_found       | hold address_missing     | nothing claim_gone
rejected | hold rejected_unchanged   | resubmit rejected        | hold address_missing     | nothing claim_gone
accepted | nothing                   | hold awaiting_remittance | hold awaiting_remittance | hold awaiting_remittance
pended   | nothing                   | hold awaiting_remittance | hold awaiting_remittance | hold awaiting_remittance
paid     | nothing                   | hold lines_undecided     | hold lines_undecided     | hold lines_undecided
partly_paid | nothing                | hold lines_undecided     | hold lines_undecided     | hold lines_undecided
denied   | hold denied               | hold denied_changed      | hold denied_changed      | nothing claim_gone
reversed | nothing reversed          | nothing reversed         | nothing reversed         | nothing reversed
replaced | nothing replaced          | nothing replaced         | nothing replaced         | nothing replaced
voided   | nothing voided            | nothing voided           | nothing voided           | nothing voided
"""  # noqa: E501 - a table is read in rows


def test_each_answer_has_the_action_of_its_cell() -> None:
    rows = planned(ANSWERED_CLAIMS, answered_submissions(), OPEN.clear())
    told = {row["claim_id"]: row for row in rows.to_dicts()}
    for row in drawn(ANSWERED):
        for kind in ("same", "changed", "held", "gone"):
            one = told[f"{row['state']}_{kind}"]
            assert " ".join([one["action"], *one["reasons"]]) == row[kind], (row["state"], kind)


def test_what_is_resubmitted_is_an_original_under_a_number_of_its_own() -> None:
    rows = planned(ANSWERED_CLAIMS, answered_submissions(), OPEN.clear())
    again = rows.filter(action="resubmit").select("submission_number", "frequency_code")
    assert set(again.rows()) == {(2, "1")}
    assert again.height == 3


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("rejected", "nothing"),  # it waits in its batch
        ("sent", "hold awaiting_answer"),  # the payer has been heard since
        ("received", "hold awaiting_answer"),
        ("accepted", "hold awaiting_remittance"),
    ],
)
def test_a_resubmission_in_a_batch_leaves_it_when_the_first_one_is_taken_after_all(
    state: str, expected: str
) -> None:
    claim = desired(("c", "c2", "r2", None))
    first = ledger_rows(f"claim_id|submission_number|state|content_hash\nc|1|{state}|c1")
    batched = ledger_rows("claim_id|submission_number|content_hash|row_hash\nc|2|c2|r2")
    row = planned(claim, first, batched).row(0, named=True)
    assert " ".join([row["action"], *row["reasons"]]) == expected
    assert row["newest_state"] == "batched"


def test_silence_counts_from_the_last_time_the_payer_was_asked() -> None:
    asked = answered_submissions().with_columns(asked_on=date(2026, 5, 10))
    told = planned(ANSWERED_CLAIMS, asked, OPEN.clear()).filter(claim_id="sent_same")
    assert told["inquiry_due_on"].item() == date(2026, 5, 25)


@pytest.mark.parametrize(
    ("as_of", "days", "due_on", "reasons"),
    [
        (date(2026, 5, 4), 15, date(2026, 5, 5), ["awaiting_answer"]),
        (date(2026, 5, 5), 15, date(2026, 5, 5), ["awaiting_answer", "inquiry_due"]),
        (date(2027, 5, 5), 15, date(2026, 5, 5), ["awaiting_answer", "inquiry_due"]),
        (date(2027, 5, 5), None, None, ["awaiting_answer"]),  # unset: nobody is asked
    ],
)
def test_time_alone_makes_an_inquiry_due_and_proposes_nothing(
    as_of: date, days: int | None, due_on: date | None, reasons: list[str]
) -> None:
    rows = planned(
        ANSWERED_CLAIMS, answered_submissions(), OPEN.clear(), as_of=as_of,
        policy=policy(inquiry__after_days=days),
    )  # fmt: skip
    told = rows.filter(claim_id="sent_same").row(0, named=True)
    assert (told["inquiry_due_on"], told["reasons"]) == (due_on, reasons)
    before = planned(ANSWERED_CLAIMS, answered_submissions(), OPEN.clear())
    assert rows["action"].to_list() == before["action"].to_list()
    waits = rows.drop_nulls("inquiry_due_on")["newest_state"]
    assert set(waits) <= {"sent", "received"}


def test_a_plan_of_nothing_is_empty() -> None:
    empty = planned(CLAIMS.clear(), NO_SUBMISSIONS, OPEN.clear())
    assert empty.schema == DERIVED["plan"].schema
    assert empty.is_empty()


def test_a_plan_keeps_its_contract() -> None:
    still_there = planned().filter(pl.col("content").is_not_null())
    assert still_there.height == 10
    assert broken_rules(DERIVED["plan"], still_there) == {}
