"""`reentry findings` and `reentry worklist`: what is wrong, for whom, where."""

from pathlib import Path

import click
import polars as pl

from contracts.derived import DERIVED
from contracts.fields import field_of
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.publishing import source_files, withheld, write_worklist
from reports.worklist_rows import SEVERITIES

_SHOWN = ("severity", "edit_id", "subject_id", "amount", "days_left", "row_number", "file")
_ROWS_SHOWN = 40


def _choices(column: str) -> click.Choice[str]:
    return click.Choice(field_of("findings", column).allowed)


@click.command("findings")
@click.option("--category", type=_choices("category"))
@click.option("--severity", type=_choices("severity"))
@click.option("--owner", type=_choices("owner"))
@click.option("--facility", help="A facility_id.")
@click.option("--edit", help="An edit id.")
@session_command
def findings(session: Session, **filters: str | None) -> None:
    """What keeps services from being paid, by dollars. Needs a complete run."""
    with session.workspace() as workspace:
        view = workspace.last_view()
        shown, hidden = withheld(view, view.derived("findings"))
        rows = shown.join(source_files(view), on="file_id", how="left").filter(_wanted(filters))
    told = dearest_first(rows).select("file", *DERIVED["findings"].names).to_dicts()
    session.show(told, lambda: grid(f"Findings: {len(told)}", _SHOWN, told[:_ROWS_SHOWN]))
    if len(told) > _ROWS_SHOWN:
        session.say(
            f"{len(told) - _ROWS_SHOWN} more: use the filters, --json or `reentry worklist`."
        )
    if hidden:
        session.say(f"{hidden} findings of Part 2 records are withheld: no consent in force.")


def dearest_first(rows: pl.DataFrame) -> pl.DataFrame:
    """Findings, the most severe first, within a severity the dearest first."""
    rank = pl.col("severity").replace_strict(
        list(SEVERITIES), list(range(len(SEVERITIES))), return_dtype=pl.Int8
    )
    return rows.sort(rank, "amount", descending=[False, True], nulls_last=True)


def _wanted(filters: dict[str, str | None]) -> pl.Expr:
    columns = {"facility": "facility_id", "edit": "edit_id"}
    chosen = [pl.col(columns.get(name, name)) == value for name, value in filters.items() if value]
    return pl.all_horizontal(chosen) if chosen else pl.lit(True)


@click.command("worklist")
@click.option("--to", "path", type=click.Path(path_type=Path), help="Where to write it.")
@session_command
def worklist(session: Session, path: Path | None) -> None:
    """Write the worklist workbook, issued to you."""
    with session.workspace() as workspace:
        written = [str(one) for one in write_worklist(workspace.last_view(), path)]
    session.show({"files": written})
    session.say("\n".join(written))
