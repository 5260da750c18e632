"""The audit: what somebody with all releases in hand can find out about a masked cell.

Looking for the reach of each masked cell belongs here; what is known is told by
`disclosure_knowledge`, what to mask is chosen by `suppression`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.disclosure import SMALL_MOST, Release, is_small
from reports.disclosure_knowledge import Cell, Known, Row, Vintage, known, vintages
from reports.linear import Program


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that can be told too closely; `vintage` is the place of its count among the counts
    that differ.
    """

    cell: str
    vintage: int


def faults(releases: Sequence[Release], only: Fault | None = None) -> Iterator[Fault]:
    """Cells that break the criterion, given everything that the releases print.

    The reach of a primary cell (1 to 10) must contain 1 and 10, that of another masked cell more
    than one number. `only`: whether this one is still there.
    """
    told = vintages(releases)
    outright = _outright(releases, told)
    yield from outright if only is None else (one for one in outright if one == only)
    for block in _blocks(known(told)):
        yield from block.faults(only)


def _outright(releases: Sequence[Release], told: Sequence[Vintage]) -> Iterator[Fault]:
    """Small counts that are shown, and counts that one release masks and another shows."""
    for place, vintage in enumerate(told):
        masked = {
            cell
            for release in releases
            if vintage.takes(release)
            for cell in release.masked
            if release.counts[cell]
        }
        for cell, count in sorted(vintage.shown.items()):
            if is_small(count) or cell in masked:
                yield Fault(cell, place)


@dataclass
class Block:
    """Unknowns that constraints tie to each other."""

    names: list[Cell]
    told: Known
    rows: list[Row]

    def faults(self, only: Fault | None) -> Iterator[Fault]:
        """Cells of the block that break the criterion, in the order of their keys."""
        asked = self._asked(only)
        if not asked:
            return
        place = {cell: number for number, cell in enumerate(self.names)}
        program = Program(
            [self.told.truth[cell] for cell in self.names],
            [self.told.floor[cell] for cell in self.names],
            [
                ([place[cell] for cell in terms], list(terms.values()), least, most)
                for terms, least, most in self.rows
            ],
        )
        for cell in asked:
            if not _is_safe(program, place[cell], self.told.truth[cell]):
                yield Fault(cell[1], cell[0])

    def _asked(self, only: Fault | None) -> list[Cell]:
        watched = self.told.watched
        if only is not None:
            watched = watched & {(only.vintage, only.cell)}
        return [cell for cell in self.names if cell in watched]


def _is_safe(program: Program, place: int, count: int) -> bool:
    if is_small(count):
        return program.reaches_down(place, 1) and program.reaches_up(place, SMALL_MOST)
    if count == 0:  # zeros may be known
        return True
    return program.reaches_up(place, count + 1) or program.reaches_down(place, count - 1)


def _blocks(told: Known) -> Iterator[Block]:
    """The unknowns apart that no constraint ties together."""
    leader = {cell: cell for cell in told.truth}

    def lead(cell: Cell) -> Cell:
        while leader[cell] != cell:
            leader[cell] = leader[leader[cell]]
            cell = leader[cell]
        return cell

    for terms, *_ in told.rows:
        first, *others = map(lead, terms)
        for other in others:
            leader[lead(other)] = lead(first)
    rows: dict[Cell, list[Row]] = {}
    for row in told.rows:
        rows.setdefault(lead(next(iter(row[0]))), []).append(row)
    names: dict[Cell, list[Cell]] = {}
    for cell in sorted(told.truth):
        names.setdefault(lead(cell), []).append(cell)
    for first, members in names.items():
        yield Block(members, told, rows.get(first, []))
