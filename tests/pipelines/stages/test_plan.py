"""The plan's cells: what is desired against what is batched and what was submitted."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import AS_OF, DEADLINE, agency, assembled, drawn, line, policy

from contracts.derived import DERIVED
from contracts.errors import BrokenInvariantError
from contracts.fields import INSTANT, MONEY
from contracts.schemas import broken_rules
from contracts.settings import Route
from pipelines.stages.plan.numbering import patient_control_numbers
from pipelines.stages.plan.planning import plan

SENT_AT = datetime(2026, 4, 20, 18, tzinfo=UTC)  # the inquiry is due on 2026-05-05
SUBMISSIONS = {
    "claim_id": pl.String, "submission_number": pl.Int64, "state": pl.String,
    "content_hash": pl.String, "row_hash": pl.String, "claim_form": pl.String,
    "patient_control_number": pl.String, "charge_amount": MONEY, "is_not_found": pl.Boolean,
    "sent_at": INSTANT, "asked_on": pl.Date, "dispute": pl.String, "route": pl.String,
}  # fmt: skip


ANSWERED_STATES = (
    "sent", "received", "lost", "rejected", "accepted", "pended", "paid", "partly_paid", "denied",
    "reversed", "replaced", "voided",
)  # fmt: skip


def desired(*rows: Any) -> Any:
    """Desired claims: id, content hash, row hash, reason."""
    one, _ = assembled([line(encounter_id="E1")])
    made = [
        one.with_columns(
            claim_id=pl.lit(claim_id),
            content_hash=pl.lit(content),
            claim_row_hash=pl.lit(row_hash),
            reasons=pl.lit(pl.Series([[reason] if reason else []], dtype=pl.List(pl.String))),
        )
        for claim_id, content, row_hash, reason in rows
    ]
    return pl.concat([one.clear(), *made])


def ledger_rows(picture: Any) -> Any:
    rows = [
        {
            "charge_amount": Decimal(7),
            "claim_form": "professional",
            "route": "medi_cal",
            "patient_control_number": f"{row['claim_id']}-{row['submission_number']}",
            **row,
            "submission_number": int(row["submission_number"]),
            "is_not_found": row.get("is_not_found") == "yes",
            "sent_at": SENT_AT if row.get("state") not in ("written", "withdrawn") else None,
        }
        for row in drawn(picture)
    ]
    return pl.DataFrame(rows, schema=SUBMISSIONS)


NO_SUBMISSIONS = pl.DataFrame(schema=SUBMISSIONS)
CLAIMS = desired(
    ("fresh", "c1", "r1", None),
    ("fresh_held", "c1", "r1", "name_not_carried"),
    ("batched_same", "c1", "r1", None),
    ("batched_changed", "c2", "r2", None),
    ("batched_row_only", "c1", "r2", None),
    ("batched_held", "c1", "r2", "address_missing"),
    ("written_same", "c1", "r2", None),
    ("sent_changed", "c2", "r2", None),
    ("withdrawn_same", "c1", "r1", None),
    ("resent_same", "c1", "r1", None),
)
OPEN = ledger_rows("""
claim_id         | submission_number | content_hash | row_hash
batched_same     | 1                 | c1           | r1
batched_changed  | 1                 | c1           | r1
batched_row_only | 1                 | c1           | r1
batched_held     | 1                 | c1           | r1
batched_gone     | 1                 | c1           | r1
written_same     | 1                 | c1           | r1
""")
SUBMITTED = ledger_rows("""
claim_id       | submission_number | state     | content_hash
written_same   | 1                 | written   | c1
sent_changed   | 1                 | sent      | c1
sent_gone      | 1                 | sent      | c1
withdrawn_same | 1                 | withdrawn | c1
withdrawn_gone | 1                 | withdrawn | c1
resent_same    | 1                 | withdrawn | c0
resent_same    | 2                 | sent      | c1
""")
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


def planned(
    claims: Any = CLAIMS, submissions: Any = SUBMITTED, batched: Any = OPEN, **changes: Any
) -> Any:
    standing = {"policy": policy(), "as_of": AS_OF, "agency": agency(), **changes}
    return plan(claims, submissions, batched, **standing)


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


ANSWERED_CLAIMS = desired(
    *((f"{name}_same", "c1", "r1", None) for name in ANSWERED_STATES),
    *((f"{name}_changed", "c2", "r2", None) for name in ANSWERED_STATES),
    *((f"{name}_held", "c2", "r2", "address_missing") for name in ANSWERED_STATES),
)
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


def answered_submissions() -> Any:
    """Each state for a claim that is the same, changed, changed and held, or gone."""
    kinds = ("same", "changed", "held", "gone")
    rows = [
        f"{name}_{kind} | 1 | {'sent' if name == 'lost' else name} | c1 | "
        f"{'yes' if name == 'lost' else ''}"
        for name in ANSWERED_STATES
        for kind in kinds
    ]
    head = "claim_id | submission_number | state | content_hash | is_not_found"
    return ledger_rows("\n".join([head, *rows]))


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


DECIDED = """
claim            | decided   | of            | action   | reason
fresh            | hold      |               | hold     | held_by_decision
fresh            | release   |               | new      |
fresh            | write_off |               | nothing  | written_off
batched_same     | hold      |               | hold     | held_by_decision
batched_same     | write_off |               | nothing  | written_off
written_same     | hold      |               | hold     | held_by_decision
written_same     | resubmit  | written_same-1| nothing  |
resent_same      | resubmit  | resent_same-2 | resubmit |
resent_same      | resubmit  | resent_same-1 | nothing  | awaiting_answer
sent_changed     | resubmit  | sent_changed-1| resubmit |
sent_changed     | write_off |               | nothing  | written_off
sent_gone        | resubmit  | sent_gone-1   | hold     | awaiting_answer
withdrawn_gone   | hold      |               | nothing  | claim_gone
"""


@pytest.mark.parametrize("row", drawn(DECIDED), ids=lambda row: f"{row['claim']} {row['decided']}")
def test_a_decision_about_a_claim_changes_its_cell_and_no_other(row: Any) -> None:
    decided = {"subject_id": row["claim"], "action": row["decided"], "value": row["of"]}
    made = planned(decisions=pl.DataFrame([decided], schema=dict.fromkeys(decided, pl.String)))
    told = made.filter(claim_id=row["claim"]).row(0, named=True)
    assert (told["action"], next(iter(told["reasons"]), None)) == (row["action"], row["reason"])
    assert (told["patient_control_number"] is not None) == (row["action"] in ("new", "resubmit"))
    others = pl.col("claim_id") != row["claim"]
    assert made.filter(others).equals(planned().filter(others))


DECIDED_ON_ANSWERS = """
claim          | decided   | action   | reason
received_same  | resubmit  | resubmit |
rejected_same  | resubmit  | resubmit |
rejected_held  | resubmit  | hold     | address_missing
rejected_gone  | resubmit  | nothing  | claim_gone
accepted_same  | resubmit  | nothing  |
accepted_same  | hold      | hold     | held_by_decision
rejected_same  | write_off | nothing  | written_off
"""


@pytest.mark.parametrize(
    "row", drawn(DECIDED_ON_ANSWERS), ids=lambda row: f"{row['claim']} {row['decided']}"
)
def test_a_decision_about_a_claim_that_was_answered(row: Any) -> None:
    decided = {"subject_id": row["claim"], "action": row["decided"], "value": f"{row['claim']}-1"}
    made = planned(
        ANSWERED_CLAIMS, answered_submissions(), OPEN.clear(), decisions=pl.DataFrame([decided])
    )
    told = made.filter(claim_id=row["claim"]).row(0, named=True)
    assert (told["action"], next(iter(told["reasons"]), None)) == (row["action"], row["reason"])


def test_what_a_person_sends_again_stays_in_its_batch() -> None:
    claim = desired(("c", "c1", "r1", None))
    first = ledger_rows("claim_id|submission_number|state|content_hash\nc|1|sent|c1")
    batched = ledger_rows("claim_id|submission_number|content_hash|row_hash\nc|2|c1|r1")
    decided = pl.DataFrame([{"subject_id": "c", "action": "resubmit", "value": "c-1"}])
    row = planned(claim, first, batched, decisions=decided).row(0, named=True)
    assert (row["action"], row["reasons"], row["newest_state"]) == ("nothing", [], "batched")


def test_what_is_resubmitted_is_an_original_with_the_next_number() -> None:
    decided = {"subject_id": "resent_same", "action": "resubmit", "value": "resent_same-2"}
    told = (
        planned(decisions=pl.DataFrame([decided])).filter(claim_id="resent_same").row(0, named=True)
    )
    assert (told["submission_number"], told["frequency_code"]) == (3, "1")
