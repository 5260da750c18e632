"""Denial rules: what makes a decision about a denial impossible, as `refusal_rules` tells it.

Expressions over rows as `judging` lays them out, with the columns of `decidable`.
"""

from collections.abc import Iterator

import polars as pl

from contracts.decisions import OF_A_DENIED_LINE
from contracts.disputes import KINDS
from pipelines.stages.decisions.decidable import APPEAL_ONLY, PASSED, UNSET
from pipelines.stages.decisions.refusal_rules import Rule, rule


def denial_rules() -> Iterator[Rule]:
    """Why a denial cannot be disputed, sent again, corrected or let go."""
    action = pl.col("action")
    of_denial = pl.col("subject") == "denial"
    yield rule(
        "dispute_open",
        of_denial
        & pl.when(action.is_in(OF_A_DENIED_LINE))
        .then("is_line_disputed")
        .otherwise(pl.col("is_disputed") & ~action.is_in(["correct", "release"])),
        "An inquiry or appeal about the denial, or another one of its line, is open.",
        "Record its end first (reentry denials record ID upheld, overturned or withdrawn).",
    )
    for kind in KINDS:
        bar, is_meant = pl.col(f"{kind}_bar"), of_denial & (action == kind)
        yield rule(
            "deadline_unset",
            is_meant & (bar == UNSET),
            "By when it must be sent is not known: policy does not say, or no day of remittance.",
            "Set appeal.days or claim_inquiry.months, with its source, in policy.toml.",
        )
        yield rule(
            "deadline_passed",
            is_meant & (bar == PASSED),
            pl.format("The last day to send it was {}.", pl.col(f"{kind}_by")),
            "Correct and replace the line if there is time for it, or write it off.",
        )
    yield rule(
        "appeal_only",
        of_denial & (action == "inquiry") & (pl.col("inquiry_bar") == APPEAL_ONLY),
        "What NCCI denied can only be appealed.",
        "Appeal it.",
    )
    yield rule(
        "nothing_to_correct",
        of_denial & (action == "correct") & pl.col("line_version").is_null(),
        "The denied line is no line of the encounters: it was withdrawn, or is a bundle.",
        "Mend the bundle's records in their source system.",
    )
    yield rule(
        "nothing_to_release",
        of_denial & (action == "release") & ~_taken_back().fill_null(False),
        "Nothing was decided of the denial that a person may take back.",
        "Withdraw an inquiry or appeal with reentry denials record ID withdrawn.",
    )


def _taken_back() -> pl.Expr:
    return pl.col("decided_before").is_in(OF_A_DENIED_LINE)
