"""A small county for claims: its feeds as frames, and tables drawn in tests read as rows."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from contracts.derived import DERIVED
from contracts.feeds import FEEDS
from contracts.policy import Policy, shipped_text
from contracts.settings import Agency, Route
from pipelines.stages.claims.assembly import claims
from pipelines.x12.content import thaw

AS_OF = date(2026, 5, 1)
DEADLINE = date(2026, 10, 31)  # of a service in April 2026

FACILITY = {
    "facility_id": "MAIN",
    "name": "Main Jail",
    "npi": "1245319599",
    "billing_npi": "1093817462",
    "address_line": "651 I St.",
    "city": "Sacramento",
    "state": "CA",
    "zip": "958142400",
    "claim_form": "professional",
    "facility_type": "county_jail",
    "clia_number": "05D1234567",
    "clia_from": date(2026, 4, 10),
}
BILLING = {
    "billing_npi": "1093817462",
    "organization_name": "County of Sacramento",
    "tax_id": "94-6000529",
    "taxonomy_code": "261QP2400X",
    "address_line": "700 H St.",
    "city": "Sacramento",
    "state": "CA",
    "zip": "958141280",
    "contact_name": "Billing Office",
    "contact_phone": "(916) 555-0100",
}
PERSON = {
    "person_id": "P1",
    "cin": "90000000A",
    "last_name": "Muñoz-O\u2019Hara",
    "first_name": "Zoë",
    "birth_date": date(1990, 2, 3),
    "sex": "F",
    "address_line": "12 Elm St., #4",
    "city": "Sacramento",
    "state": "CA",
    "zip": "95814-1234",
}
RATES = {"99213": "80.00", "90834": "90.00", "80053": "10.00"}
NPIS = {"dr": "1234567893", "np": "1679576722", "lab": "1987654328"}


def agency(**changes: Any) -> Any:
    route = Route("medi_cal", "610442", "MEDI-CAL", "MEDI-CAL", status="verified")
    names = {
        "submitter_name": "SACRAMENTO REENTRY",
        "contact_name": "BILLING OFFICE",
        "contact_phone": "9165550100",
        "isa_sender_id": "REENTRY34",
        "gs_sender_code": "REENTRY34",
        "isa_receiver_id": "610442",
        "gs_receiver_code": "610442",
        "trace_originator_id": "1946000529",
    }
    qualifiers = {"isa_sender_qualifier": "ZZ", "isa_receiver_qualifier": "ZZ"}
    fixed = {"id": "sac", "county_code": "34", "usage": "T", "routes": {"medi_cal": route}}
    return Agency(**{**names, **qualifiers, **fixed, **changes})


def drawn(picture: Any) -> Any:
    """Rows of a picture: names over values, columns between bars; a blank is null."""
    head, *rows = [
        [cell.strip() for cell in line.split("|")] for line in picture.strip().splitlines()
    ]
    return [{n: v or None for n, v in zip(head, row, strict=True)} for row in rows]


def feed(name: Any, *rows: Any) -> Any:
    return FEEDS[name].conform(pl.DataFrame(list(rows), infer_schema_length=None))


def line(**values: Any) -> Any:
    """A clean service line: the same values for `service_lines` and `encounters`."""
    standing = {
        "source_system": "main",
        "line_number": 1,
        "person_id": "P1",
        "stay_id": "S1",
        "facility_id": "MAIN",
        "service_date": date(2026, 4, 15),
        "service_category": "consultation",
        "procedure_code": "99213",
        "modifiers": [],
        "units": Decimal(1),
        "charge_amount": Decimal("100.00"),
        "diagnosis_codes": ["F11.20"],
        "place_of_service": "09",
        "modality": "in_person",
        "rendering_npi": NPIS["dr"],
        "verdict": "clean",
        "deadline_on": DEADLINE,
        "is_part_2": False,
        "file_id": "f1",
        "row_number": 1,
    }
    return {**standing, **values}


def drawn_lines(picture: Any) -> Any:
    """Lines drawn with the columns encounter, and any of day, units, charge, dx, by, pos, auth."""
    readers = {
        "encounter": lambda v: {"encounter_id": v},
        "line": lambda v: {"line_number": int(v)},
        "person": lambda v: {"person_id": v},
        "day": lambda v: {"service_date": date(2026, 4, int(v))},
        "units": lambda v: {"units": Decimal(v)},
        "charge": lambda v: {"charge_amount": Decimal(v)},
        "code": lambda v: {"procedure_code": v},
        "dx": lambda v: {"diagnosis_codes": v.split()},
        "by": lambda v: {"rendering_npi": NPIS[v]},
        "ordered": lambda v: {"ordering_npi": NPIS[v]},
        "pos": lambda v: {"place_of_service": v},
        "auth": lambda v: {"authorization_number": v},
        "facility": lambda v: {"facility_id": v},
        "verdict": lambda v: {"verdict": v},
    }
    made = []
    for row in drawn(picture):
        values = {}
        for name, value in row.items():
            values |= readers[name](value) if value is not None else {}
        made.append(line(**values))
    return made


def provider(name: Any, **changes: Any) -> Any:
    values = {
        "staff_id": name,
        "npi": NPIS[name],
        "entity_type": "person",
        "last_name_or_organization": f"Dr {name}",
        "first_name": "Ana",
        "taxonomy_code": "207Q00000X",
    }
    return {**values, **changes}


def bound(*rows: Any) -> Any:
    names = ("source_system", "encounter_id", "line_number", "claim_id", "line_ordinal")
    schema = dict.fromkeys(names, pl.String) | {"line_number": pl.Int64, "line_ordinal": pl.Int64}
    return pl.DataFrame([("main", *row) for row in rows], schema=schema, orient="row")


def rates() -> Any:
    spans = ("valid_from", "valid_to", "edition_from", "edition_to")
    return pl.DataFrame(
        {
            "procedure_code": list(RATES),
            "modifiers": [None] * len(RATES),
            "rate_amount": [Decimal(rate) for rate in RATES.values()],
            **{name: [None] * len(RATES) for name in spans},
        },
        schema_overrides={"modifiers": pl.String, "rate_amount": pl.Decimal(12, 2)}
        | dict.fromkeys(spans, pl.Date),
    )


def policy(**changes: Any) -> Any:
    """The shipped policy with some values changed; None makes one unset."""
    blocks = shipped_text().split("\n\n")
    for name, value in changes.items():
        head = f"[[{name.replace('__', '.')}]]"
        status = "unset" if value is None else "unverified"
        told = "" if value is None else f"value = {value}\n"
        entry = f'{head}\n{told}status = "{status}"\nsource = "test"\nvalid_from = 2024-10-01'
        blocks = [entry if block.startswith(head) else block for block in blocks]
    return Policy("\n\n".join(blocks))


def stay(stay_id: str = "S1", *, released: bool = True) -> Any:
    booked = datetime(2026, 3, 1, 18, tzinfo=UTC)
    left = datetime(2026, 4, 30, 18, tzinfo=UTC) if released else None
    return {"stay_id": stay_id, "person_id": "P1", "facility_id": "MAIN", "booking_number": "B1",
            "booked_at": booked, "released_at": left, "release_certainty": "known"}  # fmt: skip


def assembled(lines: Any, **changes: Any) -> Any:
    """The stage over the county, with any of its arguments changed."""
    lines = [{"row_number": n, **row} for n, row in enumerate(lines, 1)]
    rows = pl.DataFrame(lines, infer_schema_length=None)
    arguments = {
        "service_lines": DERIVED["service_lines"].conform(rows),
        "encounters": FEEDS["encounters"].conform(rows),
        "people": feed("people", PERSON),
        "cin_aliases": FEEDS["cin_aliases"].empty(),
        "facilities": feed("facilities", FACILITY),
        "billing_providers": feed("billing_providers", BILLING),
        "providers": feed("providers", *(provider(name) for name in NPIS)),
        "custody_stays": feed("custody_stays", stay()),
        "other_coverage": FEEDS["other_coverage"].empty(),
        "other_payer_payments": FEEDS["other_payer_payments"].empty(),
        "institutional_claims": FEEDS["institutional_claims"].empty(),
        "attachments": FEEDS["attachments"].empty(),
        "bound": bound(),
        "rates": rates(),
        "agency": agency(),
        "policy": policy(),
        "as_of": AS_OF,
    }
    return claims(**{**arguments, **changes})


def content_of(lines: Any, **changes: Any) -> Any:
    """The content of the only claim."""
    made, _ = assembled(lines, **changes)
    (content,) = thaw(made["content"]).rows(named=True)
    return content


def reasons_of(lines: Any, **changes: Any) -> Any:
    made, _ = assembled(lines, **changes)
    (reasons,) = made["reasons"].to_list()
    return reasons
