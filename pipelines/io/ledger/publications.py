"""Reports published, with the manifest from which the same bytes can be made again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from contracts.errors import UsageError
from pipelines.io.ledger import audit, users
from pipelines.io.ledger.canonical import digest_id
from pipelines.io.ledger.tables_work import publications
from pipelines.io.ledger.transaction import Transaction

PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Publication:
    """A report as it was published; `form` is operational or public."""

    publication_id: str
    agency: str
    report: str
    form: str
    period: str
    manifest: dict[str, Any]
    sha256: str
    published_by: str
    recorded_at: datetime


def record(
    tx: Transaction, *, report: str, form: str, period: str, manifest: dict[str, Any], sha256: str
) -> Publication:
    """Keep a publication. Needs the right to publish. What is published again as it is out already
    stays the publication that it was.

    Raises UsageError for a public release that was not audited beside all that are out.
    """
    users.require(tx, "publish")
    out = listed(tx.connection, tx.agency)
    if form == PUBLIC:
        _refuse_unaudited(out, period, manifest)
    told_of = (report, form, period, sha256)
    for one in out:
        if (one.report, one.form, one.period, one.sha256) == told_of:
            return one
    publication = Publication(
        publication_id=digest_id(tx.agency, report, form, period, tx.recorded_at.isoformat()),
        agency=tx.agency,
        report=report,
        form=form,
        period=period,
        manifest=manifest,
        sha256=sha256,
        published_by=tx.user_id,
        recorded_at=tx.recorded_at,
    )
    names = publications.c.keys()
    tx.connection.execute(
        insert(publications).values({name: getattr(publication, name) for name in names})
    )
    told = ("publication_id", "report", "form", "period", "sha256")
    audit.append(tx, "publication", {name: getattr(publication, name) for name in told})
    return publication


def _refuse_unaudited(
    published: Sequence[Publication], period: str, manifest: dict[str, Any]
) -> None:
    """Only what was made in the public form, beside every release of the period, becomes public."""
    made = manifest["manifest"]
    out = [one for one in published if one.form == PUBLIC]
    beside = [one.publication_id for one in out if one.period == period]
    if made["form"] != PUBLIC or "release" not in manifest or made["earlier_releases"] != beside:
        raise UsageError(
            "release_unaudited",
            "the report was not masked beside every public release of its quarter: another was "
            "published since. Publish it again.",
        )


def listed(connection: Connection, agency: str) -> list[Publication]:
    """The agency's publications, oldest first."""
    statement = select(publications).where(publications.c.agency == agency)
    rows = connection.execute(statement.order_by(publications.c.recorded_at))
    return [Publication(**row._asdict()) for row in rows]
