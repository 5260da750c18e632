from datetime import date

import polars as pl
import pytest
from edit_code_sets import code_sets
from edit_scenario import (
    AS_OF,
    COUNTY,
    POLICY,
    clean,
    context_of,
    county,
    fired,
    results_of,
    typed,
)

from contracts.derived import DERIVED
from contracts.schemas import broken_rules
from pipelines.stages.decisions.lines import DECIDED
from pipelines.stages.edits.catalogue import EDITS
from pipelines.stages.edits.context import service_context
from pipelines.stages.edits.edit import Edit
from pipelines.stages.edits.run import run_edits

EIGHT_FAULTS = {
    "encounters.diagnosis_codes": None,
    "encounters.modifiers": "95",
    "encounters.place_of_service": "11",
    "encounters.charge_amount": "-1.00",
    "encounters.note_status": "draft",
    "encounters.rendering_npi": "1234567890",
    "people.cin": None,
    "facilities.billing_npi": "1999999984",
}
ITS_FINDINGS = {
    "diagnosis_missing",
    "modifier_contradicts_modality",
    "place_of_service_unexpected",
    "charge_not_positive",
    "note_not_signed",
    "npi_check_digit",
    "cin_missing",
    "billing_provider_unknown",
}


def test_a_clean_line_has_no_findings() -> None:
    results = results_of()
    assert results.findings.is_empty()
    assert results.service_lines["verdict"].to_list() == ["clean"]


def test_every_edit_reports_its_counts_and_zero_too() -> None:
    counts = results_of().edit_counts
    assert counts["edit_id"].to_list() == list(EDITS)
    assert set(counts["finding_count"]) == {0}
    assert set(counts["evaluated_count"]) == {1}
    assert set(counts["not_evaluated_count"]) == {0}


def test_eight_faults_are_eight_findings_at_once() -> None:
    findings = results_of(EIGHT_FAULTS).findings
    assert findings.height == 8
    assert set(findings["edit_id"]) == ITS_FINDINGS


def test_the_tables_keep_their_contracts() -> None:
    results = results_of(EIGHT_FAULTS)
    for name in ("findings", "edit_counts", "service_lines"):
        assert broken_rules(DERIVED[name], getattr(results, name)) == {}


def test_a_finding_says_where_it_comes_from_and_what_it_is_worth() -> None:
    changes = {"encounters.note_status": "draft", "encounters.is_part_2": "yes"}
    (finding,) = results_of(changes).findings.drop("finding_id").to_dicts()
    assert finding == {
        "subject": "encounter",
        "subject_id": "main/e1/1",
        "edit_id": "note_not_signed",
        "category": "documentation_incomplete",
        "severity": "reject",
        "message": "The note of the service is not signed.",
        "remedy": "Review the note in the health record and sign it.",
        "owner": "clinician",
        "amount": pytest.approx(120.50),
        "deadline_on": date(2026, 10, 31),
        "days_left": 183,
        "facility_id": "f1",
        "person_id": "p1",
        "is_part_2": True,
        "file_id": "file0001",
        "row_number": 1,
    }


@pytest.mark.parametrize(
    ("changes", "is_late"),
    [
        ({"as_of": date(2026, 10, 31)}, False),
        ({}, True),
        ({"encounters.charge_amount": "9.00"}, True),  # a warning beside it
        ({"encounters.charge_amount": "-1.00"}, False),
        ({"encounters.procedure_code": "99215"}, False),
    ],
)
def test_a_line_is_late_that_is_held_for_nothing_but_the_filing_limit(
    changes: dict[str, object],
    is_late: bool,  # noqa: FBT001
) -> None:
    lines = results_of({"as_of": date(2026, 11, 1)} | changes).service_lines
    assert lines["is_late"].to_list() == [is_late]


# An unknown person, stay or facility silences what cannot be judged without it.
NO_GATE_HOLDS = {
    "billable_days.billable": "no",
    "billable_days.reasons": "facility|enrolled|ji_aid_code|ninety_days|screening|share_of_cost",
}
CASCADES = [
    (NO_GATE_HOLDS | {"encounters.person_id": "p9", "people.cin": None}, {"person_unknown"}),
    (NO_GATE_HOLDS | {"encounters.stay_id": "s9"}, {"stay_unknown"}),
    (
        NO_GATE_HOLDS | {"encounters.person_id": "p2", "+people": {"person_id": "p2"}},
        {"stay_of_other_person"},
    ),
    (
        {"encounters.facility_id": "f9", "facilities.billing_npi": "1999999984"},
        {"facility_unknown"},
    ),
    ({"encounters.rendering_npi": "1245319599"}, {"rendering_provider_unknown"}),
    ({"encounters.authorization_number": "1"}, {"authorization_unknown"}),
]


@pytest.mark.parametrize(("changes", "expected"), CASCADES)
def test_what_is_unknown_silences_what_rests_on_it(
    changes: dict[str, str | None], expected: set[str]
) -> None:
    assert fired(changes) == expected


#       findings of the line                                             verdict
VERDICTS = [
    ({"encounters.charge_amount": "9.00"}, {"charge_below_rate"}, "clean"),
    ({"encounters.procedure_code": "99215"}, {"authorization_need_unset"}, "held"),
    (
        {"encounters.procedure_code": "99215", "encounters.note_status": "draft"},
        {"authorization_need_unset", "note_not_signed"},
        "rejected",
    ),
]


@pytest.mark.parametrize(("changes", "edits", "verdict"), VERDICTS)
def test_the_gravest_finding_decides_the_verdict(
    changes: dict[str, str], edits: set[str], verdict: str
) -> None:
    results = results_of(changes)
    assert set(results.findings["edit_id"]) == edits
    assert results.service_lines["verdict"].item() == verdict


VERSIONS = [
    ({"encounters.charge_amount": "99.00"}, True),
    (
        {
            "encounters.service_date": "2026-03-31",
            "billable_days.day": "2026-03-31",
            "eligibility_answers.month": "2026-03",
        },
        True,
    ),
    (
        {"encounters.person_id": "p2", "people.person_id": "p2", "custody_stays.person_id": "p2"},
        True,
    ),
    ({"encounters.encounter_id": "e2"}, False),
    ({"encounters.line_number": "2"}, False),
    ({"encounters.source_system": "pharmacy"}, False),
]


@pytest.mark.parametrize(("version", "is_same"), VERSIONS)
def test_a_finding_keeps_its_id_while_its_line_does(
    version: dict[str, str], *, is_same: bool
) -> None:
    unsigned = {"encounters.signed_by_staff_id": None}
    (before,) = results_of(unsigned).findings["finding_id"]
    (after,) = results_of(unsigned | version).findings["finding_id"]
    assert (before == after) is is_same


def test_ids_do_not_depend_on_file_and_row_but_on_agency() -> None:
    context = context_of({"encounters.note_status": "draft"})
    again = context.with_columns(file_id=pl.lit("file0002"), row_number=pl.lit(9, pl.Int64))
    ids = [
        run_edits(frame, agency).findings["finding_id"].item()
        for frame, agency in [(context, "a"), (again, "a"), (context, "b")]
    ]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0] == "2b0a2dece38117f194c66c46d06cda8c"  # ledgers keep it for years


def test_ids_do_not_run_into_each_other_where_keys_hold_slashes() -> None:
    lines = {
        "encounters.note_status": "draft",
        "encounters.source_system": "a/b",
        "encounters.encounter_id": "c",
        "+encounters": {"source_system": "a", "encounter_id": "b/c", "procedure_code": "99214"},
    }
    findings = results_of(lines).findings.filter(pl.col("edit_id") == "note_not_signed")
    assert findings["subject_id"].n_unique() == 1
    assert findings["finding_id"].n_unique() == 2


def test_an_edit_is_in_force_by_service_date() -> None:
    april = Edit(
        id="always",
        category="duplicate",
        severity="warn",
        owner="biller",
        message="Fires.",
        remedy="None.",
        source="test",
        fires=pl.lit(True),
        valid_from=date(2026, 4, 1),
        valid_to=date(2026, 4, 30),
    )
    days = ["2026-03-31", "2026-04-01", "2026-04-30", "2026-05-01"]
    rows = [county({"encounters.service_date": day})["encounters"][0] for day in days]
    lines = typed("encounters", rows)
    results = run_edits(_context_like(lines), "demo", {"always": april})
    assert results.findings["row_number"].to_list() == [2, 3]
    assert results.edit_counts["evaluated_count"].item() == 2
    assert results.edit_counts["not_evaluated_count"].item() == 0


def _context_like(lines: pl.DataFrame) -> pl.DataFrame:
    """The one clean context row for each of the lines, under their dates and rows."""
    own = ["service_date", "row_number"]
    wide = pl.concat([context_of()] * lines.height)
    return wide.with_columns(lines[name] for name in own)


def test_lines_of_a_county_that_has_sent_nothing_else_are_told_once_a_cause() -> None:
    tables = {name: clean(name).clear() for name in COUNTY} | {"encounters": clean("encounters")}
    context = service_context(**tables, codes=code_sets(), policy=POLICY, as_of=AS_OF)
    assert set(run_edits(context, "demo").findings["edit_id"]) == {
        "person_unknown",
        "stay_unknown",
        "facility_unknown",
        "rendering_provider_unknown",
        "signer_unknown",
    }


def test_a_county_that_has_sent_nothing_has_no_rows_and_zero_counts() -> None:
    nothing = {name: clean(name).clear() for name in COUNTY}
    context = service_context(**nothing, codes=code_sets(), policy=POLICY, as_of=AS_OF)
    results = run_edits(context, "demo")
    assert results.findings.is_empty()
    assert results.service_lines.is_empty()
    assert set(results.edit_counts["evaluated_count"]) == {0}
    for name in ("findings", "edit_counts", "service_lines"):
        assert broken_rules(DERIVED[name], getattr(results, name)) == {}


def test_service_lines_stand_under_the_surviving_person() -> None:
    merged = {"+people": {"person_id": "p0", "merged_into": "p1"}, "encounters.person_id": "p0"}
    assert results_of(merged).service_lines["person_id"].to_list() == ["p1"]


def test_no_value_of_a_person_stands_in_message_or_remedy() -> None:
    canary = "QXZ7"
    context = context_of(EIGHT_FAULTS)
    planted = context.with_columns(
        pl.lit(canary).alias(name)
        for name, dtype in context.schema.items()
        if dtype == pl.String and name not in DECIDED  # the notes that staff write for staff
    ).with_columns(pl.lit([canary]).alias(name) for name in ("diagnoses", "modifiers"))
    findings = run_edits(planted, "demo").findings
    assert findings.height >= 8
    for words in ("message", "remedy", "category", "owner", "finding_id"):
        assert not findings[words].str.contains(canary).any()


def test_a_service_date_before_1970_is_judged_like_any_other() -> None:
    findings = results_of({"encounters.service_date": "1931-07-12"}).findings
    assert "not_in_custody" in set(findings["edit_id"])
