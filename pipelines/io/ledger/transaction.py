"""One writing transaction of one agency: it holds the agency's clock until it ends.

`recorded_at` strictly increases for each agency because every writer takes the agency's row first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from contracts.errors import UsageError
from contracts.settings import AGENCY_ID
from pipelines.io.ledger.audit_chain import GENESIS
from pipelines.io.ledger.tables_intake import agencies

TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a writing function needs: connection, whose ledger, when, and who does it."""

    connection: Connection
    agency: str
    recorded_at: datetime
    user_id: str
    is_sandbox: bool


def begin(
    connection: Connection, agency: str, user_id: str, now: datetime, *, is_sandbox: bool
) -> Transaction:
    """Take the agency's clock: `now`, or a microsecond after the last record if that is later.

    Raises:
        UsageError: when the agency's id is not one.
    """
    if not AGENCY_ID.fullmatch(agency):
        raise UsageError("agency_id", "an agency's id has 1 to 20 of a-z, 0-9, _ and -.")
    _make_known(connection, agency, now)
    last = connection.execute(
        select(agencies.c.last_recorded_at).where(agencies.c.agency == agency).with_for_update()
    ).scalar_one()
    recorded_at = max(now, last + TICK)
    connection.execute(
        update(agencies).where(agencies.c.agency == agency).values(last_recorded_at=recorded_at)
    )
    return Transaction(connection, agency, recorded_at, user_id, is_sandbox)


def _make_known(connection: Connection, agency: str, now: datetime) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(agencies)
        .values(agency=agency, last_recorded_at=now - TICK, audit_sequence=0, audit_digest=GENESIS)
        .on_conflict_do_nothing()
    )
