"""The edits as policy.toml has them: severity and service dates, those that are off left out.

Belongs here: which settings an edit admits. Not here: how they are written (contracts.edit_policy).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Literal, cast

from contracts.edit_policy import SEVERITIES, EditSetting
from contracts.policy import Policy
from contracts.policy_entries import Status, refused
from pipelines.stages.edits.catalogue import ALL_EDITS, EDITS, nearest
from pipelines.stages.edits.edit import Edit, Severity

OFF = "off"


def checked(policy: Policy) -> Policy:
    """The policy itself. Raises UsageError for the setting of an unknown edit, of one that tells a
    person's decision, for service dates of an edit that is not of lines, and for one that weakens a
    federal rule and is not verified.
    """
    for setting in policy.edit_settings:
        _check_known(setting)
        _check_admitted(setting, ALL_EDITS[setting.edit_id])
    return policy


def with_policy(edits: Mapping[str, Edit], policy: Policy, as_of: date) -> dict[str, Edit]:
    """The edits as they are set on a day, in their order; what is off is left out."""
    held = {edit_id: policy.edit_setting(edit_id, as_of) for edit_id in edits}
    return {
        edit_id: edit if setting is None else _set(edit, setting)
        for edit_id, edit in edits.items()
        if (setting := held[edit_id]) is None or setting.severity != OFF
    }


def severity_in_force(edit: Edit, policy: Policy, as_of: date) -> Severity | Literal["off"]:
    """The severity on a day, `off` among them."""
    setting = policy.edit_setting(edit.id, as_of)
    if setting is None or setting.severity is None:
        return edit.severity
    return cast("Severity", setting.severity)


def _set(edit: Edit, setting: EditSetting) -> Edit:
    return replace(
        edit,
        severity=cast("Severity", setting.severity or edit.severity),
        valid_from=setting.services_from or edit.valid_from,
        valid_to=setting.services_to or edit.valid_to,
    )


def _check_known(setting: EditSetting) -> None:
    if setting.edit_id not in ALL_EDITS:
        raise refused(
            "policy_unknown",
            f" sets edit {setting.edit_id}, which there is not. Nearest: "
            f"{nearest(setting.edit_id)}. See: reentry edits list.",
        )


def _check_admitted(setting: EditSetting, edit: Edit) -> None:
    if edit.category == "decision":
        raise refused(
            "policy_entry",
            f", [[{setting.name}]]: the edit tells what a person decided, which policy does not "
            "set. Decide otherwise on the worklist.",
        )
    has_dates = setting.services_from is not None or setting.services_to is not None
    if has_dates and edit.id not in EDITS:
        raise refused(
            "policy_entry",
            f", [[{setting.name}]]: an edit of stays or claims has no service dates. Set its "
            "severity, with valid_from and valid_to.",
        )
    is_weaker = has_dates or _rank(setting.severity or edit.severity) < _rank(edit.severity)
    if edit.is_federal and is_weaker and setting.status is not Status.VERIFIED:
        raise refused(
            "policy_entry",
            f", [[{setting.name}]]: the edit guards a federal rule ({edit.source}). To weaken it, "
            'name the authority as source and set status = "verified".',
        )


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity)
