"""Needed: orders of services that need an authorization and have none that could still be granted.

The code set of covered services says what needs one. An order that was stopped needs none.
"""

from datetime import date
from typing import Final

import polars as pl

from codesets.lookup import lookup
from contracts.derived import DERIVED
from pipelines.stages.decisions.in_force import LINE_KEY, line_subject
from pipelines.stages.edits.authorization import APPROVING
from pipelines.stages.people import with_survivor

_ANSWERING: Final = (*APPROVING, "pending")


def needed(
    orders: pl.DataFrame,
    authorizations: pl.DataFrame,
    people: pl.DataFrame,
    custody_stays: pl.DataFrame,
    service_lines: pl.DataFrame,
    encounters: pl.DataFrame,
    findings: pl.DataFrame,
    prerelease_services: pl.DataFrame,
    as_of: date,
) -> pl.DataFrame:
    """The table `authorizations_needed`.

    An authorization answers an order that it names, or, naming none, one of the same person and
    procedure whose first day lies in its dates. `need_unset`: the code set does not say whether the
    service needs one. The dollars are those of documented lines that wait for it.
    """
    asked = with_survivor(_asked(orders, prerelease_services, as_of), people)
    answers = _answers(asked, authorizations, people)
    waiting = _waiting(service_lines, encounters, findings)
    facility = custody_stays.select("stay_id", "facility_id")
    return DERIVED["authorizations_needed"].conform(
        asked.join(answers, on="order_id", how="left")
        .filter(~pl.col("is_answered").fill_null(value=False))
        .with_columns(reason=_reason())
        .join(waiting, on="order_id", how="left")
        .join(facility, on="stay_id", how="left")
        .with_columns(pl.col("waiting_count").fill_null(0), pl.col("is_part_2").fill_null(False))
        .sort("order_id")
    )


def _asked(orders: pl.DataFrame, prerelease_services: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Orders whose service needs an authorization on its first day, or may."""
    first_day = pl.coalesce("starts_on", "ordered_on")
    live = orders.filter(
        pl.col("procedure_code").is_not_null(),
        pl.col("order_status") != "stopped",
        pl.col("ordered_on") <= as_of,
    ).with_columns(first_on=first_day)
    pairs = live.select(code="procedure_code", on="first_on").unique()
    needs = lookup(prerelease_services, pairs, ["needs_authorization"]).select(
        procedure_code="code", first_on="on", need="needs_authorization"
    )
    wanted = live.join(needs, on=["procedure_code", "first_on"], how="left")
    return wanted.filter(pl.col("need").is_in(["yes", "unset"]))


def _answers(
    asked: pl.DataFrame, authorizations: pl.DataFrame, people: pl.DataFrame
) -> pl.DataFrame:
    """order_id, is_answered (granted or pending), and the number of one that was refused."""
    held = with_survivor(authorizations, people).select(
        "authorization_number", "decision", "starts_on", "ends_on", "procedure_code",
        holder="person_id", named_order="order_id",
    )  # fmt: skip
    wanted = asked.select("order_id", "person_id", "procedure_code", "first_on")
    by_order = wanted.join(held.drop("procedure_code"), left_on="order_id", right_on="named_order")
    by_service = wanted.join(
        held.filter(pl.col("named_order").is_null()),
        left_on=["person_id", "procedure_code"],
        right_on=["holder", "procedure_code"],
    ).filter(pl.col("first_on").is_between("starts_on", "ends_on"))
    shared = ["order_id", "authorization_number", "decision"]
    both = pl.concat([by_order.select(shared), by_service.select(shared)])
    return both.sort("authorization_number").group_by("order_id").agg(
        is_answered=pl.col("decision").is_in(_ANSWERING).any(),
        authorization_number=pl.col("authorization_number").last(),
    )  # fmt: skip


def _reason() -> pl.Expr:
    return (
        pl.when(pl.col("need") == "unset")
        .then(pl.lit("need_unset"))
        .when(pl.col("authorization_number").is_not_null())
        .then(pl.lit("refused"))
        .otherwise(pl.lit("never_asked"))
    )


def _waiting(
    service_lines: pl.DataFrame, encounters: pl.DataFrame, findings: pl.DataFrame
) -> pl.DataFrame:
    """order_id, and how many documented lines of it want an authorization, their dollars and the
    first deadline.
    """
    missing = findings.filter(edit_id="authorization_missing", subject="encounter")
    ordered = encounters.drop_nulls("order_id").select(*LINE_KEY, "order_id")
    lines = service_lines.join(ordered, on=LINE_KEY).with_columns(line_subject())
    lines = lines.join(missing, on="subject_id", how="semi")
    return lines.group_by("order_id").agg(
        waiting_count=pl.len().cast(pl.Int64),
        amount=pl.col("charge_amount").sum(),
        deadline_on=pl.col("deadline_on").min(),
    )
