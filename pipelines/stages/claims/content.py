"""Content: claims and their lines as frozen claim content has them, all text as X12 carries it.

What depends on the submission (patient control number, frequency, line control numbers, delay
reason, payer's number, attachments, note) stays empty here: `numbered` fills the first three when
a claim is proposed, and nothing else ever does.
"""

from dataclasses import dataclass

import polars as pl

from contracts.settings import REPORTING, Route
from pipelines.stages.claims.diagnoses import diagnoses, pointed
from pipelines.stages.claims.other_payers import OtherPayers
from pipelines.stages.claims.parties import SITE, in_role, service_facilities
from pipelines.stages.claims.subscribers import x12_date
from pipelines.x12.charset import clean_text
from pipelines.x12.claim_forms import ClaimForm
from pipelines.x12.content import CODES, CONTENT, LINE, freeze, thaw

ORIGINAL = "1"  # CLM05-3
# Whom a claim names once, by form; each with its NPI among the claim's columns.
_ROLES = {
    "professional": ("referring", "rendering", "supervising"),
    "institutional": ("attending", "operating", "rendering", "referring"),
}
# Whom a line names.
_LINE_ROLES = {"professional": ("ordering",), "institutional": ("rendering", "referring")}


@dataclass(frozen=True, slots=True)
class Directory:
    """Who and where, as claims name them, by the ids that lines carry."""

    subscribers: pl.DataFrame
    billing: pl.DataFrame
    providers: pl.DataFrame
    facilities: pl.DataFrame
    others: OtherPayers
    route: Route


def claim_content(
    claims: pl.DataFrame, lines: pl.DataFrame, known: Directory, form: ClaimForm
) -> pl.DataFrame:
    """A `CONTENT` row for each of `claims`, in their order.

    `claims` has `claim_id` and what its lines share; `lines` are split, ordered, with ordinals.
    """
    whole = (
        claims.join(known.subscribers, on="person_id", how="left")
        .join(known.billing, on="billing_npi", how="left")
        .join(_with_lines(lines, known, form), on="claim_id", how="left")
        .join(known.others.of_claims, on="claim_id", how="left")
        .join(diagnoses(lines), on="claim_id", how="left")
    )
    if form.has_clia:
        whole = whole.join(_clia(lines, known.facilities), on="claim_id", how="left")
    for role in _ROLES[form.name]:
        whole = whole.join(in_role(known.providers, role), on=f"{role}_npi", how="left")
    sites = service_facilities(whole.select(SITE).unique(), known.facilities)
    whole = whole.join(sites, on=SITE, nulls_equal=True).with_columns(
        *_of_the_claim(), *_of_the_payer(known.route)
    )
    return _conformed(claims.select("claim_id").join(whole, on="claim_id", maintain_order="left"))


def numbered(claims: pl.DataFrame) -> pl.Series:
    """Frozen content with its numbers, from content, patient_control_number and frequency_code.

    REF*6R of a line is the claim's number followed by the line's ordinal.
    """
    numbers = claims.select("patient_control_number", "frequency_code")
    frame = thaw(claims["content"]).with_columns(numbers).with_row_index("row")
    line_number = pl.col("patient_control_number") + pl.field("line_ordinal")
    lines = (
        frame.select("row", "patient_control_number", "lines")
        .explode("lines")
        .select("row", pl.col("lines").struct.with_fields(line_control_number=line_number))
        .group_by("row", maintain_order=True)
        .agg("lines")
    )
    whole = frame.drop("lines").join(lines, on="row", maintain_order="left")
    return freeze(whole.select(CONTENT.names()))


def _of_the_claim() -> list[pl.Expr]:
    return [
        clean_text(pl.col("authorization_number")),
        pl.col("diagnosis_codes", "other_payers").fill_null([]),
        pl.col("charge_amount").cast(pl.String).alias("claim_charge_amount"),
    ]


def _of_the_payer(route: Route) -> list[pl.Expr]:
    return [
        pl.lit(route.payer_id).alias("payer_id"),
        clean_text(pl.lit(route.payer_name)).alias("payer_name"),
        pl.lit(route.filing_indicator).alias("filing_indicator"),
        pl.lit(REPORTING if route.is_reporting else None).alias("claim_or_encounter"),
    ]


def _with_lines(lines: pl.DataFrame, known: Directory, form: ClaimForm) -> pl.DataFrame:
    """`claim_id` and its `lines`, in order."""
    texts = _pointed(lines, form).join(
        known.others.of_lines, on="line_id", how="left", maintain_order="left"
    )
    for role in _LINE_ROLES[form.name]:
        named = in_role(known.providers, role)
        texts = texts.join(named, on=f"{role}_npi", how="left", maintain_order="left")
    others = [role for role in ("rendering", "referring") if role not in _LINE_ROLES[form.name]]
    written = texts.with_columns(
        pl.col("other_payments").fill_null([]),
        clean_text(pl.col("procedure_description", "prescription_number")),
        pl.col("line_ordinal", "charge_amount").cast(pl.String),
        _plain_number("units"),
        _plain_number("ndc_quantity"),
        *(_flag(name) for name in ("is_emergency", "is_epsdt", "is_family_planning")),
        place_of_service=pl.lit(None, pl.String),  # the claim's own; a line differs never
        line_control_number=pl.lit(None, pl.String),
        **{f"{role}_npi": pl.lit(None, pl.String) for role in others},  # the claim tells them
        service_from=x12_date(pl.col("served_on")),
        service_to=x12_date(pl.col("service_end_date")),
    )
    one = pl.struct(
        (pl.col(name) if name in written.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in LINE.items()
    )
    return written.group_by("claim_id", maintain_order=True).agg(lines=one)


def _pointed(lines: pl.DataFrame, form: ClaimForm) -> pl.DataFrame:
    """With the places of their diagnoses, where the form's lines have such."""
    if form.has_pointers:
        return pointed(lines)
    return lines.with_columns(diagnosis_pointers=pl.lit([], CODES))


def _clia(lines: pl.DataFrame, facilities: pl.DataFrame) -> pl.DataFrame:
    """Claims with laboratory lines (CPT section 8) and the certificate in force on their day."""
    laboratory = pl.col("procedure_code").str.starts_with("8")
    days = lines.filter(laboratory, pl.col("service_category") == "lab_radiology")
    starts = pl.col("clia_from").fill_null(pl.col("service_date"))
    ends = pl.col("clia_to").fill_null(pl.col("service_date"))
    certificates = facilities.select("facility_id", "clia_number", "clia_from", "clia_to")
    dated = days.select("claim_id", "facility_id", "service_date").unique("claim_id")
    return (
        dated.join(certificates, on="facility_id")
        .filter(pl.col("service_date").is_between(starts, ends))
        .select("claim_id", "clia_number")
    )


def _plain_number(name: str) -> pl.Expr:
    """A quantity without trailing zeros: 3.000 is 3, 1.500 is 1.5."""
    return pl.col(name).cast(pl.String).str.replace(r"\.?0+$", "").alias(name)


def _flag(name: str) -> pl.Expr:
    return pl.when(name).then(pl.lit("Y")).alias(name)


def _conformed(frame: pl.DataFrame) -> pl.DataFrame:
    """`CONTENT` columns; those that depend on the submission are empty."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in CONTENT.items()
    )
