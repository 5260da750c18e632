"""Files of one small feed, taken by the pure stages one after the other, as the inbox does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import polars as pl

from contracts.feeds import EXACT_DUPLICATES, FEEDS, QUARANTINE, facts
from contracts.settings import FeedSettings
from pipelines.stages import facts as stage_facts
from pipelines.stages.intake import Origin, Taken, take

FEED = FEEDS["cin_aliases"]  # alias_cin is its key, cin a value
START = datetime(2026, 7, 1, tzinfo=UTC)
MISSHAPEN = pl.Schema({"row_number": pl.Int64, "reason": pl.String, "row_text": pl.String})
USUAL = FeedSettings()
SNAPSHOT = FeedSettings(mode="snapshot")
BY_SOURCE = FeedSettings(version_order="source_updated_at")

Row = Mapping[str, str | None]


def rows_of(drawing: str) -> list[dict[str, str]]:
    """`key value` or `key value status` or `key value status hour-of-update`, a row a line."""
    names = ("alias_cin", "cin", "record_status", "source_updated_at")
    drawn = [dict(zip(names, line.split(), strict=False)) for line in drawing.strip().splitlines()]
    for row in drawn:
        if hour := row.pop("source_updated_at", None):
            row["source_updated_at"] = f"2026-06-01T{int(hour):02}:00Z"
    return [{"reason": "merged", "valid_from": "2026-01-01"} | row for row in drawn]


def text_frame(rows: Iterable[Row]) -> pl.DataFrame:
    columns = [*FEED.names, "record_status", "source_updated_at"]
    frame = pl.DataFrame(list(rows), schema=dict.fromkeys(columns, pl.String))
    return frame.with_row_index("row_number", 1).cast({"row_number": pl.Int64})


def at(hour: int) -> datetime:
    """The instant at which file number `hour` was received."""
    return START + timedelta(hours=hour)


@dataclass
class Received:
    """What the lake holds of the feed. Files are numbered by when they were received."""

    settings: FeedSettings = USUAL
    facts: pl.DataFrame = field(default_factory=lambda: facts(FEED.name).empty())
    duplicates: pl.DataFrame = field(default_factory=EXACT_DUPLICATES.empty)
    quarantine: pl.DataFrame = field(default_factory=QUARANTINE.empty)

    def held(self, until: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Facts and duplicates of files received before number `until`."""
        earlier = pl.col("received_at") < at(until)
        return self.facts.filter(earlier), self.duplicates.filter(earlier)

    def take(
        self, number: int, rows: Iterable[Row], misshapen: pl.DataFrame | None = None
    ) -> Taken:
        newest = stage_facts.newest(FEED, *self.held(number), self.settings)
        torn = MISSHAPEN.to_frame() if misshapen is None else misshapen
        origin = Origin(f"file{number}", at(number))
        taken = take(FEED, text_frame(rows), torn, lambda _: newest, self.settings, origin)
        self.facts = pl.concat([self.facts, taken.facts])
        self.duplicates = pl.concat([self.duplicates, taken.duplicates])
        self.quarantine = pl.concat([self.quarantine, taken.quarantine])
        return taken

    def current(self, until: int = 1_000) -> dict[str, str]:
        """Key to value of the rows that hold, as far as files before number `until` were known."""
        rows = stage_facts.current(FEED, *self.held(until), self.settings)
        return dict(rows.select("alias_cin", "cin").rows())


def history(*drawings: str, settings: FeedSettings = USUAL) -> Received:
    """Files received in the order in which they are drawn."""
    received = Received(settings)
    for number, drawing in enumerate(drawings, start=1):
        received.take(number, rows_of(drawing))
    return received
