"""Suppression: which cells of a release are masked so that nobody can find a small count.

Choosing belongs here: primary cells by their count, complementary ones greedily, each choice
audited by `disclosure_audit`; what cannot be made safe is withheld.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from reports.disclosure import Release, Table, is_small, lines_of, tied, under_masked
from reports.disclosure_audit import Fault, faults
from reports.disclosure_knowledge import vintages

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Utility:
    """How many printed counts of all tables, withheld ones included, are shown; and how many would
    be if only small counts were masked.
    """

    shown: int
    plain: int
    every: int


def choose(tables: Sequence[Table], counts: Counts, earlier: Sequence[Release] = ()) -> Release:
    """The release of these tables, safe beside all earlier ones; what cannot be is left out.

    The same tables, counts and releases give the same masks.
    """
    every = [*tables, *(table for release in earlier for table in release.tables)]
    groups = [[*table.cells, *(c for tie in table.ties for c in tie.cells)] for table in every]
    chosen = [
        _choose(
            [table for table in tables if cells.issuperset(table.cells)],
            counts,
            [part for release in earlier if (part := release.within(cells)).tables],
        )
        for cells in tied(groups)
    ]
    kept = {table.name for release in chosen for table in release.tables}
    return Release(
        tuple(table for table in tables if table.name in kept),
        {cell: count for release in chosen for cell, count in release.counts.items()},
        frozenset(cell for release in chosen for cell in release.masked),
        frozenset(rate for release in chosen for rate in release.rates),
    )


def utility(tables: Sequence[Table], counts: Counts, release: Release) -> Utility:
    """What of the tables is shown."""
    printed = {cell for table in tables for cell in table.printed}
    return Utility(
        shown=len(printed & release.shown.keys()),
        plain=sum(not is_small(counts[cell]) for cell in printed),
        every=len(printed),
    )


def _choose(tables: Sequence[Table], counts: Counts, earlier: Sequence[Release]) -> Release:
    kept = list(tables)
    while kept:
        choice = Choice(kept, counts, earlier)
        stuck = choice.stuck()
        if not stuck:
            return choice.release
        without = [[one for one in kept if one is not table] for table in stuck]
        tried = [
            choice for some in without if not (choice := Choice(some, counts, earlier)).stuck()
        ]
        if tried:
            return max(tried, key=lambda choice: len(choice.release.shown)).release
        kept = without[0]
    return Release((), {}, frozenset())


class Choice:
    """Masks of tables that share cells, and what stands in the way of releasing them."""

    def __init__(self, tables: Sequence[Table], counts: Counts, earlier: Sequence[Release]) -> None:
        self.tables, self.earlier = tuple(tables), tuple(earlier)
        self.counts = {cell: counts[cell] for table in tables for cell in table.cells}
        self._lines = lines_of(tables)
        self._hidden = {cell for table in tables for cell in table.hidden}
        self._totals = {table.total for table in tables}
        self._masked = self._first()
        self.release = self._with(self._masked)

    def stuck(self) -> list[Table]:
        """The tables of which one must be left out, the last first; none where all is safe."""
        while (fault := next(faults([*self.earlier, self.release]), None)) is not None:
            cell = self._complement(fault)
            if cell is None:
                return self._of(fault)
            self._mask(cell)
        self._unmask_needless()
        return []

    def _first(self) -> set[str]:
        """Small counts, counts that a small rest would give away, and what was masked before."""
        small = {cell for cell, count in self.counts.items() if is_small(count)}
        rests = {
            line.parts[0]
            for line in self._lines
            if not self._hidden.isdisjoint(small.intersection(line.parts))
        }
        before = {cell for release in self.earlier for cell in release.masked}
        return (small | rests | before & self.counts.keys()) - self._hidden

    def _with(self, masked: Iterable[str]) -> Release:
        """The release that masks these cells, and the zeros that would tell of them."""
        whole = self._closed(masked)
        rates = (rate for table in self.tables for rate in table.rates)
        return Release(
            self.tables,
            self.counts,
            whole,
            frozenset(
                rate for rate in rates if whole.isdisjoint(rate) and self.counts[rate[1]] > 0
            ),
        )

    def _closed(self, masked: Iterable[str]) -> frozenset[str]:
        """With every zero under a masked total; a zero elsewhere is shown."""
        nonzero = {cell for cell in masked if self.counts[cell]}
        whole, before = nonzero, set[str]()
        while whole != before:
            before = whole
            under = under_masked(self._lines, before) - self._hidden
            whole = before | {cell for cell in under if not self.counts[cell]}
        return frozenset(whole)

    def _mask(self, cell: str) -> None:
        self._masked.add(cell)
        self.release = self._with(self._masked)

    def _complement(self, fault: Fault) -> str | None:
        """The smallest count whose mask mends the fault; else the smallest beside it, or none.

        Totals of whole tables stay shown as long as masks of other cells can mend it.
        """
        everywhere = {cell for cell in self.counts if self._is_open(cell)}
        for cells in (everywhere - self._totals, everywhere):
            # More masks never tell more: if all of them do not mend it, none does.
            if self._is_mended(fault, *cells):
                return self._smallest(fault, cells)
        return None

    def _smallest(self, fault: Fault, cells: set[str]) -> str:
        """Of cells that could be masked the one for this fault; nearer ones come before others."""
        if fault.cell in cells:
            return fault.cell
        near = self._in_line({fault.cell})
        near |= self._in_line(near & (self.release.masked | self._hidden))
        beside = sorted(near & cells or cells, key=lambda cell: (self.counts[cell], cell))
        mends = (cell for cell in beside if self._is_mended(fault, cell))
        return next(mends, beside[0])

    def _in_line(self, cells: set[str]) -> set[str]:
        lines = (line for line in self._lines if not cells.isdisjoint(line.cells))
        return {cell for line in lines for cell in line.cells}

    def _is_open(self, cell: str) -> bool:
        """Whether the cell is a count that a mask would hide: shown, and not public before."""
        return (
            self.counts.get(cell, 0) > 0
            and cell not in self._hidden
            and cell not in self.release.masked
            and cell not in self._public
        )

    @cached_property
    def _public(self) -> set[str]:
        """Cells that an earlier release of the same counts shows."""
        same = next((one for one in vintages(self.earlier) if one.takes(self.release)), None)
        return set(same.shown) if same else set()

    def _is_mended(self, fault: Fault, *cells: str) -> bool:
        tried = self._with(self._masked.union(cells))
        return next(faults([*self.earlier, tried], only=fault), None) is None

    def _unmask_needless(self) -> None:
        """Show again what later choices have made superfluous, the largest count first."""
        chosen = self._masked - self._first()
        for cell in sorted(chosen, key=lambda cell: (-self.counts[cell], cell)):
            tried = self._with(self._masked - {cell})
            if next(faults([*self.earlier, tried]), None) is None:
                self._masked.remove(cell)
                self.release = tried

    def _of(self, fault: Fault) -> list[Table]:
        """The tables that have the cell that can be told, the last first."""
        having = [table for table in self.tables if fault.cell in table.cells]
        return (having or list(self.tables))[::-1]


def primary_only(tables: Sequence[Table], counts: Counts) -> Release:
    """Plain suppression, for comparison: small counts masked and nothing else."""
    cells = {cell: counts[cell] for table in tables for cell in table.cells}
    printed = {cell for table in tables for cell in table.printed}
    masked = frozenset(cell for cell in printed if is_small(cells[cell]))
    return Release(tuple(tables), cells, masked)
