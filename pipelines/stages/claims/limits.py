"""Limits: how much one claim and one line may hold, by policy. An unset limit holds every claim."""

from dataclasses import dataclass
from datetime import date

from contracts.policy import Policy
from pipelines.x12.content import MAX_DIAGNOSES, MAX_LINES

NAMES = ("claim.max_units", "claim.max_lines", "claim.max_diagnoses")


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_units` is of a line; None where policy does not say, and nothing is split then."""

    max_units: int | None
    max_lines: int
    max_diagnoses: int
    is_unset: bool


def limits(policy: Policy, on: date) -> Limits:
    """The limits in force on a day, never above what 005010X222A1 can carry."""
    units, lines, diagnoses = (policy.entry(name, on).value for name in NAMES)
    return Limits(
        max_units=units,
        max_lines=min(lines or MAX_LINES, MAX_LINES),
        max_diagnoses=min(diagnoses or MAX_DIAGNOSES, MAX_DIAGNOSES),
        is_unset=not all(policy.is_set(name, on) for name in NAMES),
    )
