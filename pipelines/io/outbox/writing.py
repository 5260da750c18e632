"""Writing: the steps from an approved batch to its file, each safe to be killed after.

`leave_changed` and `start` are ledger transactions, `make_files` is disk only, `finish` is the
transaction after which the file must exist, `publish` puts it there.
"""

from collections.abc import Sequence

import polars as pl

from contracts.decisions import WRITTEN_OFF
from contracts.settings import Agency
from pipelines.io.ledger import batch_claims, batch_writing, batches
from pipelines.io.ledger.batches import BatchRow
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.outbox.folder import Folder
from pipelines.io.outbox.refusals import refuse_at_gate, refuse_broken_claims
from pipelines.io.outbox.rendering import (
    Rendered,
    envelope_of,
    file_name,
    frozen_content,
    render_to,
)
from pipelines.io.outbox.sheet import control_sheet
from pipelines.x12.claim_forms import FORMS


def leave_changed(
    ledger: Ledger, agency_id: str, batch_id: str, plan: pl.DataFrame, user_id: str
) -> dict[str, str]:
    """Take claims out of the batch that the plan no longer has as approved: claim id to reason."""
    with ledger.write(agency_id, user_id) as tx:
        batches.require_move(tx, batch_id, "writing")
        claims = batch_claims.frozen(tx.connection, batch_id)
        batched = pl.DataFrame(
            [(claim.claim_id, claim.row_hash) for claim in claims],
            schema={"claim_id": pl.String, "row_hash": pl.String},
            orient="row",
        )
        leaving = dict(_leaving(batched, plan).iter_rows())
        for claim_id, reason in leaving.items():
            batches.leave(tx, batch_id, claim_id, reason)
    return leaving


def start(ledger: Ledger, agency_id: str, batch_id: str, user_id: str) -> BatchRow:
    """Take control numbers and the time of creation."""
    with ledger.write(agency_id, user_id) as tx:
        return batch_writing.start_writing(tx, batch_id)


def make_files(
    ledger: Ledger, folder: Folder, agency: Agency, batches_begun: Sequence[BatchRow]
) -> list[Rendered]:
    """Render each batch into its temporary file and let every rule look at it."""
    rendered = [_make_file(ledger, folder, agency, batch) for batch in batches_begun]
    refuse_at_gate([folder.temporary(file_name(batch)) for batch in batches_begun])
    return rendered


def _make_file(ledger: Ledger, folder: Folder, agency: Agency, batch: BatchRow) -> Rendered:
    with ledger.read() as connection:
        claims = batch_claims.frozen(connection, batch.batch_id)
    content = frozen_content(claims)
    form = FORMS[batch.claim_form]
    refuse_broken_claims(claims, content, form)
    path = folder.temporary(file_name(batch))
    return render_to(path, content, envelope_of(batch, agency), form)


def finish(ledger: Ledger, batch: BatchRow, rendered: Rendered, user_id: str) -> BatchRow:
    """Record the file and its submissions."""
    with ledger.write(batch.agency, user_id) as tx:
        return batch_writing.finish_writing(
            tx,
            batch.batch_id,
            rendered.places,
            file_name=file_name(batch),
            file_size=rendered.size,
            file_sha256=rendered.sha256,
        )


def publish(folder: Folder, batch: BatchRow) -> None:
    """Put the recorded file and its control sheet into the outbox."""
    folder.publish(file_name(batch), control_sheet(batch))


def _leaving(batched: pl.DataFrame, plan: pl.DataFrame) -> pl.DataFrame:
    """`claim_id` and `reason` of claims that are gone, held or not the row that was approved."""
    row_stands = pl.col("claim_row_hash").eq_missing(pl.col("row_hash"))
    written_off = pl.col("reasons").list.contains(WRITTEN_OFF).fill_null(False)
    planned = pl.col("action").is_in(["new", "nothing"]).fill_null(False)
    stays = row_stands & planned & ~written_off
    changed = pl.when(pl.col("claim_row_hash").is_null()).then(pl.lit("claim_gone"))
    told = pl.coalesce(pl.col("reasons").list.first(), changed.otherwise(pl.lit("row_changed")))
    return (
        batched.unique("claim_id", maintain_order=True)
        .join(plan, on="claim_id", how="left", maintain_order="left")
        .filter(~stays)
        .select("claim_id", reason=told)
    )
