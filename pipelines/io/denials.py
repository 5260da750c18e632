"""Denials at the rim: the run's accounts beside the map of reasons and what findings had said."""

import polars as pl

from pipelines.io.decided import current_encounters
from pipelines.io.ledger import finding_subjects
from pipelines.io.workspace import View
from pipelines.stages.bundles.anchors import marked
from pipelines.stages.bundles.evaluation import Bundles
from pipelines.stages.denials.denials import denials
from pipelines.stages.denials.routing import coverage
from pipelines.stages.people import with_survivor

MAP, CROSSWALK = "carc_rarc_map", "rad_carc_rarc"


def denials_of(
    view: View, accounts: pl.DataFrame, adjustments: pl.DataFrame, care: Bundles
) -> pl.DataFrame:
    """Table `denials`, from `line_accounts`, `line_adjustments` and bundles of the same run."""
    workspace, people = view.workspace, view.current("people")
    with workspace.ledger.read() as connection:
        foreseen = finding_subjects.foreseen(connection, workspace.agency.id, view.known_at)
    return denials(
        accounts,
        adjustments,
        foreseen,
        with_survivor(current_encounters(view), people),
        with_survivor(marked(care.bundles, care.bundle_elements), people),
        view.codes([MAP])[MAP],
        workspace.policy,
        workspace.agency.id,
        view.as_of,
    )


def labels(view: View, carc: str | None, rarc: str | None) -> dict[str, str | None]:
    """Our words for a reason and its remark, of the newest edition that has any; else null."""
    sets = view.codes(["carc", "rarc"])
    found = {
        name: sets[name].sort("edition_from").filter(code=code or "")["label"].drop_nulls()
        for name, code in (("carc", carc), ("rarc", rarc))
    }
    return {name: words[-1] if words.len() else None for name, words in found.items()}


def map_coverage(view: View) -> pl.DataFrame:
    """How the pairs of the payer's crosswalk are mapped: standing, pairs, rad_codes."""
    codes = view.codes([MAP, CROSSWALK])
    return coverage(codes[MAP], codes[CROSSWALK])
