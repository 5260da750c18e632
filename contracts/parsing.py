"""Parsing: text columns become typed ones; what does not parse becomes a row of failures.

Nothing is coerced in silence: a non-empty text that cannot be read in its column's kind breaks the
rule `format`. Reasons and remedies never repeat a value.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from contracts.feeds import COMMON, DEFAULTS
from contracts.fields import INSTANT, MONEY, QUANTITY, Field, Kind
from contracts.tables import Column, Table

LOCAL_ZONE = "America/Los_Angeles"
LIST_SEPARATOR = "|"

_MAPPING = "`mappings/<agency>/<feed>.toml`"
# Rows read at once: a file's memory is its text and its values, not what lies between them.
_ROWS_AT_ONCE = 50_000
_DAYS = (-719_162, 2_932_896)  # the first and the last of Python's dates, counted from 1970
_REQUIRED = "required_value"
_LAST_YEAR = 9999  # of Python's dates; the evening of its last day is the next year in UTC


@dataclass(frozen=True)
class Shape:
    """The text form of a kind, and what is said of a text that has another."""

    pattern: str
    reason: str
    remedy: str


# Digits are 0-9: Polars' \d admits those of every script. Years are those that Python's dates have.
_DAY = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-5][0-9](\.[0-9]{1,6})?)?"
SHAPES: dict[Kind, Shape] = {
    Kind.DATE: Shape(
        rf"{_DAY}$",
        "not YYYY-MM-DD, or not a day of the calendar",
        f"Set date_format for the column in {_MAPPING}, or export ISO dates.",
    ),
    Kind.MONTH: Shape(
        r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$",
        "not YYYY-MM",
        f"Set date_format for the column in {_MAPPING}, or export months as YYYY-MM.",
    ),
    Kind.TIMESTAMP: Shape(
        rf"{_DAY}[T ]{_CLOCK}(Z|[+-][0-9]{{2}}:?[0-9]{{2}})?$",
        "not an ISO 8601 time, or a local time that the clock change skipped",
        f"Set time_format for the column in {_MAPPING}, or export ISO 8601 times, best with "
        "their offset.",
    ),
    Kind.TIME: Shape(
        r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$",
        "not HH:MM or HH:MM:SS",
        f"Set time_format for the column in {_MAPPING}, or export 24-hour times.",
    ),
    Kind.INTEGER: Shape(r"^-?[0-9]{1,15}$", "not a whole number", "Export digits only."),
    Kind.MONEY: Shape(
        r"^-?[0-9]{1,10}(\.[0-9]{1,2})?$",
        "not dollars with at most two decimals",
        f"Set strip for the column in {_MAPPING}, or export plain dollars, without currency sign "
        "or thousands separator.",
    ),
    Kind.QUANTITY: Shape(
        r"^-?[0-9]{1,12}(\.[0-9]{1,3})?$",
        "not a number with at most three decimals",
        f"Set strip for the column in {_MAPPING}, or export plain numbers, without thousands "
        "separator.",
    ),
    Kind.FLAG: Shape(
        r"^(yes|no)$",
        "neither yes nor no",
        f"Set values for the column in {_MAPPING}, or export yes and no in lower case.",
    ),
    Kind.LIST: Shape(
        r"^[^|]*[^|\s][^|]*(\|[^|]*[^|\s][^|]*)*$",
        "a list with an empty element, or one that holds a vertical bar",
        f"Set list_separator for the column in {_MAPPING}, or separate elements by one vertical "
        "bar, and leave none empty.",
    ),
}


@dataclass(frozen=True)
class Parsed:
    """`rows`: row_number and typed values of rows that hold; `failures`: one row a broken rule."""

    rows: pl.DataFrame
    failures: pl.DataFrame


FAILURES = pl.Schema(
    {
        "row_number": pl.Int64,
        "column_name": pl.String,
        "rule": pl.String,
        "reason": pl.String,
        "remedy": pl.String,
    }
)


def _text(name: str) -> pl.Expr:
    """The column's text without surrounding blanks; an empty one is null, or its default."""
    stripped = pl.col(name).str.strip_chars()
    text = pl.when(stripped.str.len_bytes() > 0).then(stripped)
    return text.fill_null(DEFAULTS[name]) if name in DEFAULTS else text


def _instant(text: pl.Expr) -> pl.Expr:
    """Times with an offset as they are; local ones in Los Angeles, the first of a doubled hour."""
    iso = text.str.replace(" ", "T").str.replace(r"T(\d{2}:\d{2})($|Z|[+-])", "T${1}:00${2}")
    local = (
        iso.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
        .dt.replace_time_zone(LOCAL_ZONE, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
    )
    with_offset = iso.str.replace(r"Z$", "+00:00").str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", strict=False, time_zone="UTC"
    )
    instant = pl.coalesce(with_offset, local).cast(INSTANT)
    return pl.when(instant.dt.year() <= _LAST_YEAR).then(instant)


def _typed(field: Field, text: pl.Expr) -> pl.Expr:  # noqa: PLR0911 - one return a kind
    """The text in the field's kind; null where it has not that shape."""
    if field.kind is Kind.TEXT:
        return text
    shaped = pl.when(text.str.contains(SHAPES[field.kind].pattern)).then(text)
    match field.kind:
        case Kind.DATE:
            return shaped.str.to_date("%Y-%m-%d", strict=False)
        case Kind.TIMESTAMP:
            return _instant(shaped)
        case Kind.TIME:
            seconds = shaped.str.replace(r"^(\d{2}:\d{2})$", "${1}:00")
            return seconds.str.to_time("%H:%M:%S", strict=False)
        case Kind.INTEGER:
            return shaped.cast(pl.Int64, strict=False)
        case Kind.MONEY:
            return shaped.cast(MONEY, strict=False)
        case Kind.QUANTITY:
            return shaped.cast(QUANTITY, strict=False)
        case Kind.FLAG:
            return shaped == "yes"
        case Kind.LIST:
            elements = shaped.str.split(LIST_SEPARATOR)
            return elements.list.eval(pl.element().str.strip_chars())
        case _:
            return shaped


def _rules(column: Column) -> list[tuple[str, pl.Expr, str, str]]:
    """(rule, broken when, reason, remedy) of one column, over its text `t:` and its value."""
    field, text, value = column.field, pl.col(f"t:{column.name}"), pl.col(column.name)
    rules = [
        (
            "control_character",
            text.str.contains(r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\p{Cf}]"),
            "holds a control character or an invisible one",
            "Remove it in the source system and export the row again.",
        )
    ]
    if not column.is_optional:
        rules.append(
            (
                _REQUIRED,
                text.is_null(),
                "is empty and must not be",
                "Complete the record in the source system and export the row again.",
            )
        )
    if shape := SHAPES.get(field.kind):
        unread = text.is_not_null() & value.is_null()
        rules.append(("format", unread, shape.reason, shape.remedy))
    return rules + _value_rules(field, value)


def _any(field: Field, value: pl.Expr, broken: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Whether the value breaks a rule, or of a list any element."""
    if field.kind is Kind.LIST:
        return value.list.eval(broken(pl.element())).list.any()
    return broken(value)


def _value_rules(field: Field, value: pl.Expr) -> list[tuple[str, pl.Expr, str, str]]:
    rules = []
    if field.allowed:
        known = pl.lit(pl.Series(list(field.allowed)).implode())
        unknown = _any(field, value, lambda text: ~text.is_in(known))
        one_of = ", ".join(field.allowed)
        remedy = f"Set values for the column in {_MAPPING}, or translate it in the export."
        rules.append(("allowed_value", unknown, f"is not one of: {one_of}", remedy))
    if pattern := field.pattern:
        unlike = _any(field, value, lambda text: ~text.str.contains(pattern))
        remedy = "Correct the record in the source system and export the row again."
        rules.append(("pattern", unlike, f"does not match {pattern}", remedy))
    if (most := field.max_length) is not None:
        long = _any(field, value, lambda text: text.str.len_chars() > most)
        rules.append(("length", long, f"is longer than {most}", "Shorten it."))
    if field.minimum is not None:
        low = value < field.minimum
        rules.append(("range", low, f"is below {field.minimum}", "Correct the record."))
    return rules


def _failures(frame: pl.DataFrame, rules: list[tuple[str, str, pl.Expr, str, str]]) -> pl.DataFrame:
    """One row for each (row, rule) that is broken; `rules` carry their column's name first."""
    flags = frame.select(
        "row_number", *(rule[2].fill_null(False).alias(str(n)) for n, rule in enumerate(rules))
    )
    broken = [n for n in range(len(rules)) if flags[str(n)].any()]
    found = [
        flags.filter(pl.col(str(n))).select(
            "row_number",
            pl.lit(rules[n][0]).alias("column_name"),
            pl.lit(rules[n][1]).alias("rule"),
            pl.lit(rules[n][3]).alias("reason"),
            pl.lit(rules[n][4]).alias("remedy"),
        )
        for n in broken
    ]
    return pl.concat([FAILURES.to_frame(), *found]).sort("row_number", maintain_order=True)


def parse(table: Table, raw: pl.DataFrame) -> Parsed:
    """Read a feed's text rows.

    `raw` has `row_number` and text columns named as the feed's (absent optional ones are empty).
    Returns typed rows of the feed's columns and the common ones; rows in `failures` are left out.
    """
    parts = [_parsed(table, part) for part in raw.iter_slices(_ROWS_AT_ONCE)] or [
        _parsed(table, raw)
    ]
    return Parsed(
        pl.concat([part.rows for part in parts]), pl.concat([part.failures for part in parts])
    )


def _parsed(table: Table, raw: pl.DataFrame) -> Parsed:
    columns = [*table.columns, *COMMON]
    absent = [pl.lit(None, pl.String).alias(c.name) for c in columns if c.name not in raw.columns]
    texts = raw.with_columns(absent).select(
        "row_number", *(_text(column.name).alias(f"t:{column.name}") for column in columns)
    )
    empty = {one.name for one in columns if texts[f"t:{one.name}"].null_count() == texts.height}
    typed = texts.with_columns(
        pl.lit(None, column.dtype).alias(column.name)
        if column.name in empty
        else _typed(column.field, pl.col(f"t:{column.name}")).alias(column.name)
        for column in columns
    )
    rules = [
        (column.name, *rule)
        for column in columns
        for rule in _rules(column)
        if column.name not in empty or rule[0] == _REQUIRED  # of nothing, only that it is there
    ]
    failures = _failures(typed, rules)
    rows = typed.select("row_number", *(column.name for column in columns)).join(
        failures.select("row_number").unique(), on="row_number", how="anti", maintain_order="left"
    )
    crossed = [
        (r.column, r.rule, ~r.holds.fill_null(False), r.reason, r.remedy)
        for r in table.requirements
    ]
    late = _failures(rows, crossed)
    rows = rows.join(
        late.select("row_number").unique(), on="row_number", how="anti", maintain_order="left"
    )
    return Parsed(rows, pl.concat([failures, late]))


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Typed columns (Parquet, spreadsheet cells) in the text form that `parse` reads."""
    texts = (_value_as_text(pl.col(name), dtype) for name, dtype in frame.schema.items())
    return frame.select(text.alias(name) for name, text in zip(frame.columns, texts, strict=True))


def _list_as_text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Elements joined; one that is null or holds the separator is left empty: `parse` tells it."""
    element = _value_as_text(pl.element(), dtype)
    told = pl.when(~element.str.contains(LIST_SEPARATOR, literal=True)).then(element)
    texts = column.list.eval(told.fill_null(""))
    return pl.when(column.list.len() > 0).then(texts.list.join(LIST_SEPARATOR))


def _day_as_text(column: pl.Expr, dtype: pl.Date | pl.Datetime) -> pl.Expr:
    """A day beyond Python's years as a bare number: Polars cannot write it, `parse` tells it."""
    number, form = column.to_physical(), "%Y-%m-%d"
    days = number
    if isinstance(dtype, pl.Datetime):
        days = number // (86_400 * {"ms": 10**3, "us": 10**6, "ns": 10**9}[dtype.time_unit])
        form = "%Y-%m-%dT%H:%M:%S%.6f" + ("%:z" if dtype.time_zone else "")
    is_told = days.is_between(*_DAYS)
    return pl.coalesce(pl.when(is_told).then(column).dt.to_string(form), number.cast(pl.String))


def _value_as_text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.List):
        return _list_as_text(column, pl.Series(dtype=dtype.inner).dtype)
    if dtype == pl.Boolean:
        return pl.when(column).then(pl.lit("yes")).when(~column).then(pl.lit("no"))
    if isinstance(dtype, pl.Date | pl.Datetime):
        return _day_as_text(column, dtype)
    return column.cast(pl.String)
