"""The 271 (005010X279A1) as answers: one row for each person asked about and month.

Here: what EB, DTP and AAA say of a person and month. Not here: levels (`eligibility_levels`),
where Medi-Cal puts its own values (`eligibility_places`), or the contract of the feed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipelines.x12.eligibility_levels import PERSONS, placed, rejected, rejections_of
from pipelines.x12.eligibility_months import answered_months, benefit_spans
from pipelines.x12.eligibility_persons import answered_persons
from pipelines.x12.eligibility_places import PLACES
from pipelines.x12.places import Place, best, first_value, found
from pipelines.x12.reading import joined
from pipelines.x12.wire import element, repetitions

_ACTIVE: Final = ("1", "2", "3", "4", "5")  # EB01: active coverage, in five kinds
_INACTIVE: Final = ("6", "7", "8")  # EB01: inactive
_SPEND_DOWN: Final = "Y"  # EB01; in Medi-Cal the share of cost
_REMAINING: Final = "29"  # EB06
_WHOLE_PLAN: Final = "30"  # EB03: health benefit plan coverage
_DECIMAL: Final = pl.Decimal(18, 4)


@dataclass(frozen=True, slots=True)
class Answers:
    """What 271 sets say, as text but for the ordinals.

    `answers`, one row for each person and month: the columns of feed eligibility_answers in its
    text form; set_ordinal and segment_ordinal (of the person's HL); level, trace_number and
    trace_originator (TRN02, TRN03 of our inquiry), plan_name, follow_up_codes, and outcome:
    `active`, `spend_down` (share of cost not met), `inactive`, `rejected` (AAA and no benefit) or
    `unanswered` (neither). eligible is `yes` of the first alone.
    `rejections`, one row an AAA, also where nobody stands under it: set_ordinal, segment_ordinal,
    level (source, receiver, subscriber, dependent), reject_code, follow_up_code.
    """

    answers: pl.DataFrame
    rejections: pl.DataFrame


def read(
    tokens: pl.DataFrame,
    places: Sequence[Place] = PLACES,
    trace_originator: str | None = None,
) -> Answers:
    """Read the 271 sets among `wire.Interchanges` tokens; other sets are passed over.

    `trace_originator` is ours: clearinghouses put their own trace numbers beside it. Damaged sets
    are read as far as they go: leave them out beforehand. A date that is none stays as it arrived
    and an absent value is null, for the contract to tell.
    """
    segments = placed(tokens)
    rejections = rejected(segments)
    persons = answered_persons(segments, places, trace_originator)
    told = rejections_of(persons, rejections)
    spans = benefit_spans(segments)
    months = answered_months(segments, persons, spans)
    benefits = _of_month(months, _benefits(segments).join(spans, on="benefit", how="left"))
    parts = [_summary(benefits), *_values(segments, places, months, spans)]
    rows = joined(joined(months, parts, "answer"), [persons, told], "person")
    return Answers(
        answers=_answers(rows),
        rejections=rejections.select(
            *("set_ordinal", "segment_ordinal", "level", "reject_code", "follow_up_code")
        ),
    )


def _benefits(segments: pl.DataFrame) -> pl.DataFrame:
    """One row an EB: person, benefit, code, is_whole_plan, amount and is_remaining."""
    types = repetitions(3)
    return segments.filter(pl.col("segment_id") == "EB", pl.col("level").is_in(PERSONS)).select(
        *("person", "benefit"),
        code=pl.col("qualifier"),
        is_whole_plan=types.is_null() | types.list.contains(_WHOLE_PLAN),
        amount=_plain(element(7)),
        is_remaining=element(6).eq_missing(pl.lit(_REMAINING)),
    )


def _of_month(months: pl.DataFrame, benefits: pl.DataFrame) -> pl.DataFrame:
    """Benefits by answer: those dated hold for the months of their dates, the others for all."""
    both = months.select("answer", "person", "month_number").join(benefits, on="person")
    month = pl.col("month_number")
    undated = pl.col("first_month").is_null()
    return both.filter(undated | month.is_between("first_month", "last_month"))


def _summary(benefits: pl.DataFrame) -> pl.DataFrame:
    """One row an answer: whether active, inactive, and the share of cost.

    Where an answer has statuses of the whole plan (service type 30), those of single services do
    not count.
    """
    code = pl.col("code")
    is_status = code.is_in((*_ACTIVE, *_INACTIVE))
    whole = is_status & pl.col("is_whole_plan")
    counts = is_status & (pl.col("is_whole_plan") | ~whole.any().over("answer"))
    share, remaining = code == _SPEND_DOWN, pl.col("is_remaining")
    return (
        benefits.with_columns(
            active=counts & code.is_in(_ACTIVE),
            inactive=counts & code.is_in(_INACTIVE),
            share=share,
            total=pl.when(share & ~remaining).then("amount"),
            left=pl.when(share & remaining).then("amount"),
        )
        .with_columns(left_amount=pl.col("left").cast(_DECIMAL, strict=False))
        .group_by("answer")
        .agg(
            pl.col("active", "inactive", "share").any(),
            pl.col("total").drop_nulls().first(),
            pl.col("left").sort_by("left_amount", descending=True, nulls_last=True).first(),
            left_amount=pl.col("left_amount").max(),
        )
    )


def _plain(amount: pl.Expr) -> pl.Expr:
    """An X12 number as the contract has it: `.5` and `25.` are written `0.5` and `25`."""
    return amount.str.replace(r"^(-?)\.", "${1}0.").str.strip_chars_end(".")


def _values(
    segments: pl.DataFrame, places: Sequence[Place], months: pl.DataFrame, spans: pl.DataFrame
) -> list[pl.DataFrame]:
    """What the table of places finds, one frame a column, one row an answer."""

    def by_answer(column: str) -> pl.DataFrame:
        values = found(segments, places, column, "person", "benefit")
        return _of_month(months, values.join(spans, on="benefit", how="left"))

    codes = best(by_answer("aid_code"), "answer").group_by("answer")
    aid_codes = codes.agg(aid_codes=pl.col("value").unique(maintain_order=True).str.join("|"))
    single = ("evc_number", "plan_code", "plan_name")
    return [aid_codes, *(first_value(by_answer(name), name, "answer") for name in single)]


def _answers(rows: pl.DataFrame) -> pl.DataFrame:
    is_met = (pl.col("left_amount") <= 0).fill_null(False)
    outcome = _outcome(is_met)
    return rows.sort("answer").select(
        *("set_ordinal", "segment_ordinal", "level", "trace_number", "trace_originator"),
        outcome=outcome,
        cin="cin",
        month="month",
        verified_on="verified_on",
        evc_number="evc_number",
        eligible=pl.when(outcome == "active").then(pl.lit("yes")).otherwise(pl.lit("no")),
        aid_codes="aid_codes",
        share_of_cost_amount=pl.coalesce("total", "left"),
        # The day on which we know it: 271 has no place for the day on which it was met.
        share_of_cost_met_on=pl.when(is_met).then("verified_on"),
        payer_last_name="payer_last_name",
        payer_first_name="payer_first_name",
        payer_birth_date="payer_birth_date",
        payer_sex="payer_sex",
        plan_code="plan_code",
        plan_name="plan_name",
        reject_codes="reject_codes",
        follow_up_codes="follow_up_codes",
    )


def _outcome(is_met: pl.Expr) -> pl.Expr:
    return (
        pl.when("active")
        .then(pl.lit("active"))
        .when(pl.col("share") & ~is_met)
        .then(pl.lit("spend_down"))
        .when("inactive")
        .then(pl.lit("inactive"))
        .when("is_rejected")
        .then(pl.lit("rejected"))
        .otherwise(pl.lit("unanswered"))
    )
