"""What a claim should bring: the rate in force on the day, and what is paid of it by then."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import DEADLINE, policy
from spans_in_force import BEFORE, DAY, EVEN, EVER, NO_MORE, NOT_YET, SPAN

from contracts.fields import QUANTITY
from pipelines.stages.claims.expectation import expected_of_claims, rate_cents, with_expected

RATES = pl.DataFrame(
    [
        ("99213", None, Decimal("10.00"), *EVER, *EVER),
        ("99213", "UD", Decimal("20.00"), *EVER, *EVER),
        ("99213", "95|UD", Decimal("30.00"), *EVER, *EVER),
        ("99214", "", Decimal("11.00"), *EVEN, *EVER),
        ("99215", None, Decimal("12.00"), *NOT_YET, *EVER),
        ("80053", None, Decimal("13.00"), *NO_MORE, *EVER),
        ("J2315", None, Decimal("14.00"), *EVER, *EVEN),
        ("G0019", None, Decimal("15.00"), *EVER, *NOT_YET),
        ("H0044", None, Decimal("16.00"), *EVER, *NO_MORE),
        ("71045", None, Decimal("17.00"), *EVER, *EVER),
        ("71045", None, Decimal("18.00"), BEFORE, None, *EVER),
        ("71045", None, Decimal("19.00"), DAY, None, *EVER),
        ("71045", "UD", Decimal("1.00"), *EVER, *EVER),
        ("90834", None, Decimal("21.00"), *EVER, *EVER),
        ("90834", "95|HQ", Decimal("22.00"), *EVER, *EVER),
    ],
    schema={"procedure_code": pl.String, "modifiers": pl.String, "rate_amount": pl.Decimal(12, 2)}
    | SPAN,
    orient="row",
)
RATED = [
    ("99213", [], 1000),
    ("99213", ["25"], 1000),
    ("99213", ["UD"], 2000),
    ("99213", ["UD", "95"], 3000),
    ("99214", [], 1100),
    ("99215", [], None),
    ("80053", [], None),
    ("J2315", [], 1400),
    ("G0019", [], None),
    ("H0044", [], None),
    ("71045", [], 1900),
    ("71045", ["UD"], 100),
    ("90834", ["HQ", "95"], 2200),
    ("90834", ["HQ"], 2100),
    ("90834", ["93"], 2100),
    ("00000", [], None),
]


def test_the_rate_is_that_of_the_modifiers_and_the_newest_in_force() -> None:
    lines = pl.DataFrame(
        [(code, modifiers, DAY) for code, modifiers, _ in RATED],
        schema={"procedure_code": pl.String, "modifiers": pl.List(pl.String),
                "service_date": pl.Date},
        orient="row",
    )  # fmt: skip
    for listed in (RATES, RATES.reverse()):
        assert rate_cents(lines, listed).to_list() == [cents for *_, cents in RATED]


def brought(*lines: tuple[str, str], as_of: date = DEADLINE, **changes: Any) -> Decimal | None:
    """What the claim of these (code, units) should bring; `changes` of policy or delay reason."""
    reason = changes.pop("reason", None)
    frame = pl.DataFrame(
        [("c1", code, [], DAY, Decimal(units), DEADLINE, reason) for code, units in lines],
        schema={"claim_id": pl.String, "procedure_code": pl.String,
                "modifiers": pl.List(pl.String), "service_date": pl.Date, "units": QUANTITY,
                "deadline_on": pl.Date, "delay_reason_code": pl.String},
        orient="row",
    )  # fmt: skip
    made = with_expected(frame, RATES, policy(**changes), as_of)
    return expected_of_claims(made)["expected_amount"].item()


@pytest.mark.parametrize(
    ("as_of", "dollars"),
    [
        (date(2026, 4, 1), "10.00"),
        (date(2026, 10, 31), "10.00"),
        (date(2026, 11, 1), "7.50"),
        (date(2027, 1, 31), "7.50"),
        (date(2027, 2, 1), "5.00"),
        (date(2027, 4, 30), "5.00"),
        (date(2027, 5, 1), "0.00"),
        (date(2029, 5, 1), "0.00"),
    ],
)
def test_after_the_deadline_a_share_is_expected_by_the_month(as_of: date, dollars: str) -> None:
    assert brought(("99213", "1"), as_of=as_of) == Decimal(dollars)
    assert brought(("99213", "1"), as_of=as_of, reason="11") == Decimal("10.00")


def test_each_line_is_rounded_half_up_and_none_may_lack_its_rate() -> None:
    assert brought(("99213", "0.001")) == Decimal("0.01")
    assert brought(("99213", "1.333"), ("99214", "0.5")) == Decimal("18.83")
    late = date(2026, 11, 1)
    assert brought(("99213", "0.002"), as_of=late) == Decimal("0.02")  # 1.5 cents
    assert brought(("99213", "0.001"), ("99213", "0.001"), as_of=late) == Decimal("0.02")
    assert brought(("99214", "0.003"), as_of=late) == Decimal("0.02")  # 2.475 cents
    assert brought(("99213", "1"), ("00000", "1")) is None
    assert brought(("99213", "1"), filing__late_percent=None) is None
