"""An attacker on releases of a small county, written apart from the audit.

He thinks of single kinds of people (facility, sex, yes or no) whose numbers he does not know,
writes down what he reads, and asks how small and how large each masked number can be. Late records
may only come, and he knows how many came.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import highspy

from reports.disclosure import Line, Release, Table

Kind = tuple[str, str, bool]
People = Mapping[Kind, int]
MOST = 500


@dataclass(frozen=True)
class Shape:
    """The facilities and sexes of a county."""

    facilities: tuple[str, ...]
    sexes: tuple[str, ...]

    @property
    def kinds(self) -> list[Kind]:
        return list(product(self.facilities, self.sexes, (True, False)))


def kinds_of(cell: str, shape: Shape) -> list[Kind]:
    """Whom a cell counts: `served|A|`, `all||f`, `not|A|`."""
    figure, facility, sex = cell.split("|")
    return [
        kind
        for kind in shape.kinds
        if facility in ("", kind[0])
        and sex in ("", kind[1])
        and {"served": kind[2], "not": not kind[2], "all": True}[figure]
    ]


def counted(shape: Shape, people: People) -> dict[str, int]:
    """Every cell of the county's tables."""
    ways = [*product(("", *shape.facilities), ("", *shape.sexes))]
    cells = [
        f"{figure}|{one}|{other}" for figure in ("served", "not", "all") for one, other in ways
    ]
    return {cell: sum(people[kind] for kind in kinds_of(cell, shape)) for cell in cells}


def tables(shape: Shape, counts: Mapping[str, int]) -> list[Table]:
    """Served of all by facility and by sex; served by facility and sex. Empty rows are left out."""
    at = {one: f"{one}|" for one in shape.facilities if counts[f"all|{one}|"]}
    of = {one: f"|{one}" for one in shape.sexes if counts[f"all||{one}"]}
    return [_shares("by facility", list(at.values())), _shares("by sex", list(of.values())),
            _both([one for one in at if counts[f"served|{one}|"]],
                  [one for one in of if counts[f"served||{one}"]])]  # fmt: skip


def _shares(name: str, places: list[str]) -> Table:
    rows = [Line(f"all|{p}", (f"served|{p}", f"not|{p}")) for p in ("|", *places)]
    sums = [
        Line(f"{figure}||", tuple(f"{figure}|{p}" for p in places)) for figure in ("served", "all")
    ]
    return Table(
        name,
        "all||",
        (*sums, *rows),
        tuple((row.parts[0], row.total) for row in rows),
        frozenset(row.parts[1] for row in rows),
        listed=frozenset(f"all|{p}" for p in places),
    )


def _both(facilities: list[str], sexes: list[str]) -> Table:
    lines = [
        Line("served||", tuple(f"served|{one}|" for one in facilities)),
        Line("served||", tuple(f"served||{one}" for one in sexes)),
        *(Line(f"served|{a}|", tuple(f"served|{a}|{s}" for s in sexes)) for a in facilities),
        *(Line(f"served||{s}", tuple(f"served|{a}|{s}" for a in facilities)) for s in sexes),
    ]
    listed = frozenset(part for line in lines[:2] for part in line.parts)
    return Table("by facility and sex", "served||", tuple(lines), listed=listed)


@dataclass(frozen=True)
class Paper:
    """What stands in a release: each printed cell with its number or None, shares in percent, the
    rows that are there for somebody, and the rows that are not there.
    """

    cells: Mapping[str, int | None]
    shares: Mapping[tuple[str, str], int]
    listed: frozenset[str]
    absent: frozenset[str]

    @classmethod
    def of(cls, release: Release, shape: Shape) -> "Paper":
        printed = {cell for table in release.tables for cell in table.printed}
        whole = release.counts
        rows = {"by facility": [f"all|{one}|" for one in shape.facilities],
                "by sex": [f"all||{one}" for one in shape.sexes],
                "by facility and sex": [*(f"served|{one}|" for one in shape.facilities),
                                        *(f"served||{one}" for one in shape.sexes)]}  # fmt: skip
        every = {(table, row) for table in release.tables for row in rows[table.name]}
        return cls(
            {cell: None if cell in release.masked else whole[cell] for cell in sorted(printed)},
            {
                (part, of): int(100 * whole[part] / whole[of] + 0.5)
                for part, of in sorted(release.rates)
            },
            frozenset(row for table, row in every if row in table.printed),
            frozenset(row for table, row in every if row not in table.printed),
        )

    def is_surely_positive(self, cell: str) -> bool:
        """Zeros are printed, unless a total of theirs is masked."""
        figure, facility, sex = cell.split("|")
        above = {f"{figure}||", f"all|{facility}|{sex}"}
        if facility and sex:
            above = {f"{figure}|{facility}|", f"{figure}||{sex}"}
        shown = all(self.cells.get(one, 1) is not None for one in above - {cell})
        return shown or cell in self.listed


class Attacker:
    """Everything read off the papers, as equations over unknown whole numbers of people."""

    def __init__(self, shape: Shape, papers: Sequence[Paper], came: Sequence[int]) -> None:
        self.model, self.shape = highspy.Highs(), shape
        self.model.silent()
        self.people: list[dict[Kind, object]] = []
        for number, paper in enumerate(papers):
            late = {kind: self.model.addIntegral(0, MOST) for kind in shape.kinds}
            if number:
                before = self.people[-1]
                told: dict[Kind, object] = {kind: before[kind] + late[kind] for kind in shape.kinds}
                self.model.addConstr(sum(late.values()) == came[number - 1])
            else:
                told = dict(late)
            self.people.append(told)
            self._read(number, paper)

    def _read(self, number: int, paper: Paper) -> None:
        for cell, value in paper.cells.items():
            told = self._sum(number, cell)
            if value is not None:
                self.model.addConstr(told == value)
            elif paper.is_surely_positive(cell):
                self.model.addConstr(told >= 1)
        for row in paper.absent:
            self.model.addConstr(self._sum(number, row) == 0)
        for (part, of), percent in paper.shares.items():
            some, whole = self._sum(number, part), self._sum(number, of)
            self.model.addConstr(200 * some - (2 * percent - 1) * whole >= 0)
            self.model.addConstr(200 * some - (2 * percent + 1) * whole <= -1)

    def _sum(self, number: int, cell: str) -> object:
        return sum(self.people[number][kind] for kind in kinds_of(cell, self.shape))

    def reach(self, number: int, cell: str) -> tuple[int, int]:
        """How small and how large a number of a release can be."""
        told = self._sum(number, cell)
        ends = []
        for ask in (self.model.minimize, self.model.maximize):
            ask(told)
            assert self.model.getModelStatus() == highspy.HighsModelStatus.kOptimal
            ends.append(round(self.model.getInfo().objective_function_value))
        return ends[0], ends[1]


def broken(
    shape: Shape, releases: Sequence[Release], came: Sequence[int]
) -> Iterator[tuple[int, str, int, tuple[int, int]]]:
    """Masked cells that leave the criterion: release, cell, true count, reach."""
    attacker = Attacker(shape, [Paper.of(release, shape) for release in releases], came)
    for number, release in enumerate(releases):
        for cell in sorted({cell for table in release.tables for cell in table.cells}):
            count = release.counts[cell]
            if not (cell in release.masked or 1 <= count <= 10) or count == 0:
                continue
            least, most = attacker.reach(number, cell)
            is_safe = least <= 1 and most >= 10 if count <= 10 else least < most
            if not is_safe:
                yield number, cell, count, (least, most)
