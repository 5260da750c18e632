"""Why a service is not paid: everything from intake to the payer's answer, section by section.

Here: the case, the order of the sections, what stands in the way first. Each stage's section says
what it has done and what it waits for; a later stage adds its own to `SECTIONS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final

import polars as pl

from contracts.errors import UsageError
from contracts.feeds import FEEDS, facts
from pipelines.io.findings import require_shown
from pipelines.io.key_history import SEPARATOR, key_history
from pipelines.io.quarantined import naming
from pipelines.io.why_care import cared
from pipelines.io.why_case import Case, Key, Section
from pipelines.io.why_claim import claimed, submitted
from pipelines.io.why_payment import paid
from pipelines.io.why_service import authorized, decided, judged, of_the_day, received
from pipelines.io.workspace import EVER, View

SECTIONS: Final[tuple[Callable[[Case], Section], ...]] = (
    received,
    decided,
    of_the_day,
    judged,
    authorized,
    cared,
    claimed,
    submitted,
    paid,
)
"""In the order of the flow."""

_NEAREST, _AS_ALIKE = 5, 0.85
_MOST_COMPARED = 2_000


@dataclass(frozen=True)
class Told:
    """The sections, and in one sentence what stands in the way first and who does what next."""

    subject_id: str
    sections: list[Section]

    @property
    def sentence(self) -> str:
        first = self._first
        if first is None:
            return "Nothing stands in the way."
        return f"First in the way: {first.what}. Next, {first.who}: {first.do}"

    @property
    def _first(self) -> Any:  # noqa: ANN401 - an obstacle or none
        found = (section.obstacle for section in self.sections)
        return next((one for one in found if one is not None), None)

    def as_json(self) -> dict[str, Any]:
        first = self._first
        return {
            "subject_id": self.subject_id,
            "sections": {one.name: {"told": one.lines, **one.facts} for one in self.sections},
            "first": None if first is None else vars(first),
            "sentence": self.sentence,
        }


def why(view: View, key: Key, until: datetime = EVER) -> Told:
    """All about a service line that was recorded `until` then; `view` is the last run's.

    Raises UsageError for a line that no file has named, HeldByPolicyError for one of a Part 2
    record without a consent in force.
    """
    _require_shown(view.workspace.view_now(view.as_of), key)
    now = View(view.workspace, view.as_of, until)
    quarantined = naming(now, "encounters", key.values)
    try:
        versions = key_history(now, "encounters", key.subject_id)
    except UsageError:
        if quarantined.is_empty():
            raise
        versions = None
    row = None if versions is None else _row(now, key, versions)
    case = Case(view, now, key, versions, row, quarantined)
    return Told(key.subject_id, [section(case) for section in SECTIONS])


def _require_shown(now: View, key: Key) -> None:
    """By what is known of the line by now, also where an earlier day is asked about."""
    try:
        row = _row(now, key, key_history(now, "encounters", key.subject_id))
    except UsageError:  # only ever quarantined, or not at all
        return
    told = {"person_id": [row["person_id"]], "is_part_2": [bool(row["is_part_2"])]}
    require_shown(now, pl.DataFrame(told))


def _row(now: View, key: Key, versions: pl.DataFrame) -> dict[str, Any]:
    """The newest version of the line, whatever became of it."""
    place = versions.tail(1).select("file_id", "row_number")
    ids = place["file_id"].to_list()
    rows = now.workspace.lake.read_files(facts("encounters"), ids, among=place)
    return rows.filter(**key.values).row(0, named=True)


def nearest(view: View, key: Key) -> list[str]:
    """Keys of lines that were received and are written much like this one."""
    names = FEEDS["encounters"].key
    alike = view.workspace.lake.read(
        facts("encounters"),
        columns=names,
        where="jaro_winkler_similarity(encounter_id, ?) >= ?",
        values=[key.encounter_id, _AS_ALIKE],
    ).unique()
    parts = [pl.col(name).cast(pl.String) for name in names]
    told = alike.head(_MOST_COMPARED).select(pl.concat_str(parts, separator=SEPARATOR))
    return get_close_matches(key.subject_id, told.to_series().to_list(), n=_NEAREST)
