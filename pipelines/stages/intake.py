"""Intake: what of a file is taken, quarantined or an exact duplicate: every row is one of them.

Frames in, frames out; reading the file, the archive and the ledger are the rim's business.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from contracts.errors import RefusedInputError
from contracts.feeds import COMMON, EXACT_DUPLICATES, QUARANTINE, RESPONSES, facts
from contracts.fields import Kind
from contracts.mapping import Mapping
from contracts.parsing import FAILURES, LIST_SEPARATOR, parse
from contracts.settings import FeedSettings
from contracts.tables import Column, Table
from pipelines.stages.digest import sha256_of_text
from pipelines.stages.mapping import apply, arrived

# A snapshot that would withdraw more than this share of the keys is refused until accepted.
MOST_WITHDRAWN = 0.05
_ROWS_AT_ONCE = 200_000
_BETWEEN_VALUES = "\x1f"


Newest = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Origin:
    """Where the rows of a file come from."""

    file_id: str
    received_at: datetime
    mapping_hash: str | None = None


@dataclass(frozen=True)
class Taken:
    """A file's rows by what became of them, in the lake's tables."""

    facts: pl.DataFrame
    quarantine: pl.DataFrame
    duplicates: pl.DataFrame
    row_count: int

    @property
    def quarantined_count(self) -> int:
        """Rows quarantined; a row that broke several rules counts once."""
        return self.quarantine["row_number"].n_unique()


def check_columns(table: Table, columns: list[str], place: str) -> None:
    """Refuse a file whose columns are not the feed's. `place` names feed and file id."""
    allowed = {*table.names, *(column.name for column in COMMON)}
    needed = [column.name for column in table.columns if not column.is_optional]
    missing = [name for name in needed if name not in columns]
    unknown = [name for name in columns if name not in allowed and not name.startswith("x_")]
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if missing:
        raise RefusedInputError(
            "missing_column",
            f"{place}: column {missing[0]} is missing"
            + (f" (and {len(missing) - 1} more: {', '.join(missing[1:])})" if missing[1:] else "")
            + ". Export it, or name the exported column in the feed's mapping; "
            "`reentry intake --check FILE` proposes one.",
        )
    if unknown:
        # A header that nobody has agreed on may itself be a row of data: count, do not quote.
        position = columns.index(unknown[0]) + 1
        raise RefusedInputError(
            "unknown_column",
            f"{place}: {len(unknown)} unknown column(s), the first at position {position}. "
            "Rename or ignore them in the feed's mapping (`reentry intake --check FILE` proposes "
            "one), or begin their names with x_ to have them kept aside.",
        )
    if doubled:
        position = columns.index(doubled[0]) + 1  # an ignored column's name is not ours to tell
        told = doubled[0] if doubled[0] in allowed else f"at position {position}"
        raise RefusedInputError(
            "repeated_column",
            f"{place}: column {told} stands twice. Export it once, or have "
            "the mapping ignore the column that bears its name.",
        )


def take(
    table: Table, raw: pl.DataFrame, misshapen: pl.DataFrame, newest: Newest,
    settings: FeedSettings, origin: Origin, mapping: Mapping | None = None,
) -> Taken:  # fmt: skip
    """Sort a file's rows.

    `raw`: row_number and text columns. `misshapen`: row_number, reason, row_text of rows that could
    not be split into columns. `newest`: of each of these keys its newest version, with row_hash.
    `mapping` brings `raw` into the feed's columns; the quarantine has the rows as they arrived.
    """
    from contracts.schemas import validate  # noqa: PLC0415 - 0.25 s that known bytes need not wait

    mapping = mapping or Mapping()
    mapped = apply(table, mapping, raw)
    rows, failures = _sound(table, mapped.rows, settings)
    failures = pl.concat([mapped.left_out, failures])
    rows = rows.with_columns(_row_hash(table, rows))
    fresh, duplicates = _compare(rows, newest(rows.select(table.key)))
    kept = facts(table.name)
    return Taken(
        validate(kept, kept.conform(_stamped(fresh, origin))),
        _quarantine(table, arrived(mapping, raw), failures, misshapen, origin),
        EXACT_DUPLICATES.conform(_stamped(duplicates, origin, feed=table.name)),
        raw.height + misshapen.height,
    )


def _sound(
    table: Table, raw: pl.DataFrame, settings: FeedSettings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Typed rows that hold, each key once, and the failures of the others."""
    parsed = parse(table, raw)
    rows, undated = _dated(parsed.rows, settings)
    rows, repeated = _last_of_key(table, rows)
    return rows, pl.concat([parsed.failures, undated, repeated])


def _row_hash(table: Table, rows: pl.DataFrame) -> pl.Series:
    """SHA-256 of each row's values in the table's order.

    The contract admits no empty text, no control character and no vertical bar in a list: values
    joined by such marks read as one row only.
    """
    told = pl.concat_str(
        [_told(column) for column in (*table.columns, *COMMON)], separator=_BETWEEN_VALUES
    )
    parts = [
        sha256_of_text(part.select(told).to_series()) for part in rows.iter_slices(_ROWS_AT_ONCE)
    ]
    return pl.concat([pl.Series([], dtype=pl.String), *parts]).alias("row_hash")


def _told(column: Column) -> pl.Expr:
    value = pl.col(column.name)
    is_list = column.field.kind is Kind.LIST
    text = value.list.join(LIST_SEPARATOR) if is_list else value.cast(pl.String)
    return text.fill_null("")


def _failed(rows: pl.DataFrame, column: str, rule: str, reason: str, remedy: str) -> pl.DataFrame:
    texts = {"column_name": column, "rule": rule, "reason": reason, "remedy": remedy}
    told = (pl.lit(text, pl.String).alias(name) for name, text in texts.items())
    return rows.select("row_number", *told).match_to_schema(FAILURES)


def _last_of_key(table: Table, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Within one file the last row of a key that holds wins; the others are failures."""
    keys = rows.select(table.key)
    if keys.hash_rows().n_unique() == rows.height:  # digests that differ have keys that differ
        return rows, FAILURES.to_frame()
    is_last = keys.select(pl.struct(table.key).is_last_distinct()).to_series()
    failed = _failed(
        rows.filter(~is_last), table.key[0], "key_repeated_in_file",
        f"the key ({', '.join(table.key)}) stands again further down in the file",
        "Export each key once; the last row was taken.",
    )  # fmt: skip
    return rows.filter(is_last), failed


def _dated(rows: pl.DataFrame, settings: FeedSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Where the feed's versions go by source_updated_at, that column is required."""
    if settings.version_order != "source_updated_at":
        return rows, FAILURES.to_frame()
    undated = rows.filter(pl.col("source_updated_at").is_null())
    failed = _failed(
        undated, "source_updated_at", "required_value",
        "is empty, and this feed's versions are ordered by it",
        'Export source_updated_at, or set version_order = "received" for the feed.',
    )  # fmt: skip
    return rows.filter(pl.col("source_updated_at").is_not_null()), failed


def _compare(rows: pl.DataFrame, newest: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split rows into new versions and those equal to the newest version of their key."""
    if newest.is_empty():
        return rows, rows.clear()
    same = rows["row_hash"].is_in(newest["row_hash"].implode())  # it covers the key
    return rows.filter(~same), rows.filter(same)


def _stamped(rows: pl.DataFrame, origin: Origin, **more: str) -> pl.DataFrame:
    return rows.with_columns(
        pl.lit(origin.file_id).alias("file_id"),
        pl.lit(origin.received_at).dt.convert_time_zone("UTC").alias("received_at"),
        pl.lit(origin.mapping_hash, pl.String).alias("mapping_hash"),
        *(pl.lit(value).alias(name) for name, value in more.items()),
    )


def _quarantine(
    table: Table, raw: pl.DataFrame, failures: pl.DataFrame, misshapen: pl.DataFrame, origin: Origin
) -> pl.DataFrame:
    """One row a broken rule, each with the row as it arrived."""
    columns = [name for name in raw.columns if name != "row_number"]
    broken = raw.filter(pl.col("row_number").is_in(failures["row_number"].unique().implode()))
    texts = broken.select("row_number", pl.struct(columns).struct.json_encode().alias("row_text"))
    ragged = misshapen.with_columns(
        pl.lit(None, pl.String).alias("column_name"),
        pl.lit("row_shape").alias("rule"),
        pl.lit("Export the row with as many columns as the header, quoted by RFC 4180.").alias(
            "remedy"
        ),
    )
    columns = ["row_number", "column_name", "rule", "reason", "remedy", "row_text"]
    told = failures.join(texts, on="row_number", how="left")
    rows = pl.concat([told.select(columns), ragged.select(columns)]).sort("row_number")
    return QUARANTINE.conform(_stamped(rows, origin, feed=table.name))


def check_withdrawals(
    table: Table,
    before: pl.DataFrame,
    taken: Taken,
    quarantined: pl.DataFrame,
    place: str,
    *,
    accepted: bool,
) -> None:
    """Refuse a snapshot that would withdraw too many of the keys that held before it.

    `before`: the feed's current rows without this file. `quarantined`: keys of its quarantined
    rows, which it names all the same. One without a sound row leaves no trace in
    the facts, so it cannot withdraw anything and is refused even if withdrawals are accepted.
    """
    named = pl.concat([taken.facts["row_hash"], taken.duplicates["row_hash"]])
    if named.is_empty() and not before.is_empty():
        raise RefusedInputError(
            "empty_snapshot",
            f"{place}: a snapshot without one sound row. To withdraw every key, export them once "
            "more with record_status deleted.",
        )
    keys = pl.concat([taken.facts.select(table.key), quarantined.select(table.key)])
    gone = before.join(keys, on=table.key, how="anti").filter(
        ~pl.col("row_hash").is_in(named.implode())
    )
    if accepted or gone.height <= MOST_WITHDRAWN * before.height:
        return
    raise RefusedInputError(
        "withdrawals",
        f"{place}: a snapshot that would withdraw {gone.height} of {before.height} keys. "
        "If the export is complete, take it with --accept-withdrawals.",
    )


def take_responses(sets: pl.DataFrame, origin: Origin) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split a file's transaction sets into sound ones and damaged ones, which are quarantined.

    `sets` as `pipelines.x12.wire.read` gives them; a set's ordinal is its row number.
    """
    numbered = sets.with_columns(pl.col("set_ordinal").cast(pl.Int64).alias("row_number"))
    sound = numbered.filter(~pl.col("is_damaged"))
    damaged = numbered.filter(pl.col("is_damaged")).select(
        "row_number",
        "reason",
        pl.lit("transaction_set").alias("rule"),
        pl.lit("Ask the sender for the interchange again.").alias("remedy"),
        pl.col("body").alias("row_text"),
    )
    return (
        RESPONSES.conform(_stamped(sound, origin)),
        QUARANTINE.conform(_stamped(damaged, origin, feed="x12")),
    )
