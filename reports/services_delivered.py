"""The services-delivered report: who was served, with what, where, and how much can be billed.

The report as a whole and its CSV belong here; its page, its workbook and its counts stand beside.
"""

from dataclasses import dataclass

import polars as pl

from reports.csvfile import csv_bytes
from reports.manifest import Manifest
from reports.measure import definition
from reports.services_counts import NAME, count_services
from reports.services_page import services_page
from reports.services_workbook import services_workbook


@dataclass(frozen=True)
class Report:
    """A report in each of its formats, with the manifest that they follow from."""

    html: bytes
    xlsx: bytes
    csv: bytes
    manifest: bytes


def services_delivered(
    service_lines: pl.DataFrame,
    facilities: pl.DataFrame,
    ji_activations: pl.DataFrame,
    window_days: int,
    manifest: Manifest,
) -> Report:
    """Make the report of `manifest.period`.

    Takes `service_lines` and current `facilities` and `ji_activations` as their contracts have
    them, with surviving persons; `window_days` is policy `window.days`. Same input, same bytes.
    """
    counts = count_services(service_lines, facilities, ji_activations, window_days, manifest.period)
    return Report(
        html=services_page(counts, definition(NAME), manifest),
        xlsx=services_workbook(counts, definition(NAME), manifest),
        csv=csv_bytes(_flat(counts, manifest)),
        manifest=manifest.to_bytes(),
    )


def _flat(counts: pl.DataFrame, manifest: Manifest) -> pl.DataFrame:
    """The counts as a file: `all` where a row counts all facilities, months or categories."""
    keys = ("facility_id", "facility_name", "month", "service_category")
    return counts.select(
        pl.lit(manifest.agency).alias("agency"),
        pl.lit(manifest.form.value).alias("form"),
        pl.lit(manifest.period.starts_on).alias("period_starts_on"),
        pl.lit(manifest.period.ends_on).alias("period_ends_on"),
        pl.col(keys).fill_null("all"),
        pl.exclude(keys),
    )
