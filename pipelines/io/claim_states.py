"""Claim states: where each claim stands by ledger and answers, and dollars of claims in effect."""

from collections import Counter
from decimal import Decimal
from typing import Any

import polars as pl

from contracts.decisions import WRITTEN_OFF
from contracts.fields import MONEY
from pipelines.io.acknowledgements import submission_states
from pipelines.io.answered import answered
from pipelines.io.decided import claims_disposed
from pipelines.io.ledger import claim_lines
from pipelines.io.payments import line_accounts, settled
from pipelines.io.workspace import EVER, View, Workspace, local_day
from pipelines.stages.claims.lines import LINE_KEY
from pipelines.stages.payments.accounts import EQUATION

NO_MONEY = Decimal("0.00")
DOLLARS = ("charged_amount", *EQUATION, "recovered_amount")


def effective(workspace: Workspace) -> pl.DataFrame:
    """The newest submission of each claim that was not withdrawn, in its state of this moment;
    `written_off` where a person gave its claim up. With the dollars of the claim's lines in effect:
    charged_amount, those of the equation, and recovered_amount; lines_in_effect are their keys.
    """
    now = workspace.view_now()
    made = settled(now)
    known = answered(now, submission_states(now, made.outcomes))
    stands = known.filter(pl.col("state") != "withdrawn")
    newest = stands.sort("submission_number").unique("claim_id", keep="last", maintain_order=True)
    disposed = claims_disposed(now)
    given_up = disposed.filter(pl.col("action") == "write_off")["subject_id"]
    accounts = line_accounts(now, known, made)
    is_given_up = pl.col("claim_id").is_in([*given_up, *_let_go(accounts)])
    state = pl.when(is_given_up).then(pl.lit(WRITTEN_OFF)).otherwise("state")
    dollars = _dollars(accounts)
    joined = newest.join(dollars, on="claim_id", how="left", maintain_order="left")
    return joined.with_columns(state.alias("state"), pl.col(DOLLARS).fill_null(pl.lit(0, MONEY)))


def _let_go(accounts: pl.DataFrame) -> pl.Series:
    """Claims of which every line in effect was written off."""
    all_are = (pl.col("state") == WRITTEN_OFF).all()
    lines = accounts.filter("is_in_effect").group_by("claim_id").agg(is_gone=all_are)
    return lines.filter("is_gone")["claim_id"]


def _dollars(accounts: pl.DataFrame) -> pl.DataFrame:
    counted = accounts.filter("is_in_effect").rename({"charge_amount": "charged_amount"})
    return counted.group_by("claim_id").agg(
        pl.col(DOLLARS).sum().cast(MONEY), lines_in_effect=_keys_of_lines()
    )


def _keys_of_lines() -> pl.Expr:
    """Each line once, in however many parts it went out for its units."""
    return pl.struct(LINE_KEY).unique(maintain_order=True)


def claim_states(view: View, submitted: pl.DataFrame) -> dict[str, int]:
    """How many claims are in each state; those never submitted are planned, held or batched.

    `submitted` as `effective` tells it.
    """
    open_claims = view.workspace.open_batch_claims(EVER)
    never = view.derived("plan").join(submitted, on="claim_id", how="anti")
    state = (
        pl.when(pl.col("claim_id").is_in(open_claims["claim_id"].implode()))
        .then(pl.lit("batched"))
        .when(pl.col("action") == "hold")
        .then(pl.lit("held"))
        .when(pl.col("reasons").list.contains(WRITTEN_OFF))
        .then(pl.lit(WRITTEN_OFF))
        .otherwise(pl.lit("planned"))
    )
    counts = Counter(submitted["state"]) + Counter(never.select(state.alias("s"))["s"])
    return dict(sorted(counts.items()))


def money(submitted: pl.DataFrame) -> dict[str, Decimal]:
    """Dollars in effect: charged = paid + adjusted + denied + open; a void, and what was rejected,
    counts nothing. `submitted` as `effective` tells it.
    """
    names = {name.removesuffix("_amount"): name for name in ("charged_amount", *EQUATION)}
    return {told: Decimal(submitted[name].sum() or NO_MONEY) for told, name in names.items()}


def claims_told(workspace: Workspace) -> list[dict[str, Any]]:
    """Every claim ever submitted, with its state, its dollars and its service lines: those in
    effect, also where one was replaced since; where none is, those of the newest submission.
    """
    claims = effective(workspace).sort("claim_id")
    with workspace.ledger.read() as connection:
        lines = claim_lines.submitted(connection, workspace.agency.id, EVER)
    return [_told(row) for row in with_lines(claims, lines).iter_rows(named=True)]


def with_lines(claims: pl.DataFrame, submitted_lines: pl.DataFrame) -> pl.DataFrame:
    """Claims as `effective` tells them with `lines` and charge_amount of what is in effect: the
    newest submission of one of which a line was replaced has that line alone.
    """
    newest = submitted_lines.group_by("patient_control_number").agg(lines=_keys_of_lines())
    charge = pl.when(pl.col("lines_in_effect").is_null()).then("charge_amount")
    return claims.join(
        newest, on="patient_control_number", how="left", maintain_order="left"
    ).with_columns(
        lines=pl.coalesce("lines_in_effect", "lines"),
        charge_amount=charge.otherwise("charged_amount"),
    )


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "claim_id": row["claim_id"],
        "patient_control_number": row["patient_control_number"],
        "state": row["state"],
        "dispute": row["dispute"],
        "submitted_on": row["sent_at"] and local_day(row["sent_at"]),
        "charge_amount": row["charge_amount"],
        "paid_amount": row["paid_amount"],
        "adjusted_amount": row["adjusted_amount"],
        "lines": row["lines"] or [],
    }
