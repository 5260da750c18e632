"""Assembly: the stage itself. Clean service lines in, the claims that should exist out."""

from collections.abc import Iterator
from datetime import date

import polars as pl

from contracts.derived import DERIVED
from contracts.errors import UsageError
from contracts.policy import Policy
from contracts.settings import Agency, Route
from pipelines.stages.claims.bundle_lines import with_bundles
from pipelines.stages.claims.content import Directory, claim_content
from pipelines.stages.claims.decided import told_once
from pipelines.stages.claims.expectation import expected_amounts
from pipelines.stages.claims.grouping import CLAIM_KEY, disagreeing, grouped
from pipelines.stages.claims.holds import LATE, OTHER_REASONS, holds
from pipelines.stages.claims.identity import content_hashes
from pipelines.stages.claims.limits import Limits, limits
from pipelines.stages.claims.lines import professional_lines
from pipelines.stages.claims.other_payers import other_payers
from pipelines.stages.claims.parties import billing
from pipelines.stages.claims.splitting import split
from pipelines.stages.claims.subscribers import subscribers
from pipelines.stages.digest import sha256_hex
from pipelines.x12.content import freeze

ROUTE = "medi_cal"
_CLAIMS_AT_ONCE = 50_000


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
    bound: pl.DataFrame,
    rates: pl.DataFrame,
    agency: Agency,
    policy: Policy,
    as_of: date,
    values_set: pl.DataFrame | None = None,
    claim_values_set: pl.DataFrame | None = None,
    bundles: pl.DataFrame | None = None,
    bundle_elements: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The tables `claims` and `claim_lines`.

    Feeds are current facts; `bound` is the ledger's `claim_lines.bound`, `rates` the code set's
    table. A claim that cannot be written is there, with `reasons`. `values_set` and
    `claim_values_set`: what people set for lines and claims (subject_id, field, value). `bundles`
    and `bundle_elements`: the derived tables; without them no bundle is claimed.
    Raises UsageError where the agency has no route for professional fee-for-service claims.
    """
    route = professional_route(agency)
    limit = limits(policy, as_of)
    chosen = professional_lines(service_lines, encounters, facilities, people, values_set)
    if bundles is not None and bundle_elements is not None:
        chosen, bound = with_bundles(
            chosen, bound, bundles, bundle_elements, facilities, policy, as_of, agency.id
        )
    lines = grouped(chosen.with_columns(route=pl.lit(route.name)), bound, limit, agency.id)
    parts = split(lines, limit.max_units).with_columns(
        line_ordinal=pl.int_range(1, pl.len() + 1).over("claim_id")
    )
    others = other_payers(parts, people, cin_aliases, other_coverage, other_payer_payments)
    known = Directory(
        subscribers(people, cin_aliases), billing(billing_providers), providers, facilities,
        others, route,
    )  # fmt: skip
    told = told_once(_heads(parts), lines, claim_values_set)
    unlike = told.filter("values_disagree")["claim_id"]
    flagged = {
        LATE: lines.filter("is_late")["claim_id"],
        "lines_disagree": pl.concat([disagreeing(lines), unlike]),
        "release_not_final": _waiting_for_release(lines, custody_stays, policy, as_of),
        "other_payment_split": others.split,
    }
    heads = _with_other_reasons(told, flagged, limit)
    made = pl.concat(_with_content(*part, known) for part in _slices(heads, parts))
    expected = expected_amounts(lines, rates, policy, as_of)
    whole = made.join(expected, on="claim_id", how="left", maintain_order="left")
    return _with_row_hash(whole, route), DERIVED["claim_lines"].conform(parts)


def professional_route(agency: Agency) -> Route:
    """The route of fee-for-service Medi-Cal. Raises UsageError where settings have none."""
    route = agency.routes.get(ROUTE)
    if route is None or "professional" not in route.claim_forms:
        raise UsageError(
            "route_missing",
            f"reentry.toml has no [agency.{agency.id}.route.{ROUTE}] with the claim form "
            "professional. Add it: payer_id, payer_name, receiver, claim_forms, status.",
        )
    return route


def _heads(parts: pl.DataFrame) -> pl.DataFrame:
    """One row for each claim: what its lines share and add up to."""
    return parts.group_by("claim_id", maintain_order=True).agg(
        pl.col(CLAIM_KEY).first(),
        pl.col("deadline_on").min(),
        pl.col("is_part_2").any(),
        pl.col("charge_amount").sum().cast(pl.Decimal(12, 2)),
        claim_form=pl.lit("professional"),
        line_count=pl.len().cast(pl.Int64),
    )


def _waiting_for_release(
    lines: pl.DataFrame, custody_stays: pl.DataFrame, policy: Policy, as_of: date
) -> pl.Series:
    """Claims that `release_lookback` keeps back until their stay has ended."""
    looks_back = policy.entry("window.policy", as_of).value == "release_lookback"
    early = policy.entry("release.expected_suffices", as_of).value == "yes"
    if early or not looks_back:
        return lines["claim_id"].clear()
    held = custody_stays.filter(pl.col("released_at").is_null())
    return lines.join(held, on="stay_id", how="semi")["claim_id"].unique()


def _with_other_reasons(
    heads: pl.DataFrame, flagged: dict[str, pl.Series], limit: Limits
) -> pl.DataFrame:
    claim_id = pl.col("claim_id")
    flags = {slug: claim_id.is_in(claims.implode()) for slug, claims in flagged.items()}
    return heads.with_columns(**flags, policy_unset=pl.lit(limit.is_unset))


def _slices(
    heads: pl.DataFrame, parts: pl.DataFrame
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Claims with their lines, some at a time: content is wide, and only its text is kept."""
    start = 0
    for first in range(0, max(heads.height, 1), _CLAIMS_AT_ONCE):
        some = heads.slice(first, _CLAIMS_AT_ONCE)
        count = int(some["line_count"].sum())
        yield some, parts.slice(start, count)
        start += count


def _with_content(heads: pl.DataFrame, parts: pl.DataFrame, known: Directory) -> pl.DataFrame:
    content = claim_content(heads, parts, known)
    return heads.drop(OTHER_REASONS).with_columns(
        content=freeze(content),
        content_hash=content_hashes(content),
        reasons=holds(content, heads.select(OTHER_REASONS)),
    )


def _set_by_people() -> pl.Expr:
    """What the content's hash leaves out although people set it; empty where they did not."""
    attached = pl.col("attachments").list.eval(pl.element().struct.json_encode())
    texts = pl.concat_list("delay_reason_code", "claim_note").list.drop_nulls()
    return texts.list.concat(attached.fill_null([]))


def _with_row_hash(made: pl.DataFrame, route: Route) -> pl.DataFrame:
    """The whole row's digest; of the content, the hash of its facts and who is to pay count."""
    table = made.select(n for n in DERIVED["claims"].names if n != "claim_row_hash")
    payer = [pl.lit(told) for told in (route.payer_id, route.payer_name, route.filing_indicator)]
    beside = pl.concat_list(payer).list.concat(_set_by_people())
    row = table.drop("content").with_columns(made.select(payer=beside))
    return table.with_columns(claim_row_hash=sha256_hex(row, row.columns))
