"""Which decisions hold, and what they make of service lines: pictures of versions and decisions."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import drawn
from edit_scenario import CLEAN_LINE, context_of, typed

from contracts.feeds import facts
from contracts.settings import FeedSettings
from pipelines.stages.decisions.corrections import Corrected, corrected
from pipelines.stages.decisions.in_force import disposed, in_force, succession
from pipelines.stages.decisions.lines import decided_lines
from pipelines.stages.edits.run import run_edits

LINE = "main/e1/1"
KNOWN = pl.Schema(
    {
        **dict.fromkeys(("decision_id", "subject", "subject_id", "action", "field", "value"),
                        pl.String),
        "reason": pl.String, "decided_by": pl.String, "seen_version": pl.String,
        "decided_at": pl.Datetime("us", "UTC"), "recorded_at": pl.Datetime("us", "UTC"),
    }
)  # fmt: skip


CORRECTION = """
    action  | field | value | seen_version | at
    correct | units | 5     | v1           | 2
"""


SUCCESSION = """
    subject   | subject_id | action    | field | value | at | replaced_by
    denial    | n1         | inquiry   |       |       | 1  | 1
    denial    | n1         | write_off |       | P/1   | 2  | 2
    denial    | n2         | resubmit  |       | P/1   | 3  |
    denial    | n3         | write_off |       | P/2   | 4  |
    denial    | n1         | release   |       |       | 5  |
    encounter | main/e1/1  | correct   | units | 5     | 6  | 7
    encounter | main/e1/1  | hold      |       |       | 7  |
    encounter | main/e1/1  | correct   | units | 6     | 8  |
"""


def test_each_decision_is_replaced_by_the_next_about_the_same_or_about_its_denied_line() -> None:
    expected = [row["replaced_by"] for row in drawn(SUCCESSION)]
    assert succession(decisions(SUCCESSION))["replaced_by"].to_list() == expected


def hour(number: str) -> datetime:
    return datetime(2026, 5, 1, int(number), tzinfo=UTC)


def decisions(picture: str) -> pl.DataFrame:
    """Decisions drawn with `at`, the hour at which they were decided and recorded."""
    standing = {"subject": "encounter", "subject_id": LINE, "reason": "said so",
                "decided_by": "ana"}  # fmt: skip
    rows = [
        standing
        | {name: value for name, value in row.items() if name != "at"}
        | {"decided_at": hour(row["at"]), "recorded_at": hour(row["at"]), "decision_id": str(n)}
        for n, row in enumerate(drawn(picture))
    ]
    return pl.DataFrame(rows, schema=KNOWN)


def versions(picture: str) -> pl.DataFrame:
    """Versions of the clean line, drawn with `hash` and the hour `at` of their receipt."""
    rows = drawn(picture)
    cells = [{k: v for k, v in row.items() if k not in ("hash", "at", "updated")} for row in rows]
    frame = typed("encounters", [CLEAN_LINE | one for one in cells])
    return facts("encounters").conform(
        frame.with_columns(
            pl.Series("row_hash", [row["hash"] for row in rows]),
            pl.Series("received_at", [hour(row["at"]) for row in rows]),
            pl.Series("source_updated_at", [hour(row.get("updated") or row["at"]) for row in rows]),
        )
    )


def corrected_line(seen: pl.DataFrame, made: pl.DataFrame, order: str = "received") -> Corrected:
    settings = FeedSettings(version_order=order)
    held = in_force(made, "encounter").filter(pl.col("action") == "correct")
    newest = "source_updated_at" if order == "source_updated_at" else "received_at"
    return corrected(seen.sort(newest).tail(1), seen, held, settings)


def test_of_each_subject_and_track_the_latest_holds() -> None:
    made = decisions("""
        subject_id | action    | field | value | at
        a          | hold      |       |       | 1
        a          | release   |       |       | 2
        a          | correct   | units | 2     | 1
        a          | correct   | units | 3     | 3
        a          | correct   | ndc   | 4     | 2
        a          | set       | units | 5     | 1
        b          | release   |       |       | 2
        b          | write_off |       |       | 3
    """)
    held = in_force(made, "encounter").sort("subject_id", "decision_id")
    assert held["decision_id"].to_list() == ["1", "3", "4", "5", "7"]
    assert disposed(held)["action"].to_list() == ["release", "write_off"]


def test_what_was_decided_later_holds_whatever_was_recorded_last() -> None:
    made = decisions("action | at\nhold | 2\nrelease | 1")
    swapped = made.with_columns(recorded_at=pl.col("recorded_at").reverse())
    assert in_force(swapped, "encounter")["action"].to_list() == ["hold"]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("units", "2", Decimal(2)),
        ("service_date", "2026-04-02", date(2026, 4, 2)),
        ("modifiers", "26|U1", ["26", "U1"]),
        ("charge_amount", "99.95", Decimal("99.95")),
        ("modifiers", "(empty)", None),
        ("is_emergency", "yes", True),
    ],
)
def test_a_corrected_value_is_read_by_the_contract_and_nothing_else_changes(
    field: str, value: str, expected: Any
) -> None:
    seen = versions("hash | at\nv1 | 1")
    made = decisions(CORRECTION).with_columns(field=pl.lit(field), value=pl.lit(value))
    after = corrected_line(seen, made).encounters
    assert after[field].to_list() == [expected]
    assert after.drop(field).equals(seen.drop(field))


@pytest.mark.parametrize(
    ("picture", "units", "lapses"),
    [
        ("hash | at | units\nv1 | 1 | 1", 5, ""),
        ("hash | at | units | ndc\nv1 | 1 | 1 |\nv2 | 3 | 1 | 5", 5, ""),  # another field
        ("hash | at | units\nv1 | 1 | 1\nv2 | 3 | 2", 2, "units"),
        (
            "hash | at | units\nv1 | 1 | 1\nv2 | 3 | 2\nv1 | 4 | 1",
            1,
            "units",
        ),  # once fallen, for good
        ("hash | at | units\nv1 | 1 | 1\nv2 | 3 | 5", 5, ""),  # the source has come to agree
        ("hash | at | units\nv0 | 0 | 7\nv1 | 1 | 1", 5, ""),  # earlier versions do not count
        ("hash | at | units\nv9 | 1 | 1", 1, "units"),  # what was seen is not there
    ],
)
def test_a_correction_stands_until_a_later_version_changes_its_field(
    picture: str, units: int, lapses: str
) -> None:
    made = corrected_line(versions(picture), decisions(CORRECTION))
    assert made.encounters["units"].to_list() == [units]
    assert made.lapsed["field"].to_list() == lapses.split()


def test_an_older_version_that_comes_late_changes_nothing_where_the_source_dates_them() -> None:
    seen = versions("""
        hash | at | updated | units
        v1   | 1  | 5       | 1
        v0   | 3  | 4       | 7
    """)
    made = corrected_line(seen, decisions(CORRECTION), "source_updated_at")
    assert made.encounters["units"].to_list() == [5]
    assert made.lapsed.is_empty()


def test_a_lapse_is_told_until_the_line_is_released() -> None:
    seen = versions("hash | at | units\nv1 | 1 | 1\nv2 | 3 | 2")
    for released, note in (("", "units"), ("release | | | v2 | 4", None)):
        made = decisions(CORRECTION.rstrip() + "\n" + released)
        result = corrected_line(seen, made)
        beside = decided_lines(result.encounters, in_force(made, "encounter"), result.lapsed)
        assert beside is not None
        assert beside["lapse_note"].to_list() == [note]


def judged(picture: str, changes: Any) -> tuple[dict[str, str], str]:
    """Findings of the clean line (edit to message) with decisions drawn, and its verdict."""
    context = context_of(changes)
    held = in_force(decisions(picture), "encounter")
    lapsed = pl.DataFrame(schema={"subject_id": pl.String, "field": pl.String,
                                  "lapsed_at": pl.Datetime("us", "UTC")})  # fmt: skip
    beside = decided_lines(context, held, lapsed)
    assert beside is not None
    results = run_edits(context.with_columns(beside), "demo")
    told = dict(results.findings.select("edit_id", "message").iter_rows())
    counts = results.edit_counts.filter(pl.col("finding_count") > 0)["edit_id"]
    assert set(counts) == set(told)
    return told, results.service_lines["verdict"].item()


LATE = {"as_of": date(2026, 11, 1)}  # filing_limit_passed, a hold
BROKEN = LATE | {"encounters.diagnosis_codes": None}  # diagnosis_missing as well, a reject


def test_a_hold_says_who_and_why() -> None:
    told, verdict = judged("action | at\nhold | 1", {})
    assert told == {"held_by_decision": "A person holds the service. ana: said so"}
    assert verdict == "held"


def test_a_release_lifts_the_holds_that_were_seen_and_no_reject() -> None:
    assert judged("action | value | at\nrelease | filing_limit_passed | 1", LATE) == ({}, "clean")
    assert judged("action | value | at\nrelease | diagnosis_missing | 1", BROKEN)[1] == "rejected"
    assert judged("action | value | at\nrelease | other | 1", LATE)[1] == "held"


def test_a_line_written_off_silences_no_other() -> None:
    context = context_of({"encounters.note_status": "draft"})
    two = pl.concat([context, context]).with_columns(
        encounter_id=pl.Series(["e1", "e2"]), write_off_note=pl.Series(["ana: too old", None])
    )
    found = run_edits(two, "demo").findings.select("subject_id", "edit_id")
    assert set(found.rows()) == {("main/e1/1", "written_off"), ("main/e2/1", "note_not_signed")}


def test_of_a_line_written_off_nothing_else_is_told() -> None:
    told, verdict = judged("action | at\nwrite_off | 1", BROKEN)
    assert told == {"written_off": "The service is written off. ana: said so"}
    assert verdict == "held"


def test_a_delay_reason_answers_the_filing_limit() -> None:
    picture = "action | field | value | at\nset | delay_reason_code | 3 | 1"
    assert judged(picture, LATE) == ({}, "clean")
