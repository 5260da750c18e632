"""Proposals: which column of the feed an unknown one may be, and what its texts then need.

Judged by name and by what a sample holds, read by the mapping stage and the contract themselves.
A person confirms each; nothing is taken by a proposal.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from contracts.fields import Field, Kind
from contracts.header_names import likeness
from contracts.mapping import Mapping
from contracts.parsing import parse
from contracts.tables import Column, Table
from pipelines.stages.mapping import apply

SAMPLE = 500  # rows looked at
_MOST_VALUES = 40  # of a column that could have a map of values
_LIKE = 0.6  # names less alike are not compared any further
_LIKE_ALONE = 0.8  # the same where the field admits any text, so that contents prove nothing
_SURE = 0.9  # names so alike mean the field, though its values have to be mapped
_FITS = 0.5  # a share of the sample below which a name proves nothing
_LETTERS = 2  # any word begins with a value so short
_TELLS = 0.9  # a share of the sample by which contents alone tell a column

_DATES = (
    "%m/%d/%Y", "%m-%d-%Y", "%Y%m%d", "%m/%d/%y", "%d-%b-%Y", "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%Y%m%d %H%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y",
)  # fmt: skip
_FORMATS: dict[Kind, tuple[str, ...]] = {
    Kind.DATE: _DATES,
    Kind.MONTH: ("%m/%Y", "%m-%Y"),
    Kind.TIME: ("%I:%M %p", "%I:%M%p", "%H%M"),
    Kind.TIMESTAMP: (*_DATES, "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d"),
}
_NUMBERS = {Kind.INTEGER, Kind.MONEY, Kind.QUANTITY}
_FLAGS = {"yes": {"y", "true", "t", "1", "x"}, "no": {"n", "false", "f", "0"}}


@dataclass(frozen=True)
class Fit:
    """How the sample of a column reads as a field: the share that holds, and by which mapping."""

    share: float
    mapping: Mapping
    unmapped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """A column of the file may be `ours`. `by` tells what speaks for it: name, content or both."""

    theirs: str
    ours: str
    by: str
    score: float
    fit: Fit


def propose(
    table: Table, sample: pl.DataFrame, unknown: list[str], free: list[str]
) -> list[Proposal]:
    """For each unknown column at most one of the feed's free ones, the best pairs first."""
    pairs = [
        pair
        for theirs in unknown
        for ours in free
        if (pair := _pair(table.column(ours).field, sample[theirs])) is not None
    ]
    return list(_best(sorted(pairs, key=lambda pair: -pair.score)))


def _best(pairs: Iterable[Proposal]) -> Iterator[Proposal]:
    theirs, ours = set[str](), set[str]()
    for pair in pairs:
        if pair.theirs not in theirs and pair.ours not in ours:
            theirs.add(pair.theirs)
            ours.add(pair.ours)
            yield pair


def _pair(field: Field, texts: pl.Series) -> Proposal | None:
    alike = likeness(texts.name, field.name)
    if alike >= (_LIKE if _tells(field) else _LIKE_ALONE):
        found = fit(field, texts)
        if found.share >= _FITS or (alike >= _SURE and _choices(field)):
            by = "name and content" if _tells(field) and found.share >= _TELLS else "name"
            return Proposal(texts.name, field.name, by, 0.7 * alike + 0.3 * found.share, found)
    elif 1 < texts.drop_nulls().n_unique() <= _admits(field):
        found = fit(field, texts)
        is_told = not found.mapping.values or min(map(len, field.allowed)) > _LETTERS
        if found.share >= _TELLS and is_told:
            return Proposal(texts.name, field.name, "content", 0.5 * found.share, found)
    return None


def _admits(field: Field) -> int:
    """How many values the field admits, besides the odd one; 0 where any."""
    return len(field.allowed) + 1 if field.allowed else 0


def _tells(field: Field) -> bool:
    return field.kind is not Kind.TEXT or bool(field.allowed or field.pattern)


def fit(field: Field, texts: pl.Series) -> Fit:
    """The form in which most of the column's texts hold; the plainest of equals."""
    name, filled = field.name, texts.str.strip_chars().replace("", None).drop_nulls()
    if filled.is_empty():
        return Fit(1.0, Mapping())
    raw = filled.alias(name).to_frame().with_row_index("row_number").cast({"row_number": pl.Int64})
    fits = (Fit(_share(field, raw, form), form) for form in _forms(field, filled))
    best = max(fits, key=lambda one: one.share)
    return Fit(best.share, best.mapping, _unmapped(field, filled, best.mapping))


def _share(field: Field, raw: pl.DataFrame, mapping: Mapping) -> float:
    alone = Table("sample", "", (Column(field, is_key=False, is_optional=True),))
    return parse(alone, apply(alone, mapping, raw).rows).rows.height / raw.height


def _forms(field: Field, filled: pl.Series) -> Iterator[Mapping]:
    name = field.name
    if field.kind is Kind.LIST:  # any text is a list of one: what looks like a separator tells
        for separator in (";", ","):
            if filled.str.contains(separator, literal=True).any():
                yield Mapping(list_separator={name: separator})
    yield Mapping()
    for form in _FORMATS.get(field.kind, ()):
        is_clock = field.kind in (Kind.TIME, Kind.TIMESTAMP)
        if not ("%y" in form and name.endswith("birth_date")):
            yield (
                Mapping(time_format={name: form}) if is_clock else Mapping(date_format={name: form})
            )
    if field.kind in _NUMBERS:
        yield Mapping(strip={name: "$,"})
    if values := _recoding(field, filled):
        yield Mapping(values={name: values})


def _choices(field: Field) -> tuple[str, ...]:
    if field.kind is Kind.LIST:
        return ()
    return ("yes", "no") if field.kind is Kind.FLAG else field.allowed


def _recoding(field: Field, filled: pl.Series) -> dict[str, str]:
    """Their values that can only mean one of the column's."""
    choices = _choices(field)
    theirs = filled.unique(maintain_order=True).to_list() if choices else []
    if len(theirs) > _MOST_VALUES:
        return {}
    told = {value: _meant(field, value, choices) for value in theirs if value not in choices}
    return {value: ours for value, ours in told.items() if ours is not None}


def _meant(field: Field, value: str, choices: tuple[str, ...]) -> str | None:
    said = "_".join(value.lower().replace("-", " ").split())
    if field.kind is Kind.FLAG:
        return next((ours for ours, ways in _FLAGS.items() if said in ways or said == ours), None)
    exact = [ours for ours in choices if ours.lower() == said]
    begun = [ours for ours in choices if said.startswith(ours.lower()) or ours.startswith(said)]
    meant = exact or begun
    return meant[0] if len(meant) == 1 else None


def _unmapped(field: Field, filled: pl.Series, mapping: Mapping) -> tuple[str, ...]:
    """Their values that the column does not admit and that no map has."""
    choices = _choices(field)
    if not choices or filled.n_unique() > _MOST_VALUES:
        return ()
    known = {*choices, *mapping.values.get(field.name, {})}
    return tuple(value for value in filled.unique(maintain_order=True) if value not in known)
