"""All edits over the wide context in one pass: findings, counts and verdicts.

What is asked is in the catalogue; what the answers rest on, in the context.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from contracts.derived import DERIVED
from pipelines.stages.digest import sha256_hex
from pipelines.stages.edits.catalogue import EDITS
from pipelines.stages.edits.edit import Edit
from pipelines.stages.edits.overruled import less_what_was_decided, with_notes
from pipelines.stages.edits.same_day import LINE_KEY
from pipelines.stages.edits.timely_filing import LATE_EDITS

SUBJECT = "encounter"
SUBJECT_ID = pl.concat_str(LINE_KEY, separator="/").alias("subject_id")
FINDING_ID_LENGTH = 32  # hex digits: 128 bits of the digest

_WORDS = ("id", "category", "severity", "message", "remedy", "owner")


@dataclass(frozen=True)
class EditResults:
    """Frames of the derived contracts `findings`, `edit_counts` and `service_lines`."""

    findings: pl.DataFrame
    edit_counts: pl.DataFrame
    service_lines: pl.DataFrame


def run_edits(context: pl.DataFrame, agency: str, edits: Mapping[str, Edit] = EDITS) -> EditResults:
    """Judge each line of `context.service_context`.

    A line's verdict is `rejected` with any reject, else `held` with any hold, else `clean`.
    Every edit has its row of counts, those that found nothing as well.
    """
    catalogue = list(edits.values())
    wide = context.lazy()
    found = wide.select(edit.found.alias(edit.id) for edit in catalogue).collect()
    flags = less_what_was_decided(found, context, catalogue)
    return EditResults(
        DERIVED["findings"].conform(_findings(context, flags, catalogue, agency)),
        DERIVED["edit_counts"].conform(_counts(wide, flags, catalogue)),
        DERIVED["service_lines"].conform(_service_lines(context, flags, catalogue)),
    )


def words_of(catalogue: list[Edit]) -> pl.DataFrame:
    """A row an edit: edit_id, category, severity, message, remedy, owner."""
    rows = [[getattr(edit, word) for word in _WORDS] for edit in catalogue]
    return pl.DataFrame(rows, schema=dict.fromkeys(_WORDS, pl.String), orient="row").rename(
        {"id": "edit_id"}
    )


def _counts(wide: pl.LazyFrame, flags: pl.DataFrame, catalogue: list[Edit]) -> pl.DataFrame:
    """Rows in force are evaluated or not; findings are among the evaluated."""
    asked = [edit for edit in catalogue if not edit.judges_all]
    evaluated = wide.select((e.in_force & e.can_judge).sum().alias(e.id) for e in asked)
    unjudged = wide.select((e.in_force & ~e.can_judge).sum().alias(e.id) for e in asked)
    judged_row, unjudged_row = (
        frame.row(0, named=True) if asked else {} for frame in pl.collect_all([evaluated, unjudged])
    )
    return words_of(catalogue).with_columns(
        pl.Series("evaluated_count", [judged_row.get(e.id, flags.height) for e in catalogue]),
        pl.Series("finding_count", flags.sum().row(0)),
        pl.Series("not_evaluated_count", [unjudged_row.get(e.id, 0) for e in catalogue]),
    )


def _fired(flags: pl.DataFrame) -> pl.DataFrame:
    """(line, edit): the places of all fired flags, without a row for those that did not."""
    hits = [
        pl.DataFrame({"line": flag.arg_true()}).with_columns(pl.lit(n, pl.UInt32).alias("edit"))
        for n, flag in enumerate(flags)
    ]
    return pl.concat(hits)


def _findings(
    context: pl.DataFrame, flags: pl.DataFrame, catalogue: list[Edit], agency: str
) -> pl.DataFrame:
    fired = _fired(flags)
    lines = _subjects(context)[fired["line"]]
    words = words_of(catalogue)[fired["edit"]]
    whole = with_notes(pl.concat([lines, words], how="horizontal"), context, fired, catalogue)
    return identified(whole, SUBJECT, LINE_KEY, agency)


def identified(found: pl.DataFrame, subject: str, key: Sequence[str], agency: str) -> pl.DataFrame:
    """Findings of a subject with their id: a digest of agency, edit and subject.

    No row version is in it: a finding keeps its id while its subject is sent anew.
    """
    named = found.with_columns(pl.lit(subject).alias("subject"), pl.lit(agency).alias("agency"))
    digest = sha256_hex(named, ["agency", "edit_id", "subject", *key])
    return named.with_columns(digest.str.head(FINDING_ID_LENGTH).alias("finding_id"))


def _subjects(context: pl.DataFrame) -> pl.DataFrame:
    """What findings tell of their line."""
    return context.select(
        *LINE_KEY,
        SUBJECT_ID,
        pl.col("charge_amount").alias("amount"),
        "deadline_on",
        "days_left",
        "facility_id",
        pl.col("surviving_person_id").alias("person_id"),
        "is_part_2",
        "file_id",
        "row_number",
    )


def _any_of(
    flags: pl.DataFrame, catalogue: list[Edit], severity: str, but: Sequence[str] = ()
) -> pl.Series:
    named = [e.id for e in catalogue if e.severity == severity and e.id not in but]
    return flags.select(pl.any_horizontal(pl.repeat(False, pl.len()), *named)).to_series()


def _service_lines(
    context: pl.DataFrame, flags: pl.DataFrame, catalogue: list[Edit]
) -> pl.DataFrame:
    """The lines under their surviving person, each with its verdict; `is_late`: held for nothing
    but the filing limit.
    """
    rejected, held = (_any_of(flags, catalogue, severity) for severity in ("reject", "hold"))
    held_otherwise = _any_of(flags, catalogue, "hold", LATE_EDITS)
    verdict = (
        pl.when(rejected)
        .then(pl.lit("rejected"))
        .when(held)
        .then(pl.lit("held"))
        .otherwise(pl.lit("clean"))
    )
    return context.with_columns(
        verdict.alias("verdict"),
        (held & ~held_otherwise & ~rejected).alias("is_late"),
        pl.col("surviving_person_id").alias("person_id"),
    )
