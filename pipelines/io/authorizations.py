"""Authorizations at the rim: those held with the payer's responses (278), and asking for others.

A payer that takes no 278 is asked by hand: then the requests are a sheet to work from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from contracts.feeds import AUTHORIZATION_ANSWERS
from contracts.parsing import LOCAL_ZONE
from pipelines.io.home import write_private
from pipelines.io.inquiry_files import Render, ask, folder_of, one_at_a_time
from pipelines.io.ledger import authorization_requests
from pipelines.io.ledger.inquiries import InquiryRow
from pipelines.io.outbox.refusals import refuse_illustrative
from pipelines.io.publishing import folder, withheld
from pipelines.io.workspace import View, Workspace, refuse_day_to_come
from pipelines.stages.authorizations.answered import rows_of, with_answers
from pipelines.stages.authorizations.asking import askable
from pipelines.x12.authorization_request import REQUESTS, request, uncarried
from pipelines.x12.envelope import Envelope
from reports.list_file import list_workbook

FOLDER: Final = "authorizations"
SHEET: Final = "authorization-requests.xlsx"
_ABOUT: Final = ("orders", "people", "cin_aliases")


@dataclass(frozen=True)
class Asked:
    """`written`: 278 files. `sheet`: requests to enter by hand. `held`: order_id, column_name,
    reason.
    """

    written: Sequence[InquiryRow]
    sheet: Path | None
    count: int
    held: pl.DataFrame


def current_authorizations(view: View) -> pl.DataFrame:
    """Feed `authorizations` with what the payer's responses add."""
    held, answers = view.current("authorizations"), _answers(view)
    if answers.is_empty():
        return held
    return with_answers(held, answers, requests_known(view), **_about(view))


def responses(view: View) -> pl.DataFrame:
    """The newest response to each request, with what it says of the authorization."""
    return rows_of(_answers(view), requests_known(view), **_about(view))


def requests_known(view: View) -> pl.DataFrame:
    """What was asked by 278: trace_number, inquiry_id, order_id, person_id, asked_on."""
    workspace = view.workspace
    with workspace.ledger.read() as connection:
        known = authorization_requests.known(connection, workspace.agency.id, view.known_at)
    asked_on = pl.col("asked_at").dt.convert_time_zone(LOCAL_ZONE).dt.date()
    return known.with_columns(asked_on=asked_on)


def ask_for_authorizations(workspace: Workspace, view: View, wanted: pl.DataFrame) -> Asked:
    """Ask for what orders want (`authorizations_needed`): each once, until it is answered.

    A request that no X12 can carry, or of a Part 2 record without a consent in force, is held.
    Raises UsageError for a day to come, HeldByPolicyError where production would carry illustrative
    values.
    """
    refuse_day_to_come(view.as_of, workspace.today())
    agency = workspace.agency
    route = agency.fee_for_service
    refuse_illustrative(agency.usage, route, workspace.policy, view.as_of, {})
    place = folder_of(workspace, FOLDER)
    with one_at_a_time(workspace, place):
        due = askable(
            wanted,
            requests_known(workspace.view_now(view.as_of)),
            responses(view),
            view.current("people"),
            view.current("providers"),
            workspace.policy.value("claim.place_of_service", view.as_of),
        )
        shown, hidden = _shown(view, due)
        sound, unsound = _carried(shown)
        held = pl.concat([hidden, unsound])
        if sound.is_empty():
            return Asked((), None, 0, held)
        if not route.takes_278:
            return Asked((), _sheet(view, sound), sound.height, held)
        render = _renderer(agency.trace_originator_id)
        kind, record = authorization_requests.KIND, authorization_requests.write
        written = ask(workspace, place, kind, sound, render, record)
        return Asked([written], None, sound.height, held)


def requests_path(workspace: Workspace, name: str) -> str:
    """Where a written file lies."""
    return str(folder_of(workspace, FOLDER).file(name))


def _answers(view: View) -> pl.DataFrame:
    return view.workspace.lake.read_files(AUTHORIZATION_ANSWERS, view.answers)


def _about(view: View) -> dict[str, pl.DataFrame]:
    return {feed: view.current(feed) for feed in _ABOUT}


def _shown(view: View, due: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Requests that may be told the payer, and those of Part 2 records that may not."""
    shown, _ = withheld(view, due)
    hidden = due.join(shown, on="order_id", how="anti").select(
        "order_id",
        column_name=pl.lit("is_part_2"),
        reason=pl.lit("a Part 2 record without a consent in force"),
    )
    return shown, hidden


def _carried(due: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Requests that X12 can carry, and what is wrong with the others."""
    rows = due.with_row_index("row")
    numbered = rows.with_columns(trace_number=pl.col("row").cast(pl.String))
    told = uncarried(numbered.select(list(REQUESTS)))
    held = told.join(rows.select("row", "order_id"), on="row")
    sound = rows.join(told, on="row", how="anti").drop("row")
    return sound, held.select("order_id", "column_name", "reason")


def _renderer(originator: str) -> Render:
    def render(envelope: Envelope, requests: pl.DataFrame) -> str:
        return request(requests.select(list(REQUESTS)), envelope, originator)

    return render


def _sheet(view: View, rows: pl.DataFrame) -> Path:
    """The requests as a workbook, under the day's reports."""
    title = f"Authorizations to ask for {view.workspace.agency.id}, as of {view.as_of.isoformat()}"
    shown = rows.drop("trace_number", "is_part_2", strict=False)
    made = list_workbook(shown, "Requests", title, view.known_at)
    return write_private(folder(view) / SHEET, made)
