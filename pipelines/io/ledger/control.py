"""Control numbers of interchanges and groups: given once, perhaps lost, never given again."""

from sqlalchemy import func, insert, select

from contracts.errors import HeldByPolicyError
from pipelines.io.ledger.tables_claims import control_numbers
from pipelines.io.ledger.transaction import Transaction

LAST_NUMBER = 999_999_999


def take(
    tx: Transaction, kind: str, batch_id: str | None = None, *, inquiry_id: str | None = None
) -> int:
    """The agency's next number of a kind (`interchange` ISA13, `group` GS06), 1 to 999999999,
    for a batch or an inquiry: both go to one receiver, who must never see a number twice.

    The transaction holds the agency's clock, so no other process can take one meanwhile.

    Raises:
        HeldByPolicyError: when the last one has been given.
    """
    last = tx.connection.execute(
        select(func.max(control_numbers.c.number)).where(
            control_numbers.c.agency == tx.agency, control_numbers.c.kind == kind
        )
    ).scalar_one()
    if last == LAST_NUMBER:
        raise HeldByPolicyError(
            "control_numbers_exhausted",
            f"agency {tx.agency} has given its last {kind} control number, {LAST_NUMBER}. "
            "Agree with the receiver on a new sender id.",
        )
    number: int = (last or 0) + 1
    tx.connection.execute(
        insert(control_numbers).values(
            agency=tx.agency,
            kind=kind,
            number=number,
            batch_id=batch_id,
            inquiry_id=inquiry_id,
            recorded_at=tx.recorded_at,
        )
    )
    return number
