"""Policy: dated values with a status, parsed from TOML. Unset fails closed where a value decides.

The shipped `policy.toml` names every value there is; a home may change values, not add names.
"""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from contracts.errors import HeldByPolicyError, UsageError


class Status(StrEnum):
    """How well a value is known."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    ILLUSTRATIVE = "illustrative"
    UNSET = "unset"


@dataclass(frozen=True)
class Entry:
    """One dated value. `value` is None exactly when the status is unset."""

    name: str
    value: Any
    status: Status
    source: str
    valid_from: date
    valid_to: date | None

    def covers(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def shipped_text() -> str:
    """The policy file that a new home starts with."""
    return files("contracts").joinpath("policy.toml").read_text(encoding="utf-8")


def _entry(name: str, spec: dict[str, Any]) -> Entry:
    try:
        entry = Entry(
            name,
            spec.get("value"),
            Status(spec["status"]),
            spec["source"],
            spec["valid_from"],
            spec.get("valid_to"),
        )
    except (KeyError, ValueError) as trouble:
        raise UsageError(
            "policy_entry",
            f"policy.toml, [[{name}]]: {trouble}. Give value, status "
            f"({', '.join(Status)}), source and valid_from.",
        ) from None
    if (entry.value is None) != (entry.status is Status.UNSET):
        raise UsageError(
            "policy_entry",
            f"policy.toml, [[{name}]]: a value needs a status other than unset, and unset has no "
            "value. Mend one of the two.",
        )
    if entry.value is not None and entry.value not in spec.get("choices", [entry.value]):
        raise UsageError(
            "policy_entry", f"policy.toml, [[{name}]]: value is not one of {spec['choices']}."
        )
    return entry


def _entries(text: str) -> list[Entry]:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        raise UsageError("policy_syntax", f"policy.toml: {trouble}. Mend the line.") from None
    return [
        _entry(f"{group}.{name}", spec)
        for group, names in tree.items()
        for name, specs in names.items()
        for spec in specs
    ]


@cache
def names() -> tuple[str, ...]:
    """Every policy value there is."""
    return tuple(dict.fromkeys(entry.name for entry in _entries(shipped_text())))


class Policy:
    """All policy values of a home. Built from the text of its policy.toml."""

    def __init__(self, text: str) -> None:
        self._entries = _entries(text)
        for entry in self._entries:
            if entry.name not in names():
                near = get_close_matches(entry.name, names(), n=3)
                raise UsageError(
                    "policy_unknown",
                    f"policy.toml names {entry.name}, which nothing reads. "
                    f"Nearest: {', '.join(near) or 'none'}.",
                )

    def entry(self, name: str, on: date) -> Entry:
        """The entry in force on a day; where none is, an unset one."""
        newest = max(
            (entry for entry in self._entries if entry.name == name and entry.covers(on)),
            key=lambda entry: entry.valid_from,
            default=None,
        )
        return newest or Entry(name, None, Status.UNSET, "no entry in force", on, None)

    def value(self, name: str, on: date) -> Any:  # noqa: ANN401 - TOML decides the type
        """The value in force. Raises HeldByPolicyError where it is unset."""
        entry = self.entry(name, on)
        if entry.status is Status.UNSET:
            raise HeldByPolicyError(
                "policy_unset",
                f"policy value {name} is unset on {on}. Set it, with its source, in policy.toml.",
            )
        return entry.value

    def is_set(self, name: str, on: date) -> bool:
        return self.entry(name, on).status is not Status.UNSET

    def illustrative(self, on: date) -> list[str]:
        """Names whose value in force is illustrative: kept out of production interchanges."""
        return [n for n in names() if self.entry(n, on).status is Status.ILLUSTRATIVE]

    @property
    def digest(self) -> str:
        """SHA-256 over the values and their dates: what runs and reports record."""
        rows = sorted(
            [e.name, str(e.valid_from), str(e.valid_to), str(e.status), e.value]
            for e in self._entries
        )
        return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
