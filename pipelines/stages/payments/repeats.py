"""Repeats: remittances that were told before, by payer and trace number and by what they say.

The same payment told twice is a duplicate. Another content under its number contradicts it: that
one is not posted, and is never dropped in silence.
"""

import polars as pl

from pipelines.stages.payments.balancing import SET

_PAYMENT = ("payer_id", "trace_number")


def judged(sets: pl.DataFrame) -> pl.DataFrame:
    """Balanced sets (`balancing.balanced`) with state: posted, quarantined or duplicate.

    In order of receipt, of a payment the first that balances is posted. `first_file_id` and
    `first_row_number` name the set that a duplicate repeats, or that another contradicts, which is
    quarantined at level `trace`.
    """
    ordered = sets.sort("received_at", "row_number")
    first_alike = _first(ordered, [*_PAYMENT, "body_hash"], "alike")
    sound = first_alike.filter(pl.col("level").is_null()).select(*SET, *_PAYMENT)
    posted = _first(sound, list(_PAYMENT), "posted").select(
        *SET, pl.col("posted_file_id"), pl.col("posted_row_number")
    )
    known = first_alike.join(posted, on=SET, how="left", maintain_order="left")
    is_repeat = _is_other("alike")
    contradicts = pl.col("level").is_null() & _is_other("posted")
    state = (
        pl.when(is_repeat)
        .then(pl.lit("duplicate"))
        .when(pl.col("level").is_not_null() | contradicts)
        .then(pl.lit("quarantined"))
        .otherwise(pl.lit("posted"))
    )
    level = pl.when(contradicts & ~is_repeat).then(pl.lit("trace")).otherwise("level")
    place = pl.when(contradicts & ~is_repeat).then("segment_ordinal").otherwise("place_segment")
    firsts = [
        pl.when(is_repeat).then(f"alike_{name}").when(contradicts).then(f"posted_{name}")
        .alias(f"first_{name}")
        for name in SET
    ]  # fmt: skip
    return known.with_columns(*firsts, state=state, level=level, place_segment=place)


def _first(ordered: pl.DataFrame, key: list[str], name: str) -> pl.DataFrame:
    """With the set that came first of those with the same key, which never is empty."""
    is_known = pl.col("trace_number").is_not_null()
    firsts = [
        pl.when(is_known).then(pl.col(one).first().over(key)).otherwise(one).alias(f"{name}_{one}")
        for one in SET
    ]
    return ordered.with_columns(firsts)


def _is_other(name: str) -> pl.Expr:
    """Whether the first one is another set than this."""
    return pl.any_horizontal(pl.col(f"{name}_{one}") != pl.col(one) for one in SET).fill_null(False)
