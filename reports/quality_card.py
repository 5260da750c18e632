"""The quality card: what is looked at in each feed, and what earns a grade (`quality.toml`).

Reading the card belongs here; measuring files by it does not.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

TIMELY = "timely"  # counted in days, the other dimensions in shares


@dataclass(frozen=True)
class Looked:
    """What of a feed is looked at. `references`: column to the `feed.column`s that may hold it."""

    event: str | None = None
    expected: tuple[str, ...] = ()
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Every column of the feed that is looked at."""
        event = [self.event] if self.event else []
        return list(dict.fromkeys([*event, *self.expected, *self.references]))


def looked_at(feed: str) -> Looked:
    """What the card looks at in a feed."""
    spec = _card()["feed"][feed]
    references = {name: tuple(places) for name, places in spec.get("references", {}).items()}
    return Looked(spec.get("event"), tuple(spec.get("expected", ())), references)


def status() -> str:
    """How well the grades are founded."""
    return str(_card()["status"])


@cache
def _card() -> dict[str, Any]:
    return tomllib.loads(files("reports").joinpath("quality.toml").read_text(encoding="utf-8"))


def grade() -> pl.Expr:
    """What a `value` of a `dimension` earns; null where there was nothing to measure."""
    grades, earned = _card()["grades"], pl.lit("F")
    is_timely = pl.col("dimension") == TIMELY
    for letter in reversed(grades["share"]):
        days, share = grades["days"][letter], grades["share"][letter]
        earns = pl.when(is_timely).then(pl.col("value") <= days).otherwise(pl.col("value") >= share)
        earned = pl.when(earns).then(pl.lit(letter)).otherwise(earned)
    return pl.when(pl.col("value").is_not_null()).then(earned)
