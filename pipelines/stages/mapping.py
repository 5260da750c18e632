"""Mapping: an extract's text columns become the feed's, still as text; each row stays itself.

Nothing is lost here: rows that a mapping leaves out are failures, for the quarantine, and a text
that does not have the form it was promised stays as it is, for the contract to judge.
"""

from dataclasses import dataclass

import polars as pl

from contracts.errors import RefusedInputError
from contracts.feeds import COMMON
from contracts.fields import Field, Kind
from contracts.mapping import ASIDE, Filter, Join, Mapping, Split
from contracts.parsing import FAILURES, LIST_SEPARATOR
from contracts.tables import Table

_FIRST_YEAR = 1000  # %Y reads "26" as the year 26: nobody means it
_FORMS = {Kind.DATE: "%Y-%m-%d", Kind.MONTH: "%Y-%m", Kind.TIME: "%H:%M:%S"}
_TIMESTAMP = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True)
class Mapped:
    """`rows`: row_number and the feed's text columns. `left_out`: failures of all other rows."""

    rows: pl.DataFrame
    left_out: pl.DataFrame


def check_header(mapping: Mapping, header: list[str], place: str) -> None:
    """Refuse a file in which the mapping cannot tell its columns apart, or misses one."""
    if "row_number" in header:
        raise RefusedInputError(
            "reserved_column",
            f"{place}: column row_number is our own name. Export it under another.",
        )
    for position, name in enumerate(header, 1):
        if header.index(name) < position - 1:
            raise RefusedInputError(
                "repeated_column",
                f"{place}: the column at position {position} has a name that stands before. "
                "Export it once.",
            )
    read = dict.fromkeys([*mapping.used, *mapping.tested])
    missing = [name for name in read if name not in header]
    if missing:
        raise RefusedInputError(
            "missing_column",
            f"{place}: the mapping reads columns that the file has not: "
            f"{', '.join(missing)}. Export them, or change the mapping.",
        )


def header_of(table: Table, mapping: Mapping, header: list[str]) -> list[str]:
    """The columns that the contract will see; those set aside keep their place in the file."""
    aside = _aside(table, mapping)
    seen = [f"{ASIDE}{name}" if name in aside else name for name in header] + mapping.made
    return seen + [name for name in mapping.default if name not in seen]


def arrived(mapping: Mapping, raw: pl.DataFrame) -> pl.DataFrame:
    """The rows as they came, without the columns that nobody looks at."""
    unread = [name for name in mapping.ignore if name not in mapping.tested]
    return raw.select(pl.exclude("^x_.*$", *unread))


def apply(table: Table, mapping: Mapping, raw: pl.DataFrame) -> Mapped:
    """Bring text rows into the feed's columns. `raw` has row_number and the file's columns."""
    checks = [
        *((_is_left_out(one), _filtered(one)) for one in mapping.filters),
        *((_is_unlike(one), _unsplit(one)) for one in mapping.splits if one.pattern),
    ]
    rows, left_out = raw, [FAILURES.to_frame()]
    for is_out, told in checks:
        left_out.append(rows.filter(is_out).select("row_number", *told).match_to_schema(FAILURES))
        rows = rows.filter(~is_out)
    return Mapped(_formed(table, mapping, _made(table, mapping, rows)), pl.concat(left_out))


def _aside(table: Table, mapping: Mapping) -> set[str]:
    """Their columns that are not taken under their own name."""
    return {*mapping.used, *mapping.ignore} | (set(mapping.tested) - set(_fields(table)))


def _fields(table: Table) -> dict[str, Field]:
    return {column.name: column.field for column in (*table.columns, *COMMON)}


def _text(name: str) -> pl.Expr:
    return pl.col(name).str.strip_chars().fill_null("")


def _failure(column: str, rule: str, reason: str, remedy: str) -> list[pl.Expr]:
    texts = {"column_name": column, "rule": rule, "reason": reason, "remedy": remedy}
    return [pl.lit(text).alias(name) for name, text in texts.items()]


def _is_left_out(one: Filter) -> pl.Expr:
    named = _text(one.column).is_in(list(one.values))
    return named if one.is_negated else ~named


def _filtered(one: Filter) -> list[pl.Expr]:
    return _failure(
        one.column, "filtered", "the mapping's filter on this column leaves the row out",
        "Nothing, if the row is not of this feed; else change the filter and receive the file "
        "again.",
    )  # fmt: skip


def _is_unlike(one: Split) -> pl.Expr:
    text = _text(one.column)
    return (text != "") & ~text.str.contains(one.pattern or "")


def _unsplit(one: Split) -> list[pl.Expr]:
    return _failure(
        one.column, "split", "does not match the pattern by which the mapping splits this column",
        "Correct the record in the source system, or widen the pattern.",
    )  # fmt: skip


def _made(table: Table, mapping: Mapping, rows: pl.DataFrame) -> pl.DataFrame:
    """Columns taken as they are, then those that are renamed, split and joined."""
    aside, fields = _aside(table, mapping), _fields(table)
    kept = [c for c in rows.columns if c not in aside and not c.startswith(ASIDE)]
    made = [pl.col(theirs).alias(ours) for ours, theirs in mapping.rename.items()]
    made += [part for one in mapping.splits for part in _split(one)]
    made += [_joined(one, fields[one.into]) for one in mapping.joins]
    made += [
        pl.lit(None, pl.String).alias(name)
        for name in mapping.default
        if name not in kept and name not in mapping.made
    ]
    return rows.select(*kept, *made)


def _split(one: Split) -> list[pl.Expr]:
    """One expression for each of our columns; what is over stays with the last."""
    text = _text(one.column)
    parts = (
        text.str.extract_groups(one.pattern)
        if one.pattern is not None
        else text.str.splitn(one.separator or "", len(one.into))
    )
    named = parts.struct.rename_fields(list(one.into))
    return [named.struct.field(name).alias(name) for name in one.into]


def _element(text: pl.Expr) -> pl.Expr:
    """Of a list: a vertical bar in a value is doubled, so that the contract notices it."""
    return text.str.replace_all(LIST_SEPARATOR, LIST_SEPARATOR * 2, literal=True)


def _joined(one: Join, ours: Field) -> pl.Expr:
    texts = [_text(name) for name in one.columns]
    filled = [pl.when(text != "").then(text) for text in texts]
    parts = [_element(part) for part in filled] if ours.kind is Kind.LIST else filled
    return pl.concat_str(parts, separator=one.separator, ignore_nulls=True).alias(one.into)


def _formed(table: Table, mapping: Mapping, rows: pl.DataFrame) -> pl.DataFrame:
    """Texts in the feed's form: lists, stripping, values, formats, at last the default."""
    fields = _fields(table)
    touched = {
        *mapping.list_separator, *mapping.strip, *mapping.values, *mapping.date_format,
        *mapping.time_format, *mapping.default,
    }  # fmt: skip
    return rows.with_columns(
        _form(mapping, fields[name], pl.col(name).str.strip_chars()).alias(name)
        for name in rows.columns
        if name in touched
    )


def _form(mapping: Mapping, column: Field, text: pl.Expr) -> pl.Expr:
    name = column.name
    if separator := mapping.list_separator.get(name):
        text = _element(text).str.replace_all(separator, LIST_SEPARATOR, literal=True)
    if characters := mapping.strip.get(name):
        text = text.str.replace_many(dict.fromkeys(characters, ""))
    if pairs := mapping.values.get(name):
        text = _recoded(pairs, text, is_list=column.kind is Kind.LIST)
    form = mapping.date_format.get(name) or mapping.time_format.get(name)
    if form:
        text = pl.coalesce(_iso(column.kind, form, text), text)
    if (default := mapping.default.get(name)) is not None:
        text = pl.when(text.fill_null("") == "").then(pl.lit(default)).otherwise(text)
    return text


def _recoded(pairs: dict[str, str], text: pl.Expr, *, is_list: bool) -> pl.Expr:
    """Each value by the map, others as they are; of a list an element mapped to nothing goes."""
    theirs = [value.strip() for value in pairs]
    if not is_list:
        return text.replace(theirs, list(pairs.values()))
    ours = [value or None for value in pairs.values()]
    elements = text.str.split(LIST_SEPARATOR)
    recoded = elements.list.eval(pl.element().str.strip_chars().replace(theirs, ours))
    return recoded.list.drop_nulls().list.join(LIST_SEPARATOR)


def _iso(kind: Kind, form: str, text: pl.Expr) -> pl.Expr:
    """The text in ISO form; null where it has not the given one."""
    if kind is Kind.TIME:
        return text.str.to_time(form, strict=False).dt.to_string(_FORMS[kind])
    if kind is Kind.TIMESTAMP:
        read = text.str.to_datetime(form, time_unit="us", strict=False)
        iso = read.dt.to_string(_TIMESTAMP + ("+00:00" if "%z" in form else ""))
    elif kind is Kind.MONTH:
        read = ("01 " + text).str.to_date(f"%d {form}", strict=False)
        iso = read.dt.to_string(_FORMS[kind])
    else:
        read = text.str.to_date(form, strict=False)
        iso = read.dt.to_string(_FORMS[kind])
    return pl.when(read.dt.year() >= _FIRST_YEAR).then(iso)
