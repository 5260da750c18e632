"""Grouping: which claim each line belongs to, and the claim's id.

A line that the ledger binds to a claim stays there. The others group by what a claim says once,
a group being cut where its diagnoses or lines exceed one claim.
"""

from collections.abc import Sequence

import polars as pl

from pipelines.stages.claims.limits import Limits
from pipelines.stages.claims.lines import LINE_KEY
from pipelines.stages.claims.splitting import part_count
from pipelines.stages.digest import sha256_hex

CLAIM_ID_LENGTH = 32  # hexadecimal digits: 128 bits

# What lines of one claim share. The service location belongs to the place: 837P says it once.
CLAIM_KEY = (
    *("person_id", "facility_id", "billing_npi", "service_date"),
    *("rendering_npi", "supervising_npi", "referring_npi", "ordering_npi"),
    *("place_of_service", "service_location_npi", "authorization_number", "route"),
)


def grouped(
    lines: pl.DataFrame,
    bound: pl.DataFrame,
    limits: Limits,
    agency_id: str,
    waits: Sequence[str] = ("is_late",),
) -> pl.DataFrame:
    """`lines` with `claim_id`, in the order of claims and of lines within each. A line that waits
    for a person (a late one; `waits` are the flags) never keeps back those that may go.

    `bound` is the ledger's (source_system, encounter_id, line_number, claim_id, line_ordinal).
    """
    owners = bound.select(*LINE_KEY, "claim_id", "line_ordinal")
    known = lines.join(owners, on=LINE_KEY, how="left", maintain_order="left")
    kept = known.filter(pl.col("claim_id").is_not_null())
    fresh = known.filter(pl.col("claim_id").is_null()).drop("claim_id")
    named = _named(_cut(_with_group(fresh, waits), limits), agency_id)
    both = pl.concat([kept, named.select(kept.columns)])
    return both.sort("claim_id", "line_ordinal", "line_id", nulls_last=True).drop("line_ordinal")


def disagreeing(lines: pl.DataFrame) -> pl.Series:
    """Claims whose lines, bound together earlier, no longer share what a claim says once."""
    versions = lines.select("claim_id", *CLAIM_KEY).unique()
    return versions.filter(pl.col("claim_id").is_duplicated())["claim_id"].unique()


def _with_group(lines: pl.DataFrame, waits: Sequence[str]) -> pl.DataFrame:
    key = [*CLAIM_KEY, *waits]
    groups = lines.select(key).unique(maintain_order=True).with_row_index("group")
    return lines.join(groups, on=key, nulls_equal=True, maintain_order="left")


def _cut(lines: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Cut each group into `chunk`s, in order; one round for each chunk of the longest group."""
    chunks = [lines.clear().with_columns(pl.Series("chunk", dtype=pl.Int32))]
    rest = lines
    while not rest.is_empty():
        fits = _fits(rest, limits)
        chunks.append(rest.filter(fits).with_columns(chunk=pl.lit(len(chunks))))
        rest = rest.filter(~fits)
    return pl.concat(chunks)


def _fits(lines: pl.DataFrame, limits: Limits) -> pl.Series:
    """Whether a line finds room behind those before it in its group; the first always does."""
    counted = lines.with_columns(
        parts=part_count(limits.max_units), codes=_new_codes(lines)
    ).select(
        room=(pl.col("parts").cum_sum().over("group") <= limits.max_lines)
        & (pl.col("codes").cum_sum().over("group") <= limits.max_diagnoses),
        first=pl.col("group").is_first_distinct(),
    )
    return counted["room"] | counted["first"]


def _new_codes(lines: pl.DataFrame) -> pl.Series:
    """How many diagnosis codes of each line no earlier line of its group has."""
    codes = lines.select("line_id", "group", code="diagnosis_codes").explode("code")
    firsts = codes.unique(["group", "code"], keep="first", maintain_order=True)
    counts = firsts.group_by("line_id").agg(new=pl.len().cast(pl.Int64))
    return lines.join(counts, on="line_id", how="left", maintain_order="left")["new"].fill_null(0)


def _named(lines: pl.DataFrame, agency_id: str) -> pl.DataFrame:
    """The claim's id: a digest of the agency and the anchor, the sorted keys of its lines."""
    anchors = lines.group_by("group", "chunk", maintain_order=True).agg(
        pl.col(name).cast(pl.String) for name in LINE_KEY
    )
    ids = sha256_hex(anchors.with_columns(agency=pl.lit(agency_id)), ["agency", *LINE_KEY])
    named = anchors.select("group", "chunk", claim_id=ids.str.head(CLAIM_ID_LENGTH))
    return lines.join(named, on=["group", "chunk"], maintain_order="left")
