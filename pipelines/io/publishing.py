"""Publishing: what people read is rendered by `reports` and written into the home, whole.

Everything is read at the snapshot of a complete run. File names hold dates and names of reports.
"""

from pathlib import Path

import polars as pl

from pipelines.io.decided import encounter_versions
from pipelines.io.disputes import denials_to_decide
from pipelines.io.home import write_private
from pipelines.io.ledger import findings, worklists
from pipelines.io.workspace import View
from pipelines.stages.people import survivors
from reports.worklist import worklist_workbook
from reports.worklist_meta import WorklistMeta
from reports.worklist_rows import withhold

WORKLIST = "worklist.xlsx"


def folder(view: View) -> Path:
    """Where the outputs of an as-of day lie."""
    return view.workspace.home.reports(view.workspace.agency.id) / view.as_of.isoformat()


def write_worklist(view: View, path: Path | None = None) -> list[Path]:
    """The worklist, issued to the workspace's user; rows beyond the workbook's limit as CSV."""
    workspace = view.workspace
    with workspace.ledger.write(workspace.agency.id, workspace.user_id) as tx:
        issue_id = worklists.issue(tx, view.run.run_id)
    made = worklist_workbook(
        view.derived("findings"),
        service_lines=view.derived("service_lines"),
        files=source_files(view).rename({"file": "file_name"}),
        facilities=view.current("facilities"),
        opened=opened(view),
        versions=encounter_versions(view.current("encounters")),
        consented=_consented(view),
        plan=view.derived("plan"),
        claims=view.derived("claims"),
        denials=denials_to_decide(view.derived("denials"), view),
        meta=WorklistMeta(
            workspace.agency.id,
            view.as_of,
            view.known_at,
            view.run.run_id,
            workspace.user_id,
            issue_id,
            workspace.policy.value("filing.warn_days", view.as_of),
        ),
    )
    target = path or folder(view) / WORKLIST
    written = [write_private(target, made.workbook)]
    if made.overflow_csv is not None:
        written.append(write_private(target.with_suffix(".rest.csv"), made.overflow_csv))
    return written


def source_files(view: View) -> pl.DataFrame:
    """file_id and the name under which the file arrived, for the eyes of the agency's users."""
    rows = [(file.file_id, file.file_name) for file in view.files]
    return pl.DataFrame(rows, schema={"file_id": pl.String, "file": pl.String}, orient="row")


def withheld(view: View, findings: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Findings that may be shown, and how many Part 2 ones want a consent in force."""
    return withhold(findings, _consented(view))


def opened(view: View) -> pl.DataFrame:
    """finding_id and opened_on: the Los Angeles day of the run that opened it last."""
    with view.workspace.ledger.read() as connection:
        return findings.opened_on(connection, view.workspace.agency.id, view.as_of)


def _consented(view: View) -> frozenset[str]:
    """Surviving persons with a Part 2 consent in force on the as-of day."""
    day = view.as_of
    in_force = view.current("consents").filter(
        pl.col("consent_type") == "part_2",
        pl.col("granted_on") <= day,
        pl.col("expires_on").is_null() | (pl.col("expires_on") >= day),
        pl.col("revoked_on").is_null() | (pl.col("revoked_on") > day),
    )
    return frozenset(_of_survivors(in_force, view.current("people"))["person_id"])


def _of_survivors(rows: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Rows under the person that survives all merges."""
    known = survivors(people).select("person_id", "surviving_person_id")
    joined = rows.join(known, on="person_id", how="left")
    survivor = pl.coalesce("surviving_person_id", "person_id").alias("person_id")
    return joined.with_columns(survivor).drop("surviving_person_id")
