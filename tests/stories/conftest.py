"""Fixtures of the stories: homes made once for all workers, a copy for each test that writes."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from stories import Homes


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    """Homes at the stations of the line; all workers of a session copy the same ones."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "stations"
    folder.mkdir(exist_ok=True)
    return Homes(folder, tmp_path_factory.mktemp("looked-at"))


@pytest.fixture
def copy_of(homes: Homes, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a station's home that the test may change."""
    return lambda station: homes.copy(station, tmp_path / station)
