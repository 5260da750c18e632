"""Rates: how much of what was sent is paid, how soon, and how often at the first attempt."""

from datetime import date
from typing import Final

import polars as pl

from contracts.disputes import OVERTURNED, UPHELD
from contracts.fields import MONEY
from pipelines.stages.receivables.terms import DAYS_AVERAGED, line_terms, submission_terms

_SHARE: Final = pl.Float64()


def rates(
    lines: pl.DataFrame, states: pl.DataFrame, as_of: date, disputes: pl.DataFrame
) -> pl.DataFrame:
    """One row a measure: measure, numerator, denominator, value (share or days) and unit.

    `lines` as `aging.in_effect`; `states`: table `submission_states`; `disputes`:
    `disputes.standing`. A value whose denominator is nothing is empty.

    - net_collection: paid of what was charged less what was adjusted, of adjudicated lines
    - first_pass: claims whose first submission was paid, of those first submissions that the payer
      rejected or adjudicated
    - initial_denial_zero_pay: denied with nothing paid at the first adjudication, of all first
      submissions adjudicated (HFMA MAP Key: Initial Denial Rate, Zero Pay)
    - denial: dollars denied of dollars charged, of adjudicated lines
    - days_in_receivables: open dollars over the average daily charge of the last 90 days' claims
    - denials_overturned_by_appeal: appeals overturned of those decided (HFMA MAP Key: Denials
      Overturned by Appeal)
    - aged_over_90: open dollars sent more than 90 days ago of all open (HFMA MAP Key: Aged A/R as
      a percentage of A/R)
    - days_to_pay: median days from sending to the remittance
    """
    told, sent = line_terms(lines, as_of), submission_terms(states)
    daily = _sum(told, "days_in_receivables_of") / DAYS_AVERAGED
    rows = [
        ("net_collection", *_dollars(told, "net_collection"), "share"),
        ("first_pass", *_verdicts(sent["first_pass"]), "share"),
        ("initial_denial_zero_pay", *_verdicts(sent["initial_denial_zero_pay"]), "share"),
        ("denial", *_dollars(told, "denial"), "share"),
        ("denials_overturned_by_appeal", *_appeals(disputes), "share"),
        ("aged_over_90", *_dollars(told, "aged_over_90"), "share"),
        ("days_in_receivables", _sum(told, "days_in_receivables"), daily, "days"),
    ]
    made = pl.DataFrame(
        rows,
        schema={"measure": pl.String, "numerator": _SHARE, "denominator": _SHARE,
                "unit": pl.String},
        orient="row",
    ).with_columns(
        value=pl.when(pl.col("denominator") != 0).then(pl.col("numerator") / pl.col("denominator"))
    )  # fmt: skip
    paying = pl.DataFrame(
        {"measure": ["days_to_pay"], "numerator": [None], "denominator": [None],
         "unit": ["days"], "value": [told["days_to_pay"].median()]},
        schema=made.schema,
    )  # fmt: skip
    return pl.concat([made, paying])


def denial_rates(lines: pl.DataFrame, denials: pl.DataFrame) -> pl.DataFrame:
    """Denied dollars of those charged on adjudicated lines: facility_id (null is all), category,
    denied_amount, charge_amount and value, the share; the dearest category of each first.

    `lines` as `aging.in_effect`; `denials`: the table of the same run.
    """
    settled = lines.filter(pl.col("remitted_on").is_not_null())
    of_line = settled.select("submission_id", "line_ordinal", place="facility_id")
    placed = denials.join(of_line, on=["submission_id", "line_ordinal"], how="left")
    told = placed.select("category", "amount", facility_id=pl.coalesce("facility_id", "place"))
    charged = settled.select("facility_id", "charge_amount")
    parts = [
        _denied_of(told.drop_nulls("facility_id"), charged.drop_nulls("facility_id")),
        _denied_of(told.with_columns(_ANY), charged.with_columns(_ANY)),
    ]
    return pl.concat(parts).sort(
        "facility_id", "denied_amount", "category", descending=[False, True, False],
        nulls_last=False,
    )  # fmt: skip


_ANY: Final = pl.lit(None, pl.String).alias("facility_id")


def _denied_of(denials: pl.DataFrame, charged: pl.DataFrame) -> pl.DataFrame:
    of_place = charged.group_by("facility_id").agg(pl.col("charge_amount").sum().cast(MONEY))
    denied = denials.group_by("facility_id", "category").agg(
        denied_amount=pl.col("amount").sum().cast(MONEY)
    )
    share = pl.col("denied_amount").cast(_SHARE) / pl.col("charge_amount").cast(_SHARE)
    both = denied.join(of_place, on="facility_id", how="left", nulls_equal=True)
    return both.with_columns(value=pl.when(pl.col("charge_amount") != 0).then(share))


def _appeals(disputes: pl.DataFrame) -> tuple[float, float]:
    """Appeals that were overturned, and all that were decided."""
    decided = disputes.filter(kind="appeal").filter(pl.col("state").is_in([UPHELD, OVERTURNED]))
    return float(decided.filter(state=OVERTURNED).height), float(decided.height)


def _sum(rows: pl.DataFrame, name: str) -> float:
    """Dollars as a figure for a rate; the exact sums are in the totals."""
    return float(rows[name].sum() or 0)


def _dollars(rows: pl.DataFrame, name: str) -> tuple[float, float]:
    return _sum(rows, name), _sum(rows, f"{name}_of")


def _verdicts(told: pl.Series) -> tuple[float, float]:
    """How many were so, and of how many it was asked."""
    return float(told.sum()), float(told.count())
