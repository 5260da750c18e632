"""The one loader: which editions there are, which one answers on a day, and its rows.

Reads the package's own data and the editions imported into a home; writes nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import polars as pl

from codesets.editions import Edition, Span, timeline
from codesets.errors import NoEditionError
from codesets.frames import read_frame
from codesets.lookup import valid_on
from codesets.manifests import Manifests, known_name, read_manifests
from codesets.schema import SetSchema

SHIPPED = Path(__file__).parent / "data"

CATALOGUE: dict[str, pl.DataType] = {
    "set": pl.String(),
    "title": pl.String(),
    "edition": pl.String(),
    "effective_from": pl.Date(),
    "effective_to": pl.Date(),
    "rows": pl.Int64(),
    "status": pl.String(),
    "licence": pl.String(),
    "note": pl.String(),
    "source": pl.String(),
    "is_shipped": pl.Boolean(),
}


@dataclass(frozen=True, eq=False)
class CodeSet:
    """The rows of one set that are valid on the day asked for.

    `is_fallback`: no edition is in force on that day and the newest earlier one was taken;
    `warning` then says so in a sentence for the run.
    """

    name: str
    edition: str
    effective_from: date
    effective_to: date | None
    status: str
    frame: pl.DataFrame
    is_fallback: bool
    warning: str | None

    @property
    def is_unset(self) -> bool:
        """The set has a shape but no content: callers fail closed or report `not_evaluated`."""
        return self.status == "unset"


class CodeSets:
    """All code sets at hand.

    `shipped` is a folder of `<set>/set.toml` and data files (default: the package's own).
    `home` is a home's `codesets` folder: `<set>/<edition>.toml` beside each imported data file.
    Manifests and frames are read once for each object.
    """

    def __init__(self, shipped: Path | None = None, home: Path | None = None) -> None:
        self._shipped = shipped or SHIPPED
        self._home = home
        self._frames: dict[Edition, pl.DataFrame] = {}

    @property
    def schemas(self) -> dict[str, SetSchema]:
        """Every set's declaration, by name."""
        return self._manifests.schemas

    def in_force(self, name: str, on: date, known_at: datetime | None = None) -> CodeSet:
        """The rows valid on `on` in the edition that answers for it, of those received by then.

        Errors: `UnknownCodeSetError`; `NoEditionError` where no edition has begun by that day.
        """
        edition = self._answering(name, on, known_at)
        frame = self._frame(edition)
        return CodeSet(
            name=name,
            edition=edition.edition,
            effective_from=edition.effective_from,
            effective_to=edition.effective_to,
            status=edition.status,
            frame=frame.filter(valid_on(frame.columns, pl.lit(on))),
            is_fallback=not edition.covers(on),
            warning=None if edition.covers(on) else _fallback_warning(edition, on),
        )

    def table(self, name: str, known_at: datetime | None = None) -> pl.DataFrame:
        """All rows, for joins on many dates and for `lookup`.

        Adds `edition_id`, `edition_status` and the days for which that edition answers,
        `edition_from` and `edition_to` (null is open), days after its own end included: see
        `warnings`. These days never overlap: an edition that answers for two separate spans
        stands twice, one that others hide wholly stands not at all.
        """
        spans = timeline(self._known(name, known_at))
        parts = [self._frame(span.edition).with_columns(_span_columns(span)) for span in spans]
        return pl.concat(parts) if parts else _no_rows(self.schemas[name])

    def warnings(
        self, name: str, days: pl.Series, known_at: datetime | None = None
    ) -> tuple[str, ...]:
        """One sentence for each edition that answers for days after its own end, and the first."""
        distinct: list[date] = days.drop_nulls().unique().sort().to_list()
        uncovered = {
            span.edition: day
            for span in timeline(self._known(name, known_at))
            for day in reversed(distinct)
            if span.holds(day) and not span.edition.covers(day)
        }
        return tuple(_fallback_warning(edition, day) for edition, day in uncovered.items())

    def edition(self, name: str, edition_id: str) -> Edition:
        """The edition of that id. Errors: `UnknownCodeSetError`, `NoEditionError`."""
        held = [e for e in self._known(name, None) if e.edition == edition_id]
        if not held:
            raise NoEditionError(
                "no_such_edition",
                f"code set {name}: there is no edition {edition_id}. See: reentry codes list.",
            )
        return held[0]

    def edition_on(self, name: str, day: date) -> Edition | None:
        """The edition that answers for a day, where one does."""
        spans = timeline(self._known(name, None))
        return next((span.edition for span in spans if span.holds(day)), None)

    def newest(self, name: str) -> Edition:
        """The edition that begins last, received last among several."""
        return max(self._known(name, None), key=lambda e: (e.effective_from, e.received_at))

    def before(self, edition: Edition) -> Edition | None:
        """The edition that answered until this one began, of those received no later than it."""
        others = [
            e
            for e in self._known(edition.set_name, edition.received_at)
            if e.edition != edition.edition
        ]
        days = (edition.effective_from - timedelta(days=1), edition.effective_from)
        spans = timeline(others)
        return next((s.edition for day in days for s in spans if s.holds(day)), None)

    def rows(self, edition: Edition) -> pl.DataFrame:
        """All rows of one edition, whatever their days."""
        return self._frame(edition)

    def editions(self, known_at: datetime | None = None) -> dict[str, str]:
        """`<set>/<edition>` to the SHA-256 of its data file, sorted: for report manifests."""
        return {_label(e): e.sha256 for e in sorted(self._all_known(known_at), key=_label)}

    def editions_hash(self, known_at: datetime | None = None) -> str:
        """SHA-256 over each known edition's name, days, status and data: for run fingerprints."""
        lines = sorted(
            f"{_label(e)} {e.effective_from} {e.effective_to} {e.status} {e.sha256}\n"
            for e in self._all_known(known_at)
        )
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def catalogue(self) -> pl.DataFrame:
        """One row an edition, shipped and imported, in the columns of `CATALOGUE`."""
        rows = [self._catalogue_row(e) for held in self._manifests.editions.values() for e in held]
        return pl.DataFrame(rows, schema=CATALOGUE).sort("set", "effective_from", "edition")

    @cached_property
    def _manifests(self) -> Manifests:
        return read_manifests(self._shipped, self._home)

    def _known(self, name: str, known_at: datetime | None) -> tuple[Edition, ...]:
        """One set's editions received by then; received again, one replaces its namesake."""
        held = self._manifests.editions[known_name(name, self.schemas)]
        received = [e for e in held if known_at is None or e.received_at <= known_at]
        newest = {e.edition: e for e in sorted(received, key=lambda e: e.received_at)}
        return tuple(newest.values())

    def _all_known(self, known_at: datetime | None) -> list[Edition]:
        return [edition for name in self.schemas for edition in self._known(name, known_at)]

    def _answering(self, name: str, on: date, known_at: datetime | None) -> Edition:
        for span in timeline(self._known(name, known_at)):
            if span.holds(on):
                return span.edition
        raise NoEditionError(
            "no_edition",
            f"code set {name}: no edition is in force on {on} or before. {_remedy(name, on)}",
        )

    def _frame(self, edition: Edition) -> pl.DataFrame:
        if edition not in self._frames:
            self._frames[edition] = read_frame(self.schemas[edition.set_name], edition)
        return self._frames[edition]

    def _catalogue_row(self, edition: Edition) -> dict[str, object]:
        schema = self.schemas[edition.set_name]
        own = {"set": schema.name, "title": schema.title, "licence": schema.licence}
        return own | {name: getattr(edition, name) for name in CATALOGUE if name not in own}


def _span_columns(span: Span) -> list[pl.Expr]:
    return [
        pl.lit(span.edition.edition).alias("edition_id"),
        pl.lit(span.edition.status).alias("edition_status"),
        pl.lit(span.starts_on, pl.Date).alias("edition_from"),
        pl.lit(span.ends_on, pl.Date).alias("edition_to"),
    ]


def _no_rows(schema: SetSchema) -> pl.DataFrame:
    edition: dict[str, pl.DataType] = {
        "edition_id": pl.String(),
        "edition_status": pl.String(),
        "edition_from": pl.Date(),
        "edition_to": pl.Date(),
    }
    return pl.DataFrame(schema=schema.frame_dtypes | edition)


def _label(edition: Edition) -> str:
    return f"{edition.set_name}/{edition.edition}"


def _fallback_warning(edition: Edition, on: date) -> str:
    return (
        f"code set {edition.set_name}: no edition is in force on {on}; the newest earlier one, "
        f"{edition}, was taken. {_remedy(edition.set_name, on)}"
    )


def _remedy(name: str, on: date) -> str:
    return (
        f"Load one with: reentry codes import {name} FILE --edition ID --effective {on} "
        "--source TEXT"
    )
