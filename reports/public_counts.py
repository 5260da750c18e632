"""Public counts: the cells of the fixed list counted over a quarter, and how they stand to each
other.

Which tables there are is told in `public_tables.toml`; what may be shown is `suppression`'s to say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from reports.disclosure import Line, Relation, Table
from reports.engine import Engine, Parameters
from reports.measuring import UNKNOWN, count_of, population, subjects, verdicts
from reports.public_tables import PublicTables, public_tables

NUMERATOR, DENOMINATOR, REST = "numerator", "denominator", "rest"
# What a person is of once and for all: of people these splits add up, others overlap.
_LASTING = {"sex", "race_ethnicity", "language"}
Rows = list[tuple[tuple[str, ...], dict[str, int]]]


@dataclass(frozen=True, slots=True)
class Layout:
    """A table as it is printed: strata and their values in order; a two-way table has two."""

    measure: str
    strata: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    figures: tuple[str, ...]

    @property
    def name(self) -> str:
        return "/".join((self.measure, *self.strata))

    def key(self, figure: str, *values: str | None) -> str:
        """The key of a cell; no value of a stratum means all."""
        split = (
            f"{stratum}={value}"
            for stratum, value in zip(self.strata, values, strict=False)
            if value is not None
        )
        return "|".join((self.measure, figure, *split))


@dataclass(frozen=True)
class Counted:
    """Counts by the key of their cell; the tables of the list, and how each is laid out by name."""

    counts: dict[str, int] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    layouts: dict[str, Layout] = field(default_factory=dict)

    def of(self, measures: Iterable[str]) -> list[Layout]:
        """Layouts of the measures' tables, in their order."""
        return [
            layout
            for measure in measures
            for layout in self.layouts.values()
            if layout.measure == measure
        ]


def count_public(facts: Mapping[str, pl.DataFrame], parameters: Parameters) -> Counted:
    """Every table of the list. Takes what `measuring.measure` takes."""
    made = Counted()
    with population(facts, parameters) as opened:
        for spec in public_tables().values():
            subjects(opened, spec.definition)
            _count(made, opened, spec)
    return made


def _count(made: Counted, opened: Engine, spec: PublicTables) -> None:
    for stratum in spec.by:
        _one_way(made, opened, spec, stratum)
    for pair in spec.crossed:
        _two_way(made, opened, spec, pair)
    for name in spec.breakdowns:
        _breakdown(made, opened, spec, name)


def _one_way(made: Counted, opened: Engine, spec: PublicTables, stratum: str) -> None:
    total, rows = _asked(opened, spec), _asked(opened, spec, stratum)
    figures = (NUMERATOR, DENOMINATOR) if spec.is_share else (NUMERATOR,)
    values = tuple(value for (value,), counts in rows if counts[figures[-1]])
    layout = Layout(spec.measure, (stratum,), (values,), figures)
    for value, counts in [((), total[0][1]), *((key, counts) for key, counts in rows)]:
        if not value or value[0] in values:
            _keep(made, layout, value, counts, (*figures, REST) if spec.is_share else figures)
    relation = _relation(spec, stratum)
    lines = [_line(layout, figure, relation) for figure in figures]
    rests = [_rest(layout, value) for value in (None, *values)] if spec.is_share else []
    made.layouts[layout.name] = layout
    made.tables[layout.name] = Table(
        layout.name,
        layout.key(figures[-1]),
        (*lines, *rests),
        tuple((rest.parts[0], rest.total) for rest in rests),
        frozenset(rest.parts[1] for rest in rests),
        _ties(spec, layout),
        frozenset(layout.key(figures[-1], value) for value in values),
    )


def _two_way(made: Counted, opened: Engine, spec: PublicTables, pair: tuple[str, str]) -> None:
    """The numerator by two strata, with the margins that their one-way tables have."""
    ways = [tuple(v for (v,), told in _asked(opened, spec, one) if told[NUMERATOR]) for one in pair]
    layout = Layout(spec.measure, pair, tuple(ways), (NUMERATOR,))
    cells = {(row, column): 0 for row in ways[0] for column in ways[1]}
    cells |= {
        (row, column): told[NUMERATOR]
        for (row, column), told in _asked(opened, spec, *pair)
        if told[NUMERATOR]
    }
    for both, count in cells.items():
        _keep(made, layout, both, {NUMERATOR: count}, (NUMERATOR,))
    margins: list[tuple[str | None, ...]] = [(), *((one,) for one in ways[0])]
    for values in [*margins, *((None, one) for one in ways[1])]:
        key = layout.key(NUMERATOR, *values)
        made.counts.setdefault(key, _margin(opened, spec, pair, values))
    first, second = (_relation(spec, one) for one in pair)
    total = layout.key(NUMERATOR)
    lines = [
        Line(total, tuple(layout.key(NUMERATOR, one) for one in ways[0]), first),
        Line(total, tuple(layout.key(NUMERATOR, None, one) for one in ways[1]), second),
        *(
            Line(
                layout.key(NUMERATOR, row),
                tuple(layout.key(NUMERATOR, row, column) for column in ways[1]),
                second,
            )
            for row in ways[0]
        ),
        *(
            Line(
                layout.key(NUMERATOR, None, column),
                tuple(layout.key(NUMERATOR, row, column) for row in ways[0]),
                first,
            )
            for column in ways[1]
        ),
    ]
    made.layouts[layout.name] = layout
    listed = frozenset(part for line in lines[:2] for part in line.parts)
    made.tables[layout.name] = Table(layout.name, total, tuple(lines), listed=listed)


def _margin(
    opened: Engine, spec: PublicTables, pair: tuple[str, str], values: tuple[str | None, ...]
) -> int:
    """The count of a value of one of the two strata, or of all."""
    split = [(one, value) for one, value in zip(pair, values, strict=False) if value is not None]
    rows = _asked(opened, spec, *(one for one, _ in split))
    return dict(rows)[tuple(value for _, value in split)][NUMERATOR]


def _breakdown(made: Counted, opened: Engine, spec: PublicTables, name: str) -> None:
    """The numerator by the values of a list: whoever has several counts in each."""
    counts = opened.ask(f"""
SELECT value, {count_of(spec.definition)} AS {NUMERATOR}
FROM (SELECT person_id, unnest({name}) AS value FROM subjects
      WHERE is_in_period AND {verdicts(spec.part, "yes")})
GROUP BY value ORDER BY value = '{UNKNOWN}', value
""")
    rows = dict(counts.iter_rows())
    layout = Layout(spec.measure, (name,), (tuple(rows),), (NUMERATOR,))
    _keep(made, layout, (), _asked(opened, spec)[0][1], (NUMERATOR,))
    for value, count in rows.items():
        _keep(made, layout, (value,), {NUMERATOR: count}, (NUMERATOR,))
    relation = Relation.PARTITION if name in spec.single else Relation.COVER
    line = _line(layout, NUMERATOR, relation)
    made.layouts[layout.name] = layout
    made.tables[layout.name] = Table(layout.name, line.total, (line,), listed=frozenset(line.parts))


def _asked(opened: Engine, spec: PublicTables, *strata: str) -> Rows:
    """Numerator, denominator and rest by values of the strata, unknown ones last."""
    count, split = count_of(spec.definition), ", ".join(strata)
    order = ", ".join(f"{one} = '{UNKNOWN}', {one}" for one in strata)
    told = opened.ask(f"""
SELECT {", ".join((*strata, ""))} {count} FILTER ({verdicts(spec.part, "yes")}) AS {NUMERATOR},
       {count} FILTER ({verdicts(spec.part, "yes", "no")}) AS {DENOMINATOR}
FROM subjects WHERE is_in_period {f"GROUP BY {split} ORDER BY {order}" if strata else ""}
""")
    return [
        (tuple(values), {NUMERATOR: part, DENOMINATOR: whole, REST: whole - part})
        for *values, part, whole in told.iter_rows()
    ]


def _keep(
    made: Counted,
    layout: Layout,
    values: tuple[str, ...],
    counts: Mapping[str, int],
    figures: Iterable[str],
) -> None:
    for figure in figures:
        made.counts[layout.key(figure, *values)] = counts[figure]


def _line(layout: Layout, figure: str, relation: Relation) -> Line:
    parts = (layout.key(figure, value) for value in layout.values[0])
    return Line(layout.key(figure), tuple(parts), relation)


def _rest(layout: Layout, value: str | None) -> Line:
    """The numerator and those who are not in it make the denominator."""
    parts = (layout.key(NUMERATOR, value), layout.key(REST, value))
    return Line(layout.key(DENOMINATOR, value), parts)


def _relation(spec: PublicTables, stratum: str) -> Relation:
    told = spec.definition
    adds_up = not told.is_of_people or stratum in _LASTING
    return Relation.PARTITION if adds_up else Relation.COVER


def _ties(spec: PublicTables, layout: Layout) -> tuple[Line, ...]:
    """What the denominator has to do with the figure of another measure that it lies within."""
    if spec.within is None:
        return ()
    measure, figure = spec.within
    around = Layout(measure, layout.strata, layout.values, (figure,))
    return tuple(
        Line(around.key(figure, value), (layout.key(DENOMINATOR, value),), Relation.WITHIN)
        for value in (None, *layout.values[0])
    )
