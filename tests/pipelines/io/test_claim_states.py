"""What `reentry claims --json` tells of a claim: lines and charge in effect, else the newest."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import drawn

from contracts.fields import MONEY
from pipelines.io.claim_states import with_lines

CLAIMS = """
claim    | newest | its charge | its lines | in effect | charged | lines | charge
plain    | P1     | 80.00      | A B       | A B       | 80.00   | A B   | 80.00
replaced | P2     | 66.00      | B         | A B       | 146.00  | A B   | 146.00
rejected | P3     | 41.00      | C         |           | 0.00    | C     | 41.00
voided   | P4     | 41.00      | D         |           | 0.00    | D     | 41.00
split    | P5     | 500.00     | E E       | E         | 500.00  | E     | 500.00
unknown  | P6     | 7.00       |           |           | 0.00    |       | 7.00
"""
KEY = {"source_system": "main", "line_number": 1}


def keys(names: str | None) -> list[dict[str, Any]] | None:
    return [KEY | {"encounter_id": name} for name in names.split()] if names else None


@pytest.mark.parametrize("row", drawn(CLAIMS), ids=lambda row: row["claim"])
def test_lines_and_charge_are_those_in_effect_else_those_of_the_newest(row: Any) -> None:
    key = pl.Struct(
        {"source_system": pl.String, "encounter_id": pl.String, "line_number": pl.Int64}
    )
    claim = pl.DataFrame(
        [(row["newest"], Decimal(row["its charge"]), Decimal(row["charged"]),
          keys(row["in effect"]))],
        schema={"patient_control_number": pl.String, "charge_amount": MONEY,
                "charged_amount": MONEY, "lines_in_effect": pl.List(key)},
        orient="row",
    )  # fmt: skip
    sent = pl.DataFrame(
        [one | {"patient_control_number": row["newest"]} for one in keys(row["its lines"]) or []],
        schema={"patient_control_number": pl.String, **dict(key)},
    )
    (told,) = with_lines(claim, sent).to_dicts()
    names = " ".join(one["encounter_id"] for one in told["lines"] or []) or None
    assert (names, told["charge_amount"]) == (row["lines"], Decimal(row["charge"]))
