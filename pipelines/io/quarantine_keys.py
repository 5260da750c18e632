"""Keys of quarantined rows: what their files named, though their rows could not be taken."""

import polars as pl

from contracts.errors import UsageError
from contracts.feeds import FEEDS, QUARANTINE
from contracts.fields import INSTANT
from contracts.mapping import Mapping
from contracts.mapping_text import parse_mapping
from contracts.tables import Table
from pipelines.io.home import Home
from pipelines.io.lake import Lake
from pipelines.io.ledger.files import FileRow
from pipelines.stages import quarantine as stage


def mapping_of(home: Home, agency: str, file: FileRow) -> Mapping:
    """The mapping by which a file was taken, as it was kept. Raises UsageError where it is gone."""
    if file.mapping_hash is None:
        return Mapping()
    kept = home.archive(agency) / "mappings" / f"{file.mapping_hash}.toml"
    place = f"{file.feed} file {file.file_id}"
    try:
        text = kept.read_text(encoding="utf-8")
    except OSError:
        raise UsageError(
            "mapping_gone",
            f"{place}: the mapping {file.mapping_hash[:12]} that it was taken by is not in the "
            "archive. Restore the archive's folder `mappings`.",
        ) from None
    return parse_mapping(text, FEEDS[file.feed], place)


def named_in_quarantine(
    home: Home, agency: str, lake: Lake, table: Table, files: list[FileRow]
) -> pl.DataFrame:
    """The feed's key and received_at of each row of its files that was quarantined.

    Rows whose key cannot be read, and misshapen ones, name nothing.
    """
    rows = lake.read_files(QUARANTINE, [file.file_id for file in files]).filter(feed=table.name)
    schema = {name: table.schema[name] for name in table.key} | {"received_at": INSTANT}
    parts = [pl.DataFrame(schema=schema)]
    for file in files:
        texts = stage.arrived(rows.filter(file_id=file.file_id))
        keys = stage.keys(table, mapping_of(home, agency, file), texts)
        received_at = pl.lit(file.received_at).cast(INSTANT).alias("received_at")
        parts.append(keys.select(*table.key, received_at))
    return pl.concat(parts)
