"""Proofs: the rows that speak for a service that was denied, each with the file it came in.

The record of the service, the person's coverage on the day, the authorization; of a bundle the
rows of its elements. Whether they convince is for a person.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import polars as pl

from pipelines.io.authorizations import current_authorizations
from pipelines.io.decided import current_encounters
from pipelines.io.publishing import source_files
from pipelines.io.workspace import View
from pipelines.stages.bundles.anchors import ANCHOR, anchors_of
from pipelines.stages.identifiers import cin_of
from pipelines.stages.people import numbers

_KEY = ("source_system", "encounter_id", "line_number")
_NOTE = ("service_date", "procedure_code", "note_status", "signed_by_staff_id", "signed_at")
_ANSWER = ("month", "verified_on", "eligible", "evc_number", "aid_codes")
_SPAN = ("aid_code", "is_ji_aid_code", "coverage_status", "starts_on", "ends_on")
_GRANT = ("authorization_number", "decision", "starts_on", "ends_on", "units_approved")
_ELEMENT = ("element", "state", "done_on", "signed_by_staff_id")


def proofs(
    view: View, run: View, denial: dict[str, Any], content: dict[str, Any]
) -> list[dict[str, Any]]:
    """Rows that speak for a denied line: about (note, element, coverage, span, authorization),
    feed, file, row_number, facts, and proves: whether the row says what it is to prove; elements
    do together, where their bundle lacks none.

    `run`: the view of the run that the denial is of. `content`: the frozen claim.
    """
    files = dict(source_files(view).iter_rows())
    lines = [one for one in content["lines"] if one["line_ordinal"] == str(denial["line_ordinal"])]
    on = datetime.strptime(lines[0]["service_from"], "%Y%m%d").date()  # noqa: DTZ007 - a date
    told = [
        *_note(view, denial),
        *_elements(run, denial),
        *_coverage(view, content["subscriber_cin"], on),
        *_authorization(view, content.get("authorization_number"), on),
    ]
    return [one | {"file": files.get(one.pop("file_id"))} for one in told]


def _row(about: str, feed: str, row: dict[str, Any], names: tuple[str, ...], *,
         proves: bool) -> dict[str, Any]:  # fmt: skip
    facts = {name: row[name] for name in names if row.get(name) is not None}
    return {
        "about": about, "feed": feed, "facts": facts, "proves": proves,
        "file_id": row["file_id"], "row_number": row["row_number"],
    }  # fmt: skip


def _note(view: View, denial: dict[str, Any]) -> Iterator[dict[str, Any]]:
    lines = current_encounters(view).filter(**{name: denial[name] for name in _KEY})
    for row in lines.iter_rows(named=True):
        is_signed = row["note_status"] == "signed"
        yield _row("note", "encounters", row, _NOTE, proves=is_signed)


def _elements(run: View, denial: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a bundle rests on, as the run found it."""
    anchors = anchors_of(pl.DataFrame([{name: denial[name] for name in _KEY}]))
    if anchors.is_empty():
        return
    yield from elements_told(run.derived("bundle_elements").join(anchors, on=ANCHOR, how="semi"))


def elements_told(elements: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows behind the elements of one bundle (table `bundle_elements`)."""
    is_whole = elements.filter(state="missing").is_empty()
    for row in elements.drop_nulls(["feed", "file_id"]).iter_rows(named=True):
        proves = is_whole and row["state"] == "done"
        yield _row("element", row["feed"], row, _ELEMENT, proves=proves)


def _coverage(view: View, cin: str | None, on: date) -> Iterator[dict[str, Any]]:
    """The payer's answers for the month, and the spans that hold the day, under any number of the
    person.
    """
    every = numbers(view.current("people"), view.current("cin_aliases"))
    person = every.filter(cin=(cin or "")[:9])["surviving_person_id"]
    own = every.filter(pl.col("surviving_person_id").is_in(person.implode()))["cin"]
    is_own = cin_of(pl.col("cin")).is_in(own.implode())
    answers = view.current("eligibility_answers").filter(is_own, month=f"{on:%Y-%m}")
    for row in answers.iter_rows(named=True):
        proves = row["eligible"] is True and row["evc_number"] is not None
        yield _row("coverage", "eligibility_answers", row, _ANSWER, proves=proves)
    covers = (pl.col("starts_on") <= on) & (pl.col("ends_on") >= on).fill_null(value=True)
    for row in view.current("coverage").filter(is_own, covers).iter_rows(named=True):
        yield _row("span", "coverage", row, _SPAN, proves=True)


def _authorization(view: View, number: str | None, on: date) -> Iterator[dict[str, Any]]:
    held = current_authorizations(view).filter(authorization_number=number or "")
    for row in held.sort("line_number").iter_rows(named=True):
        covers = row["starts_on"] <= on <= row["ends_on"]
        grants = row["decision"] in ("approved", "modified")
        yield _row("authorization", "authorizations", row, _GRANT, proves=covers and grants)
