"""Canaries: values that could be somebody's, planted in every column of every feed, and the hunt
for them where no person's value may ever be.
"""

from pathlib import Path

import polars as pl

from contracts.feeds import COMMON, FEEDS
from contracts.fields import Kind
from contracts.parsing import as_text
from contracts.tables import Column, Table

WORD = "ZQCANARY"
DAY, MONTH, TIME = "1931-07-13", "1931-07", "1931-07-13T03:17:00-08:00"
MONEY, NUMBER, CLOCK = "7319317.31", "731931731", "03:17:31"
NEEDLES = tuple(text.lower().encode() for text in (WORD, DAY, "19310713", "7319317", NUMBER, CLOCK))
FILE_NAME = f"{WORD}doe-jane.csv"

_OF_KIND = {
    Kind.DATE: DAY,
    Kind.MONTH: MONTH,
    Kind.TIMESTAMP: TIME,
    Kind.TIME: CLOCK,
    Kind.INTEGER: NUMBER,
    Kind.MONEY: MONEY,
    Kind.QUANTITY: NUMBER,
}


def token(column: Column) -> str:
    """The same in every feed, so that canary persons have canary stays and services."""
    return f"{WORD}{column.name}"


def _is_free(column: Column) -> bool:
    field = column.field
    is_text = field.kind in (Kind.TEXT, Kind.LIST)
    return is_text and not field.allowed and field.pattern is None


def _sound(column: Column, usual: str | None) -> str | None:
    """A canary that the column's contract admits, else what it usually holds."""
    if _is_free(column):
        return token(column)
    whole = {Kind.INTEGER, Kind.QUANTITY, Kind.TIME}
    return usual if column.field.kind in whole else _OF_KIND.get(column.field.kind, usual)


def _shaped(column: Column, usual: str | None) -> str | None:
    return token(column) if _is_free(column) else _OF_KIND.get(column.field.kind, usual)


def canary_rows(table: Table, usual: dict[str, str | None]) -> pl.DataFrame:
    """Three rows: one that the contract admits, one that fails beside sound canary numbers and
    days, and one whose every cell is a canary word.
    """
    sound = {c.name: _sound(c, usual[c.name]) for c in table.columns} | {"record_status": "active"}
    failing = {c.name: _shaped(c, usual[c.name]) for c in table.columns} | {
        "record_status": f"{WORD}status"
    }
    spoilt = {c.name: f"{token(c)}2" for c in (*table.columns, *COMMON)}
    schema = dict.fromkeys((*table.names, *(c.name for c in COMMON)), pl.String)
    return pl.DataFrame([sound, failing, spoilt], schema=schema)


def usual_row(path: Path) -> dict[str, str | None]:
    """The first row of a generated file, as text; nothing at all where it has none."""
    parquet = path.suffix == ".parquet"
    frame = as_text(pl.read_parquet(path)) if parquet else pl.read_csv(path, infer_schema=False)
    return frame.row(0, named=True) if frame.height else dict.fromkeys(frame.columns)


def lay_canaries(inbox: Path) -> None:
    """Beside each generated file one of canaries, under a canary name, to be taken after it."""
    for feed, table in FEEDS.items():
        (path,) = (inbox / feed).iterdir()
        canary_rows(table, usual_row(path)).write_csv(inbox / feed / f"z{FILE_NAME}")
    rename_patients(inbox / "people")


def rename_patients(folder: Path) -> None:
    """A later version of everybody: canary names and addresses travel into claims and files."""
    path = next(one for one in folder.iterdir() if WORD not in one.name)
    frame = pl.read_csv(path, infer_schema=False).unique("person_id", keep="first")
    named = ("last_name", "first_name", "middle_name", "address_line", "city")
    changed = frame.with_columns(pl.lit(f"{WORD}{name}").alias(name) for name in named)
    changed.write_csv(folder / f"y{FILE_NAME}")


def leaks(home: Path) -> list[str]:
    """Places that hold a canary and must not: Dagster's storage, logs, names of files."""
    paths = [path for path in home.rglob("*") if not path.is_relative_to(home / "inbox")]
    named = [path for path in paths if holds(path.name.encode())]
    watched = [path for path in paths if path.is_file() and _is_watched(home, path)]
    return [str(path.relative_to(home)) for path in named] + [
        str(path.relative_to(home)) for path in watched if holds(path.read_bytes())
    ]


def _is_watched(home: Path, path: Path) -> bool:
    in_dagster = path.is_relative_to(home / "dagster")
    in_log = path.is_relative_to(home / "log")
    return in_dagster or (in_log and not path.match("failure-*.txt"))


def holds(content: bytes) -> bool:
    lowered = content.lower()
    return any(needle in lowered for needle in NEEDLES)
