"""Public rows: the cells of a public release as they are printed: a count, or the mask sign.

Wording of cells and the flat table for machines belong here; masking is `suppression`, arranging
is the page's and the workbook's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import polars as pl

from reports.disclosure import Release
from reports.figures import Labels, name_of
from reports.measuring import ALL
from reports.public_counts import DENOMINATOR, NUMERATOR, Counted, Layout
from reports.public_tables import public_tables
from reports.words import label, rounded_percent, whole

MASK = "*"
MEANING = (
    f"{MASK} stands for a masked count. Counts from 1 to 10 are masked so that nobody can be "
    "recognized, and others beside them so that no masked count can be worked out from totals, "
    "from shares or from earlier releases. Zero is shown as 0, unless its total is masked."
)
ROWS = pl.Schema(
    [("measure_id", pl.String()), ("measure_title", pl.String()), ("part", pl.String()),
     ("part_title", pl.String()), ("row_stratum", pl.String()), ("row_value", pl.String()),
     ("row_label", pl.String()), ("column_stratum", pl.String()), ("column_value", pl.String()),
     ("column_label", pl.String()), ("count", pl.String()), ("of", pl.String()),
     ("percent", pl.String())]
)  # fmt: skip


@dataclass(frozen=True)
class Printed:
    """A table for people: headings, rows of cells and the row of totals; none where withheld."""

    title: str
    first: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    total: tuple[str, ...]
    is_withheld: bool


def printed(layout: Layout, release: Release, labels: Labels) -> Printed:
    """A table as it stands on a page."""
    spec = public_tables()[layout.measure]
    part = spec.definition.parts[spec.part].title
    first, *other = (_named(layout, one) for one in layout.strata)
    title = f"{part}, by {' and '.join([first, *other]).lower()}"
    if layout.name not in {table.name for table in release.tables}:
        return Printed(title, first, (), (), (), is_withheld=True)
    values = [(value, name_of(layout.strata[0], value, labels)) for value in layout.values[0]]
    told = tuple((name, _cells(layout, release, value)) for value, name in values)
    total = _cells(layout, release, None)
    return Printed(title, first, _columns(layout, part, labels), told, total, is_withheld=False)


def rows(
    counted: Counted, release: Release, measures: Iterable[str], labels: Labels
) -> pl.DataFrame:
    """Every printed cell of the measures for machines (`ROWS`); withheld tables have none."""
    kept = {table.name for table in release.tables}
    told = [
        row
        for layout in counted.of(measures)
        if layout.name in kept
        for row in _flat(layout, release, labels)
    ]
    return pl.DataFrame(told, schema=ROWS, orient="row")


def for_machines(flat: pl.DataFrame) -> pl.DataFrame:
    """The rows with numbers as numbers: a masked one is null, and `masked` names it."""
    figures = ("count", "of", "percent")
    signs = [pl.when(pl.col(one) == MASK).then(pl.lit(one)) for one in figures]
    return flat.with_columns(
        *(pl.col(one).cast(pl.Int64, strict=False) for one in figures),
        masked=pl.concat_list(signs).list.drop_nulls(),
    )


def cell_names(
    counted: Counted, measures: Iterable[str], labels: Labels
) -> dict[str, tuple[str, str]]:
    """Every printed cell by its key: the measure's id, and what the cell counts."""
    return {
        layout.key(figure, *values): (
            public_tables()[layout.measure].definition.id,
            _cell_name(layout, figure, values, labels),
        )
        for layout in counted.of(measures)
        for values in _places(layout)
        for figure in layout.figures
    }


def _cell_name(layout: Layout, figure: str, values: Sequence[str | None], labels: Labels) -> str:
    spec = public_tables()[layout.measure]
    title = spec.definition.parts[spec.part].title
    split = [
        name_of(stratum, value, labels)
        for stratum, value in zip(layout.strata, values, strict=True)
        if value is not None
    ]
    return ", ".join([title if figure == NUMERATOR else f"{title}: of", *(split or ["all"])])


def _flat(layout: Layout, release: Release, labels: Labels) -> Iterator[tuple[str | None, ...]]:
    spec = public_tables()[layout.measure]
    told = spec.definition
    head = (told.id, told.title, spec.part, told.parts[spec.part].title)
    for values in _places(layout):
        sides = [side for place in range(2) for side in _side(layout, place, values, labels)]
        yield (*head, *sides, *_figures(layout, release, *values))


def _places(layout: Layout) -> Iterator[tuple[str | None, ...]]:
    """The values of every cell in order, totals last in their row and column."""
    yield from product(*((*values, None) for values in layout.values))


def _side(
    layout: Layout, place: int, values: Sequence[str | None], labels: Labels
) -> tuple[str | None, str | None, str | None]:
    if place >= len(values):
        return (None, None, None)
    stratum, value = layout.strata[place], values[place]
    if value is None:
        return (stratum, ALL, "All")
    return (stratum, value, name_of(stratum, value, labels))


def _figures(
    layout: Layout, release: Release, *values: str | None
) -> tuple[str, str | None, str | None]:
    """Count, denominator and share; null where the table has none."""
    part, of = layout.key(NUMERATOR, *values), layout.key(DENOMINATOR, *values)
    if DENOMINATOR not in layout.figures:
        return (_count(release, part), None, None)
    share = MASK if release.counts[of] else None
    if (part, of) in release.rates:
        share = str(rounded_percent(release.counts[part], release.counts[of]))
    return (_count(release, part), _count(release, of), share)


def _count(release: Release, key: str) -> str:
    return MASK if key in release.masked else str(release.counts[key])


def _columns(layout: Layout, part: str, labels: Labels) -> tuple[str, ...]:
    if len(layout.strata) == 1:
        return (part, "Of", "Share") if DENOMINATOR in layout.figures else (part,)
    return (*(name_of(layout.strata[1], value, labels) for value in layout.values[1]), "All")


def _cells(layout: Layout, release: Release, row: str | None) -> tuple[str, ...]:
    if len(layout.strata) > 1:
        columns = (*layout.values[1], None)
        return tuple(_said(_figures(layout, release, row, column)[0]) for column in columns)
    count, of, share = _figures(layout, release, row)
    if DENOMINATOR not in layout.figures:
        return (_said(count),)
    return (_said(count), _said(of), f"{share}%" if share and share != MASK else _said(share))


def _said(told: str | None) -> str:
    return MASK if told == MASK else whole(None if told is None else int(told))


def _named(layout: Layout, stratum: str) -> str:
    breakdown = public_tables()[layout.measure].definition.breakdowns.get(stratum)
    return breakdown.title if breakdown else label(stratum)
