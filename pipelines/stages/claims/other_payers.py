"""Other payers: who pays before Medi-Cal, and what each said of a line (2320, 2330, 2430).

Payers stand in the order in which they answered: each had to know what those before it paid.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from contracts.fields import MONEY
from pipelines.stages.claims.lines import LINE_KEY
from pipelines.stages.claims.subscribers import x12_date
from pipelines.stages.identifiers import cin_of
from pipelines.stages.people import numbers
from pipelines.x12.charset import clean_text
from pipelines.x12.content import ADJUSTMENT, MAX_ADJUSTMENTS, OTHER_PAYER, OTHER_PAYMENT

# SBR01 by place (TR3 005010X222A1, loop 2000B): primary, secondary, tertiary, payer four to eleven.
RESPONSIBILITIES: Final = (*"PSTABCDEFGH",)
_SELF: Final = "18"  # SBR02
_ANSWER: Final = (*LINE_KEY, "payer_id")
_NAMED: Final = (
    *("payer_name", "relationship", "group_number", "filing_indicator", "policy_number"),
    *("last_name", "first_name"),
)


@dataclass(frozen=True, slots=True)
class OtherPayers:
    """`of_claims`: claim_id, other_payers, responsibility (Medi-Cal's own place). `of_lines`:
    line_id, other_payments. `split`: claims in which an answered line had to be split.
    """

    of_claims: pl.DataFrame
    of_lines: pl.DataFrame
    split: pl.Series


def other_payers(
    lines: pl.DataFrame,
    people: pl.DataFrame,
    cin_aliases: pl.DataFrame,
    other_coverage: pl.DataFrame,
    other_payer_payments: pl.DataFrame,
) -> OtherPayers:
    """What the other payers of a claim said of its lines.

    `lines` are split, with claim_id, line_id and part. A payer that answered without coverage on
    the day has no name: the claim is held for it. One answer is of a whole line, so that a split
    line with an answer is told.
    """
    whole = lines.filter(pl.col("part") == 0)
    answers = whole.select(
        *LINE_KEY, "claim_id", "line_id", "person_id", "service_date", "procedure_code",
        "modifiers", "units", "revenue_code",
    ).join(other_payer_payments.select(*_ANSWER, "paid_amount", "adjustments", "adjudicated_on"),
           on=LINE_KEY)  # fmt: skip
    payers = _payers(answers, _coverage(people, cin_aliases, other_coverage))
    parted = lines.filter(pl.col("part") > 0).join(answers, on="line_id", how="semi")
    return OtherPayers(
        _of_claims(payers), _of_lines(answers, payers), parted["claim_id"].unique().sort()
    )


def _coverage(
    people: pl.DataFrame, cin_aliases: pl.DataFrame, other_coverage: pl.DataFrame
) -> pl.DataFrame:
    """Spans of other coverage by surviving person, as a claim names them."""
    known = numbers(people, cin_aliases).rename({"surviving_person_id": "person_id"})
    own = people.select("person_id", own_last_name="last_name", own_first_name="first_name")
    return (
        other_coverage.with_columns(cin=cin_of(pl.col("cin")))
        .join(known, on="cin")
        .join(own, on="person_id")
        .select(
            "person_id", "payer_id", "starts_on", "ends_on",
            clean_text(pl.col("payer_name", "group_number", "policy_number")),
            relationship="subscriber_relationship",
            filing_indicator="filing_indicator",
            last_name=_subscriber("last_name"),
            first_name=_subscriber("first_name"),
        )
    )  # fmt: skip


def _subscriber(name: str) -> pl.Expr:
    """Whose policy it is; where that is the person and no name is given, the person's own."""
    own = pl.when(pl.col("subscriber_relationship") == _SELF).then(f"own_{name}")
    return clean_text(pl.coalesce(f"subscriber_{name}", own))


def _payers(answers: pl.DataFrame, coverage: pl.DataFrame) -> pl.DataFrame:
    """A row for each payer of a claim: its name, what it paid, and its `place` from 0."""
    day = pl.col("service_date")
    named = (
        answers.select("claim_id", "person_id", "service_date", "payer_id")
        .unique()
        .join(coverage, on=["person_id", "payer_id"])
        .filter(pl.col("starts_on") <= day, (pl.col("ends_on") >= day).fill_null(True))
        .sort("starts_on", "policy_number")
        .group_by("claim_id", "payer_id")
        .agg(pl.col(_NAMED).last())
    )
    paid = answers.group_by("claim_id", "payer_id").agg(
        pl.col("paid_amount").sum().cast(MONEY), pl.col("adjudicated_on").min()
    )
    return (
        paid.join(named, on=["claim_id", "payer_id"], how="left")
        .sort("claim_id", "adjudicated_on", "payer_id")
        .with_columns(place=pl.int_range(pl.len()).over("claim_id"))
    )


def _of_claims(payers: pl.DataFrame) -> pl.DataFrame:
    told = payers.with_columns(
        pl.col("paid_amount").cast(pl.String),
        clean_text(pl.col("payer_id")),
        responsibility=_responsibility(pl.col("place")),
    )
    one = pl.struct(pl.col(name).cast(dtype) for name, dtype in OTHER_PAYER.items())
    return told.group_by("claim_id", maintain_order=True).agg(
        other_payers=one, responsibility=_responsibility(pl.len().cast(pl.Int64))
    )


def _responsibility(place: pl.Expr) -> pl.Expr:
    """The letter of a place; beyond the last there is none."""
    return place.replace_strict(
        dict(enumerate(RESPONSIBILITIES)), default=None, return_dtype=pl.String
    )


def _of_lines(answers: pl.DataFrame, payers: pl.DataFrame) -> pl.DataFrame:
    told = (
        answers.join(payers.select("claim_id", "payer_id", "place"), on=["claim_id", "payer_id"])
        .join(_adjustments(answers), on=["line_id", "payer_id"], how="left")
        .sort("line_id", "place")
        .with_columns(
            pl.col("paid_amount").cast(pl.String),
            pl.col("units").cast(pl.String),
            pl.col("modifiers", "adjustments_told").fill_null([]),
            clean_text(pl.col("payer_id")),
            adjudicated_on=x12_date(pl.col("adjudicated_on")),
        )
        .drop("adjustments")
        .rename({"adjustments_told": "adjustments"})
    )
    one = pl.struct(pl.col(name).cast(dtype) for name, dtype in OTHER_PAYMENT.items())
    return told.group_by("line_id", maintain_order=True).agg(other_payments=one)


def _adjustments(answers: pl.DataFrame) -> pl.DataFrame:
    """`adjustments_told` of each answer: one member for each group and six of its reasons."""
    parts = pl.col("adjustments").str.split(":").list
    each = (
        answers.select("line_id", "payer_id", "adjustments")
        .explode("adjustments")
        .filter(pl.col("adjustments").is_not_null())
        .select(
            "line_id", "payer_id", group_code=parts.get(0), reason_code=parts.get(1),
            amount=parts.get(2),
        )
        .with_columns(number=pl.int_range(pl.len()).over("line_id", "payer_id", "group_code"))
    )  # fmt: skip
    group = ["line_id", "payer_id", "group_code", pl.col("number") // MAX_ADJUSTMENTS]
    place = pl.col("number") % MAX_ADJUSTMENTS
    reasons = [
        pl.col(name).filter(place == n).first().alias(f"{name}_{n + 1}")
        for n in range(MAX_ADJUSTMENTS)
        for name in ("reason_code", "amount")
    ]
    grouped = each.group_by(group, maintain_order=True).agg(reasons)
    one = pl.struct(pl.col(name).cast(dtype) for name, dtype in ADJUSTMENT.items())
    return grouped.group_by("line_id", "payer_id", maintain_order=True).agg(adjustments_told=one)
