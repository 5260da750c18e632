"""What `reentry batch show` hands over: a batch's claims, what they break, the preview workbook.

Nothing but a list's forms belongs here; the tables are made in `stages.claims.preview`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import polars as pl
from rich.console import Group
from rich.table import Table

from contracts.fields import MONEY
from pipelines.commands.listing import ROWS_SHOWN, Contents
from pipelines.commands.session import grid
from pipelines.io.ledger.batch_claims import FrozenClaim
from pipelines.stages.claims.preview import preview
from reports.list_file import book_of_lists, list_csv

_CLAIMS = ("position", "claim_id", "patient_control_number", "charge_amount")
_BROKEN = ("patient_control_number", "level", "rule", "place", "message", "remedy", "refuses")
_FROZEN: dict[str, pl.DataType] = {
    **dict.fromkeys(FrozenClaim.__dataclass_fields__, pl.String()),
    "position": pl.Int64(),
    "submission_number": pl.Int64(),
    "charge_amount": MONEY,
}


def contents(
    batch: dict[str, Any], claims: Sequence[FrozenClaim], content: pl.DataFrame,
    broken: pl.DataFrame, known_at: datetime,
) -> Contents:  # fmt: skip
    """`batch` as `batch list` tells it, `content` of its claims, `broken` their violations."""
    rows = pl.DataFrame([asdict(one) for one in claims], schema=_FROZEN).drop("content")
    title = f"Batch {batch['batch_id']}"
    return Contents(
        rows.height,
        lambda: _told(rows, broken),
        lambda: Group(*_tables(title, rows, broken)),
        lambda: list_csv(rows),
        lambda: book_of_lists(
            {
                "Batch": pl.DataFrame([batch]),
                **preview(rows, content),
                "Rules broken": broken.drop("claim_id"),
            },
            title,
            known_at,
        ),
    )


def _told(rows: pl.DataFrame, broken: pl.DataFrame) -> list[dict[str, Any]]:
    of_claim = broken.partition_by("claim_id", as_dict=True)
    none = broken.clear()
    return [
        row | {"violations": of_claim.get((row["claim_id"],), none).to_dicts()}
        for row in rows.iter_rows(named=True)
    ]


def _tables(title: str, rows: pl.DataFrame, broken: pl.DataFrame) -> Iterator[Table]:
    yield grid(title, _CLAIMS, rows.to_dicts())
    if broken.height:
        name = f"Rules that its claims break: {broken.height:,}"
        yield grid(name, _BROKEN, broken.head(ROWS_SHOWN).to_dicts())
