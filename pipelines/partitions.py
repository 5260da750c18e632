"""Partitions: one agency each. They are the agencies of the home that REENTRY_HOME names."""

import os
from pathlib import Path

from contracts.errors import ReentryError
from pipelines.io.home import Home

HOME_VARIABLE = "REENTRY_HOME"


def home_root() -> Path:
    """The home to work in: REENTRY_HOME, else the demonstration's."""
    return Path(os.environ.get(HOME_VARIABLE, "demo-home"))


def agencies() -> list[str]:
    """Agencies of the home; without one, the demonstration's single agency."""
    try:
        return sorted(Home.open(home_root()).settings.agencies)
    except ReentryError:
        return ["demo"]
