"""Planning at the rim: the claims and plan stages, fed with what a view and the ledger know."""

import polars as pl

from pipelines.io.ledger import claim_lines
from pipelines.io.workspace import View
from pipelines.stages.claims.assembly import claims
from pipelines.stages.plan import plan

FEEDS_READ = (
    "encounters", "people", "cin_aliases", "facilities", "billing_providers", "providers",
    "custody_stays",
)  # fmt: skip


def desired_claims(view: View, service_lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The tables `claims` and `claim_lines` of a view's service lines."""
    workspace = view.workspace
    with workspace.ledger.read() as connection:
        bound = claim_lines.bound(connection, workspace.agency.id, view.known_at)
    return claims(
        service_lines=service_lines,
        **{feed: view.current(feed) for feed in FEEDS_READ},
        bound=bound,
        rates=view.codes(["rates"])["rates"],
        agency=workspace.agency,
        policy=workspace.policy,
        as_of=view.as_of,
    )


def planned(view: View, desired: pl.DataFrame) -> pl.DataFrame:
    """The table `plan`, against the ledger as the view knows it."""
    workspace = view.workspace
    return plan(
        desired,
        workspace.submissions(view.known_at),
        workspace.open_batch_claims(view.known_at),
        workspace.policy,
        view.as_of,
        workspace.agency,
    )
