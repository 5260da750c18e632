"""`reentry edits confusion`: planted faults of a generated county against what its run found."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import polars as pl

from contracts.errors import RefusedInputError
from pipelines.commands.session import Session, grid, session_command
from pipelines.demo.confusion import Confusion
from pipelines.demo.confusion import confusion as confused
from pipelines.demo.county import TRUTH

_SHOWN = ("edit_id", "planted", "found", "missed", "extra", "recall", "precision")
_SHARES = ("recall", "precision")
_MISFITS_SHOWN = 20


@click.command("confusion")
@click.argument(
    "path", metavar="TRUTH.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@session_command
def confusion(session: Session, path: Path) -> None:
    """Planted faults against findings: TRUTH.csv of `reentry generate`, the last complete run.

    For each edit what was planted, found, missed and found besides, with recall and precision. The
    truth is of service lines, as of the generated county's last day; findings of stays are not
    judged. Exit code 1 where a planted fault is missed or anything else is found.
    """
    with session.workspace() as workspace:
        truth = _read(path)
        view = workspace.last_view(session.as_of)
        judged = confused(truth, view.derived("findings"), view.derived("service_lines"))
    rows = [_shown(row) for row in judged.edits.iter_rows(named=True)]
    session.show(_told(judged), lambda: grid("Planted and found", _SHOWN, rows))
    for sentence in _said(judged):
        session.say(sentence)
    if not judged.is_exact:
        raise click.exceptions.Exit(1)


def _read(path: Path) -> pl.DataFrame:
    """The planted faults. Raises RefusedInputError for a file without their columns."""
    try:
        return pl.read_csv(path, schema_overrides=TRUTH).select(TRUTH.names())
    except pl.exceptions.PolarsError:
        raise RefusedInputError(
            "no_truth",
            "the file is no truth of a generated county: it wants the columns "
            f"{', '.join(TRUTH.names())}. `reentry generate` says where it wrote them.",
        ) from None


def _told(judged: Confusion) -> dict[str, Any]:
    return {
        "edits": judged.edits.to_dicts(),
        **judged.totals,
        "missed_faults": judged.missed.to_dicts(),
        "extra_findings": judged.extra.to_dicts(),
        "clean_lines": judged.clean_lines,
        "rejected_clean_lines": judged.rejected_clean.to_dicts(),
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: None if row[name] is None else f"{row[name]:.1%}" for name in _SHARES}


def _said(judged: Confusion) -> Iterator[str]:
    counts = judged.totals
    yield (
        f"{counts['found']:,} of {counts['planted']:,} planted faults found, "
        f"{counts['extra']:,} findings besides."
    )
    rejected = judged.rejected_clean["subject_id"].n_unique()
    yield f"{judged.clean_lines:,} lines without a planted fault, {rejected:,} of them rejected."
    for word, rows in (("missed", judged.missed), ("found besides", judged.extra)):
        for edit_id, subject_id in rows.head(_MISFITS_SHOWN).iter_rows():
            yield f"  {word}: {edit_id} on {subject_id}"
