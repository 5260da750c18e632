"""Claim inquiries at the rim: silent claims are asked about (276) with what their 837 said.

The answer (277) comes through the inbox and is matched by trace number or by the claim's own.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import polars as pl

from contracts.errors import UsageError
from pipelines.io.claim_life import overdue
from pipelines.io.inquiry_files import ask, folder_of, one_at_a_time
from pipelines.io.ledger import claim_inquiries
from pipelines.io.ledger.inquiries import InquiryRow
from pipelines.io.outbox.refusals import refuse_illustrative
from pipelines.io.workspace import View, Workspace, refuse_day_to_come
from pipelines.x12.claim_inquiry import REQUESTS, inquiry
from pipelines.x12.envelope import Envelope

FOLDER: Final = "status"
_ASKED_AT_ONCE: Final = 10_000  # claims in one file
_SUBSCRIBER: Final = ("cin", "last_name", "first_name", "birth_date", "sex")


def inquire(workspace: Workspace, view: View) -> list[InquiryRow]:
    """Ask about every claim that is due. Raises UsageError where none is or for a day to come,
    HeldByPolicyError where production would carry illustrative values.
    """
    refuse_day_to_come(view.as_of, workspace.today())
    agency, folder = workspace.agency, folder_of(workspace, FOLDER)
    route = agency.fee_for_service
    refuse_illustrative(agency.usage, route, workspace.policy, view.as_of, {})
    with one_at_a_time(workspace, folder):
        is_due = pl.col("is_due").fill_null(False) & ~pl.col("is_not_found")
        due = overdue(workspace, view).filter(is_due)
        if due.is_empty():
            raise UsageError(
                "nothing_to_ask",
                "no claim has been silent for so many days (policy inquiry.after_days), or each "
                "was asked about since. See: reentry claims overdue.",
            )
        return [
            ask(workspace, folder, claim_inquiries.KIND, _requests(workspace, some), _rendered,
                claim_inquiries.write)
            for some in due.iter_slices(_ASKED_AT_ONCE)
        ]  # fmt: skip


def inquiry_path(workspace: Workspace, name: str) -> str:
    """Where a written file lies."""
    return str(folder_of(workspace, FOLDER).file(name))


def _rendered(envelope: Envelope, requests: pl.DataFrame) -> str:
    return inquiry(requests.select(list(REQUESTS)), envelope)


def _requests(workspace: Workspace, due: pl.DataFrame) -> pl.DataFrame:
    numbers = due["patient_control_number"].to_list()
    with workspace.ledger.read() as connection:
        frozen = claim_inquiries.frozen(connection, workspace.agency.id, numbers)
    rows = pl.DataFrame(
        list(_asked(frozen)), schema={"claim_id": pl.String, **dict(REQUESTS)}, orient="row"
    )
    said = due.select("patient_control_number", told="payer_claim_number")
    whole = rows.join(said, on="patient_control_number", how="left", maintain_order="left")
    return whole.with_columns(payer_claim_number="told").drop("told", "trace_number")


def _asked(frozen: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """What each claim's 837 said, from its frozen content. Row by row: inquiries are few."""
    columns = ("claim_id", "patient_control_number", "charge_amount", "content")
    for claim_id, number, charge, text in frozen.select(columns).iter_rows():
        content = json.loads(text)
        days = [line["service_from"] for line in content["lines"]]
        ends = [line.get("service_to") or line["service_from"] for line in content["lines"]]
        yield {
            "claim_id": claim_id,
            "patient_control_number": number,
            "charge_amount": str(Decimal(charge)),
            "service_from": min(days),
            "service_to": max(ends),
            "provider_npi": content["billing_npi"],
            "provider_name": content["billing_name"],
            **{name: content.get(f"subscriber_{name}") for name in _SUBSCRIBER},
        }
