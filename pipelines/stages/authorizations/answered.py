"""Answered: what 278 responses say of authorizations, as rows of the feed that has the others.

Nothing is guessed: a response that grants and names no days is not an authorization yet.
"""

from typing import Final

import polars as pl

from contracts.feeds import facts
from pipelines.stages.edits.authorization import APPROVING, CONTROL_NUMBER
from pipelines.stages.identifiers import cin_of
from pipelines.stages.people import numbers

DECIDING: Final = (*APPROVING, "pending", "denied", "cancelled")
_KEY: Final = ["authorization_number", "line_number"]


def with_answers(
    authorizations: pl.DataFrame,
    answers: pl.DataFrame,
    requests: pl.DataFrame,
    orders: pl.DataFrame,
    people: pl.DataFrame,
    cin_aliases: pl.DataFrame,
) -> pl.DataFrame:
    """Current `authorizations` and what the payer's responses add, the later of each key.

    `answers`: the table `authorization_answers`. `requests`: what was asked by us (trace_number,
    order_id, person_id, asked_on).
    """
    if answers.is_empty():
        return authorizations
    told = rows_of(answers, requests, orders, people, cin_aliases)
    both = pl.concat([authorizations, facts("authorizations").conform(told.filter(is_whole()))])
    newest = both.sort("received_at", maintain_order=True).unique(
        _KEY, keep="last", maintain_order=True
    )
    return newest.sort(_KEY)


def is_whole() -> pl.Expr:
    """Whether a response decides, and says all that an authorization must have."""
    needed = ("person_id", "starts_on", "ends_on", "units_requested")
    return pl.col("outcome").is_in(DECIDING) & pl.all_horizontal(
        pl.col(name).is_not_null() for name in needed
    )


def rows_of(
    answers: pl.DataFrame,
    requests: pl.DataFrame,
    orders: pl.DataFrame,
    people: pl.DataFrame,
    cin_aliases: pl.DataFrame,
) -> pl.DataFrame:
    """The newest response to each request and service, in the columns of the feed, with `outcome`
    and `reject_codes`. What the response leaves out is taken from the order that was asked about.
    """
    asked = _asked(requests, orders)
    known = numbers(people, cin_aliases).unique("cin", keep="none")
    newest = _newest(answers).join(asked, on="trace_number", how="left")
    named = newest.with_columns(cin=cin_of(pl.col("cin"))).join(known, on="cin", how="left")
    grants = pl.col("outcome").is_in(APPROVING)
    starts_on = pl.coalesce("starts_on", "ordered_from", pl.when(~grants).then("decided_on"))
    ends_on = pl.coalesce("ends_on", "ordered_to", pl.when(~grants).then(starts_on))
    number = pl.coalesce("authorization_number", "administrative_number", "trace_number")
    is_controlled = number.str.contains(CONTROL_NUMBER)
    return named.with_columns(
        authorization_number=number,
        line_number=pl.col("service_ordinal"),
        authorization_type=pl.when(is_controlled).then(pl.lit("TAR")).otherwise(pl.lit("PA")),
        person_id=pl.coalesce("asked_person_id", "surviving_person_id"),
        decision=pl.col("outcome"),
        procedure_code=pl.coalesce("procedure_code", "ordered_code"),
        modifiers=pl.coalesce("modifiers", "ordered_modifiers"),
        starts_on=starts_on,
        ends_on=ends_on,
        units_requested=pl.coalesce("ordered_units", "units"),
        units_approved=pl.when(grants).then("units"),
        requested_on=pl.coalesce("asked_on", "decided_on"),
        requesting_npi=pl.col("ordered_by_npi"),
    )


def _asked(requests: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Our requests beside the orders that they were about."""
    about = orders.select(
        *("order_id", "ordered_by_npi", "is_part_2"),
        ordered_code="procedure_code",
        ordered_modifiers="modifiers",
        ordered_units="units",
        ordered_from="starts_on",
        ordered_to="ends_on",
    )
    return requests.select(
        "trace_number", "order_id", "asked_on", asked_person_id="person_id"
    ).join(about, on="order_id", how="left")


def _newest(answers: pl.DataFrame) -> pl.DataFrame:
    """The last response to each request and service; to none of ours, of each number."""
    about = pl.coalesce("trace_number", "authorization_number", "administrative_number")
    return (
        answers.with_columns(about=about)
        .sort("received_at", "segment_ordinal", maintain_order=True)
        .unique(["about", "service_ordinal"], keep="last", maintain_order=True)
        .drop("about")
    )
