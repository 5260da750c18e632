"""The checklist of a stay, and the worklist by care manager, as people read them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from contracts.errors import UsageError
from pipelines.cli import cli
from pipelines.commands.bundle_page import checklist_page
from pipelines.io.bundle_lists import Checklist, activations, with_activation
from reports.bundle_worklist import bundle_workbook

ANCHOR = {"stay_id": "S1", "bundle_id": "handoff", "ordinal": 1}
STAY = {"stay_id": "S1", "facility_id": "F1", "release_on": date(2026, 11, 5),
        "is_release_final": False, "release_model": "standard",
        "activated_on": date(2026, 9, 1)}  # fmt: skip
PLAIN = ANCHOR | {"staff": None, "staff_id": None, "participants": None, "organization": None,
                  "reason": None, "file": "m.csv", "row_number": 7, "due_on": date(2026, 10, 22),
                  "is_in_time": None, "days_left": None}  # fmt: skip
ELEMENTS = [
    PLAIN | {"element": "met", "state": "done", "done_on": date(2026, 10, 24), "is_in_time": False,
             "staff": "Doe, Ann", "participants": ["client"]},
    PLAIN | {"element": "meds", "state": "not_needed", "reason": "no_release_medication"},
    PLAIN | {"element": "plan", "state": "missing", "owner": "care_manager", "days_left": 5,
             "due_on": date(2026, 11, 5), "reason": "not_signed", "reason_on": date(2026, 10, 1)},
    PLAIN | {"element": "bundle:first", "state": "missing", "owner": "care_manager"},
]  # fmt: skip
BUNDLE = ANCHOR | {"procedure_code": "N9904", "charge_amount": Decimal("400.00"), "state": "open",
                   "reasons": None, "missing_count": 2, "completed_on": None,
                   "service_date": None}  # fmt: skip


def test_the_checklist_says_what_is_done_by_whom_and_what_is_missing_until_when() -> None:
    labels = {("handoff", "bundle"): "Handoff", ("handoff", "met"): "joint meeting"}
    page = checklist_page(Checklist(STAY, [BUNDLE], ELEMENTS, []), labels, date(2026, 10, 31))
    assert page.splitlines() == [
        "Stay S1 at F1, as of 2026-10-31: expected to be released 2026-11-05, activated 2026-09-01",
        "",
        "Care managers",
        "  none assigned",
        "",
        "handoff: Handoff (N9904, 400.00): open, 2 missing",
        (
            "  [x] joint meeting: 2026-10-24, by Doe, Ann, with client, 12 days before release, "
            "2 days late (m.csv row 7)"
        ),
        "  [-] meds: not needed, no release medication",
        (
            "  [ ] plan: care manager, by 2026-11-05, 5 days left; 2026-10-01 does not count: "
            "not signed (m.csv row 7)"
        ),
        "  [ ] first must be complete first",
    ]


def test_a_bundle_that_is_billed_names_its_claim_and_what_holds_it() -> None:
    day = date(2026, 10, 24)
    billed = BUNDLE | {
        "state": "complete", "completed_on": day, "service_date": day, "claim_id": "c1",
        "plan_action": "hold", "plan_reasons": ["held_by_decision"],
    }  # fmt: skip
    page = checklist_page(Checklist(STAY, [billed], [], []), {}, date(2026, 10, 31))
    assert page.splitlines()[-1] == (
        "handoff: handoff (N9904, 400.00): complete 2026-10-24, billed for 2026-10-24, claim c1, "
        "held: held by decision"
    )


def test_who_is_not_activated_lacks_the_activation_alone() -> None:
    idle = BUNDLE | {"state": "not_due", "reasons": ["not_activated"], "missing_count": 0}
    page = checklist_page(Checklist(STAY, [idle], [], []), {}, date(2026, 10, 31))
    assert page.splitlines()[-1] == (
        "handoff: handoff (N9904, 400.00): not due yet: not activated; the activation is owed by "
        "the eligibility worker"
    )
    known = {"release_on": date(2026, 11, 5), "due_on": None, "days_left": None}
    frame = pl.DataFrame(
        [idle | known, BUNDLE | known | {"bundle_id": "other"}],
        schema_overrides={"due_on": pl.Date, "days_left": pl.Int64}, infer_schema_length=None,
    )  # fmt: skip
    owed = activations(frame, date(2026, 10, 31))
    assert owed.select("bundle_id", "element", "owner", "due_on", "days_left").rows() == [
        ("handoff", "activation", "eligibility_worker", date(2026, 11, 5), 5)
    ]
    told = with_activation(frame, date(2026, 10, 31))
    assert told.select("missing_count", "due_on", "days_left").rows() == [
        (1, date(2026, 11, 5), 5), (2, None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--stay", "S1", "--to", "x.xlsx"], "--stay does not go with --to"),
        (["--stay", "S1", "--due", "30"], "--stay does not go with --due"),
        (["--moved-since", "2026-01-01", "--bundle", "handoff"],
         "--moved-since does not go with --bundle"),
        (["--moved-since", "2026-01-01", "--due", "3"], "--moved-since does not go with --due"),
    ],
)  # fmt: skip
def test_options_that_would_be_passed_over_are_refused(
    options: list[str], told: str, tmp_path: Path
) -> None:
    answer = CliRunner().invoke(cli, ["bundles", "--home", str(tmp_path), *options])
    assert isinstance(answer.exception, UsageError)
    assert str(answer.exception).endswith(f"{told}. Leave one of them out.")


def test_the_worklist_has_a_sheet_for_each_manager_and_counts_a_bundle_once() -> None:
    row = {
        "manager": "Doe/Ann", "person_id": "P1", "facility_id": "F1", "bundle": "Handoff",
        "told": "plan", "owner": "care manager", "release_on": date(2026, 11, 5),
        "due_on": date(2026, 11, 5), "days_left": 5, "amount": Decimal("400.00"),
        "why_not": None, "file": None, "row_number": None,
    } | ANCHOR  # fmt: skip
    rows = [row, row | {"told": "met"}, row | {"stay_id": "S2", "manager": "Doe Ann"}]
    frame = pl.DataFrame(rows, infer_schema_length=None).cast(
        {"amount": pl.Decimal(12, 2), "why_not": pl.String, "file": pl.String,
         "row_number": pl.Int64}
    )  # fmt: skip
    made = bundle_workbook(frame, "34", date(2026, 10, 31), datetime(2026, 10, 31, tzinfo=UTC))
    book = CalamineWorkbook.from_filelike(BytesIO(made))
    assert book.sheet_names == ["Summary", "Doe Ann", "Doe Ann 2"]
    summary = book.get_sheet_by_name("Summary").to_python()
    assert [line[:4] for line in summary[1:]] == [["Doe Ann", 1.0, 1.0, 400.0],
                                                  ["Doe/Ann", 1.0, 2.0, 400.0]]  # fmt: skip
    assert made == bundle_workbook(
        frame, "34", date(2026, 10, 31), datetime(2026, 10, 31, tzinfo=UTC)
    )
