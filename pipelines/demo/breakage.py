"""Breakage: rows that break their contract, added at the end of a feed's file.

Each is a copy of the feed's first row under a key of its own, with one cell spoilt, so that no
other row loses its counterpart.
"""

import polars as pl

from contracts.feeds import FEEDS
from contracts.fields import Kind
from contracts.tables import Column, Table

QUARANTINE_TRUTH = pl.Schema(
    {
        "feed": pl.String,
        "delivery": pl.Int64,
        "row_number": pl.Int64,
        "column_name": pl.String,
        "rule": pl.String,
    }
)
# Written as a typed file, or empty: such a file cannot hold a spoilt cell.
UNBROKEN = ("pharmacy_fills", "institutional_claims")
MOST_OF_A_KIND = 25


def _spoilt(table: Table) -> list[tuple[str, str, str]]:
    """(column, rule, text) for the first column of the table that each kind of breakage suits."""
    free = [column for column in table.columns if not column.is_key]

    def is_word(column: Column) -> bool:
        return bool(column.field.allowed) and column.field.kind is Kind.TEXT

    kinds = (
        ("format", "31/12/2025", lambda c: c.field.kind in {Kind.DATE, Kind.TIMESTAMP}),
        ("format", "$1.250,00", lambda c: c.field.kind is Kind.MONEY),
        ("required_value", "", lambda c: not c.is_optional),
        ("allowed_value", "not-a-value", is_word),
    )
    found = (
        (next((c.name for c in free if suits(c)), None), rule, text) for rule, text, suits in kinds
    )
    return [(name, rule, text) for name, rule, text in found if name is not None]


def _own_key(table: Table, row: dict[str, str | None], number: int) -> dict[str, str | None]:
    """The row under a key that no other row has."""
    first = next(c.name for c in table.columns if c.is_key and c.field.kind is Kind.TEXT)
    return row | {first: f"FICTITIOUS-{number}"}


def _repeated(frame: pl.DataFrame, carriers: pl.Series) -> int | None:
    """The last row number that carries no planted fault: repeated, that row is left out."""
    numbers = pl.int_range(1, frame.height + 1, eager=True)
    return numbers.filter(~numbers.is_in(carriers.implode())).max()  # type: ignore[return-value]


def break_feed(
    feed: str, frame: pl.DataFrame, carriers: pl.Series, fault_rate: float, delivery: int = 1
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The feed's text rows with broken ones added, and which they are (`QUARANTINE_TRUTH`).

    One row of each kind at least, 25 at most, and one that repeats the key of an earlier row.
    `carriers`: rows that carry planted faults; they stay what they are.
    """
    if fault_rate == 0 or frame.is_empty() or feed in UNBROKEN:
        return frame, QUARANTINE_TRUTH.to_frame()
    table, first = FEEDS[feed], frame.row(0, named=True)
    count = min(max(round(fault_rate * frame.height / 10), 1), MOST_OF_A_KIND)
    spoilt = _spoilt(table) * count
    rows = [
        _own_key(table, first, n) | {column: text} for n, (column, _, text) in enumerate(spoilt)
    ]
    truth = [
        (feed, delivery, frame.height + 1 + n, column, rule)
        for n, (column, rule, _) in enumerate(spoilt)
    ]
    repeated = _repeated(frame, carriers)
    if repeated is not None:
        rows.append(frame.row(repeated - 1, named=True))
        truth.append((feed, delivery, repeated, table.key[0], "key_repeated_in_file"))
    added = pl.DataFrame(rows, schema=frame.schema)
    return pl.concat([frame, added]), pl.DataFrame(truth, QUARANTINE_TRUTH, orient="row")
