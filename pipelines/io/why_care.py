"""Section of `why` about care management: which bundle the service proves, or what that lacks."""

from collections.abc import Iterator
from typing import Any, Final

from pipelines.io.why_case import Case, Section
from pipelines.stages.bundles.anchors import ANCHOR
from pipelines.stages.edits.special_codes import CASE_MANAGEMENT

_OF_ANCHOR: Final = "stay_id = ? AND bundle_id = ? AND ordinal = ?"
_MISSING: Final = ("element", "owner", "due_on", "days_left")
_HOW: Final = {
    "ride": "where the same provider rendered it, it rides on the bundle's claim at no charge",
    "suppress": "the service itself is left out",
}


def cared(case: Case) -> Section:
    """Every bundle that the line's row proves something of, or would but for a fault."""
    elements = [*_proven(case), *_faulty(case)]
    bundles = [_bundle(case, element) for element in elements]
    lines = [
        line
        for element, bundle in zip(elements, bundles, strict=True)
        for line in _told(element, bundle)
    ]
    facts = [
        {name: element[name] for name in (*ANCHOR, "element", "state", "reason")}
        | {"bundle_state": bundle["state"], "missing": bundle["missing"]}
        for element, bundle in zip(elements, bundles, strict=True)
    ]
    return Section("care_management", lines or _uncounted(case), {"bundles": facts})


def _uncounted(case: Case) -> list[str]:
    """Of case management that no bundle counts, where to look."""
    row = case.judged
    if row is None or row["service_category"] != CASE_MANAGEMENT:
        return []
    stay = row["stay_id"]
    return [
        f"no bundle of stay {stay} counts it; `reentry bundles --stay {stay}` says what each asks."
    ]


def _proven(case: Case) -> list[dict[str, Any]]:
    found = case.view.derived(
        "bundle_elements",
        where="source_system = ? AND encounter_id = ? AND line_number = ?",
        values=list(case.key.values.values()),
    )
    return found.sort(*ANCHOR, "element").to_dicts()


def _faulty(case: Case) -> list[dict[str, Any]]:
    if case.row is None:
        return []
    found = case.view.derived(
        "bundle_elements",
        where="feed = 'encounters' AND state = 'missing' AND file_id = ? AND row_number = ?",
        values=[case.row["file_id"], case.row["row_number"]],
    )
    return found.sort(*ANCHOR, "element").to_dicts()


def _bundle(case: Case, element: dict[str, Any]) -> dict[str, Any]:
    """The bundle's row, with what it lacks."""
    anchor = [element[name] for name in ANCHOR]
    row = case.view.derived("bundles", where=_OF_ANCHOR, values=anchor).row(0, named=True)
    lacks = case.view.derived(
        "bundle_elements", where=f"{_OF_ANCHOR} AND state = 'missing'", values=anchor
    )
    missing = lacks.sort("due_on", "element", nulls_last=True).select(_MISSING).to_dicts()
    return row | {"missing": missing}


def _told(element: dict[str, Any], bundle: dict[str, Any]) -> Iterator[str]:
    name = f"{bundle['bundle_id']} of stay {bundle['stay_id']}"
    if element["state"] == "done":
        yield f"proves {element['element']} of {name}: {_state(bundle)}"
    else:
        why = element["reason"].replace("_", " ")
        yield f"does not count as {element['element']} of {name}: {why}"
    for one in bundle["missing"]:
        until = f", by {one['due_on']}" if one["due_on"] else ""
        yield f"  missing: {one['element']}, {one['owner'].replace('_', ' ')}{until}"
    yield f"`reentry bundles --stay {bundle['stay_id']}` shows the whole checklist."


def _state(bundle: dict[str, Any]) -> str:
    why = ", ".join(one.replace("_", " ") for one in bundle["reasons"] or ())
    if bundle["state"] != "complete":
        return f"{bundle['state'].replace('_', ' ')}{': ' + why if why else ''}"
    done = f"complete {bundle['completed_on']}"
    if bundle["is_billable"]:
        return f"{done}, billed for {bundle['service_date']}; {_HOW[bundle['detail_lines']]}"
    return f"{done}, not billed: {why or 'the release is not final'}"
