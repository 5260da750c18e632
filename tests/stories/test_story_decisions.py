"""The worklist comes back: a rejected line is corrected through the workbook, its claim goes out of
the next run, a newer delivery changes the field, and the correction lapses.
"""

import io
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from filled_workbooks import filled, sheets_of
from python_calamine import CalamineWorkbook
from stories import AGENCY, BILLER, Homes, done, opened, reentry, tables

from pipelines.io.evaluation import planned_again
from pipelines.io.ledger import decisions
from pipelines.io.workspace import EVER, View
from pipelines.x12.content import thaw

DECIDED, LATER, LAST = "2026-10-31T19:00:00Z", "2026-10-31T20:00:00Z", "2026-10-31T21:00:00Z"
REASON = "Quetzalcoatl said so"  # a reason that holds a person's name
RIGHT, CHANGED = "I10", "E11.9"  # diagnosis codes


def wrongly_coded(sheets: dict[str, list[dict[str, Any]]]) -> tuple[str, dict[str, Any]]:
    """A row of the worklist about a line that has no other fault."""
    rows = [(name, row) for name, found in sheets.items() for row in found]
    told = [row["subject_id"] for _, row in rows]
    return next(
        (name, row)
        for name, row in rows
        if row["edit_id"] == "diagnosis_not_billable" and told.count(row["subject_id"]) == 1
    )


class Story:
    """A home in which one line was corrected, and what was said at each step."""

    def __init__(self, home: Path) -> None:
        self.home = home
        (self.first,) = (home / "archive" / AGENCY / "encounters").glob("*.csv")
        done(home, "worklist", "--to", str(home / "mine.xlsx"))
        self.issued = (home / "mine.xlsx").read_bytes()
        sheets = sheets_of(self.issued)
        self.sheet, self.row = wrongly_coded(sheets)
        self.line = str(self.row["subject_id"])
        self.rejected = next(
            (name, row) for name, found in sheets.items() for row in found
            if row["subject"] == "encounter" and row["subject_id"] != self.line
            and row["severity"] == "Reject"
        )  # fmt: skip
        correct = {
            "decision": "correct",
            "field": "diagnosis_codes",
            "value": RIGHT,
            "reason": REASON,
        }
        impossible = {"decision": "release", "reason": REASON}
        self.back = home / "back.xlsx"
        self.back.write_bytes(filled(self.issued, {
            (self.sheet, self.row["row"]): correct,
            (self.rejected[0], self.rejected[1]["row"]): impossible,
        }))  # fmt: skip
        self.before = tables(home)
        self.taken = self.take(DECIDED)
        self.decided_run = done(home, "run", now=DECIDED)
        self.after = tables(home)

    def take(self, now: str, user: str = BILLER) -> Any:
        return done(self.home, "decisions", "take", str(self.back), now=now, user=user)

    def deliver(self, **cells: str) -> None:
        """The line as its source sends it anew."""
        source, encounter, number = self.line.split("/")
        sent = pl.read_csv(self.first, infer_schema=False).filter(
            encounter_id=encounter, line_number=number
        )
        assert source == "main"
        path = self.home / "inbox" / AGENCY / "encounters" / "again.csv"
        sent.with_columns(**{n: pl.lit(text) for n, text in cells.items()}).write_csv(path)


@pytest.fixture(scope="module")
def story(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    return Story(homes.copy("derived", tmp_path_factory.mktemp("decided") / "home"))


def lines_of(story: Story, made: dict[str, pl.DataFrame]) -> pl.DataFrame:
    _, encounter, number = story.line.split("/")
    return made["claim_lines"].filter(encounter_id=encounter, line_number=int(number))


def codes_of(story: Story, made: dict[str, pl.DataFrame]) -> list[list[str]]:
    """Diagnosis codes of the claim that the line is in."""
    claims = made["claims"].join(lines_of(story, made), on="claim_id", how="semi")
    return thaw(claims["content"])["diagnosis_codes"].to_list()


def test_good_decisions_are_recorded_and_the_others_come_back(story: Story) -> None:
    assert story.taken["recorded"] == 1
    assert story.taken["refused_by_rule"] == {"release_of_reject": 1}
    path = Path(story.taken["refusals"])
    assert path.is_relative_to(story.home / "reports")
    assert path.stat().st_mode & 0o777 == 0o600
    assert done(story.home, "decisions", "refused")["files"][0] == str(path)


def test_the_corrected_line_has_a_claim_in_the_next_run(story: Story) -> None:
    assert story.decided_run["is_new"]
    assert lines_of(story, story.before).is_empty()
    (claim_id,) = lines_of(story, story.after)["claim_id"]
    planned = story.after["plan"].filter(claim_id=claim_id).row(0, named=True)
    assert (planned["action"], planned["reasons"]) == ("new", [])
    assert codes_of(story, story.after) == [["I10"]]
    findings = story.after["findings"].filter(subject_id=story.line)
    assert findings.is_empty()


def test_nothing_else_changes(story: Story) -> None:
    for name in ("findings", "claims"):
        key = "finding_id" if name == "findings" else "claim_id"
        one, other = (set(made[name][key]) for made in (story.before, story.after))
        assert len(one ^ other) == 1
    assert all(check["holds"] for check in done(story.home, "verify"))


def test_the_same_workbook_again_changes_nothing_and_says_so(story: Story) -> None:
    with opened(story.home, DECIDED) as workspace, workspace.ledger.read() as connection:
        before = decisions.known(connection, AGENCY, EVER)
    again = story.take(LATER)
    assert (again["recorded"], again["repeated"], again["refused"]) == (0, 1, 1)
    with opened(story.home, LATER) as workspace, workspace.ledger.read() as connection:
        assert decisions.known(connection, AGENCY, EVER).equals(before)
    assert not done(story.home, "run", now=DECIDED)["is_new"]
    told = reentry(story.home, "decisions", "take", str(story.back), now=LATER)
    assert "1 decision was recorded before: nothing changes." in told.out


def test_what_was_known_before_the_decision_is_planned_as_before(story: Story) -> None:
    with opened(story.home, LATER) as workspace:
        run = workspace.last_run()
        assert run is not None
        then = datetime.fromisoformat("2026-10-31T18:30:00Z")
        plans = [planned_again(View(workspace, run.as_of, at)) for at in (then, EVER)]
    for plan, made in zip(plans, (story.before, story.after), strict=True):
        assert plan.drop("newest_state").equals(made["plan"].drop("newest_state"))


def test_who_may_not_decide_or_answers_anothers_worklist_is_told(story: Story) -> None:
    told = reentry(story.home, "decisions", "take", str(story.back), user="approver", now=LATER)
    assert (told.exit_code, told.err.split(":")[0]) == (4, "right_missing")
    done(story.home, "users", "set", "other", "--right", "decide")
    others = story.take(LATER, user="other")
    assert (others["recorded"], others["repeated"]) == (0, 1)
    assert others["refused_by_rule"] == {"issue_of_another": 1}


def test_no_reason_or_value_stands_in_a_log_or_an_event(story: Story) -> None:
    secret = REASON.encode()
    for path in story.home.rglob("*"):
        is_kept_for_people = path.suffix == ".xlsx" or path.name.startswith("ledger.db")
        if path.is_file() and not is_kept_for_people:
            assert secret not in path.read_bytes(), path
    with opened(story.home) as workspace, workspace.ledger.read() as connection:
        told = connection.exec_driver_sql("SELECT detail FROM audit_events").scalars().all()
    assert not [detail for detail in told if REASON in str(detail)]
    assert [detail for detail in told if story.line in str(detail)]


def test_the_worklist_ties_to_the_run(story: Story) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(story.issued))
    table = {row[0]: row[1:] for row in book.get_sheet_by_name("Summary").to_python()}
    withheld = next((str(first) for first in table if "withheld: 42 CFR" in str(first)), "")
    found = re.match(r"([\d,]+) findings?\b", withheld)
    number = int(found[1].replace(",", "")) if found else 0
    assert table["Total"][3] + number == story.before["findings"].height
    listed = sum(len(rows) for name, rows in sheets_of(story.issued).items() if name != "Claims")
    assert listed + number == story.before["findings"].height
    held = story.before["plan"].filter(action="hold")
    claims = sheets_of(story.issued).get("Claims", [])
    assert {row["subject_id"] for row in claims} <= set(held["claim_id"])


def test_a_newer_delivery_of_that_field_makes_the_correction_lapse(story: Story) -> None:
    story.deliver(minutes="45")  # another field: the correction stands
    done(story.home, "run", now=LATER)
    stands = tables(story.home)
    assert codes_of(story, stands) == [["I10"]]
    stale = filled(story.issued, {
        (story.sheet, story.row["row"]): {"decision": "hold", "reason": "ask"}
    })  # fmt: skip
    (story.home / "stale.xlsx").write_bytes(stale)
    told = done(story.home, "decisions", "take", str(story.home / "stale.xlsx"), now=LATER)
    assert told["refused_by_rule"] == {"stale": 1}
    story.deliver(minutes="45", diagnosis_codes=CHANGED)
    done(story.home, "run", now=LAST)
    fallen = tables(story.home)
    assert lines_of(story, fallen).is_empty()
    (finding,) = fallen["findings"].filter(subject_id=story.line).to_dicts()
    assert finding["edit_id"] == "correction_lapsed"
    assert finding["message"].endswith("changed the field. diagnosis_codes")
    made = done(story.home, "decisions", "make", "encounter", story.line, "release",
                "--reason", "the source is right", now=LAST)  # fmt: skip
    assert made["recorded"] == 1
    done(story.home, "run", now=LAST)
    released = tables(story.home)
    assert codes_of(story, released) == [["E119"]]
    assert released["findings"].filter(subject_id=story.line).is_empty()
