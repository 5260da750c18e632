"""Evaluation at the rim: each stage fed with what a view and the ledger know.

Dagster's assets call these one by one; writing a batch calls them in a row, to plan again from the
facts of that moment.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.io.acknowledgements import submission_states
from pipelines.io.answered import answered
from pipelines.io.authorizations import current_authorizations
from pipelines.io.billed import billed_and_gone, filed_lines
from pipelines.io.bundles import CARED, bundles_of
from pipelines.io.decided import (
    ENCOUNTERS,
    claim_values_set,
    claims_disposed,
    current_encounters,
    line_values_set,
    lines_decided,
)
from pipelines.io.ledger import claim_lines as bound_lines
from pipelines.io.settled_claims import settled_parts
from pipelines.io.workspace import View, Workspace
from pipelines.stages.authorizations.balances import balances
from pipelines.stages.authorizations.needed import needed
from pipelines.stages.authorizations.uses import uses
from pipelines.stages.bundles.anchors import SOURCE
from pipelines.stages.bundles.evaluation import Bundles
from pipelines.stages.claims.assembly import claims
from pipelines.stages.claims.bundle_lines import lines_in_bundles, with_bundle_rates
from pipelines.stages.edits.catalogue import BUNDLE_EDITS, CLAIM_EDITS, EDITS, STAY_EDITS
from pipelines.stages.edits.code_verdicts import CODE_SETS, DECISIVE_SETS
from pipelines.stages.edits.context import SERVICES, service_context
from pipelines.stages.edits.in_force import with_policy
from pipelines.stages.edits.run import EditResults, run_edits
from pipelines.stages.edits.run_answers import ClaimResults, answers_context, run_claim_edits
from pipelines.stages.edits.run_bundles import bundles_context, run_bundle_edits
from pipelines.stages.edits.run_stays import StayResults, run_stay_edits
from pipelines.stages.edits.stay_context import stay_context
from pipelines.stages.eligibility import days, enrollment, stays, windows
from pipelines.stages.eligibility.coverage import agreed, confirmed
from pipelines.stages.people import with_survivor
from pipelines.stages.plan.planning import plan

STAYS = ("custody_stays", "people")
EVIDENCE = (
    *STAYS, "cin_aliases", "facilities", "coverage", "ji_activations", "screenings",
    "eligibility_answers",
)  # fmt: skip
TIMELINE = (
    *STAYS, "cin_aliases", "coverage", "ji_activations", "screenings", "applications",
    "care_milestones",
)  # fmt: skip
STAYS_JUDGED = (*TIMELINE, "facilities")
JI_AID_CODES = "ji_aid_codes"
ORDERED = ("orders", "people", "custody_stays")
AUTHORIZED = ("authorizations", "orders", "people", "cin_aliases", "x12")
CARE_BUNDLES = SOURCE  # the code set has the name of its lines' source
CALENDAR = "filing_calendar"
CLAIMED = (
    "encounters", "people", "cin_aliases", "facilities", "billing_providers", "providers",
    "custody_stays", "other_coverage", "other_payer_payments", "institutional_claims",
    "attachments", "post_release_services",
)  # fmt: skip
POST_RELEASE_CODES = "ecm_cs_codes"


def _current(view: View, feeds: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    return {feed: view.current(feed) for feed in feeds}


def evidence(view: View) -> dict[str, pl.DataFrame]:
    """The facts that decide eligibility, without the rows that are held."""
    return _believed(view, _current(view, EVIDENCE))[0]


def _believed(
    view: View, facts: dict[str, pl.DataFrame]
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """Facts without the coverage and activations that the list of JI aid codes does not bear out,
    and those.
    """
    codes = view.codes([JI_AID_CODES])[JI_AID_CODES]
    coverage, conflicting = agreed(facts["coverage"], codes, view.answers)
    clocks, unlisted = confirmed(facts["ji_activations"], codes)
    held = {"conflicting": conflicting, "unlisted": unlisted}
    return facts | {"coverage": coverage, "ji_activations": clocks}, held


def custody_episodes(view: View) -> pl.DataFrame:
    """Table `custody_episodes`."""
    return stays.custody_episodes(**_current(view, STAYS))


def billable_days(view: View) -> pl.DataFrame:
    """Table `billable_days`."""
    policy = view.workspace.policy
    return days.billable_days(**evidence(view), policy=policy, as_of=view.as_of)


def prerelease_windows(view: View) -> pl.DataFrame:
    """Table `prerelease_windows`."""
    policy = view.workspace.policy
    return windows.prerelease_windows(**evidence(view), policy=policy, as_of=view.as_of)


def enrollment_timeline(view: View) -> pl.DataFrame:
    """Table `enrollment_timeline`."""
    return enrollment.enrollment_timeline(**_believed(view, _current(view, TIMELINE))[0])


def bundled(view: View, billable: pl.DataFrame) -> Bundles:
    """Tables `bundles` and `bundle_elements`."""
    return bundles_of(view, _believed(view, _current(view, CARED))[0], billable)


def judged_stays(view: View) -> StayResults:
    """Table `enrollment_gaps`, with the findings and counts of the edits of stays."""
    facts, held = _believed(view, _current(view, STAYS_JUDGED))
    context = stay_context(
        **facts,
        **held,
        policy=view.workspace.policy,
        as_of=view.as_of,
    )
    edits = with_policy(STAY_EDITS, view.workspace.policy, view.as_of)
    return run_stay_edits(context, view.workspace.agency.id, view.as_of, edits)


def judged_bundles(view: View, bundles: pl.DataFrame) -> StayResults:
    """Findings and counts of the edits of bundles, from the table of that name."""
    policy = view.workspace.policy
    edits = with_policy(BUNDLE_EDITS, policy, view.as_of)
    context = bundles_context(bundles, policy, view.as_of)
    return run_bundle_edits(context, view.workspace.agency.id, view.as_of, edits)


def judged(
    view: View,
    billable: pl.DataFrame,
    care_management: Bundles,
    states: pl.DataFrame | None = None,
) -> EditResults:
    """Table `service_lines`, with the findings and counts of the edits of lines.

    `states`: table `submission_states` of the same view, where it has been made.
    """
    sent = submission_states(view) if states is None else states
    lines = lines_decided(view)
    others = tuple(feed for feed in SERVICES if feed not in (ENCOUNTERS, AUTHORIZED[0]))
    context = service_context(
        encounters=lines.encounters,
        decided=lines.decided,
        billed=billed_and_gone(view, lines.encounters),
        out=filed_lines(view, sent),
        in_bundles=lines_in_bundles(care_management.bundles, care_management.bundle_elements),
        **_current(view, others),
        authorizations=current_authorizations(view),
        billable_days=billable,
        codes=view.codes(CODE_SETS),
        policy=view.workspace.policy,
        as_of=view.as_of,
    )
    edits = with_policy(EDITS, view.workspace.policy, view.as_of)
    return run_edits(context, view.workspace.agency.id, edits)


def judged_claims(view: View, states: pl.DataFrame, lines: pl.DataFrame) -> ClaimResults:
    """Findings and counts of the edits of claims, from `submission_states` and `service_lines`."""
    edits = with_policy(CLAIM_EDITS, view.workspace.policy, view.as_of)
    context = answers_context(states, view.bound_lines(), lines)
    return run_claim_edits(context, view.workspace.agency.id, view.as_of, edits)


@dataclass(frozen=True)
class Authorized:
    """Tables `authorization_uses`, `authorization_balances` and `authorizations_needed`."""

    uses: pl.DataFrame
    balances: pl.DataFrame
    needed: pl.DataFrame


def authorized(view: View, service_lines: pl.DataFrame, findings: pl.DataFrame) -> Authorized:
    """What becomes of authorizations, from `service_lines` and `findings` of the same run."""
    facts, services = _current(view, ORDERED), "prerelease_services"
    held, encounters = current_authorizations(view), current_encounters(view)
    drawn = uses(service_lines, encounters, held, findings)
    owned = with_survivor(held, facts["people"])
    return Authorized(
        drawn,
        balances(owned, drawn, view.workspace.policy, view.as_of),
        needed(
            **facts,
            authorizations=held,
            service_lines=service_lines,
            encounters=encounters,
            findings=findings,
            prerelease_services=view.codes([services])[services],
            as_of=view.as_of,
        ),
    )


def desired_claims(
    view: View, service_lines: pl.DataFrame, care_management: Bundles
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tables `claims` and `claim_lines`."""
    workspace = view.workspace
    with workspace.ledger.read() as connection:
        bound = bound_lines.bound(connection, workspace.agency.id, view.known_at)
    codes = view.codes(["rates", CARE_BUNDLES, POST_RELEASE_CODES])
    return claims(
        service_lines=service_lines,
        encounters=current_encounters(view),
        **_current(view, tuple(feed for feed in CLAIMED if feed != ENCOUNTERS)),
        values_set=line_values_set(view),
        claim_values_set=claim_values_set(view),
        bound=bound,
        rates=with_bundle_rates(codes["rates"], codes[CARE_BUNDLES]),
        bundles=care_management.bundles,
        bundle_elements=care_management.bundle_elements,
        ecm_cs_codes=codes[POST_RELEASE_CODES],
        agency=workspace.agency,
        policy=workspace.policy,
        as_of=view.as_of,
    )


def planned(
    view: View,
    desired: pl.DataFrame,
    claim_lines: pl.DataFrame,
    service_lines: pl.DataFrame,
    states: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Table `plan`: what should exist against ledger and answers, as the view knows them.

    `desired`: table `claims`, as the others of that name. `states`: `submission_states` of
    the same view, where it has been made.
    """
    workspace = view.workspace
    sent = answered(view, submission_states(view) if states is None else states)
    disposed = claims_disposed(view)
    return plan(
        desired,
        sent,
        workspace.open_batch_claims(view.known_at),
        workspace.policy,
        view.as_of,
        workspace.agency,
        disposed,
        view.codes([CALENDAR])[CALENDAR],
        settled_parts(view, desired, claim_lines, sent, disposed, service_lines),
    )


@dataclass(frozen=True)
class Evaluated:
    """Tables `plan`, `claim_lines` and `findings` (of lines), as evaluated without a run."""

    plan: pl.DataFrame
    claim_lines: pl.DataFrame
    findings: pl.DataFrame


def evaluated(view: View) -> Evaluated:
    """The plan from facts, through every stage, without a run."""
    states = submission_states(view)
    billable = billable_days(view)
    care_management = bundled(view, billable)
    made = judged(view, billable, care_management, states)
    desired, lines = desired_claims(view, made.service_lines, care_management)
    rows = planned(view, desired, lines, made.service_lines, states)
    return Evaluated(rows, lines, made.findings)


def planned_now(now: View, seen: View) -> pl.DataFrame:
    """The plan for the claims of a run (`seen`), as the ledger stands now."""
    made = (seen.derived(name) for name in ("claims", "claim_lines", "service_lines"))
    return planned(now, *made)


def planned_again(view: View) -> pl.DataFrame:
    """The plan from facts alone."""
    return evaluated(view).plan


def code_set_status(workspace: Workspace, view: View) -> dict[str, str]:
    """How well the code sets are known that decide whether a service may be billed."""
    sets = workspace.code_sets
    decisive = (*DECISIVE_SETS, JI_AID_CODES)
    return {name: sets.in_force(name, view.as_of, view.known_at).status for name in decisive}
