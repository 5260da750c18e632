"""A county that tells managed care plans of services after release, on top of the claim county."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from claim_county import BILLING, NPIS, agency, drawn, feed

from codesets.loader import CodeSets
from contracts.settings import Route

CODES = CodeSets().table("ecm_cs_codes")
MEDI_CAL = agency().routes["medi_cal"]
PLAN_A = Route(
    "plan_a", "PLANA", "PLAN A", "PLAN A", plan_codes=("A",), claim_or_encounter="RP",
    isa_receiver_qualifier="ZZ", isa_receiver_id="PLANA", gs_receiver_code="PLANA",
)  # fmt: skip
PLAN_B = Route("plan_b", "PLANB", "PLAN B", "PLAN B", plan_codes=("B",))
COUNTY = agency(routes={"medi_cal": MEDI_CAL, "plan_a": PLAN_A, "plan_b": PLAN_B})
HELD: dict[str, Any] = {
    "stay_id": "S1", "person_id": "P1", "facility_id": "MAIN", "booking_number": "B1",
    "booked_at": pl.Series(["2026-03-01 18:00"]).str.to_datetime(time_zone="UTC")[0],
    "released_at": pl.Series(["2026-04-10 18:00"]).str.to_datetime(time_zone="UTC")[0],
    "release_certainty": "known",
}  # fmt: skip
READ = {
    "id": lambda v: {"service_id": v},
    "day": lambda v: {"service_date": date(2026, 4, int(v))},
    "code": lambda v: {"procedure_code": v},
    "mods": lambda v: {"modifiers": v.split()},
    "units": lambda v: {"units": Decimal(v)},
    "charge": lambda v: {"charge_amount": Decimal(v)},
    "plan": lambda v: {"plan_code": v},
    "by": lambda v: {"provider_npi": NPIS.get(v, BILLING["billing_npi"])},
    "dx": lambda v: {"diagnosis_codes": v.split()},
}
TWO_DAYS = """
id | day | code  | mods  | units | charge | plan | by
V1 | 20  | G9012 | U2    | 2     | 70.00  | A    | dr
V2 | 20  | G9012 | U8 GQ | 1     | 0.00   | A    | dr
V3 | 21  | H0044 | U2    | 1     | 95.00  | A    | dr
V4 | 21  | G9008 | U1    | 1     | 40.00  | B    | county
"""


def services(picture: str, **all_of_them: Any) -> pl.DataFrame:
    standing = {
        "person_id": "P1", "units": Decimal(1), "charge_amount": Decimal("70.00"),
        "diagnosis_codes": ["Z65.2"], "place_of_service": "12", "modality": "in_person",
        "provider_npi": NPIS["dr"], "billing_npi": BILLING["billing_npi"], "plan_code": "A",
        **all_of_them,
    }  # fmt: skip
    rows = []
    for row in drawn(picture):
        values = dict(standing)
        for name, value in row.items():
            values |= READ[name](value) if value is not None else {}
        rows.append(values)
    placed = {"file_id": pl.lit("f9"), "row_number": pl.int_range(1, pl.len() + 1)}
    return feed("post_release_services", *rows).with_columns(**placed)
