"""Second thoughts: what the county finds wrong once it has been paid, and sends once more.

A charge is corrected, so that a line is replaced; a release turns out to have been earlier, so that
a service after it was none and is voided.
"""

from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import polars as pl

from contracts.parsing import LOCAL_ZONE
from pipelines.demo.delivery import lay
from pipelines.demo.feeds import as_file
from pipelines.io.ledger import claim_lines
from pipelines.io.workspace import EVER, Workspace
from pipelines.stages.bundles.anchors import SOURCE as BUNDLES

MORE: Final = Decimal("5.00")
_KEY: Final = ("source_system", "encounter_id", "line_number")
_APART: Final = 3  # days between a stay's last service and the one before: the release fits between


def change_what_was_billed(workspace: Workspace) -> list[Path]:
    """Lay both corrections into the inbox. What is corrected already is not laid again."""
    with workspace.ledger.read() as connection:
        lines = claim_lines.submitted(connection, workspace.agency.id, EVER)
    encounters = workspace.view_now().current("encounters")
    # Of a line its first charge, so that what went out changed already is told apart.
    first = lines.with_columns(
        charged=pl.col("charge_amount").min().over(_KEY),
        sent_count=pl.len().over(_KEY),
        number=pl.col("patient_control_number").min().over(_KEY),
    )
    alone = first.filter(pl.len().over("patient_control_number") == 1)
    bundled = lines.filter(source_system=BUNDLES)["encounter_id"].str.split("/").list.first()
    billed = first.unique(_KEY).drop("charge_amount").join(encounters, on=_KEY)
    plain = billed.filter(~pl.col("stay_id").is_in(bundled.implode()))
    single = billed.join(alone, on=_KEY, how="semi")
    return [*_correct_a_charge(workspace, single), *_move_a_release(workspace, plain)]


def _correct_a_charge(workspace: Workspace, billed: pl.DataFrame) -> list[Path]:
    """Of the first claim of one line, best one that the payer had turned back once."""
    chosen = billed.sort("sent_count", "number", descending=[True, False]).head(1)
    wrong = chosen.filter(pl.col("charge_amount") == pl.col("charged"))
    right = wrong.with_columns(pl.col("charge_amount") + MORE)
    return _laid(workspace, "encounters", right)


def _move_a_release(workspace: Workspace, billed: pl.DataFrame) -> list[Path]:
    """Of the first stay without bundles whose last service comes alone, days after all others."""
    day = pl.col("service_date")
    ends = billed.group_by("stay_id").agg(
        last=day.max(), before=day.filter(day < day.max()).max(), alone=(day == day.max()).sum()
    )
    some = ends.filter(
        pl.col("alone") == 1, pl.col("last") - pl.col("before") >= timedelta(days=_APART)
    )
    stays = (
        workspace.view_now().current("custody_stays").filter(pl.col("released_at").is_not_null())
    )
    chosen = stays.join(some, on="stay_id").sort("stay_id").head(1)
    evening = (pl.col("last") - timedelta(days=1)).dt.combine(time(18))
    earlier = evening.dt.replace_time_zone(LOCAL_ZONE).dt.convert_time_zone("UTC")
    moved = chosen.filter(pl.col("released_at") > earlier).with_columns(released_at=earlier)
    return _laid(workspace, "custody_stays", moved)


def _laid(workspace: Workspace, feed: str, rows: pl.DataFrame) -> list[Path]:
    if rows.is_empty():
        return []
    folder = workspace.home.inbox(workspace.agency.id, feed)
    return [lay(feed, as_file(feed, rows), folder / f"{feed}-changed-{workspace.today()}")]
