"""Confusion: what was planted in a generated county against what the edits found there.

Frames in, a table and its verdict out. Which faults are planted is the county's to say; the tests
of the edits and `reentry edits confusion` both judge by this.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.stages.edits.run import SUBJECT, SUBJECT_ID

_PLANTING = ["edit_id", "subject_id"]
_COUNTS = ("planted", "found", "missed", "extra")


@dataclass(frozen=True)
class Confusion:
    """`edits`, one row an edit that was planted or found, and the misfits one by one.

    edits: edit_id, planted, found (of the planted), missed, extra, recall, precision (shares of 1;
    null where nothing was planted, or nothing found). missed, extra: edit_id, subject_id.
    `clean_lines`: lines without a planted fault; `rejected_clean`: those of them with a reject.
    """

    edits: pl.DataFrame
    missed: pl.DataFrame
    extra: pl.DataFrame
    clean_lines: int
    rejected_clean: pl.DataFrame

    @property
    def is_exact(self) -> bool:
        """Whether all that was planted was found, and nothing else."""
        return self.missed.is_empty() and self.extra.is_empty() and self.rejected_clean.is_empty()

    @property
    def totals(self) -> dict[str, int]:
        """planted, found, missed and extra of all edits."""
        return {name: int(self.edits[name].sum()) for name in _COUNTS}


def confusion(
    truth: pl.DataFrame, findings: pl.DataFrame, service_lines: pl.DataFrame
) -> Confusion:
    """Compare a county's `truth` (`county.TRUTH`) with the findings of its service lines.

    The truth speaks of service lines alone: findings of stays are not judged. `findings` and
    `service_lines` as their contracts have them, of a run as of the county's last day.
    """
    planted = truth.select(_PLANTING).unique()
    found = findings.filter(subject=SUBJECT).select(*_PLANTING, "severity")
    missed = planted.join(found, on=_PLANTING, how="anti").sort(_PLANTING)
    extra = found.join(planted, on=_PLANTING, how="anti").sort(_PLANTING)
    clean = service_lines.select(SUBJECT_ID).join(planted, on="subject_id", how="anti")
    rejected = extra.filter(severity="reject").join(clean, on="subject_id", how="semi")
    return Confusion(
        _by_edit(planted, missed, extra),
        missed,
        extra.select(_PLANTING),
        clean.height,
        rejected.select(_PLANTING),
    )


def _by_edit(planted: pl.DataFrame, missed: pl.DataFrame, extra: pl.DataFrame) -> pl.DataFrame:
    named = {"planted": planted, "missed": missed, "extra": extra}
    told = pl.concat(rows.select("edit_id", of=pl.lit(name)) for name, rows in named.items())
    counts = told.group_by("edit_id").agg(
        (pl.col("of") == name).sum().cast(pl.Int64).alias(name) for name in named
    )
    found = pl.col("planted") - pl.col("missed")
    return (
        counts.with_columns(found=found)
        .with_columns(
            recall=_share("found", pl.col("planted")),
            precision=_share("found", pl.col("found") + pl.col("extra")),
        )
        .select("edit_id", *_COUNTS, "recall", "precision")
        .sort("edit_id")
    )


def _share(part: str, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(pl.col(part) / whole)
