"""Periods as people write them."""

from datetime import date

import pytest

from contracts.errors import UsageError
from reports.period import parse_period


@pytest.mark.parametrize(
    ("text", "starts_on", "ends_on", "label", "months"),
    [
        ("2026-09", (2026, 9, 1), (2026, 9, 30), "September 2026", 1),
        ("2028-02", (2028, 2, 1), (2028, 2, 29), "February 2028", 1),
        ("2026-Q3", (2026, 7, 1), (2026, 9, 30), "July to September 2026", 3),
        ("2026-07-01..2026-09-30", (2026, 7, 1), (2026, 9, 30), "July to September 2026", 3),
        ("2026-02-01..2026-02-28", (2026, 2, 1), (2026, 2, 28), "February 2026", 1),
        (
            "2025-12-15..2026-01-02",
            (2025, 12, 15),
            (2026, 1, 2),
            "December 15, 2025 to January 2, 2026",
            2,
        ),
    ],
)
def test_a_period_has_its_days_and_its_name(
    text: str, starts_on: tuple[int, ...], ends_on: tuple[int, ...], label: str, months: int
) -> None:
    period = parse_period(text)
    assert (period.starts_on, period.ends_on) == (date(*starts_on), date(*ends_on))
    assert (period.label, period.months) == (label, months)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-Q5", "2026-02-01..2026-02-30", "2026-09 ", "0000-01"]
)
def test_what_is_no_period_is_refused_with_the_three_ways_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match=r"2026-09.*2026-Q3.*2026-01-01\.\.2026-06-30"):
        parse_period(text)


def test_the_trend_of_the_first_month_there_is_begins_with_it() -> None:
    assert parse_period("0001-01").trend_from == date(1, 1, 1)
    assert parse_period("2026-Q1").trend_from == date(2025, 4, 1)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(UsageError, match="ends before it begins"):
        parse_period("2026-06-30..2026-01-01")
