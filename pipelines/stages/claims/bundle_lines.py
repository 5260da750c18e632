"""Bundle lines: complete bundles as one more source of claim lines.

A bundle is a claim of its own, whose anchor is (stay, bundle, ordinal). Services that prove it ride
on that claim at no charge or are left out, and are never billed alone. Not here: what is complete.
"""

from datetime import date
from decimal import Decimal
from typing import Final

import polars as pl

from contracts.fields import MONEY
from contracts.policy import Policy
from pipelines.stages.bundles.anchors import ANCHOR, SOURCE, key_of_anchor
from pipelines.stages.claims.grouping import CLAIM_ID_LENGTH, CLAIM_KEY
from pipelines.stages.claims.lines import LINE_KEY
from pipelines.stages.digest import sha256_hex
from pipelines.stages.edits.service_days import service_days
from pipelines.stages.edits.special_codes import CASE_MANAGEMENT

_NOTHING: Final = Decimal("0.00")
# What a service that rides takes over from the bundle, so that its claim says it once.
_TAKEN_OVER: Final = [
    name for name in (*CLAIM_KEY, "is_late") if name not in ("person_id", "route")
]


def with_bundles(
    lines: pl.DataFrame,
    bound: pl.DataFrame,
    bundles: pl.DataFrame,
    bundle_elements: pl.DataFrame,
    facilities: pl.DataFrame,
    policy: Policy,
    as_of: date,
    agency_id: str,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`lines` less those that bundles consume, with those that ride and a line for each bundle;
    and `bound` as `grouping` needs it: bundles and what rides on them lie in the bundle's claim.

    `bundles` and `bundle_elements` are the derived tables, `lines` clean lines as `lines` gives
    them. A service that went out alone does not ride; one that went out on a bundle's claim is let
    go by no other.
    """
    own = _bundle_lines(bundles, lines, facilities, policy, as_of, agency_id)
    details = _details(bundle_elements, own)
    riding = _riding(lines, details, own, bound)
    anchored = bound.filter(pl.col("source_system") == SOURCE)["claim_id"]
    let_in = bound.filter(pl.col("claim_id").is_in(anchored.implode()))
    others = lines.join(details, on=LINE_KEY, how="anti").join(let_in, on=LINE_KEY, how="anti")
    services = pl.concat([others, riding.select(others.columns)]).sort(LINE_KEY)
    whole = pl.concat([own.sort(LINE_KEY).select(others.columns), services])
    tied = pl.concat([frame.select(*LINE_KEY, "claim_id") for frame in (own, riding)])
    return whole.drop("line_id").with_row_index("line_id"), _bound(bound, tied)


def claims_of_bundles(bundles: pl.DataFrame, agency_id: str) -> pl.DataFrame:
    """The anchors of those that are billed, each with its claim_id."""
    billed = bundles.filter(is_billed()).select(*ANCHOR, *key_of_anchor())
    return billed.select(ANCHOR).with_columns(claim_id=_claim_ids(billed, agency_id))


def _claim_ids(keyed: pl.DataFrame, agency_id: str) -> pl.Series:
    named = keyed.with_columns(agency=pl.lit(agency_id))
    return sha256_hex(named, ["agency", *LINE_KEY]).str.head(CLAIM_ID_LENGTH)


def lines_in_bundles(bundles: pl.DataFrame, bundle_elements: pl.DataFrame) -> pl.DataFrame:
    """Keys of the services that prove a bundle which is billed."""
    return _proofs(bundle_elements, bundles.filter(is_billed())).select(LINE_KEY).unique()


def is_billed() -> pl.Expr:
    """Whether a bundle becomes a claim."""
    return (pl.col("state") == "complete") & pl.col("is_billable").fill_null(False)


def with_bundle_rates(rates: pl.DataFrame, care_bundles: pl.DataFrame) -> pl.DataFrame:
    """The code set `rates` with the rates that `care_bundles` tells of its own codes."""
    told = care_bundles.filter(pl.col("rate_amount").is_not_null()).with_columns(
        modifiers=pl.col("modifiers").list.sort().list.join("|").fill_null("")
    )
    named = [name for name in rates.columns if name in told.columns]
    return pl.concat([rates, told.select(named)], how="diagonal_relaxed")


def _bundle_lines(
    bundles: pl.DataFrame,
    lines: pl.DataFrame,
    facilities: pl.DataFrame,
    policy: Policy,
    as_of: date,
    agency_id: str,
) -> pl.DataFrame:
    """A line, with claim_id and its anchor, for each complete bundle that is billable; one after
    its filing limit is late, as a service would be.
    """
    billed = bundles.filter(is_billed(), claim_form="professional")
    dated = service_days(billed["service_date"], policy, as_of).select(
        "service_date", "deadline_on"
    )
    sites = facilities.select("facility_id", "billing_npi")
    told = (
        billed.join(dated, on="service_date")
        .join(sites, on="facility_id")
        .with_columns(
            *key_of_anchor(),
            pl.col("modifiers").fill_null([]),
            service_category=pl.lit(CASE_MANAGEMENT),
            verdict=pl.lit("clean"),
            is_late=pl.col("deadline_on") < as_of,
        )
    )
    claim_id = _claim_ids(told, agency_id)
    shaped = [
        (pl.col(name) if name in told.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in lines.schema.items()
    ]
    beside = ("bundle_id", "ordinal", "detail_lines")
    return told.select(*shaped, *beside, claim_id=claim_id.alias("claim_id")).with_columns(
        served_on="service_date"
    )


def _details(bundle_elements: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """(line, anchor): services that prove a bundle which is billed; each goes to one bundle."""
    return (
        _proofs(bundle_elements, own)
        .select(*LINE_KEY, *ANCHOR)
        .sort(*LINE_KEY, *ANCHOR)
        .unique(LINE_KEY, keep="first", maintain_order=True)
    )


def _proofs(bundle_elements: pl.DataFrame, bundles: pl.DataFrame) -> pl.DataFrame:
    """The elements of these bundles that a service line proves."""
    proofs = bundle_elements.filter(state="done", feed="encounters").drop_nulls("encounter_id")
    return proofs.join(bundles, on=ANCHOR, how="semi")


def _riding(
    lines: pl.DataFrame, details: pl.DataFrame, own: pl.DataFrame, bound: pl.DataFrame
) -> pl.DataFrame:
    """Clean services of the bundle's own renderer that stand on its claim, under its day."""
    heads = own.filter(detail_lines="ride").select(
        anchor_stay="stay_id",
        bundle_id="bundle_id",
        ordinal="ordinal",
        claim_id="claim_id",
        **{f"{name}_of_bundle": pl.col(name) for name in _TAKEN_OVER},
    )
    elsewhere = bound.join(heads, on="claim_id", how="anti")
    beside = (
        lines.join(details.rename({"stay_id": "anchor_stay"}), on=LINE_KEY)
        .join(heads, on=["anchor_stay", "bundle_id", "ordinal"])
        .join(elsewhere, on=LINE_KEY, how="anti")
        .filter(pl.col("rendering_npi").eq_missing(pl.col("rendering_npi_of_bundle")))
    )
    return beside.with_columns(
        *(pl.col(f"{name}_of_bundle").alias(name) for name in _TAKEN_OVER),
        served_on="service_date",
        charge_amount=pl.lit(_NOTHING, MONEY),
    )


def _bound(bound: pl.DataFrame, tied: pl.DataFrame) -> pl.DataFrame:
    """`bound` with the lines of bundles' claims, each in the place that it went out in."""
    known = bound.select(*LINE_KEY, "line_ordinal")
    placed = tied.join(known, on=LINE_KEY, how="left", maintain_order="left")
    rest = bound.join(tied, on=LINE_KEY, how="anti").select(placed.columns)
    return pl.concat([rest, placed])
