"""XLSX: the first visible sheet as text; typed cells give the text that the contract parses.

Hidden sheets are passed over. The header is the first row that holds anything; `row_number` counts
the sheet's rows from there, empty ones too, so that row n lies n rows below the header.
"""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from pipelines.io.readers import limits
from pipelines.io.readers.archive import UnsoundArchiveError
from pipelines.io.readers.rows import MISSHAPEN, Raw, framed, headings
from pipelines.io.readers.sheets import Sheet, address, contents, first_visible

_ROWS_AT_ONCE = 50_000
_TOO_MANY_DIGITS = 10**limits.MOST_DIGITS

Row = tuple[int, list[str]]  # the sheet's row number, and its texts from column A on


def header(path: Path, place: str) -> list[str]:
    """Column names. Raises RefusedInputError where there are none."""
    with _texts(path, place) as rows:
        return _heading(rows, place)[2]


def read(path: Path, place: str) -> Raw:
    """Rows as text. Raises RefusedInputError, by cell address where a cell is the reason.

    Cells with content outside the header's columns make their row a misshapen one.
    """
    with _texts(path, place) as rows:
        return _table(rows, place)


def read_sheets(
    path: Path, place: str, wanted: Collection[str], passed_over: Collection[str]
) -> dict[str, Raw]:
    """The sheets of the wanted names, hidden or not, each as `read` gives the first visible one.

    Raises RefusedInputError as `read`, and where a visible sheet has a name of neither sort.
    """
    with _refused_at(place):
        seen = contents(path)
        chosen = [n for n, name in enumerate(seen.names) if name in wanted]
        for position, name in enumerate(seen.names):
            if seen.is_visible[position] and name not in {*wanted, *passed_over}:
                raise UnsoundArchiveError(
                    "sheet_name", f"sheet {position + 1} is none of those that were issued; give "
                    "it its name back, or take it out.",
                )  # fmt: skip
        with _opened(path) as book:
            _check_names(book, seen.names)
            return {
                seen.names[position]: _sheet_table(book, seen.sheets[position], position, place)
                for position in chosen
            }


def _sheet_table(book: CalamineWorkbook, seen: Sheet | None, position: int, place: str) -> Raw:
    if seen is None:
        raise UnsoundArchiveError("unreadable", f"sheet {position + 1} has no cells.")
    _check_cells(seen, position)
    rows = _filled(book.get_sheet_by_index(position), seen, position)
    return _table(rows, f"{place}, sheet {position + 1}")


def _table(rows: Iterator[Row], place: str) -> Raw:
    """The table that begins in the first row that holds anything."""
    top, left, names = _heading(rows, place)
    parts, misshapen = [framed([], names)], []
    sound: list[tuple[int, list[str]]] = []
    for number, texts in rows:
        inside, outside = _cut(texts, left, len(names))
        if outside:
            misshapen.append(_misshapen(number - top, texts, left, len(names)))
        else:
            sound.append((number - top, inside))
        if len(sound) == _ROWS_AT_ONCE:
            parts.append(framed(sound, names))
            sound = []
    parts.append(framed(sound, names))
    return Raw(pl.concat(parts), pl.DataFrame(misshapen, MISSHAPEN, orient="row"))


@contextmanager
def _texts(path: Path, place: str) -> Iterator[Iterator[Row]]:
    """The rows that hold anything, as text. Whatever the file does to its reader is a refusal."""
    with _refused_at(place):
        position, names, seen = first_visible(path)
        _check_cells(seen, position)
        with _opened(path) as book:
            _check_names(book, names)
            yield _filled(book.get_sheet_by_index(position), seen, position)


@contextmanager
def _refused_at(place: str) -> Iterator[None]:
    try:
        yield
    except UnsoundArchiveError as trouble:
        raise trouble.at(place) from None


@contextmanager
def _opened(path: Path) -> Iterator[CalamineWorkbook]:
    """The workbook; what its reader raises, or a panic in it, is told without its text."""
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            yield book
    except BaseException as trouble:
        # A panic of the compiled reader is no Exception, and its class cannot be imported.
        if isinstance(trouble, CalamineError) or type(trouble).__name__ == "PanicException":
            raise UnsoundArchiveError(
                "unreadable", "the workbook is damaged. Save it again as XLSX."
            ) from None
        raise


def _check_names(book: CalamineWorkbook, names: list[str]) -> None:
    """What was looked at must be what is read."""
    if book.sheet_names != names:
        raise UnsoundArchiveError("unreadable", "not a whole workbook. Save it again as XLSX.")


def _check_cells(seen: Sheet, position: int) -> None:
    for cells, code, said in (
        (seen.formulas, "formula", "a formula; copy and paste as values"),
        (seen.errors, "cell_error", "an error such as #N/A; correct or empty it"),
        (
            seen.padded,
            "leading_zeros",
            (
                "a number that is only shown with leading zeros; format the column as text and "
                "enter it with its zeros, or save the sheet as CSV, which keeps them"
            ),
        ),
    ):
        if cells.count:
            more = f" (and {cells.count - 1} more)" if cells.count > 1 else ""
            where = f"cell {address(*cells.first)} of sheet {position + 1}{more}"
            raise UnsoundArchiveError(code, f"{where} holds {said}.")


def _filled(sheet: CalamineSheet, seen: Sheet, position: int) -> Iterator[Row]:
    if sheet.start is None:
        return
    margin, midnights = [""] * sheet.start[1], _midnights(sheet, seen)
    for number, values in enumerate(sheet.iter_rows(), 1):
        texts = [
            value if type(value) is str else _text(value, (number, column), midnights, position)
            for column, value in enumerate(values, len(margin) + 1)
        ]
        if any(text and not text.isspace() for text in texts):
            yield number, margin + texts


def _midnights(sheet: CalamineSheet, seen: Sheet) -> set[tuple[int, int]]:
    """Cells shown with a time of day, in columns where not every such time is midnight.

    A whole day in them is a midnight; a column of midnights only is one of days.
    """
    if not seen.timed or sheet.start is None:
        return set()
    left = sheet.start[1] + 1
    timed = {
        column
        for values in sheet.iter_rows()
        for column, value in enumerate(values, left)
        if type(value) is datetime
    }
    return {(row, column) for row, column in seen.timed if column in timed}


def _text(value: Any, cell: tuple[int, int], midnights: set[tuple[int, int]], position: int) -> str:  # noqa: ANN401
    """A typed cell's value as text."""
    if type(value) is float and abs(value) >= _TOO_MANY_DIGITS:
        raise UnsoundArchiveError(
            "number_length",
            f"cell {address(*cell)} of sheet {position + 1} holds a number of over "
            f"{limits.MOST_DIGITS} digits, of which a spreadsheet keeps no more. Format the "
            "column as text and enter the value again.",
        )
    if type(value) is date and cell in midnights:
        return f"{value.isoformat()}T00:00:00"
    return _FORMS[type(value)](value)


def _number(value: float) -> str:
    """Without an exponent, and whole numbers without a fraction."""
    return format(Decimal(int(value) if value.is_integer() else repr(value)), "f")


def _duration(value: timedelta) -> str:
    """Hours, minutes and seconds, as a format that counts hours on shows them."""
    seconds = round(value.total_seconds())
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _clock(value: time) -> str:
    return value.isoformat("auto" if value.second or value.microsecond else "minutes")


_FORMS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "yes" if value else "no",
    int: str,
    float: _number,
    date: date.isoformat,
    datetime: datetime.isoformat,
    time: _clock,
    timedelta: _duration,
}


def _heading(rows: Iterator[Row], place: str) -> tuple[int, int, list[str]]:
    """Row number of the header, how many empty columns stand left of it, and its names."""
    top, texts = next(rows, (0, []))
    filled = [column for column, text in enumerate(texts) if text.strip()]
    left = filled[0] if filled else 0
    return top, left, headings(texts[left : filled[-1] + 1] if filled else [], place)


def _cut(texts: list[str], left: int, width: int) -> tuple[list[str], bool]:
    """The texts below the header, and whether any stands elsewhere."""
    inside = texts[left : left + width]
    outside = any(text.strip() for text in (*texts[:left], *texts[left + width :]))
    return [*inside, *[""] * (width - len(inside))], outside


def _misshapen(number: int, texts: list[str], left: int, width: int) -> tuple[int, str, str]:
    filled = [column for column, text in enumerate(texts, 1) if text.strip()]
    outside = next(column for column in filled if not left < column <= left + width)
    letters = address(1, outside)[:-1]
    said = f"has content in column {letters}, outside the {width} columns of the header"
    return number, said, json.dumps(texts, ensure_ascii=False)
