"""Reported: the facts that measures count, as a view knows them. Reading only.

Gathering frames and putting them under surviving persons belongs here; what is counted is told in
`reports/measures`.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from contracts.feeds import FEEDS
from pipelines.io import evaluation
from pipelines.io.bundle_lists import activations as activations_missing
from pipelines.io.bundle_lists import with_activation
from pipelines.io.decided import ENCOUNTERS, current_encounters
from pipelines.io.disputes import standing
from pipelines.io.ledger import claim_lines
from pipelines.io.receivables import Billed, billed, billed_now, lines_of
from pipelines.io.workspace import View
from pipelines.stages.bundles.anchors import ANCHOR, key_of_anchor
from pipelines.stages.bundles.evaluation import Bundles
from pipelines.stages.eligibility.coverage import activations, coverage_spans
from pipelines.stages.identifiers import cin_of
from pipelines.stages.people import numbers, survivors, with_survivor
from pipelines.stages.post_release import classified
from pipelines.stages.receivables.billing import billing

_OF_STAYS = ("care_milestones", "care_managers", "orders", "pharmacy_fills")
_CODES = ("ecm_cs_codes", "ndc", "ndc_oud", "race_ethnicity", "languages", "county_codes",
          "managed_care_plans")  # fmt: skip


@dataclass(frozen=True)
class Derived:
    """The derived tables that reports read: of a run, or made from facts."""

    custody_episodes: pl.DataFrame
    enrollment_timeline: pl.DataFrame
    service_lines: pl.DataFrame
    bundles: pl.DataFrame
    bundle_elements: pl.DataFrame


def derived(view: View) -> Derived:
    """As the view's run left them; without a run, made now from what the view knows."""
    if view.recorded is not None:
        return Derived(**{name: view.derived(name) for name in Derived.__annotations__})
    billable = evaluation.billable_days(view)
    care_management = evaluation.bundled(view, billable)
    return Derived(
        evaluation.custody_episodes(view),
        evaluation.enrollment_timeline(view),
        evaluation.judged(view, billable, care_management).service_lines,
        care_management.bundles,
        care_management.bundle_elements,
    )


def facts(view: View, made: Derived) -> dict[str, pl.DataFrame]:
    """Every table that the population of measures is made of, by its name there."""
    believed, codes = evaluation.evidence(view), view.codes(_CODES)
    people = believed["people"]
    known = numbers(people, believed["cin_aliases"])
    return {
        "custody_stays": believed["custody_stays"],
        "custody_episodes": made.custody_episodes,
        "enrollment_timeline": made.enrollment_timeline,
        "facilities": believed["facilities"],
        "people": _surviving(people),
        "screenings": believed["screenings"],
        "applications": with_survivor(view.current("applications"), people),
        "activations": _activations(believed, people, known),
        "covered": coverage_spans(believed["coverage"], known),
        "plan_spans": _plan_spans(believed["coverage"], known),
        "residents": _residents(people, codes["county_codes"], codes["managed_care_plans"]),
        **{feed: view.current(feed) for feed in _OF_STAYS},
        "service_lines": _service_lines(view, made.service_lines),
        "credentials": _credentials(view.current("providers")),
        "post_release": classified(
            with_survivor(view.current("post_release_services"), people), codes["ecm_cs_codes"]
        ),
        **_bundles(made, view.as_of),
        "naloxone": _naloxone(codes["ndc"], codes["ndc_oud"]),
        "race_groups": _race_groups(codes["race_ethnicity"]),
        "languages": _newest(codes["languages"], "code").select("code", "label"),
    }


def billing_facts(view: View, made: Derived) -> dict[str, pl.DataFrame]:
    """Every table that `billing.sql` names besides, by its name there."""
    told = _billed(view, made)
    return billing(
        lines_of(told, view),
        told.line_accounts,
        told.submission_states,
        told.claims,
        told.denials,
        told.plan,
        standing(view),
        view.as_of,
    )


def _billed(view: View, made: Derived) -> Billed:
    if view.recorded is not None:
        return billed(view)
    return billed_now(view, made.service_lines, Bundles(made.bundles, made.bundle_elements))


def _bundles(made: Derived, as_of: date) -> dict[str, pl.DataFrame]:
    """Bundles as `reentry bundles` tells them, under the keys of their claims' lines, and the names
    of what is missing of each.
    """
    elements = pl.concat(
        [made.bundle_elements, activations_missing(made.bundles, as_of)], how="diagonal"
    )
    missing = elements.filter(state="missing").group_by(ANCHOR)
    names = pl.col("element").str.replace(":", "_").unique().sort()
    return {
        "care_bundles": with_activation(made.bundles, as_of).with_columns(key_of_anchor()),
        "bundles_missing": missing.agg(missing=names),
    }


def _surviving(people: pl.DataFrame) -> pl.DataFrame:
    stands = survivors(people).select(person_id="surviving_person_id").unique()
    return people.join(stands, on="person_id", how="semi")


def _activations(
    believed: dict[str, pl.DataFrame], people: pl.DataFrame, known: pl.DataFrame
) -> pl.DataFrame:
    """Activations without those withdrawn as an error; JI spans only of people who have none."""
    clocks = believed["ji_activations"]
    overlay = coverage_spans(believed["coverage"], known).filter("is_ji_aid_code")
    named = with_survivor(clocks, people).select("person_id").unique()
    inferred = overlay.drop("is_ji_aid_code").join(named, on="person_id", how="anti")
    is_error = (pl.col("deactivation_reason") == "error").fill_null(False)
    return activations(clocks.filter(~is_error), people, inferred)


def _plan_spans(coverage: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Membership of a managed care plan: person_id, from_on, to_on, plan_code."""
    spans = coverage.filter(pl.col("plan_code").is_not_null())
    return (
        spans.with_columns(cin=cin_of(pl.col("cin")))
        .join(known, on="cin")
        .select(
            "plan_code",
            person_id="surviving_person_id",
            from_on="starts_on",
            to_on="ends_on",
        )
    )


def _residents(people: pl.DataFrame, counties: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """person_id, is_plan_county: null where the county of residence is none of California's."""
    kept = ["county_code", "edition_from"]
    names = counties.select(*kept, name=pl.col("county").str.to_lowercase())
    codes = counties.select(*kept, name="county_code")
    known = (
        pl.concat([names, codes])
        .unique()
        .with_columns(is_plan_county=pl.col("county_code").is_in(plans["county_code"].implode()))
    )
    told = pl.col("county_of_residence").str.strip_chars().str.to_lowercase()
    plain = told.str.replace(r" county$", "")
    return (
        people.select("person_id", name=plain)
        .join(_newest(known, "name"), on="name", how="left")
        .select("person_id", "is_plan_county")
    )


def _service_lines(view: View, judged: pl.DataFrame) -> pl.DataFrame:
    """Service lines with the state of their note, and whether a claim for them went out."""
    key = FEEDS[ENCOUNTERS].key
    notes = current_encounters(view).select(*key, "note_status")
    with view.workspace.ledger.read() as connection:
        out = claim_lines.keys_out(connection, view.workspace.agency.id, view.known_at)
    billed = out.select(key).with_columns(is_billed=pl.lit(True))
    return (
        judged.join(notes, on=key, how="left", maintain_order="left")
        .join(billed, on=key, how="left", maintain_order="left")
        .with_columns(pl.col("is_billed").fill_null(False))
    )


def _credentials(providers: pl.DataFrame) -> pl.DataFrame:
    """npi, credential: of an NPI that stands twice the first by staff id."""
    told = providers.filter(pl.col("npi").is_not_null()).sort("staff_id")
    return told.unique("npi", keep="first", maintain_order=True).select("npi", "credential")


def _naloxone(ndc: pl.DataFrame, ndc_oud: pl.DataFrame) -> pl.DataFrame:
    """Drug codes of naloxone alone, not of its combination with buprenorphine."""
    reversing = ndc.filter(drug_class="overdose reversal")["code"]
    alone = ndc_oud.filter(pl.col("ingredients").list.join(" ") == "naloxone")["code"]
    return pl.concat([reversing, alone]).unique().to_frame("ndc")


def _race_groups(codes: pl.DataFrame) -> pl.DataFrame:
    """code, kind, label of the roll-up group that the code belongs to (CDC hierarchy)."""
    top = pl.col("hierarchy").str.split(".").list.first()
    groups = _newest(codes.filter("is_omb_group"), "code").select("kind", "label", top=top)
    return (
        codes.select("code", "kind", "edition_from", top=top)
        .join(groups, on=["kind", "top"])
        .pipe(_newest, "code")
        .select("code", "kind", "label")
    )


def _newest(codes: pl.DataFrame, key: str) -> pl.DataFrame:
    """Of several editions' rows of a code that of the newest."""
    return codes.sort(key, "edition_from").unique(key, keep="last", maintain_order=True)
