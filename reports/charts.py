"""Charts of reports: Vega-Lite drawings as SVG that stands inside a page.

How a chart looks belongs here; what it counts is handed in as plain rows.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import altair as alt
import vl_convert
from markupsafe import Markup

from reports.palette import INK, LINE, QUIET

_ROW_HEIGHT = 31
_WIDTH = 400
_ROOM = 1.2
_LABEL_WIDTH = 160
# A font that the renderer brings along: labels are measured the same on every machine.
_FONT = "Liberation Sans"
_LOOK: dict[str, object] = {
    "font": _FONT,
    "background": "transparent",
    "padding": 4,
    "view": {"stroke": None},
    "autosize": {"type": "fit-x", "contains": "padding"},
    "axis": {
        "labelColor": INK,
        "titleColor": QUIET,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": LINE,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
    },
    "axisY": {"grid": False, "labelLimit": _LABEL_WIDTH},
    "legend": {"labelColor": INK, "labelFontSize": 12, "symbolType": "square", "offset": 8},
}


class Bar(TypedDict):
    """One piece of a bar: the bar it belongs to, what the piece is, how many."""

    group: str
    part: str
    count: int


def bars(
    pieces: Sequence[Bar],
    colours: Mapping[str, str],
    unit: str,
    description: str,
    *,
    is_stacked: bool,
) -> Markup:
    """Horizontal bars in the order of the pieces' groups, stacked or below each other.

    `colours` gives the parts in order with their colours, `unit` names the axis, `description` is
    the text alternative. Every bar ends in its figure.
    """
    ends = _totals(pieces) if is_stacked else list(pieces)
    groups = list(dict.fromkeys(piece["group"] for piece in pieces))
    y = alt.Y("group:N", sort=groups, title=None)
    x = alt.X("count:Q", stack="zero" if is_stacked else None, title=unit, **_reach(ends))
    drawn = _pieces(pieces, colours).encode(x=x, y=y)
    told = _figures(ends).encode(y=y)
    if not is_stacked:
        side = alt.YOffset("part:N", sort=list(colours), scale=alt.Scale(paddingInner=0.1))
        drawn, told = drawn.encode(yOffset=side), told.encode(yOffset=side)
    height = _ROW_HEIGHT * max(len(groups), 1)
    chart = alt.layer(drawn, told).properties(width=_WIDTH, height=height)
    return svg(chart.to_dict(validate=False), description)


def _pieces(pieces: Sequence[Bar], colours: Mapping[str, str]) -> alt.Chart:
    parts = list(colours)
    placed = [dict(piece) | {"place": parts.index(piece["part"])} for piece in pieces]
    encoded: alt.Chart = (
        alt.Chart(alt.InlineData(values=placed))
        .mark_bar()
        .encode(
            order=alt.Order("place:Q"),
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=parts, range=list(colours.values())),
                legend=alt.Legend(title=None, orient="top", direction="horizontal"),
            ),
        )
    )
    return encoded


def _figures(ends: Sequence[Bar]) -> alt.Chart:
    encoded: alt.Chart = (
        alt.Chart(alt.InlineData(values=[dict(end) for end in ends]))
        .mark_text(align="left", dx=4, color=INK, fontSize=12)
        .encode(x=alt.X("count:Q"), text=alt.Text("count:Q", format=",d"))
    )
    return encoded


def _totals(pieces: Sequence[Bar]) -> list[Bar]:
    sums: dict[str, int] = {}
    for piece in pieces:
        sums[piece["group"]] = sums.get(piece["group"], 0) + piece["count"]
    return [Bar(group=group, part="", count=count) for group, count in sums.items()]


def _reach(ends: Sequence[Bar]) -> dict[str, Any]:
    """Scale and axis: room for the figure behind the longest bar, ticks at whole numbers."""
    largest = max((end["count"] for end in ends), default=0) or 1
    axis = alt.Axis(format=",d", tickCount=min(4, largest), tickMinStep=1, labelFlush=False)
    return {"axis": axis, "scale": alt.Scale(domain=[0, largest * _ROOM], nice=False)}


def svg(spec: dict[str, object], description: str) -> Markup:
    """A Vega-Lite drawing in the look of all reports; `description` is its text alternative."""
    drawing = vl_convert.vegalite_to_svg(spec | {"config": _LOOK}, allowed_base_urls=[])
    opening, _, content = drawing.partition(">")
    width, height = re.findall(r' (?:width|height)="([\d.]+)"', opening)
    root = '<svg class="chart" role="img" aria-label="{0}" width="{1}" viewBox="0 0 {1} {2}">'
    # The renderer has escaped what stands in the drawing.
    return Markup(root).format(description, width, height) + Markup(content)  # noqa: S704
