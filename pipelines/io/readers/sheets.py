"""Sheets: a workbook's XML, looked at before a library opens it. What its cells say is not here.

Refuses what would exhaust memory, and tells what the library does not: which cells hold formulas
or errors, and which are times of day by their format.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from pipelines.io.readers import limits
from pipelines.io.readers.archive import UnsoundArchiveError, blocks, checked, workbook_bounds

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"
_MOST_UNREAD = 16 * 1024**2  # of one tag; expat keeps it whole
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_DIGITS = "0123456789"

# Built-in number formats that show a day and a time of day; others are told by their code.
_TIMED = frozenset({22})
_PADDED = re.compile(r"00+(-0+)*$")  # 00000 shows 9 as 00009
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')

Handler = Callable[[str, dict[str, str]], None]


@dataclass
class Cells:
    """Cells of one sort: the first, as (row, column) from 1, and how many there are."""

    first: tuple[int, int] = (0, 0)
    count: int = 0

    def add(self, row: int, column: int) -> None:
        """One more."""
        self.count += 1
        if self.count == 1:
            self.first = (row, column)


@dataclass
class Sheet:
    """What a sheet's XML holds. `padded`: numbers whose format shows leading zeros that they have
    not. `timed`: cells whose format shows a time of day beside the day.
    """

    formulas: Cells = field(default_factory=Cells)
    errors: Cells = field(default_factory=Cells)
    padded: Cells = field(default_factory=Cells)
    timed: set[tuple[int, int]] = field(default_factory=set)


def address(row: int, column: int) -> str:
    """A cell's address as a spreadsheet shows it: (7, 3) is C7."""
    letters = ""
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(ord("A") + place) + letters
    return f"{letters}{row}"


@dataclass(frozen=True)
class Contents:
    """Names of all sheets in order; of each whether it is shown and what its XML holds (None: it
    has no cells, such as a sheet that is a chart).
    """

    names: list[str]
    is_visible: list[bool]
    sheets: list[Sheet | None]


def first_visible(path: Path) -> tuple[int, list[str], Sheet]:
    """Position of the first visible sheet, the names of all sheets, and what it holds.

    Raises UnsoundArchiveError for an archive, XML or sheet that is refused.
    """
    seen = contents(path)
    for position, sheet in enumerate(seen.sheets):
        if sheet is not None and seen.is_visible[position]:
            return position, seen.names, sheet
    raise UnsoundArchiveError("empty_file", "no visible sheet with cells. Export the file again.")


def contents(path: Path) -> Contents:
    """What a workbook holds. Raises UnsoundArchiveError as `first_visible`."""
    entries = {entry.filename: entry for entry in checked(path, workbook_bounds())}
    if not {_WORKBOOK, _RELATIONS} <= entries.keys():
        raise _unreadable()
    with zipfile.ZipFile(path) as packed:
        listed = _listed(_elements(packed, entries[_WORKBOOK], "sheet"))
        targets = dict(_targets(_elements(packed, entries[_RELATIONS], "Relationship")))
        styles = _styles(packed, entries.get(_STYLES))
        scanned = {
            name: _scanned(packed, entry, styles)
            for name, entry in entries.items()
            if name.endswith((".xml", ".rels"))
        }
    parts = [targets.get(relation) for _, _, relation in listed]
    if any(part is not None and part not in scanned for part in parts):
        raise _unreadable()
    return Contents(
        [name for name, _, _ in listed],
        [state == "visible" for _, state, _ in listed],
        [None if part is None else scanned[part] for part in parts],
    )


def _unreadable() -> UnsoundArchiveError:
    return UnsoundArchiveError("unreadable", "not a whole workbook. Save it again as XLSX.")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _parse(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, start: Handler) -> None:
    """Feed a part to a handler of its opening tags. No document type, no entity is admitted."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    fed = 0
    try:
        for block in blocks(packed, entry):
            parser.Parse(block, False)
            fed += len(block)
            if fed - max(parser.CurrentByteIndex, 0) > _MOST_UNREAD:
                raise _unreadable()
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise _unreadable() from None


def _refuse_doctype(*_: object) -> None:
    raise UnsoundArchiveError(
        "document_type",
        "its XML declares a document type, which no workbook needs. Save it again as XLSX.",
    )


def _elements(
    packed: zipfile.ZipFile, entry: zipfile.ZipInfo, *names: str
) -> list[tuple[str, dict[str, str]]]:
    """The elements of these names, with their attributes."""
    found: list[tuple[str, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if _local(name) in names:
            found.append((_local(name), attributes))

    _parse(packed, entry, start)
    return found


def _listed(elements: list[tuple[str, dict[str, str]]]) -> list[tuple[str, str, str]]:
    """Name, state and relation of each sheet."""
    return [
        (
            one.get("name", ""),
            one.get("state", "visible"),
            next((value for key, value in one.items() if key.endswith(":id")), ""),
        )
        for _, one in elements
    ]


def _targets(elements: list[tuple[str, dict[str, str]]]) -> Iterator[tuple[str, str]]:
    """Relation and part of each worksheet."""
    for _, one in elements:
        target = one.get("Target", "")
        if one.get("Type", "").endswith("/worksheet"):
            rooted = target.startswith(("/xl/", "xl/"))
            yield one.get("Id", ""), target.removeprefix("/") if rooted else f"xl/{target}"


@dataclass(frozen=True)
class _Styles:
    """Numbers of the cell styles that show a day and a time of day, or leading zeros."""

    timed: frozenset[str] = frozenset()
    padded: frozenset[str] = frozenset()


def _styles(packed: zipfile.ZipFile, entry: zipfile.ZipInfo | None) -> _Styles:
    if entry is None:
        return _Styles()
    timed, padded, styles, inside = set(_TIMED), set[int](), [], ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        match _local(name):
            case "numFmt":
                code, number = attributes.get("formatCode", ""), attributes.get("numFmtId")
                if _is_timed(code):
                    timed.add(_number(number))
                if _PADDED.match(code):
                    padded.add(_number(number))
            case "cellXfs" | "cellStyleXfs" | "dxfs" as group:
                inside = group
            case "xf" if inside == "cellXfs":
                styles.append(_number(attributes.get("numFmtId")))

    _parse(packed, entry, start)
    of = (frozenset(str(n) for n, one in enumerate(styles) if one in a) for a in (timed, padded))
    return _Styles(*of)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0


def _is_timed(code: str) -> bool:
    shown = _QUOTED.sub("", code).lower()
    return "h" in shown and ("d" in shown or "y" in shown)


def _scanned(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, styles: _Styles) -> Sheet:
    scan = _Scan(styles)
    _parse(packed, entry, scan.start)
    if scan.last_row * scan.last_column > limits.MOST_SHEET_CELLS:
        raise UnsoundArchiveError(
            "too_large",
            f"a sheet reaches down to row {scan.last_row} and across to column "
            f"{address(scan.last_row, scan.last_column).rstrip(_DIGITS)}: over "
            f"{limits.MOST_SHEET_CELLS} cells. Delete what stands beside and below the table, or "
            "export it as CSV or Parquet.",
        )
    return scan.sheet


class _Scan:
    """The cells of a part, by its opening tags. Those without an address follow the one before."""

    def __init__(self, styles: _Styles) -> None:
        self.sheet = Sheet()
        self.last_row = self.last_column = 0
        self._styles = styles
        self._row = self._column = 0
        self._is_error = self._is_timed = self._is_padded = False
        self._columns: dict[str, int] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match _local(name):
            case "c":
                self._open(attributes)
            case "v" | "is":
                self._fill()
            case "f" if self._row:
                self.sheet.formulas.add(self._row, self._column)
            case "row":
                row = attributes.get("r")
                self._row = self._within(row, _LAST_ROW) if row else self._row + 1
                self._column = 0

    def _open(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference:
            letters = reference.rstrip(_DIGITS)
            self._row = self._within(reference[len(letters) :], _LAST_ROW)
            self._column = self._columns.get(letters) or self._lettered(letters)
        else:
            self._column += 1
        self._is_error = attributes.get("t") == "e"
        style = attributes.get("s")
        self._is_timed = style in self._styles.timed
        is_number = attributes.get("t", "n") == "n"
        self._is_padded = is_number and style in self._styles.padded

    def _fill(self) -> None:
        self.last_row = max(self.last_row, self._row)
        self.last_column = max(self.last_column, self._column)
        if self._is_error:
            self.sheet.errors.add(self._row, self._column)
        if self._is_padded:
            self.sheet.padded.add(self._row, self._column)
        if self._is_timed:
            self.sheet.timed.add((self._row, self._column))

    def _within(self, digits: str, last: int) -> int:
        number = _number(digits[:9])
        if not 0 < number <= last:
            raise _unreadable()
        return number

    def _lettered(self, letters: str) -> int:
        column = 0
        for letter in letters[:4]:
            column = column * 26 + ord(letter) - ord("A") + 1
        if not 0 < column <= _LAST_COLUMN or not (letters.isascii() and letters.isupper()):
            raise _unreadable()
        self._columns[letters] = column
        return column
