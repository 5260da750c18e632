"""Disclosure: tables as what is known of them from outside: cells, sums, shares, what was masked.

The terms in which releases are chosen (`suppression`) and audited (`disclosure_audit`) belong here;
which tables there are, and how they look, do not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

SMALL_MOST = 10  # DHCS Data De-identification Guidelines v2.1: counts from 1 to 10 are masked
Rate = tuple[str, str]


class Relation(StrEnum):
    """What readers know of a total and its parts.

    Partition: the parts add up to it. Cover: everyone in it is in one part or several. Within: each
    part is a part of it.
    """

    PARTITION = "partition"
    COVER = "cover"
    WITHIN = "within"


@dataclass(frozen=True, slots=True)
class Line:
    """A total and its parts, each by the key of its cell."""

    total: str
    parts: tuple[str, ...]
    relation: Relation = Relation.PARTITION

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.total, *self.parts)

    def holds(self, counts: Mapping[str, int]) -> bool:
        """Whether the counts of all its cells are there and stand so to each other."""
        if not counts.keys() >= set(self.cells):
            return False
        total, parts = counts[self.total], [counts[one] for one in self.parts]
        match self.relation:
            case Relation.PARTITION:
                return total == sum(parts)
            case Relation.COVER:
                return max(parts, default=0) <= total <= sum(parts)
            case Relation.WITHIN:
                return max(parts, default=0) <= total


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name, the cell that counts all of it, its lines, the cells that it never prints.

    `rates` are the pairs of cells (part, total) whose share it prints where both are shown, `ties`
    what its cells have to do with those of other tables. `listed` cells are printed only because
    they are no zeros.
    """

    name: str
    total: str
    lines: tuple[Line, ...]
    rates: tuple[Rate, ...] = ()
    hidden: frozenset[str] = frozenset()
    ties: tuple[Line, ...] = ()
    listed: frozenset[str] = frozenset()

    @property
    def cells(self) -> tuple[str, ...]:
        """Every cell, once, in the order of the lines."""
        told = (cell for line in self.lines for cell in line.cells)
        return tuple(dict.fromkeys([self.total, *told]))

    @property
    def printed(self) -> tuple[str, ...]:
        """The cells that it shows or masks."""
        return tuple(cell for cell in self.cells if cell not in self.hidden)


@dataclass(frozen=True)
class Release:
    """Tables as they were made public: true counts of their cells, and the printed cells that are
    masked.

    `rates` are the shares printed, in whole percent, half up.
    """

    tables: tuple[Table, ...]
    counts: Mapping[str, int]
    masked: frozenset[str]
    rates: frozenset[Rate] = frozenset()
    floors: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "floors", self._floors())

    @property
    def shown(self) -> dict[str, int]:
        """The counts that everyone can read."""
        printed = (cell for table in self.tables for cell in table.printed)
        return {cell: self.counts[cell] for cell in printed if cell not in self.masked}

    @property
    def lines(self) -> tuple[Line, ...]:
        return lines_of(self.tables)

    def within(self, cells: Iterable[str]) -> "Release":
        """The tables that have one of these cells."""
        wanted = set(cells)
        tables = tuple(table for table in self.tables if not wanted.isdisjoint(table.cells))
        kept = {cell for table in tables for cell in table.cells}
        return Release(
            tables,
            {cell: count for cell, count in self.counts.items() if cell in kept},
            self.masked & kept,
            frozenset(rate for rate in self.rates if kept.issuperset(rate)),
        )

    def _floors(self) -> dict[str, int]:
        """What a masked cell is at least: one, unless it could be a zero under a masked total."""
        listed = {cell for table in self.tables for cell in table.listed}
        under = under_masked(self.lines, self.masked) - listed
        return {cell: 0 if cell in under else 1 for cell in self.masked}


def is_small(count: int) -> bool:
    """Whether a count is a primary cell: from 1 to 10."""
    return 0 < count <= SMALL_MOST


def lines_of(tables: Iterable[Table]) -> tuple[Line, ...]:
    """The lines and ties of all tables, once each."""
    told = (line for table in tables for line in (*table.lines, *table.ties))
    return tuple(dict.fromkeys(told))


def under_masked(lines: Iterable[Line], masked: Iterable[str]) -> set[str]:
    """Parts of masked totals: of them nobody can tell a zero from a small count."""
    totals = set(masked)
    return {
        part
        for line in lines
        if line.total in totals and line.relation is not Relation.WITHIN
        for part in line.parts
    }


def tied(groups: Iterable[Iterable[str]]) -> list[set[str]]:
    """Cells that come together in a group, however indirectly, each set once."""
    found: list[set[str]] = []
    for group in groups:
        touching = [one for one in found if not one.isdisjoint(group)]
        found = [one for one in found if one.isdisjoint(group)]
        found.append(set(group).union(*touching))
    return found
