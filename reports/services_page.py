"""The page of the services-delivered report: its figures, sentences and charts.

What is said and drawn belongs here; the arrangement is the template's.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl
from markupsafe import Markup

from reports.charts import Bar, bars
from reports.figures import Section
from reports.manifest import Manifest
from reports.measure import Definition
from reports.pack_page import shown
from reports.page import render
from reports.palette import ACTIVATED, SERVED, VERDICTS
from reports.report import Surroundings, note
from reports.services_counts import split
from reports.words import counted, label, percent, short_month, whole

_BARS_MOST = 12
Row = dict[str, Any]


def services_page(
    counts: pl.DataFrame,
    definition: Definition,
    sections: Sequence[Section],
    surroundings: Surroundings,
    manifest: Manifest,
) -> bytes:
    """The report as one self-contained HTML file. `counts` as `count_services` makes them."""
    cuts = {name: split(counts, name) for name in ("service_category", "facility_id", "month")}
    total = counts.row(0, named=True)
    return render(
        "services_delivered.html",
        definition=definition,
        title=definition.title,
        titles={"share": "Share of activated"}
        | {name: column.title for name, column in definition.columns.items()},
        manifest=manifest,
        digest=manifest.digest,
        total=total,
        summary=_summary(total, cuts["facility_id"]),
        figures=_figures(total),
        note=note(manifest, definition.completeness_lag_days),
        charts=[_by_category(cuts["service_category"]), _reach(cuts, manifest)],
        categories=_rows(cuts["service_category"]),
        facilities=_rows(cuts["facility_id"]),
        months=_rows(cuts["month"]) if manifest.period.months > 1 else [],
        cells=_cells(counts),
        sections=shown(sections, surroundings),
    )


def _rows(cut: pl.DataFrame) -> list[Row]:
    return [
        row | {"share": percent(row["activated_people_served"], row["activated_people"])}
        for row in cut.to_dicts()
    ]


def _cells(counts: pl.DataFrame) -> dict[str, list[int]]:
    """People by facility id, one figure a category."""
    both = split(counts, "facility_id", "service_category")
    grouped = both.group_by("facility_id", maintain_order=True).agg("people_served")
    return dict(grouped.iter_rows())


def _figures(total: Row) -> list[tuple[str, str, str]]:
    services = total["service_count"]
    reached, activated = total["activated_people_served"], total["activated_people"]
    return [
        (whole(total["people_served"]), "people served", _minutes(total)),
        (
            percent(reached, activated),
            "of activated people reached",
            f"{whole(reached)} of {whole(activated)}",
        ),
        (whole(services), "services delivered", f"{_each(total)} a person"),
        (
            percent(total["clean_count"], services),
            "of services billable",
            f"{whole(total['clean_count'])} of {whole(services)}",
        ),
    ]


def _minutes(total: Row) -> str:
    return f"{whole(total['minutes'] // 60)} hours documented"


def _each(total: Row) -> str:
    people = total["people_served"]
    tenths = (20 * total["service_count"] + people) // (2 * people) if people else 0
    return f"{tenths // 10}.{tenths % 10}"


def _summary(total: Row, facilities: pl.DataFrame) -> str:
    if not total["service_count"]:
        return "No service is documented for this period."
    places = facilities.filter(pl.col("service_count") > 0).height
    return (
        f"{counted(total['people_served'], 'person', 'people')} received "
        f"{counted(total['service_count'], 'service', 'services')} at "
        f"{counted(places, 'facility', 'facilities')}. "
        f"{counted(total['rejected_count'], 'service', 'services')} cannot be billed as "
        f"documented, {whole(total['held_count'])} more held for a decision: "
        "the worklist says why, and who can mend it."
    )


def _by_category(cut: pl.DataFrame) -> tuple[str, Markup]:
    rows = cut.to_dicts()
    pieces = [
        Bar(
            group=label(row["service_category"]),
            part=label(verdict),
            count=row[f"{verdict}_count"],
        )
        for row in rows
        for verdict in VERDICTS
    ]
    told = "; ".join(f"{label(r['service_category'])} {whole(r['service_count'])}" for r in rows)
    colours = {label(verdict): colour for verdict, colour in VERDICTS.items()}
    drawing = bars(pieces, colours, "Services", f"Services by category: {told}.", is_stacked=True)
    return "Services by category, and what can be billed", drawing


def _reach(cuts: dict[str, pl.DataFrame], manifest: Manifest) -> tuple[str, Markup]:
    """Over several months people activated and served, month by month; else people by facility."""
    if manifest.period.months > 1:
        return _by_month(cuts["month"])
    return _by_facility(cuts["facility_id"])


def _by_month(cut: pl.DataFrame) -> tuple[str, Markup]:
    colours = {"Activated": ACTIVATED, "Served while activated": SERVED}
    columns = ("activated_people", "activated_people_served")
    rows = cut.to_dicts()
    pieces = [
        Bar(group=short_month(row["month"]), part=part, count=row[column])
        for row in rows
        for part, column in zip(colours, columns, strict=True)
    ]
    told = "; ".join(
        f"{short_month(r['month'])} {whole(r[columns[1]])} of {whole(r[columns[0]])}" for r in rows
    )
    description = f"Activated people served, by month: {told}."
    return "Activated people reached, by month", bars(
        pieces, colours, "People", description, is_stacked=False
    )


def _by_facility(cut: pl.DataFrame) -> tuple[str, Markup]:
    shown = cut.sort("people_served", descending=True, maintain_order=True).head(_BARS_MOST)
    rows = shown.to_dicts()
    pieces = [
        Bar(group=row["facility_name"], part="People served", count=row["people_served"])
        for row in rows
    ]
    told = "; ".join(f"{row['facility_name']} {whole(row['people_served'])}" for row in rows)
    title = "People served, by facility"
    drawing = bars(
        pieces, {"People served": SERVED}, "People", f"{title}: {told}.", is_stacked=True
    )
    return title if cut.height <= _BARS_MOST else f"{title} (the {_BARS_MOST} largest)", drawing
