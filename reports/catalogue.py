"""Catalogue: the measures, told as Markdown.

Nothing is described here: the words are the definitions' own. `python -m reports.catalogue >
docs/measures.md` writes the page that the docs hold.
"""

import sys
from collections.abc import Iterable

from reports.measure import Definition, Kind, Parameter, definition, measures, parameters_shared
from reports.measuring import COMMON_STRATA, CONDITION
from reports.words import label

_HEAD = """# Measures

What the reports count. Written by `python -m reports.catalogue > docs/measures.md`; change
`reports/measures/`, not this page. R is the list of the justice-involved reentry measures, L our
own, E what managed care plans report of the time after release.

Each figure is *numerator of denominator*. Beside the denominator stand, each counted apart and in
no share: *exempt* (the measure does not ask it of them), *open* (the time for it is not over on the
as-of day) and *unknown* (the data do not tell). Days are medians over those that have a figure.
Everything is seen as of a day and known at an instant; what happened later is not seen. Whether a
formula is the state's own wording is told by its status.
"""
_KINDS = {
    Kind.SHARE: "share", Kind.COUNT: "count", Kind.DAYS: "median days", Kind.DOLLARS: "dollars",
    Kind.DOLLAR_SHARE: "share of dollars", Kind.DOLLAR_DAYS: "days of dollars",
}  # fmt: skip


def render() -> str:
    """The whole page."""
    told = [definition(name) for name in measures()]
    parts = [_HEAD, _strata(), _shared(), _index(told), *map(_measure, told)]
    return "\n".join(parts)


def _strata() -> str:
    every = ", ".join(label(one).lower() for one in (*COMMON_STRATA, CONDITION))
    return (
        f"Every measure is split by {every}; a few by more.\nAges are those on the day that the "
        "period is anchored to. A person of several qualifying conditions\ncounts in each.\n"
    )


def _shared() -> str:
    rows = [_parameter(name, one) for name, one in parameters_shared().items()]
    return "Values that all formulas share:\n\n" + _table(_PARAMETERS, rows)


def _index(told: Iterable[Definition]) -> str:
    rows = ((one.id, f"[{one.title}](#{_anchor(one)})", one.question) for one in told)
    return _table(("id", "measure", "question"), rows)


def _measure(told: Definition) -> str:
    caveats = "".join(f"- {caveat}\n" for caveat in told.caveats)
    facts = (
        ("Denominator", told.denominator),
        ("Exclusions", told.exclusions),
        ("Period anchor", told.period_anchor),
        ("Look-back", told.look_back),
        ("Completeness lag", f"{told.completeness_lag_days} days"),
        ("Split by, besides", ", ".join(map(label, (*told.strata, *told.breakdowns))) or "-"),
        ("Source", told.source),
        ("Version and status", f"{told.version}, {told.status}"),
    )
    parts = ((one.title, _KINDS[one.kind], one.meaning) for one in told.parts.values())
    sections = [
        f"## {told.id} {told.title}\n",
        f"{told.question}\n",
        _table(("figure", "kind", "numerator, or what is counted"), parts),
        _table(("", ""), facts),
        *([_table(_PARAMETERS, _own(told))] if told.parameters else []),
        caveats,
    ]
    return "\n".join(sections)


_PARAMETERS = ("value", "is", "status", "source")


def _own(told: Definition) -> list[tuple[str, ...]]:
    return [_parameter(name, one) for name, one in told.parameters.items()]


def _parameter(name: str, one: Parameter) -> tuple[str, ...]:
    if one.policy is not None:
        return (f"`{name}`", f"policy `{one.policy}`", "as set there", "`policy.toml`")
    return (f"`{name}`", str(one.value), one.status or "", one.source or "")


def _anchor(told: Definition) -> str:
    kept = (
        letter for letter in f"{told.id} {told.title}".lower() if letter.isalnum() or letter in " -"
    )
    return "".join(kept).replace(" ", "-")


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(header)
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


if __name__ == "__main__":
    sys.stdout.write(render())
