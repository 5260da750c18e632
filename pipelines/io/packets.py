"""Packets: all that an inquiry or appeal about one denial needs, gathered from file, lake, ledger.

What was sent, what came back, the rows that prove the service, and what is still missing. How it
is printed is for `reports.packet`. Nothing is written here.
"""

import json
from datetime import date
from typing import Any, Final

import polars as pl

from contracts.errors import HeldByPolicyError
from contracts.parsing import LOCAL_ZONE
from pipelines.io.claim_life import claim_life
from pipelines.io.decided import decisions_known
from pipelines.io.denials import labels
from pipelines.io.disputes import denials_decidable, found, history, standing
from pipelines.io.ledger import submissions, users
from pipelines.io.ledger.worklists import READERS
from pipelines.io.proofs import proofs
from pipelines.io.publishing import source_files, withheld
from pipelines.io.workspace import View, Workspace
from pipelines.stages.acknowledgements.states import ACCEPTED
from pipelines.stages.bundles.anchors import SOURCE
from pipelines.stages.decisions.in_force import succession
from pipelines.stages.decisions.judging import line_reference
from pipelines.x12.whereabouts import segments_of_set

_DENIAL: Final = (
    "denial_id", "claim_id", "patient_control_number", "payer_claim_number", "line_ordinal",
    "source_system", "encounter_id", "line_number", "facility_id", "amount", "group_code", "carc",
    "rarc", "category", "route", "next_step", "owner", "predicted", "remitted_on", "deadline_on",
    "file", "row_number",
)  # fmt: skip
_WHO: Final = (
    "billing_name", "billing_npi", "billing_address_line", "billing_city", "billing_state",
    "billing_zip", "billing_contact_name", "billing_contact_phone", "payer_name",
    "subscriber_cin", "subscriber_last_name", "subscriber_first_name",
)  # fmt: skip
_DECISION: Final = (
    "decision_id", "subject_id", "action", "reason", "decided_by", "decided_at", "replaced_by",
)  # fmt: skip
# What an argument of each category rests on, beside what every packet holds.
_RESTS_ON: Final = {
    "ineligible_person": "coverage",
    "not_authorized": "authorization",
    "timely_filing": "acceptance",
}


def packet_of(workspace: Workspace, view: View, wanted: str) -> dict[str, Any]:
    """The packet of one denial of the view's run; `wanted`: its id or the beginning of it.

    Raises UsageError where there is no such denial; HeldByPolicyError where the user may not see
    persons, or for a Part 2 record without a consent in force.
    """
    with workspace.ledger.read() as connection:
        users.check(connection, workspace.user_id, *READERS)
    row = _denial(view, wanted)
    life = claim_life(workspace, row["claim_id"], view.derived("plan"))
    number = row["patient_control_number"]
    (sent,) = (one for one in life["submissions"] if one["patient_control_number"] == number)
    now = workspace.view_now(view.as_of)
    every = standing(now)
    mine = every.filter(denial_id=row["denial_id"])
    argued = mine.filter("is_open")
    kind, until = _kind(view, now, row, every)
    content = _content(workspace, now, number)
    said = [one for one in sent["remittances"] if one["line_ordinal"] == row["line_ordinal"]]
    sections = {
        "sent": _segments(workspace, sent),
        "answers": [one for one in sent["evidence"] if one["answer"] == "277ca"],
        "came_back": said,
        "proofs": proofs(now, view, row, content),
    }
    checklist = _checklist(row, sections)
    return {
        "agency": workspace.agency.id,
        "as_of": view.as_of,
        "kind": kind,
        "deadline_on": until,
        "denial": {name: row[name] for name in _DENIAL},
        "line": _line(content, row["line_ordinal"]),
        "who": {name: content.get(name) for name in _WHO},
        "reason": argued["reason"].to_list()[-1] if argued.height else None,
        "labels": labels(now, row["carc"], row["rarc"]),
        "file": sent["batch"]["file_name"],
        "set_control_number": sent["set_control_number"],
        "sections": sections,
        "checklist": checklist,
        "missing": [one["what"] for one in checklist if one["is_needed"] and not one["is_there"]],
        "events": _events(now, mine),
        "decisions": _decisions(now, row),
    }


def _denial(view: View, wanted: str) -> dict[str, Any]:
    table = view.derived("denials")
    mine = table.filter(denial_id=found(table["denial_id"], wanted))
    shown, hidden = withheld(view, mine)
    if hidden:
        raise HeldByPolicyError(
            "part_2_withheld",
            "the denial is of a 42 CFR Part 2 record without a consent in force. "
            "Record the consent in feed consents first.",
        )
    return shown.join(source_files(view), on="file_id", how="left").row(0, named=True)


def _kind(
    view: View, now: View, row: dict[str, Any], disputes: pl.DataFrame
) -> tuple[str, date | None]:
    """What is open about the denial, else what still can be: an inquiry before an appeal."""
    argued = disputes.filter("is_open", denial_id=row["denial_id"])
    if argued.height:
        kind, until = argued.select("kind", "deadline_on").row(-1)
        return kind, until
    mine = view.derived("denials").filter(denial_id=row["denial_id"])
    may = denials_decidable(mine, now, disputes).row(0, named=True)
    kind = "appeal" if may["inquiry_bar"] else "inquiry"
    return kind, may[f"{kind}_by"]


def _content(workspace: Workspace, now: View, number: str) -> dict[str, Any]:
    with workspace.ledger.read() as connection:
        frozen = submissions.contents(connection, workspace.agency.id, now.known_at, [number])
    content: dict[str, Any] = json.loads(frozen["content"].item())
    return content


def _line(content: dict[str, Any], ordinal: int) -> dict[str, Any]:
    names = ("procedure_code", "modifiers", "units", "charge_amount", "service_from")
    line = next(one for one in content["lines"] if one["line_ordinal"] == str(ordinal))
    return {name: line.get(name) for name in names}


def _segments(workspace: Workspace, sent: dict[str, Any]) -> list[dict[str, Any]]:
    """The claim's segments as they went, with their numbers in the set; none where the outbox holds
    the file no more.
    """
    path = workspace.home.outbox(workspace.agency.id) / sent["batch"]["file_name"]
    first, last = sent["first_segment"], sent["last_segment"]
    if not path.is_file() or first is None:
        return []
    texts = segments_of_set(path.read_bytes(), sent["set_control_number"])[first - 1 : last]
    return [{"segment": n, "text": text} for n, text in enumerate(texts, first)]


def _checklist(denial: dict[str, Any], sections: dict[str, Any]) -> list[dict[str, Any]]:
    there = {proof["about"] for proof in sections["proofs"] if proof["proves"]}
    is_accepted = any(one["outcome"] in ACCEPTED for one in sections["answers"])
    rests_on = _RESTS_ON.get(denial["category"])
    record = "element" if denial["source_system"] == SOURCE else "note"
    listed = {
        "claim": ("The claim as it was sent", bool(sections["sent"])),
        "remittance": ("What the remittance says of the line", bool(sections["came_back"])),
        "acceptance": ("The payer's acceptance of the claim (277CA)", is_accepted),
        "element": ("The records of all that the bundle asks for", "element" in there),
        "note": ("The record of the service, signed", "note" in there),
        "coverage": ("Eligibility on the day, with the payer's confirmation", "coverage" in there),
        "authorization": ("The authorization for the day", "authorization" in there),
    }
    always = ("claim", "remittance", record)
    return [
        {"what": what, "is_there": is_there, "is_needed": name in always or name == rests_on}
        for name, (what, is_there) in listed.items()
        if is_there or name in always or name == rests_on
    ]


def _decisions(now: View, denial: dict[str, Any]) -> list[dict[str, Any]]:
    """What was decided of the denial or its line, in order, each with what replaced it."""
    line = pl.DataFrame([denial]).select(line_reference()).item()
    is_mine = (pl.col("subject_id") == denial["denial_id"]) | (pl.col("value") == line)
    told = succession(decisions_known(now)).filter(is_mine.fill_null(False), subject="denial")
    return told.select(_DECISION).to_dicts()


def _events(now: View, disputes: pl.DataFrame) -> list[dict[str, Any]]:
    opened = disputes.select(
        "dispute_id", "kind", event=pl.lit("opened"), reference=pl.lit(None, pl.String),
        note="reason", recorded_by="opened_by", recorded_at="recorded_at",
        occurred_on=pl.col("recorded_at").dt.convert_time_zone(LOCAL_ZONE).dt.date(),
    )  # fmt: skip
    both = pl.concat([opened, history(now, disputes).select(opened.columns)])
    return both.sort("recorded_at").to_dicts()
