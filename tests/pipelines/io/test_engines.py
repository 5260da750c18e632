"""Engines: used again, by one at a time, and with nothing of the lake that they served."""

from pathlib import Path

import duckdb
import pytest

from pipelines.io import engines

KIND = "sqlite"


@pytest.fixture(autouse=True)
def none_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engines._IDLE, KIND, [])


def attach(engine: duckdb.DuckDBPyConnection, folder: Path) -> None:
    place = f"ducklake:sqlite:{folder / 'catalog.db'}"
    engine.execute(f"ATTACH '{place}' AS {engines.LAKE} (DATA_PATH '{folder}')")


def attached(engine: duckdb.DuckDBPyConnection) -> list[str]:
    rows = engine.execute("SELECT database_name FROM duckdb_databases() WHERE NOT internal")
    return [name for (name,) in rows.fetchall()]


def test_an_engine_is_used_again_with_nothing_attached(tmp_path: Path) -> None:
    with engines.engine(KIND) as first:
        attach(first, tmp_path)
        assert engines.LAKE in attached(first)
    with engines.engine(KIND) as second:
        assert second is first
        assert attached(second) == ["memory"]


def test_two_at_once_have_one_each_and_few_are_kept() -> None:
    with engines.engine(KIND) as one, engines.engine(KIND) as two, engines.engine(KIND) as three:
        assert len({id(one), id(two), id(three)}) == 3
    assert engines._IDLE[KIND] == [(three, 1), (two, 1)]
    with pytest.raises(duckdb.ConnectionException):
        one.execute("SELECT 1")


def test_none_is_used_for_ever() -> None:
    with engines.engine(KIND) as first:
        pass
    for _ in range(1, engines._MOST_USES):
        with engines.engine(KIND) as last:
            assert last is first
    assert engines._IDLE[KIND] == []


def test_one_that_does_not_let_go_of_its_lake_is_not_used_again(tmp_path: Path) -> None:
    with engines.engine(KIND) as held:
        attach(held, tmp_path)
        held.execute(f"USE {engines.LAKE}")  # the lake in use cannot be detached
    assert engines._IDLE[KIND] == []


def test_a_lake_that_could_not_be_opened_gives_its_engine_back() -> None:
    with pytest.raises(duckdb.Error), engines.engine(KIND) as taken:
        attach(taken, Path("/nowhere"))
    assert engines._IDLE[KIND] == [(taken, 1)]
    assert attached(taken) == ["memory"]
