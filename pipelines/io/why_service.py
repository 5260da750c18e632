"""Sections of `why` about the service: its rows, decisions, day, findings and authorization."""

from collections.abc import Iterator
from typing import Any, Final

from pipelines.io.decided import decisions_known
from pipelines.io.why_case import Case, Obstacle, Section
from pipelines.io.workspace import local_day
from pipelines.stages.decisions.in_force import in_force
from pipelines.stages.edits.catalogue import ALL_EDITS
from pipelines.stages.eligibility.gates import GATES
from reports.worklist_rows import SEVERITIES

_CANNOT_BE_BILLED: Final = ("reject", "hold")
_FINDING: Final = (
    "finding_id", "subject", "edit_id", "severity", "message", "remedy", "owner", "deadline_on",
    "days_left",
)  # fmt: skip
_DECISION: Final = ("decided_at", "decided_by", "action", "field")
_ORDER: Final = {edit_id: n for n, edit_id in enumerate(ALL_EDITS)}


def received(case: Case) -> Section:
    """Its versions with file and row, and quarantined rows that name its key."""
    versions = [] if case.versions is None else case.versions.to_dicts()
    waiting = case.quarantined.to_dicts()
    lines = [*(_version(case, row) for row in versions), *(_broken(case, row) for row in waiting)]
    facts_told = {
        "versions": [row | {"file": case.files.get(row["file_id"])} for row in versions],
        "quarantined": [
            {name: value for name, value in row.items() if name != "row_text"}
            | {"file": case.files.get(row["file_id"])}
            for row in waiting
        ],
    }
    return Section("received", lines, facts_told, _not_received(case, versions, waiting))


def _version(case: Case, row: dict[str, Any]) -> str:
    changed = ", ".join(row["changed"] or []) or "first received"
    told = f"{local_day(row['received_at'])}  {case.place(row)}: {row['status']}, {changed}"
    gone = [case.files.get(one, one) for one in row["withdrawn_by"]]
    return f"{told}; not in {', '.join(gone)}" if gone else told


def _broken(case: Case, row: dict[str, Any]) -> str:
    where = f"{row['column_name']}: " if row["column_name"] else ""
    state = "" if row["state"] == "open" else f" ({row['state']})"
    return (
        f"{local_day(row['received_at'])}  {case.place(row)}: quarantined{state}, "
        f"{where}{row['reason']}. {row['remedy']}"
    )


def _not_received(
    case: Case, versions: list[dict[str, Any]], waiting: list[dict[str, Any]]
) -> Obstacle | None:
    unmended = [row for row in waiting if row["state"] == "open"]
    if not versions:
        if unmended:
            return Obstacle("its row is in quarantine", "data_steward", unmended[-1]["remedy"])
        return Obstacle("no sound row of it was received", "data_steward", "Send it again.")
    status = versions[-1]["status"]
    if status in ("deleted", "withdrawn"):
        do = "Send it again if the service was given."
        return Obstacle(f"its source has {status} it", "data_steward", do)
    if case.judged is None:
        return Obstacle("the last run did not know it", "operator", "Run `reentry run`.")
    return None


def decided(case: Case) -> Section:
    """What people decided of it and still holds; values and reasons are for `decisions list`."""
    held = in_force(decisions_known(case.now), "encounter").filter(subject_id=case.key.subject_id)
    rows = held.select(_DECISION).to_dicts()
    lines = [
        f"{local_day(row['decided_at'])}  {row['decided_by']}: "
        f"{' '.join(filter(None, (row['action'], row['field'])))}"
        for row in rows
    ]
    return Section("decisions", lines, {"decisions": rows})


def of_the_day(case: Case) -> Section:
    """The eight gates of its day. What fails is a finding: that says who mends it."""
    row = case.judged
    if row is None:
        return Section("eligibility", [])
    days = case.view.derived(
        "billable_days",
        where="stay_id = ? AND day = ?",
        values=[row["stay_id"], row["service_date"]],
    )
    reasons = days["reasons"][0].to_list() if days.height else ["custody"]
    gates = [{"gate": gate, "holds": gate not in reasons} for gate in GATES]
    verdict = f"not billable: {', '.join(reasons)}" if reasons else "billable: all gates hold"
    lines = [
        f"{row['service_date']} of stay {row['stay_id']}: {verdict}",
        f"`reentry windows --stay {row['stay_id']}` shows every boundary with its row.",
    ]
    told = {"day": row["service_date"], "stay_id": row["stay_id"], "billable": not reasons}
    return Section("eligibility", lines, told | {"gates": gates})


def judged(case: Case) -> Section:
    """Its findings, the most severe first, and those of its stay."""
    row = case.judged
    if row is None:
        return Section("findings", [])
    found = case.view.derived(
        "findings",
        where="(subject = 'encounter' AND subject_id = ?) OR (subject = 'stay' AND subject_id = ?)",
        values=[case.key.subject_id, row["stay_id"]],
    )
    rows = sorted(found.select(_FINDING).to_dicts(), key=_rank)
    lines = [f"{row['procedure_code']}, {row['charge_amount']:,.2f} dollars: {row['verdict']}"]
    blocking = [
        one for one in rows
        if one["subject"] == "encounter" and one["severity"] in _CANNOT_BE_BILLED
    ]  # fmt: skip
    told = {"verdict": row["verdict"], "charge_amount": row["charge_amount"], "findings": rows}
    return Section("findings", [*lines, *map(_finding, rows)], told, _first(blocking))


def _first(blocking: list[dict[str, Any]]) -> Obstacle | None:
    if not blocking:
        return None
    row = blocking[0]
    return Obstacle(row["message"].rstrip("."), row["owner"], row["remedy"])


def _rank(row: dict[str, Any]) -> tuple[bool, int, int]:
    """Findings of the line first, by severity, then in the order of the catalogue."""
    place = _ORDER.get(row["edit_id"], len(_ORDER))
    return row["subject"] != "encounter", SEVERITIES.index(row["severity"]), place


def _finding(row: dict[str, Any]) -> str:
    of = "" if row["subject"] == "encounter" else " (of its stay)"
    return (
        f"{row['severity']} {row['edit_id']}{of}: {row['message']} {row['owner']}: {row['remedy']}"
    )


def authorized(case: Case) -> Section:
    """What is known of the authorization that the line names."""
    if case.row is None or case.judged is None:
        return Section("authorization", [])
    number = case.row["authorization_number"]
    if number is None:
        return Section("authorization", ["it names none"], {"authorization_number": None})
    rows = _authorizations(case, number)
    lines = list(_granted(case, rows)) or [
        f"{number}: no authorization of this number was received"
    ]
    told = {"authorization_number": number, "authorizations": rows}
    return Section("authorization", lines, told)


def _authorizations(case: Case, number: str) -> list[dict[str, Any]]:
    current = case.view.current("authorizations").filter(authorization_number=number)
    names = ("line_number", "procedure_code", "starts_on", "ends_on", "units_requested",
             "units_approved", "decision", "file_id", "row_number")  # fmt: skip
    return current.select(names).to_dicts()


def _granted(case: Case, rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        units = f", {row['units_approved']} units" if row["units_approved"] is not None else ""
        of = f" for {row['procedure_code']}" if row["procedure_code"] else ""
        yield (
            f"{row['decision']}{of}{units}, {row['starts_on']} to {row['ends_on']}  "
            f"({case.place(row)})"
        )
