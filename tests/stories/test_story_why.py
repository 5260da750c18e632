"""`reentry why`: one service line from its file to the payer, and what is first in its way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stories import AGENCY, APPROVER, BILLER, Homes, done, opened, reentry

from pipelines.io.why import SECTIONS
from pipelines.io.why_claim import NEXT_STEPS
from pipelines.stages.claims.holds import OTHER_REASONS, rules
from pipelines.stages.eligibility.gates import GATES
from pipelines.x12.claim_forms import FORMS

CopyOf = Callable[[str], Path]
NEXT_DAY = "2026-11-01T18:00:00Z"
NAMES = [
    "received", "decisions", "eligibility", "findings", "authorization", "care_management",
    "claim", "submission", "payment",
]  # fmt: skip


@pytest.fixture(scope="module")
def derived(homes: Homes) -> Path:
    return homes.at("derived")


def line_with(home: Path, edit_id: str) -> tuple[str, str]:
    """Encounter and line of the first listed line with a finding of the edit."""
    _, encounter, line = done(home, "findings", "--edit", edit_id)[0]["subject_id"].split("/")
    return encounter, line


def planned_line(home: Path, action: str) -> tuple[str, str]:
    """Encounter and line of a claim with that action."""
    claims = {row["claim_id"] for row in done(home, "plan") if row["action"] == action}
    with opened(home) as workspace:
        rows = workspace.last_view().derived("claim_lines")
    services = rows.filter(source_system="main")
    row = services.filter(pl.col("claim_id").is_in(claims)).row(0, named=True)
    return row["encounter_id"], str(row["line_number"])


def test_the_first_finding_that_blocks_is_first_in_the_way(derived: Path) -> None:
    words = line_with(derived, "note_not_signed")
    told = done(derived, "why", *words)
    assert list(told["sections"]) == NAMES
    assert len(SECTIONS) == len(NAMES)
    found = told["sections"]["findings"]
    assert found["findings"][0]["edit_id"] == "note_not_signed"
    assert told["first"]["who"] == found["findings"][0]["owner"]
    assert told["first"]["do"] == found["findings"][0]["remedy"]
    (version,) = told["sections"]["received"]["versions"]
    assert (version["status"], version["file"][:10]) == ("current", "encounters")
    assert told["sections"]["claim"]["claim_id"] is None
    assert reentry(derived, "why", *words).out.rstrip().endswith(told["sentence"])


def test_a_service_of_a_bundle_says_which_it_proves_and_a_bundle_is_held_by_its_name(
    copy_of: CopyOf,
) -> None:
    home = copy_of("derived")
    with opened(home) as workspace:
        elements = workspace.last_view().derived("bundle_elements")
    proof = elements.filter(state="done", feed="encounters").sort("encounter_id").row(0, named=True)
    told = done(home, "why", proof["encounter_id"], str(proof["line_number"]))
    (one,) = told["sections"]["care_management"]["bundles"]
    assert (one["element"], one["bundle_state"], one["missing"]) == (
        "consultation", "complete", [],
    )  # fmt: skip
    bundle = f"{proof['stay_id']}/{proof['bundle_id']}"
    done(home, "decisions", "make", "bundle", bundle, "hold", "--reason", "ask")
    (held,) = done(home, "decisions", "list")
    assert (held["subject"], held["subject_id"]) == ("claim", told["sections"]["claim"]["claim_id"])
    refused = reentry(home, "decisions", "make", "bundle", "S/none", "hold", "--reason", "ask")
    assert refused.exit_code == 2


def test_it_says_what_people_decided_of_the_line_and_not_before_they_did(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    line = planned_line(home, "new")
    words = ("make", "encounter", f"main/{'/'.join(line)}", "correct", "--field", "minutes")
    done(home, "decisions", *words, "--value", "59", "--reason", "MIRANDA", now=NEXT_DAY)
    told = reentry(home, "why", *line, now=NEXT_DAY).out
    assert f"\nDecisions\n  2026-11-01  {BILLER}: correct minutes\n" in told
    assert "MIRANDA" not in told
    then = done(home, "why", *line, "--as-of", "2026-10-31", now=NEXT_DAY)
    assert then["sections"]["decisions"]["decisions"] == []


def test_the_gates_of_the_day_are_told_one_by_one(derived: Path) -> None:
    told = done(derived, "why", *line_with(derived, "not_enrolled"))
    day = told["sections"]["eligibility"]
    assert [gate["gate"] for gate in day["gates"]] == list(GATES)
    assert {"gate": "enrolled", "holds": False} in day["gates"]
    assert day["billable"] is False
    assert told["first"]["who"] == "eligibility_worker"


def test_an_authorization_is_told_with_its_decision_and_row(derived: Path) -> None:
    told = done(derived, "why", *line_with(derived, "authorization_pending"))
    (granted, *_) = told["sections"]["authorization"]["authorizations"]
    assert granted["decision"] == "pending"
    assert any("authorizations-" in line for line in told["sections"]["authorization"]["told"])
    unknown = done(derived, "why", *line_with(derived, "authorization_unknown"))
    assert unknown["sections"]["authorization"]["authorizations"] == []


def test_a_claim_that_may_go_waits_for_somebody_to_propose_it(derived: Path) -> None:
    told = done(derived, "why", *planned_line(derived, "new"))
    assert told["sections"]["claim"]["action"] == "new"
    assert told["first"] == {
        "what": "it is in no batch", "who": "biller", "do": "`reentry batch propose`.",
    }  # fmt: skip


def test_a_held_claim_says_why_and_who(derived: Path) -> None:
    told = done(derived, "why", *planned_line(derived, "hold"))
    (reason, *_) = told["sections"]["claim"]["reasons"]
    assert (told["first"]["who"], told["first"]["do"]) == NEXT_STEPS[reason]


def test_of_every_hold_it_is_known_who_does_what() -> None:
    plans = {
        "route_unset", "awaiting_answer", "awaiting_remittance", "rejected_unchanged",
        "held_by_decision", "already_settled", "denied", "denied_changed", "dispute_open",
        "edition_changed", "encounter_changed", "line_held", "line_reference_unset",
        "lines_undecided",
        "payer_number_missing", "payment_reversed", "replacement_limit", "split_line",
        "uncharged_line", "void_denied",
    }  # fmt: skip
    forms = {reason for form in FORMS.values() for reason in rules(form)}
    assert set(NEXT_STEPS) == forms | set(OTHER_REASONS) | plans


def test_it_follows_the_claim_through_batch_and_file(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    line = planned_line(home, "new")

    def first() -> str:
        return str(done(home, "why", *line)["first"]["do"])

    done(home, "batch", "propose")
    assert first() == "`reentry batch approve demo-000001`."
    done(home, "batch", "approve", "demo-000001", user=APPROVER)
    assert first() == "`reentry batch write demo-000001`."
    done(home, "batch", "write", "demo-000001")
    assert "`reentry batch sent demo-000001`" in first()
    done(home, "batch", "sent", "demo-000001")
    told = done(home, "why", *line)
    assert told["first"]["what"] == "the payer has not answered"
    (sent,) = told["sections"]["submission"]["submissions"]
    assert (sent["state"], sent["batch_id"]) == ("sent", "demo-000001")


def lay(home: Path, rows: pl.DataFrame) -> None:
    rows.write_csv(home / "inbox" / AGENCY / "encounters" / "later.csv")
    reentry(home, "intake", now=NEXT_DAY)


def sent_row(home: Path, encounter: str) -> pl.DataFrame:
    (path,) = (home / "archive" / AGENCY / "encounters").iterdir()
    rows = pl.read_csv(path, infer_schema=False)
    return rows.filter(encounter_id=encounter).head(1)


def told_now(home: Path, *line: str) -> Any:
    return done(home, "why", *line, now=NEXT_DAY)


def test_rows_that_are_deleted_new_or_quarantined_are_told_before_all_else(
    copy_of: CopyOf,
) -> None:
    home = copy_of("derived")
    line = planned_line(home, "new")
    row = sent_row(home, line[0])
    changes = {
        "gone": row.with_columns(record_status=pl.lit("deleted")),
        "new": row.with_columns(encounter_id=pl.lit("BRAND-NEW"), line_number=pl.lit("1")),
        "broken": row.with_columns(
            encounter_id=pl.lit("BROKEN"), line_number=pl.lit("1"), service_date=pl.lit("soon")
        ),
    }
    lay(home, pl.concat(changes.values(), how="diagonal"))
    assert told_now(home, *line)["first"]["what"] == "its source has deleted it"
    assert told_now(home, "BRAND-NEW", "1")["first"]["do"] == "Run `reentry run`."
    broken = told_now(home, "BROKEN", "1")
    assert broken["first"]["what"] == "its row is in quarantine"
    (waiting,) = broken["sections"]["received"]["quarantined"]
    assert (waiting["column_name"], waiting["rule"]) == ("service_date", "format")
    assert waiting["file"] == "later.csv"
    assert broken["first"]["do"] == waiting["remedy"]
    assert "row_text" not in waiting


@pytest.mark.parametrize("line", ["99", "x", ""])
def test_an_unknown_line_is_refused_with_its_neighbours(line: str, derived: Path) -> None:
    encounter, number = planned_line(derived, "new")
    told = reentry(derived, "why", encounter, line)
    assert (told.exit_code, told.out) == (2, "")
    assert "key_unknown" in told.err
    assert f"main/{encounter}/{number}" in told.err


def test_an_unknown_source_system_is_refused(derived: Path) -> None:
    line = planned_line(derived, "new")
    told = reentry(derived, "why", *line, "--source-system", "moon")
    assert told.exit_code == 2


def test_a_part_2_line_without_consent_is_withheld(derived: Path) -> None:
    with opened(derived) as workspace:
        rows = workspace.last_view().derived("service_lines")
    shown = {row["subject_id"] for row in done(derived, "findings")}
    key = pl.format("{}/{}/{}", "source_system", "encounter_id", "line_number")
    hidden = rows.filter("is_part_2", pl.col("verdict") != "clean", ~key.is_in(shown)).head(1)
    told = reentry(derived, "why", hidden["encounter_id"][0], str(hidden["line_number"][0]))
    assert (told.exit_code, told.out) == (4, "")
    assert "consent" in told.err
