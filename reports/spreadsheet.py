"""Spreadsheets: how frames become sheets of a workbook that people work in.

Styles, column kinds and the writing of cells belong here; which sheets there are does not.
Text is written as text: nothing in a workbook is ever a formula, a link or a number made of data.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import partial
from io import BytesIO
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports.palette import ACCENT, INK, LINE, PALE, QUIET, REJECT

CELL_MOST = 32_767  # what one cell holds; the library drops longer text without a word


class Style(StrEnum):
    """What a cell holds and so how it looks."""

    TEXT = "text"
    WRAPPED = "wrapped"
    WHOLE = "whole"
    MONEY = "money"
    UNITS = "units"
    DAY = "day"
    SHARE = "share"
    TENTHS = "tenths"
    ENTRY = "entry"
    SUM = "sum"
    TALLY = "tally"
    MASKABLE = "maskable"
    MASKABLE_SHARE = "maskable share"


_TEXTS = {Style.TEXT, Style.WRAPPED, Style.ENTRY}
_MASKABLE = {Style.MASKABLE, Style.MASKABLE_SHARE}
_HEADER_HEIGHT = 30
_LINE_HEIGHT = 13.5
_LINES_MOST = 5
_FORMATS: dict[str, dict[str, Any]] = {
    Style.TEXT: {"num_format": "@", "align": "left", "indent": 1},
    Style.WRAPPED: {"num_format": "@", "text_wrap": True, "align": "left", "indent": 1},
    Style.WHOLE: {"num_format": "#,##0"},
    Style.MONEY: {"num_format": "$#,##0.00"},
    Style.UNITS: {"num_format": "#,##0.###"},
    Style.DAY: {"num_format": "mm/dd/yyyy", "align": "center"},
    Style.SHARE: {"num_format": "0%"},
    Style.TENTHS: {"num_format": "0.0"},
    Style.ENTRY: {
        "num_format": "@",
        "text_wrap": True,
        "bg_color": PALE,
        "left": 1,
        "left_color": LINE,
        "align": "left",
        "indent": 1,
    },
    Style.SUM: {"num_format": '$#,##0.00;-$#,##0.00;"-"', "align": "right"},
    Style.MASKABLE: {"num_format": "#,##0", "align": "right"},
    Style.MASKABLE_SHARE: {"num_format": "0%", "align": "right"},
    Style.TALLY: {"num_format": '#,##0;-#,##0;"-"', "align": "right"},
    "title": {"bold": True, "font_size": 18, "font_color": ACCENT, "bottom": 0},
    "heading": {"bold": True, "font_size": 12, "font_color": ACCENT, "bottom": 0},
    "quiet": {"font_color": QUIET, "bottom": 0},
    "prose": {"text_wrap": True, "bottom": 0},
    "alert": {"bold": True, "font_color": REJECT[1], "bottom": 0},
    "link": {"font_color": ACCENT, "underline": 1, "align": "left", "indent": 1},
    "figure": {
        "bold": True,
        "font_size": 16,
        "bottom": 0,
        "align": "left",
        "num_format": "$#,##0.00",
    },
}
_HEADER = {
    "bold": True,
    "font_color": "#ffffff",
    "bg_color": ACCENT,
    "text_wrap": True,
    "valign": "vcenter",
}
_TOTAL = {"bold": True, "top": 1, "bottom": 0}
_EVERY_CELL = {"font_name": "Calibri", "font_size": 10, "font_color": INK, "valign": "top"}
_RULED = {"bottom": 1, "bottom_color": LINE}


@dataclass(frozen=True)
class SheetColumn:
    """A column of a sheet: the frame's column, its heading, its width in characters."""

    name: str
    title: str
    width: float
    style: Style = Style.TEXT
    is_hidden: bool = False


@dataclass
class Book:
    """A workbook in memory. `known_at` stands as its creation time, so equal input, equal bytes."""

    title: str
    known_at: datetime
    buffer: BytesIO = field(default_factory=BytesIO)

    def __post_init__(self) -> None:
        # in_memory: the library's temporary files would hold persons' data outside the home.
        self.file = xlsxwriter.Workbook(
            self.buffer,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        created = self.known_at.astimezone(UTC).replace(tzinfo=None)
        self.file.set_properties({"title": self.title, "created": created})
        self._formats: dict[str, Format] = {}

    def sheet(self, name: str) -> Worksheet:
        sheet = self.file.add_worksheet(name)
        sheet.hide_gridlines(2)
        return sheet

    def format(self, name: str, *, is_total: bool = False) -> Format:
        key = f"{name} total" if is_total else name
        if key not in self._formats:
            wanted = _EVERY_CELL | _RULED | _FORMATS[name] | (_TOTAL if is_total else {})
            self._formats[key] = self.file.add_format(wanted)
        return self._formats[key]

    def header(self, style: Style) -> Format:
        """A heading that stands as the cells below it do."""
        key = f"{style} header"
        if key not in self._formats:
            kept = {k: v for k, v in _FORMATS[style].items() if k in {"align", "indent"}}
            side = {} if kept else {"align": "left" if style in _TEXTS else "right"}
            self._formats[key] = self.file.add_format(_EVERY_CELL | _HEADER | kept | side)
        return self._formats[key]

    def shade(self, colours: tuple[str, str]) -> Format:
        """What conditional formatting lays over a cell: fill and text colour."""
        fill, ink = colours
        return self.file.add_format({"bg_color": fill, "font_color": ink})

    def to_bytes(self) -> bytes:
        """Finish the workbook."""
        self.file.close()
        return self.buffer.getvalue()


def write_table(
    book: Book,
    sheet: Worksheet,
    frame: pl.DataFrame,
    columns: Sequence[SheetColumn],
    row: int = 0,
    *,
    has_total: bool = False,
) -> None:
    """Write a header and the frame's rows below it, from `row` on; the last may be their total."""
    sheet.set_row(row, _HEADER_HEIGHT)
    for place, column in enumerate(columns):
        sheet.write_string(row, place, column.title, book.header(column.style))
        sheet.set_column(place, place, column.width, None, {"hidden": column.is_hidden})
        values = _cells(frame.get_column(column.name), column.style)
        body = values[:-1] if has_total else values
        _write_down(sheet, row + 1, place, body, column.style, book.format(column.style))
        total = book.format(column.style, is_total=True) if has_total else None
        _write_down(sheet, row + 1 + len(body), place, values[len(body) :], column.style, total)


def lay_out(sheet: Worksheet, frame: pl.DataFrame, columns: Sequence[SheetColumn]) -> None:
    """Freeze and filter a table that begins in the first row, and set it up for paper."""
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, frame.height, len(columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)


def level_rows(sheet: Worksheet, frame: pl.DataFrame, columns: Sequence[SheetColumn]) -> None:
    """Give all rows the height that the longest wrapped text needs.

    One height, because sorting moves cells and leaves the heights of rows where they are.
    """
    wrapped = [column for column in columns if column.style is Style.WRAPPED]
    lines = frame.select(
        pl.max_horizontal(
            (pl.col(column.name).str.len_chars() / (column.width - 2)).ceil().max()
            for column in wrapped
        )
    ).item()
    sheet.set_default_row(_LINE_HEIGHT * min(max(lines or 1, 1), _LINES_MOST) + 3)


def header_text(text: str) -> str:
    """Text as a printed header or footer takes it, where `&` begins a code."""
    return text.replace("&", "&&")


def _write_down(
    sheet: Worksheet, row: int, place: int, values: list[Any], style: Style, shape: Format | None
) -> None:
    write = _writer(sheet, style)
    for below, value in enumerate(values, start=row):
        if value is None:
            sheet.write_blank(below, place, None, shape)
        else:
            write(below, place, value, shape)


def _writer(sheet: Worksheet, style: Style) -> Callable[..., int]:
    if style in _MASKABLE:
        return partial(_write_maskable, sheet)
    write: Callable[..., int] = sheet.write_string if style in _TEXTS else sheet.write_number
    return write


def _write_maskable(
    sheet: Worksheet, row: int, place: int, value: float | str, shape: Format | None
) -> int:
    """A number, or the sign that stands for one."""
    write = sheet.write_string if isinstance(value, str) else sheet.write_number
    written: int = write(row, place, value, shape)
    return written


def _cells(values: pl.Series, style: Style) -> list[Any]:
    match style:
        case Style.DAY:
            return (values - date(1899, 12, 30)).dt.total_days().to_list()
        case _ if style in _TEXTS:
            return values.cast(pl.String).str.head(CELL_MOST).to_list()
        case _ if style in _MASKABLE:
            numbers = values.cast(pl.Float64, strict=False)
            return [
                text if number is None else number
                for text, number in zip(values, numbers, strict=True)
            ]
        case _:
            return values.to_list()
