"""Code imports: a file in a set's own columns becomes an edition in the home, beside the others.

The data file is in place before the manifest that names it: a kill leaves nothing half imported.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from codesets.editions import Edition
from codesets.frames import read_frame
from codesets.loader import CodeSets
from codesets.manifests import known_name
from contracts.errors import RefusedInputError, UsageError
from pipelines.io.home import write_private

_EDITION_ID = re.compile(r"^[a-z0-9][a-z0-9._-]{0,39}$")
_KINDS = (".csv", ".parquet")


@dataclass(frozen=True)
class Import:
    """What a person says of the edition that a file holds."""

    set_name: str
    edition: str
    effective_from: date
    effective_to: date | None
    status: str
    source: str


def import_edition(folder: Path, file: Path, told: Import, received_at: datetime) -> Edition:
    """Copy the file into the home's `codesets` folder and declare it.

    Raises UsageError for a bad or taken edition id, RefusedInputError for another kind of file,
    CodeSetFileError where its columns or values are not the set's. Nothing is kept then.
    """
    sets = CodeSets(home=folder)
    name = known_name(told.set_name, sets.schemas)
    _check(sets, name, file, told)
    content = file.read_bytes()
    target = folder / name / f"{told.edition}{file.suffix.lower()}"
    edition = Edition(
        set_name=name,
        edition=told.edition,
        path=file,
        effective_from=told.effective_from,
        effective_to=told.effective_to,
        received_at=received_at,
        status=told.status,
        source=told.source,
        note="",
        rows=0,
        sha256=hashlib.sha256(content).hexdigest(),
        is_shipped=False,
    )
    schema = sets.schemas[name]
    frame = read_frame(schema, edition)
    _refuse_repeated_keys(name, frame, [key for key in schema.key if key in frame.columns])
    write_private(target, content)
    manifest = _manifest(told, target.name, received_at, frame.height, edition.sha256)
    write_private(target.with_suffix(".toml"), manifest.encode())
    return edition


def _check(sets: CodeSets, name: str, file: Path, told: Import) -> None:
    if file.suffix.lower() not in _KINDS:
        raise RefusedInputError(
            "unknown_kind", f"code set {name}: give a CSV or Parquet file in the set's columns."
        )
    if not _EDITION_ID.match(told.edition):
        raise UsageError("edition_id", "an edition id is 1 to 40 of a-z, 0-9, dot, _ and -.")
    taken = sets.catalogue().filter(set=name, edition=told.edition)
    if taken.height:
        raise UsageError(
            "edition_taken",
            f"code set {name} has an edition {told.edition}. Choose another id: past reports "
            "keep the edition that they were made with.",
        )
    if told.effective_to is not None and told.effective_to < told.effective_from:
        raise UsageError("edition_days", "--until lies before --effective.")


def _refuse_repeated_keys(name: str, frame: pl.DataFrame, key: list[str]) -> None:
    repeated = frame.select(pl.struct(key).is_duplicated()).to_series().arg_true()
    if repeated.len():
        raise RefusedInputError(
            "key_repeated",
            f"code set {name}: row {repeated[0] + 1} and another have the same "
            f"{', '.join(key)}. Keep one of them.",
        )


def _manifest(told: Import, file: str, received_at: datetime, rows: int, sha256: str) -> str:
    until = f"effective_to = {told.effective_to}\n" if told.effective_to else ""
    source = told.source.replace("\\", "\\\\").replace('"', '\\"')
    return (
        f'file = "{file}"\neffective_from = {told.effective_from}\n{until}'
        f'received_at = {received_at.isoformat()}\nstatus = "{told.status}"\n'
        f'source = "{source}"\nnote = ""\nrows = {rows}\nsha256 = "{sha256}"\n'
    )
