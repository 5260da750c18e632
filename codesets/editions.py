"""Editions of a code set and the timeline that says which one answers for which days.

Manifests in, values out; the data files themselves are read in `frames`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from codesets.errors import CodeSetFileError

STATUSES = ("verified", "unverified", "illustrative", "unset")

SHIPPED_RECEIVED_AT = datetime(2000, 1, 1, tzinfo=UTC)
"""When we had the shipped editions. They come with the code, whose version every run records, so
they are known at every instant that a run can ask for."""


@dataclass(frozen=True)
class Edition:
    """One edition of one set: where its file lies, when it is in force, when we had it."""

    set_name: str
    edition: str
    path: Path
    effective_from: date
    effective_to: date | None
    received_at: datetime
    status: str
    source: str
    note: str
    sha256: str
    rows: int
    is_shipped: bool

    @property
    def is_stand_in(self) -> bool:
        """Illustrative or unset: it only holds the place of a real edition."""
        return self.status in {"illustrative", "unset"}

    def covers(self, day: date) -> bool:
        """Whether the edition declares itself in force on the day."""
        return self.effective_from <= day and (
            self.effective_to is None or day <= self.effective_to
        )

    def __str__(self) -> str:
        return f"{self.edition} ({self.effective_from} to {self.effective_to or 'open'})"


@dataclass(frozen=True)
class Span:
    """Days, both included, for which one edition answers; `ends_on` None is open.

    Days after the edition's own end belong to it too, until another begins: there it is a fallback.
    """

    edition: Edition
    starts_on: date
    ends_on: date | None

    def holds(self, day: date) -> bool:
        """Whether the day lies in the span."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


def parse_edition(
    set_name: str, folder: Path, raw: Mapping[str, Any], received_at: datetime | None = None
) -> Edition:
    """An edition from its manifest table; `received_at` is given for shipped ones only."""
    try:
        edition = Edition(
            set_name=set_name,
            edition=raw["edition"],
            path=folder / raw["file"],
            effective_from=raw["effective_from"],
            effective_to=raw.get("effective_to"),
            received_at=received_at or raw["received_at"],
            status=raw["status"],
            source=raw["source"],
            note=raw.get("note", ""),
            sha256=raw["sha256"],
            rows=raw["rows"],
            is_shipped=received_at is not None,
        )
    except KeyError as error:
        raise _bad_manifest(set_name, raw, f"{error.args[0]} is missing") from None
    _check(edition, raw)
    return edition


def timeline(editions: Iterable[Edition]) -> tuple[Span, ...]:
    """Disjoint spans from the first edition's start on, without gaps, the last one open.

    On a day the newest edition that covers it answers; where none does, the newest that began
    before. Stand-ins answer only for days before any real edition has begun.
    """
    held = tuple(editions)
    if not held:
        return ()
    starts = sorted(_turning_days(held))
    ends = [day - timedelta(days=1) for day in starts[1:]]
    return _merged(
        Span(_answering(held, start), start, end)
        for start, end in zip(starts, [*ends, None], strict=True)
    )


def _turning_days(editions: tuple[Edition, ...]) -> set[date]:
    begun = {edition.effective_from for edition in editions}
    return begun | {
        edition.effective_to + timedelta(days=1) for edition in editions if edition.effective_to
    }


def _answering(editions: tuple[Edition, ...], day: date) -> Edition:
    started = [edition for edition in editions if edition.effective_from <= day]
    pool = [edition for edition in started if not edition.is_stand_in] or started
    covering = [edition for edition in pool if edition.covers(day)]
    return max(covering or pool, key=lambda edition: (edition.effective_from, edition.received_at))


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    kept: list[Span] = []
    for span in spans:
        last = kept[-1] if kept else None
        if last and last.edition == span.edition:
            kept[-1] = replace(last, ends_on=span.ends_on)
        else:
            kept.append(span)
    return tuple(kept)


def _check(edition: Edition, raw: Mapping[str, Any]) -> None:
    if edition.status not in STATUSES:
        raise _bad_manifest(edition.set_name, raw, f"status is not one of {', '.join(STATUSES)}")
    ends = edition.effective_to or edition.effective_from
    if type(edition.effective_from) is not date or type(ends) is not date:
        raise _bad_manifest(edition.set_name, raw, "effective_from or effective_to is not a date")
    if edition.effective_to and edition.effective_to < edition.effective_from:
        raise _bad_manifest(edition.set_name, raw, "effective_to lies before effective_from")
    received_at: object = edition.received_at
    if not isinstance(received_at, datetime) or received_at.tzinfo is None:
        raise _bad_manifest(edition.set_name, raw, "received_at is not an instant with offset")


def _bad_manifest(set_name: str, raw: Mapping[str, Any], what: str) -> CodeSetFileError:
    return CodeSetFileError(
        "bad_manifest",
        f"code set {set_name}, edition {raw.get('edition', '(unnamed)')}: {what}. "
        "Correct its manifest or import the edition again.",
    )
