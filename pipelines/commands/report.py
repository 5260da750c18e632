"""`reentry report`: compliance reports over a period, as of a day, as known at an instant."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import click

from contracts.errors import BrokenInvariantError, UsageError
from pipelines.commands.session import Session, grid, instant, session_command
from pipelines.io import report_comparison, report_publications
from pipelines.io.public_reporting import in_form, public_view
from pipelines.io.report_files import USUAL, parse_formats, write_made
from pipelines.io.reporting import NAMES, default_period, report_view
from pipelines.io.workspace import View, Workspace, local_day
from reports.manifest import Form
from reports.period import Period, parse_period, quarter_before
from reports.public_report import PublicReport
from reports.public_tables import public_packs
from reports.report import Report
from reports.words import counted, percent

ALL = "all"


@click.group("report")
def report() -> None:
    """Reports over a period, each as one page, as a workbook and as files for machines."""


_CHOICES = (
    click.option("--period", help="2026-09, 2026-Q3, 2026-01-01..2026-06-30; default: 3 months."),
    click.option("--known-at", callback=instant, help="As known then; default: the last run."),
    click.option(
        "--form", type=click.Choice(Form, case_sensitive=False), default=Form.OPERATIONAL,
        show_default=True,
        help="Operational: true counts, not for publication. Public: a quarter, masked.",
    ),
    click.option(
        "--format", "formats", default=",".join(USUAL), show_default=True,
        help="Some of html, xlsx, csv, json, pdf.",
    ),
)  # fmt: skip


def choosing(body: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that choose what is reported."""
    for option in reversed(_CHOICES):
        body = option(body)
    return body


def _named(name: str) -> click.Command:
    @choosing
    @session_command
    def write(
        session: Session, period: str | None, known_at: datetime | None, form: Form, formats: str
    ) -> None:
        every = tuple(public_packs()) if form is Form.PUBLIC else NAMES
        names = every if name == ALL else (name,)
        _write(session, names, period, known_at, form, parse_formats(formats))

    told = "every report" if name == ALL else f"the report {name}"
    return click.command(name, help=f"Write {told}, with the manifest that it follows from.")(write)


def _write(
    session: Session,
    names: tuple[str, ...],
    period: str | None,
    known_at: datetime | None,
    form: Form,
    formats: tuple[str, ...],
) -> None:
    with session.workspace() as workspace:
        view, covered = _looked_at(session, workspace, period, known_at, form)
        made = in_form(view, names, covered, form)
        written = write_made(view, made, covered, formats, form)
    paths = [str(path) for one in written.values() for path in one]
    shown = _shown(made)
    session.show({"files": paths} | ({"shown": shown} if shown else {}))
    session.say("\n".join([*paths, *map(_said, shown)]))
    if shown:
        session.say("These are drafts: a release is what `reentry report publish` keeps.")


def _looked_at(
    session: Session,
    workspace: Workspace,
    period: str | None,
    known_at: datetime | None,
    form: Form,
) -> tuple[View, Period]:
    """What a report looks at, and the period that it covers."""
    if form is Form.PUBLIC:
        day = session.as_of or (local_day(known_at) if known_at else workspace.today())
        covered = parse_period(period) if period else quarter_before(day)
        return public_view(workspace, covered, session.as_of, known_at), covered
    view = report_view(workspace, session.as_of, known_at)
    return view, parse_period(period) if period else default_period(view.as_of)


def _shown(made: Mapping[str, Report]) -> list[dict[str, Any]]:
    """How much of each public report is shown: for us alone, plain counts would tell readers which
    cells are small.
    """
    return [
        {"report": name, "withheld": report.withheld, **vars(report.utility)}
        for name, report in made.items()
        if isinstance(report, PublicReport)
    ]


def _said(one: Mapping[str, Any]) -> str:
    return (
        f"{one['report']}: {one['shown']} of {one['every']} counts shown "
        f"({percent(one['shown'], one['every'])}); masking small counts alone would show "
        f"{one['plain']}. {counted(one['withheld'], 'table', 'tables')} withheld."
    )


for _name in (*NAMES, ALL):
    report.add_command(_named(_name))


@report.command("publish")
@click.argument("name", type=click.Choice(NAMES))
@choosing
@session_command
def publish(
    session: Session,
    name: str,
    period: str | None,
    known_at: datetime | None,
    form: Form,
    formats: str,
) -> None:
    """Write a report and keep its manifest and digests in the ledger: a promise."""
    with session.workspace() as workspace:
        view, covered = _looked_at(session, workspace, period, known_at, form)
        kept, paths = report_publications.publish(view, name, covered, form, parse_formats(formats))
    files = [str(path) for path in paths]
    told = {"publication_id": kept.publication_id, "sha256": kept.sha256, "files": files}
    session.show(told)
    session.say("\n".join([*files, f"Published as {kept.publication_id}."]))


@report.command("published")
@session_command
def published(session: Session) -> None:
    """List what was published."""
    with session.workspace() as workspace:
        rows = [
            {
                "publication": one.publication_id,
                "report": one.report,
                "form": one.form,
                "period": one.period,
                "by": one.published_by,
                "recorded_at": one.recorded_at,
            }
            for one in report_publications.published(workspace)
        ]
    shown = ("publication", "report", "form", "period", "by", "recorded_at")
    session.show(rows, lambda: grid(f"Publications: {len(rows)}", shown, rows))


@report.command("reproduce")
@click.argument("publication_id", metavar="ID")
@session_command
def reproduce(session: Session, publication_id: str) -> None:
    """Make a published report again and compare it byte for byte."""
    with session.workspace() as workspace:
        made = report_publications.reproduce(workspace, publication_id)
    rows = [
        {"file": one, "same": same, "in_home": made.in_home[one]} for one, same in made.same.items()
    ]
    session.show(rows, lambda: grid(made.publication_id, ("file", "same", "in_home"), rows))
    if made.is_same:
        return
    if made.differing_inputs:
        raise UsageError(
            "made_otherwise",
            f"the report is made otherwise now: {', '.join(made.differing_inputs)}. "
            "Put back what it was made with, or publish it anew.",
        )
    raise BrokenInvariantError(
        "not_reproducible",
        "the same manifest gave other bytes. Run `reentry verify` and report it.",
    )


@report.command("compare")
@click.argument("earlier", metavar="A")
@click.argument("later", metavar="B")
@session_command
def compare(session: Session, earlier: str, later: str) -> None:
    """What changed from report A to report B, and which facts did it.

    Each is a report's file, beside its manifest, or the id of a publication.
    """
    with session.workspace() as workspace:
        told = report_comparison.compare(workspace, earlier, later)
    session.show(vars(told))
    for title, columns, rows in (
        ("What they follow from", ("input", "before", "after"), told.inputs),
        ("Files received in between", ("feed", "file", "received_at", "accepted"),
         told.files_between),
        ("Figures", ("measure", "figure", "before", "after", "cause"), told.figures),
    ):  # fmt: skip
        if not session.as_json:
            session.console.print(grid(f"{title}: {len(rows)}", columns, rows))
