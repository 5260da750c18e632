"""Expected against paid: what an adjudicated line should have brought, and what explains a gap."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
import remittances_drawn as drawn
from claim_county import policy
from posted_lines import sent, settled, text

from contracts.fields import QUANTITY
from pipelines.stages.payments.expected import compared

# 40 dollars a unit, two units, 100 charged: 80 in time, 60 from the seventh month on.
RATES = pl.DataFrame(
    {
        "procedure_code": ["99213"], "modifiers": [None], "rate_amount": [Decimal("40.00")],
        "valid_from": [None], "valid_to": [None], "edition_from": [None], "edition_to": [None],
    },
    schema_overrides={"modifiers": pl.String}
    | dict.fromkeys(("valid_from", "valid_to", "edition_from", "edition_to"), pl.Date),
)  # fmt: skip
OUT = sent("number | ordinal | cents | on\nAAAA | 1 | 10000 | 2026-02-10")
IN_TIME, LATE = "20260831", "20260901"  # the sixth month after the service, the seventh
AS_OF = date(2026, 12, 1)


def told(line: drawn.Line | None, received: str = IN_TIME, **changes: Any) -> tuple[Any, ...]:
    """Expected and variance in dollars, and the reasons; `changes` of the policy or the service."""
    service = {name: changes.pop(name) for name in ("delay_reason_code",) if name in changes}
    claims = () if line is None else (drawn.Claim("AAAA", (line,), received=received),)
    made = settled(OUT, text(*claims)) if claims else settled(OUT)
    services = OUT.lines.drop("submission_id", "claim_id").with_columns(
        units=pl.lit(2, QUANTITY),
        delay_reason_code=pl.lit(service.get("delay_reason_code"), pl.String),
    )
    rows = compared(made.accounts, services, made.adjustments, RATES, policy(**changes), AS_OF)
    expected, variance, reasons = rows.select(
        "expected_amount", "variance_amount", "variance_reasons"
    ).row(0)
    return (expected and int(expected), variance and int(variance), reasons)


def line(*cas: tuple[str, int], **more: Any) -> drawn.Line:
    reasons = tuple(("OA" if carc == "23" else "CO", carc, cents) for carc, cents in cas)
    return drawn.Line(10_000, reasons, number="AAAA1", units=more.pop("units", "2"), **more)


@pytest.mark.parametrize(
    ("answer", "received", "expected"),
    [
        (line(("45", 2_000)), IN_TIME, (80, 0, None)),
        (line(("45", 3_000)), IN_TIME, (80, -10, ["rate"])),
        (line(("45", 1_000)), IN_TIME, (80, 10, ["rate"])),
        (line(("45", 6_000), units="1"), IN_TIME, (80, -40, ["units", "rate"])),
        (line(("45", 2_000), ("251", 2_000), remarks=("N102",)), LATE, (60, 0, None)),
        (line(("45", 2_000), ("251", 4_000), remarks=("N102",)), LATE, (60, -20, ["late_cut"])),
        (line(("45", 2_000)), LATE, (60, 20, ["late_cut"])),
        (line(("45", 2_000), ("251", 2_000), remarks=("N102",)), IN_TIME, (80, -20, ["late_cut"])),
        (line(("45", 2_000), ("23", 3_000)), IN_TIME, (80, -30, ["other_payer"])),
        (line(("31", 10_000)), IN_TIME, (80, -80, ["denied"])),
        (line(("97", 10_000)), IN_TIME, (80, -80, ["denied", "bundling"])),
        (line(("45", 4_000), code="HC:99212", submitted="HC:99213"), IN_TIME,
         (80, -20, ["bundling", "rate"])),
    ],
)  # fmt: skip
def test_a_difference_is_explained(
    answer: drawn.Line, received: str, expected: tuple[Any, ...]
) -> None:
    assert told(answer, received) == expected


def test_a_reason_for_the_delay_keeps_the_whole() -> None:
    assert told(line(("45", 2_000)), LATE, delay_reason_code="11") == (80, 0, None)


def test_nothing_is_expected_of_what_is_not_adjudicated_or_where_policy_says_nothing() -> None:
    assert told(None) == (None, None, None)
    assert told(line(("45", 2_000)), filing__late_percent=None) == (None, None, None)
