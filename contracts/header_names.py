"""Header names: how like a source system's heading is to a column of ours.

For proposals that a person confirms; nothing is ever taken by likeness.
"""

import re
import tomllib
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from typing import Any

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SMALL = {"of", "the", "and", "at", "on", "is"}


@cache
def _spoken() -> dict[str, dict[str, Any]]:
    text = files("contracts").joinpath("header_names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def synonyms() -> dict[str, list[str]]:
    """Further names of our columns, in words."""
    return _spoken()["columns"]


def words(name: str) -> tuple[str, ...]:
    """The words of a heading, abbreviations written out: `ptDOB` is person, birth, date."""
    known = _spoken()["words"]
    parts = (part.lower() for part in _PARTS.findall(name.replace("#", " number ")))
    spelled = " ".join(known.get(part, part) for part in parts).split()
    return tuple(word for word in spelled if word not in _SMALL)


@cache
def _names(ours: str) -> tuple[tuple[str, ...], ...]:
    return tuple(words(name) for name in (ours, *synonyms().get(ours, ())))


def likeness(theirs: str, ours: str) -> float:
    """From 0 to 1: our own words, in any order, are 1; a synonym's hardly less; else words shared,
    or letters in common.
    """
    own, *others = _names(ours)
    said = words(theirs)
    return max(_alike(said, own), *(0.98 * _alike(said, name) for name in others), 0.0)


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    if not one:
        return 0.0
    if sorted(one) == sorted(other):
        return 1.0
    shared = 2 * len(set(one) & set(other)) / (len(set(one)) + len(set(other)))
    letters = SequenceMatcher(None, "".join(one), "".join(other)).ratio()
    return 0.95 * max(shared, letters)
