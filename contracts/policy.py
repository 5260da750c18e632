"""Policy: dated values with a status, parsed from TOML. Unset fails closed where a value decides.

The shipped `policy.toml` names every value there is; a home may change values, not add names.
What it sets of edits is in edit_policy; which edits there are, the stage of the edits knows.
"""

import hashlib
import json
from copy import copy
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from contracts.edit_policy import GROUP, EditSetting, edit_setting
from contracts.errors import HeldByPolicyError
from contracts.policy_entries import Status, check_days, refused, specs


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


_WRITTEN = ("value", "status", "source", "valid_from", "valid_to")
_KEYS = frozenset({*_WRITTEN, "choices", "range"})  # the last two bind whoever sets the value


def shipped_text() -> str:
    """The policy file that a new home starts with."""
    return files("contracts").joinpath("policy.toml").read_text(encoding="utf-8")


def _entry(name: str, spec: dict[str, Any]) -> Entry:
    if unknown := sorted(set(spec) - _KEYS):
        told = f", [[{name}]]: unknown {', '.join(unknown)}. Give {', '.join(_WRITTEN)}."
        raise refused("policy_entry", told)
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
        raise refused(
            "policy_entry",
            f", [[{name}]]: {trouble}. Give value, status ({', '.join(Status)}), source and "
            "valid_from.",
        ) from None
    if (entry.value is None) != (entry.status is Status.UNSET):
        raise refused(
            "policy_entry",
            f", [[{name}]]: a value needs a status other than unset, and unset has no value. "
            "Mend one of the two.",
        )
    check_days(entry.name, entry.valid_from, entry.valid_to)
    return entry


@cache
def _shipped() -> dict[str, dict[str, Any]]:
    """The shipped entry of each name: what says which values there are and of what kind."""
    return dict(reversed(specs(shipped_text())))


@cache
def names() -> tuple[str, ...]:
    """Every policy value there is."""
    return tuple(reversed(_shipped()))


def _check_named(name: str) -> None:
    if name not in names():
        near = get_close_matches(name, names(), n=3)
        raise refused(
            "policy_unknown",
            f" names {name}, which nothing reads. Nearest: {', '.join(near) or 'none'}.",
        )


def _read(name: str, text: str) -> Any:  # noqa: ANN401 - the shipped value decides
    """A value written on the command line, of the kind of the shipped one."""
    shipped = _shipped()[name].get("value")
    try:
        if isinstance(shipped, list):
            return [type(shipped[0])(part) for part in text.split(",")]
        return text if shipped is None else type(shipped)(text)
    except ValueError:
        told = f", {name}: value is not of the kind of {shipped!r}."
        raise refused("policy_entry", told) from None


def _check_against_shipped(entry: Entry) -> None:
    _check_named(entry.name)
    if entry.value is None:
        return
    spec = _shipped()[entry.name]
    choices, shipped = spec.get("choices"), spec.get("value")
    if choices and entry.value not in choices:
        told = f", [[{entry.name}]]: value is not one of {', '.join(choices)}."
        raise refused("policy_entry", told)
    if shipped is not None and type(entry.value) is not type(shipped):
        told = f", [[{entry.name}]]: value is not of the kind of {shipped!r}."
        raise refused("policy_entry", told)
    least, most = spec.get("range", (0, None))
    if type(entry.value) is int and not least <= entry.value <= (most or entry.value):
        told = f"from {least} to {most}" if most else f"{least} or more"
        raise refused("policy_entry", f", [[{entry.name}]]: value is not {told}.")


def _check_no_two_at_once(entries: list[Entry | EditSetting]) -> None:
    begins = [(entry.name, entry.valid_from) for entry in entries]
    twice = next((begin for begin in begins if begins.count(begin) > 1), None)
    if twice:
        told = f", [[{twice[0]}]]: two entries are valid from {twice[1]}. Keep one of them."
        raise refused("policy_entry", told)


class Policy:
    """All policy values of a home. Built from the text of its policy.toml."""

    def __init__(self, text: str) -> None:
        written = specs(text)
        self._entries = [_entry(*one) for one in written if not one[0].startswith(GROUP)]
        self.edit_settings = tuple(
            edit_setting(*one) for one in written if one[0].startswith(GROUP)
        )
        for entry in self._entries:
            _check_against_shipped(entry)
        _check_no_two_at_once(self._all)

    @property
    def _all(self) -> list[Entry | EditSetting]:
        return [*self._entries, *self.edit_settings]

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

    def edit_setting(self, edit_id: str, on: date) -> EditSetting | None:
        """What is set for an edit on a day: the setting that began last."""
        return max(
            (one for one in self.edit_settings if one.edit_id == edit_id and one.covers(on)),
            key=lambda one: one.valid_from,
            default=None,
        )

    def supposing(self, name: str, text: str) -> "Policy":
        """This policy if a value were as the text says on every day; an empty text leaves it unset.

        Lists are written with commas. Raises UsageError for a value that is not of its kind.
        """
        _check_named(name)
        value = _read(name, text) if text else None
        status = Status.UNSET if value is None else Status.UNVERIFIED
        entry = Entry(name, value, status, "supposed", date.min, None)
        _check_against_shipped(entry)
        made = copy(self)
        others = [one for one in self._entries if one.name != name]
        vars(made)["_entries"] = [*others, entry]
        return made

    @property
    def digest(self) -> str:
        """SHA-256 over the values and their dates: what runs and reports record."""
        rows = sorted(
            [e.name, str(e.valid_from), str(e.valid_to), str(e.status), e.value] for e in self._all
        )
        return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
