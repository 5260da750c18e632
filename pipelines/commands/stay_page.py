"""The page of one stay as `reentry windows --stay` prints it: day line, boundaries, services."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipelines.stages.eligibility.explanation import Explanation
from reports.day_line import Calendar, Lane, day_line

_LANES = (
    "custody", "facility", "coverage", "aid code", "activation", "screening", "share of cost",
)  # fmt: skip
_KEPT = ("stay_id", "person_id", "facility_id", "booked_on", "released_on", "expected_release_on")


@dataclass(frozen=True)
class StayPage:
    """`facts` and `services` with the file name under which each row arrived."""

    stay: dict[str, Any]
    stretches: list[dict[str, Any]]
    facts: list[dict[str, Any]]
    services: list[dict[str, Any]]
    windows: list[dict[str, Any]]
    as_of: date

    def as_json(self) -> dict[str, Any]:
        parts = ("windows", "stretches", "facts", "services")
        return {name: self.stay[name] for name in _KEPT} | {p: getattr(self, p) for p in parts}

    def as_text(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        calendar = self._calendar()
        yield f"Stay {self.stay['stay_id']} at {self.stay['facility_id']}, as of {self.as_of}"
        yield ""
        yield from day_line(self._lanes(), calendar)
        yield f"One column is {_counted(calendar.days_a_column, 'day')}."
        yield from _titled("Windows", map(_window, self.windows))
        yield from _titled("Days", map(_stretch, self.stretches))
        yield from _titled("Boundaries", map(_fact, self.facts))
        yield from _titled("Services", map(_service, self.services))

    def _calendar(self) -> Calendar:
        first_on = self.stay["booked_on"]
        ends = [self.as_of, *(w["ends_on"] for w in self.windows if w["ends_on"])]
        last_on = self.stay["released_on"] or max(ends)
        return Calendar.of(first_on, max(first_on, last_on))

    def _lanes(self) -> Iterator[Lane]:
        for name in _LANES:
            of = [fact for fact in self.facts if fact["lane"] == name]
            if of:
                yield Lane(name, tuple((fact["starts_on"], fact["ends_on"]) for fact in of))
        windows = [w for w in self.windows if w["starts_on"]]
        yield Lane("window", tuple((w["starts_on"], w["ends_on"]) for w in windows))
        billable = [s for s in self.stretches if s["billable"]]
        yield Lane("billable", tuple((s["starts_on"], s["ends_on"]) for s in billable))
        yield Lane("services", tuple((s["service_date"],) * 2 for s in self.services))


def stay_page(
    told: Explanation, windows: pl.DataFrame, names: pl.DataFrame, as_of: date
) -> StayPage:
    """The page of an explained stay; `names` has file_id and file."""
    facts, services = (
        frame.join(names, on="file_id", how="left", maintain_order="left")
        for frame in (told.facts, told.services)
    )
    return StayPage(
        told.stay,
        told.stretches.to_dicts(),
        facts.sort(pl.col("lane").cast(pl.Enum(_LANES)), maintain_order=True).to_dicts(),
        services.to_dicts(),
        windows.to_dicts(),
        as_of,
    )


def _titled(title: str, lines: Iterator[str]) -> Iterator[str]:
    told = list(lines)
    if told:
        yield ""
        yield title
        yield from (f"  {line}" for line in told)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _span(row: dict[str, Any]) -> str:
    return f"{row['starts_on']} to {row['ends_on'] or 'open'}"


def _why(row: dict[str, Any]) -> str:
    return "billable" if row["billable"] else f"not billable: {', '.join(row['reasons'])}"


def _window(row: dict[str, Any]) -> str:
    days = _span(row) if row["starts_on"] else "no day"
    reasons = f" ({', '.join(row['reasons'])})" if row["reasons"] else ""
    return f"{row['window_number']}  {days}  {row['state']}{reasons}, by {row['policy']}"


def _stretch(row: dict[str, Any]) -> str:
    days = (row["ends_on"] - row["starts_on"]).days + 1
    return f"{_span(row)}  {_counted(days, 'day'):>8}  {_why(row)}"


def _fact(row: dict[str, Any]) -> str:
    source = f"{row['feed']}: {row['file']} row {row['row_number']}"
    return f"{_span(row):<24}  {row['label']}  ({source})"


def _service(row: dict[str, Any]) -> str:
    line = f"{row['encounter_id']} line {row['line_number']}"
    charge = f"{row['charge_amount']:,.2f}"
    return f"{row['service_date']}  {row['procedure_code']:<6} {charge:>10}  {line}  {_why(row)}"
