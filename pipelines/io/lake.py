"""Lake: one DuckLake for each agency: received facts and derived tables as encrypted Parquet.

Tables are made from their contracts. A transaction that meets another writer is run again from its
start. What may not be lost or doubled (control numbers, batches) is the ledger's, not the lake's.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import duckdb
import polars as pl

from contracts.arrow import ArrowFrame
from contracts.errors import BrokenInvariantError, UsageError
from contracts.tables import Table
from pipelines.io import engines
from pipelines.io.home import private_folder

_RETRIED = ("Failed to commit", "database is locked", "Conflict", "conflict")
_ATTEMPTS = 20
_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "VARCHAR",
    pl.Int64: "BIGINT",
    pl.Date: "DATE",
    pl.Time: "TIME",
    pl.Boolean: "BOOLEAN",
    pl.Datetime: "TIMESTAMP WITH TIME ZONE",
}

Result = TypeVar("Result")


def sql_type(dtype: pl.DataType) -> str:
    """DuckDB's name of a Polars type that our contracts use."""
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision},{dtype.scale})"
    if isinstance(dtype, pl.List):
        inner = dtype.inner
        return f"{sql_type(inner if isinstance(inner, pl.DataType) else inner())}[]"
    return _TYPES[type(dtype)]


def _statements(table: Table, have: set[str]) -> list[str]:
    """What brings a table with some columns, or none, to its contract."""
    columns = {column.name: f'"{column.name}" {sql_type(column.dtype)}' for column in table.columns}
    if not have:
        return [f"CREATE TABLE IF NOT EXISTS {table.name} ({', '.join(columns.values())})"]
    gained = (words for name, words in columns.items() if name not in have)
    return [f"ALTER TABLE {table.name} ADD COLUMN {words}" for words in gained]


def _expired(table: Table, version: int) -> UsageError:
    return UsageError(
        "snapshot_expired",
        f"table {table.name} as of snapshot {version} is gone: maintenance keeps the tables of the "
        "last run, of the last day and of published reports. Run again as of that day.",
    )


def _rows_of_files(table: Table) -> str:
    row_is_told_once = table.key == ["file_id", "row_number"]
    rows = "count(*)" if row_is_told_once else "count(DISTINCT row_number)"
    feed = "feed" if "feed" in table.names else "''"
    counted = f"SELECT '{table.name}', {feed} AS of_feed, file_id, {rows} FROM {table.name}"
    return f"{counted} GROUP BY of_feed, file_id"


@dataclass(frozen=True)
class Catalog:
    """Where a lake's catalog is: a SQLite file of its own, or a schema of its own in PostgreSQL."""

    engine: str
    target: str
    schema: str | None = None

    @property
    def options(self) -> str:
        """What ATTACH is told besides the place of the data."""
        # Without a write-ahead log whoever reads a SQLite catalog holds up whoever commits to it.
        own = f"METADATA_SCHEMA '{self.schema}'" if self.schema else "META_JOURNAL_MODE 'WAL'"
        return f"ENCRYPTED, DATA_INLINING_ROW_LIMIT 0, OVERRIDE_DATA_PATH TRUE, {own}"


def catalog_of(folder: Path, agency: str, url: str | None) -> Catalog:
    """The catalog of an agency: in its folder, or where settings say."""
    if url is None:
        return Catalog("sqlite", str(private_folder(folder) / "catalog.db"))
    if not url.startswith(("postgresql://", "postgres://")):
        raise UsageError(
            "catalog_url", "reentry.toml, [lake]: catalog_url must begin with postgresql://."
        )
    return Catalog("postgres", url, f"lake_{agency}")


class Lake:
    """One agency's lake. Use as a context manager; one object a thread."""

    def __init__(self, catalog: Catalog, data: str) -> None:
        self.data = data
        self._sound: set[Table] = set()
        with ExitStack() as until_closed:
            engine = until_closed.enter_context(engines.engine(catalog.engine))
            self._connection = until_closed.enter_context(engine.cursor())
            self._connection.execute("SET TimeZone='UTC'")
            self._attach(catalog)
            self._until_closed = until_closed.pop_all()

    def _attach(self, catalog: Catalog) -> None:
        self._retry(
            lambda: self._connection.execute(
                f"ATTACH 'ducklake:{catalog.engine}:{catalog.target}' AS {engines.LAKE} "
                f"(DATA_PATH '{self.data}', {catalog.options})"
            )
        )
        self._connection.execute(f"USE {engines.LAKE}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._until_closed.close()

    def _retry(self, work: Callable[[], Result]) -> Result:
        for attempt in range(_ATTEMPTS):
            try:
                return work()
            except duckdb.Error as trouble:
                last = attempt == _ATTEMPTS - 1
                if last or not any(sign in str(trouble) for sign in _RETRIED):
                    raise
                time.sleep(0.05 * (attempt + 1))
        raise AssertionError  # the loop returns or raises

    def transact(self, work: Callable[["Lake"], Result]) -> Result:
        """Run `work` in one transaction over several tables; again from its start on a conflict."""

        def attempt() -> Result:
            self._connection.begin()
            try:
                result = work(self)
                self._connection.commit()
            except BaseException:
                self._sound.clear()
                with suppress(duckdb.Error):  # a failed commit has already ended it
                    self._connection.rollback()
                raise
            return result

        return self._retry(attempt)

    def prepare(self, *tables: Table) -> None:
        """As `ensure`, in one transaction of its own, where one of them has not been looked up."""
        if not self._sound.issuperset(tables):
            self.transact(lambda lake: lake.ensure(*tables))

    def ensure(self, *tables: Table) -> None:
        """Make tables that are missing, and add columns that their contracts have gained.

        Looked up once for each: a table loses no column while its lake is open.
        """
        wanted = [table for table in tables if table not in self._sound]
        if not wanted:
            return
        have = self._columns()
        for table in wanted:
            for statement in _statements(table, have.get(table.name, set())):
                self._connection.execute(statement)
        self._sound.update(wanted)

    def _columns(self) -> dict[str, set[str]]:
        rows = self._connection.execute(
            "SELECT table_name, list(column_name) FROM duckdb_columns() "
            "WHERE database_name='lake' GROUP BY table_name"
        ).fetchall()
        return {name: set(columns) for name, columns in rows}

    def append(self, table: Table, frame: pl.DataFrame) -> None:
        """Insert rows. Call inside `transact`."""
        self.ensure(table)
        if frame.is_empty():
            return
        names = ", ".join(f'"{name}"' for name in table.names)
        self._connection.register("incoming", ArrowFrame(frame.select(table.names)))
        try:
            self._connection.execute(
                f"INSERT INTO {table.name} ({names}) SELECT {names} FROM incoming"
            )
        finally:
            self._connection.unregister("incoming")

    def replace(self, table: Table, frame: pl.DataFrame) -> None:
        """Make the frame the whole table, even where files it had are lost. Call in `transact`."""
        self._connection.execute(f"DROP TABLE IF EXISTS {table.name}")  # DELETE opens its files
        self._sound.discard(table)
        self.append(table, frame)

    def remove(self, table: Table, column: str, value: str) -> None:
        """Remove the rows with a value in a column. Call inside `transact`."""
        self.ensure(table)
        self._connection.execute(f'DELETE FROM {table.name} WHERE "{column}" = ?', [value])

    def read(
        self, table: Table, *, version: int | None = None, where: str = "TRUE",
        values: Iterable[object] = (), columns: Iterable[str] = (),
    ) -> pl.DataFrame:  # fmt: skip
        """Rows of a table, at a snapshot or as they are now; an absent table has none."""
        wanted = list(columns) or table.names
        schema = pl.Schema({name: table.schema[name] for name in wanted})
        at = "" if version is None else f" AT (VERSION => {version})"
        names = ", ".join(f'"{name}"' for name in wanted)
        source = f"FROM {table.name}{at} WHERE {where}"
        try:
            relation = self._connection.sql(f"SELECT {names} {source}", params=list(values))
        except duckdb.CatalogException:
            return schema.to_frame()
        except duckdb.InvalidInputException:
            if version is None:
                raise
            raise _expired(table, version) from None
        except duckdb.BinderException:  # the snapshot is older than one of the columns
            relation = self._connection.sql(f"SELECT * {source}", params=list(values))
            return table.conform(pl.DataFrame(relation)).select(wanted)
        return pl.DataFrame(relation).cast(schema)

    def count(self, table: Table, *, version: int | None = None) -> int:
        """How many rows a table has, at a snapshot or as it is now; an absent one has none."""
        at = "" if version is None else f" AT (VERSION => {version})"
        try:
            found = self._connection.sql(f"SELECT count(*) FROM {table.name}{at}").fetchone()
        except duckdb.CatalogException:
            return 0
        return int(found[0]) if found else 0

    def read_files(
        self,
        table: Table,
        file_ids: Sequence[str],
        columns: Iterable[str] = (),
        *,
        among: pl.DataFrame | None = None,
    ) -> pl.DataFrame:
        """Rows of some files, as they are now; with `among` only those that it names.

        `among` has some of the table's columns, which are never empty.
        """
        wanted = list(columns) or table.names
        if not file_ids or (among is not None and among.is_empty()):
            return table.empty().select(wanted)
        where = "file_id IN (SELECT unnest(?))"  # joined by hash; a list is searched row by row
        if among is None:
            return self.read(table, where=where, values=[list(file_ids)], columns=wanted)
        names = ", ".join(f'"{name}"' for name in among.columns)
        self._connection.register("among", ArrowFrame(among))
        try:
            where += f" AND ({names}) IN (SELECT ({names}) FROM among)"
            return self.read(table, where=where, values=[list(file_ids)], columns=wanted)
        finally:
            self._connection.unregister("among")

    def rows_by_file(self, tables: Sequence[Table]) -> dict[str, dict[tuple[str, str], int]]:
        """For each table the rows of each feed and file, a row told several times counted once.

        A table of one feed alone tells it as "".
        """
        counts: dict[str, dict[tuple[str, str], int]] = {table.name: {} for table in tables}
        there = set(self.tables())
        each = [_rows_of_files(table) for table in tables if table.name in there]
        if each:
            for name, feed, file_id, count in self._call(" UNION ALL ".join(each)):
                counts[name][feed, file_id] = count
        return counts

    def snapshot(self) -> int:
        """Number of the newest snapshot."""
        row = self._connection.execute("SELECT max(snapshot_id) FROM lake.snapshots()").fetchone()
        if row is None or row[0] is None:
            raise BrokenInvariantError("lake_snapshot", "the lake has no snapshot. Restore it.")
        return int(row[0])

    def is_whole(self) -> bool:
        """Whether every data file that the catalog names is there (of data on this machine)."""
        if "://" in self.data:
            return True
        return all(path.is_file() for name in self.tables() for path in self._files(name))

    def tables(self) -> list[str]:
        """Names of the tables there are."""
        rows = self._connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name='lake' ORDER BY 1"
        ).fetchall()
        return [row[0] for row in rows]

    def _files(self, table: str) -> list[Path]:
        rows = self._connection.execute(
            f"SELECT data_file FROM ducklake_list_files('lake', '{table}')"
        ).fetchall()
        return [Path(row[0]) for row in rows]

    def expire(self, kept: set[int], before: datetime) -> int:
        """Expire snapshots made before an instant, but those kept and the newest."""
        rows = self._connection.execute(
            "SELECT snapshot_id FROM lake.snapshots() WHERE snapshot_time < ? "
            "AND snapshot_id < (SELECT max(snapshot_id) FROM lake.snapshots())",
            [before],
        ).fetchall()
        gone = sorted({row[0] for row in rows} - kept)
        if gone:
            self._connection.execute(f"CALL ducklake_expire_snapshots('lake', versions => {gone})")
        return len(gone)

    def join_small_files(self) -> int:
        """Write small files of a table as one; earlier snapshots keep theirs."""
        return len(self._retry(lambda: self._call("CALL ducklake_merge_adjacent_files('lake')")))

    def remove_unused_files(self, before: datetime) -> int:
        """Remove files of expired snapshots, and orphans older than an instant."""
        old = f"older_than => TIMESTAMPTZ '{before.isoformat()}'"
        unused = self._call("CALL ducklake_cleanup_old_files('lake', cleanup_all => true)")
        orphans = self._call(f"CALL ducklake_delete_orphaned_files('lake', {old})")
        return len(unused) + len(orphans)

    def _call(self, statement: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement).fetchall()
