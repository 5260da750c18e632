"""Quality: how timely, complete, valid, unique and consistent each file of a feed was.

The measuring belongs here; which columns are looked at, and what earns a grade, is the card's to
say. Rows are counted whatever became of them later: the card is about the delivery.
"""

from collections.abc import Iterable, Mapping

import polars as pl

from contracts.fields import INSTANT
from contracts.parsing import LOCAL_ZONE
from reports.quality_card import TIMELY, Looked, grade, looked_at

DIMENSIONS = (TIMELY, "complete", "valid", "unique", "consistent")
_REPEATED, _FILTERED = "key_repeated_in_file", "filtered"
_MEASURED = pl.Schema(
    [("file_id", pl.String()), ("dimension", pl.String()), ("counted", pl.Int64()),
     ("of", pl.Int64()), ("value", pl.Float64()), ("worst", pl.String())]
)  # fmt: skip
_MISSES = pl.Schema(
    [("file_id", pl.String()), ("column", pl.String()), ("held", pl.Int64()), ("of", pl.Int64())]
)


def quality(
    feed: str,
    taken: pl.DataFrame,
    facts: pl.DataFrame,
    duplicates: pl.DataFrame,
    quarantine: pl.DataFrame,
    known: Mapping[str, pl.Series],
    *,
    is_snapshot: bool,
) -> pl.DataFrame:
    """The feed's card: one row a file and dimension, in order of receipt.

    `taken`: file_id, received_at of its accepted files; `facts`, `duplicates`, `quarantine`: their
    rows, facts with the columns of `looked_at`; `known`: for each `feed.column` referred to the
    values received. Exact duplicates are what a snapshot consists of: there they are not counted.

    Returns feed, file_id, received_at, dimension, `counted` of `of`, `value` (timely: median days
    from event to receipt; else counted / of), `grade`, `before` (value of the file before), `trend`
    (better, same, worse) and `worst` (the column that misses most).
    """
    looked, sound = looked_at(feed), _sound(facts, duplicates)
    rows = _rows(taken, sound, duplicates, quarantine)
    missed = [
        ("complete", _filled(looked, sound)),
        ("consistent", _resolved(looked, sound, known)),
    ]
    measured = [
        _timely(looked, sound),
        _share("valid", rows, "valid", "rows").join(
            _most_broken(quarantine), on="file_id", how="left"
        ),
        _share("unique", rows, "once_in_snapshot" if is_snapshot else "once", "valid"),
        *(_by_column(dimension, frame) for dimension, frame in missed),
    ]
    every = taken.join(pl.DataFrame({"dimension": DIMENSIONS}), how="cross")
    found = pl.concat([_MEASURED.to_frame(), *measured], how="diagonal")
    return _graded(feed, every.join(found, on=["file_id", "dimension"], how="left"))


def _sound(facts: pl.DataFrame, duplicates: pl.DataFrame) -> pl.DataFrame:
    """Every sound row of each file, with the values that an exact duplicate repeats."""
    versions = facts.drop("file_id", "row_number", "received_at").unique("row_hash")
    origin = ["file_id", "row_number", "received_at", "row_hash"]
    again = duplicates.select(origin).join(versions, on="row_hash", how="inner")
    return pl.concat([facts, again.select(facts.columns)])


def _rows(
    taken: pl.DataFrame, sound: pl.DataFrame, duplicates: pl.DataFrame, quarantine: pl.DataFrame
) -> pl.DataFrame:
    """For each file: rows, those valid, and those valid that stand once."""
    rules = quarantine.group_by("file_id", "row_number").agg(
        is_repeated=(pl.col("rule") == _REPEATED).all(),
        is_left_out=(pl.col("rule") == _FILTERED).all(),
    )
    kept = rules.filter(~pl.col("is_left_out")).group_by("file_id")
    counts = kept.agg(repeated=pl.col("is_repeated").sum(), broken=(~pl.col("is_repeated")).sum())
    return (
        taken.join(_count(sound, "sound"), on="file_id", how="left")
        .join(_count(duplicates, "again"), on="file_id", how="left")
        .join(counts, on="file_id", how="left")
        .with_columns(pl.col("sound", "again", "repeated", "broken").fill_null(0).cast(pl.Int64))
        .with_columns(valid=pl.col("sound") + pl.col("repeated"))
        .with_columns(
            rows=pl.col("valid") + pl.col("broken"),
            once=pl.col("sound") - pl.col("again"),
            once_in_snapshot=pl.col("sound"),
        )
    )


def _count(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return frame.group_by("file_id").agg(pl.len().alias(name))


def _share(dimension: str, rows: pl.DataFrame, counted: str, of: str) -> pl.DataFrame:
    return rows.select(
        "file_id",
        pl.lit(dimension).alias("dimension"),
        pl.col(counted).cast(pl.Int64).alias("counted"),
        pl.col(of).cast(pl.Int64).alias("of"),
        pl.when(pl.col(of) > 0).then(pl.col(counted) / pl.col(of)).alias("value"),
    )


def _timely(looked: Looked, sound: pl.DataFrame) -> pl.DataFrame:
    """Median days from the event's day to the day of receipt, both in Los Angeles."""
    if looked.event is None:
        return _MEASURED.to_frame()
    event = _local_day(looked.event) if sound.schema[looked.event] == INSTANT else looked.event
    days = (_local_day("received_at") - (pl.col(event) if isinstance(event, str) else event)).dt
    return sound.group_by("file_id").agg(
        pl.lit(TIMELY).alias("dimension"),
        pl.col(looked.event).count().cast(pl.Int64).alias("counted"),
        pl.len().cast(pl.Int64).alias("of"),
        days.total_days().median().alias("value"),
    )


def _local_day(name: str) -> pl.Expr:
    return pl.col(name).dt.convert_time_zone(LOCAL_ZONE).dt.date()


def _filled(looked: Looked, sound: pl.DataFrame) -> pl.DataFrame:
    """For each file and expected column: values held of rows."""
    per_column = (
        sound.group_by("file_id").agg(
            pl.lit(name).alias("column"), pl.col(name).count().alias("held"), pl.len().alias("of")
        )
        for name in looked.expected
    )
    return _stacked(per_column)


def _resolved(looked: Looked, sound: pl.DataFrame, known: Mapping[str, pl.Series]) -> pl.DataFrame:
    """For each file and reference: values that name a record received, of values."""
    per_column = (
        sound.filter(pl.col(name).is_not_null())
        .group_by("file_id")
        .agg(
            pl.lit(name).alias("column"),
            pl.col(name).is_in(pl.concat([known[one] for one in places]).implode()).sum()
            .alias("held"),
            pl.len().alias("of"),
        )
        for name, places in looked.references.items()
    )  # fmt: skip
    return _stacked(per_column)


def _stacked(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat([_MISSES.to_frame(), *(one.cast(_MISSES) for one in frames)])


def _by_column(dimension: str, misses: pl.DataFrame) -> pl.DataFrame:
    """All columns of a file together, and the one that misses most."""
    missing = pl.col("of") - pl.col("held")
    worst = pl.col("column").sort_by(missing, "column", descending=[True, False]).first()
    return (
        misses.group_by("file_id")
        .agg(counted=pl.col("held").sum(), of=pl.col("of").sum(), named=worst)
        .with_columns(
            dimension=pl.lit(dimension),
            value=pl.when(pl.col("of") > 0).then(pl.col("counted") / pl.col("of")),
            worst=pl.when(pl.col("counted") < pl.col("of")).then("named"),
        )
        .select(_MEASURED.names())
    )


def _most_broken(quarantine: pl.DataFrame) -> pl.DataFrame:
    """For each file the column that broke most rows."""
    broken = quarantine.filter(~pl.col("rule").is_in([_REPEATED, _FILTERED]))
    counted = broken.group_by("file_id", "column_name").len()
    ordered = counted.sort("len", "column_name", descending=[True, False])
    return ordered.unique("file_id", keep="first", maintain_order=True).select(
        "file_id", worst="column_name"
    )


def _trend() -> pl.Expr:
    gain = pl.col("value") - pl.col("before")
    gain = pl.when(pl.col("dimension") == TIMELY).then(-gain).otherwise(gain)
    return (
        pl.when(gain > 0).then(pl.lit("better"))
        .when(gain < 0).then(pl.lit("worse"))
        .when(gain == 0).then(pl.lit("same"))
    )  # fmt: skip


def _graded(feed: str, measured: pl.DataFrame) -> pl.DataFrame:
    order = pl.col("dimension").replace_strict({name: n for n, name in enumerate(DIMENSIONS)})
    return (
        measured.sort("received_at", order)
        .with_columns(pl.col("value").round(4))
        .with_columns(pl.col("value").shift(1).over("dimension").alias("before"))
        .with_columns(grade().alias("grade"), _trend().alias("trend"), feed=pl.lit(feed))
        .select("feed", "file_id", "received_at", "dimension", "counted", "of", "value", "grade",
                "before", "trend", "worst")
    )  # fmt: skip
