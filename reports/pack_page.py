"""The page of a pack: its measures' figures, charts, tables and words.

What is said and drawn belongs here; the arrangement is the template's.
"""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from reports.figures import Headline, Section
from reports.manifest import Manifest
from reports.packs import FocusArea, Pack
from reports.page import render
from reports.report import Surroundings, note
from reports.trend_charts import trend_chart
from reports.words import counted


def pack_page(
    pack: Pack,
    sections: Sequence[Section],
    areas: Sequence[FocusArea],
    surroundings: Surroundings,
    manifest: Manifest,
) -> bytes:
    """The pack as one self-contained HTML file."""
    lag = max((one.definition.completeness_lag_days for one in sections), default=0)
    return render(
        "pack.html",
        title=pack.title,
        lead=pack.lead,
        summary=_summary(sections),
        note=note(manifest, lag),
        manifest=manifest,
        digest=manifest.digest,
        sections=shown(sections, surroundings),
        areas=[_area(area, sections) for area in areas],
    )


def shown(sections: Sequence[Section], surroundings: Surroundings) -> list[dict[str, Any]]:
    """What the template tells of each measure."""
    return [
        {
            "anchor": one.definition.name.replace("_", "-"),
            "definition": one.definition,
            "headlines": one.headlines,
            "parts": [part.title for part in one.definition.parts.values()],
            "groups": one.groups,
            "has_small": any(_small(one)),
            "has_dollars": one.definition.counts_dollars,
            "chart": _chart(one, surroundings),
        }
        for one in sections
    ]


def _small(section: Section) -> list[bool]:
    cells = [cell for group in section.groups for _, cells in group.rows for cell in cells if cell]
    return [cell.is_small for cell in [*cells, *(one.cell for one in section.headlines)]]


def _chart(section: Section, surroundings: Surroundings) -> Markup | None:
    told = section.definition
    aims = [surroundings.targets.get((told.name, part)) for part in told.parts]
    set_aims = [aim for aim in aims if aim is not None]
    return trend_chart(told, section.result, set_aims[0] if len(set_aims) == 1 else None)


def _summary(sections: Sequence[Section]) -> str:
    """How many targets are met; empty where none is set."""
    judged = [one.is_met for section in sections for one in section.headlines if one.target]
    if not judged:
        return ""
    met = sum(1 for one in judged if one)
    return f"{met} of {counted(len(judged), 'target', 'targets')} met."


def _area(area: FocusArea, sections: Sequence[Section]) -> dict[str, Any]:
    return {
        "title": area.title,
        "questions": area.questions,
        "figures": [
            (one.definition, _headline(one, part))
            for name, part in area.figures
            for one in sections
            if one.definition.name == name
        ],
    }


def _headline(section: Section, part: str) -> Headline:
    return section.headlines[list(section.definition.parts).index(part)]
