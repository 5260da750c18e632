"""Tracing: from a segment of a file in the outbox to the rows and rules behind it.

Reading only. The rows are those that held when the file was made.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import select

from contracts.errors import UsageError
from contracts.feeds import FEEDS, facts
from pipelines.io.ledger import batches, claim_lines, runs, users
from pipelines.io.ledger.batches import BatchRow
from pipelines.io.ledger.runs import RunRow
from pipelines.io.ledger.tables_claims import submissions
from pipelines.io.ledger.worklists import READERS
from pipelines.io.outbox.folder import sha256_of
from pipelines.io.publishing import source_files
from pipelines.io.workspace import EVER, View, Workspace, local_day
from pipelines.stages.bundles.anchors import ANCHOR, anchors_of
from pipelines.stages.claims.plan_lines import SOURCE as PLAN_SERVICES
from pipelines.stages.identifiers import cin_of
from pipelines.stages.people import numbers
from pipelines.x12.whereabouts import Place, place_of, segment_at, segment_in_set

_LINE = ("source_system", "encounter_id", "line_number")


@dataclass(frozen=True)
class Asked:
    """Which segment: its number in the file or in a set, or a byte of it. One of them."""

    segment: int | None = None
    set_control_number: str | None = None
    byte: int | None = None


def trace(workspace: Workspace, path: Path, asked: Asked) -> dict[str, Any]:
    """The place of a segment, its batch, claim and lines, source rows and the run that planned it.

    Raises UsageError for a file that is none of the agency's written ones, as it was written;
    HeldByPolicyError where the user may not see persons.
    """
    with workspace.ledger.read() as connection:
        users.check(connection, workspace.user_id, *READERS)
    batch = _batch(workspace, path)
    data = path.read_bytes()
    place = place_of(data, _segment(data, asked))
    made_at = batch.created_at or EVER
    view = View(workspace, local_day(made_at), made_at)
    claim, lines = _claim(workspace, place)
    run = _run(workspace, batch)
    return {
        **asdict(place),
        "batch_id": batch.batch_id,
        "claim_id": claim,
        "lines": lines.select(_LINE).to_dicts(),
        "sources": list(_sources(view, place, lines, run)),
        "rules": None if run is None else _rules(run),
    }


def _segment(data: bytes, asked: Asked) -> int:
    if asked.byte is not None:
        return segment_at(data, asked.byte)
    number = asked.segment or 0
    if asked.set_control_number is not None:
        return segment_in_set(data, asked.set_control_number, number)
    return number


def _batch(workspace: Workspace, path: Path) -> BatchRow:
    """The batch that the file is of, known by its bytes."""
    if not path.is_file():
        raise UsageError("trace_file", "no such file. Name one of the outbox.")
    digest = sha256_of(path)
    with workspace.ledger.read() as connection:
        every = batches.listed(connection, workspace.agency.id)
    written = [one for one in every if one.file_sha256 == digest]
    if not written:
        raise UsageError(
            "trace_file",
            "these bytes are no file that the agency has written. Name a file of the outbox, "
            "as it was written.",
        )
    return written[0]


def _claim(workspace: Workspace, place: Place) -> tuple[str | None, pl.DataFrame]:
    """The claim, and the lines that the segment is about: one, or all of the claim."""
    with workspace.ledger.read() as connection:
        numbers = [place.patient_control_number] if place.patient_control_number else []
        mine = claim_lines.submitted(connection, workspace.agency.id, EVER, numbers)
        named = select(submissions.c.claim_id).where(
            submissions.c.agency == workspace.agency.id,
            submissions.c.patient_control_number == place.patient_control_number,
        )
        claim: str | None = connection.execute(named).scalar_one_or_none()
    if place.line_ordinal is not None:
        mine = mine.filter(pl.col("line_ordinal") == place.line_ordinal)
    return claim, mine.sort("line_ordinal").unique(_LINE, keep="first", maintain_order=True)


def _run(workspace: Workspace, batch: BatchRow) -> RunRow | None:
    """The run whose claims the batch froze: the last one complete when it was proposed."""
    with workspace.ledger.read() as connection:
        return runs.completed_before(connection, workspace.agency.id, batch.proposed_at)


def _rules(run: RunRow) -> dict[str, Any]:
    names = ("run_id", "as_of", "known_at", "policy_hash", "codesets_hash", "code_version")
    return {name: getattr(run, name) for name in names}


def _sources(
    view: View, place: Place, lines: pl.DataFrame, run: RunRow | None
) -> Iterator[dict[str, Any]]:
    """The rows behind a segment: feed, key, file and row number."""
    called = dict(source_files(view).iter_rows())
    for feed, rows in _rows_behind(view, place, lines, run):
        key = [pl.col(name).cast(pl.String) for name in FEEDS[feed].key]
        told = rows.select(pl.concat_str(key, separator="/").alias("key"), "file_id", "row_number")
        for row in told.sort("key").iter_rows(named=True):
            yield {"feed": feed, "file": called.get(row["file_id"])} | row


def _rows_behind(
    view: View, place: Place, lines: pl.DataFrame, run: RunRow | None
) -> Iterator[tuple[str, pl.DataFrame]]:
    if place.loop == "billing":
        yield "billing_providers", _named(view, "billing_providers", "billing_npi", place.party_id)
    if lines.is_empty():
        return
    encounters = view.newest("encounters", lines.select(_LINE))
    anchors = anchors_of(lines)
    stays = view.newest("custody_stays", anchors.select("stay_id").unique())
    of_plans = lines.filter(source_system=PLAN_SERVICES).select(service_id="encounter_id")
    services = view.newest(PLAN_SERVICES, of_plans)
    nowhere = services.with_columns(facility_id=pl.lit(None, pl.String))
    served = pl.concat(
        [rows.select("person_id", "facility_id") for rows in (encounters, stays, nowhere)]
    )
    match place.loop, place.party_code:
        case "subscriber", _:
            yield "people", _people(view, served)
        case "provider", "77":
            yield "facilities", view.newest("facilities", served.select("facility_id").unique())
        case "provider", _:
            yield "providers", _named(view, "providers", "npi", place.party_id)
        case "other_payer", _:
            yield "other_coverage", _coverage(view, place, encounters)
        case "other_payment", _:
            payer = lines.select(*_LINE, payer_id=pl.lit(place.payer_id))
            yield "other_payer_payments", view.newest("other_payer_payments", payer)
        case _:
            yield "encounters", encounters
            yield PLAN_SERVICES, services
            yield from _proofs(view, anchors, run)
    if place.loop == "claim":
        yield "institutional_claims", _bills(view, encounters)


def _proofs(
    view: View, anchors: pl.DataFrame, run: RunRow | None
) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows that prove the elements of bundles, as the run had them."""
    if anchors.is_empty() or run is None:
        return
    elements = view.workspace.view(run).derived("bundle_elements")
    mine = elements.join(anchors, on=ANCHOR, how="semi")
    named = mine.drop_nulls(["feed", "file_id", "row_number"])
    for feed in named["feed"].unique().sort():
        places = named.filter(feed=feed).select("file_id", "row_number").unique()
        ids = places["file_id"].unique().to_list()
        yield feed, view.workspace.lake.read_files(facts(feed), ids, among=places)


def _bills(view: View, encounters: pl.DataFrame) -> pl.DataFrame:
    """The institutional claims that list any of the encounters; none of a professional claim."""
    stays = encounters.select("stay_id").unique()
    listed = encounters["encounter_id"].to_list()
    bills = view.newest("institutional_claims", stays)
    return bills.filter(pl.col("encounter_ids").list.set_intersection(listed).list.len() > 0)


def _named(view: View, feed: str, column: str, value: str | None) -> pl.DataFrame:
    return view.newest(feed, pl.DataFrame({column: [value]}, schema={column: pl.String}))


def _people(view: View, served: pl.DataFrame) -> pl.DataFrame:
    """The person who was served and those it was merged into: the last one is billed."""
    reached = served.select("person_id").unique()
    while True:
        people = view.newest("people", reached)
        into = people.select(person_id="merged_into").drop_nulls()
        wider = pl.concat([reached, into]).unique()
        if wider.height == reached.height:
            return people
        reached = wider


def _coverage(view: View, place: Place, encounters: pl.DataFrame) -> pl.DataFrame:
    """Spans of the payer's coverage, under any number of the person, that hold the service date."""
    people = _people(view, encounters)
    own = numbers(people, view.current("cin_aliases"))["cin"]
    rows = _named(view, "other_coverage", "payer_id", place.payer_id)
    day: Any = encounters["service_date"].min()
    return rows.filter(
        cin_of(pl.col("cin")).is_in(own.implode()),
        pl.col("starts_on") <= day,
        (pl.col("ends_on") >= day).fill_null(True),
    )
