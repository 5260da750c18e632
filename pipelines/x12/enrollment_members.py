"""The members of an 834, and what holds for all the spans of one.

Here: BGN, N1 and the loops of INS. Not here: spans of coverage (`enrollment`).
DHCS's elements of BGN and INS have been seen to slide; values that can be told by their form are.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from pipelines.x12.enrollment_places import MEMBER
from pipelines.x12.places import Place, first_value, found
from pipelines.x12.reading import first_of, iso_date, joined
from pipelines.x12.wire import element

_MAINTENANCE: Final = "^0[0-9]{2}$"
_ACTIONS: Final = ("2", "4", "RX")  # BGN08: change, verify, replace


def headers(segments: pl.DataFrame) -> pl.DataFrame:
    """Action of the file (BGN08, or where it has slid to) and payer (1000B), one row a set."""
    identity = pl.col("segment_id")
    is_action = pl.element().is_in(_ACTIONS)
    slid = pl.col("elements").list.slice(5).list.eval(pl.element().filter(is_action)).list.last()
    action = pl.when(element(8).is_in(_ACTIONS)).then(element(8)).otherwise(slid)
    return first_of(
        segments.filter(identity.is_in(["BGN", "N1"])),
        "set_ordinal",
        action=pl.when(identity == "BGN").then(action),
        payer_name=pl.when((identity == "N1") & (pl.col("qualifier") == "IN")).then(element(2)),
    )


def members(segments: pl.DataFrame, places: Sequence[Place]) -> pl.DataFrame:
    """One row an INS: its maintenance type, CIN, and what its spans inherit."""
    own = [one for one in places if one.loop == MEMBER]
    cins = found(segments, own, "cin", "member")
    rows = segments.filter(pl.col("segment_id") == "INS").select(
        *("set_ordinal", "member"),
        ins_ordinal="segment_ordinal",
        maintenance_type=_maintenance_type(),
    )
    parts = [
        first_value(cins, "cin", "member"),
        cins.group_by("member").agg(cin_count=pl.col("value").n_unique()),
        first_value(found(segments, own, "aid_code", "member"), "member_aid_code", "member"),
        first_value(found(segments, own, "county_code", "member"), "member_county_code", "member"),
        dates_of(segments, MEMBER, "member", member_begins="356", member_ends="357"),
    ]
    return joined(rows, parts, "member").with_columns(member_reason=_member_reason())


def _maintenance_type() -> pl.Expr:
    """INS03, or the first element that looks like one where the elements have slid."""
    looks = pl.element().filter(pl.element().str.contains(_MAINTENANCE))
    slid = pl.col("elements").list.slice(1).list.eval(looks).list.first()
    return pl.when(element(3).str.contains(_MAINTENANCE)).then(element(3)).otherwise(slid)


def _member_reason() -> pl.Expr:
    return (
        pl.when(pl.col("cin").is_null())
        .then(pl.lit("no CIN where one is looked for"))
        .when(pl.col("cin_count") > 1)
        .then(pl.lit("its segments name different CINs"))
        .otherwise(pl.lit(""))
    )


def dates_of(segments: pl.DataFrame, loop: str, by: str, **qualifiers: str) -> pl.DataFrame:
    """`by`, and for each name the date of that loop's DTP with that qualifier."""
    dated = segments.filter(pl.col("loop") == loop, pl.col("segment_id") == "DTP")
    dates = {
        name: pl.when(pl.col("qualifier") == code).then(iso_date(element(3)))
        for name, code in qualifiers.items()
    }
    return first_of(dated, by, **dates)
