"""CSV: a quick way for sound files, and a careful one that tells each misshapen row apart."""

import codecs
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

import polars as pl

from contracts.errors import RefusedInputError
from pipelines.io.readers import limits
from pipelines.io.readers.rows import MISSHAPEN, Raw, framed, headings, numbered

_RECORDS_AT_ONCE = 50_000
_BLOCK = 1 << 20


def header(path: Path, place: str, separator: str = ",") -> list[str]:
    """Column names. Raises RefusedInputError where there are none."""
    records = _records(path, place, separator)
    names = next(records, [])
    next(records, None)  # a text that breaks at once is told before its columns are judged
    return headings(names, place)


def read(path: Path, place: str, separator: str = ",") -> Raw:
    """Rows as text. Raises RefusedInputError where the file is no CSV."""
    names = header(path, place, separator)
    marks = counted(path, separator)
    is_quick = marks.is_plain and len(names) > 1 and _is_utf8(path)
    rows = quick(path, names, separator) if is_quick else None
    if rows is not None and is_whole(marks, rows, names, separator):
        return Raw(rows, MISSHAPEN.to_frame())
    return careful(path, names, place, separator)


@dataclass(frozen=True)
class Marks:
    """What the bytes of a file hold. `is_plain`: all quotes are those of RFC 4180."""

    separators: int
    quotes: int
    is_plain: bool


def counted(path: Path, separator: str = ",") -> Marks:
    """Separators, quotes, and whether every record is plain."""
    separators = quotes = 0
    is_plain = is_ended = True
    plain = _plain_records(separator)
    for records in _whole_records(path):
        separators += records.count(separator.encode())
        found = records.count(b'"')
        quotes += found
        is_plain = is_plain and is_ended and _is_plain(records, plain if found else None)
        is_ended = records.endswith(b"\n")
    return Marks(separators, quotes, is_plain)


def _whole_records(path: Path) -> Iterator[bytes]:
    """The file's bytes without its byte order mark, in pieces that end where a record ends.

    A record longer than any sound one comes in pieces that do not.
    """
    rest = b""
    with path.open("rb") as file:
        if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            file.seek(0)
        while block := file.read(_BLOCK):
            rest += block
            end = rest.rfind(b"\n") + 1
            if rest.count(b'"', 0, end) % 2:  # the line's end is in a value
                end = 0
            if not end and len(rest) > limits.MOST_RECORD_CHARACTERS:
                end = len(rest)
            if end:
                yield rest[:end]
                rest = rest[end:]
    if rest:
        yield rest


def _plain_records(separator: str) -> str:
    """The pattern of plain records, the last with or without its line's end."""
    value = rf'(?:"(?:[^"]|"")*"|[^"\r\n{separator}]*)'
    record = rf"{value}(?:[{separator}]{value})*"
    return rf"\A(?:{record}\r?\n)*(?:{record})?\z"


def _is_plain(records: bytes, pattern: str | None) -> bool:
    """Whether lines end as they should, and match a pattern where one is given."""
    if records.count(b"\r") != records.count(b"\r\n"):
        return False
    if pattern is None:
        return True
    try:
        text = records.decode()
    except UnicodeDecodeError:
        return False
    return bool(pl.Series([text]).str.contains(pattern).item())


def _is_utf8(path: Path) -> bool:
    """Whether the file's own name is: Polars opens no other."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def quick(path: Path, names: list[str], separator: str) -> pl.DataFrame | None:
    """A plain file in one go; None where a row is not as wide as the header."""
    try:
        frame = pl.read_csv(
            path,
            separator=separator,
            infer_schema=False,
            glob=False,
            extra_columns="raise",
            missing_columns="raise",
        )
    except pl.exceptions.PolarsError:  # its text quotes the row
        return None
    longest = frame.select(pl.max_horizontal(pl.all().str.len_bytes().max())).item() or 0
    if frame.width != len(names) or longest > limits.MOST_FIELD_CHARACTERS:
        return None
    frame.columns = names
    return numbered(frame)


def is_whole(marks: Marks, rows: pl.DataFrame, names: list[str], separator: str = ",") -> bool:
    """Whether every separator of the file stands between two columns or in a quoted value.

    Where it does not, something was left out without a word: a blank line, say, read as a row.
    """
    kept = (rows.height + 1) * (len(names) - 1)
    if marks.quotes:
        texts = pl.exclude("row_number").str
        in_values = texts.count_matches(separator, literal=True).cast(pl.Int64).sum()
        kept += rows.select(pl.sum_horizontal(in_values)).item()
        kept += sum(name.count(separator) for name in names)
    return marks.separators == kept


def careful(path: Path, names: list[str], place: str, separator: str = ",") -> Raw:
    """Row by row, only for a file that the quick way could not read."""
    parts, misshapen = [framed([], names)], [MISSHAPEN.to_frame()]
    records = enumerate(_records(path, place, separator))
    next(records)
    while block := list(islice(records, _RECORDS_AT_ONCE)):
        parts.append(framed([one for one in block if len(one[1]) == len(names)], names))
        misshapen.append(_misshapen([one for one in block if len(one[1]) != len(names)], names))
    return Raw(pl.concat(parts), pl.concat(misshapen))


class _TooLongError(Exception):
    """A row goes on for longer than any sound one: perhaps the file has no line ends at all."""


class _Lines:
    """The lines of a text, each decoded on its own, so that a wrong byte is told by its row.

    `length` counts the characters since it was last set to 0: those of the row being read.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.length = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(limits.MOST_RECORD_CHARACTERS + 1)
        if not line:
            raise StopIteration
        self.length += len(line)
        if self.length > limits.MOST_RECORD_CHARACTERS:
            raise _TooLongError
        if not line.isascii():
            line.encode()  # fails where a byte that is no UTF-8 was escaped
        return line


def _records(path: Path, place: str, separator: str) -> Iterator[list[str]]:
    """Records of a CSV file, blank lines left out; a file that is not CSV is refused by row."""
    csv.field_size_limit(limits.MOST_FIELD_CHARACTERS)
    number = 0
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        lines = _Lines(text)
        try:
            reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
            for record in reader:
                lines.length = 0
                if record:
                    yield record
                    number += 1
        except UnicodeEncodeError:
            code = "not_utf8"
        except _TooLongError:
            code = "row_too_long"
        except csv.Error:
            code = "not_csv"
        else:
            return
    raise _refused(code, place, number)


def _refused(code: str, place: str, number: int) -> RefusedInputError:
    said = {
        "not_utf8": "is not UTF-8. Export the file as UTF-8",
        "row_too_long": f"goes on for over {limits.MOST_RECORD_CHARACTERS} characters. Export "
        "the file with line ends, and quoted by RFC 4180",
        "not_csv": "is not RFC 4180 CSV (an open quote, a stray quote, or a field over "
        f"{limits.MOST_FIELD_CHARACTERS} characters). Export the file again",
    }[code]
    where = f"row {number}" if number else "the header row"
    return RefusedInputError(code, f"{place}, {where}: the text {said}.")


def _misshapen(records: list[tuple[int, list[str]]], names: list[str]) -> pl.DataFrame:
    rows = [
        (
            number,
            f"has {len(record)} columns where the header has {len(names)}",
            json.dumps(record, ensure_ascii=False),
        )
        for number, record in records
    ]
    return pl.DataFrame(rows, MISSHAPEN, orient="row")
