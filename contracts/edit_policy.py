"""What policy.toml sets of an edit: `[[edit.ID]]` with a severity, or the service dates it is for.

Read strictly here; whether there is such an edit, and whether it may be lowered, the stage of the
edits says: contracts know no edit.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from contracts.policy_entries import Status, check_days, refused

GROUP: Final = "edit."
SEVERITIES: Final = ("off", "warn", "hold", "reject")  # from the mildest
STATUSES: Final = (Status.VERIFIED, Status.UNVERIFIED)
_KEYS: Final = frozenset(
    {"severity", "services_from", "services_to", "status", "source", "valid_from", "valid_to"}
)


@dataclass(frozen=True)
class EditSetting:
    """One dated setting. `severity` is null where it stays as shipped; `services_from` and
    `services_to` bound the service dates, and are null where those stay as shipped.
    """

    edit_id: str
    severity: str | None
    services_from: date | None
    services_to: date | None
    status: Status
    source: str
    valid_from: date
    valid_to: date | None

    @property
    def name(self) -> str:
        return GROUP + self.edit_id

    @property
    def value(self) -> str:
        """All that is set, as text."""
        return f"{self.severity} {self.services_from} {self.services_to}"

    def covers(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def edit_setting(name: str, spec: dict[str, Any]) -> EditSetting:
    """The setting of `[[edit.ID]]`. Raises UsageError for what it cannot hold."""
    _check_keys(name, spec)
    _check_words(name, spec)
    check_days(name, spec["valid_from"], spec.get("valid_to"))
    starts, ends = spec.get("services_from"), spec.get("services_to")
    if starts is not None or ends is not None:
        check_days(name, ends if starts is None else starts, ends, "services")
    return EditSetting(
        name.removeprefix(GROUP), spec.get("severity"), starts, ends, Status(spec["status"]),
        spec["source"], spec["valid_from"], spec.get("valid_to"),
    )  # fmt: skip


def _check_keys(name: str, spec: dict[str, Any]) -> None:
    unknown = sorted(set(spec) - _KEYS)
    lacking = [key for key in ("status", "source", "valid_from") if not spec.get(key)]
    sets = [key for key in ("severity", "services_from", "services_to") if key in spec]
    if unknown or lacking or not sets:
        told = f"unknown {', '.join(unknown)}" if unknown else f"lacks {', '.join(lacking)}"
        told = told if unknown or lacking else "sets nothing"
        raise refused(
            "policy_entry",
            f", [[{name}]]: {told}. Give severity, services_from or services_to, and status, "
            "source, valid_from; valid_to may be left out.",
        )


def _check_words(name: str, spec: dict[str, Any]) -> None:
    severity = spec.get("severity")
    if severity is not None and severity not in SEVERITIES:
        told = f", [[{name}]]: severity is not one of {', '.join(SEVERITIES)}."
        raise refused("policy_entry", told)
    if not isinstance(spec["source"], str):
        raise refused("policy_entry", f", [[{name}]]: source is text, in quotes.")
    if spec["status"] not in STATUSES:
        told = f", [[{name}]]: status is not one of {', '.join(STATUSES)}."
        raise refused("policy_entry", told)
