"""Decidable: what a person may decide of each denial now, and the version that is decided about.

Judging what was entered is for `decisions`; what follows from it for the plan and the accounts.
"""

from datetime import date
from typing import Final

import polars as pl

from contracts.disputes import NCCI_ROUTE
from contracts.policy import Policy
from pipelines.stages.decisions.clocks import last_days
from pipelines.stages.digest import sha256_hex

UNSET, PASSED, APPEAL_ONLY = "unset", "passed", "appeal_only"
DECIDABLE: Final = pl.Schema(
    {
        "subject_id": pl.String(), "version": pl.String(), "claim_id": pl.String(),
        "submission_id": pl.String(), "patient_control_number": pl.String(),
        "line_ordinal": pl.Int64(), "amount": pl.Decimal(12, 2), "remitted_on": pl.Date(),
        "appeal_by": pl.Date(), "inquiry_by": pl.Date(), "appeal_bar": pl.String(),
        "inquiry_bar": pl.String(), "is_disputed": pl.Boolean(),
        "is_line_disputed": pl.Boolean(),
        "line_subject_id": pl.String(), "line_version": pl.String(),
    }
)  # fmt: skip
"""`subject_id`: the denial's id. `_by`: last day to send. `_bar`: what keeps it from being sent.
`is_line_disputed`: another denial of its line may be the one that is argued about."""

_VERSION: Final = ("denial_id", "amount", "carc", "rarc", "remitted_on", "line_version")


def decidable(
    denials: pl.DataFrame,
    disputes: pl.DataFrame,
    versions: pl.DataFrame,
    policy: Policy,
    as_of: date,
) -> pl.DataFrame:
    """A `DECIDABLE` row for each denial.

    `denials`: the table; `disputes`: `disputes.standing`; `versions`: subject_id and seen_version
    of encounter lines.
    """
    last = last_days(policy, as_of)
    argued = disputes.filter("is_open")
    subject = pl.concat_str("source_system", "encounter_id", "line_number", separator="/")
    known = versions.select(line_subject_id="subject_id", line_version="seen_version")
    told = (
        denials.with_columns(line_subject_id=subject)
        .join(known, on="line_subject_id", how="left", maintain_order="left")
        .with_columns(appeal_by=last["appeal"], inquiry_by=last["inquiry"])
        .with_columns(
            appeal_bar=_bar("appeal_by", as_of),
            inquiry_bar=pl.when(pl.col("route").fill_null("") == NCCI_ROUTE)
            .then(pl.lit(APPEAL_ONLY))
            .otherwise(_bar("inquiry_by", as_of)),
            is_disputed=pl.col("denial_id").is_in(argued["denial_id"].implode()),
            is_line_disputed=_line().is_in(argued.select(_line().alias("line"))["line"].implode()),
        )
    )
    versioned = told.with_columns(version=sha256_hex(told, _VERSION), subject_id="denial_id")
    return versioned.select(pl.col(name).cast(dtype) for name, dtype in DECIDABLE.items())


def _line() -> pl.Expr:
    return pl.struct("submission_id", "line_ordinal")


def _bar(name: str, as_of: date) -> pl.Expr:
    day = pl.col(name)
    return (
        pl.when(day.is_null())
        .then(pl.lit(UNSET))
        .when(day < pl.lit(as_of))
        .then(pl.lit(PASSED))
        .otherwise(pl.lit(None, pl.String))
    )
