"""The record of a release: what the ledger keeps of it, so that later ones are audited beside it.

Writing a release as plain data and reading it back belongs here. It holds true counts, masked ones
included: it stays in the ledger.
"""

from collections.abc import Mapping
from typing import Any

from reports.disclosure import Line, Relation, Release, Table

Record = dict[str, Any]


def to_record(release: Release) -> Record:
    """The release as JSON has it; its cells are told once and referred to by their place."""
    cells = list(release.counts)
    place = {cell: number for number, cell in enumerate(cells)}
    return {
        "cells": cells,
        "counts": list(release.counts.values()),
        "masked": sorted(place[cell] for cell in release.masked),
        "rates": sorted([place[part], place[of]] for part, of in release.rates),
        "tables": [_table(table, place) for table in release.tables],
    }


def from_record(record: Mapping[str, Any]) -> Release:
    """The release that `to_record` told."""
    cells = record["cells"]
    return Release(
        tuple(_read(told, cells) for told in record["tables"]),
        dict(zip(cells, record["counts"], strict=True)),
        frozenset(cells[one] for one in record["masked"]),
        frozenset((cells[part], cells[of]) for part, of in record["rates"]),
    )


def _table(table: Table, place: Mapping[str, int]) -> Record:
    # A tie to a table of another release is told by that table's own words.
    return {
        "name": table.name,
        "total": place[table.total],
        "lines": [_line(line, place) for line in table.lines],
        "rates": [[place[part], place[of]] for part, of in table.rates],
        "hidden": sorted(place[cell] for cell in table.hidden),
        "listed": sorted(place[cell] for cell in table.listed),
        "ties": [[line.relation, line.total, list(line.parts)] for line in table.ties],
    }


def _line(line: Line, place: Mapping[str, int]) -> list[object]:
    return [line.relation, place[line.total], [place[part] for part in line.parts]]


def _read(told: Mapping[str, Any], cells: list[str]) -> Table:
    return Table(
        told["name"],
        cells[told["total"]],
        tuple(
            Line(cells[total], tuple(cells[part] for part in parts), Relation(relation))
            for relation, total, parts in told["lines"]
        ),
        tuple((cells[part], cells[of]) for part, of in told["rates"]),
        frozenset(cells[one] for one in told["hidden"]),
        tuple(
            Line(total, tuple(parts), Relation(relation)) for relation, total, parts in told["ties"]
        ),
        frozenset(cells[one] for one in told["listed"]),
    )
