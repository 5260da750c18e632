"""Balancing: a remittance adds up at its lines, its claims and as a whole, to the cent, or not.

The three equations are X12's (005010X221A1, 1.10.2.1): SVC02 less its CAS is SVC03; CLP03 less all
CAS of claim and lines is CLP04, and CLP03 the sum of its lines' SVC02; the sum of CLP04 less PLB is
BPR02. Nothing is rounded and nothing is forgiven.
"""

from typing import Final

import polars as pl

from contracts.fields import MONEY
from contracts.remittances import REMITTED

SET: Final = ["file_id", "row_number"]
_SEGMENT: Final = ["file_id", "segment_ordinal"]
_OF_CLAIM: Final = ["file_id", "claim_segment"]
_OF_LINE: Final = ["file_id", "line_segment"]
_NOTHING: Final = pl.lit(0, MONEY)

Received = dict[str, pl.DataFrame]


def balanced(received: Received) -> pl.DataFrame:
    """The sets (`remittance_sets`) with their balances.

    claims_amount and provider_amount are the sums of CLP04 and PLB; lines_out and claims_out count
    what does not balance; transaction_difference is what the whole is off. Of a set that is out,
    `level` is the narrowest: reading, line, claim or transaction; place_segment, place_element and
    difference tell the first such place. All of these are null of one that balances.
    """
    lines, claims = line_balances(received), claim_balances(received)
    sets = _totals(received)
    for name, rows in (("lines_out", lines), ("claims_out", claims)):
        out = rows.filter(pl.col("difference") != 0).group_by(SET).agg(pl.len().alias(name))
        sets = sets.join(out, on=SET, how="left", maintain_order="left")
    first = _first_out(received["remittance_sets"], lines, claims, sets)
    return sets.with_columns(pl.col("lines_out", "claims_out").fill_null(0)).join(
        first, on=SET, how="left", maintain_order="left"
    )


def line_balances(received: Received) -> pl.DataFrame:
    """Lines with adjusted_amount, the sum of their CAS, and difference."""
    cas = received["remittance_adjustments"].drop_nulls("line_segment")
    lines = _with_sum(received["remittance_lines"], cas, _OF_LINE)
    off = pl.col("charge_amount") - pl.col("adjusted_amount") - pl.col("paid_amount")
    return lines.with_columns(difference=off)


def claim_balances(received: Received) -> pl.DataFrame:
    """Claims with adjusted_amount (CAS of claim and lines), lines_amount, null without lines,
    and difference: of the claim's equation, else of its charge from its lines'.
    """
    claims = _with_sum(received["remittance_claims"], received["remittance_adjustments"], _OF_CLAIM)
    charged = received["remittance_lines"].group_by(_OF_CLAIM).agg(
        lines_amount=pl.col("charge_amount").sum()
    )  # fmt: skip
    joined = claims.join(
        charged, left_on=_SEGMENT, right_on=_OF_CLAIM, how="left", maintain_order="left"
    )
    off = pl.col("charge_amount") - pl.col("adjusted_amount") - pl.col("paid_amount")
    unlike_lines = (pl.col("charge_amount") - pl.col("lines_amount")).fill_null(_NOTHING)
    return joined.with_columns(difference=pl.when(off != 0).then(off).otherwise(unlike_lines))


def _with_sum(rows: pl.DataFrame, cas: pl.DataFrame, of: list[str]) -> pl.DataFrame:
    sums = cas.group_by(of).agg(adjusted_amount=pl.col("amount").sum())
    joined = rows.join(sums, left_on=_SEGMENT, right_on=of, how="left", maintain_order="left")
    return joined.with_columns(pl.col("adjusted_amount").fill_null(_NOTHING))


def _totals(received: Received) -> pl.DataFrame:
    claims = received["remittance_claims"].group_by(SET).agg(
        claims_amount=pl.col("paid_amount").sum()
    )  # fmt: skip
    counts = received["remittance_lines"].group_by(SET).agg(line_count=pl.len())
    plb = received["provider_adjustments"].group_by(SET).agg(provider_amount=pl.col("amount").sum())
    sets = received["remittance_sets"]
    for part in (claims, counts, plb):
        sets = sets.join(part, on=SET, how="left", maintain_order="left")
    sums = pl.col("claims_amount", "provider_amount")
    off = pl.col("claims_amount") - pl.col("provider_amount") - pl.col("amount")
    return sets.with_columns(
        sums.fill_null(_NOTHING), pl.col("line_count").fill_null(0)
    ).with_columns(transaction_difference=off)


def _first_out(
    received: pl.DataFrame, lines: pl.DataFrame, claims: pl.DataFrame, sets: pl.DataFrame
) -> pl.DataFrame:
    """SET, level, place_segment, place_element, difference of each set that is out."""
    is_unread = pl.col("unreadable_segment").is_not_null() | (
        pl.col("claims_read") != pl.col("claim_count")
    )
    unread = received.filter(is_unread).select(
        *SET,
        place_segment=pl.coalesce("unreadable_segment", "segment_ordinal"),
        place_element="unreadable_element",
        difference=pl.lit(None, MONEY),
    )
    whole = sets.filter(pl.col("transaction_difference") != 0).with_columns(
        difference="transaction_difference"
    )
    levels = {
        "reading": unread,
        "line": _out(lines),
        "claim": _out(claims),
        "transaction": _out(whole),
    }
    parts = [rows.with_columns(level=pl.lit(level)) for level, rows in levels.items()]
    return pl.concat(parts).unique(SET, keep="first", maintain_order=True)


def _out(rows: pl.DataFrame) -> pl.DataFrame:
    """What does not balance, in the order of the file."""
    return (
        rows.filter(pl.col("difference") != 0)
        .sort("file_id", "segment_ordinal")
        .select(
            *SET,
            place_segment="segment_ordinal",
            place_element=pl.lit(None, pl.Int64),
            difference=pl.col("difference").cast(MONEY, strict=False),
        )
    )


def nothing_received() -> Received:
    """The tables of remittances, empty."""
    return {name: table.empty() for name, table in REMITTED.items()}
