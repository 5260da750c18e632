"""What is known from outside: releases as vintages of counts, and linear constraints on the masked.

Stating what a reader of all releases knows belongs here; how far that reaches is asked by
`disclosure_audit`. The model is told in docs/decisions/0012.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from reports.disclosure import Line, Rate, Relation, Release, is_small
from reports.words import rounded_percent

Cell: TypeAlias = tuple[int, str]  # the vintage of a count, and the key of its cell
Row: TypeAlias = tuple[dict[Cell, int], int | None, int | None]  # terms, least, most


@dataclass
class Vintage:
    """Releases that were counted from the same records: of a cell they have one count."""

    counts: dict[str, int] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)
    floors: dict[str, int] = field(default_factory=dict)
    lines: dict[Line, None] = field(default_factory=dict)
    rates: dict[Rate, None] = field(default_factory=dict)

    def takes(self, release: Release) -> bool:
        """Whether the release says nothing else of any cell than those before it."""
        return all(self.counts.get(cell, count) == count for cell, count in release.counts.items())

    def add(self, release: Release) -> None:
        self.counts |= release.counts
        self.shown |= release.shown
        for cell, floor in release.floors.items():
            self.floors[cell] = max(floor, self.floors.get(cell, 0))
        self.lines |= dict.fromkeys(release.lines)
        self.rates |= dict.fromkeys(sorted(release.rates))


def vintages(releases: Sequence[Release]) -> list[Vintage]:
    """The releases in order, those that agree in every count together."""
    told: list[Vintage] = []
    for release in releases:
        found = next((one for one in told if one.takes(release)), None)
        if found is None:
            told.append(found := Vintage())
        found.add(release)
    return told


@dataclass
class Known:
    """What is known: of each unknown its true value and least value, and rows of constraints.

    `watched` are the cells that must stay unknown; other unknowns say how far vintages are apart.
    """

    truth: dict[Cell, int] = field(default_factory=dict)
    floor: dict[Cell, int] = field(default_factory=dict)
    watched: set[Cell] = field(default_factory=set)
    rows: list[Row] = field(default_factory=list)
    fixed: dict[Cell, int] = field(default_factory=dict)

    def row(self, terms: Mapping[Cell, int], least: int | None, most: int | None) -> None:
        """A constraint; what is fixed in it moves to its bounds."""
        open_terms = {cell: factor for cell, factor in terms.items() if cell not in self.fixed}
        told = sum(terms[cell] * self.fixed[cell] for cell in terms if cell in self.fixed)
        if open_terms:
            self.rows.append((open_terms, _less(least, told), _less(most, told)))


def _less(bound: int | None, told: int) -> int | None:
    return None if bound is None else bound - told


def known(told: Sequence[Vintage]) -> Known:
    """What the vintages tell."""
    made = Known()
    for place, vintage in enumerate(told):
        _cells(made, place, vintage)
        for line in vintage.lines:
            if line.holds(vintage.counts):  # of another release's cells it may not
                _line(made, place, line)
        for part, total in vintage.rates:
            _rate(made, (place, part), (place, total), vintage.counts)
    for (place, earlier), (following, later) in pairwise(enumerate(told)):
        _drift(made, place, earlier, following, later)
    return made


def _cells(made: Known, place: int, vintage: Vintage) -> None:
    for cell, count in vintage.counts.items():
        if cell in vintage.shown:
            made.fixed[place, cell] = count
        else:
            made.truth[place, cell] = count
            made.floor[place, cell] = vintage.floors.get(cell, 0)
            if cell in vintage.floors or is_small(count):
                made.watched.add((place, cell))


def _line(made: Known, place: int, line: Line) -> None:
    parts = {(place, part): 1 for part in line.parts}
    total = {(place, line.total): -1}
    if line.relation is Relation.PARTITION:
        made.row(parts | total, 0, 0)
        return
    for part in line.parts:
        made.row({(place, part): 1} | total, None, 0)
    if line.relation is Relation.COVER:
        made.row(parts | total, 0, None)


def _rate(made: Known, part: Cell, total: Cell, counts: Mapping[str, int]) -> None:
    """A share rounded half up to p percent: (2p - 1) total <= 200 part < (2p + 1) total."""
    told = rounded_percent(counts[part[1]], counts[total[1]])
    made.row({part: 200, total: 1 - 2 * told}, 0, None)
    made.row({part: 200, total: -1 - 2 * told}, None, -1)


def _drift(made: Known, place: int, earlier: Vintage, following: int, later: Vintage) -> None:
    """Late records. Where they have only come (or only gone), that is known, and how many in all;
    else it is known of the parts of each line how many in sum came, and how many went.
    """
    common = sorted(earlier.counts.keys() & later.counts.keys())
    apart = {cell: later.counts[cell] - earlier.counts[cell] for cell in common}
    sign = 1 if all(change >= 0 for change in apart.values()) else -1
    if any(sign * change < 0 for change in apart.values()):
        _mixed_drift(made, place, earlier, following, later)
        return
    tops = _tops(earlier) | _tops(later)
    for cell, change in apart.items():
        most = sign * change if cell in tops else None
        least = most if most is not None else 0
        made.row({(following, cell): sign, (place, cell): -sign}, least, most)


def _tops(vintage: Vintage) -> set[str]:
    """The cells that count everybody: totals that are no part of anything."""
    lines = [line for line in vintage.lines if line.relation is Relation.PARTITION]
    return {line.total for line in lines} - {part for line in lines for part in line.parts}


def _mixed_drift(made: Known, place: int, earlier: Vintage, following: int, later: Vintage) -> None:
    lines = _common(earlier, later)
    apart = {
        part: later.counts.get(part, 0) - earlier.counts.get(part, 0)
        for parts in lines
        for part in parts
    }
    for part, change in apart.items():
        if terms := _unknown(made, {(following, part): 1, (place, part): -1}):
            came, went = (place, f"{part} came"), (place, f"{part} went")
            made.truth |= {came: max(change, 0), went: max(-change, 0)}
            made.floor |= {came: 0, went: 0}
            told = later.shown.get(part, 0) - earlier.shown.get(part, 0)
            made.row(terms | {came: -1, went: 1}, -told, -told)
    for parts in lines:
        moving = [part for part in parts if (place, f"{part} came") in made.truth]
        for way, sign in (("came", 1), ("went", -1)):
            every = sum(max(sign * apart[part], 0) for part in moving)
            made.row({(place, f"{part} {way}"): 1 for part in moving}, every, every)


def _common(earlier: Vintage, later: Vintage) -> list[list[str]]:
    """The parts of lines that both have; a part that one of them does not print is a zero there."""
    return [
        sorted({*one.parts, *other.parts})
        for one in earlier.lines
        for other in later.lines
        if one.relation is other.relation is Relation.PARTITION
        and one.total == other.total
        and not set(one.parts).isdisjoint(other.parts)
    ]


def _unknown(made: Known, terms: dict[Cell, int]) -> dict[Cell, int]:
    return {cell: factor for cell, factor in terms.items() if cell in made.truth}
