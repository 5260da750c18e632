"""`reentry report`: compliance reports over a period, by a complete run."""

import click

from pipelines.commands.session import Session, session_command
from pipelines.io.publishing import default_period, write_services_delivered
from reports.period import parse_period

REPORTS = {"services_delivered": write_services_delivered}


@click.command("report")
@click.argument("name", type=click.Choice([*REPORTS, "all"]))
@click.option("--period", help="2026-09, 2026-Q3 or 2026-01-01..2026-06-30; default: 3 months.")
@session_command
def report(session: Session, name: str, period: str | None) -> None:
    """Write a report as HTML, XLSX and CSV, with the manifest that it follows from."""
    chosen = list(REPORTS) if name == "all" else [name]
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        covered = parse_period(period) if period else default_period(view.as_of)
        written = [str(path) for one in chosen for path in REPORTS[one](view, covered)]
    session.show({"files": written})
    session.say("\n".join(written))
