"""Public reporting: reports in their public form, audited beside every release of the quarter.

Finding the earlier releases, and which instant a quarter stands by, belongs here; masking is
`reports.suppression`, writing and publishing are as for any report.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from contracts.errors import UsageError
from pipelines.io import reported
from pipelines.io.ledger import publications
from pipelines.io.ledger.publications import Publication
from pipelines.io.reporting import days, labels, manifest, report_view, reports, view_at
from pipelines.io.workspace import View, Workspace
from reports.disclosure import Release
from reports.disclosure_record import from_record
from reports.manifest import Form
from reports.measure import parameters
from reports.packs import packs
from reports.period import Period
from reports.public_counts import Counted, count_public
from reports.public_report import PublicReport, public_report
from reports.public_tables import public_packs, public_tables
from reports.report import Report
from reports.suppression import choose


@dataclass(frozen=True)
class Earlier:
    """A release that is out: its publication, and what everyone can know by it."""

    publication: Publication
    release: Release


def public_view(
    workspace: Workspace,
    period: Period,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> View:
    """What the public form of a quarter looks at: what its newest release knew, if there is one.

    A day or an instant that is asked for is a revision. Raises UsageError as `report_view` does,
    and for a period that has no public form.
    """
    refuse_unless_quarter(period)
    out = earlier_releases(workspace, period)
    if out and as_of is None and known_at is None:
        told = out[-1].publication.manifest
        kept = told["manifest"]
        return view_at(
            workspace,
            date.fromisoformat(kept["as_of"]),
            datetime.fromisoformat(kept["known_at"]),
            told["run_id"],
        )
    view = report_view(workspace, as_of, known_at)
    if view.as_of <= period.ends_on:
        raise UsageError(
            "quarter_open",
            f"{period.label} was not over on {view.as_of}: later records would tell who came in "
            f"between. Release it after {period.ends_on}, or ask for an earlier quarter.",
        )
    return view


def refuse_unless_quarter(period: Period) -> None:
    """Raise UsageError for a period that the public form does not have."""
    if not period.is_quarter:
        raise UsageError(
            "public_period",
            f"the public form tells calendar quarters, not {period.label}: shorter and overlapping "
            "periods would tell of single people. Name one: --period 2026-Q3.",
        )


def refuse_unless_public(names: Iterable[str]) -> None:
    """Raise UsageError for a report that has no public form."""
    if missing := sorted(set(names) - public_packs().keys()):
        raise UsageError(
            "no_public_form",
            f"{', '.join(missing)} has no public form. These have: {', '.join(public_packs())}.",
        )


def earlier_releases(
    workspace: Workspace, period: Period, only: Sequence[str] | None = None
) -> list[Earlier]:
    """The public releases of the quarter, oldest first; `only` those publications."""
    with workspace.ledger.read() as connection:
        every = publications.listed(connection, workspace.agency.id)
    return [
        Earlier(one, from_record(one.manifest["release"]))
        for one in every
        if one.form == Form.PUBLIC
        and one.period == f"{period.starts_on}..{period.ends_on}"
        and (only is None or one.publication_id in only)
    ]


def public_reports(
    view: View, names: Iterable[str], period: Period, only: Sequence[str] | None = None
) -> dict[str, PublicReport]:
    """Reports in their public form by name, masked together: each shows what the others do.

    They are audited beside the releases that are out, or beside `only` those publications.
    """
    wanted = list(names)
    refuse_unless_quarter(period)
    refuse_unless_public(wanted)
    out = earlier_releases(view.workspace, period, only)
    facts = reported.facts(view, reported.derived(view))
    counted = public_counts(view, period, facts)
    chosen = choose(
        list(counted.tables.values()), counted.counts, [earlier.release for earlier in out]
    )
    named = labels(view, facts)
    ids = tuple(earlier.publication.publication_id for earlier in out)
    return {
        name: public_report(
            packs()[name],
            counted,
            chosen,
            named,
            manifest(view, name, period, Form.PUBLIC, ids),
        )
        for name in wanted
    }


def public_counts(view: View, period: Period, facts: Mapping[str, pl.DataFrame]) -> Counted:
    """True counts of all public tables."""
    asked = parameters(public_tables(), view.workspace.policy, view.as_of)
    return count_public(facts, days(view, period) | asked)


def in_form(
    view: View,
    names: Iterable[str],
    period: Period,
    form: Form,
    only: Sequence[str] | None = None,
) -> Mapping[str, Report]:
    """Reports of a period by name, in the form asked for; `only` as `public_reports` takes it."""
    if form is Form.PUBLIC:
        return public_reports(view, names, period, only)
    return reports(view, names, period)
