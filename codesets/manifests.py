"""Finds what is declared on disk: each set's `set.toml` and the editions imported into a home.

Reads manifests only, never a data file.
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from codesets.editions import SHIPPED_RECEIVED_AT, Edition, parse_edition
from codesets.errors import UnknownCodeSetError
from codesets.schema import SetSchema, parse_schema, read_toml


@dataclass(frozen=True)
class Manifests:
    """Every set's schema and editions (shipped and imported), by set name in sorted order."""

    schemas: dict[str, SetSchema]
    editions: dict[str, tuple[Edition, ...]]


def read_manifests(shipped: Path, home: Path | None) -> Manifests:
    """`shipped/<set>/set.toml` declares a set with editions; `home/<set>/<edition>.toml` adds one.

    Errors: `CodeSetFileError` for a bad manifest, `UnknownCodeSetError` for a folder in `home`
    that is named like no set.
    """
    raw = {path.parent.name: read_toml(path) for path in sorted(shipped.glob("*/set.toml"))}
    schemas = {name: parse_schema(name, table) for name, table in raw.items()}
    held = {
        name: [
            parse_edition(name, shipped / name, e, SHIPPED_RECEIVED_AT) for e in table["edition"]
        ]
        for name, table in raw.items()
    }
    for edition in _imported(home):
        held[known_name(edition.set_name, schemas)].append(edition)
    return Manifests(schemas, {name: tuple(editions) for name, editions in held.items()})


def known_name(name: str, names: Iterable[str]) -> str:
    """`name`, or `UnknownCodeSetError` that names the nearest sets."""
    known = list(names)
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f" Nearest: {', '.join(near)}." if near else ""
    raise UnknownCodeSetError(
        "unknown_code_set",
        f"code set {name}: there is none of that name.{hint} See: reentry codes list.",
    )


def _imported(home: Path | None) -> Iterator[Edition]:
    for path in sorted(home.glob("*/*.toml")) if home else ():
        raw = {"edition": path.stem} | read_toml(path)
        yield parse_edition(path.parent.name, path.parent, raw)
