"""Reporting: reports made of what a view knows, with the manifest that they follow from.

Making them in memory belongs here; writing, publishing and comparing them do not.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import polars as pl

from pipelines.io import reported
from pipelines.io.ledger import runs
from pipelines.io.quality import quality_cards
from pipelines.io.runs import bounds, position
from pipelines.io.version import code_version
from pipelines.io.workspace import View, Workspace, local_day
from pipelines.stages.people import with_survivor
from reports.data_quality import data_quality
from reports.manifest import Form, Manifest
from reports.measure import BILLING, definition, parameters
from reports.measuring import measure
from reports.pack import pack_report
from reports.packs import packs
from reports.period import Period, parse_period
from reports.report import Report, Surroundings
from reports.services_counts import count_services
from reports.services_delivered import services_delivered
from reports.targets import targets

MONTHS_REPORTED = 3
SERVICES, QUALITY = "services_delivered", "data_quality"
NAMES = (*packs(), QUALITY)


def default_period(as_of: date) -> Period:
    """The as-of day's month so far and the two whole months before it."""
    months = as_of.year * 12 + as_of.month - MONTHS_REPORTED
    first = date(months // 12, months % 12 + 1, 1)
    return parse_period(f"{first}..{as_of}")


def report_view(
    workspace: Workspace, as_of: date | None = None, known_at: datetime | None = None
) -> View:
    """What a report looks at: the last complete run, or what was known at an instant.

    Raises UsageError for an instant or a day to come, and where there is no run to look at.
    """
    if known_at is None:
        return truthful(workspace.last_view(as_of))
    day, _ = bounds(workspace, as_of or local_day(known_at), known_at)
    return View(workspace, day, known_at)


def view_at(
    workspace: Workspace, as_of: date, known_at: datetime, run_id: str | None = None
) -> View:
    """What was known at an instant as of a day: by a run that looked so, where it is named."""
    with workspace.ledger.read() as connection:
        run = runs.find(connection, workspace.agency.id, run_id) if run_id else None
    return truthful(workspace.view(run)) if run else View(workspace, as_of, known_at)


def truthful(view: View) -> View:
    """The view, without its run where policy, code or code sets are no longer those of the run.

    A report is made by what is in force when it is made: tables made by anything else are made
    again from the facts.
    """
    workspace, run = view.workspace, view.run
    made_by = (run.policy_hash, run.code_version, run.codesets_hash)
    now = (
        workspace.policy.digest,
        code_version(),
        workspace.code_sets.editions_hash(view.known_at),
    )
    return view if made_by == now else View(workspace, view.as_of, view.known_at)


def manifest(
    view: View,
    report: str,
    period: Period,
    form: Form = Form.OPERATIONAL,
    earlier_releases: tuple[str, ...] = (),
) -> Manifest:
    """What a report of this view follows from."""
    workspace = view.workspace
    return Manifest(
        report=report,
        agency=workspace.agency.id,
        county=county(view),
        period=period,
        as_of=view.as_of,
        known_at=view.known_at,
        ledger_sequence=position(workspace, view.known_at).sequence,
        files=tuple(file.sha256 for file in view.files),
        code_set_editions=workspace.code_sets.editions(view.known_at),
        policy_hash=workspace.policy.digest,
        code_version=code_version(),
        form=form,
        earlier_releases=earlier_releases,
    )


def county(view: View) -> str:
    """The agency's county as number and name: `58 Yuba`."""
    code = view.workspace.agency.county_code
    counties = view.codes(["county_codes"])["county_codes"].filter(county_code=code)
    return " ".join([code, *counties["county"].head(1)])


def reports(view: View, names: Iterable[str], period: Period) -> dict[str, Report]:
    """Operational reports of a period by name, their facts read and their measures counted once."""
    wanted = list(names)
    of_packs = [name for name in wanted if name != QUALITY]
    measured = Measured(view, of_packs, period) if of_packs else None
    told = {name: manifest(view, name, period) for name in wanted}
    return {
        name: data_quality(quality_cards(view), told[name])
        if measured is None or name == QUALITY
        else measured.report(told[name])
        for name in wanted
    }


class Measured:
    """The facts of a view, and what the measures of packs count in them (`measuring.RESULT`)."""

    def __init__(self, view: View, names: Iterable[str], period: Period) -> None:
        self.view, self.period = view, period
        measures = list(dict.fromkeys(one for name in names for one in packs()[name].measures))
        self.derived = reported.derived(view)
        self.facts = reported.facts(view, self.derived)
        if any(definition(one).population == BILLING for one in measures):
            self.facts |= reported.billing_facts(view, self.derived)
        asked = parameters(measures, view.workspace.policy, view.as_of)
        self.window_days = asked["window_days"]
        self.result = measure(measures, self.facts, days(view, period) | asked)

    def report(self, told: Manifest) -> Report:
        """The report that the manifest names."""
        surroundings = Surroundings(
            labels(self.view, self.facts), targets(self.view.workspace.policy, self.view.as_of)
        )
        if told.report == SERVICES:
            return services_delivered(self.services(), self.result, surroundings, told)
        return pack_report(packs()[told.report], self.result, surroundings, told)

    def services(self) -> pl.DataFrame:
        """What `count_services` counts of the period."""
        activations = with_survivor(
            self.view.current("ji_activations"), self.view.current("people")
        )
        return count_services(
            self.derived.service_lines,
            self.facts["facilities"],
            activations,
            self.window_days,
            self.period,
        )


def labels(view: View, facts: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, str]]:
    """Names of codes by stratum."""
    plans = view.codes(["managed_care_plans"])["managed_care_plans"]
    facilities = facts["facilities"].select("facility_id", "name")
    return {
        "facility_id": dict(facilities.iter_rows()),
        "plan_code": dict(plans.sort("edition_from").select("code", "label").iter_rows()),
    }


def days(view: View, period: Period) -> dict[str, date | int]:
    """The days that measures of a period are counted by."""
    return {
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "trend_from": period.trend_from,
        "as_of": view.as_of,
    }
