"""Assembly: the stage itself. Clean service lines in, the claims that should exist out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from contracts.derived import DERIVED
from contracts.fields import MONEY
from contracts.policy import Policy
from contracts.settings import REPORTING, Agency, Route
from pipelines.stages.claims.bills import bills, heads_with_lines, with_own_parties
from pipelines.stages.claims.bundle_lines import with_bundles
from pipelines.stages.claims.content import Directory, claim_content
from pipelines.stages.claims.decided import told_once
from pipelines.stages.claims.expectation import expected_of_claims, with_expected
from pipelines.stages.claims.grouping import CLAIM_KEY, disagreeing, grouped
from pipelines.stages.claims.holds import LATE, OTHER_REASONS, holds, waiting_for_release
from pipelines.stages.claims.identity import content_hashes
from pipelines.stages.claims.limits import Limits, limits
from pipelines.stages.claims.lines import form_lines
from pipelines.stages.claims.other_payers import other_payers
from pipelines.stages.claims.parties import billing
from pipelines.stages.claims.plan_lines import UNROUTED, WAITS, plan_lines
from pipelines.stages.claims.splitting import split
from pipelines.stages.claims.subscribers import subscribers
from pipelines.stages.digest import sha256_hex
from pipelines.x12.claim_forms import INSTITUTIONAL, PROFESSIONAL, ClaimForm
from pipelines.x12.content import freeze

_CLAIMS_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class _Facts:
    """What claims of either form are made from, as `claims` takes it."""

    service_lines: pl.DataFrame
    encounters: pl.DataFrame
    people: pl.DataFrame
    cin_aliases: pl.DataFrame
    facilities: pl.DataFrame
    billing_providers: pl.DataFrame
    providers: pl.DataFrame
    custody_stays: pl.DataFrame
    other_coverage: pl.DataFrame
    other_payer_payments: pl.DataFrame
    institutional_claims: pl.DataFrame
    attachments: pl.DataFrame
    bound: pl.DataFrame
    rates: pl.DataFrame
    agency: Agency
    policy: Policy
    as_of: date
    values_set: pl.DataFrame | None
    claim_values_set: pl.DataFrame | None
    bundles: pl.DataFrame | None
    bundle_elements: pl.DataFrame | None
    post_release_services: pl.DataFrame | None
    ecm_cs_codes: pl.DataFrame | None


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Claims of one form and route before their content: `heads` and the whole and split lines of
    each, all with claim_id, and claim ids by the reason that keeps them.
    """

    form: ClaimForm
    route: Route
    heads: pl.DataFrame
    lines: pl.DataFrame
    parts: pl.DataFrame
    flagged: dict[str, pl.Series]
    limit: Limits


def claims(
    *,
    service_lines: pl.DataFrame,
    encounters: pl.DataFrame,
    people: pl.DataFrame,
    cin_aliases: pl.DataFrame,
    facilities: pl.DataFrame,
    billing_providers: pl.DataFrame,
    providers: pl.DataFrame,
    custody_stays: pl.DataFrame,
    other_coverage: pl.DataFrame,
    other_payer_payments: pl.DataFrame,
    institutional_claims: pl.DataFrame,
    attachments: pl.DataFrame,
    bound: pl.DataFrame,
    rates: pl.DataFrame,
    agency: Agency,
    policy: Policy,
    as_of: date,
    values_set: pl.DataFrame | None = None,
    claim_values_set: pl.DataFrame | None = None,
    bundles: pl.DataFrame | None = None,
    bundle_elements: pl.DataFrame | None = None,
    post_release_services: pl.DataFrame | None = None,
    ecm_cs_codes: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The tables `claims` and `claim_lines`.

    Feeds are current facts; `bound` is the ledger's `claim_lines.bound`, `rates` the code set's
    table. A claim that cannot be written is there, with `reasons`. `values_set` and
    `claim_values_set`: what people set for lines and claims (subject_id, field, value). `bundles`
    and `bundle_elements`: the derived tables; without them no bundle is claimed.
    `post_release_services` and the code set `ecm_cs_codes`: what an agency with routes to managed
    care plans tells them.
    Raises UsageError where the agency has no route to fee-for-service Medi-Cal.
    """
    route = agency.fee_for_service
    facts = _Facts(
        service_lines, encounters, people, cin_aliases, facilities, billing_providers, providers,
        custody_stays, other_coverage, other_payer_payments, institutional_claims, attachments,
        bound, rates, agency, policy, as_of, values_set, claim_values_set, bundles,
        bundle_elements, post_release_services, ecm_cs_codes,
    )  # fmt: skip
    every = [_professional(facts, route), _institutional(facts, route), *_of_plans(facts)]
    made = [_assembled(grouped, facts) for grouped in every if grouped.heads.height]
    lines = pl.concat(DERIVED["claim_lines"].conform(grouped.parts) for grouped in every)
    return pl.concat(made) if made else DERIVED["claims"].empty(), lines


def _professional(facts: _Facts, route: Route) -> _Grouped:
    """Lines grouped by what a professional claim says once."""
    limit = limits(facts.policy, facts.as_of, PROFESSIONAL)
    chosen, bound = _lines(facts, PROFESSIONAL), facts.bound
    if facts.bundles is not None and facts.bundle_elements is not None:
        chosen, bound = with_bundles(
            chosen, bound, facts.bundles, facts.bundle_elements, facts.facilities, facts.policy,
            facts.as_of, facts.agency.id,
        )  # fmt: skip
    routed = chosen.with_columns(route=pl.lit(route.name))
    lines = grouped(routed, bound, limit, facts.agency.id)
    parts = _split(lines, limit, facts)
    return _Grouped(
        PROFESSIONAL, route, _heads(parts), lines, parts, {"lines_disagree": disagreeing(lines)},
        limit,
    )  # fmt: skip


def _of_plans(facts: _Facts) -> Iterator[_Grouped]:
    """Post-release services, for each plan's route and for the plans without one."""
    services, codes = facts.post_release_services, facts.ecm_cs_codes
    plans = facts.agency.plan_routes
    if services is None or codes is None or not plans:
        return
    none = replace(facts, service_lines=facts.service_lines.clear())
    schema = _lines(none, PROFESSIONAL).schema
    lines = plan_lines(
        services, codes, facts.service_lines, facts.people, facts.custody_stays, facts.bound,
        facts.agency, facts.as_of, schema,
    )  # fmt: skip
    for route in (*plans, UNROUTED):
        yield _of_plan(facts, route, lines.filter(pl.col("route") == route.name))


def _of_plan(facts: _Facts, route: Route, chosen: pl.DataFrame) -> _Grouped:
    """One route's lines, within the limits that policy sets for claims of the form."""
    limit = limits(facts.policy, facts.as_of, PROFESSIONAL)
    lines = grouped(chosen, facts.bound, limit, facts.agency.id, ("is_late", *WAITS))
    parts = _split(lines, limit, replace(facts, rates=facts.rates.clear()))  # Medi-Cal's, not its
    waiting = {slug: lines.filter(slug)["claim_id"] for slug in WAITS}
    flagged = waiting | {"lines_disagree": disagreeing(lines)}
    return _Grouped(PROFESSIONAL, route, _heads(parts), lines, parts, flagged, limit)


def _institutional(facts: _Facts, route: Route) -> _Grouped:
    """Lines as the bills of their facilities list them."""
    limit = limits(facts.policy, facts.as_of, INSTITUTIONAL)
    listed = bills(
        facts.institutional_claims, _lines(facts, INSTITUTIONAL), facts.service_lines,
        facts.facilities, facts.custody_stays, facts.people, facts.bound, facts.agency.id,
    )  # fmt: skip
    parts = _split(listed.lines, limit, facts)
    heads = heads_with_lines(listed.heads, parts, facts.policy, facts.as_of)
    own = with_own_parties(parts, heads)
    return _Grouped(
        INSTITUTIONAL, route, heads.with_columns(route=pl.lit(route.name)), listed.lines, own,
        listed.flagged, limit,
    )  # fmt: skip


def _lines(facts: _Facts, form: ClaimForm) -> pl.DataFrame:
    return form_lines(
        form.name, facts.service_lines, facts.encounters, facts.facilities, facts.people,
        facts.values_set,
    )  # fmt: skip


def _split(lines: pl.DataFrame, limit: Limits, facts: _Facts) -> pl.DataFrame:
    parts = split(lines, limit.max_units).with_columns(
        line_ordinal=pl.int_range(1, pl.len() + 1).over("claim_id")
    )
    return with_expected(parts, facts.rates, facts.policy, facts.as_of)


def _assembled(of_form: _Grouped, facts: _Facts) -> pl.DataFrame:
    """The table `claims` of one form and route."""
    form, route, parts, lines = of_form.form, of_form.route, of_form.parts, of_form.lines
    others = other_payers(
        parts, facts.people, facts.cin_aliases, facts.other_coverage, facts.other_payer_payments
    )
    known = Directory(
        subscribers(facts.people, facts.cin_aliases), billing(facts.billing_providers),
        facts.providers, facts.facilities, others, route,
    )  # fmt: skip
    told = told_once(of_form.heads, lines, facts.claim_values_set, _documents(facts, route))
    unlike = told.filter("values_disagree")["claim_id"]
    excused = told.filter(pl.col("delay_reason_code").is_not_null())
    flagged = of_form.flagged | {
        LATE: lines.filter("is_late").join(excused, on="claim_id", how="anti")["claim_id"],
        "lines_disagree": pl.concat([of_form.flagged["lines_disagree"], unlike]),
        "release_not_final": waiting_for_release(
            lines, facts.custody_stays, facts.policy, facts.as_of
        ),
        "other_payment_split": others.split,
    }
    off_route = form.name not in route.claim_forms
    heads = _with_other_reasons(told, flagged, of_form.limit, off_route=off_route)
    made = pl.concat(_with_content(*part, known, form) for part in _slices(heads, parts))
    whole = made.join(expected_of_claims(parts), on="claim_id", how="left", maintain_order="left")
    return _with_row_hash(whole, route)


def _documents(facts: _Facts, route: Route) -> pl.DataFrame:
    """Attachments that may be of the route's claims: an encounter's are none of a plan's."""
    is_own = route == facts.agency.fee_for_service
    return facts.attachments.filter(pl.lit(is_own) | pl.col("encounter_id").is_null())


def _heads(parts: pl.DataFrame) -> pl.DataFrame:
    """One row for each claim: what its lines share and add up to."""
    return parts.group_by("claim_id", maintain_order=True).agg(
        pl.col(CLAIM_KEY).first(),
        pl.col("deadline_on").min(),
        pl.col("is_part_2").any(),
        pl.col("charge_amount").sum().cast(MONEY),
        claim_form=pl.lit("professional"),
        line_count=pl.len().cast(pl.Int64),
    )


def _with_other_reasons(
    heads: pl.DataFrame, flagged: dict[str, pl.Series], limit: Limits, *, off_route: bool
) -> pl.DataFrame:
    claim_id = pl.col("claim_id")
    flags = {slug: claim_id.is_in(claims.implode()) for slug, claims in flagged.items()}
    whole = flags | {"policy_unset": pl.lit(limit.is_unset), "form_not_routed": pl.lit(off_route)}
    return heads.with_columns(whole.get(slug, pl.lit(False)).alias(slug) for slug in OTHER_REASONS)


def _slices(
    heads: pl.DataFrame, parts: pl.DataFrame
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Claims with their lines, some at a time: content is wide, and only its text is kept."""
    start = 0
    for first in range(0, heads.height, _CLAIMS_AT_ONCE):
        some = heads.slice(first, _CLAIMS_AT_ONCE)
        count = int(some["line_count"].sum())
        yield some, parts.slice(start, count)
        start += count


def _with_content(
    heads: pl.DataFrame, parts: pl.DataFrame, known: Directory, form: ClaimForm
) -> pl.DataFrame:
    content = claim_content(heads, parts, known, form)
    return heads.drop(OTHER_REASONS).with_columns(
        content=freeze(content),
        content_hash=content_hashes(content),
        reasons=holds(content, heads.select(OTHER_REASONS), form),
    )


def _set_by_people() -> pl.Expr:
    """What the content's hash leaves out although people set it; empty where they did not."""
    attached = pl.col("attachments").list.eval(pl.element().struct.json_encode())
    texts = pl.concat_list("delay_reason_code", "claim_note").list.drop_nulls()
    return texts.list.concat(attached.fill_null([]))


def _with_row_hash(made: pl.DataFrame, route: Route) -> pl.DataFrame:
    """The whole row's digest; of the content, the hash of its facts and who is to pay count."""
    table = made.select(n for n in DERIVED["claims"].names if n != "claim_row_hash")
    names = [route.payer_id, route.payer_name, route.filing_indicator]
    names += [REPORTING] if route.is_reporting else []
    payer = [pl.lit(told) for told in names]
    beside = pl.concat_list(payer).list.concat(_set_by_people())
    row = table.drop("content").with_columns(made.select(payer=beside))
    return table.with_columns(claim_row_hash=sha256_hex(row, row.columns))
