"""The preview of a batch: four sheets whose charges add up to the batch's, and nobody's name."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import NPIS, PERSON, assembled, drawn_lines
from claim_specimens import BILL_LINE, bill, content, line

from pipelines.stages.claims.preview import preview
from pipelines.x12.content import thaw

LINES = """
encounter | day | units | charge | code  | pos
E1        | 1   | 1     | 100.00 | 99213 | 09
E2        | 1   | 2     | 99.99  | 90834 | 09
E3        | 3   | 1     | 50.50  | 99213 | 09
"""


CLAIMS = [
    ("04-01", "04-01", 2, Decimal("199.99")),
    ("04-03", "04-03", 1, Decimal("50.50")),
]


@pytest.fixture(scope="module")
def sheets() -> Any:
    claims, _ = assembled(drawn_lines(LINES))
    frozen = claims.with_row_index("position", offset=1).select(
        pl.col("position").cast(pl.Int64),
        "claim_id",
        pl.format("PCN{}", "position").alias("patient_control_number"),
        pl.lit("1").alias("frequency_code"),
        "charge_amount",
    )
    content = thaw(claims["content"]).with_columns(frozen["patient_control_number"])
    return preview(frozen, content)


def test_every_sheet_adds_up_to_the_batch(sheets: Any) -> None:
    assert [rows["charge_amount"].sum() for rows in sheets.values()] == [Decimal("250.49")] * 4
    assert sheets["Facilities"]["lines"].to_list() == [3]
    assert sheets["Claims"]["lines"].sum() == sheets["Lines"].height == 3


def test_procedures_are_summed_by_code(sheets: Any) -> None:
    columns = ("procedure_code", "lines", "units", "charge_amount")
    assert sheets["Procedures"].select(columns).rows() == [
        ("90834", 1, Decimal(2), Decimal("99.99")),
        ("99213", 2, Decimal(2), Decimal("150.50")),
    ]


def test_a_claim_has_the_days_of_its_lines(sheets: Any) -> None:
    rows = (
        sheets["Claims"]
        .sort("service_from", "charge_amount")
        .select("service_from", "service_to", "lines", "charge_amount")
    )
    assert [(str(first)[5:], str(last)[5:], *rest) for first, last, *rest in rows.rows()] == CLAIMS


def test_a_bill_has_the_days_from_its_first_line_to_its_last_and_blanks_stand_last() -> None:
    lines = [
        line(**BILL_LINE | {"service_from": "20250603"}),
        line(**BILL_LINE | {"service_from": "20250601", "revenue_code": None}),
    ]
    rows = content(bill(lines=lines), bill(claim_id="c2", service_facility_npi=NPIS["lab"]))
    frozen = rows.select("claim_id", "patient_control_number", "frequency_code").with_columns(
        position=pl.Series([1, 2]), charge_amount=pl.Series([Decimal(300), Decimal(150)])
    )
    made = preview(frozen, rows)
    days = made["Claims"].select("service_from", "service_to").row(0)
    assert days == (date(2025, 6, 1), date(2025, 6, 3))
    assert made["Procedures"]["revenue_code"].to_list() == ["0510", None]
    assert made["Facilities"]["facility_npi"].to_list() == [NPIS["lab"], None]


def test_nobody_is_named(sheets: Any) -> None:
    told = "".join(rows.write_json() for rows in sheets.values()).upper()
    for name in ("last_name", "first_name", "cin"):
        assert str(PERSON[name]).upper() not in told
