"""Months that were closed: figures frozen, with the manifest that says what they follow from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from contracts.errors import HeldByPolicyError
from pipelines.io.ledger import audit, users
from pipelines.io.ledger.canonical import canonical_json, digest
from pipelines.io.ledger.tables_receivables import month_closes
from pipelines.io.ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class MonthClose:
    """A month as it was closed; `ordinal` 2 and more were closed again, for a `reason`.

    `figures`: section to rows, money as text.
    """

    agency: str
    month: str
    ordinal: int
    run_id: str
    figures: dict[str, list[dict[str, Any]]]
    figures_sha256: str
    manifest: dict[str, Any]
    closed_by: str
    reason: str | None
    recorded_at: datetime


def close(
    tx: Transaction, month: str, run_id: str, figures: dict[str, Any], manifest: dict[str, Any],
    reason: str | None = None,
) -> tuple[MonthClose, bool]:  # fmt: skip
    """Freeze a month's figures; also says whether they are new. Needs the right to publish.

    Closed with the same figures it stays as it is. Raises HeldByPolicyError where it is closed with
    others and no reason is given to close it again.
    """
    users.require(tx, "publish")
    sha256 = digest(canonical_json(figures))
    before = latest(tx.connection, tx.agency, month)
    if before is not None and before.figures_sha256 == sha256:
        return before, False
    if before is not None and reason is None:
        raise HeldByPolicyError(
            "month_closed",
            f"{month} was closed by {before.closed_by} with other figures. See what changed: "
            f"reentry close compare {month}; close it again with --reopen REASON.",
        )
    ordinal = 1 if before is None else before.ordinal + 1
    again = None if before is None else reason
    made = MonthClose(
        tx.agency, month, ordinal, run_id, figures, sha256, manifest, tx.user_id, again,
        tx.recorded_at,
    )  # fmt: skip
    names = month_closes.c.keys()
    tx.connection.execute(insert(month_closes).values({n: getattr(made, n) for n in names}))
    told = {"month": month, "ordinal": ordinal, "figures_sha256": sha256, "run_id": run_id}
    audit.append(tx, "month_closed", told)
    return made, True


def latest(connection: Connection, agency: str, month: str) -> MonthClose | None:
    """The month as it was closed last, or None."""
    statement = select(month_closes).where(
        month_closes.c.agency == agency, month_closes.c.month == month
    )
    newest = statement.order_by(month_closes.c.ordinal.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return None if row is None else MonthClose(**row._asdict())


def listed(connection: Connection, agency: str) -> list[MonthClose]:
    """Every close of the agency, by month and then in order."""
    statement = select(month_closes).where(month_closes.c.agency == agency)
    rows = connection.execute(statement.order_by(month_closes.c.month, month_closes.c.ordinal))
    return [MonthClose(**row._asdict()) for row in rows]
