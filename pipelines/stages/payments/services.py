"""Services: lines within a claim, where no line number is told, by what was done when for how much.

In rounds: procedure, modifiers, day and charge; then without the modifiers, which payers drop or
reorder; then parts of one line, which add up to its charge; then what alone is left on both sides.
"""

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Final

import polars as pl

from contracts.fields import MONEY

# A claim of a remittance and the submission that it answers.
_CLAIM: Final = ["file_id", "claim_segment", "submission_id"]
_SERVICE: Final = ["code", "modifiers_set", "on", "size"]
_LINE: Final = ["claim_id", "patient_control_number", "line_ordinal", "sent_amount"]


def by_service(
    units: pl.DataFrame,
    by_line: pl.DataFrame,
    sent: pl.DataFrame,
    look_up: Callable[[Collection[str], Collection[Decimal]], pl.DataFrame],
) -> pl.DataFrame:
    """The units that find a line in their submission, with that line's columns of `sent`.

    `by_line`: units that have theirs by number; a line is no candidate for others of that claim.
    """
    lines = sent.join(units.select("submission_id"), on="submission_id", how="semi")
    known = look_up(lines["patient_control_number"].unique().to_list(), [])
    pool = _pool(units, lines, known).join(by_line, on=[*_CLAIM, "line_ordinal"], how="anti")
    told = units.select(
        "unit", *_CLAIM, "charge_amount",
        code=pl.coalesce("submitted_code", "procedure_code"),
        modifiers_set=_as_set("modifiers"),
        on="service_date",
        size=pl.col("charge_amount").abs(),
    )  # fmt: skip
    pairs = _paired_in_rounds(told, pool)
    return units.join(pairs, on="unit", maintain_order="left")


def _pool(units: pl.DataFrame, lines: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The lines of each claim that is answered."""
    services = lines.join(
        known.drop("charge_amount"), on=["patient_control_number", "line_ordinal"], how="left"
    )
    return (
        units.select(_CLAIM)
        .unique(maintain_order=True)
        .join(services, on="submission_id", maintain_order="left_right")
        .with_columns(
            code="procedure_code",
            modifiers_set=_as_set("modifiers"),
            on="service_date",
            size="sent_amount",
        )
    )


def _as_set(column: str) -> pl.Expr:
    return pl.col(column).fill_null([]).list.sort().list.join("|")


def _paired_in_rounds(told: pl.DataFrame, pool: pl.DataFrame) -> pl.DataFrame:
    found = [told.clear().join(pool.select(*_CLAIM, *_LINE), on=_CLAIM).select("unit", *_LINE)]
    for join in (_alike, _without_modifiers, _added_up, _alone):
        made = join(told, pool)
        found.append(made.select("unit", *_LINE))
        told = told.join(made, on="unit", how="anti")
        pool = pool.join(made, on=[*_CLAIM, "line_ordinal"], how="anti")
    return pl.concat(found)


def _alike(told: pl.DataFrame, pool: pl.DataFrame) -> pl.DataFrame:
    return _in_order(told, pool, _SERVICE)


def _without_modifiers(told: pl.DataFrame, pool: pl.DataFrame) -> pl.DataFrame:
    return _in_order(told, pool, ["code", "on", "size"])


def _in_order(told: pl.DataFrame, pool: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Lines of the same service one after the other: a line that was split has several."""
    by = [*_CLAIM, *key, "nth"]
    nth = pl.int_range(pl.len()).over(*_CLAIM, *key).alias("nth")
    left, right = told.with_columns(nth), pool.with_columns(nth)
    return left.join(right.select(*by, *_LINE), on=by, nulls_equal=True)


def _added_up(told: pl.DataFrame, pool: pl.DataFrame) -> pl.DataFrame:
    """Several that together charge what the only line of that service and day does."""
    by = [*_CLAIM, "code", "on"]
    whole = told.with_columns(size=pl.col("charge_amount").sum().over(by).abs().cast(MONEY))
    only = pool.filter(pl.len().over(by) == 1)
    return whole.join(only.select(*by, "size", *_LINE), on=[*by, "size"], nulls_equal=True)


def _alone(told: pl.DataFrame, pool: pl.DataFrame) -> pl.DataFrame:
    last = told.filter(pl.len().over(_CLAIM) == 1)
    only = pool.filter(pl.len().over(_CLAIM) == 1)
    return last.join(only.select(*_CLAIM, "size", *_LINE), on=[*_CLAIM, "size"])
