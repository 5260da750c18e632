"""Bundles at the rim: the stage fed with what a view and the ledger know. Reading only."""

from typing import Final

import polars as pl

from contracts.feeds import facts
from pipelines.io.decided import ENCOUNTERS, current_encounters
from pipelines.io.ledger import batch_claims, claim_lines
from pipelines.io.workspace import View
from pipelines.stages.bundles.anchors import ANCHOR, SOURCE, anchors_of
from pipelines.stages.bundles.care import Care
from pipelines.stages.bundles.evaluation import Bundles, bundles
from pipelines.stages.people import with_survivor
from pipelines.x12.content import thaw

STAYS: Final = "custody_stays"
CARED: Final = (
    STAYS, "people", "cin_aliases", "facilities", "providers", "coverage", "ji_activations",
    "screenings", "care_milestones", "care_managers", "consents", "orders", "pharmacy_fills",
)  # fmt: skip
READ: Final = (*CARED, ENCOUNTERS)
_ACROSS: Final = ("lifetime", "days_30")


def bundles_of(view: View, believed: dict[str, pl.DataFrame], billable: pl.DataFrame) -> Bundles:
    """Tables `bundles` and `bundle_elements`.

    `believed`: current facts of `CARED`, without the rows that are held.
    """
    workspace = view.workspace
    codes = view.codes([SOURCE])[SOURCE]
    care = Care(
        **believed,
        stay_versions=_stay_versions(view),
        encounters=current_encounters(view),
        billable_days=billable,
        billed=_billed(view, codes, believed["people"]),
    )
    return bundles(care, codes, workspace.policy, view.as_of)


def _stay_versions(view: View) -> pl.DataFrame:
    """Every version of every stay: what was known of its release, and since when."""
    ids = [file.file_id for file in view.files_of(STAYS)]
    columns = ("stay_id", "release_certainty", "received_at")
    return view.workspace.lake.read_files(facts(STAYS), ids, columns)


def _billed(view: View, codes: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Bundles that went out and were not withdrawn: their anchor, with the day billed and the
    surviving person where a limit reaches beyond the episode.
    """
    agency = view.workspace.agency.id
    with view.workspace.ledger.read() as connection:
        keys = claim_lines.keys_out(connection, agency, view.known_at, SOURCE)
        reaches = codes["limit_scope"].is_in(_ACROSS).any() and not keys.is_empty()
        content = batch_claims.content_of_lines(connection, agency, SOURCE if reaches else "")
    out = anchors_of(keys)
    dated = content.with_columns(_service_dates(content["content"])).drop("content")
    stays = view.newest(STAYS, out.select("stay_id").unique()).select("stay_id", "person_id")
    key = ["source_system", "encounter_id", "line_number"]
    return (
        out.join(dated, on=key, how="left")
        .join(with_survivor(stays, people), on="stay_id", how="left")
        .select(*ANCHOR, "service_date", "person_id")
    )


def _service_dates(content: pl.Series) -> pl.Series:
    """The day of each claim's first line, which is the bundle's own."""
    first = pl.col("lines").list.first().struct.field("service_from")
    return thaw(content).select(service_date=first.str.to_date("%Y%m%d")).to_series()
