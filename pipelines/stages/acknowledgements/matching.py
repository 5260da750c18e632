"""Matching: of which submissions a statement speaks, by our control numbers or the claim's own.

Here: pairs of statement and submission, and what became of statements that have none. Not here:
what a statement makes of a submission (`standing`).
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from contracts.settings import Agency

# What two statements share that say the same; but for the addressee, envelopes differ.
_SAID: Final = (
    "is_ours",
    "answer", "level", "outcome", "verdict_code", "codes_told", "stated_on", "answered_interchange",
    "answered_group", "answered_set", "error_segment", "error_position", "error_loop",
    "error_element", "patient_control_number", "line_control_number", "payer_claim_number",
    "trace_number", "provider_npi", "charge_amount", "paid_amount",
)  # fmt: skip
_CLAIM_FUNCTION: Final = "HC"  # GS01 of an 837
# Levels that name no claim and no set of their own: they go with the set in which they stand.
_WITH_THEIR_SET: Final = ("source", "receiver", "provider", "group", "segment", "element")


@dataclass(frozen=True)
class Matches:
    """`statements`: all of them in order of receipt, with statement (their number), is_duplicate
    and match. `pairs`: statement, submission_id, counts: whether it moves the submission.
    """

    statements: pl.DataFrame
    pairs: pl.DataFrame


def matched(
    statements: pl.DataFrame,
    submissions: pl.DataFrame,
    inquiries: pl.DataFrame,
    providers: pl.DataFrame,
    agency: Agency,
) -> Matches:
    """Match statements (`payer_answers`) with the ledger's submissions.

    Control numbers are small and other senders use the same: they count only in an answer that was
    addressed to the agency. A patient control number is a digest of the agency and counts anywhere.
    `inquiries`: interchange_control_number and group_control_number of our 270s. `providers`:
    patient_control_number and billing_npi of submissions, for `speaks_of_providers`.
    """
    told = _numbered(statements, agency)
    known = submissions.select(
        "submission_id", "patient_control_number", *_PLACE, *_SPAN,
        answered_set=pl.col("set_control_number").str.strip_chars_start("0"),
    ).rename({"interchange_control_number": "answered_interchange",
              "group_control_number": "answered_group"})  # fmt: skip
    pairs = pl.concat(
        [
            _of_numbers(told, known),
            _of_positions(told, known),
            _of_levels_above(told, known, providers),
            _of_claims(told, known),
        ]
    ).unique(["statement", "submission_id"], keep="first", maintain_order=True)
    return Matches(_judged(told, pairs, known, inquiries), pairs)


def speaks_of_providers(statements: pl.DataFrame) -> bool:
    """Whether all claims of a provider are rejected at once, so that claims' providers matter."""
    whole = statements.filter("is_childless", level="provider", outcome="rejected")
    return not whole.is_empty()


_PLACE: Final = ("interchange_control_number", "group_control_number")
_SPAN: Final = ("first_segment", "last_segment")


def _numbered(statements: pl.DataFrame, agency: Agency) -> pl.DataFrame:
    """In order of receipt; of two that say the same, the later is a duplicate."""
    ordered = statements.sort("received_at", "segment_ordinal").with_row_index("statement")
    to_us = (pl.col("addressee_id") == agency.isa_sender_id) | (
        pl.col("addressee_code") == agency.gs_sender_code
    )
    named = ordered.with_columns(
        is_ours=to_us.fill_null(False), codes_told=pl.col("codes").list.join("|")
    )
    is_first = named.select(pl.struct(_SAID).is_first_distinct()).to_series()
    return named.with_columns(is_duplicate=~is_first).drop("codes_told")


def _addressed(told: pl.DataFrame) -> pl.DataFrame:
    """Statements by control number that may be about us."""
    of_claims = pl.col("answered_function").fill_null(_CLAIM_FUNCTION) == _CLAIM_FUNCTION
    return told.filter("is_ours", of_claims)


def _of_numbers(told: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """TA1 by ISA13, 999 by GS06 and ST02; a group's acceptance is silent on the sets it names."""
    moves = pl.col("outcome") != "noted"
    ours = _addressed(told)
    keys = {
        "interchange": ["answered_interchange"],
        "group": ["answered_group"],
        "set": ["answered_group", "answered_set"],
    }
    by_level = {
        level: ours.filter(level=level).join(known, on=on, suffix="_known")
        for level, on in keys.items()
    }
    named = ["file_id", "row_number", "submission_id"]
    is_silent = pl.col("outcome") == "received"
    group = by_level["group"]
    spoken = group.filter(is_silent).join(by_level["set"].select(named), on=named, how="anti")
    by_level["group"] = pl.concat([group.filter(~is_silent), spoken])
    return pl.concat(_pairs(frame, moves) for frame in by_level.values())


def _of_positions(told: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Faults of a 999 by the segment's place in our set: told of the claim that stands there."""
    faults = _addressed(told).filter(pl.col("level").is_in(["segment", "element"]))
    inside = faults.join(known, on=["answered_group", "answered_set"], suffix="_known").filter(
        pl.col("error_position").is_between("first_segment", "last_segment")
    )
    return _pairs(inside, pl.lit(False))


def _of_levels_above(
    told: pl.DataFrame, known: pl.DataFrame, providers: pl.DataFrame
) -> pl.DataFrame:
    """A 277CA that stops above the claims rejects all below: of the set, or of one provider."""
    whole = told.filter("is_ours", "is_childless", answer="277ca", outcome="rejected")
    sets = whole.join(known, on=["answered_interchange", "answered_set"], suffix="_known")
    billing = known.select("submission_id", "patient_control_number").join(
        providers, on="patient_control_number"
    )
    of_provider = sets.filter(level="provider").join(
        billing.select("submission_id", provider_npi="billing_npi"),
        on=["submission_id", "provider_npi"],
        how="semi",
    )
    return _pairs(pl.concat([sets.filter(level="receiver"), of_provider]), pl.lit(True))


def _of_claims(told: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """By patient control number, as we wrote it. What is said of a line moves no claim."""
    named = told.with_columns(pl.col("patient_control_number").str.strip_chars())
    numbers = known.select("submission_id", "patient_control_number")
    moves = (pl.col("level") == "claim") & (pl.col("outcome") != "noted")
    return _pairs(named.join(numbers, on="patient_control_number"), moves)


def _pairs(joined: pl.DataFrame, moves: pl.Expr) -> pl.DataFrame:
    counts = moves & ~pl.col("is_duplicate")
    return joined.select("statement", "submission_id", counts=counts)


def _judged(
    told: pl.DataFrame, pairs: pl.DataFrame, known: pl.DataFrame, inquiries: pl.DataFrame
) -> pl.DataFrame:
    """With `match`. Levels above the claim, and faults of a set's heading, go with their set."""
    in_set = ["file_id", "row_number"]
    hits = pairs.select("statement").unique().with_columns(hit=pl.lit(True))
    rows = told.join(hits, on="statement", how="left", maintain_order="left")
    is_inquiry = pl.col("is_ours") & (
        ((pl.col("level") == "interchange") & _among("answered_interchange", inquiries, 0))
        | ((pl.col("answer") == "999") & _among("answered_group", inquiries, 1))
    )
    set_is_ours = (pl.col("hit").any() | _answers_ours(known).any()).over(in_set)
    goes_with_set = pl.col("level").is_in(_WITH_THEIR_SET)
    match = (
        pl.when(pl.col("hit") | (goes_with_set & set_is_ours))
        .then(pl.lit("matched"))
        .when(is_inquiry)
        .then(pl.lit("inquiry"))
        .when(set_is_ours)
        .then(pl.lit("unmatched"))
        .otherwise(pl.lit("foreign"))
    )
    return rows.with_columns(match=match).drop("hit")


def _answers_ours(known: pl.DataFrame) -> pl.Expr:
    """Whether a level of a 277CA bears the reference of one of our sets."""
    numbers = known["answered_interchange"].unique()
    is_known = pl.col("answered_interchange").is_in(numbers.implode())
    return (pl.col("is_ours") & (pl.col("answer") == "277ca") & is_known).fill_null(False)


def _among(column: str, inquiries: pl.DataFrame, place: int) -> pl.Expr:
    numbers = inquiries[_PLACE[place]].unique()
    return pl.col(column).is_in(numbers.implode()).fill_null(False)
