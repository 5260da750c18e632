"""Quality: what the lake holds of each feed's files, measured by the card. Reading only."""

import polars as pl

from contracts.errors import UsageError
from contracts.feeds import FEEDS, QUARANTINE, facts
from contracts.fields import INSTANT
from pipelines.io.ledger.files import FileRow
from pipelines.io.workspace import View
from reports.quality import quality
from reports.quality_card import looked_at

_TAKEN = pl.Schema([("file_id", pl.String()), ("received_at", INSTANT)])
_ORIGIN = ["file_id", "row_number", "received_at", "row_hash"]
_OF_QUARANTINE = ["file_id", "row_number", "column_name", "rule"]


def quality_cards(view: View, feed: str | None = None) -> pl.DataFrame:
    """The cards of all feeds that files came for, or of one. Raises UsageError for no such feed."""
    if feed is not None and feed not in FEEDS:
        raise UsageError("feed", f"no such feed. Name one of: {', '.join(FEEDS)}.")
    received = {file.feed for file in view.files}
    names = [name for name in FEEDS if name in received and feed in (None, name)]
    if not names:
        raise UsageError("no_file", "no file has been accepted yet. Run `reentry intake` first.")
    ids = [file_id for name in names for file_id in _ids(view, name)]
    quarantine = view.workspace.lake.read_files(QUARANTINE, ids, _OF_QUARANTINE)
    known: dict[str, pl.Series] = {}
    return pl.concat(_card(view, name, quarantine, known) for name in names)


def _files(view: View, feed: str) -> list[FileRow]:
    return [file for file in view.files if file.feed == feed]


def _ids(view: View, feed: str) -> list[str]:
    return [file.file_id for file in _files(view, feed)]


def _card(
    view: View, feed: str, quarantine: pl.DataFrame, known: dict[str, pl.Series]
) -> pl.DataFrame:
    lake, looked, files = view.workspace.lake, looked_at(feed), _files(view, feed)
    ids = _ids(view, feed)
    for place in (place for places in looked.references.values() for place in places):
        if place not in known:
            known[place] = _values(view, place)
    rows = [(file.file_id, file.received_at) for file in files]
    return quality(
        feed,
        pl.DataFrame(rows, _TAKEN, orient="row"),
        lake.read_files(facts(feed), ids, [*_ORIGIN, *looked.columns]),
        view.duplicates(files),
        quarantine.filter(pl.col("file_id").is_in(ids)),
        known,
        is_snapshot=view.workspace.agency.feed(feed).mode == "snapshot",
    )


def _values(view: View, place: str) -> pl.Series:
    """Every value of a feed's column that was received."""
    feed, _, column = place.partition(".")
    rows = view.workspace.lake.read_files(facts(feed), _ids(view, feed), [column])
    return rows.get_column(column).drop_nulls().unique()
