"""Judging: which of the decisions that somebody entered can be recorded, and why others cannot.

All rows are judged at once; what is said of one never repeats a person's value. Recording is the
ledger's business, reading a workbook the rim's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import polars as pl

from contracts.decisions import (
    ACTIONS,
    EDITION_CHANGED,
    EMPTY,
    ENCOUNTER_CHANGED,
    HELD,
    MOST_REASON,
    OF_A_DENIED_LINE,
    SPLIT_LINE,
    UNCHARGED_LINE,
    WRITTEN_OFF,
)
from pipelines.stages.decisions.decidable import DECIDABLE
from pipelines.stages.decisions.denial_rules import denial_rules
from pipelines.stages.decisions.in_force import disposed, in_force, track
from pipelines.stages.decisions.lines import LIFTED_SEPARATOR
from pipelines.stages.decisions.refusal_rules import Rule, rules
from pipelines.stages.decisions.values import with_value_verdicts
from pipelines.stages.digest import sha256_hex

ENTERED: Final = pl.Schema(
    {
        "sheet": pl.String(), "row_number": pl.Int64(), "subject": pl.String(),
        "subject_id": pl.String(), "finding_id": pl.String(), "action": pl.String(),
        "field": pl.String(), "value": pl.String(), "reason": pl.String(),
        "issue_id": pl.String(), "seen_version": pl.String(),
    }
)  # fmt: skip
"""Rows of a returned worklist; `sheet` and `row_number` say where each stands in it."""

_CELLS: Final = ("action", "field", "value", "reason")
_IDENTITY: Final = ("issue_id", "salt", "subject", "subject_id", "action", "field", "value")
_ID_LENGTH: Final = 32
# Of the plan's reasons those that a person lifts.
_RELEASED: Final = (
    HELD, WRITTEN_OFF, EDITION_CHANGED, SPLIT_LINE, UNCHARGED_LINE, ENCOUNTER_CHANGED,
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What entered decisions are held against.

    `issues`: issue_id, issued_to. `versions`: subject, subject_id, version as they are now.
    `findings` and `plan` of the last run; `submissions` and `recorded` (decisions) of the ledger.
    `delay_reasons`: codes that the payer accepts. `denials`: `decidable.DECIDABLE`. `salt` sets
    decisions of no worklist apart.
    """

    user_id: str
    issues: pl.DataFrame
    versions: pl.DataFrame
    findings: pl.DataFrame
    plan: pl.DataFrame
    submissions: pl.DataFrame
    recorded: pl.DataFrame
    delay_reasons: tuple[str, ...]
    denials: pl.DataFrame = field(default_factory=DECIDABLE.to_frame)
    salt: str | None = None


@dataclass(frozen=True)
class Judged:
    """`accepted`: new decisions, one row each. `refused`: rows as entered with code, why, remedy.
    `repeated_count`: decisions that are recorded already.
    """

    accepted: pl.DataFrame
    refused: pl.DataFrame
    repeated_count: int


def judge(entered: pl.DataFrame, known: Known) -> Judged:
    """Sort entered rows; those without a decision, field, value or reason are passed over."""
    rows = _identified(_stripped(entered), known)
    is_repeated = pl.col("decision_id").is_in(known.recorded["decision_id"].implode())
    repeated = rows.filter(is_repeated)
    fresh = _beside(rows.filter(~is_repeated), entered, known)
    every = chain(rules(known.user_id), denial_rules())
    told = _told(with_value_verdicts(fresh, known.delay_reasons), every)
    told = _about_lines(told)
    told = _told(told, _contradictions(told.filter(pl.col("code").is_null())))
    overtaken = _overtaken(repeated, known)
    sound = pl.col("code").is_null()
    refused = pl.concat([told.filter(~sound), overtaken], how="diagonal").sort(
        "sheet", "row_number"
    )
    return Judged(
        _once(told.filter(sound)),
        refused.select(*ENTERED.names(), "version", "code", "why", "remedy"),
        repeated["decision_id"].n_unique() - overtaken["decision_id"].n_unique(),
    )


def _stripped(entered: pl.DataFrame) -> pl.DataFrame:
    """Rows in which something was entered, without blanks around it; empty is null."""
    stripped = pl.col(_CELLS).str.strip_chars()
    bare = entered.with_columns(pl.when(stripped != "").then(stripped).name.keep())
    filled = bare.filter(pl.any_horizontal(pl.col(_CELLS).is_not_null()))
    return _as_offered(filled.with_columns(pl.col("action", "field").str.to_lowercase()))


def _as_offered(rows: pl.DataFrame) -> pl.DataFrame:
    """`(empty)` however a spreadsheet has capitalized it."""
    is_empty = (pl.col("action") == "correct") & (pl.col("value").str.to_lowercase() == EMPTY)
    return rows.with_columns(value=pl.when(is_empty).then(pl.lit(EMPTY)).otherwise(pl.col("value")))


def _identified(rows: pl.DataFrame, known: Known) -> pl.DataFrame:
    """The id says which worklist answers what about which subject: taken again it is the same."""
    salted = rows.with_columns(salt=pl.lit(known.salt, pl.String))
    digest = sha256_hex(salted, _IDENTITY).str.head(_ID_LENGTH)
    return rows.with_columns(digest.alias("decision_id"), track())


def _beside(rows: pl.DataFrame, entered: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Rows beside what is known of their worklist, their finding and their subject."""
    findings = known.findings.select(
        "finding_id", "edit_id", "severity", finding_subject_id="subject_id"
    )
    claims = _claims(known)
    denials = known.denials.drop("version", "claim_id").with_columns(line_of=line_reference())
    versions = known.versions.unique(["subject", "subject_id"], keep="none")
    return (
        rows.join(known.issues, on="issue_id", how="left")
        .join(findings, on="finding_id", how="left")
        .join(versions, on=["subject", "subject_id"], how="left")
        .join(claims, on="subject_id", how="left")
        .join(denials, on="subject_id", how="left")
        .join(_in_place(known), on="subject_id", how="left")
        .join(_holds_seen(entered, findings), on=["subject_id", "issue_id"], how="left",
              nulls_equal=True)
        .sort("sheet", "row_number")
    )  # fmt: skip


def line_reference() -> pl.Expr:
    """How a decision names a line that was sent: its submission's number and its ordinal."""
    return pl.concat_str("patient_control_number", "line_ordinal", separator="/")


def _in_place(known: Known) -> pl.DataFrame:
    """Of each denial what was decided of it last."""
    held = disposed(in_force(known.recorded, "denial"))
    return held.select("subject_id", decided_before="action")


def _about_lines(rows: pl.DataFrame) -> pl.DataFrame:
    """To correct a denial is to correct its encounter line."""
    corrects = pl.col("code").is_null() & (pl.col("subject") == "denial")
    corrects = (corrects & (pl.col("action") == "correct")).fill_null(False)
    own = {
        "subject": pl.lit("encounter"), "subject_id": pl.col("line_subject_id"),
        "seen_version": pl.col("line_version"),
    }  # fmt: skip
    return rows.with_columns(
        pl.when(corrects).then(value).otherwise(pl.col(name)).alias(name)
        for name, value in own.items()
    )


def _claims(known: Known) -> pl.DataFrame:
    """Of each claim what a decision about it depends on."""
    newest = (
        known.submissions.filter(pl.col("state") != "withdrawn")
        .sort("submission_number")
        .group_by("claim_id", maintain_order=True)
        .agg(sent_number=pl.col("patient_control_number").last())
    )
    held = pl.col("reasons").list
    return known.plan.join(newest, on="claim_id", how="left").select(
        "newest_state",
        "sent_number",
        subject_id="claim_id",
        is_releasable=pl.any_horizontal(held.contains(slug) for slug in _RELEASED),
    )


def _holds_seen(entered: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Of each subject the edits whose holds the worklist showed and that still stand."""
    shown = entered.select("subject_id", "issue_id", "finding_id").join(findings, on="finding_id")
    holds = shown.filter(
        pl.col("severity") == "hold", pl.col("subject_id") == pl.col("finding_subject_id")
    )
    return holds.group_by("subject_id", "issue_id").agg(
        holds_seen=pl.col("edit_id").unique().sort().str.join(LIFTED_SEPARATOR)
    )


def _told(rows: pl.DataFrame, found: Iterator[Rule]) -> pl.DataFrame:
    """Rows with code, why and remedy of the first rule that they break, if they have none yet."""
    told = rows
    if "code" not in rows.columns:
        told = rows.with_columns(
            pl.lit(None, pl.String).alias(n) for n in ("code", "why", "remedy")
        )
    for rule in found:
        is_broken = pl.col("code").is_null() & rule.broken.fill_null(False)
        words = {"code": pl.lit(rule.code), "why": rule.why, "remedy": rule.remedy}
        told = told.with_columns(
            pl.when(is_broken).then(text).otherwise(pl.col(name)).alias(name)
            for name, text in words.items()
        )
    return told


def _contradictions(sound: pl.DataFrame) -> Iterator[Rule]:
    """Several decisions that cannot all hold: all of them are refused."""
    subject = ["subject", "subject_id"]
    answers = sound.select(*subject, "track", "action", "value").unique()
    doubled = answers.filter(pl.struct(*subject, "track").is_duplicated()).select(*subject, "track")
    gone = answers.filter(pl.col("action") == "write_off").select(subject)
    futile = answers.join(gone, on=subject).filter(pl.col("action") != "write_off").select(subject)
    # Denials of one line: what is decided of one counts for the line.
    of_line = answers.filter(
        pl.col("subject") == "denial", pl.col("action").is_in(OF_A_DENIED_LINE)
    )
    split = of_line.filter(pl.col("action").n_unique().over("value") > 1)
    clashes = (doubled, futile, split.select(*subject, "track"))
    if any(not one.is_empty() for one in clashes):
        yield Rule(
            "contradictory",
            pl.any_horizontal(
                pl.struct(one.columns).is_in(one.to_struct().implode()) for one in clashes
            ),
            pl.lit("The file decides differently about the same subject; none was taken."),
            pl.lit("Decide once for each subject and field, and empty the other cells."),
        )


def _overtaken(repeated: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Rows recorded before, in whose place another decision has come since."""
    held = pl.concat([in_force(known.recorded, s)["decision_id"] for s in ACTIONS])
    gone = repeated.filter(~pl.col("decision_id").is_in(held.implode()))
    return gone.with_columns(
        version=pl.lit(None, pl.String),
        code=pl.lit("overtaken"),
        why=pl.lit("Recorded before; a later decision has taken its place since."),
        remedy=pl.lit("To decide so again, answer a worklist issued after that decision."),
    )


def _once(sound: pl.DataFrame) -> pl.DataFrame:
    """One row a decision: the same said in several rows is one, with all their reasons.

    A release carries the edits that it lifts, a resubmission the number of what it follows.
    """
    value = (
        pl.when((pl.col("action") == "release") & (pl.col("subject") == "encounter"))
        .then("holds_seen")
        .when((pl.col("subject") == "denial") & pl.col("action").is_in(OF_A_DENIED_LINE))
        .then("line_of")
        .when(pl.col("action") == "resubmit")
        .then("sent_number")
        .otherwise("value")
    )
    names = ("issue_id", "subject", "subject_id", "action", "field", "value", "seen_version")
    return (
        sound.with_columns(value=value)
        .group_by("decision_id", maintain_order=True)
        .agg(
            pl.col(names).first(),
            pl.col("reason").unique().sort().str.join("; ").str.head(2 * MOST_REASON),
        )
    )
