"""Trend charts: a measure's figures month by month as lines.

Which figures are drawn and how belongs here; the look that all charts share is `charts.py`.
"""

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from reports.charts import svg
from reports.measure import Definition, Kind
from reports.measuring import TREND
from reports.palette import QUIET, SERIES
from reports.words import percent, short_month, whole

_WIDTH, _HEIGHT = 400, 150
_KEPT = 128  # more than there are measures


def trend_chart(told: Definition, result: pl.DataFrame, target: int | None = None) -> Markup | None:
    """The measure's shares by month, or its count where it has none; None without two months.

    A target is drawn where it is given: that of the only share that has one.
    """
    kind = Kind.SHARE if any(p.kind is Kind.SHARE for p in told.parts.values()) else Kind.COUNT
    parts = [name for name, part in told.parts.items() if part.kind is kind]
    points = [point for name in parts for point in _points(told, name, kind, result)]
    if len({point["month"] for point in points}) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    titles = [told.parts[name].title for name in parts]
    return _chart(json.dumps([points, titles]), kind, target)


@lru_cache(maxsize=_KEPT)
def _chart(told: str, kind: Kind, target: int | None) -> Markup:
    """Drawn once for all packs that have the measure."""
    points, titles = json.loads(told)
    return svg(_drawn(points, titles, kind, target), _told(points, titles))


def _points(told: Definition, part: str, kind: Kind, result: pl.DataFrame) -> list[dict[str, Any]]:
    months = result.filter(part=part, stratum=TREND).sort("value")
    if kind is Kind.SHARE:
        months = months.filter(pl.col("denominator") > 0)
    return [
        {
            "month": row["value"],
            "part": told.parts[part].title,
            "value": _value(row, kind),
            "told": percent(row["numerator"], row["denominator"])
            if kind is Kind.SHARE
            else whole(row["numerator"]),
        }
        for row in months.iter_rows(named=True)
    ]


def _value(row: dict[str, Any], kind: Kind) -> float:
    if kind is Kind.SHARE:  # four decimals are finer than a pixel
        return float(round(row["numerator"] / row["denominator"], 4))
    return float(row["numerator"])


def _drawn(
    points: Sequence[dict[str, Any]], titles: list[str], kind: Kind, target: int | None
) -> dict[str, Any]:
    months = _every_month(points)
    named = [point | {"month": short_month(point["month"])} for point in points]
    x = alt.X(
        "month:O",
        scale=alt.Scale(domain=[short_month(one) for one in months]),
        title=None,
        axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8),
    )
    y = alt.Y("value:Q", title=None, **_scale(kind))
    colour = alt.Color(
        "part:N",
        sort=titles,
        scale=alt.Scale(domain=titles, range=list(SERIES[: len(titles)])),
        legend=alt.Legend(
            title=None, orient="top", direction="horizontal", columns=2, labelLimit=190
        ),
    )  # fmt: skip
    base = alt.Chart(alt.InlineData(values=named)).encode(x=x, y=y, color=colour)
    layers = [base.mark_line(strokeWidth=2), base.mark_point(filled=True, size=28)]
    if target is not None:
        aim = alt.Chart(alt.InlineData(values=[{"value": target / 100}]))
        layers.append(aim.mark_rule(strokeDash=[4, 3], color=QUIET).encode(y="value:Q"))
    return alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT).to_dict(validate=False)


def _every_month(points: Sequence[dict[str, Any]]) -> list[str]:
    """From the first month to the last, those without a figure included."""
    ends = [date.fromisoformat(f"{point['month']}-01") for point in points]
    days = pl.date_range(min(ends), max(ends), "1mo", eager=True)
    return days.dt.strftime("%Y-%m").to_list()


def _scale(kind: Kind) -> dict[str, Any]:
    if kind is Kind.SHARE:
        axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], grid=True)
        return {"axis": axis, "scale": alt.Scale(domain=[0, 1])}
    return {"axis": alt.Axis(format=",d", tickMinStep=1, tickCount=4, grid=True),
            "scale": alt.Scale(zero=True)}  # fmt: skip


def _told(points: Sequence[dict[str, Any]], titles: list[str]) -> str:
    """The text alternative: every point."""
    lines = (
        f"{title} by month: "
        + ", ".join(f"{short_month(p['month'])} {p['told']}" for p in points if p["part"] == title)
        for title in titles
    )
    return "; ".join(lines) + "."
