"""What a code set is: title, licence, key and typed columns, read from its `set.toml`.

Nothing here knows editions or reads data files.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from codesets.errors import CodeSetFileError

KINDS: dict[str, pl.DataType] = {
    "text": pl.String(),
    "text_list": pl.List(pl.String()),
    "date": pl.Date(),
    "flag": pl.Boolean(),
    "integer": pl.Int64(),
    "money": pl.Decimal(12, 2),
    "number": pl.Decimal(18, 6),
}


@dataclass(frozen=True)
class Column:
    """One column: its kind (a key of `KINDS`) and its meaning in a few words.

    `allowed` and `pattern` rule its texts, of a list each member; None where any will do.
    """

    name: str
    kind: str
    meaning: str
    allowed: tuple[str, ...] | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class SetSchema:
    """A set's declaration. `key` names the columns no two rows of an edition share.

    `span_of` is set where files list spans (`code_from`, `code_to`): the frame then has one row
    for each code in the span, in the column that `span_of` names.
    """

    name: str
    title: str
    licence: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    span_of: str | None

    @property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Polars types of the file's columns, in order."""
        return {column.name: KINDS[column.kind] for column in self.columns}

    @property
    def frame_dtypes(self) -> dict[str, pl.DataType]:
        """Polars types of the loaded frame: the file's, its span spread to one column."""
        if self.span_of is None:
            return self.dtypes
        ends = {"code_from", "code_to"}
        kept = {name: dtype for name, dtype in self.dtypes.items() if name not in ends}
        return {self.span_of: pl.String()} | kept

    @property
    def identity(self) -> tuple[str, ...]:
        """The key without days: what a row is about, whichever days it is valid on."""
        return tuple(name for name in self.key if name not in {"valid_from", "valid_to"})

    @property
    def required(self) -> set[str]:
        """Columns that a file must bring; the others may be absent and are then null."""
        key = {*self.key} - {"valid_from"}
        return (key - {self.span_of}) | {"code_from"} if self.span_of else key


def read_toml(path: Path) -> dict[str, Any]:
    """One manifest as a dictionary."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CodeSetFileError(
            "manifest_unreadable",
            f"code set manifest {path.parent.name}/{path.name}: not valid TOML. Import it again.",
        ) from error


def parse_schema(name: str, raw: dict[str, Any]) -> SetSchema:
    """The declaration part of a `set.toml`."""
    columns = tuple(_column(name, key, value) for key, value in raw["columns"].items())
    return SetSchema(
        name=name,
        title=raw["title"],
        licence=raw["licence"],
        key=tuple(raw["key"]),
        columns=columns,
        span_of=raw.get("span_of"),
    )


def _column(set_name: str, name: str, raw: dict[str, Any]) -> Column:
    if raw["kind"] not in KINDS:
        raise CodeSetFileError(
            "unknown_kind",
            f"code set {set_name}, column {name}: unknown kind {raw['kind']!r}. "
            f"Use one of {', '.join(KINDS)}.",
        )
    allowed = raw.get("allowed")
    return Column(
        name, raw["kind"], raw["meaning"], tuple(allowed) if allowed else None, raw.get("pattern")
    )
