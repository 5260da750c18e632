"""The manifest of a report: everything its bytes follow from, as canonical JSON with a digest.

The same manifest and the same rows give the same bytes. What a report says does not belong here.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from reports.period import Period


class Form(StrEnum):
    """What may be done with a report. Operational: true counts, not for publication. Public: a
    fixed list of tables, small counts masked.
    """

    OPERATIONAL = "operational"
    PUBLIC = "public"


@dataclass(frozen=True)
class Manifest:
    """Inputs and choices of one report.

    `files` are SHA-256 digests of the input files, `code_set_editions` maps a code set to its
    edition, `ledger_sequence` is the last ledger event that was seen, `known_at` is aware.
    `county` is its number and name, as in `58 Yuba`. `earlier_releases` are publications of the
    public form that it was audited with.
    """

    report: str
    agency: str
    period: Period
    as_of: date
    known_at: datetime
    ledger_sequence: int
    files: tuple[str, ...]
    code_set_editions: Mapping[str, str]
    policy_hash: str
    code_version: str
    form: Form = Form.OPERATIONAL
    county: str = ""
    earlier_releases: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """Canonical JSON: keys and files sorted, instants in UTC, UTF-8, one line."""
        text = json.dumps(self._told(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return f"{text}\n".encode()

    @property
    def digest(self) -> str:
        """SHA-256 of `to_bytes`, in hexadecimal."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def _told(self) -> dict[str, object]:
        releases = {"earlier_releases": list(self.earlier_releases)}
        told = {name: value for name, value in vars(self).items() if name not in releases}
        return (
            told
            | (releases if self.form is Form.PUBLIC else {})
            | {
                "period": {
                    "starts_on": self.period.starts_on.isoformat(),
                    "ends_on": self.period.ends_on.isoformat(),
                },
                "as_of": self.as_of.isoformat(),
                "known_at": self.known_at.astimezone(UTC).isoformat(timespec="microseconds"),
                "files": sorted(set(self.files)),
                "code_set_editions": dict(self.code_set_editions),
            }
        )
