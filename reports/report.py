"""Report: one report in each of its formats, and what all reports are told beside the facts.

What is in a report does not belong here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta

import polars as pl

from reports.figures import Labels, Targets
from reports.manifest import Manifest
from reports.words import day

FORMATS = ("html", "xlsx", "csv", "json")


@dataclass(frozen=True)
class Report:
    """A report in each of its formats, with the manifest that they follow from."""

    html: bytes
    xlsx: bytes
    csv: bytes
    json: bytes
    manifest: bytes


@dataclass(frozen=True)
class Surroundings:
    """What a report says beside its counts: names of codes, and the county's targets."""

    labels: Labels = field(default_factory=dict)
    targets: Targets = field(default_factory=dict)


def note(manifest: Manifest, lag_days: int) -> str:
    """A caution where the period's records may still be on their way; else empty."""
    ends_on = manifest.period.ends_on
    if manifest.as_of < ends_on:
        return f"The period ends on {day(ends_on)}: these are its figures so far."
    complete_on = ends_on + timedelta(days=lag_days)
    if manifest.as_of < complete_on:
        return (
            f"Provisional: documentation arrives for about {lag_days} days "
            f"after a service. Expect the figures to grow until {day(complete_on)}."
        )
    return ""


def json_bytes(manifest: Manifest, tables: Mapping[str, pl.DataFrame]) -> bytes:
    """Tables of a report as one JSON object, with the manifest's digest and its words."""
    told = {
        "report": manifest.report,
        "agency": manifest.agency,
        "county": manifest.county,
        "form": manifest.form.value,
        "period_starts_on": manifest.period.starts_on,
        "period_ends_on": manifest.period.ends_on,
        "as_of": manifest.as_of,
        "known_at": manifest.known_at.astimezone(UTC),
        "manifest_sha256": manifest.digest,
    }
    rows = {name: frame.to_dicts() for name, frame in tables.items()}
    text = json.dumps(told | rows, default=_plain, ensure_ascii=False, indent=1)
    return f"{text}\n".encode()


def _plain(value: object) -> str:
    """Days and instants as ISO text."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
