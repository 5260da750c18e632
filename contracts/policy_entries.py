"""Entries of policy.toml as they are written: the reading that values and edits share.

What a value or an edit may be set to is for policy and edit_policy.
"""

import tomllib
from datetime import date
from enum import StrEnum
from typing import Any

from contracts.errors import UsageError


class Status(StrEnum):
    """How well a value is known."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    ILLUSTRATIVE = "illustrative"
    UNSET = "unset"


def refused(code: str, told: str) -> UsageError:
    """The error of a policy file; `told` follows its name."""
    return UsageError(code, f"policy.toml{told}")


def specs(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Every [[group.name]] of the text, in its order."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        raise refused("policy_syntax", f": {trouble}. Mend the line.") from None
    return [
        (f"{group}.{name}", spec)
        for group, of_group in tree.items()
        for name, specs in _table(group, of_group).items()
        for spec in _entries_of(f"{group}.{name}", specs)
    ]


def _table(group: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise refused("policy_syntax", f": {group} is no group of entries. Write [[group.name]].")
    return value


def _entries_of(name: str, value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(spec, dict) for spec in value):
        raise refused("policy_syntax", f": {name} is no entry. Write [[{name}]], brackets doubled.")
    return value


def check_days(name: str, first: object, last: object, what: str = "valid") -> None:
    """Refuse what is no span of days."""
    are_dates = type(first) is date and (last is None or type(last) is date)
    if not are_dates or (last is not None and last < first):  # type: ignore[operator]
        raise refused(
            "policy_entry",
            f", [[{name}]]: {what}_from and {what}_to are dates without quotes, such as "
            f"2026-07-01, and {what}_to is not the earlier one.",
        )
