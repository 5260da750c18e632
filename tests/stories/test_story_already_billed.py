"""A record that was billed comes again under another key: the service is not billed twice."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
from stories import AGENCY, done, opened

from pipelines.io.ledger import claim_lines
from pipelines.io.workspace import EVER

LATER = "2026-10-31T20:00:00Z"
NEW = "RENUMBERED-01"


def renumber(home: Path) -> None:
    """Deliver a billed record as deleted, and once more under another id."""
    with opened(home) as workspace, workspace.ledger.read() as connection:
        lines = claim_lines.submitted(connection, workspace.agency.id, EVER)
    billed = lines.sort("encounter_id").row(0, named=True)["encounter_id"]
    (first,) = (home / "archive" / AGENCY / "encounters").glob("*.csv")
    rows = pl.read_csv(first, infer_schema=False).filter(encounter_id=billed)
    gone = rows.with_columns(record_status=pl.lit("deleted"))
    again = rows.with_columns(encounter_id=pl.lit(NEW), record_status=pl.lit("active"))
    pl.concat([gone, again]).write_csv(home / "inbox" / AGENCY / "encounters" / "renumbered.csv")


def test_the_new_record_waits_for_a_person(copy_of: Callable[[str], Path]) -> None:
    home = copy_of("written")
    renumber(home)
    done(home, "run", now=LATER)
    found = done(home, "findings", "--edit", "already_billed", "--json", now=LATER)
    assert {row["subject_id"].split("/")[1] for row in found} == {NEW}
    with opened(home, LATER) as workspace:
        lines = workspace.last_view().derived("service_lines").filter(encounter_id=NEW)
        planned = workspace.last_view().derived("claim_lines").filter(encounter_id=NEW)
    assert set(lines["verdict"]) == {"held"}
    assert planned.is_empty()


def test_what_was_withdrawn_was_never_billed(copy_of: Callable[[str], Path]) -> None:
    home = copy_of("written")
    renumber(home)
    done(home, "batch", "withdraw", "demo-000001", "--reason", "too early", now=LATER)
    done(home, "run", now=LATER)
    assert done(home, "findings", "--edit", "already_billed", "--json", now=LATER) == []
