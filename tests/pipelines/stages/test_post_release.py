"""Services after release, told apart by code and set of modifiers."""

from datetime import date

import polars as pl
import pytest

from codesets.loader import CodeSets
from pipelines.stages.post_release import classified

CODES = CodeSets().table("ecm_cs_codes")


def told(code: str, modifiers: list[str] | None, on: date = date(2026, 9, 1)) -> tuple[object, ...]:
    line = pl.DataFrame(
        {"service_id": ["V1"], "procedure_code": [code], "modifiers": [modifiers],
         "service_date": [on]},
        schema_overrides={"modifiers": pl.List(pl.String)},
    )  # fmt: skip
    return classified(line, CODES).select("kind", "service", "is_outreach").row(0)


@pytest.mark.parametrize(
    ("code", "modifiers", "kind", "service", "is_outreach"),
    [
        ("G9008", ["U1"], "ECM", "ECM in person, clinical staff", False),
        ("G9012", ["GQ", "U2"], "ECM", "ECM phone/telehealth, non-clinical staff", False),
        ("G9012", ["U2", "GQ"], "ECM", "ECM phone/telehealth, non-clinical staff", False),
        ("G9012", ["U8"], "ECM", "ECM outreach in person, non-clinical staff", True),
        ("G9012", ["U8", "95"], "ECM", "ECM outreach in person, non-clinical staff", True),
        # one code, four services
        ("H0044", ["U2"], "CS", "Housing Deposits", False),
        ("H0044", ["U3"], "CS", "Short-Term Post-Hospitalization Housing", False),
        ("H0044", ["U6"], "CS", "Transitional Rent", False),
        ("H0044", ["U9"], None, "unknown", False),
        ("H0044", None, None, "unknown", False),
        ("99213", ["U2"], None, "unknown", False),
    ],
)
def test_code_and_modifiers_say_which_service_it_is(
    code: str, modifiers: list[str] | None, kind: str | None, service: str, is_outreach: object
) -> None:
    assert told(code, modifiers) == (kind, service, is_outreach)


def test_a_day_before_the_first_edition_is_unknown() -> None:
    assert told("H0044", ["U2"], date(2020, 12, 31)) == (None, "unknown", False)
