"""Lake: one DuckLake for each agency: received facts and derived tables as encrypted Parquet.

Tables are made from their contracts. A transaction that meets another writer is run again from its
start. What may not be lost or doubled (control numbers, batches) is the ledger's, not the lake's.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Self, TypeVar

import duckdb
import polars as pl
from duckdb_extensions import import_extension

from contracts.arrow import ArrowFrame
from contracts.errors import BrokenInvariantError
from contracts.tables import Table
from pipelines.io.home import private_folder

_EXTENSIONS = ("httpfs", "sqlite_scanner", "ducklake")
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


class Lake:
    """One agency's lake. Use as a context manager; one object a thread."""

    def __init__(self, folder: Path, extensions: Path, catalog_url: str | None, data: str) -> None:
        self._folder = private_folder(folder)
        self.data = data
        self._connection = duckdb.connect(
            config={
                "extension_directory": str(private_folder(extensions)),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        for name in _EXTENSIONS:
            if not any(extensions.rglob(f"{name}.duckdb_extension")):
                import_extension(name, con=self._connection)
            self._connection.load_extension(name)
        self._connection.execute("SET TimeZone='UTC'")
        catalog = catalog_url or f"sqlite:{folder / 'catalog.db'}"
        self._attach(catalog)

    def _attach(self, catalog: str) -> None:
        self._retry(
            lambda: self._connection.execute(
                f"ATTACH 'ducklake:{catalog}' AS lake (DATA_PATH '{self.data}', ENCRYPTED, "
                "DATA_INLINING_ROW_LIMIT 0)"
            )
        )
        self._connection.execute("USE lake")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

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
                with suppress(duckdb.Error):  # a failed commit has already ended it
                    self._connection.rollback()
                raise
            return result

        return self._retry(attempt)

    def ensure(self, table: Table) -> None:
        """Make the table where it is missing, and add columns that its contract has gained."""
        have = self.columns(table.name)
        if not have:
            columns = ", ".join(f'"{c.name}" {sql_type(c.dtype)}' for c in table.columns)
            self._connection.execute(f"CREATE TABLE IF NOT EXISTS {table.name} ({columns})")
            return
        for column in table.columns:
            if column.name not in have:
                kind = sql_type(column.dtype)
                self._connection.execute(
                    f'ALTER TABLE {table.name} ADD COLUMN "{column.name}" {kind}'
                )

    def columns(self, table: str) -> list[str]:
        rows = self._connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name='lake' "
            "AND table_name=? ORDER BY column_index",
            [table],
        ).fetchall()
        return [row[0] for row in rows]

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
        """Make the frame the whole table. Call inside `transact`."""
        self.ensure(table)
        self._connection.execute(f"DELETE FROM {table.name}")
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
        try:
            relation = self._connection.sql(
                f"SELECT {names} FROM {table.name}{at} WHERE {where}", params=list(values)
            )
        except duckdb.CatalogException:
            return schema.to_frame()
        return pl.DataFrame(relation).cast(schema)

    def rows_by_file(self, table: Table) -> dict[str, int]:
        """How many rows of each file a table holds; a row that stands in it twice counts once."""
        if table.name not in self.tables():
            return {}
        rows = self._connection.execute(
            f"SELECT file_id, count(DISTINCT row_number) FROM {table.name} GROUP BY file_id"
        ).fetchall()
        return dict(rows)

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

    def _call(self, statement: str) -> list[tuple[object, ...]]:
        return self._connection.execute(statement).fetchall()
