"""Bills: institutional claims as a facility lists them, and the service lines that each covers.

Here: which line belongs to which bill, and what a bill says besides its lines. A bill is one claim:
its anchor is its own id, so that the claim outlives changes of its list.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from contracts.fields import MONEY
from contracts.policy import Policy
from pipelines.stages.claims.bill_values import bill_values
from pipelines.stages.claims.grouping import CLAIM_ID_LENGTH
from pipelines.stages.claims.lines import LINE_KEY, billable, plain_code
from pipelines.stages.digest import sha256_hex
from pipelines.stages.edits.service_days import service_days
from pipelines.stages.people import with_survivor

# What one bill says once, of all its lines.
SAID_ONCE = ("person_id", "authorization_number")
# What it says once where its lines agree, and else at each line.
PARTIES = ("rendering_npi", "referring_npi")
_LISTED = ("encounter_id", "stay_id", "facility_id")


@dataclass(frozen=True, slots=True)
class Bills:
    """`heads`: a row a bill, with claim_id, whom and what it is for, and its own codes. `lines`:
    clean lines with the claim_id of the bill that lists them. `flagged`: claim ids by reason.
    """

    heads: pl.DataFrame
    lines: pl.DataFrame
    flagged: dict[str, pl.Series]


def bills(
    institutional_claims: pl.DataFrame,
    lines: pl.DataFrame,
    service_lines: pl.DataFrame,
    facilities: pl.DataFrame,
    custody_stays: pl.DataFrame,
    people: pl.DataFrame,
    bound: pl.DataFrame,
    agency_id: str,
) -> Bills:
    """Bills of facilities that bill on institutional claims, with `lines` shared out among them.

    A bill lists encounters of its own stay and facility; one listed twice goes to the bill whose
    id comes first, and both are told. `lines` are clean, `service_lines` all. A bill of an unknown
    stay without lines is nobody's and makes no claim.
    """
    standing = _standing(institutional_claims, facilities, custody_stays, people, agency_id)
    listed = standing.select("claim_id", "stay_id", "facility_id", encounter_id="encounter_ids")
    listed = listed.explode("encounter_id").unique(maintain_order=True)
    first = listed.unique(_LISTED, keep="first", maintain_order=True)
    mine = lines.join(first, on=_LISTED, maintain_order="left")
    ordered = _in_order(mine, bound)
    of_line = ordered.group_by("claim_id").agg(person_of_line=pl.col("person_id").first())
    heads = (
        standing.join(of_line, on="claim_id", how="left", maintain_order="left")
        .with_columns(person_id=pl.coalesce("person_id", "person_of_line"))
        .filter(pl.col("person_id").is_not_null())
    )
    return Bills(
        bill_values(heads), ordered, _flagged(listed, first, ordered, service_lines, bound)
    )


def _standing(
    institutional_claims: pl.DataFrame,
    facilities: pl.DataFrame,
    custody_stays: pl.DataFrame,
    people: pl.DataFrame,
    agency_id: str,
) -> pl.DataFrame:
    sites = facilities.filter(claim_form="institutional").select("facility_id", "billing_npi")
    holders = with_survivor(custody_stays.select("stay_id", "person_id"), people)
    found = (
        institutional_claims.sort("institutional_claim_id")
        .join(sites, on="facility_id", maintain_order="left")
        .join(holders, on="stay_id", how="left", maintain_order="left")
        .with_columns(agency=pl.lit(agency_id), anchor=pl.lit("institutional_claim"))
    )
    ids = sha256_hex(found, ["agency", "anchor", "institutional_claim_id"])
    return found.with_columns(claim_id=ids.str.head(CLAIM_ID_LENGTH))


def _in_order(lines: pl.DataFrame, bound: pl.DataFrame) -> pl.DataFrame:
    """By claim; lines that the ledger knows keep their place, the others follow by their key."""
    known = bound.select(*LINE_KEY, "claim_id", "line_ordinal")
    placed = lines.join(known, on=[*LINE_KEY, "claim_id"], how="left", maintain_order="left")
    return placed.sort("claim_id", "line_ordinal", "line_id", nulls_last=True).drop("line_ordinal")


def _flagged(
    listed: pl.DataFrame,
    first: pl.DataFrame,
    lines: pl.DataFrame,
    service_lines: pl.DataFrame,
    bound: pl.DataFrame,
) -> dict[str, pl.Series]:
    verdicts = service_lines.select(*_LISTED, "verdict", is_billable=billable())
    every = listed.join(verdicts, on=_LISTED, how="left")
    again = listed.join(first, on=["claim_id", *_LISTED], how="anti")
    owners = bound.select(*LINE_KEY, owner="claim_id")
    elsewhere = lines.join(owners, on=LINE_KEY).filter(pl.col("owner") != pl.col("claim_id"))
    versions = lines.select("claim_id", *SAID_ONCE).unique()
    return {
        "listed_line_missing": every.filter(pl.col("verdict").is_null())["claim_id"],
        "listed_line_not_clean": every.filter(~pl.col("is_billable"))["claim_id"],
        "line_listed_twice": listed.join(again, on=_LISTED, how="semi")["claim_id"],
        "line_in_other_claim": elsewhere["claim_id"],
        "lines_disagree": versions.filter(pl.col("claim_id").is_duplicated())["claim_id"],
    }


def heads_with_lines(
    bills: pl.DataFrame, parts: pl.DataFrame, policy: Policy, as_of: date
) -> pl.DataFrame:
    """`bills` with what their lines add up to and share; parties that differ are for the lines."""
    of_lines = parts.group_by("claim_id", maintain_order=True).agg(
        pl.col("deadline_on").min(),
        pl.col("is_part_2").any(),
        pl.col("charge_amount").sum().cast(MONEY),
        pl.len().cast(pl.Int64).alias("line_count"),
        pl.col("authorization_number").first(),
        plain_code(pl.col("external_cause_code").drop_nulls().first()),
        _shared("service_location_npi"),
        *(_shared(name) for name in PARTIES),
    )
    due = service_days(bills["service_date"], policy, as_of) if bills.height else None
    joined = bills.join(of_lines, on="claim_id", how="left", maintain_order="left")
    if due is not None:
        due = due.select("service_date", due_on="deadline_on")
        joined = joined.join(due, on="service_date", maintain_order="left")
        joined = joined.with_columns(pl.coalesce("deadline_on", "due_on")).drop("due_on")
    return joined.with_columns(
        pl.col("is_part_2").fill_null(False),
        pl.col("charge_amount").fill_null(0).cast(MONEY),
        pl.col("line_count").fill_null(0),
        *(_unless_attending(name) for name in PARTIES),
        claim_form=pl.lit("institutional"),
    )


def with_own_parties(parts: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    """`parts` less the parties that their claim names, and the attending provider."""
    said = heads.select(
        "claim_id", "attending_npi", *(pl.col(name).alias(f"{name}_said") for name in PARTIES)
    )
    return parts.join(said, on="claim_id", maintain_order="left").with_columns(
        pl.when(
            pl.col(f"{name}_said").is_null() & pl.col(name).ne_missing(pl.col("attending_npi"))
        ).then(name)
        for name in PARTIES
    )


def _shared(name: str) -> pl.Expr:
    """The value that all lines have, null where they differ."""
    return pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()).alias(name)


def _unless_attending(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != pl.col("attending_npi")).then(name)
