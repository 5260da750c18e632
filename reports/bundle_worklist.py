"""The bundle worklist: a workbook with a sheet for each care manager, and one that sums them up.

Columns and bytes belong here; which bundles are in it does not. It names no person but by id.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

import polars as pl

from reports.spreadsheet import (
    Book,
    SheetColumn,
    Style,
    header_text,
    lay_out,
    level_rows,
    write_table,
)

_SUMMARY: Final = "Summary"
_NAME_MOST: Final = 31  # characters of a sheet's name
_FORBIDDEN: Final = r"[\[\]:*?/\\']"
_MANAGERS: Final = (
    SheetColumn("manager", "Care manager", 26),
    SheetColumn("stay_count", "Stays", 8, Style.WHOLE),
    SheetColumn("missing_count", "Missing", 9, Style.WHOLE),
    SheetColumn("amount", "Dollars at stake", 15, Style.MONEY),
    SheetColumn("due_on", "First due", 11, Style.DAY),
    SheetColumn("days_left", "Days left", 9, Style.WHOLE),
)
_ELEMENTS: Final = (
    SheetColumn("days_left", "Days left", 8, Style.WHOLE),
    SheetColumn("due_on", "Due", 11, Style.DAY),
    SheetColumn("amount", "Dollars at stake", 12, Style.MONEY),
    SheetColumn("stay_id", "Stay", 12),
    SheetColumn("person_id", "Person", 12),
    SheetColumn("facility_id", "Facility", 10),
    SheetColumn("release_on", "Release", 11, Style.DAY),
    SheetColumn("bundle", "Bundle", 26, Style.WRAPPED),
    SheetColumn("told", "What is missing", 34, Style.WRAPPED),
    SheetColumn("owner", "Who owes it", 17),
    SheetColumn("why_not", "Why the newest row does not count", 24, Style.WRAPPED),
    SheetColumn("file", "Its file", 22, Style.WRAPPED),
    SheetColumn("row_number", "Row", 7, Style.WHOLE),
)


def bundle_workbook(missing: pl.DataFrame, agency: str, as_of: date, known_at: datetime) -> bytes:
    """What is missing of bundles that can still be done, the nearest first, by care manager.

    `missing`: manager, stay_id, person_id, facility_id, bundle_id, ordinal, release_on, bundle and
    told (words), owner, due_on, days_left, amount (of the bundle, on each of its rows), why_not,
    file, row_number. Same input, same bytes.
    """
    book = Book(f"Care-management bundles {agency}, as of {as_of.isoformat()}", known_at)
    totals = _totals(missing)
    sheet = book.sheet(_SUMMARY)
    write_table(book, sheet, totals, _MANAGERS)
    lay_out(sheet, totals, _MANAGERS)
    for name, manager in _names(totals["manager"]):
        rows = missing.filter(manager=manager).sort(
            "days_left", "amount", "stay_id", "bundle_id", "told",
            descending=[False, True, False, False, False], nulls_last=True,
        )  # fmt: skip
        sheet = book.sheet(name)
        write_table(book, sheet, rows, _ELEMENTS)
        lay_out(sheet, rows, _ELEMENTS)
        level_rows(sheet, rows, _ELEMENTS)
        sheet.set_header(f"&L&B{header_text(name)}&B&R{header_text(agency)}, as of {as_of}")
        sheet.set_footer("&LHealth information.&RPage &P of &N")
    return book.to_bytes()


def _totals(missing: pl.DataFrame) -> pl.DataFrame:
    """A row a manager, most dollars first; a bundle's dollars count once."""
    once = missing.unique(["stay_id", "bundle_id", "ordinal"]).group_by("manager")
    dollars = once.agg(pl.col("amount").sum())
    counts = missing.group_by("manager").agg(
        pl.col("due_on", "days_left").min(),
        stay_count=pl.col("stay_id").n_unique(),
        missing_count=pl.len(),
    )
    return counts.join(dollars, on="manager").sort("amount", "manager", descending=[True, False])


def _names(managers: pl.Series) -> Iterator[tuple[str, str]]:
    """Sheet names that a workbook takes, each once, whatever a manager is called."""
    taken = {_SUMMARY.lower()}
    plain = managers.str.replace_all(_FORBIDDEN, " ").str.strip_chars()
    for base, manager in zip(plain, managers, strict=True):
        number, name = 1, base[:_NAME_MOST] or "Manager"
        while name.lower() in taken:
            number += 1
            name = f"{base[: _NAME_MOST - 4]} {number}"
        taken.add(name.lower())
        yield name, manager
