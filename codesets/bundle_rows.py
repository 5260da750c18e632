"""Rows of `care_bundles` as one whole: what a bundle and an element must have, and how they refer
to each other.

What a single cell may hold stands in the set's `set.toml`.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import polars as pl

SET: Final = "care_bundles"
BUNDLE: Final = "bundle"
"""`element` of the row that tells of the bundle itself."""

_OF_BUNDLES: Final = (
    "position", "release_model", "gate", "limit_count", "limit_scope", "service_date_rule",
    "procedure_code", "units", "charge_amount", "place_of_service", "claim_form", "detail_lines",
)  # fmt: skip
_OF_ELEMENTS: Final = ("evidence", "owner")
_ONLY_OF_BUNDLES: Final = (*_OF_BUNDLES, "facility_types", "requires", "excludes", "rate_amount")
_ONLY_OF_ELEMENTS: Final = (
    *_OF_ELEMENTS, "times", "after", "least_minutes", "least_days_supply", "participants",
    "credentials", "signers",
)  # fmt: skip
_AT_LEAST_ONE: Final = ("limit_count", "units", "times")
_DAYS: Final = ("earliest_day", "due_day", "latest_day")

Row = dict[str, Any]
Fault = tuple[int, str, str]
"""Row from 1, column, what is wrong with it and how to mend it."""


def fault(frame: pl.DataFrame) -> str | None:
    """What is wrong with an edition's rows, first of all: row, column, remedy. None if nothing."""
    rows = frame.with_row_index("row", offset=1).to_dicts()
    first = min((found for check in _CHECKS for found in check(rows)), default=None)
    return None if first is None else f"row {first[0]}, column {first[1]}: {first[2]}"


def _is_bundle(row: Row) -> bool:
    return bool(row["element"] == BUNDLE)


def _own(row: Row) -> tuple[Any, ...]:
    """What ties an element to its bundle."""
    return row["bundle"], row["valid_from"]


def _filled(rows: list[Row]) -> Iterator[Fault]:
    for row in rows:
        asked, barred = (
            (_OF_BUNDLES, _ONLY_OF_ELEMENTS)
            if _is_bundle(row)
            else (_OF_ELEMENTS, _ONLY_OF_BUNDLES)
        )
        what = "a bundle" if _is_bundle(row) else "an element"
        for name in asked:
            if row[name] is None or row[name] == []:
                yield row["row"], name, f"empty, and {what} needs it. Fill it in"
        for name in barred:
            if row[name] is not None:
                yield row["row"], name, f"{what} has none. Empty it"


def _counted(rows: list[Row]) -> Iterator[Fault]:
    for row in rows:
        for name in _AT_LEAST_ONE:
            if row[name] is not None and row[name] < 1:
                yield row["row"], name, "less than 1. Give how often or how many"
        for name in ("charge_amount", "rate_amount"):
            if row[name] is not None and row[name] < 0:
                yield row["row"], name, "below zero. Give dollars"


def _dated(rows: list[Row]) -> Iterator[Fault]:
    for row in rows:
        days = [row[name] for name in _DAYS if row[name] is not None]
        if days != sorted(days):
            told = "earliest, due and latest day are not in order. Put them in order"
            yield row["row"], "latest_day", told
        if days and row["day_anchor"] is None:
            yield row["row"], "day_anchor", "empty beside days. Say what they count from"


def _tied(rows: list[Row]) -> Iterator[Fault]:
    """Each element has its bundle, each bundle an element."""
    bundles = {_own(row) for row in rows if _is_bundle(row)}
    made = {_own(row) for row in rows if not _is_bundle(row)}
    for row in rows:
        if _own(row) not in bundles:
            told = "no row of the bundle itself with this valid_from. Add one, element `bundle`"
            yield row["row"], "bundle", told
        elif _own(row) not in made:
            yield row["row"], "element", "the bundle is made of nothing. Add its elements"


def _ordered(rows: list[Row]) -> Iterator[Fault]:
    """`after` names elements of the same bundle, without a circle."""
    for own in dict.fromkeys(map(_own, rows)):
        elements = [row for row in rows if _own(row) == own and not _is_bundle(row)]
        yield from _named(elements, "element", "after", "element of the bundle")


def _related(rows: list[Row]) -> Iterator[Fault]:
    """`requires` names bundles of the file, without a circle; `excludes` those before it."""
    bundles = [row for row in rows if _is_bundle(row)]
    yield from _named(bundles, "bundle", "requires", "bundle of the file")
    places: dict[str, int] = {row["bundle"]: row["position"] or 0 for row in bundles}
    for row in bundles:
        own: int = row["position"] or 0
        for name in row["excludes"] or ():
            if places.get(name, own) >= own:
                told = f"{name} is no bundle of a lower position. Name one, or change positions"
                yield row["row"], "excludes", told


def _named(rows: list[Row], key: str, column: str, kind: str) -> Iterator[Fault]:
    names = {row[key]: list[str]() for row in rows}
    for row in rows:
        names[row[key]] += row[column] or []
    for row in rows:
        unknown = [name for name in row[column] or () if name not in names]
        if unknown:
            yield row["row"], column, f"{unknown[0]} is no {kind}. Correct it or add its row"
        elif _returns(row[key], names):
            yield row["row"], column, f"{row[key]} waits for itself. Take one of the names out"


def _returns(start: str, names: dict[str, list[str]]) -> bool:
    """Whether following the names leads back to where it began."""
    seen, ahead = set[str](), list(names[start])
    while ahead:
        name = ahead.pop()
        if name == start:
            return True
        if name not in seen:
            seen.add(name)
            ahead += names.get(name, [])
    return False


_CHECKS: Final[tuple[Callable[[list[Row]], Iterator[Fault]], ...]] = (
    _filled, _counted, _dated, _tied, _ordered, _related,
)  # fmt: skip
