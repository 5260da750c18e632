"""The checklist of a packet: what is ticked by which answers and proofs."""

from typing import Any

import polars as pl
import pytest

from contracts.derived import DERIVED
from pipelines.io.packets import _checklist
from pipelines.io.proofs import elements_told
from pipelines.stages.bundles.anchors import SOURCE

ACCEPTANCE = "The payer's acceptance of the claim (277CA)"
NOTE, ELEMENTS = "The record of the service, signed", "The records of all that the bundle asks for"


def ticked(
    category: str = "timely_filing", source: str = "main", outcomes: tuple[str, ...] = (),
    proofs: list[dict[str, Any]] | None = None,
) -> dict[str, bool]:  # fmt: skip
    sections = {
        "sent": [{}], "came_back": [{}], "answers": [{"outcome": one} for one in outcomes],
        "proofs": proofs or [],
    }  # fmt: skip
    listed = _checklist({"category": category, "source_system": source}, sections)
    return {one["what"]: one["is_there"] for one in listed}


@pytest.mark.parametrize(
    ("outcomes", "is_there"),
    [
        ((), False),
        (("rejected",), False),
        (("received",), False),
        (("accepted",), True),
        (("rejected", "accepted"), True),
    ],
)
def test_only_an_acceptance_is_ticked_as_one(outcomes: tuple[str, ...], *, is_there: bool) -> None:
    assert ticked(outcomes=outcomes)[ACCEPTANCE] is is_there


# element | state | has a row
WHOLE = [("assessment", "done", True), ("plan", "not_needed", False)]
LACKING = [("assessment", "done", True), ("plan", "missing", False)]


def elements(drawn: list[tuple[str, str, bool]]) -> list[dict[str, Any]]:
    rows = [
        {"stay_id": "S1", "bundle_id": "b", "ordinal": 1, "element": element, "number": 1,
         "state": state, "feed": "encounters" if has_row else None,
         "file_id": "f1" if has_row else None, "row_number": 1 if has_row else None}
        for element, state, has_row in drawn
    ]  # fmt: skip
    return list(elements_told(DERIVED["bundle_elements"].conform(pl.DataFrame(rows))))


@pytest.mark.parametrize(("drawn", "is_there"), [(WHOLE, True), (LACKING, False), ([], False)])
def test_a_bundle_is_proven_by_all_its_elements_and_by_no_note(
    drawn: list[tuple[str, str, bool]], *, is_there: bool
) -> None:
    told = ticked(source=SOURCE, proofs=elements(drawn) if drawn else None)
    assert told[ELEMENTS] is is_there
    assert NOTE not in told


def test_a_service_is_proven_by_its_signed_note() -> None:
    unsigned, signed = ([{"about": "note", "proves": signed}] for signed in (False, True))
    assert ticked(proofs=unsigned)[NOTE] is False
    assert ticked(proofs=signed)[NOTE] is True
    assert ELEMENTS not in ticked(proofs=signed)
