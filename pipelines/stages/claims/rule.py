"""The Rule: one condition under which a claim cannot go out, with the words that go with it.

Here: what a rule is, and the expressions that rules share. The rules stand in modules by kind.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipelines.x12.charset import carries

GUIDE, BALANCE, SITUATION, CODES, COMPANION = 2, 3, 4, 5, 7
"""Levels as the trade counts them (WEDI SNIP): the guide's own requirements, sums, situations
between segments, external code sets, and the payer's companion guide."""

of_member: Final[Callable[[str], pl.Expr]] = pl.element().struct.field


@dataclass(frozen=True, eq=False)
class Rule:
    """`broken` is true of a row of a `CONTENT` frame that cannot go out; null counts as sound.

    `place`: the segment or element at fault, as the guide numbers it. `owner` and `remedy`: who
    does what about it.
    """

    id: str
    level: int
    place: str
    message: str
    owner: str
    remedy: str
    broken: pl.Expr


def any_absent(names: Iterable[str]) -> pl.Expr:
    """Whether any column is null."""
    return pl.any_horizontal(pl.col(name).is_null() for name in names)


def size(name: str) -> pl.Expr:
    """How many members a list has; null where there is none."""
    return pl.col(name).list.len()


def in_all(members: str, condition: pl.Expr) -> pl.Expr:
    """Whether a condition over `of_member` holds of every member of a list."""
    return pl.col(members).list.eval(condition).list.all().fill_null(True)


def whole(members: str, names: Iterable[str]) -> pl.Expr:
    """Whether every member of a list has each of the values."""
    return in_all(members, pl.all_horizontal(of_member(name).is_not_null() for name in names))


def all_carried(names: list[str]) -> pl.Expr:
    """Whether X12 carries every column's text."""
    return carries(pl.concat_str(names, ignore_nulls=True))


def members_carried(members: str, names: list[str]) -> pl.Expr:
    """Whether X12 carries these texts of every member of a list."""
    return in_all(members, carries(pl.concat_str([of_member(n) for n in names], ignore_nulls=True)))


def fits(text: pl.Expr, most: int) -> pl.Expr:
    """Whether a text has at most so many characters; an absent one has."""
    return (text.str.len_chars() <= most).fill_null(True)
