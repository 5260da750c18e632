"""One row for each transaction set: what its envelope says, and whether it adds up.

Here: counts and control numbers from ST to IEA. Not here: what stands between ST and SE.
A set is judged by its own ST and SE; a group or interchange that does not add up gets a row of its
own, since the sets that did arrive whole are not at fault for one that is missing.
"""

from typing import Final

import polars as pl

MOST_ELEMENTS: Final = 500  # of a segment: where there are more, terminators were lost
# What no data may hold. X12.6 knows the others: bell, tab, line ends and information separators.
_CONTROL: Final = r"[\x00-\x06\x08\x0E-\x1B\x7F]"
_COLUMNS: Final = (
    *("set_ordinal", "transaction_set", "implementation", "interchange_control_number"),
    *("group_control_number", "set_control_number", "segment_count", "body"),
    *("is_damaged", "reason"),
)


def transaction_sets(segments: pl.DataFrame) -> pl.DataFrame:
    """Columns set_ordinal, transaction_set (ST01, or TA1), implementation (ST03, else GS08),
    interchange_control_number, group_control_number, set_control_number, segment_count,
    body (text as it arrived), is_damaged and reason (null when sound).

    Segments outside a set, and a group or interchange whose trailer is missing or does not add up,
    are damaged rows without transaction_set; the latter hold no segments and come last.
    """
    sets = _sets(segments.with_columns(_group_values()))
    trailers = pl.concat([_group_trailers(segments), _interchange_trailers(segments)])
    numbered = trailers.with_columns(
        set_ordinal=sets.height + pl.int_range(1, pl.len() + 1),
        segment_count=pl.lit(0),
        body=pl.lit(""),
    )
    rows = pl.concat([sets, numbered], how="diagonal_relaxed")
    return rows.with_columns(is_damaged=pl.col("reason").is_not_null()).select(_COLUMNS)


def _value(segment_id: str, number: int) -> pl.Expr:
    return pl.when(pl.col("segment_id") == segment_id).then(
        pl.col("elements").list.get(number, null_on_oob=True)
    )


def _differs(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Control numbers and counts compare as numbers: senders pad them differently."""
    left, right = (text.str.strip_chars().str.strip_chars_start("0") for text in (one, other))
    return left.ne_missing(right)


def _group_values() -> list[pl.Expr]:
    """GS06 and GS08 on every segment of the group."""
    values = {"group_control_number": 6, "group_version": 8}
    return [
        pl.when(pl.col("group_ordinal").is_not_null())
        .then(_value("GS", number).forward_fill())
        .alias(name)
        for name, number in values.items()
    ]


def _sets(segments: pl.DataFrame) -> pl.DataFrame:
    first, last = pl.col("elements").first(), pl.col("elements").last()
    in_sets = segments.filter(pl.col("set_ordinal").is_not_null())
    rows = in_sets.group_by("set_ordinal", maintain_order=True).agg(
        pl.col("interchange_control_number", "group_control_number", "group_version").first(),
        begins=pl.col("segment_id").first(),
        ends=pl.col("segment_id").last(),
        st01=first.list.get(1, null_on_oob=True),
        st02=first.list.get(2, null_on_oob=True),
        st03=first.list.get(3, null_on_oob=True),
        se01=last.list.get(1, null_on_oob=True),
        se02=last.list.get(2, null_on_oob=True),
        segment_count=pl.len(),
        most_elements=pl.col("elements").list.len().max() - 1,
        has_control=_holds_control().any(),
        body=(pl.col("raw") + pl.col("terminator")).str.join("").str.strip_chars_start(),
    )
    is_set, is_ta1 = (pl.col("begins") == name for name in ("ST", "TA1"))
    return rows.with_columns(
        transaction_set=pl.when(is_set).then("st01").when(is_ta1).then(pl.lit("TA1")),
        implementation=pl.when(is_set).then(pl.coalesce("st03", "group_version")),
        set_control_number=pl.when(is_set).then("st02"),
        reason=pl.when(~is_ta1).then(_set_reason()),
    )


def _holds_control() -> pl.Expr:
    """Whether a segment holds a control character; where one is a delimiter none is looked for."""
    delimiters = ("element_separator", "component_separator", "repetition_separator")
    is_declared = pl.any_horizontal(pl.col(*delimiters).str.contains(_CONTROL))
    return pl.col("raw").str.contains(_CONTROL) & ~is_declared.fill_null(value=False)


def _set_reason() -> pl.Expr:
    counted = pl.col("segment_count").cast(pl.String).alias("counted")
    return (
        pl.when(pl.col("begins") != "ST")
        .then(pl.lit("segments outside ST and SE"))
        .when(pl.col("group_control_number").is_null())
        .then(pl.lit("ST outside a functional group"))
        .when(pl.col("st01").str.strip_chars().fill_null("") == "")
        .then(pl.lit("ST01 is empty"))
        .when(pl.col("ends") != "SE")
        .then(pl.lit("SE is missing"))
        .when(_differs(pl.col("se02"), pl.col("st02")))
        .then(pl.lit("SE02 differs from ST02"))
        .when(_differs(pl.col("se01"), counted))
        .then(pl.lit("SE01 differs from the number of segments"))
        .when(pl.col("most_elements") > MOST_ELEMENTS)
        .then(pl.lit(f"a segment has more than {MOST_ELEMENTS} elements"))
        .when("has_control")
        .then(pl.lit("a segment holds a control character"))
    )


def _group_trailers(segments: pl.DataFrame) -> pl.DataFrame:
    groups = segments.filter(pl.col("group_ordinal").is_not_null())
    rows = groups.group_by("group_ordinal", maintain_order=True).agg(
        *_trailer_values("GS", 6, "GE", "ST"), pl.col("interchange_control_number").first()
    )
    return _faulty(rows.with_columns(group_control_number="opened"), "GE", "GS06", "sets")


def _interchange_trailers(segments: pl.DataFrame) -> pl.DataFrame:
    rows = segments.group_by("interchange_ordinal", maintain_order=True).agg(
        *_trailer_values("ISA", 13, "IEA", "GS"), pl.col("interchange_control_number").first()
    )
    nothing = pl.lit(None, pl.String).alias("group_control_number")
    return _faulty(rows.with_columns(nothing), "IEA", "ISA13", "groups")


def _trailer_values(header: str, number: int, trailer: str, counted: str) -> list[pl.Expr]:
    """The header's control number, the trailer's count and number, and what was counted."""
    return [
        _value(header, number).drop_nulls().first().alias("opened"),
        _value(trailer, 1).drop_nulls().last().alias("declared"),
        _value(trailer, 2).drop_nulls().last().alias("closed"),
        (pl.col("segment_id") == trailer).any().alias("has_trailer"),
        (pl.col("segment_id") == counted).sum().cast(pl.String).alias("counted"),
    ]


def _faulty(rows: pl.DataFrame, trailer: str, header: str, counted: str) -> pl.DataFrame:
    reason = (
        pl.when(~pl.col("has_trailer"))
        .then(pl.lit(f"{trailer} is missing"))
        .when(_differs(pl.col("closed"), pl.col("opened")))
        .then(pl.lit(f"{trailer}02 differs from {header}"))
        .when(_differs(pl.col("declared"), pl.col("counted")))
        .then(pl.lit(f"{trailer}01 differs from the number of {counted}"))
    )
    judged = rows.with_columns(reason=reason).filter(pl.col("reason").is_not_null())
    return judged.select("interchange_control_number", "group_control_number", "reason")
