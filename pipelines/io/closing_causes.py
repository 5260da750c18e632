"""What closed a finding: all that changed, of what it rests on, between its last two runs.

Rows by the stage's word (closing); code sets, policy, program, decisions and the day beside them.
Where several may have done it all are told; where none can be told, that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import polars as pl

from contracts.feeds import X12
from contracts.fields import INSTANT
from contracts.policy import names
from pipelines.io.closing_facts import Links, events
from pipelines.io.closings import keys_of_lines
from pipelines.io.ledger import decisions, runs
from pipelines.io.ledger.runs import RunRow
from pipelines.io.publishing import source_files
from pipelines.io.workspace import EVER, View
from pipelines.stages.edits.catalogue import ALL_EDITS
from pipelines.stages.edits.closing import closing_rows
from pipelines.stages.edits.run import SUBJECT, SUBJECT_ID
from pipelines.stages.edits.sources import Mark, Source, sources_of

Cause = dict[str, Any]
_ROW: Final = ("feed", "change", "columns", "file", "file_id", "row_number")
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
UNTOLD: Final = "no row, code set, policy, decision or day that it rests on changed: none is told"
NO_SUBJECT: Final = "closed before the ledger kept what each finding is of: none can be told"


def causes(view: View, closed: pl.DataFrame) -> dict[str, list[Cause]]:
    """finding_id to its causes: `cause` (row, codes, policy, program, answers, decision, time,
    unknown), `detail` in words and, of a row, feed, change, columns, file, file_id and row_number.

    `closed`: as `closings.closed` gives them.
    """
    pairs = _run_pairs(view)
    known = closed.filter(pl.col("subject").is_not_null(), pl.col("edit_id").is_in(list(ALL_EDITS)))
    links = _links(view, known)
    by_rows = _by_rows(view, links, known, pairs)
    known_of = _Known(view, by_rows, _decisions(view), _service_days(links), {})
    return {
        row["finding_id"]: list(_causes_of(known_of, row, pairs[row["closed_run_id"]]))
        for row in closed.iter_rows(named=True)
    }


@dataclass(frozen=True)
class _Known:
    """`by_rows`: by finding; `decided` and `days` (service dates): by subject; `shared`: what has
    been told of a run and edit, whatever the subject.
    """

    view: View
    by_rows: dict[str, list[Cause]]
    decided: dict[tuple[str, str], list[dict[str, Any]]]
    days: dict[str, list[date]]
    shared: dict[tuple[str, str], list[Cause]]


def _run_pairs(view: View) -> dict[str, tuple[RunRow | None, RunRow]]:
    """Each run that recorded findings by its id, with the one before it."""
    with view.workspace.ledger.read() as connection:
        told = runs.with_findings(connection, view.workspace.agency.id)
    return {run.run_id: (before, run) for before, run in zip([None, *told], told, strict=False)}


def _links(view: View, known: pl.DataFrame) -> Links:
    lines = keys_of_lines(known).with_columns(SUBJECT_ID, pl.lit(SUBJECT).alias("subject"))
    stays = known.filter(subject="stay").select("subject", "subject_id", stay_id="subject_id")
    now = view.workspace.view_now()
    return Links(now, lines.unique(), stays.unique())


def _by_rows(
    view: View, links: Links, known: pl.DataFrame, pairs: dict[str, tuple[RunRow | None, RunRow]]
) -> dict[str, list[Cause]]:
    """finding_id to the rows that may have closed it."""
    bounds = [
        (run_id, _NEVER if before is None else before.known_at, run.known_at)
        for run_id, (before, run) in pairs.items()
    ]
    schema = pl.Schema([("closed_run_id", pl.String()), ("after", INSTANT), ("until", INSTANT)])
    bounded = known.join(pl.DataFrame(bounds, schema, orient="row"), on="closed_run_id")
    wanted = [
        (source.feed, source.link)
        for edit_id in known["edit_id"].unique()
        for source in sources_of(edit_id)
        if isinstance(source, Source)
    ]
    rows = closing_rows(bounded, events(links, wanted)).join(
        source_files(view.workspace.view_now()), on="file_id", how="left"
    )
    told: dict[str, list[Cause]] = {}
    for row in rows.iter_rows(named=True):
        cause = {"cause": "row", "detail": _row_told(row)} | {name: row[name] for name in _ROW}
        told.setdefault(row["finding_id"], []).append(cause)
    return told


def _row_told(row: dict[str, Any]) -> str:
    if row["row_number"] is None:
        return f"{row['feed']}: no longer in {row['file']}"
    what = f"{', '.join(row['columns'])} changed" if row["change"] == "changed" else row["change"]
    return f"{row['feed']}: {row['file']} row {row['row_number']}, {what}"


def _decisions(view: View) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """All decisions that were ever recorded, by subject."""
    with view.workspace.ledger.read() as connection:
        made = decisions.known(connection, view.workspace.agency.id, EVER)
    told: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in made.iter_rows(named=True):
        told.setdefault((row["subject"], row["subject_id"]), []).append(row)
    return told


def _service_days(links: Links) -> dict[str, list[date]]:
    """subject_id to the service dates it had."""
    days = links.of("provider_day").select("subject_id", "service_date").unique()
    grouped = days.group_by("subject_id").agg("service_date")
    return dict(grouped.iter_rows())


def _causes_of(
    known: _Known, row: dict[str, Any], pair: tuple[RunRow | None, RunRow]
) -> Iterator[Cause]:
    before, run = pair
    if row["subject"] is None or before is None:
        yield _other("unknown", NO_SUBJECT)
        return
    marks = _marks(row["edit_id"])
    told = [
        *known.by_rows.get(row["finding_id"], []),
        *_by_decisions(known.decided.get((row["subject"], row["subject_id"]), []), before, run),
        *_of_all_subjects(known, row["edit_id"], before, run),
        *_by_day(marks, known.days.get(row["subject_id"], []), before, run),
    ]
    if not told and Mark.MAYBE_TIME in marks and before.as_of != run.as_of:
        told = [_other("time", _days_told(before, run))]
    yield from told or [_other("unknown", UNTOLD)]


def _marks(edit_id: str) -> set[Mark]:
    if edit_id not in ALL_EDITS:
        return set()
    return {mark for mark in sources_of(edit_id) if isinstance(mark, Mark)}


def _of_all_subjects(known: _Known, edit_id: str, before: RunRow, run: RunRow) -> list[Cause]:
    """What does not depend on the subject: told once for each run and edit."""
    of = (run.run_id, edit_id)
    if of not in known.shared:
        marks = _marks(edit_id)
        known.shared[of] = [
            *_by_codes(known.view, marks, before, run),
            *_by_policy(known.view, edit_id, marks, before, run),
            *_by_program(edit_id, before, run),
            *_by_answers(known.view, marks, before, run),
        ]
    return known.shared[of]


def _other(cause: str, detail: str) -> Cause:
    return {"cause": cause, "detail": detail} | dict.fromkeys(_ROW)


def _by_decisions(made: list[dict[str, Any]], before: RunRow, run: RunRow) -> Iterator[Cause]:
    told = (
        f"decision: {' '.join(filter(None, (one['action'], one['field'])))}, by {one['decided_by']}"
        for one in made
        if before.known_at < one["recorded_at"] <= run.known_at
    )
    yield from (_other("decision", words) for words in dict.fromkeys(told))


def _by_codes(view: View, marks: set[Mark], before: RunRow, run: RunRow) -> Iterator[Cause]:
    if Mark.CODES not in marks or before.codesets_hash == run.codesets_hash:
        return
    sets = view.workspace.code_sets
    had, has = sets.editions(before.known_at), sets.editions(run.known_at)
    fresh = sorted(name for name in has if has[name] != had.get(name))
    yield _other("codes", f"code sets: {', '.join(fresh) or 'other editions with the program'}")


def _by_policy(
    view: View, edit_id: str, marks: set[Mark], before: RunRow, run: RunRow
) -> Iterator[Cause]:
    """A policy that reads otherwise, or one of which a dated value took effect in between."""
    policy, edit = view.workspace.policy, ALL_EDITS.get(edit_id)
    settings = [policy.edit_setting(edit_id, day) for day in (before.as_of, run.as_of)]
    is_read = Mark.POLICY in marks
    is_bounded = edit is not None and (edit.valid_from or edit.valid_to) is not None
    if before.policy_hash != run.policy_hash:
        if is_read or is_bounded or any(settings):
            yield _other("policy", "policy.toml was changed")
        return
    turned = [n for n in names() if policy.entry(n, before.as_of) != policy.entry(n, run.as_of)]
    if settings[0] != settings[1]:
        yield _other("policy", f"policy.toml: [[edit.{edit_id}]] took effect")
    elif is_read and turned:
        yield _other("policy", f"policy.toml: a value took effect ({', '.join(turned)})")


def _by_program(edit_id: str, before: RunRow, run: RunRow) -> Iterator[Cause]:
    if edit_id not in ALL_EDITS:
        yield _other("program", "the program no longer has this edit")
    elif before.code_version != run.code_version:
        yield _other("program", f"the program: {before.code_version} to {run.code_version}")


def _by_answers(view: View, marks: set[Mark], before: RunRow, run: RunRow) -> Iterator[Cause]:
    taken = [
        file
        for file in view.files
        if file.feed == X12 and before.known_at < file.received_at <= run.known_at
    ]
    if Mark.ANSWERS in marks and taken:
        yield _other("answers", f"the payer's answers: {len(taken)} files taken")


def _by_day(marks: set[Mark], days: list[date], before: RunRow, run: RunRow) -> Iterator[Cause]:
    has_passed = before.as_of < run.as_of
    is_reached = any(before.as_of < day <= run.as_of for day in days)
    if (Mark.TIME in marks and has_passed) or (Mark.DAYS_REACHED in marks and is_reached):
        yield _other("time", _days_told(before, run))


def _days_told(before: RunRow, run: RunRow) -> str:
    return f"the passing of time: as of {before.as_of} it was open, as of {run.as_of} not"
