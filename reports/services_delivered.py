"""The services-delivered report: who was served, with what, where, and how much can be billed.

The report as a whole and its CSV belong here; its page, its workbook and its counts stand beside.
"""

import polars as pl

from reports.csvfile import csv_bytes
from reports.figures import sections
from reports.manifest import Manifest
from reports.measure import definition
from reports.pack import flat, with_bounds
from reports.packs import packs
from reports.report import Report, Surroundings, json_bytes
from reports.services_counts import NAME
from reports.services_page import services_page
from reports.services_workbook import services_workbook


def services_delivered(
    counts: pl.DataFrame, result: pl.DataFrame, surroundings: Surroundings, manifest: Manifest
) -> Report:
    """Make the report of `manifest.period`.

    Takes `counts` as `count_services` makes them of that period, and `result`: the pack's measures
    as `measuring.measure` counted them. Same input, same bytes.
    """
    pack = packs()[NAME]
    told = sections(result, pack.measures, surroundings.labels, surroundings.targets)
    rows = flat(result, pack, surroundings)
    cells = _flat(counts)
    return Report(
        html=services_page(counts, definition(NAME), told, surroundings, manifest),
        xlsx=services_workbook(counts, definition(NAME), rows, told, manifest),
        csv=csv_bytes(with_bounds(cells, manifest)),
        json=json_bytes(manifest, {"services": cells, "figures": rows}),
        manifest=manifest.to_bytes(),
    )


def _flat(counts: pl.DataFrame) -> pl.DataFrame:
    """The counts as a file: `all` where a row counts all facilities, months or categories."""
    keys = ("facility_id", "facility_name", "month", "service_category")
    return counts.select(pl.col(keys).fill_null("all"), pl.exclude(keys))
