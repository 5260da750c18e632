"""Who works with the ledger of these tests, and the claims that they put into batches."""

from datetime import UTC, datetime
from decimal import Decimal

from pipelines.io.ledger import users
from pipelines.io.ledger.batch_claims import BatchClaim
from pipelines.io.ledger.claim_lines import ClaimLine
from pipelines.io.ledger.ledger import Ledger

NOW = datetime(2026, 10, 1, 17, 0, tzinfo=UTC)
STAFF = {
    "ada": ["admin"],
    "bo": ["view", "decide", "propose"],
    "cy": ["view", "approve", "write", "publish"],
    "di": ["propose", "approve"],
}


def employ(made: Ledger) -> None:
    """Give a fresh ledger its staff."""
    with made.write("34", "init") as tx:
        users.save(tx, "ada", STAFF["ada"])
    with made.write("34", "ada") as tx:
        for user_id in ("bo", "cy", "di"):
            users.save(tx, user_id, STAFF[user_id])


def a_claim(
    name: str,
    number: int = 1,
    *,
    charge: str = "100.00",
    encounter_id: str | None = None,
    line_number: int = 1,
    replaces: str | None = None,
) -> BatchClaim:
    """A claim of one line; its patient control number is its name and submission number."""
    amount = Decimal(charge)
    line = ClaimLine("main", encounter_id or f"E-{name}", line_number, 1, amount)
    return BatchClaim(
        claim_id=name,
        submission_number=number,
        patient_control_number=f"{name}.{number}",
        frequency_code="1" if replaces is None else "7",
        content=f'{{"claim":"{name}"}}',
        content_hash=f"content {name}",
        row_hash=f"row {name}",
        charge_amount=amount,
        lines=(line,),
        replaces=replaces,
    )
