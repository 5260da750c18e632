"""Lake: tables by their contracts, transactions over several, snapshots and what is kept."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from contracts.errors import UsageError
from contracts.fields import Field, Kind, Privacy
from contracts.tables import Column, Table
from pipelines.io.lake import Lake, catalog_of

LATER = datetime(2100, 1, 1, tzinfo=UTC)  # snapshots carry the machine's clock
ROWS = {
    "file_id": ["one", "two"],
    "row_number": [1, 1],
    "told": ["SMITH", None],
    "paid_amount": [Decimal("-0.01"), None],
    "units": [Decimal("1.125"), None],
    "day": [date(2026, 7, 15), None],
    "moment": [time(9, 30), None],
    "instant": [datetime(2026, 7, 15, 17, 0, 0, 1, tzinfo=UTC), None],
    "is_held": [False, None],
    "codes": [["a", "b"], None],
}
KINDS = (
    *(Kind.TEXT, Kind.INTEGER, Kind.TEXT, Kind.MONEY, Kind.QUANTITY),
    *(Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.FLAG, Kind.LIST),
)


def table(name: str, *without: str) -> Table:
    columns = [
        Column(Field(column, kind, Privacy.NONE, "."), column in ("file_id", "row_number"), True)
        for column, kind in zip(ROWS, KINDS, strict=True)
        if column not in without
    ]
    return Table(name, "Things.", tuple(columns))


THINGS, OTHERS = table("things"), table("others")
TOLD = pl.DataFrame(ROWS, schema=THINGS.schema)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def lake(folder: Path) -> Iterator[Lake]:
    with opened(folder) as one:
        yield one


def opened(folder: Path) -> Lake:
    return Lake(catalog_of(folder, "34", None), str(folder / "data"))


def put(lake: Lake, frame: pl.DataFrame = TOLD, into: Table = THINGS) -> int:
    lake.transact(lambda one: one.append(into, frame))
    return lake.snapshot()


def test_every_type_comes_back_as_it_went_in(lake: Lake) -> None:
    put(lake)
    assert lake.read(THINGS).equals(TOLD)
    assert lake.read(THINGS, columns=["codes", "told"]).equals(TOLD.select("codes", "told"))
    found = lake.read(THINGS, where="told = ?", values=["SMITH"])
    assert found["paid_amount"].to_list() == [Decimal("-0.01")]


def test_a_table_nobody_has_written_is_empty(lake: Lake) -> None:
    assert lake.read(THINGS).equals(THINGS.empty())
    assert lake.rows_by_file([THINGS]) == {"things": {}}
    assert lake.read_files(THINGS, ["one"]).equals(THINGS.empty())


def test_rows_of_files_are_found_and_counted(lake: Lake) -> None:
    put(lake, pl.concat([TOLD, TOLD.tail(1).with_columns(row_number=pl.lit(2, pl.Int64))]))
    assert lake.read_files(THINGS, ["two", "three"])["row_number"].to_list() == [1, 2]
    assert lake.read_files(THINGS, []).is_empty()
    assert lake.rows_by_file([THINGS, OTHERS]) == {
        "things": {("", "one"): 1, ("", "two"): 2},
        "others": {},
    }


def test_rows_that_stand_doubled_are_counted_doubled(lake: Lake) -> None:
    put(lake, pl.concat([TOLD, TOLD]))
    assert lake.rows_by_file([THINGS])["things"] == {("", "one"): 2, ("", "two"): 2}


def test_a_column_that_a_contract_has_gained_is_empty_in_older_rows(folder: Path) -> None:
    older = table("things", "told", "codes")
    with opened(folder) as lake:
        before = put(lake, TOLD.select(older.names), older)
    with opened(folder) as lake:
        put(lake, TOLD)
        rows = lake.read(THINGS)
        assert rows["told"].to_list() == [None, None, "SMITH", None]
        at_the_time = lake.read(THINGS, version=before, columns=["told", "day", "codes"])
    assert at_the_time.rows() == [(None, date(2026, 7, 15), None), (None, None, None)]


def test_a_transaction_is_kept_whole_or_not_at_all(lake: Lake) -> None:
    def half(one: Lake) -> None:
        one.append(THINGS, TOLD)
        one.append(OTHERS, TOLD.drop("told"))

    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        lake.transact(half)
    assert lake.read(THINGS).is_empty()
    put(lake)  # the table is made again: its making was undone, too
    assert lake.read(THINGS).height == 2


def test_a_transaction_that_meets_another_is_run_again_from_its_start(folder: Path) -> None:
    attempts = []
    with opened(folder) as lake, opened(folder) as other:
        put(lake)

        def work(one: Lake) -> None:
            attempts.append(one.read(THINGS).height)
            one.remove(THINGS, "file_id", "one")
            if len(attempts) == 1:
                other.transact(lambda two: two.remove(THINGS, "file_id", "one"))
                other.transact(lambda two: two.append(THINGS, TOLD.tail(1)))
            one.append(THINGS, TOLD.head(1))

        lake.transact(work)
        assert attempts == [2, 2]  # the second time it sees what the other has written
        assert sorted(lake.read(THINGS)["file_id"]) == ["one", "two", "two"]


def test_plain_inserts_of_two_writers_are_both_kept(folder: Path) -> None:
    with opened(folder) as lake, opened(folder) as other:
        lake.prepare(THINGS)

        def work(one: Lake) -> None:
            one.append(THINGS, TOLD.head(1))
            if other.read(THINGS).is_empty():
                put(other, TOLD.tail(1))

        lake.transact(work)
        assert sorted(other.read(THINGS)["file_id"]) == ["one", "two"]


def test_a_fault_of_our_own_is_not_tried_again(lake: Lake) -> None:
    attempts = []

    def faulty(one: Lake) -> None:
        attempts.append(1)
        one.read(THINGS, where="no_such_column = 1")

    lake.prepare(THINGS)
    with pytest.raises(duckdb.BinderException):
        lake.transact(faulty)
    assert attempts == [1]


def test_replace_and_remove(lake: Lake) -> None:
    put(lake)
    lake.transact(lambda one: one.replace(THINGS, TOLD.head(1)))
    assert lake.read(THINGS)["file_id"].to_list() == ["one"]
    lake.transact(lambda one: one.remove(THINGS, "file_id", "one"))
    assert lake.read(THINGS).is_empty()


def test_a_snapshot_stays_as_it_was_until_nobody_keeps_it(lake: Lake, folder: Path) -> None:
    kept, gone = put(lake), put(lake)
    lake.transact(lambda one: one.replace(THINGS, TOLD.head(1)))
    for _ in range(3):
        put(lake, TOLD.tail(1))
    before = lake.read(THINGS, version=kept)
    assert lake.expire({kept}, LATER) > 0
    lake.join_small_files()
    files = len(list(folder.rglob("*.parquet")))
    assert lake.remove_unused_files(LATER) > 0
    assert len(list(folder.rglob("*.parquet"))) < files
    assert lake.is_whole()
    assert lake.read(THINGS, version=kept).equals(before)
    assert lake.read(THINGS).height == 4
    with pytest.raises(UsageError, match=f"things as of snapshot {gone} is gone"):
        lake.read(THINGS, version=gone)


def test_young_snapshots_are_nobodys_to_expire(lake: Lake) -> None:
    first = put(lake)
    put(lake)
    assert lake.expire(set(), datetime.now(UTC) - timedelta(hours=1)) == 0
    assert lake.read(THINGS, version=first).height == 2


def test_a_lost_data_file_is_noticed(lake: Lake, folder: Path) -> None:
    put(lake)
    assert lake.is_whole()
    next(folder.rglob("*.parquet")).unlink()
    assert not lake.is_whole()


def test_data_files_hold_nothing_in_clear_and_the_catalog_no_rows(folder: Path) -> None:
    """Of each column the catalog holds the least and the greatest value, and the files' keys."""
    rows = pl.concat([TOLD.head(1)] * 3).with_columns(told=pl.Series(["a", "SMITHEREENS", "z"]))
    with opened(folder) as lake:
        put(lake, rows.with_columns(told=pl.col("told").str.to_lowercase()))
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"smithereens" not in content
    assert b"PARE" in content  # Parquet's mark of an encrypted file
