"""What every reader of a transaction set asks of its segments.

Here: the segments of one kind of set, what a segment stands under, the text forms of X12 values.
Not here: what any segment means.
"""

from collections.abc import Sequence

import polars as pl

from pipelines.x12.wire import element


def segments_of(tokens: pl.DataFrame, transaction_set: str) -> pl.DataFrame:
    """The rows of `wire.Interchanges` tokens that stand in sets whose ST01 is `transaction_set`.

    With `qualifier`: element 1, which most questions ask for.
    """
    begins = tokens.filter(segment_id="ST").filter(element(1) == transaction_set)
    wanted = begins.get_column("set_ordinal").drop_nulls().unique()
    segments = tokens.filter(pl.col("set_ordinal").is_in(wanted.implode()))
    return segments.with_columns(qualifier=element(1))


def latest(where: pl.Expr, value: pl.Expr) -> pl.Expr:
    """`value` of the last segment so far that is `where`; "" where that one has none."""
    return pl.when(where).then(value.fill_null("")).forward_fill()


def first_of(rows: pl.DataFrame, by: str, **values: pl.Expr) -> pl.DataFrame:
    """One row for each `by`: the first value of each expression that is not null."""
    named = rows.select(by, **values)
    return named.group_by(by, maintain_order=True).agg(pl.col(values).drop_nulls().first())


def joined(rows: pl.DataFrame, parts: Sequence[pl.DataFrame], on: str) -> pl.DataFrame:
    """`rows` with the columns of each of `parts`, null where a part knows nothing of a row."""
    for part in parts:
        rows = rows.join(part, on=on, how="left", maintain_order="left")
    return rows


def iso_date(text: pl.Expr) -> pl.Expr:
    """CCYYMMDD as CCYY-MM-DD; any other text as it is, for the contract to refuse."""
    return text.str.replace(r"^([0-9]{4})([0-9]{2})([0-9]{2})$", "${1}-${2}-${3}")
