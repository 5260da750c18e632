"""Submissions as the ledger tells them, and answers to them received file by file."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from claim_county import agency, drawn

from contracts.feeds import PAYER_ANSWERS
from contracts.fields import INSTANT, MONEY
from pipelines.stages.acknowledgements.acknowledge import Acknowledged, acknowledge
from pipelines.x12 import answers, wire

SENT_AT = datetime(2026, 5, 1, 17, 0, tzinfo=UTC)
FIRST_RECEIVED = datetime(2026, 5, 2, 8, 0, tzinfo=UTC)
US = agency().isa_sender_id
NO_PROVIDERS = pl.DataFrame(schema={"patient_control_number": pl.String, "billing_npi": pl.String})
NUMBERS = ("interchange_control_number", "group_control_number")
SCHEMA = {
    "submission_id": pl.String, "claim_id": pl.String, "submission_number": pl.Int64,
    "patient_control_number": pl.String, "batch_id": pl.String, "state": pl.String,
    "interchange_control_number": pl.Int64, "group_control_number": pl.Int64,
    "set_control_number": pl.String, "set_position": pl.Int64, "first_segment": pl.Int64,
    "last_segment": pl.Int64, "charge_amount": MONEY, "sent_at": INSTANT, "created_at": INSTANT,
}  # fmt: skip


def submissions(picture: str) -> pl.DataFrame:
    """Rows drawn with number (the patient control number), isa, gs, st and, where they matter,
    claim, ordinal, state and place; claims stand ten segments each, from segment 8 on.
    """
    rows = []
    for place, row in enumerate(drawn(picture)):
        number, state = row["number"], row.get("state") or "sent"
        at = int(row.get("place") or 1)
        rows.append(
            {
                "submission_id": f"s-{number}",
                "claim_id": row.get("claim") or f"c-{number}",
                "submission_number": int(row.get("ordinal") or 1),
                "patient_control_number": number,
                "batch_id": f"34-{int(row['isa']):06d}",
                "state": state,
                "interchange_control_number": int(row["isa"]),
                "group_control_number": int(row["gs"]),
                "set_control_number": row["st"],
                "set_position": place,
                "first_segment": 10 * at - 2,
                "last_segment": 10 * at + 7,
                "charge_amount": Decimal(100),
                "sent_at": SENT_AT if state == "sent" else None,
                "created_at": SENT_AT,
            }
        )
    return pl.DataFrame(rows, schema=SCHEMA)


def received(*files: str, orders: Sequence[int] = ()) -> pl.DataFrame:
    """Statements of files received a day apart, in this order (or on the days of `orders`)."""
    parts = [PAYER_ANSWERS.empty()]
    for place, text in enumerate(files):
        day = orders[place] if orders else place
        at = FIRST_RECEIVED + timedelta(days=day)
        read = answers.read(wire.read(text.encode(), file_id=f"f{place + 1}"))
        stamped = read.with_columns(
            file_id=pl.lit(f"f{place + 1}"), received_at=pl.lit(at).dt.convert_time_zone("UTC")
        )
        parts.append(PAYER_ANSWERS.conform(stamped))
    return pl.concat(parts)


def made_of(
    sent: pl.DataFrame,
    *files: str,
    inquiries: Sequence[tuple[int, int]] = (),
    providers: pl.DataFrame = NO_PROVIDERS,
    **changes: Any,
) -> Acknowledged:
    """The stage over submissions and files. `inquiries`: ISA13 and GS06 of our 270s."""
    asked = pl.DataFrame(inquiries, schema=dict.fromkeys(NUMBERS, pl.Int64), orient="row")
    return acknowledge(received(*files, **changes), sent, asked, providers, agency())


def states(made: Acknowledged) -> dict[str, str]:
    """State by patient control number."""
    rows = made.submission_states.select("patient_control_number", "state").rows()
    assert len(rows) == len(dict(rows))
    return dict(rows)
