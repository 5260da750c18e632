"""Inquiries at the rim: whom the payer is asked about (270), and what it has not answered."""

from dataclasses import dataclass

import polars as pl

from contracts.parsing import LOCAL_ZONE
from pipelines.io.inquiry_files import ask, folder_of, one_at_a_time
from pipelines.io.ledger import inquiries
from pipelines.io.ledger.inquiries import InquiryRow
from pipelines.io.outbox.folder import Folder
from pipelines.io.outbox.refusals import refuse_illustrative
from pipelines.io.workspace import View, Workspace, refuse_day_to_come
from pipelines.stages.eligibility.inquiries import due, open_requests
from pipelines.x12.eligibility_inquiry import REQUESTS, Receiver, inquiry, uncarried
from pipelines.x12.envelope import Envelope

_FEEDS = ("custody_stays", "people", "cin_aliases", "facilities", "eligibility_answers")


@dataclass(frozen=True)
class Asked:
    """`written`: a file for each billing provider. `held`: person_id, column_name, reason."""

    written: list[InquiryRow]
    held: pl.DataFrame


def request(workspace: Workspace, view: View) -> Asked:
    """Ask about everybody who is due. Raises UsageError for a day to come, HeldByPolicyError
    where production would carry illustrative values.

    A person whose name no X12 can carry, or whose facility has no billing provider, is held.
    """
    refuse_day_to_come(view.as_of, workspace.today())
    agency, folder = workspace.agency, _folder(workspace)
    route = agency.fee_for_service
    refuse_illustrative(agency.usage, route, workspace.policy, view.as_of, {})
    with one_at_a_time(workspace, folder):
        people = _due(view)
        providers = view.current("billing_providers")
        askable, held = _carried(people, providers)
        parts = askable.partition_by("billing_npi", maintain_order=True)
        return Asked([_ask(workspace, folder, part, providers) for part in parts], held)


def unanswered(view: View) -> pl.DataFrame:
    """Requests without an answer, or with nothing but rejections, the oldest first."""
    return open_requests(_known(view), view.as_of)


def requests_path(workspace: Workspace, name: str) -> str:
    """Where a written file lies."""
    return str(_folder(workspace).file(name))


def _folder(workspace: Workspace) -> Folder:
    return folder_of(workspace, "eligibility")


def _known(view: View) -> pl.DataFrame:
    workspace = view.workspace
    with workspace.ledger.read() as connection:
        known = inquiries.known(connection, workspace.agency.id, view.known_at)
    asked_on = pl.col("asked_at").dt.convert_time_zone(LOCAL_ZONE).dt.date()
    return known.with_columns(asked_on=asked_on)


def _due(view: View) -> pl.DataFrame:
    current = {feed: view.current(feed) for feed in _FEEDS}
    asked = _known(view).select("cin", "month", "asked_on")
    return due(**current, asked=asked, policy=view.workspace.policy, as_of=view.as_of)


def _carried(people: pl.DataFrame, providers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    known = providers["billing_npi"].implode()
    homeless = people.filter(~pl.col("billing_npi").is_in(known).fill_null(False))
    sent = people.join(homeless, on="person_id", how="anti").with_row_index("row")
    told = uncarried(
        sent.with_columns(trace_number=pl.col("row").cast(pl.String)).select(list(REQUESTS))
    )
    held = told.join(sent.select("row", "person_id"), on="row")
    without_provider = homeless.select(
        "person_id",
        column_name=pl.lit("billing_npi"),
        reason=pl.lit("the facility has no billing provider"),
    )
    columns = ["person_id", "column_name", "reason"]
    askable = sent.join(held, on="row", how="anti").drop("row")
    return askable, pl.concat([without_provider, held.select(columns)])


def _ask(
    workspace: Workspace, folder: Folder, people: pl.DataFrame, providers: pl.DataFrame
) -> InquiryRow:
    asks = pl.col("billing_npi") == people["billing_npi"][0]
    provider = providers.row(by_predicate=asks, named=True)
    trace_originator_id = workspace.agency.trace_originator_id
    receiver = Receiver(provider["organization_name"], provider["billing_npi"], trace_originator_id)

    def rendered(envelope: Envelope, requests: pl.DataFrame) -> str:
        return inquiry(requests.select(list(REQUESTS)), envelope, receiver)

    return ask(workspace, folder, "270", people, rendered, inquiries.write)
