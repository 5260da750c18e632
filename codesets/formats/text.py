"""The text of a code file: its lines, the table below its headings, and refusals by row.

Knows no format: each says which headings or columns it looks for.
"""

import csv
import io
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from codesets.errors import CodeSetFileError

_HEAD_CHARACTERS = 64_000
_HEAD_RECORDS = 60


@dataclass(frozen=True)
class CodeText:
    """A file's text; `part` counts the files of an import, which are named by it only."""

    content: str
    part: int = 1

    @property
    def head(self) -> str:
        """Enough of the beginning to tell the layout."""
        return self.content[:_HEAD_CHARACTERS]

    def lines(self) -> pl.DataFrame:
        """`row` (from 1) and `line` of every line that holds anything."""
        lines = pl.Series("line", self.content.replace("\r\n", "\n").split("\n"), pl.String)
        return lines.to_frame().with_row_index("row", 1).filter(pl.col("line").str.contains(r"\S"))


@dataclass(frozen=True)
class Layout:
    """A delimited table: our names for the headings wanted, each with its pattern in lower case."""

    columns: Mapping[str, str]
    optional: tuple[str, ...] = ()
    separators: tuple[str, ...] = (",",)


@dataclass(frozen=True)
class Headings:
    """Where a table's headings stand: physical lines up to them, and the place of each column."""

    lines: int
    separator: str
    names: tuple[str, ...]
    places: Mapping[str, int]


def decoded(raw: bytes, part: int = 1) -> CodeText:
    """UTF-8, else Windows-1252, in which the FDA and the NCCI files are written."""
    try:
        return CodeText(raw.decode("utf-8-sig"), part)
    except UnicodeDecodeError:
        return CodeText(raw.decode("cp1252", errors="replace"), part)


def headings(text: CodeText, layout: Layout) -> Headings | None:
    """The first record that has every heading wanted, below whatever notices come before it."""
    found = (_headings(text, layout, separator) for separator in layout.separators)
    return next((one for one in found if one is not None), None)


def table(text: CodeText, layout: Layout) -> pl.DataFrame:
    """The rows below the headings: `row` (the first below them is 1) and text columns, trimmed.

    An optional column that is absent is blank. Raises CodeSetFileError without the headings.
    """
    found = headings(text, layout)
    if found is None:
        wanted = ", ".join(name for name in layout.columns if name not in layout.optional)
        raise CodeSetFileError("no_headings", f"file {text.part}: no headings for {wanted}.")
    body = _body(text, found)
    columns = [
        _cell(found.places[name], found.separator).alias(name)
        if name in found.places
        else pl.lit(None, pl.String).alias(name)
        for name in layout.columns
    ]
    rows = body.with_row_index("row", 1).select("row", *columns)
    return rows.filter(pl.any_horizontal(pl.exclude("row").is_not_null()))


def refuse(text: CodeText, rows: pl.DataFrame, is_bad: pl.Expr, column: str, form: str) -> None:
    """Raise CodeSetFileError that names the first bad row (`row`) and the column."""
    bad = rows.filter(is_bad)
    if bad.height:
        raise CodeSetFileError(
            "bad_row",
            f"file {text.part}, row {bad['row'][0]}, column {column}: not {form}. "
            "Download the file again, or correct the row.",
        )


def days(text: CodeText, rows: pl.DataFrame, column: str, form: str) -> pl.DataFrame:
    """The rows with a text column read as days of that form; blank stays blank."""
    read = rows.with_columns(pl.col(column).str.to_date(form, strict=False), _text=pl.col(column))
    refuse(text, read, pl.col(column).is_null() & pl.col("_text").is_not_null(), column, "a day")
    return read.drop("_text")


def _headings(text: CodeText, layout: Layout, separator: str) -> Headings | None:
    reader = csv.reader(io.StringIO(text.head, newline=""), delimiter=separator)
    wanted = {*layout.columns} - {*layout.optional}
    try:
        for record in itertools.islice(reader, _HEAD_RECORDS):
            names = [_plain(cell) for cell in record]
            places = _places(names, layout)
            if wanted <= {*places}:
                return Headings(reader.line_num, separator, tuple(names), places)
    except csv.Error:  # bytes that are no table of this separator
        return None
    return None


def _plain(cell: str) -> str:
    return re.sub(r"\s+", " ", cell).replace("/ ", "/").strip().lower()


def _places(names: list[str], layout: Layout) -> dict[str, int]:
    found = {
        ours: next((place for place, name in enumerate(names) if re.fullmatch(form, name)), None)
        for ours, form in layout.columns.items()
    }
    return {ours: place for ours, place in found.items() if place is not None}


def _body(text: CodeText, found: Headings) -> pl.DataFrame:
    raw = text.content.encode()
    schema = {_name(place): pl.String() for place in range(len(found.names))}
    if not b"".join(raw.split(b"\n", found.lines)[found.lines :]).strip():
        return pl.DataFrame(schema=schema)
    try:
        return pl.read_csv(
            raw,
            separator=found.separator,
            quote_char=None if found.separator == "\t" else '"',
            skip_lines=found.lines,
            has_header=False,
            schema=schema,
            truncate_ragged_lines=True,
        )
    except pl.exceptions.PolarsError:
        raise CodeSetFileError(
            "bad_table",
            f"file {text.part}: the rows below its headings cannot be parted into columns. "
            "Download the file again.",
        ) from None


def _name(place: int) -> str:
    return f"column_{place}"


def _cell(place: int, separator: str) -> pl.Expr:
    around = ' "' if separator == "\t" else " "
    trimmed = pl.col(_name(place)).str.strip_chars().str.strip_chars(around)
    return pl.when(trimmed != "").then(trimmed)
