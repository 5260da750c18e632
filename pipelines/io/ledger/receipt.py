"""When a file counts as received: strictly increasing for each agency. Files are in `files.py`."""

from datetime import datetime

from sqlalchemy import select, update

from contracts.errors import UsageError
from pipelines.io.ledger.tables_intake import agencies, files
from pipelines.io.ledger.transaction import TICK, Transaction


def time_of(tx: Transaction, given: datetime | None) -> datetime:
    """When the file counts as received: the transaction's time, or a given one if it may be.

    Raises:
        UsageError: the given time is not after the last one (outside a sandbox), taken, or to come.
    """
    last = tx.connection.execute(
        select(agencies.c.last_received_at).where(agencies.c.agency == tx.agency)
    ).scalar_one()
    if given is not None:
        _check_given(tx, given, last)
    received_at = given or (tx.recorded_at if last is None else max(tx.recorded_at, last + TICK))
    latest = received_at if last is None else max(last, received_at)
    # The clock follows, so that a run begun next sees every file received before it.
    tx.connection.execute(
        update(agencies)
        .where(agencies.c.agency == tx.agency)
        .values(last_received_at=latest, last_recorded_at=max(tx.recorded_at, latest))
    )
    return received_at


def _check_given(tx: Transaction, given: datetime, last: datetime | None) -> None:
    if given > tx.recorded_at:
        raise UsageError("received_at_to_come", "--received-at is later than now. Give a past one.")
    if not tx.is_sandbox and last is not None and given <= last:
        raise UsageError(
            "received_at_too_early",
            f"--received-at is not after agency {tx.agency}'s last receipt. Leave it out; "
            "earlier ones are for a home with sandbox = true in reentry.toml.",
        )
    taken = select(files.c.file_id).where(files.c.agency == tx.agency, files.c.received_at == given)
    other = tx.connection.execute(taken).scalar_one_or_none()
    if other is not None:
        raise UsageError(
            "received_at_taken",
            f"file {other} of agency {tx.agency} has this --received-at. Add a microsecond.",
        )
