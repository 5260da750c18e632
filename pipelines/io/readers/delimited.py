"""CSV: a quick way for sound files, and a careful one that tells each misshapen row apart."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

import duckdb
import polars as pl

from contracts.arrow import in_memory
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
    rows = quick(path, names, separator, marks) if marks.is_likely_sound else None
    if rows is not None and is_whole(marks, rows, names, separator):
        return Raw(rows, MISSHAPEN.to_frame())
    return careful(path, names, place, separator)


@dataclass(frozen=True)
class Marks:
    """What the bytes of a file hold, wherever it stands.

    `has_broken_line`: a quote may be open at the end of a line, so that a row goes on in the next.
    """

    separators: int
    quotes: int
    has_endless_line: bool
    has_broken_line: bool

    @property
    def is_likely_sound(self) -> bool:
        """Whether the quick way is worth trying; it would hold an endless line in memory whole."""
        return self.quotes % 2 == 0 and not self.has_endless_line


def counted(path: Path, separator: str = ",") -> Marks:
    """Separators, quotes, and whether lines are longer than any sound one or go on."""
    separators = quotes = 0
    is_endless = is_broken = False
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            separators += block.count(separator.encode())
            before, quotes = quotes, quotes + block.count(b'"')
            is_endless |= len(block) == _BLOCK and b"\n" not in block and b"\r" not in block
            is_broken = is_broken or (quotes > before and _breaks(block, before))
    return Marks(separators, quotes, is_endless, is_broken)


def _breaks(block: bytes, quotes: int) -> bool:
    """Whether a quote is open at the end of a line, after so many quotes before the block."""
    for line in block.splitlines(keepends=True):
        quotes += line.count(b'"')
        if quotes % 2 and line.endswith((b"\n", b"\r")):
            return True
    return False


def quick(path: Path, names: list[str], separator: str, marks: Marks) -> pl.DataFrame | None:
    """The whole file in one go; None where a row is not as wide as the header.

    In parallel DuckDB guesses where rows begin, and quoted line breaks mislead it.
    """
    columns = {f"c{position}": "VARCHAR" for position in range(len(names))}
    with in_memory() as connection:
        try:
            relation = connection.read_csv(
                str(path),
                header=True,
                auto_detect=False,
                sep=separator,
                quotechar='"',
                escapechar='"',
                columns=columns,
                strict_mode=True,
                null_padding=False,
                parallel=not marks.has_broken_line,
                max_line_size=limits.MOST_FIELD_CHARACTERS,
            )
            frame = pl.DataFrame(relation)
        except (duckdb.Error, pl.exceptions.PolarsError, UnicodeEncodeError):
            # Their texts quote the row; the last is of a file's own name that is no UTF-8.
            return None
    frame.columns = names
    return numbered(frame)


def is_whole(marks: Marks, rows: pl.DataFrame, names: list[str], separator: str = ",") -> bool:
    """Whether every separator of the file stands between two columns or in a value, no quote alone.

    Where it does not, DuckDB has left something out without a word: a further column that is empty
    in this row (the others may be shifted), what follows an open quote, or a blank first line.
    """
    texts = pl.exclude("row_number").str
    in_values = texts.count_matches(separator, literal=True).cast(pl.Int64).sum()
    kept: int = rows.select(pl.sum_horizontal(in_values)).item()
    kept += (rows.height + 1) * (len(names) - 1) + sum(name.count(separator) for name in names)
    return marks.separators == kept and marks.quotes % 2 == 0


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
