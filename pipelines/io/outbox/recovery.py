"""Recovery: what a killed command left behind is finished or undone before anything else happens.

`writing` means that no submission was recorded: the file goes, the numbers are lost. `written`
means that all were: the file must be there, byte for byte. Called under the folder's lock.
"""

from pathlib import Path

from contracts.errors import BrokenInvariantError
from contracts.settings import Agency
from pipelines.io.ledger import batch_claims, batch_writing, batches
from pipelines.io.ledger.batches import BatchRow
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.outbox.folder import Folder, sha256_of
from pipelines.io.outbox.rendering import envelope_of, file_name, frozen_content, render_to
from pipelines.io.outbox.writing import publish
from pipelines.x12.claim_forms import FORMS


def recover(
    ledger: Ledger, folder: Folder, agency: Agency, user_id: str, *, sparing: str | None = None
) -> list[str]:
    """Ids of the batches that were put right.

    `sparing` names a batch about to be withdrawn, whose file need not be made again. Raises
    BrokenInvariantError where a written file cannot be made again as it was.
    """
    with ledger.read() as connection:
        interrupted = batches.listed(connection, agency.id, "writing")
        written = batches.listed(connection, agency.id, "written")
    for batch in interrupted:
        _undo(ledger, folder, batch, user_id)
    missing = [b for b in written if b.batch_id != sparing and not _file(folder, b).is_file()]
    for batch in missing:
        _restore(ledger, folder, agency, batch)
    folder.sweep()
    return [batch.batch_id for batch in (*interrupted, *missing)]


def _file(folder: Folder, batch: BatchRow) -> Path:
    return folder.file(file_name(batch))


def _undo(ledger: Ledger, folder: Folder, batch: BatchRow, user_id: str) -> None:
    folder.temporary(file_name(batch)).unlink(missing_ok=True)
    with ledger.write(batch.agency, user_id) as tx:
        batch_writing.back_to_approved(tx, batch.batch_id)


def _restore(ledger: Ledger, folder: Folder, agency: Agency, batch: BatchRow) -> None:
    path = folder.temporary(file_name(batch))
    if not path.is_file() or sha256_of(path) != batch.file_sha256:
        _render_again(ledger, folder, agency, batch)
    publish(folder, batch)


def _render_again(ledger: Ledger, folder: Folder, agency: Agency, batch: BatchRow) -> None:
    with ledger.read() as connection:
        claims = batch_claims.frozen(connection, batch.batch_id)
    path = folder.temporary(file_name(batch))
    form = FORMS[batch.claim_form]
    rendered = render_to(path, frozen_content(claims), envelope_of(batch, agency), form)
    if rendered.sha256 != batch.file_sha256:
        path.unlink()
        raise BrokenInvariantError(
            "file_not_restored",
            f"the file of batch {batch.batch_id} is missing and rendered again it has other "
            "bytes than recorded. Put back the agency's settings as they were when it was "
            "written, or withdraw the batch.",
        )
