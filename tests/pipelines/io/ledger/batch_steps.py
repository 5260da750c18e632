"""The steps of a batch and who may make them, for the tests of batches."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

from pipelines.io.ledger import (
    batch_claims,
    batch_writing,
    batches,
)
from pipelines.io.ledger.batch_claims import BatchClaim
from pipelines.io.ledger.batches import BatchRow
from pipelines.io.ledger.submissions import SetPlace
from pipelines.io.ledger.transaction import Transaction

Action = Callable[[Transaction], object]
AsUser = Callable[[str], AbstractContextManager[Transaction]]
STATES = ["proposed", "approved", "writing", "written", "sent", "withdrawn"]


def propose(tx: Transaction, *claims: BatchClaim) -> str:
    batch = batches.propose(
        tx, usage="P", claim_form="professional", route="medi_cal", claims=claims
    )
    return batch.batch_id


def finish(tx: Transaction, batch_id: str) -> BatchRow:
    frozen = batch_claims.frozen(tx.connection, batch_id)
    places = {c.patient_control_number: SetPlace("0001", c.position) for c in frozen}
    return batch_writing.finish_writing(
        tx, batch_id, places, file_name=f"{batch_id}.837", file_size=9, file_sha256="ff"
    )


STEPS: dict[str, tuple[str, Callable[[Transaction, str], BatchRow]]] = {
    "approved": ("cy", batches.approve),
    "writing": ("cy", batch_writing.start_writing),
    "written": ("cy", finish),
    "sent": ("cy", batches.sent),
    "withdrawn": ("di", lambda tx, batch_id: batches.withdraw(tx, batch_id, "not now")),
    "back": ("cy", batch_writing.back_to_approved),
}
WAYS = {
    "proposed": [],
    "approved": ["approved"],
    "writing": ["approved", "writing"],
    "written": ["approved", "writing", "written"],
    "sent": ["approved", "writing", "written", "sent"],
    "withdrawn": ["withdrawn"],
}


def step(as_user: AsUser, name: str, batch_id: str) -> BatchRow:
    user_id, do = STEPS[name]
    with as_user(user_id) as tx:
        return do(tx, batch_id)


def bring(as_user: AsUser, batch_id: str, state: str) -> None:
    for name in WAYS[state]:
        step(as_user, name, batch_id)


def count(tmp_path: Path, table: str) -> int:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw:
        return int(raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


#   to:       approved  writing  written  sent   withdrawn  back
