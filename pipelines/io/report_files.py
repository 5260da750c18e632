"""Report files: where a report's files lie in the home, and how they are written.

A file's name holds the report's name, its form where it is not operational, and the period.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from contracts.errors import UsageError
from pipelines.io.home import write_private
from pipelines.io.pdf import pdf_bytes
from pipelines.io.publishing import WORKLIST, folder
from pipelines.io.reporting import SERVICES, default_period, reports
from pipelines.io.workspace import View
from reports.manifest import Form
from reports.period import Period
from reports.report import Report

FORMATS = ("html", "xlsx", "csv", "json", "pdf")
USUAL = ("html", "xlsx", "csv")
MANIFEST = "manifest.json"


def report_paths(
    view: View,
    name: str,
    period: Period,
    formats: Iterable[str] = USUAL,
    form: Form = Form.OPERATIONAL,
) -> list[Path]:
    """The files of a report, whether they are there or not; the manifest's last."""
    told = "" if form is Form.OPERATIONAL else f"{form}-"
    stem = f"{name.replace('_', '-')}-{told}{period.starts_on}-{period.ends_on}"
    return [folder(view) / f"{stem}.{suffix}" for suffix in (*formats, MANIFEST)]


def outputs(view: View) -> list[Path]:
    """The files that a run leaves for people, whether they are there or not."""
    return [folder(view) / WORKLIST, *report_paths(view, SERVICES, default_period(view.as_of))]


def parse_formats(text: str) -> tuple[str, ...]:
    """Read `html,xlsx`. Raises UsageError for a format that reports do not have."""
    wanted = tuple(dict.fromkeys(word.strip() for word in text.split(",")))
    if unknown := sorted(set(wanted) - set(FORMATS)):
        told = f"no such format: {', '.join(unknown)}. Name some of {', '.join(FORMATS)}."
        raise UsageError("format_unknown", told)
    return wanted


def rendered(report: Report, formats: Iterable[str]) -> dict[str, bytes]:
    """The report in the formats asked for, and its manifest. Raises UsageError without weasyprint
    where PDF is asked for.
    """
    made = {one: _in(report, one) for one in formats}
    return made | {MANIFEST: report.manifest}


def _in(report: Report, format_name: str) -> bytes:
    made: bytes = pdf_bytes(report.html) if format_name == "pdf" else getattr(report, format_name)
    return made


def write_reports(
    view: View, names: Iterable[str], period: Period, formats: Iterable[str] = USUAL
) -> dict[str, list[Path]]:
    """Make operational reports and write them: the paths of each by its name."""
    return write_made(view, reports(view, names, period), period, formats, Form.OPERATIONAL)


def write_made(
    view: View,
    made: Mapping[str, Report],
    period: Period,
    formats: Iterable[str],
    form: Form,
) -> dict[str, list[Path]]:
    """Write reports that were made in a form: the paths of each by its name."""
    wanted = tuple(formats)
    return {
        name: write_report(view, name, period, rendered(report, wanted), form)
        for name, report in made.items()
    }


def write_report(
    view: View, name: str, period: Period, made: dict[str, bytes], form: Form
) -> list[Path]:
    """Write a report as `rendered` made it."""
    formats = [one for one in made if one != MANIFEST]
    paths = report_paths(view, name, period, formats, form)
    return [write_private(path, made[one]) for path, one in zip(paths, made, strict=True)]
