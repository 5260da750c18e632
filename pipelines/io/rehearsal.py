"""Rehearsal: what intake would make of a file. Nothing is written: no ledger, no lake, no archive.

Whether rows are known already is not looked up: they count as taken.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from contracts.errors import RefusedInputError, UsageError
from contracts.feeds import COMMON, FEEDS, X12
from contracts.mapping import ASIDE, Mapping
from contracts.mapping_snippet import snippet
from contracts.mapping_text import SEPARATORS
from contracts.tables import Table
from pipelines.io import mappings, readers
from pipelines.io.home import Home
from pipelines.io.inbox import read_feed
from pipelines.io.members import is_archive, unpacked
from pipelines.io.readers.archive import UnsoundArchiveError
from pipelines.stages import intake as stage
from pipelines.stages.mapping import apply, check_header, header_of
from pipelines.stages.proposals import SAMPLE, Fit, Proposal, fit, propose
from pipelines.stages.quarantine import arrived, keys

_VALUE = re.compile(r"[-$(]?\d[\d\s.,:/()TZ+-]*$")  # a number, a day or a time, not a heading
_NO_HEADER = "the first row holds numbers or days: is it a header?"
_ORIGIN = stage.Origin("", datetime(1970, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Rehearsal:
    """What would become of a file. `broken`: one row a rule and column, with its remedy.

    `mapping` is where the feed's mapping lies, or would lie if it is not yet mapped.
    `refusal` is the message with which the file would be refused; then no rows are counted.
    """

    feed: str
    mapping: str
    is_mapped: bool
    recognized: list[str]
    missing: list[str]
    unknown: list[str]
    proposals: list[Proposal]
    snippet: str
    refusal: str | None
    row_count: int | None = None
    taken_count: int | None = None
    quarantined_count: int | None = None
    broken: tuple[dict[str, Any], ...] = ()


Held = Callable[[str], pl.DataFrame]
"""The current rows of a feed: what a snapshot of it would withdraw from."""


def rehearse(
    home: Home, agency: str, feed: str, path: Path, held: Held, place: str | None = None
) -> Rehearsal:
    """Look at a file as intake would. Raises UsageError for X12."""
    if feed not in FEEDS:
        raise UsageError("check", "X12 has no mapping; only files of a feed can be checked.")
    table, place = FEEDS[feed], place or f"{feed} file"
    mapping = mappings.place_of(agency, feed)
    try:
        own = mappings.read(home, agency, feed)
    except UsageError as trouble:
        return Rehearsal(feed, mapping, True, [], [], [], [], "", trouble.message)
    settings = home.agency(agency).feed(feed)
    try:
        raw, refusal = read_feed(table, own, path, place), None
    except RefusedInputError as trouble:
        raw, refusal = None, trouble.message
    told = _columns(table, own, path, place)
    told = replace(told, mapping=mapping, refusal=refusal)
    if raw is None:
        return told
    taken = stage.take(table, raw.rows, raw.misshapen, _nothing_held, settings, _ORIGIN, own)
    if settings.mode == "snapshot":
        try:
            named = keys(table, own or Mapping(), arrived(taken.quarantine))
            stage.check_withdrawals(table, held(feed), taken, named, place, accepted=False)
        except RefusedInputError as trouble:
            told = replace(told, refusal=trouble.message)
    return _counted(told, taken)


def rehearse_each(home: Home, agency: str, feed: str, path: Path, held: Held) -> list[Rehearsal]:
    """Look at a file, or at each member of an archive in order of their names.

    Members are unpacked beside the archive's own files and removed again.
    """
    mapping = mappings.place_of(agency, feed)
    if path.is_symlink():
        refusal = f"{feed} file: a link. Put the file itself there."
        return [Rehearsal(feed, mapping, False, [], [], [], [], "", refusal)]
    if feed == X12 or not is_archive(feed, path):
        return [rehearse(home, agency, feed, path, held)]
    try:
        with unpacked(path, path.name, home.archive(agency) / ".tmp", feed) as members:
            return [
                rehearse(home, agency, feed, member.path, held, f"{feed} file (member {position})")
                for position, member in enumerate(members, 1)
            ]
    except UnsoundArchiveError as unsound:
        refusal = unsound.at(f"{feed} file").message
    except OSError as trouble:
        refusal = f"{feed} file: cannot be read ({trouble.strerror}). Let this user read the file."
    return [Rehearsal(feed, mapping, False, [], [], [], [], "", refusal)]


def _nothing_held(keys: pl.DataFrame) -> pl.DataFrame:
    return keys.clear()


def _counted(told: Rehearsal, taken: stage.Taken) -> Rehearsal:
    broken = (
        taken.quarantine.group_by("column_name", "rule", "reason", "remedy")
        .agg(pl.col("row_number").n_unique().alias("rows"), first_row=pl.col("row_number").min())
        .sort("rows", "first_row", "column_name", "rule", descending=[True, False, False, False])
    )
    return replace(
        told,
        row_count=taken.row_count,
        taken_count=taken.facts.height,
        quarantined_count=taken.quarantined_count,
        broken=tuple(broken.to_dicts()),
    )


def _columns(table: Table, own: Mapping | None, path: Path, place: str) -> Rehearsal:
    """Columns recognized, missing and unknown, and what is proposed for them."""
    seen = Rehearsal(table.name, "", own is not None, [], [], [], [], "", None)
    try:
        mapping = own or _separated(path, place)
        header = readers.header(path, place, mapping.separator)
        check_header(mapping, header, place)
        sample = readers.read(path, place, mapping.separator).rows
    except RefusedInputError:  # no columns that could be told apart: that refuses the file
        return seen
    sample = sample.gather_every(max(1, sample.height // SAMPLE)).head(SAMPLE)
    return _proposed(seen, table, own, mapping, header, sample)


def _separated(path: Path, place: str) -> Mapping:
    """Without a mapping: the separator that a heading of one column shows."""
    if path.suffix.lower() != ".csv":
        return Mapping()
    header = readers.header(path, place)
    likely = max(SEPARATORS, key=header[0].count)
    return Mapping(separator=likely if len(header) == 1 and likely in header[0] else ",")


def _proposed(
    seen: Rehearsal, table: Table, own: Mapping | None, mapping: Mapping, header: list[str],
    sample: pl.DataFrame,
) -> Rehearsal:  # fmt: skip
    allowed = [*table.names, *(column.name for column in COMMON)]
    made = header_of(table, mapping, header)
    unknown = [name for name in made if name not in allowed and not name.startswith(ASIDE)]
    if any(_VALUE.match(name) for name in unknown):  # a row of data may not be told
        required = [c.name for c in table.columns if not c.is_optional and c.name not in made]
        return replace(seen, missing=required, unknown=[_NO_HEADER])
    recognized = [name for name in allowed if name in made]
    free = [name for name in table.names if name not in made]
    proposals = propose(table, sample, [name for name in unknown if name in sample.columns], free)
    rows = apply(table, mapping, sample).rows
    fits = {
        name: fit(table.column(name).field, rows[name])
        for name in recognized
        if name in table.names
    }
    fits |= {one.ours: one.fit for one in proposals}
    named = {one.theirs for one in proposals}
    merged = _merged(mapping, own, proposals, fits)
    return replace(
        seen,
        recognized=recognized,
        missing=[c.name for c in table.columns if not c.is_optional and c.name in free],
        unknown=unknown,
        proposals=proposals,
        snippet=snippet(
            merged,
            is_new=own is None,
            unnamed=[name for name in unknown if name not in named],
            open_values={name: one.unmapped for name, one in fits.items() if one.unmapped},
        ),
    )


def _merged(
    mapping: Mapping, own: Mapping | None, proposals: list[Proposal], fits: dict[str, Fit]
) -> Mapping:
    """All that is proposed as one mapping."""
    parts = [one.mapping for one in fits.values()]
    return Mapping(
        separator=mapping.separator if own is None else ",",
        rename={one.ours: one.theirs for one in proposals},
        date_format={k: v for part in parts for k, v in part.date_format.items()},
        time_format={k: v for part in parts for k, v in part.time_format.items()},
        strip={k: v for part in parts for k, v in part.strip.items()},
        list_separator={k: v for part in parts for k, v in part.list_separator.items()},
        values={k: v for part in parts for k, v in part.values.items()},
    )
