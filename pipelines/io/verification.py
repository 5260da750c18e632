"""Verification: what must always hold of an agency's ledger, lake, archive and outbox.

Each check names its first break by file, claim or batch; none repeats a person's value.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from pipelines.io.acknowledgements import submission_states
from pipelines.io.answered import answered
from pipelines.io.decided import current_encounters
from pipelines.io.ledger import audit_chain, batches, claim_lines, files
from pipelines.io.outbox.folder import sha256_of
from pipelines.io.payments import Settled, line_accounts, settled
from pipelines.io.receipts import receipts
from pipelines.io.workspace import EVER, Workspace
from pipelines.stages.payments import accounts as account_stage


@dataclass(frozen=True)
class Verdict:
    """One check: whether it holds, over how many things, and what broke it first."""

    check: str
    holds: bool
    looked_at: int
    first_break: str | None = None


def verify(workspace: Workspace) -> Iterator[Verdict]:
    """All checks, in the order in which a break would spread."""
    for name, check in CHECKS.items():
        looked_at, broken = check(workspace)
        yield Verdict(name, broken is None, looked_at, broken)


Finding = tuple[int, str | None]


def _chain(workspace: Workspace) -> Finding:
    with workspace.ledger.read() as connection:
        broken = audit_chain.verify_chain(connection, workspace.agency.id)
        length = audit_chain.length(connection, workspace.agency.id)
    return length, None if broken is None else f"audit event {broken.sequence}: {broken.reason}"


def _rows(workspace: Workspace) -> Finding:
    seen = receipts(workspace)
    total = sum(one.received for one in seen.values())
    for feed, one in seen.items():
        if one.breaks:
            return total, f"{feed} file {one.breaks[0]}: ledger and lake count different rows"
    return total, None


def _archive(workspace: Workspace) -> Finding:
    with workspace.ledger.read() as connection:
        taken = files.accepted(connection, workspace.agency.id, EVER)
    for file in taken:
        folder = workspace.home.archive(workspace.agency.id) / file.feed
        kept = sorted(folder.glob(f"{file.file_id}.*"))
        if not kept:
            return len(taken), f"{file.feed} file {file.file_id}: not in the archive"
        if sha256_of(kept[0]) != file.sha256:
            return len(taken), f"{file.feed} file {file.file_id}: archived bytes have changed"
    return len(taken), None


def _first_unlike(left: pl.DataFrame, right: pl.DataFrame, key: str) -> str | None:
    """The first key whose amounts differ, or that stands on one side only."""
    both = left.join(right, on=key, how="full", coalesce=True, suffix="_right")
    unlike = both.filter(~pl.col("amount").eq_missing(pl.col("amount_right"))).sort(key)
    return None if unlike.is_empty() else str(unlike[key][0])


def _sums(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    return frame.group_by(key).agg(pl.col("charge_amount").sum().alias("amount"))


def _claims(workspace: Workspace) -> Finding:
    """Claims that should exist: each charges the sum of its lines."""
    run = workspace.last_run()
    if run is None:
        return 0, None
    view = workspace.view(run)
    claims = _sums(view.derived("claims"), "claim_id")
    broken = _first_unlike(claims, _sums(view.derived("claim_lines"), "claim_id"), "claim_id")
    return claims.height, broken and f"claim {broken}: its charge is not the sum of its lines"


def _service_lines(workspace: Workspace) -> Finding:
    """Every current encounter line has its verdict, and its charge, as corrected, unchanged."""
    run = workspace.last_run()
    if run is None:
        return 0, None
    view = workspace.view(run)
    place = pl.concat_str("file_id", pl.lit(" row "), pl.col("row_number").cast(pl.String))
    judged, received = (
        _sums(frame.with_columns(place.alias("place")), "place")
        for frame in (view.derived("service_lines"), current_encounters(view))
    )
    broken = _first_unlike(judged, received, "place")
    return received.height, broken and f"encounters file {broken}: charge lost or changed"


def _submissions(workspace: Workspace) -> Finding:
    """What was submitted charges the sum of the lines that it was submitted with."""
    sent = workspace.submissions(EVER)
    with workspace.ledger.read() as connection:
        lines = claim_lines.submitted(connection, workspace.agency.id, EVER)
    number = "patient_control_number"
    broken = _first_unlike(_sums(sent, number), _sums(lines, number), number)
    return sent.height, broken and f"submission {broken}: its charge is not the sum of its lines"


def _batches(workspace: Workspace) -> Finding:
    """Each written batch has its claims, its charges and its file, byte for byte; what was sent
    may have left the outbox.
    """
    with workspace.ledger.read() as connection:
        written = batches.listed(connection, workspace.agency.id, "written", "sent")
    sent = workspace.submissions(EVER)
    for batch in written:
        claims = sent.filter(batch_id=batch.batch_id)
        if (
            claims.height != batch.claim_count
            or claims["charge_amount"].sum() != batch.charge_amount
        ):
            return len(written), f"batch {batch.batch_id}: claims or charges unlike its submissions"
        path = workspace.home.outbox(workspace.agency.id) / str(batch.file_name)
        is_gone = batch.state == "sent" and not path.exists()
        if not is_gone and (not path.is_file() or sha256_of(path) != batch.file_sha256):
            return len(written), f"batch {batch.batch_id}: its file is missing or has changed"
    return len(written), None


def _accounts(workspace: Workspace) -> Finding:
    """Each line sent: charged = paid + adjusted + denied + open; adjudicated, nothing is open."""
    accounts = _payments(workspace)[1]
    wrong = account_stage.broken(accounts)
    place = None
    if wrong.height:
        place = "submission {}, line {}".format(
            *wrong.select("patient_control_number", "line_ordinal").row(0)
        )
    return accounts.height, place and f"{place}: charged is not paid, adjusted, denied and open"


def _cash(workspace: Workspace) -> Finding:
    """Each posted remittance pays what its lines and provider adjustments say."""
    made, _ = _payments(workspace)
    posted = made.remittances.filter(state="posted")
    key = ["file_id", "row_number"]
    lines = made.postings.group_by(key).agg(amount=pl.col("paid_amount").sum())
    taken = made.provider_level.group_by(key).agg(taken=pl.col("amount").sum())
    both = posted.select(*key, "trace_number", told="amount").join(lines, on=key, how="left")
    sums = both.join(taken, on=key, how="left").with_columns(pl.col("amount", "taken").fill_null(0))
    wrong = sums.filter(pl.col("told") != pl.col("amount") - pl.col("taken")).sort(key)
    first = None if wrong.is_empty() else wrong["trace_number"][0]
    return posted.height, first and f"remittance {first}: its lines do not make up what it pays"


def _payments(workspace: Workspace) -> tuple[Settled, pl.DataFrame]:
    now = workspace.view_now()
    made = settled(now)
    states = answered(now, submission_states(now, made.outcomes))
    return made, line_accounts(now, states, made)


CHECKS: dict[str, Callable[[Workspace], Finding]] = {
    "audit chain": _chain,
    "rows received = accepted + quarantined + duplicates": _rows,
    "archived files are as received": _archive,
    "charges of service lines = charges received": _service_lines,
    "charge of each claim = sum of its lines": _claims,
    "charge of each submission = sum of its lines": _submissions,
    "written batches = their submissions and files": _batches,
    "charged = paid + adjusted + denied + open, of each line": _accounts,
    "posted remittances = their lines and provider adjustments": _cash,
}
