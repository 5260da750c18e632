"""The page of one claim as `reentry claims show` prints it: submissions, evidence, what is next."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pipelines.io.workspace import local_day


def claim_page(told: Mapping[str, Any]) -> str:
    """`claim_life.claim_life` as lines of text."""
    return "\n".join(_page(told))


def _page(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"Claim {told['claim_id']}: {told['state']}"
    if told["plan"]:
        yield f"Next: {_planned(told['plan'])}"
    if told["waits_in_batch"]:
        yield f"Waits in batch {told['waits_in_batch'][0]}"
    yield "Lines:"
    for one in told["lines"]:
        yield f"  {_account(one)}"
    for one in told["submissions"]:
        yield ""
        yield from _submission(one)


def _account(one: Mapping[str, Any]) -> str:
    key = f"{one['source_system']}/{one['encounter_id']}/{one['line_number']}"
    parts = [
        f"{name.removesuffix('_amount')} {one[name]:,.2f}"
        for name in ("paid_amount", "adjusted_amount", "denied_amount", "open_amount")
        if one[name]
    ]
    parts += [f"of that late {one['late_amount']:,.2f}"] if one["late_amount"] else []
    parts += [f"recovered {one['recovered_amount']:,.2f}"] if one["recovered_amount"] else []
    return f"{key} {one['state']}: charged {one['charge_amount']:,.2f} = {', '.join(parts)}"


def _planned(plan: Mapping[str, Any]) -> str:
    why = f" ({', '.join(plan['reasons'])})" if plan["reasons"] else ""
    dates = [
        f"{words} {plan[name]}"
        for name, words in (("inquiry_due_on", "ask on"), ("send_by", "send by"))
        if plan[name]
    ]
    return f"{plan['action']}{why}" + "".join(f", {one}" for one in dates)


def _submission(one: Mapping[str, Any]) -> Iterator[str]:
    batch = one["batch"]
    yield (
        f"Submission {one['submission_number']}, {one['patient_control_number']}, frequency "
        f"{one['frequency_code']}, {one['charge_amount']:,.2f}: {one['state']}"
    )
    yield (
        f"  batch {batch['batch_id']} ({batch['state']}): proposed by {batch['proposed_by']} "
        f"{_day(batch['proposed_at'])}, approved by {batch['approved_by']} "
        f"{_day(batch['approved_at'])}, sent {_day(batch['sent_at'])}"
    )
    yield f"  file {batch['file_name']}: {_place(one)}"
    if one["payer_claim_number"]:
        yield f"  payer's number {one['payer_claim_number']}"
    if one["contradiction"]:
        yield f"  contradiction: {one['contradiction'].replace('_', ' ')}"
    for said in one["evidence"]:
        yield from _evidence(said)
    for paid in one["remittances"]:
        yield from _remitted(paid)


def _place(one: Mapping[str, Any]) -> str:
    segments = (
        f", segments {one['first_segment']} to {one['last_segment']}"
        if one["first_segment"]
        else ""
    )
    return (
        f"interchange {one['interchange_control_number']}, group {one['group_control_number']}, "
        f"set {one['set_control_number']}, claim {one['set_position']}{segments}"
    )


def _evidence(said: Mapping[str, Any]) -> Iterator[str]:
    what = said["outcome"] if not said["is_duplicate"] else f"{said['outcome']}, said before"
    moved = f" -> {said['state']}" if said["state"] else ""
    of = f" of {said['level']}" if said["level"] != "claim" else ""
    yield f"  {_day(said['received_at'])}  {said['answer']}{of}: {what}{moved}"
    words = [w for w in (_word(said["verdict_code"], said["verdict_label"]),) if w]
    labels = said["code_labels"] or []
    words += [_word(code, label) for code, label in zip(said["codes"] or [], labels, strict=False)]
    if said["error_segment"]:
        element = said["error_element"] or ""
        words.append(f"{said['error_segment']}{element and f' element {element}'}, "
                     f"segment {said['error_position']}")  # fmt: skip
    if words:
        yield f"              {'; '.join(words)}"
    yield (
        f"              {said['file']} set {said['row_number']} segment {said['segment_ordinal']}"
    )


def _remitted(paid: Mapping[str, Any]) -> Iterator[str]:
    what = paid["reason"] or ("taken back" if paid["charge_amount"] < 0 else "posted")
    yield (
        f"  {paid['paid_on']}  835 {paid['trace_number']}, line {paid['line_ordinal']}: "
        f"charged {paid['charge_amount']:,.2f}, paid {paid['paid_amount']:,.2f}, "
        f"{what.replace('_', ' ')}"
    )
    reasons = [
        f"{one['group_code']} {one['carc']} {one['amount']:,.2f}"
        + (f" ({', '.join(one['rarcs'])})" if one["rarcs"] else "")
        for one in paid["adjustments"]
    ]
    if reasons:
        yield f"              {'; '.join(reasons)}"
    yield (
        f"              {paid['file']} set {paid['row_number']} segment {paid['segment_ordinal']}"
    )


def _word(code: str | None, label: str | None) -> str:
    return f"{code} {label}" if code and label else code or ""


def _day(instant: datetime | None) -> str:
    return str(local_day(instant)) if instant else "-"
