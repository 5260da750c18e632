"""Day line: spans of days drawn as lines of blocks under one calendar, for a terminal or a page.

Belongs here: drawing. What the spans mean, and where they come from, the caller says.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

FULL, PART, NONE = "█", "▒", "·"
WIDTH = 64


@dataclass(frozen=True)
class Lane:
    """A named line: `spans` of days, both ends included, an open one with end None."""

    name: str
    spans: tuple[tuple[date, date | None], ...]


@dataclass(frozen=True)
class Calendar:
    """The days drawn, `days_a_column` of them under each character."""

    first_on: date
    last_on: date
    days_a_column: int

    @classmethod
    def of(cls, first_on: date, last_on: date, width: int = WIDTH) -> "Calendar":
        """As many days a column as it takes to fit the width."""
        days = (last_on - first_on).days + 1
        return cls(first_on, last_on, -(-days // width))

    def columns(self) -> Iterator[tuple[date, date]]:
        """First and last day of each column."""
        step, day = timedelta(days=self.days_a_column), self.first_on
        while day <= self.last_on:
            yield day, min(day + step - timedelta(days=1), self.last_on)
            day += step


def day_line(lanes: Iterable[Lane], calendar: Calendar) -> list[str]:
    """Lines of text: the calendar's ends, then each lane.

    A column is full where the lane covers each of its days, half where it covers some.
    """
    drawn = list(lanes)
    label = max((len(lane.name) for lane in drawn), default=0)
    columns = list(calendar.columns())
    lines = [" " * (label + 2) + _scale(calendar, len(columns))]
    for lane in drawn:
        blocks = "".join(_block(lane, first, last) for first, last in columns)
        lines.append(f"{lane.name:<{label}}  {blocks}")
    return lines


def _scale(calendar: Calendar, width: int) -> str:
    first, last = str(calendar.first_on), str(calendar.last_on)
    if calendar.first_on == calendar.last_on:
        return first
    return f"{first}{last:>{max(width - len(first), len(last) + 1)}}"


def _block(lane: Lane, first: date, last: date) -> str:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    held = [any(a <= day and (b is None or day <= b) for a, b in lane.spans) for day in days]
    return FULL if all(held) else PART if any(held) else NONE
