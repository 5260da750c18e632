"""The 999 (005010X231A1) as statements: on a group, its sets, and segments and elements at fault.

Here: AK, IK and CTX segments. Not here: which of our claims stands at a position. The copy of the
bad value (IK404) is not read: it may be a person's.
"""

from typing import Final

import polars as pl

from pipelines.x12.reading import latest, segments_of
from pipelines.x12.verdicts import NOTED, SYNTAX, outcome
from pipelines.x12.wire import component, element

_LEVELS: Final = {"AK9": "group", "IK5": "set", "IK3": "segment", "IK4": "element"}
_CLAIM: Final = "CLM01"  # CTX01-1: the claim in which the fault lies, by our own number


def read(tokens: pl.DataFrame) -> pl.DataFrame:
    """One row each AK9, IK5, IK3 and IK4 of the 999 sets among `wire.Interchanges` tokens."""
    segments = _placed(segments_of(tokens, "999"))
    identity = pl.col("segment_id")
    rows = segments.filter(identity.is_in(list(_LEVELS)))
    is_verdict = identity.is_in(["AK9", "IK5"])
    return rows.join(_claims(segments), on="fault", how="left", maintain_order="left").select(
        *("interchange_ordinal", "group_ordinal", "set_ordinal", "segment_ordinal"),
        answer=pl.lit("999"),
        level=identity.replace_strict(_LEVELS, return_dtype=pl.String),
        outcome=pl.when(is_verdict).then(outcome(element(1), SYNTAX)).otherwise(pl.lit(NOTED)),
        verdict_code=pl.when(is_verdict).then(element(1)),
        codes=_codes(),
        answered_function=_given("answered_function"),
        answered_group=pl.col("answered_group").cast(pl.Int64, strict=False),
        answered_set=_given("answered_set").str.strip_chars_start("0"),
        error_segment=_given("error_segment"),
        error_position=pl.col("error_position").cast(pl.Int64, strict=False),
        error_loop=_given("error_loop"),
        error_element=pl.when(identity == "IK4").then(_component_place()),
        patient_control_number=pl.when(identity.is_in(["IK3", "IK4"])).then(
            "patient_control_number"
        ),
    )


def _placed(segments: pl.DataFrame) -> pl.DataFrame:
    """Under which group, set and fault each segment stands; a fault is an IK3 with what follows."""
    identity = pl.col("segment_id")
    begins_set = identity.is_in(["ST", "AK1", "AK2", "AK9"])
    begins_fault = begins_set | identity.is_in(["IK3", "IK5"])
    header = identity.is_in(["ST", "AK1"])

    def of(where: pl.Expr, segment_id: str, number: int) -> pl.Expr:
        return latest(where, pl.when(identity == segment_id).then(element(number)))

    return segments.with_columns(
        answered_function=of(header, "AK1", 1),
        answered_group=of(header, "AK1", 2),
        answered_set=of(begins_set, "AK2", 2),
        error_segment=of(begins_fault, "IK3", 1),
        error_position=of(begins_fault, "IK3", 2),
        error_loop=of(begins_fault, "IK3", 3),
        fault=begins_fault.cum_sum(),
    )


def _claims(segments: pl.DataFrame) -> pl.DataFrame:
    """The claim that the context of a fault names: fault, patient_control_number."""
    contexts = segments.filter(segment_id="CTX").select(
        "fault", name=component(1, 1), patient_control_number=component(1, 2)
    )
    return contexts.filter(name=_CLAIM).drop("name").unique("fault", keep="first")


def _codes() -> pl.Expr:
    identity = pl.col("segment_id")
    ranges = {"AK9": (5, 9), "IK5": (2, 6), "IK3": (4, 4), "IK4": (3, 3)}
    chosen = pl.lit(None, pl.List(pl.String))
    for segment_id, (first, last) in ranges.items():
        listed = pl.concat_list([element(n) for n in range(first, last + 1)]).list.drop_nulls()
        chosen = pl.when(identity == segment_id).then(listed).otherwise(chosen)
    return chosen


def _component_place() -> pl.Expr:
    """IK401: the element's place, and where there is one its component's, joined by a colon."""
    places = [component(1, 1), component(1, 2)]
    return pl.concat_str(places, separator=":", ignore_nulls=True)


def _given(column: str) -> pl.Expr:
    return pl.when(pl.col(column) != "").then(column)
