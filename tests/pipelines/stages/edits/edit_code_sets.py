"""The small code sets that the one county bills by, as rows; tests leave out single ones."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

_SPAN = {"edition_id": pl.String, "edition_from": pl.Date, "edition_to": pl.Date}
_VALID = {"valid_from": pl.Date, "valid_to": pl.Date}
_CODE_SET_TYPES: dict[str, dict[str, Any]] = {
    "icd10cm": {"code": pl.String, "billable": pl.Boolean} | _VALID | _SPAN,
    "hcpcs_modifiers": {"code": pl.String} | _VALID | _SPAN,
    "prerelease_services": {
        "code": pl.String,
        "service_category": pl.String,
        "needs_authorization": pl.String,
        "needs_ndc": pl.String,
        "allowed_credentials": pl.List(pl.String),
        "minutes_per_unit": pl.Int64,
    }
    | _VALID
    | _SPAN,
    "ncci_mue": {"code": pl.String, "mue_practitioner": pl.Int64} | _SPAN,
    "cpt_category": {
        "code": pl.String,
        "category": pl.String,
        "code_from": pl.String,
        "code_to": pl.String,
    }
    | _SPAN,
    "hcpcs": {"code": pl.String} | _VALID | _SPAN,
    "delay_reasons": {"code": pl.String, "attachment_needed": pl.String} | _SPAN,
    "rates": {
        "procedure_code": pl.String,
        "modifiers": pl.String,
        "rate_amount": pl.Decimal(12, 2),
    }
    | _VALID
    | _SPAN,
    "ncci_ptp": {
        "column1": pl.String,
        "column2": pl.String,
        "modifier_indicator": pl.String,
    }
    | _VALID
    | _SPAN,
    "ndc": {"code": pl.String} | _SPAN,
    "ndc_hcpcs": {
        "ndc": pl.String,
        "procedure_code": pl.String,
        "ndc_unit": pl.String,
        "units_per_ndc_unit": pl.Decimal(18, 6),
    }
    | _VALID
    | _SPAN,
    "ecm_cs_codes": {
        "kind": pl.String,
        "procedure_code": pl.String,
        "mod1": pl.String,
        "mod2": pl.String,
    }
    | _SPAN,
    "care_bundles": {
        "procedure_code": pl.String,
        "modifiers": pl.List(pl.String),
        "evidence": pl.List(pl.String),
    }
    | _VALID
    | _SPAN,
    "place_of_service": {"code": pl.String, "label": pl.String} | _SPAN,
    "type_of_bill": {"part": pl.String, "code": pl.String} | _SPAN,
    "revenue_code": {"code": pl.String, "label": pl.String, "level": pl.String} | _SPAN,
}
CODES: dict[str, list[tuple[Any, ...]]] = {
    "icd10cm": [
        ("F1120", True),
        ("F112", False),  # a header
        ("W010XXA", True),
        ("F1199", True, None, date(2025, 9, 30)),  # ended before the service
        ("U0990", True, date(2026, 4, 2), None),  # began after it
    ],
    "hcpcs_modifiers": [
        ("26",),
        ("TC",),
        ("UD",),
        ("U2",),
        ("U6",),
        ("U8",),
        ("95",),
        ("93",),
        ("25",),
        ("59",),
        ("U1",),
        ("ZZ", None, date(2020, 1, 1)),
    ],
    "prerelease_services": [
        ("99213", "consultation", "no", "no"),
        ("99214", "consultation", "yes", "no"),
        ("99215", "consultation", "unset", "no"),
        ("J2315", "consultation", "no", "yes"),
        ("80053", "lab_radiology", "no", "no"),
        ("71045", "lab_radiology", "no", "no"),
        ("98960", "consultation", "no", "no", None, None, None, date(2025, 3, 31)),
        ("G0019", "chw", "no", "no", None, 60),
        ("90791", "consultation", "no", "no", ["PSYD", "MD"]),
        ("90853", "consultation", "no", "no"),
        ("96372", "medication", "no", "no"),
        ("G9999", "consultation", "no", "no"),  # never an HCPCS code
        ("G0154", "consultation", "no", "no"),  # one until 2025
    ],
    "ncci_mue": [("99213", 2)],
    "cpt_category": [
        ("80047-89398", "range: laboratory (all), CLIA needed", "80047", "89398"),
        ("70010-79999", "range: radiology (all)", "70010", "79999"),
        ("99213", "office E/M, established", "99213", "99213"),
        ("99214", "office E/M, established", "99214", "99214"),
        ("90853", "group psychotherapy", "90853", "90853"),
    ],
    "hcpcs": [
        ("J2315",),
        ("T1016",),
        ("G0019",),
        ("H0044",),
        ("G9012",),
        ("G0154", None, date(2025, 12, 31)),
    ],
    "rates": [
        ("99213", None, Decimal("80.25")),
        ("99215", None, Decimal("80.25")),
        ("G0019", None, Decimal("60.00")),
        ("80053", None, Decimal("10.00")),
        ("80053", "26", Decimal("4.00")),
    ],
    # 99213 includes 80053 whatever its modifiers, 96372 unless a modifier parts them.
    "delay_reasons": [("3", "no"), ("7", "yes"), ("11", "some_cases")],
    "ncci_ptp": [("99213", "80053", "0"), ("99213", "96372", "1"), ("90791", "90853", "9")],
    "ndc": [("65757030001",), ("12496010001",), ("00000000001",)],
    "ndc_hcpcs": [
        ("65757030001", "J2315", "UN", Decimal(1)),
        ("12496010001", "Q9991", "UN", Decimal(1)),
    ],
    "ecm_cs_codes": [("CS", "H0044", "U6", None), ("ECM", "G9012", "U2", None)],
    "care_bundles": [
        ("T9999", ["U8"]),
        (None, None, ["milestone:consultation", "service:case_management", "service:T1016"]),
    ],
    "place_of_service": [
        ("09", "Prison/Correctional Facility"),
        ("11", "Office"),
        ("21", "Inpatient Hospital"),
    ],
    "type_of_bill": [("facility", "13"), ("frequency", "1")],
    "revenue_code": [("012X", "room, two beds", "category"), ("051X", "clinic", "category")],
}


def code_sets(*, without: tuple[str, ...] = ()) -> dict[str, pl.DataFrame]:
    """The small sets in the form of `CodeSets.table`, in force from 2020; `without` are empty."""
    return {name: _code_set(name, [] if name in without else CODES[name]) for name in CODES}


def _code_set(name: str, rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    types = _CODE_SET_TYPES[name]
    own = len(types) - len(_SPAN)
    full = [(*row, *[None] * (own - len(row)), "small", date(2020, 1, 1), None) for row in rows]
    return pl.DataFrame(full, schema=types, orient="row")
