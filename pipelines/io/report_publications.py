"""Report publications: reports kept in the ledger with their digests, and made again to compare.

What is made and how belongs to `reporting`; here is what was promised and whether it still holds.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from contracts.errors import UsageError
from pipelines.io.ledger import publications
from pipelines.io.ledger.publications import Publication
from pipelines.io.public_reporting import in_form
from pipelines.io.report_files import MANIFEST, rendered, report_paths, write_report
from pipelines.io.reporting import view_at
from pipelines.io.workspace import View, Workspace
from reports.disclosure_record import to_record
from reports.manifest import Form
from reports.period import Period, parse_period
from reports.public_report import PublicReport


@dataclass(frozen=True)
class Promise:
    """A published report: what it follows from and the digest of each of its files."""

    publication_id: str
    manifest: Mapping[str, Any]
    outputs: Mapping[str, str]
    run_id: str | None

    @property
    def period(self) -> Period:
        return period_of(self.manifest)


@dataclass(frozen=True)
class Reproduction:
    """A published report made again: for each file whether it is the same, what has become of the
    one in the home (same, other, missing), and what differs in what it follows from.
    """

    publication_id: str
    same: Mapping[str, bool]
    in_home: Mapping[str, str]
    differing_inputs: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        return all(self.same.values())


def publish(
    view: View, name: str, period: Period, form: Form, formats: Iterable[str]
) -> tuple[Publication, list[Path]]:
    """Write a report and keep its manifest and digests. Needs the right to publish.

    Of the public form the ledger also keeps what it released. Raises UsageError where another
    release came in between.
    """
    workspace = view.workspace
    report = in_form(view, [name], period, form)[name]
    made = rendered(report, formats)
    outputs = {one: hashlib.sha256(content).hexdigest() for one, content in made.items()}
    told = {
        "manifest": json.loads(made[MANIFEST]),
        "outputs": outputs,
        "run_id": view.recorded.run_id if view.recorded else None,
    }
    if isinstance(report, PublicReport):
        told["release"] = to_record(report.release)
    with workspace.ledger.write(workspace.agency.id, workspace.user_id) as tx:
        kept = publications.record(
            tx,
            report=name,
            form=form.value,
            period=f"{period.starts_on}..{period.ends_on}",
            manifest=told,
            sha256=_digest(outputs),
        )
    return kept, write_report(view, name, period, made, form)


def reproduce(workspace: Workspace, publication_id: str) -> Reproduction:
    """Make a published report again and compare its bytes.

    Raises UsageError for a publication that there is not.
    """
    promise = promised(workspace, publication_id)
    told = promise.manifest
    view = view_at(workspace, as_of_of(told), known_at_of(told), promise.run_id)
    form, formats = Form(told["form"]), [one for one in promise.outputs if one != MANIFEST]
    releases = told.get("earlier_releases", ())
    report = in_form(view, [told["report"]], promise.period, form, releases)[told["report"]]
    made = rendered(report, formats)
    same = {one: _sha256(made[one]) == digest for one, digest in promise.outputs.items()}
    now = json.loads(report.manifest)
    differing = tuple(name for name in now if now[name] != told.get(name))
    paths = report_paths(view, told["report"], promise.period, formats, form)
    kept = zip((*formats, MANIFEST), paths, strict=True)
    in_home = {one: _standing(path, promise.outputs[one]) for one, path in kept}
    return Reproduction(promise.publication_id, same, in_home, differing)


def _standing(path: Path, digest: str) -> str:
    """Whether a file is still what was published; a later report of the day stands in its place."""
    if not path.is_file():
        return "missing"
    return "same" if _sha256(path.read_bytes()) == digest else "other"


def published(workspace: Workspace) -> list[Publication]:
    """Every publication of the agency, oldest first."""
    with workspace.ledger.read() as connection:
        return publications.listed(connection, workspace.agency.id)


def promised(workspace: Workspace, publication_id: str) -> Promise:
    """The publication whose id begins so. Raises UsageError where none or several do."""
    found = [one for one in published(workspace) if one.publication_id.startswith(publication_id)]
    if len(found) != 1:
        raise UsageError(
            "publication_unknown",
            f"{len(found)} publications begin with {publication_id}. "
            "See: reentry report published.",
        )
    (one,) = found
    kept = one.manifest
    return Promise(one.publication_id, kept["manifest"], kept["outputs"], kept["run_id"])


def period_of(told: Mapping[str, Any]) -> Period:
    """The period that a manifest names."""
    days = told["period"]
    return parse_period(f"{days['starts_on']}..{days['ends_on']}")


def as_of_of(told: Mapping[str, Any]) -> date:
    """The as-of day that a manifest names."""
    return date.fromisoformat(told["as_of"])


def known_at_of(told: Mapping[str, Any]) -> datetime:
    """The instant that a manifest names."""
    return datetime.fromisoformat(told["known_at"])


def _digest(outputs: Mapping[str, str]) -> str:
    lines = "".join(f"{one} {digest}\n" for one, digest in sorted(outputs.items()))
    return _sha256(lines.encode())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
