"""Figures: counted rows of measures as what a page and a workbook say of them.

Wording and grouping belong here; counting is `measuring`, drawing and arranging are the page's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from reports.disclosure import is_small
from reports.measure import Definition, Kind, definition
from reports.measuring import ALL, COMMON_STRATA, CONDITION, TREND, UNKNOWN
from reports.words import counted, dollars, label, month_label, percent, tenths, whole

Row = dict[str, Any]
Labels = Mapping[str, Mapping[str, str]]
Targets = Mapping[tuple[str, str], int]
_CODE = re.compile(r"^[0-9a-z_+-]+$")
_CHANGES = {1: "up", 0: "unchanged", -1: "down"}


@dataclass(frozen=True)
class Cell:
    """A figure: what is read first, what stands beside it, and whether it counts few people."""

    main: str
    beside: str
    is_small: bool


@dataclass(frozen=True)
class Headline:
    """A figure of the whole period with its target, its trend and what is not in it."""

    title: str
    meaning: str
    cell: Cell
    left_out: str
    target: str
    is_met: bool | None
    trend: str


@dataclass(frozen=True)
class Group:
    """Rows of one stratum: its heading, and for each value a name and a cell for each part."""

    title: str
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]


@dataclass(frozen=True)
class Section:
    """One measure: its words, its headlines, its table."""

    definition: Definition
    headlines: tuple[Headline, ...]
    groups: tuple[Group, ...]
    result: pl.DataFrame


def sections(
    result: pl.DataFrame, names: tuple[str, ...], labels: Labels, targets: Targets
) -> list[Section]:
    """The measures' sections in order. `labels`: stratum to code to name, where there are names."""
    return [
        _section(definition(name), result.filter(measure=name), labels, targets) for name in names
    ]


def _section(told: Definition, result: pl.DataFrame, labels: Labels, targets: Targets) -> Section:
    headlines = tuple(_headline(told, part, result, targets) for part in told.parts)
    return Section(told, headlines, _groups(told, result, labels), result)


def _headline(told: Definition, part: str, result: pl.DataFrame, targets: Targets) -> Headline:
    row = result.filter(part=part, stratum=ALL).row(0, named=True)
    target = targets.get((told.name, part))
    some, of = ratio(told, row)
    return Headline(
        title=told.parts[part].title,
        meaning=told.parts[part].meaning,
        cell=cell(told, row),
        left_out=_left_out(row),
        target="" if target is None else f"target {target}%",
        is_met=None if target is None or not of else (some or 0) * 100 >= target * of,
        trend=_trend(told.parts[part].kind, result.filter(part=part, stratum=TREND)),
    )


def cell(told: Definition, row: Row) -> Cell:
    """The figure of a row."""
    some = counted(row["numerator"] or 0, told.unit, f"{told.unit}s")
    match told.parts[row["part"]].kind:
        case Kind.SHARE:
            main = percent(*ratio(told, row))
            beside = f"{whole(row['numerator'])} of {whole(row['denominator'])}"
            is_small = _is_small(row["numerator"]) or _is_small(row["denominator"])
        case Kind.COUNT:
            main, beside, is_small = whole(row["numerator"]), "", _is_small(row["numerator"])
        case Kind.DAYS:
            main, beside = tenths(row["median_days"]), f"days, of {whole(row['denominator'])}"
            is_small = _is_small(row["denominator"])
        case Kind.DOLLARS:
            main, beside = dollars(row["amount"]), some
            is_small = _is_small(row["numerator"])
        case Kind.DOLLAR_SHARE:
            main = percent(*ratio(told, row))
            beside = f"{dollars(row['amount'])} of {dollars(row['amount_of'])}"
            is_small = _is_small(row["numerator"])
        case Kind.DOLLAR_DAYS:
            main = tenths(row["median_days"])
            beside = f"days, {dollars(row['amount'])}"
            is_small = _is_small(row["numerator"])
    return Cell(main, beside, is_small)


def ratio(told: Definition, row: Row) -> tuple[int | None, int | None]:
    """What a share is of: two counts, or two sums in cents."""
    if told.parts[row["part"]].kind is Kind.DOLLAR_SHARE:
        return int(row["amount"] * 100), int(row["amount_of"] * 100)
    return row["numerator"], row["denominator"]


def _is_small(count: int | None) -> bool:
    return count is not None and is_small(count)


def _left_out(row: Row) -> str:
    """What stands in no share: exempt, open, unknown."""
    return ", ".join(
        f"{whole(row[one])} {one}" for one in ("exempt", "open", "unknown") if row[one]
    )


def _trend(kind: Kind, months: pl.DataFrame) -> str:
    """The last month that has a figure against the one before it."""
    if kind is not Kind.SHARE:
        return ""
    judged = months.filter(pl.col("denominator") > 0).sort("value").tail(2).to_dicts()
    if len(judged) < 2:  # noqa: PLR2004 - two months make a change
        return ""
    before, last = (round(100 * row["numerator"] / row["denominator"]) for row in judged)
    points = abs(last - before)
    way = _CHANGES[(last > before) - (last < before)]
    told = f"{way} {counted(points, 'point', 'points')}" if points else way
    return f"{month_label(judged[1]['value'])} {told}"


def _groups(told: Definition, result: pl.DataFrame, labels: Labels) -> tuple[Group, ...]:
    strata = ("month", "facility_id", *told.strata, *told.breakdowns,
              *(one for one in COMMON_STRATA[2:]), CONDITION)  # fmt: skip
    every = (_group(told, stratum, result, labels) for stratum in strata)
    return tuple(group for group in every if group.rows)


def _group(told: Definition, stratum: str, result: pl.DataFrame, labels: Labels) -> Group:
    rows = result.filter(stratum=stratum)
    title = told.breakdowns[stratum].title if stratum in told.breakdowns else label(stratum)
    if stratum == "month" and rows["value"].n_unique() < 2:  # noqa: PLR2004 - one month is the period
        return Group(title, ())
    found = {(row["value"], row["part"]): cell(told, row) for row in rows.iter_rows(named=True)}
    values = dict.fromkeys(value for value, _ in found)
    named = [(name_of(stratum, value, labels), value) for value in values]
    return Group(
        title,
        tuple(
            (name, tuple(found.get((value, part)) for part in told.parts)) for name, value in named
        ),
    )


def name_of(stratum: str, value: str, labels: Labels) -> str:
    """A value of a stratum as people call it."""
    if stratum in {"month", TREND, "service_month"} and value != UNKNOWN:
        return month_label(value)
    if stratum.endswith("_by_month"):
        month, _, named = value.partition(" ")
        return f"{month_label(month)}: {label(named) if _CODE.match(named) else named}"
    known = labels.get(stratum, {}).get(value)
    return known or (label(value) if _CODE.match(value) else value)
