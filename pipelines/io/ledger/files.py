"""Files taken: receiving, then accepted or refused. Their rows are facts and live in the lake."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from contracts.errors import BrokenInvariantError, RefusedInputError, UsageError
from pipelines.io.ledger import audit, receipt
from pipelines.io.ledger.canonical import digest_id
from pipelines.io.ledger.tables_intake import files
from pipelines.io.ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of an agency, known by its bytes; `ordinal` counts how often they were received."""

    file_id: str
    agency: str
    sha256: str
    ordinal: int
    feed: str
    file_name: str
    size_bytes: int
    received_at: datetime
    state: str
    refusal_code: str | None
    refusal_message: str | None
    mapping_hash: str | None
    row_count: int | None
    accepted_count: int | None
    quarantined_count: int | None
    duplicate_count: int | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class FileCounts:
    """Rows in file = accepted + quarantined + duplicates."""

    accepted_count: int
    quarantined_count: int
    duplicate_count: int

    @property
    def row_count(self) -> int:
        return self.accepted_count + self.quarantined_count + self.duplicate_count


def file_id_of(agency: str, sha256: str, ordinal: int) -> str:
    """The id of a file: the same whenever its receipt is replayed."""
    return digest_id(agency, sha256, ordinal)


def begin(
    tx: Transaction,
    *,
    sha256: str,
    feed: str,
    file_name: str,
    size_bytes: int,
    received_at: datetime | None = None,
    again: bool = False,
) -> FileRow:
    """Start receiving a file, or return the row of bytes that were seen before.

    The state tells which: `receiving` is to be done (a second time, after a kill); `accepted` and
    `refused` are returned unchanged unless `again` asks for the bytes to be received anew.

    Raises:
        RefusedInputError: the bytes are already being received as another feed.
        UsageError: `received_at` is not after the last one (outside a sandbox), taken, or to come.
    """
    seen = find(tx.connection, tx.agency, sha256)
    if seen is not None and (seen.state == "receiving" or not again):
        _refuse_other_feed(seen, feed)
        return seen
    ordinal = 1 if seen is None else seen.ordinal + 1
    tx.connection.execute(
        insert(files).values(
            file_id=file_id_of(tx.agency, sha256, ordinal),
            agency=tx.agency,
            sha256=sha256,
            ordinal=ordinal,
            feed=feed,
            file_name=file_name,
            size_bytes=size_bytes,
            received_at=receipt.time_of(tx, received_at),
            state="receiving",
            recorded_at=tx.recorded_at,
        )
    )
    return get(tx.connection, tx.agency, file_id_of(tx.agency, sha256, ordinal))


def accept(tx: Transaction, file_id: str, counts: FileCounts, *, mapping_hash: str | None) -> None:
    """The file's rows are in the lake: from now on they count."""
    row = _receiving(tx, file_id)
    numbers = {
        "row_count": counts.row_count,
        "accepted_count": counts.accepted_count,
        "quarantined_count": counts.quarantined_count,
        "duplicate_count": counts.duplicate_count,
    }
    _settle(tx, file_id, state="accepted", mapping_hash=mapping_hash, **numbers)
    detail = {"file_id": file_id, "feed": row.feed, "sha256": row.sha256, **numbers}
    audit.append(tx, "file_taken", detail)


def refuse(tx: Transaction, file_id: str, code: str, message: str) -> None:
    """Nothing of the file was taken; `message` names column and remedy, no person's value."""
    row = _receiving(tx, file_id)
    _settle(tx, file_id, state="refused", refusal_code=code, refusal_message=message)
    detail = {"file_id": file_id, "feed": row.feed, "sha256": row.sha256, "code": code}
    audit.append(tx, "file_refused", detail)


def get(connection: Connection, agency: str, file_id: str) -> FileRow:
    """The file with this id.

    Raises:
        UsageError: when the agency has none.
    """
    row = connection.execute(
        select(files).where(files.c.agency == agency, files.c.file_id == file_id)
    ).one_or_none()
    if row is None:
        raise UsageError("file_unknown", f"agency {agency} has no file {file_id}.")
    return _file(row)


def find(connection: Connection, agency: str, sha256: str) -> FileRow | None:
    """The newest receipt of these bytes, or None."""
    row = connection.execute(
        select(files)
        .where(files.c.agency == agency, files.c.sha256 == sha256)
        .order_by(files.c.ordinal.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _file(row)


def accepted(connection: Connection, agency: str, known_at: datetime) -> list[FileRow]:
    """Files whose facts count at `known_at`, in order of receipt."""
    return _listed(connection, agency, files.c.state == "accepted", files.c.received_at <= known_at)


def everything(connection: Connection, agency: str) -> list[FileRow]:
    """Every file ever begun, whatever became of it, in order of receipt."""
    return _listed(connection, agency)


def receiving(connection: Connection, agency: str) -> list[FileRow]:
    """Files begun and not settled: what a kill has left to be done again."""
    return _listed(connection, agency, files.c.state == "receiving")


def _listed(connection: Connection, agency: str, *conditions: Any) -> list[FileRow]:  # noqa: ANN401
    statement = select(files).where(files.c.agency == agency, *conditions)
    return [_file(row) for row in connection.execute(statement.order_by(files.c.received_at))]


def _receiving(tx: Transaction, file_id: str) -> FileRow:
    row = get(tx.connection, tx.agency, file_id)
    if row.state != "receiving":
        raise BrokenInvariantError(
            "file_settled", f"file {file_id} is already {row.state}; receive it again on purpose."
        )
    return row


def _settle(tx: Transaction, file_id: str, **values: object) -> None:
    tx.connection.execute(
        update(files).where(files.c.file_id == file_id).values(recorded_at=tx.recorded_at, **values)
    )


def _refuse_other_feed(seen: FileRow, feed: str) -> None:
    # The lake may hold rows of the unfinished feed: accepting them as another would count both.
    if seen.state == "receiving" and seen.feed != feed:
        raise RefusedInputError(
            "file_begun_as_other_feed",
            f"file {seen.file_id} is being received as {seen.feed}, not {feed}. "
            f"Put it back into inbox/{seen.agency}/{seen.feed} and run intake.",
        )


def _file(row: Row[tuple[object, ...]]) -> FileRow:
    return FileRow(**row._asdict())
