"""Counts of delivered services: the measure's cube and its cuts.

Calling the measure belongs here; the definition is in `measures/`, the showing elsewhere.
"""

import polars as pl

from contracts.fields import field_of
from reports.engine import Parameters, engine
from reports.measure import sql
from reports.numbered import numbered
from reports.period import Period

NAME = "services_delivered"
CATEGORIES = field_of("service_lines", "service_category").allowed
_DIMENSIONS = ("facility_id", "month", "service_category")


def count_services(
    service_lines: pl.DataFrame,
    facilities: pl.DataFrame,
    ji_activations: pl.DataFrame,
    window_days: int,
    period: Period,
) -> pl.DataFrame:
    """One row a facility, month and category of the period; null in one of them means all.

    The first row is the total. What the other columns count is told in the definition.
    """
    frames = {
        "service_lines": service_lines.select(
            "person_id", "facility_id", "service_date", "service_category", "minutes", "verdict"
        ),
        "facilities": facilities.select("facility_id", "name"),
        "ji_activations": ji_activations.select(
            "person_id", "activated_on", "deactivated_on", "deactivation_reason"
        ),
        "service_categories": pl.DataFrame(
            {"service_category": CATEGORIES, "position": range(1, len(CATEGORIES) + 1)}
        ),
    }
    bounds: Parameters = {
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "window_days": window_days,
    }
    with engine(numbered(frames, ["person_id"]), bounds) as opened:
        return opened.ask(sql(NAME))


def split(counts: pl.DataFrame, *dimensions: str) -> pl.DataFrame:
    """The rows that split these dimensions and total the others."""
    return counts.filter(
        pl.col(name).is_not_null() if name in dimensions else pl.col(name).is_null()
        for name in _DIMENSIONS
    )
