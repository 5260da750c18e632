"""Code imports: a published file, or one in a set's own columns, becomes an edition in the home.

The data file is in place before the manifest that declares it, and the audit event comes last: a
kill leaves nothing half imported, and the same import again completes it.
"""

import hashlib
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import polars as pl
from sqlalchemy import select

from codesets.editions import Edition
from codesets.formats.catalogue import AUTO, chosen, read, takes
from codesets.formats.completion import completed
from codesets.formats.layout import Format
from codesets.frames import read_frame, typed_frame
from codesets.loader import CodeSets
from codesets.manifests import known_name
from codesets.schema import SetSchema
from contracts.errors import RefusedInputError, UsageError
from pipelines.io.home import write_private
from pipelines.io.ledger import audit
from pipelines.io.ledger.tables_intake import audit_events
from pipelines.io.workspace import Workspace

_EDITION_ID = re.compile(r"^[a-z0-9][a-z0-9._-]{0,39}$")
_KINDS = (".csv", ".parquet")


@dataclass(frozen=True)
class Import:
    """What a person says of the edition that the files hold."""

    set_name: str
    edition: str
    effective_from: date
    effective_to: date | None
    status: str
    source: str
    format: str = AUTO


@dataclass(frozen=True)
class _Data:
    """An edition's data file, checked: its bytes and kind, its rows, and what was read."""

    content: bytes
    suffix: str
    rows: int
    note: str


def import_edition(
    folder: Path, files: Sequence[Path], told: Import, received_at: datetime
) -> Edition:
    """Put the files' rows into the home's `codesets` folder as one edition and declare it.

    The same import again gives the edition that is there. Raises UsageError for a bad or taken
    edition id, RefusedInputError for another kind of file or rows that repeat a key,
    CodeSetFileError for a file of another layout, or values that are not the set's. Nothing is
    kept then.
    """
    sets = CodeSets(home=folder)
    schema = sets.schemas[known_name(told.set_name, sets.schemas)]
    _check(told)
    edition = _declared(told, received_at)
    data = _data(sets, schema, edition, files, told.format)
    digest = hashlib.sha256(data.content).hexdigest()
    target = folder / schema.name / f"{told.edition}{data.suffix}"
    whole = replace(edition, path=target, sha256=digest, rows=data.rows, note=data.note)
    there = _there(sets, whole)
    if there is not None:
        return there
    write_private(target, data.content)
    write_private(target.with_suffix(".toml"), _manifest(whole).encode())
    return whole


def record_import(workspace: Workspace, edition: Edition) -> None:
    """Tell of the import in the audit chain of each agency of the home, once."""
    detail = {
        "set": edition.set_name,
        "edition": edition.edition,
        "effective_from": edition.effective_from.isoformat(),
        "rows": edition.rows,
        "sha256": edition.sha256,
    }
    event = audit_events.c
    for agency in workspace.home.settings.agencies:
        told = select(event.detail).where(event.agency == agency, event.event == "codes_imported")
        with workspace.ledger.write(agency, workspace.user_id) as tx:
            if detail not in tx.connection.execute(told).scalars().all():
                audit.append(tx, "codes_imported", detail)


def _check(told: Import) -> None:
    if not _EDITION_ID.match(told.edition):
        raise UsageError("edition_id", "an edition id is 1 to 40 of a-z, 0-9, dot, _ and -.")
    if told.effective_to is not None and told.effective_to < told.effective_from:
        raise UsageError("edition_days", "--until lies before --effective.")


def _declared(told: Import, received_at: datetime) -> Edition:
    return Edition(
        set_name=told.set_name,
        edition=told.edition,
        path=Path(),
        effective_from=told.effective_from,
        effective_to=told.effective_to,
        received_at=received_at,
        status=told.status,
        source=told.source,
        note="",
        rows=0,
        sha256="",
        is_shipped=False,
    )


def _data(
    sets: CodeSets, schema: SetSchema, edition: Edition, files: Sequence[Path], wanted: str
) -> _Data:
    contents = [file.read_bytes() for file in files]
    form = chosen(schema.name, contents, wanted)
    if form is None:
        return _own_columns(schema, edition, files, contents)
    return _published(sets, schema, edition, form, contents)


def _own_columns(
    schema: SetSchema, edition: Edition, files: Sequence[Path], contents: Sequence[bytes]
) -> _Data:
    suffix = files[0].suffix.lower()
    if len(files) > 1 or suffix not in _KINDS:
        raise RefusedInputError(
            "unknown_kind",
            f"code set {schema.name}: the file has no layout that is known for the set. Give "
            f"{takes(schema.name)}; of the last, one file that ends in .csv or .parquet.",
        )
    digest = hashlib.sha256(contents[0]).hexdigest()
    frame = read_frame(schema, replace(edition, path=files[0], sha256=digest))
    if frame.is_empty():
        raise RefusedInputError(
            "no_rows", f"code set {schema.name}: no row below the header. Export it again."
        )
    _refuse_repeated_keys(schema, frame)
    return _Data(contents[0], suffix, frame.height, "")


def _published(
    sets: CodeSets, schema: SetSchema, edition: Edition, form: Format, contents: Sequence[bytes]
) -> _Data:
    before = sets.before(edition)
    rows = read(form, schema.name, contents)
    if before is not None:
        rows = completed(schema, form, rows, sets.rows(before))
    frame = typed_frame(schema, edition, rows)
    _refuse_repeated_keys(schema, frame)
    buffer = io.BytesIO()
    rows.write_parquet(buffer)
    digests = ", ".join(hashlib.sha256(raw).hexdigest() for raw in contents)
    return _Data(
        buffer.getvalue(), ".parquet", frame.height, f"Read as {form.name}; SHA-256: {digests}."
    )


def _there(sets: CodeSets, edition: Edition) -> Edition | None:
    """The edition of that id, if it is this very one. Raises UsageError where it is another."""
    if sets.catalogue().filter(set=edition.set_name, edition=edition.edition).is_empty():
        return None
    held = sets.edition(edition.set_name, edition.edition)
    if replace(held, received_at=edition.received_at, is_shipped=False) == edition:
        return held
    raise UsageError(
        "edition_taken",
        f"code set {edition.set_name} has another edition {edition.edition}. Choose another id: "
        "past reports keep the edition that they were made with.",
    )


def _refuse_repeated_keys(schema: SetSchema, frame: pl.DataFrame) -> None:
    key = [name for name in schema.key if name in frame.columns]
    repeated = frame.select(pl.struct(key).is_duplicated()).to_series().arg_true()
    if repeated.len():
        raise RefusedInputError(
            "key_repeated",
            f"code set {schema.name}: row {repeated[0] + 1} and another have the same "
            f"{', '.join(key)}. Keep one of them.",
        )


def _manifest(edition: Edition) -> str:
    until = f"effective_to = {edition.effective_to}\n" if edition.effective_to else ""
    return (
        f"file = {_text(edition.path.name)}\neffective_from = {edition.effective_from}\n{until}"
        f"received_at = {edition.received_at.isoformat()}\nstatus = {_text(edition.status)}\n"
        f"source = {_text(edition.source)}\nnote = {_text(edition.note)}\n"
        f"rows = {edition.rows}\nsha256 = {_text(edition.sha256)}\n"
    )


def _text(value: str) -> str:
    """A TOML basic string: JSON's escapes are among its own."""
    return json.dumps(value, ensure_ascii=False)
