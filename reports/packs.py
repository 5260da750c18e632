"""Packs: which measures belong together in one report, and the focus areas of readiness.

Which there are is told in `packs.toml` and `readiness.toml`; how a pack looks does not belong here.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Pack:
    """A report: its name, its heading, one sentence on it, its measures in order."""

    name: str
    title: str
    lead: str
    measures: tuple[str, ...]


@dataclass(frozen=True)
class FocusArea:
    """A focus area of readiness: the figures that data have, and what people must tell."""

    title: str
    figures: tuple[tuple[str, str], ...]
    questions: tuple[str, ...]


@cache
def packs() -> Mapping[str, Pack]:
    """Every pack of measures by its name."""
    return {
        name: Pack(name, told["title"], told["lead"], tuple(told["measures"]))
        for name, told in _read("packs.toml").items()
    }


@cache
def focus_areas() -> tuple[FocusArea, ...]:
    """The focus areas in their order; a figure is a measure and its part."""
    return tuple(
        FocusArea(told["title"], tuple(map(_figure, told["figures"])), tuple(told["questions"]))
        for told in _read("readiness.toml").values()
    )


def _figure(text: str) -> tuple[str, str]:
    measure, _, part = text.partition(".")
    return measure, part


def _read(file: str) -> dict[str, Any]:
    return tomllib.loads(files("reports").joinpath(file).read_text(encoding="utf-8"))
