"""The 834 (005010X220A1) as spans of coverage.

Here: who is covered under which aid code, from which day to which. Not here: where DHCS puts these
values (`enrollment_places`), whether an aid code is a justice-involved overlay, or the contract.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipelines.x12.enrollment_members import dates_of, headers, members
from pipelines.x12.enrollment_places import (
    COVERAGE,
    ELIGIBILITY_STATUSES,
    MEMBER,
    PLACES,
    Eligible,
)
from pipelines.x12.places import Place, best, first_value, found
from pipelines.x12.reading import joined, latest, segments_of
from pipelines.x12.wire import element

# Segments that begin a loop; what follows LX, COB, LS and DSB is neither member nor coverage.
_LOOPS: Final = {
    **dict.fromkeys(("INS", "NM1"), MEMBER),
    "HD": COVERAGE,
    **dict.fromkeys(("ST", "LX", "COB", "LS", "LE", "DSB", "SE"), ""),
}
_MEMBER_NAMES: Final = ("IL", "74")  # NM101: the member, the member corrected
_CANCELLED: Final = ("002", "024")  # INS03 and HD01: deletion, cancellation or termination


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What 834 sets say, as text but for the ordinals.

    `coverage`, one row for each coverage loop (HD) and aid code: the columns of feed coverage in
    its text form, less is_ji_aid_code; set_ordinal and segment_ordinal (of the HD); action
    (BGN08), maintenance_type (INS03), coverage_maintenance_type (HD01), insurance_line (HD03),
    eligibility_status (of MEDS) and plan_status. `unreadable`: set_ordinal, segment_ordinal (of
    the INS or HD) and reason, one row for each member or coverage loop that gives no coverage.
    """

    coverage: pl.DataFrame
    unreadable: pl.DataFrame


def read(
    tokens: pl.DataFrame,
    places: Sequence[Place] = PLACES,
    statuses: Mapping[str, Eligible] = ELIGIBILITY_STATUSES,
) -> Enrollment:
    """Read the 834 sets among `wire.Interchanges` tokens; other sets are passed over.

    Damaged sets are read as far as they go: leave them out beforehand. A date that is none stays
    as it arrived and an absent value is null, for the contract to tell.
    """
    segments = _placed(segments_of(tokens, "834"))
    everyone = members(segments, places)
    spans = _spans(segments, places).join(
        everyone.drop("set_ordinal", "ins_ordinal"), on="member", how="left", maintain_order="left"
    )
    judged = spans.with_columns(reason=_reason(statuses))
    return Enrollment(
        coverage=_coverage(judged.filter(pl.col("reason").is_null()), headers(segments)),
        unreadable=_unreadable(judged, everyone),
    )


def _placed(segments: pl.DataFrame) -> pl.DataFrame:
    """Add loop, and the numbers of the member (INS) and the span (HD) a segment belongs to."""
    identity = pl.col("segment_id")
    loop = identity.replace_strict(_LOOPS, default=None, return_dtype=pl.String).forward_fill()
    is_other_name = (identity == "NM1") & ~pl.col("qualifier").is_in(_MEMBER_NAMES).fill_null(False)
    is_foreign = latest(identity.is_in(list(_LOOPS)), is_other_name.cast(pl.String)) == "true"
    return segments.with_columns(
        loop=pl.when(is_foreign).then(pl.lit("")).otherwise(loop),
        member=identity.is_in(["ST", "INS"]).cum_sum(),
        span=identity.is_in(["ST", "INS", "HD"]).cum_sum(),
    )


def _spans(segments: pl.DataFrame, places: Sequence[Place]) -> pl.DataFrame:
    """One row for each HD and aid code; a null aid code where the loop has none."""
    own = [one for one in places if one.loop == COVERAGE]
    spans = segments.filter(pl.col("segment_id") == "HD").select(
        *("set_ordinal", "segment_ordinal", "member", "span"),
        coverage_maintenance_type=pl.col("qualifier"),
        insurance_line=element(3),
    )
    single = ("county_code", "plan_code", "plan_status", "suspension")
    parts = [first_value(found(segments, own, name, "span"), name, "span") for name in single]
    dates = dates_of(segments, COVERAGE, "span", begins="348", ends="349")
    return joined(spans, [*parts, dates, _aid_codes(segments, own)], "span")


def _aid_codes(segments: pl.DataFrame, places: Sequence[Place]) -> pl.DataFrame:
    """span, own_aid_code, and eligibility_status where one stands beside it in the segment."""
    beside = ("span", "segment_ordinal", "position")
    statuses = found(segments, places, "eligibility_status", "span").select(
        *beside, eligibility_status="value"
    )
    codes = best(found(segments, places, "aid_code", "span"), "span").rename(
        {"value": "own_aid_code"}
    )
    paired = codes.join(statuses, on=beside, how="left", maintain_order="left")
    return paired.select("span", "own_aid_code", "eligibility_status").unique(maintain_order=True)


def _aid_code() -> pl.Expr:
    return pl.coalesce("own_aid_code", "member_aid_code")


def _reason(statuses: Mapping[str, Eligible]) -> pl.Expr:
    """Why a span gives no row; "" of a member that gives none; null where there is a row."""
    covered = [digit for digit, one in statuses.items() if one.is_covered]
    maintenance = pl.coalesce("coverage_maintenance_type", "maintenance_type")
    return (
        pl.when(pl.col("member_reason").is_null())
        .then(pl.lit("coverage outside a member (INS)"))
        .when(pl.col("member_reason") != "")
        .then(pl.lit(""))
        .when(_aid_code().is_null())
        .then(pl.lit("no aid code where one is looked for"))
        .when(~pl.col("eligibility_status").str.head(1).is_in(covered))
        .then(pl.lit("its eligibility status is not one of coverage"))
        .when(maintenance.is_in(_CANCELLED) & pl.coalesce("ends", "member_ends").is_null())
        .then(pl.lit("cancelled without an end date"))
    )


def _coverage(spans: pl.DataFrame, envelope: pl.DataFrame) -> pl.DataFrame:
    has_plan = pl.col("plan_code").is_not_null()
    suspended = pl.col("suspension").is_not_null()
    return joined(spans, [envelope], "set_ordinal").select(
        *("set_ordinal", "segment_ordinal", "cin"),
        aid_code=_aid_code(),
        starts_on=pl.coalesce("begins", "member_begins"),
        county_code=pl.coalesce("county_code", "member_county_code"),
        ends_on=pl.coalesce("ends", "member_ends"),
        coverage_status=pl.when(suspended).then(pl.lit("suspended")).otherwise(pl.lit("active")),
        plan_code="plan_code",
        plan_name=pl.when(has_plan).then("payer_name"),
        action="action",
        maintenance_type="maintenance_type",
        coverage_maintenance_type="coverage_maintenance_type",
        insurance_line="insurance_line",
        eligibility_status="eligibility_status",
        plan_status="plan_status",
    )


def _unreadable(spans: pl.DataFrame, everyone: pl.DataFrame) -> pl.DataFrame:
    is_bare = ~pl.col("member").is_in(spans.get_column("member").unique().implode())
    told = everyone.with_columns(
        segment_ordinal="ins_ordinal",
        reason=pl.when((pl.col("member_reason") == "") & is_bare)
        .then(pl.lit("no coverage loop (HD)"))
        .otherwise("member_reason"),
    )
    columns = ["set_ordinal", "segment_ordinal", "reason"]
    both = pl.concat([told.select(columns), spans.select(columns)])
    return both.filter(pl.col("reason") != "").unique().sort("segment_ordinal", "reason")
