"""Filters of `reentry findings`: the options, and the rows that they leave."""

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import click
import polars as pl

from contracts.errors import UsageError
from contracts.feeds import DEFAULTS
from contracts.fields import field_of
from pipelines.commands.session import Command
from pipelines.stages.edits.catalogue import ALL_EDITS, nearest

_COLUMNS = {
    "category": "category",
    "severity": "severity",
    "owner": "owner",
    "edit": "edit_id",
    "assignee": "assignee",
}
_MOST_DAYS = 36_525  # a hundred years
OF_OPEN_ONES = ("age", "days_left", "assignee", "unassigned")


def choices(column: str) -> click.Choice[str]:
    """The words that a column of `findings` admits."""
    return click.Choice(field_of("findings", column).allowed)


def no_such_edit(edit_id: str) -> UsageError:
    """The error of an id that no edit has."""
    return UsageError("no_such_edit", f"there is no edit {edit_id}. Nearest: {nearest(edit_id)}.")


def _edit(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and value not in ALL_EDITS:
        raise no_such_edit(value)
    return value


def _dollars(_: click.Context, __: click.Parameter, value: str | None) -> Decimal | None:
    if value is None:
        return None
    try:
        dollars = Decimal(value.replace(",", "").removeprefix("$"))
    except InvalidOperation:
        dollars = Decimal("NaN")
    if not dollars.is_finite():
        raise click.BadParameter("write dollars as 1500 or 1500.00")
    return dollars


def _day(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("write a day as YYYY-MM-DD") from None


_OPTIONS = (
    click.option("--category", type=choices("category")),
    click.option("--severity", type=choices("severity")),
    click.option("--owner", type=choices("owner")),
    click.option("--facility", help="A facility_id."),
    click.option("--edit", callback=_edit, help="An edit id."),
    click.option("--subject", help="A subject_id: a service line, all lines of an encounter, "
                 "or a stay."),
    click.option("--min-amount", callback=_dollars, help="Worth at least so many dollars."),
    click.option("--days-left", type=int, help="At most so many days until the deadline."),
    click.option("--age", type=click.IntRange(0, _MOST_DAYS),
                 help="First seen at least so many days ago."),
    click.option("--since", callback=_day, help="First seen on that day or later; with --closed: "
                 "closed then or later."),
    click.option("--assignee", help="Assigned to this user."),
    click.option("--unassigned", is_flag=True, help="Assigned to nobody."),
)  # fmt: skip


def filter_options(command: Command) -> Command:
    """The options by which findings are chosen; hand their values to `wanted`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wanted(filters: dict[str, Any], as_of: date, *, is_closed: bool = False) -> pl.Expr:
    """The rows that all given filters leave. Raises UsageError for one that closed ones have not.

    `--age` counts from the as-of day.
    """
    given = {name: value for name, value in filters.items() if value not in (None, False)}
    misplaced = [name for name in OF_OPEN_ONES if is_closed and name in given]
    if misplaced:
        option = misplaced[0].replace("_", "-")
        raise UsageError("filter_of_open", f"--{option} chooses open findings: leave out --closed.")
    chosen = [_chosen(name, value, as_of, is_closed=is_closed) for name, value in given.items()]
    return pl.all_horizontal(chosen) if chosen else pl.lit(True)


def _chosen(name: str, value: Any, as_of: date, *, is_closed: bool) -> pl.Expr:  # noqa: ANN401
    if name in _COLUMNS:
        return pl.col(_COLUMNS[name]).eq(value)
    if name == "age":
        return pl.col("first_seen_on").le(as_of - timedelta(days=value))
    if name == "since":
        return pl.col("closed_on" if is_closed else "first_seen_on").ge(value)
    if name == "unassigned":
        return pl.col("assignee").is_null()
    if name == "subject":
        return _of_subject(value)
    column = pl.col("amount" if name == "min_amount" else "days_left")
    return column.ge(value) if name == "min_amount" else column.le(value)


def _of_subject(value: str) -> pl.Expr:
    """The subject itself or what lies below it; the default source system may be left out."""
    subject = pl.col("subject_id")
    named = (value, f"{DEFAULTS['source_system']}/{value}")
    return pl.any_horizontal(
        *(subject == one for one in named), *(subject.str.starts_with(f"{one}/") for one in named)
    )
