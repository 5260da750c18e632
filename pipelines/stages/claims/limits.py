"""Limits: how much one claim and one line may hold, by policy. An unset limit holds every claim."""

from dataclasses import dataclass
from datetime import date

from contracts.policy import Policy
from pipelines.x12.claim_forms import PROFESSIONAL, ClaimForm

NAMES = ("claim.max_units", "claim.max_lines", "claim.max_diagnoses")
"""Of these only the first speaks of institutional claims."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_units` is of a line; None where policy does not say, and nothing is split then."""

    max_units: int | None
    max_lines: int
    max_diagnoses: int
    is_unset: bool


def limits(policy: Policy, on: date, form: ClaimForm = PROFESSIONAL) -> Limits:
    """The limits in force on a day, never above what the form's guide can carry."""
    units, lines, diagnoses = (policy.entry(name, on).value for name in NAMES)
    if form is not PROFESSIONAL:
        lines, diagnoses = form.max_lines, form.max_diagnoses
    names = NAMES if form is PROFESSIONAL else NAMES[:1]
    return Limits(
        max_units=units,
        max_lines=min(lines or form.max_lines, form.max_lines),
        max_diagnoses=min(diagnoses or form.max_diagnoses, form.max_diagnoses),
        is_unset=not all(policy.is_set(name, on) for name in names),
    )
