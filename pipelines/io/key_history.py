"""Key history: the received versions of one key, read from the lake with nothing else of its feed.

Reading only; what became of each version is the stage's to say.
"""

import polars as pl

from contracts.errors import UsageError
from contracts.feeds import DEFAULTS, EXACT_DUPLICATES, FEEDS, facts
from contracts.fields import INSTANT
from contracts.tables import Table
from pipelines.io.ledger.files import FileRow
from pipelines.io.quarantine_keys import named_in_quarantine
from pipelines.io.workspace import View
from pipelines.stages.history import history

SEPARATOR = "/"
_FILES = pl.Schema([("file_id", pl.String()), ("received_at", INSTANT)])


def key_history(view: View, feed: str, key: str) -> pl.DataFrame:
    """As `history`, of one key: its parts as text, joined by `/`; a default one may be left out.

    Raises UsageError for a feed there is not, and for a key that no accepted file brought.
    """
    if feed not in FEEDS:
        raise UsageError("feed", f"no such feed. Name one of: {', '.join(FEEDS)}.")
    table = FEEDS[feed]
    taken = view.files_of(feed)
    versions = _of_key(view, table, taken, key)
    if versions.is_empty():
        raise UsageError(
            "key_unknown",
            f"{feed}: no accepted file has this key. Write its parts as "
            f"{SEPARATOR.join(table.key)}; rows that were quarantined stand in "
            "`reentry quarantine`.",
        )
    return told(view, feed, versions)


def told(view: View, feed: str, versions: pl.DataFrame) -> pl.DataFrame:
    """As `history`, of the keys in `versions`: all facts of a feed under these keys."""
    table, taken = FEEDS[feed], view.files_of(feed)
    hashes = versions["row_hash"].unique().to_list()
    duplicates = view.workspace.lake.read(
        EXACT_DUPLICATES,
        where="feed = ? AND list_contains(?, row_hash) AND list_contains(?, file_id)",
        values=[feed, hashes, [file.file_id for file in taken]],
    )
    settings = view.workspace.agency.feed(feed)
    quarantined = None
    if settings.mode == "snapshot":
        own = [file for file in taken if file.feed == feed]
        workspace = view.workspace
        quarantined = named_in_quarantine(
            workspace.home, workspace.agency.id, workspace.lake, table, own
        )
    return history(table, versions, duplicates, _files(taken, feed), settings, quarantined)


def _of_key(view: View, table: Table, taken: list[FileRow], key: str) -> pl.DataFrame:
    parts = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in table.key)
    asked = [key]
    if table.key[0] in DEFAULTS:
        asked.append(SEPARATOR.join([DEFAULTS[table.key[0]], key]))
    return view.workspace.lake.read(
        facts(table.name),
        where=f"list_contains(?, concat_ws('{SEPARATOR}', {parts})) AND list_contains(?, file_id)",
        values=[asked, [file.file_id for file in taken]],
    )


def _files(taken: list[FileRow], feed: str) -> pl.DataFrame:
    """The feed's own files that brought a sound row: each snapshot names every key it has."""
    rows = [
        (file.file_id, file.received_at)
        for file in taken
        if file.feed == feed and ((file.accepted_count or 0) + (file.duplicate_count or 0))
    ]
    return pl.DataFrame(rows, _FILES, orient="row")
