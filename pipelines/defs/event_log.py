"""Dagster's event log in SQLite over one engine for each database.

Dagster's own makes a new engine and connection for every event, a third of the time of a small
agency's run. The files are the same: either class reads what the other wrote.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection


class EventLog(SqliteEventLogStorage):
    """`dagster.yaml` names it as `event_log_storage`. Without `base_dir`, where Dagster's is by
    default: `history/runs` in DAGSTER_HOME.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {"base_dir": dg.Field(dg.StringSource, is_required=False)}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        usual = Path(os.environ["DAGSTER_HOME"], "history", "runs")
        return cls(config_value.get("base_dir", str(usual)), inst_data)

    def dispose(self) -> None:
        super().dispose()
        while self._engines:
            self._engines.popitem()[1].dispose()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            made = create_engine(
                self.conn_string_for_shard(shard),
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
            event.listen(made, "connect", _without_waiting)
            self._initdb(made)
            self._engines[shard] = made
        return self._engines[shard]


def _without_waiting(connection: "DBAPIConnection", _: object) -> None:
    """The log may lose its last events with the machine's power; the ledger has what counts."""
    connection.cursor().execute("PRAGMA synchronous=NORMAL")
