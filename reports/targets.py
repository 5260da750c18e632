"""Targets: shares that a county wants to reach, as its policy sets them.

Reading them belongs here; which there are is the county's choice.
"""

from collections.abc import Mapping
from datetime import date

from contracts.errors import UsageError
from contracts.policy import Policy
from reports.measure import SHARES, definition, measures

SETTING = "report.targets"


def targets(policy: Policy, on: date) -> Mapping[tuple[str, str], int]:
    """Percent by measure and part. Raises UsageError for a target of nothing that is a share."""
    told = policy.entry(SETTING, on).value or {}
    return {_of(name): _percent(name, value) for name, value in told.items()}


def _of(name: str) -> tuple[str, str]:
    measure_id, _, part = name.rpartition(".")
    for measure in measures():
        told = definition(measure)
        if told.id == measure_id and part in told.parts and told.parts[part].kind in SHARES:
            return measure, part
    raise _refused(f"{name!r} is no share of a measure. See docs/measures.md for ids and parts.")


def _percent(name: str, value: object) -> int:
    if type(value) is not int or not 0 <= value <= 100:  # noqa: PLR2004 - percent
        raise _refused(f"{name!r} is not a whole number from 0 to 100.")
    return value


def _refused(told: str) -> UsageError:
    return UsageError("policy_entry", f"policy.toml, [[{SETTING}]]: {told}")
