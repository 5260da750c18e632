"""Report comparison: what changed between two reports, and which facts did it.

The later report is approached step by step from the earlier one: each file received in between,
each code-set edition, what people decided and what was sent. A figure that changes at a step was
changed by it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import select

from contracts.errors import UsageError
from pipelines.io.ledger.tables_intake import audit_events
from pipelines.io.public_comparison import Look, changing, published_changes
from pipelines.io.public_reporting import public_reports
from pipelines.io.report_files import MANIFEST
from pipelines.io.report_publications import as_of_of, known_at_of, period_of, promised
from pipelines.io.reporting import QUALITY, SERVICES, Measured
from pipelines.io.workspace import View, Workspace, local_day
from reports.disclosure import Release
from reports.figures import cell
from reports.manifest import Form
from reports.measure import definition
from reports.measuring import ALL
from reports.period import Period
from reports.words import whole

_TOLD = ("period", "as_of", "known_at", "policy_hash", "code_version", "form", "county")
# What an event of the ledger is called, if it can change a figure.
_EVENTS = {
    "decision": "decisions of people",
    "batch_written": "claims sent",
    "batch_withdrawn": "claims withdrawn",
    "quarantine_closed": "quarantine closed",
}


@dataclass(frozen=True)
class Step:
    """A cause, and the report's bounds once it has taken effect."""

    cause: str
    period: Period
    as_of: date
    known_at: datetime


@dataclass(frozen=True)
class Figure:
    """A figure of a report: its measure if it has one, its name, what is said of it, its counts."""

    measure_id: str
    title: str
    said: str
    counts: object


@dataclass(frozen=True)
class Comparison:
    """Inputs that differ (name, before, after); files between; figures that a cause changed."""

    inputs: list[dict[str, Any]]
    files_between: list[dict[str, Any]]
    figures: list[dict[str, Any]]


def compare(workspace: Workspace, earlier: str, later: str) -> Comparison:
    """Compare two reports, each a file of the report or the id of a publication.

    Raises UsageError where they are not the same report of this agency, or the later one knows
    less.
    """
    before, after = _manifest(workspace, earlier), _manifest(workspace, later)
    _check(workspace, before, after)
    steps = _steps(workspace, before, after)
    if before["form"] == Form.PUBLIC:
        figures = _published(workspace, before, after, steps)
    elif before["report"] == QUALITY:
        figures = []
    else:
        figures = _figures(workspace, before["report"], steps)
    return Comparison(_inputs(before, after), _files(workspace, before, after), figures)


def _manifest(workspace: Workspace, named: str) -> Mapping[str, Any]:
    path = Path(named)
    if not path.is_file():
        return promised(workspace, named).manifest
    if not path.name.endswith(MANIFEST):
        path = path.with_name(f"{path.name.rpartition('.')[0]}.{MANIFEST}")
    try:
        told: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageError(
            "manifest_missing",
            f"no manifest lies beside {named}. Name a report's file beside its .{MANIFEST}.",
        ) from None
    return told


def _check(workspace: Workspace, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    for told in (before, after):
        if told["agency"] != workspace.agency.id:
            raise UsageError("other_agency", f"a report of agency {told['agency']}. Name --agency.")
    if before["report"] != after["report"]:
        raise UsageError(
            "other_report", f"{before['report']} and {after['report']} are two different reports."
        )
    if before["form"] != after["form"]:
        raise UsageError(
            "other_form", f"the {before['form']} and the {after['form']} form are two reports."
        )
    if known_at_of(before) > known_at_of(after):
        raise UsageError("compare_order", "the first report knows more. Name the earlier first.")


def _inputs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    plain = [(name, before.get(name), after.get(name)) for name in _TOLD]
    editions = before["code_set_editions"], after["code_set_editions"]
    names = sorted({*editions[0], *editions[1]})
    sets = [(f"code set {name}", *(one.get(name) for one in editions)) for name in names]
    return [
        {"input": name, "before": _said(one), "after": _said(other)}
        for name, one, other in [*plain, *sets]
        if one != other
    ]


def _said(value: object) -> str:
    if isinstance(value, Mapping):
        return " to ".join(map(str, value.values()))
    return "" if value is None else str(value)


def _files(
    workspace: Workspace, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[dict[str, Any]]:
    known = set(before["files"])
    view = View(workspace, as_of_of(after), known_at_of(after))
    return [
        {"feed": file.feed, "file": file.file_name, "received_at": file.received_at,
         "accepted": file.accepted_count}
        for file in view.files
        if file.sha256 not in known
    ]  # fmt: skip


def _steps(workspace: Workspace, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Step]:
    """From the earlier report's bounds to the later one's, a cause at a time."""
    period, day, known = period_of(before), as_of_of(before), known_at_of(before)
    steps = [Step("", period, day, known)]
    for instant, cause in _causes(workspace, known, known_at_of(after)):
        steps.append(Step(cause, period, day, instant))
    last = known_at_of(after)
    if (to := as_of_of(after)) != day:
        steps.append(Step(f"as of {to}", period, to, last))
    if (other := period_of(after)) != period:
        steps.append(Step(f"period {other.starts_on} to {other.ends_on}", other, to, last))
    return steps


def _causes(workspace: Workspace, after: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """What happened in between, oldest first; neighbours of one kind together."""
    return sorted([*_received(workspace, after, until), *_recorded(workspace, after, until)])


def _received(workspace: Workspace, after: datetime, until: datetime) -> list[tuple[datetime, str]]:
    files = View(workspace, local_day(until), until).files
    told = [
        (file.received_at, f"{file.feed}: {file.file_name}")
        for file in files
        if file.received_at > after
    ]
    editions = [
        workspace.code_sets.edition(name.partition("/")[0], name.partition("/")[2])
        for name in workspace.code_sets.editions(until)
    ]
    return told + [
        (one.received_at, f"code set {one.set_name}/{one.edition}")
        for one in editions
        if after < one.received_at <= until
    ]


def _recorded(
    workspace: Workspace, after: datetime, until: datetime
) -> Iterable[tuple[datetime, str]]:
    event = audit_events.c
    asked = (
        select(event.recorded_at, event.event)
        .where(
            event.agency == workspace.agency.id,
            event.recorded_at > after,
            event.recorded_at <= until,
            event.event.in_(list(_EVENTS)),
        )
        .order_by(event.sequence)
    )
    with workspace.ledger.read() as connection:
        rows = connection.execute(asked).all()
    for kind, ones in groupby(rows, key=lambda row: row.event):
        yield max(row.recorded_at for row in ones), _EVENTS[kind]


def _figures(workspace: Workspace, report: str, steps: list[Step]) -> list[dict[str, Any]]:
    """Every figure that a step changed: measure, figure, before, after, cause."""

    @cache
    def at(place: int) -> list[Figure]:
        step = steps[place]
        view = View(workspace, step.as_of, step.known_at)
        return _counted(Measured(view, [report], step.period), report)

    return [
        row
        for place in changing(len(steps), lambda one, other: at(one) == at(other))
        for row in _changes(at(place - 1), at(place), steps[place].cause)
    ]


def _counted(measured: Measured, report: str) -> list[Figure]:
    """The figures of the whole period: of the measures, and of the services beside them."""
    rows = measured.result.filter(stratum=ALL).to_dicts()
    figures = [
        Figure(row["measure_id"], definition(row["measure"]).parts[row["part"]].title,
               _figure(row), row)
        for row in rows
    ]  # fmt: skip
    return figures + (_services(measured) if report == SERVICES else [])


def _services(measured: Measured) -> list[Figure]:
    total = measured.services().row(0, named=True)
    told = definition(SERVICES)
    return [
        Figure(told.id, told.columns[name].title, whole(count), count)
        for name, count in total.items()
        if name in told.columns
    ]


def _published(
    workspace: Workspace, before: Mapping[str, Any], after: Mapping[str, Any], steps: list[Step]
) -> list[dict[str, Any]]:
    """Every cell that two releases print otherwise, as they print it."""
    views = [View(workspace, step.as_of, step.known_at) for step in steps]
    looks = [Look(v, s.period, s.cause) for v, s in zip(views, steps, strict=True)]
    releases = [_released(workspace, told) for told in (before, after)]
    return published_changes(before["report"], releases[0], releases[1], looks)


def _released(workspace: Workspace, told: Mapping[str, Any]) -> Release:
    view = View(workspace, as_of_of(told), known_at_of(told))
    report, beside = told["report"], told["earlier_releases"]
    return public_reports(view, [report], period_of(told), beside)[report].release


def _changes(before: list[Figure], after: list[Figure], cause: str) -> list[dict[str, Any]]:
    return [
        {"measure": one.measure_id, "figure": one.title, "before": one.said, "after": other.said,
         "cause": cause}
        for one, other in zip(before, after, strict=True)
        if one != other
    ]  # fmt: skip


def _figure(row: dict[str, Any]) -> str:
    told = cell(definition(row["measure"]), row)
    left_out = ", ".join(f"{row[n]} {n}" for n in ("exempt", "open", "unknown") if row[n])
    return " ".join(filter(None, [told.main, told.beside and f"({told.beside})", left_out]))
