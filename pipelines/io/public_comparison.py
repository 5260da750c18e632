"""Public comparison: what two releases of the public form print otherwise, and which facts did it.

Cells are told as they are printed: no masked count leaves by a comparison. Where the steps from one
release to the other come from is `report_comparison`'s business.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pipelines.io import reported
from pipelines.io.public_reporting import public_counts
from pipelines.io.reporting import labels
from pipelines.io.workspace import View
from reports.disclosure import Release
from reports.period import Period
from reports.public_counts import Counted
from reports.public_rows import MASK, cell_names
from reports.public_tables import public_packs

WITHHELD = "withheld"


@dataclass(frozen=True)
class Look:
    """What is known after a step, the period looked at, and what the step was."""

    view: View
    period: Period
    cause: str

    def counted(self) -> Counted:
        facts = reported.facts(self.view, reported.derived(self.view))
        return public_counts(self.view, self.period, facts)


def published_changes(
    report: str, before: Release, after: Release, looks: Sequence[Look]
) -> list[dict[str, Any]]:
    """Measure, figure, before, after, cause of every cell that is printed otherwise."""

    @cache
    def at(place: int) -> Counted:
        return looks[place].counted()

    steps = list(changing(len(looks), lambda one, other: at(one).counts == at(other).counts))
    names: dict[str, tuple[str, str]] = {}
    for place in (0, len(looks) - 1):
        view = looks[place].view
        named = labels(view, reported.facts(view, reported.derived(view)))
        names |= cell_names(at(place), public_packs()[report], named)
    return [
        {
            "measure": names[cell][0],
            "figure": names[cell][1],
            "before": _printed(before, cell),
            "after": _printed(after, cell),
            "cause": "; ".join(
                looks[place].cause
                for place in steps
                if at(place - 1).counts.get(cell, 0) != at(place).counts.get(cell, 0)
            )
            or "masked otherwise",
        }
        for cell in names
        if _printed(before, cell) != _printed(after, cell)
    ]


def _printed(release: Release, cell: str) -> str:
    if cell in release.masked:
        return MASK
    return str(release.counts[cell]) if cell in release.counts else WITHHELD


def changing(places: int, is_same: Callable[[int, int], bool]) -> Iterator[int]:
    """The places at which something is not as at the place before.

    Where both ends of a stretch are equal, nothing within it is looked at: each look costs a count
    of everything.
    """

    def between(first: int, last: int) -> Iterator[int]:
        if first == last or is_same(first, last):
            return
        if last - first == 1:
            yield last
            return
        middle = (first + last) // 2
        yield from between(first, middle)
        yield from between(middle, last)

    return between(0, places - 1)
