"""Feeds: one asset a feed, all taken by one pass over the agency's inbox."""

from collections.abc import Iterator

import dagster as dg

from contracts.feeds import RECEIVED
from pipelines.defs.failures import contained
from pipelines.defs.partition import AGENCIES
from pipelines.defs.resources import Workplace
from pipelines.defs.tables import blocking_check, column_schema
from pipelines.io.receipts import Receipts, receipts
from pipelines.io.workspace import Workspace

CONSERVED = "rows_conserved"

_MEANING = "Received = accepted + quarantined + exact duplicates, in ledger and lake."

_SPECS = [
    dg.AssetSpec(
        feed,
        group_name="feeds",
        description=table.meaning,
        metadata=column_schema(table),
        partitions_def=AGENCIES,
    )
    for feed, table in RECEIVED.items()
]
_CHECKS = [blocking_check(CONSERVED, feed, _MEANING) for feed in RECEIVED]


def _taken(workspace: Workspace, log: dg.DagsterLogManager) -> dict[str, Receipts]:
    for outcome in workspace.inbox.take_all():
        log.info("%s file %s: %s", outcome.feed, outcome.file_id, outcome.code or outcome.state)
    return receipts(workspace)


def _told(feed: str, seen: Receipts) -> dg.MaterializeResult[None]:
    check = dg.AssetCheckResult(passed=seen.is_conserved, check_name=CONSERVED, asset_key=feed)
    return dg.MaterializeResult(asset_key=feed, metadata=seen.counts(), check_results=[check])


@dg.multi_asset(name="feeds", specs=_SPECS, check_specs=_CHECKS, partitions_def=AGENCIES)
def feeds(
    context: dg.AssetExecutionContext, workplace: Workplace
) -> Iterator[dg.MaterializeResult[None]]:
    """Take every file that waits in the agency's inbox."""
    with contained():
        workspace = workplace.workspace(context.partition_key, context.run.run_id, context.instance)
        seen = _taken(workspace, context.log)
    yield from (_told(feed, seen[feed]) for feed in RECEIVED)
