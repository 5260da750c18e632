"""The checklist of one stay as `reentry bundles --stay` prints it: done, by whom, proof row;
missing, by whom, until when.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from pipelines.io.bundle_lists import ACTIVATES, Checklist
from pipelines.stages.bundles.tables import NOT_ACTIVATED

REASONS: Final = {
    "too_early": "too early",
    "too_late": "too late",
    "too_short": "too few minutes",
    "other_credential": "by somebody without the credential",
    "not_signed": "not signed",
    "not_signed_by_licensed": "not signed by a licensed person",
    "participant_missing": "somebody who must take part did not",
    "supply_too_short": "too few days of supply",
    "out_of_order": "before what must come first",
}
"""Why a row does not prove an element, in words."""

_PHASES: Final = {"pre_release": "before release", "post_release": "after release"}
_OTHERS: Final = "bundle:"


def checklist_page(told: Checklist, labels: Mapping[tuple[str, str], str], as_of: date) -> str:
    """The page as lines of text."""
    return "\n".join(_lines(told, labels, as_of))


def _lines(told: Checklist, labels: Mapping[tuple[str, str], str], as_of: date) -> Iterator[str]:
    stay = told.stay
    yield f"Stay {stay['stay_id']} at {stay['facility_id']}, as of {as_of}: {_release(stay)}"
    yield ""
    yield "Care managers"
    yield from map(_manager, told.managers)
    if not told.managers:
        yield "  none assigned"
    for bundle in told.bundles:
        own = [e for e in told.elements if _anchor(e) == _anchor(bundle)]
        yield ""
        yield _bundle(bundle, labels)
        for element in own:
            yield f"  {_element(element, labels, stay['release_on'])}"


def _anchor(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["stay_id"], row["bundle_id"], row["ordinal"]


def _release(stay: Mapping[str, Any]) -> str:
    day = stay["release_on"]
    activated = f", activated {stay['activated_on']}" if stay["activated_on"] else ""
    model = ", short-term" if stay["release_model"] == "short_term" else ""
    if day is None:
        return f"day of release unknown{activated}{model}"
    word = "released" if stay["is_release_final"] else "expected to be released"
    return f"{word} {day}{activated}{model}"


def _manager(row: Mapping[str, Any]) -> str:
    who = row["staff"] or row["manager_staff_id"] or row["manager_npi"] or "nobody named"
    where = f", {row['organization']}" if row["organization"] else ""
    place = f"{row['file']} row {row['row_number']}"
    return f"  {_PHASES[row['phase']]}: {who}{where}, since {row['assigned_on']} ({place})"


def _bundle(row: Mapping[str, Any], labels: Mapping[tuple[str, str], str]) -> str:
    name = labels.get((row["bundle_id"], "bundle"), row["bundle_id"])
    time = f", time {row['ordinal']}" if row["ordinal"] > 1 else ""
    head = (
        f"{row['bundle_id']}{time}: {name} ({row['procedure_code']}, {row['charge_amount']:,.2f})"
    )
    return f"{head}: {_state(row)}"


def _state(row: Mapping[str, Any]) -> str:
    why = ", ".join(one.replace("_", " ") for one in row["reasons"] or ())
    told = {
        "complete": f"complete {row['completed_on']}, {_billed(row, why)}",
        "missed": f"missed: {why}",
        "exempt": f"not asked for: {why}",
        "not_due": f"not due yet{': ' + why if why else ''}{_activation(row)}",
        "open": f"open, {row['missing_count']} missing",
    }
    return told[row["state"]]


def _activation(row: Mapping[str, Any]) -> str:
    """Who owes what comes before every element."""
    if NOT_ACTIVATED not in (row["reasons"] or ()):
        return ""
    return f"; the activation is owed by the {ACTIVATES.replace('_', ' ')}"


def _billed(row: Mapping[str, Any], why: str) -> str:
    if row["service_date"] is None:
        return "billed once the release is final"
    if why:
        return f"not billable on {row['service_date']}: {why}"
    held = row["plan_reasons"] if row["plan_action"] == "hold" else None
    waits = f", held: {', '.join(one.replace('_', ' ') for one in held)}" if held else ""
    return f"billed for {row['service_date']}, claim {row['claim_id']}{waits}"


def _element(
    row: Mapping[str, Any], labels: Mapping[tuple[str, str], str], release_on: date | None
) -> str:
    name = labels.get((row["bundle_id"], row["element"]), row["element"])
    if row["element"].startswith(_OTHERS):
        return f"[ ] {row['element'].removeprefix(_OTHERS)} must be complete first"
    if row["state"] == "not_needed":
        return f"[-] {name}: not needed, {row['reason'].replace('_', ' ')}"
    if row["state"] == "done":
        return f"[x] {name}: {_done(row, release_on)}"
    return f"[ ] {name}: {_missing(row)}"


def _done(row: Mapping[str, Any], release_on: date | None) -> str:
    who = row["staff"] or row["staff_id"]
    others = ", ".join(one.replace("_", " ") for one in row["participants"] or ())
    late = (row["done_on"] - row["due_on"]).days if row["is_in_time"] is False else 0
    parts = [
        str(row["done_on"]),
        f"by {who}" if who else "",
        f"with {others}" if others else "",
        f"to {row['organization']}" if row["organization"] else "",
        _before(row, release_on),
        f"{_days(late)} late" if late else "",
    ]
    told = ", ".join(part for part in parts if part)
    return f"{told} ({row['file']} row {row['row_number']})"


def _before(row: Mapping[str, Any], release_on: date | None) -> str:
    """How long before the release what is due before it was done."""
    if release_on is None or row["due_on"] is None or row["due_on"] >= release_on:
        return ""
    days = (release_on - row["done_on"]).days
    return f"{_days(days)} before release" if row["participants"] and days >= 0 else ""


def _missing(row: Mapping[str, Any]) -> str:
    owes = row["owner"].replace("_", " ")
    until = f", by {row['due_on']}" if row["due_on"] else ""
    left = row["days_left"]
    days = "" if left is None else f", {_days(left)} left" if left >= 0 else f", {_days(-left)} ago"
    near = ""
    if row["reason"]:
        place = f"{row['file']} row {row['row_number']}"
        near = f"; {row['reason_on']} does not count: {REASONS[row['reason']]} ({place})"
    return f"{owes}{until}{days}{near}"


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"
