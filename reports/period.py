"""Periods that a report covers: a month, a calendar quarter or two days with what lies between.

Reading and naming periods belongs here; what a measure anchors to a period does not.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from contracts.errors import UsageError
from reports.words import day, month_name

_TREND_MONTHS = 12
_MONTH = re.compile(r"^(\d{4})-(\d{2})$")
_QUARTER = re.compile(r"^(\d{4})-Q([1-4])$")
_DAYS = re.compile(r"^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$")


@dataclass(frozen=True)
class Period:
    """Days from `starts_on` to `ends_on`, both included, and how people call them."""

    starts_on: date
    ends_on: date
    label: str

    @property
    def months(self) -> int:
        """How many calendar months the period touches."""
        return _ordinal(self.ends_on) - _ordinal(self.starts_on) + 1

    @property
    def is_quarter(self) -> bool:
        """Whether it is a calendar quarter."""
        first = self.starts_on.month
        return first % 3 == 1 and self == _whole_months(self.starts_on.year, first, first + 2)

    @property
    def trend_from(self) -> date:
        """The first day of the months whose trend is shown: twelve, or all of the period."""
        first = _ordinal(self.ends_on) - max(self.months, _TREND_MONTHS) + 1
        first = max(first, _ordinal(date.min))
        return date((first - 1) // 12, (first - 1) % 12 + 1, 1)


def quarter_before(on: date) -> Period:
    """The last calendar quarter that was over before the day."""
    quarters = on.year * 4 + (on.month - 1) // 3 - 1
    return parse_period(f"{quarters // 4}-Q{quarters % 4 + 1}")


def parse_period(text: str) -> Period:
    """Read `2026-09`, `2026-Q3` or `2026-01-01..2026-06-30`. Raises UsageError."""
    try:
        return _parsed(text)
    except ValueError:
        raise UsageError(
            "period",
            f"period {text!r} is not a period. Write a month (2026-09), a calendar quarter "
            "(2026-Q3) or its first and last day (2026-01-01..2026-06-30).",
        ) from None


def _parsed(text: str) -> Period:
    if match := _MONTH.match(text):
        year, month = map(int, match.groups())
        return _whole_months(year, month, month)
    if match := _QUARTER.match(text):
        year, quarter = map(int, match.groups())
        return _whole_months(year, 3 * quarter - 2, 3 * quarter)
    if match := _DAYS.match(text):
        return _between(*map(date.fromisoformat, match.groups()))
    raise ValueError


def _whole_months(year: int, first: int, last: int) -> Period:
    starts_on, ends_on = date(year, first, 1), date(year, last, monthrange(year, last)[1])
    names = dict.fromkeys([month_name(first), month_name(last)])
    return Period(starts_on, ends_on, f"{' to '.join(names)} {year}")


def _between(starts_on: date, ends_on: date) -> Period:
    if ends_on < starts_on:
        raise UsageError(
            "period",
            f"period {starts_on}..{ends_on} ends before it begins. Give the earlier day first.",
        )
    whole = _whole_months(starts_on.year, starts_on.month, ends_on.month)
    if (starts_on, ends_on) == (whole.starts_on, whole.ends_on):
        return whole  # the same days have one name
    return Period(starts_on, ends_on, f"{day(starts_on)} to {day(ends_on)}")


def _ordinal(on: date) -> int:
    return 12 * on.year + on.month
