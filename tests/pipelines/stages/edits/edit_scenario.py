"""One county with one clean service line, as text rows; tests change single cells of it."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

import polars as pl
from edit_code_sets import code_sets

from contracts.derived import DERIVED
from contracts.feeds import FEEDS
from contracts.parsing import parse
from contracts.policy import Policy, shipped_text
from pipelines.stages.decisions.lines import DECIDED
from pipelines.stages.edits.context import service_context
from pipelines.stages.edits.run import EditResults, run_edits

Row = dict[str, str | None]
Changes = Mapping[str, Any]

DECISIONS = frozenset(f"decided.{name}" for name in DECIDED)
CLEAN: Changes = MappingProxyType({})
OUT = "out.lines"  # keys of lines that the payer has in hand
BUNDLED = "bundled.lines"  # keys of lines that prove a bundle which is billed
BILLED = "billed.encounters"  # the cells of a line that went out and is gone
AS_OF = date(2026, 5, 1)
POLICY = Policy(shipped_text())

# The service of 1 April 2026 that nothing is wrong with: its limit is 31 October 2026.
CLEAN_LINE: Row = {
    "encounter_id": "e1",
    "line_number": "1",
    "person_id": "p1",
    "stay_id": "s1",
    "facility_id": "f1",
    "service_date": "2026-04-01",
    "service_category": "consultation",
    "procedure_code": "99213",
    "modifiers": None,
    "units": "1",
    "charge_amount": "120.50",
    "diagnosis_codes": "F11.20",
    "place_of_service": "09",
    "modality": "in_person",
    "rendering_npi": "1234567893",
    "note_status": "signed",
    "signed_by_staff_id": "st1",
    "signed_at": "2026-04-01T15:00:00-07:00",
}
COUNTY: dict[str, list[Row]] = {
    "encounters": [CLEAN_LINE],
    "people": [
        {
            "person_id": "p1",
            "cin": "90000000A",
            "last_name": "DOE",
            "first_name": "JO",
            "birth_date": "1990-01-31",
            "sex": "F",
            "address_line": "2 ELM ST",
            "city": "SACRAMENTO",
            "state": "CA",
            "zip": "95814",
        }
    ],
    "cin_aliases": [
        {"alias_cin": "97777777A", "cin": "98888888A", "reason": "typo", "valid_from": "2026-01-01"}
    ],
    "custody_stays": [
        {
            "stay_id": "s1",
            "person_id": "p1",
            "facility_id": "f1",
            "booking_number": "B1",
            "booked_at": "2026-01-05T08:00:00-08:00",
            "release_certainty": "unknown",
        }
    ],
    "facilities": [
        {
            "facility_id": "f1",
            "name": "MAIN JAIL",
            "county_code": "34",
            "facility_type": "county_jail",
            "npi": "1245319599",
            "billing_npi": "1993999998",
            "taxonomy_code": "261QP2400X",
            "address_line": "1 MAIN ST",
            "city": "SACRAMENTO",
            "state": "CA",
            "zip": "958140001",
            "live_from": "2026-01-01",
            "enrolled_from": "2026-01-01",
            "claim_form": "professional",
        }
    ],
    "billing_providers": [
        {
            "billing_npi": "1993999998",
            "organization_name": "COUNTY",
            "tax_id": "941234567",
            "taxonomy_code": "261QP2400X",
            "address_line": "1 MAIN ST",
            "city": "SACRAMENTO",
            "state": "CA",
            "zip": "958140001",
            "contact_name": "BILLING",
            "contact_phone": "9165550100",
        }
    ],
    "providers": [
        {
            "staff_id": "st1",
            "npi": "1234567893",
            "entity_type": "person",
            "is_external": "no",
            "last_name_or_organization": "ROE",
            "credential": "MD",
        }
    ],
    # Of a facility that bills on professional claims a bill says nothing.
    "institutional_claims": [
        {
            "institutional_claim_id": "b1",
            "stay_id": "s1",
            "facility_id": "f1",
            "type_of_bill": "131",
            "from_on": "2026-04-01",
            "through_on": "2026-04-30",
            "admission_type": "3",
            "patient_status": "01",
            "attending_npi": "1234567893",
            "encounter_ids": "e8|e1",
        }
    ],
    "attachments": [
        {
            "attachment_control_number": "A1",
            "encounter_id": "e8",
            "report_type": "OZ",
            "transmission_code": "BM",
        }
    ],
    "provider_enrollments": [
        {"staff_id": "st1", "program": "medi_cal", "enrolled_from": "2025-01-01"}
    ],
    "licences": [
        {
            "staff_id": "st1",
            "licence_number": "L1",
            "state": "CA",
            "kind": "MD",
            "valid_from": "2025-01-01",
        }
    ],
    "eligibility_answers": [
        {
            "cin": "90000000A",
            "month": "2026-04",
            "verified_on": "2026-04-02",
            "eligible": "yes",
            "payer_last_name": "DOE",
            "payer_first_name": "JO",
            "payer_birth_date": "1990-01-31",
            "payer_sex": "F",
        }
    ],
    # Of a stranger: cases give it to the person.
    "other_coverage": [
        {
            "cin": "98888888A",
            "payer_id": "PAY1",
            "policy_number": "POL1",
            "starts_on": "2026-01-01",
            "payer_name": "MUTUAL",
            "filing_indicator": "CI",
            "subscriber_relationship": "18",
        }
    ],
    "other_payer_payments": [
        {
            "encounter_id": "e9",
            "line_number": "1",
            "payer_id": "PAY1",
            "paid_amount": "0.00",
            "adjudicated_on": "2026-04-10",
            "outcome": "denied",
        }
    ],
    # Named by no line of the county as it stands: cases put its number on theirs.
    "authorizations": [
        {
            "authorization_number": "12345678901",
            "line_number": "1",
            "authorization_type": "TAR",
            "person_id": "p1",
            "starts_on": "2026-03-01",
            "ends_on": "2026-04-30",
            "units_requested": "1",
            "decision": "approved",
            "requested_on": "2026-02-20",
        }
    ],
    "billable_days": [{"stay_id": "s1", "day": "2026-04-01", "billable": "yes", "reasons": None}],
}


def typed(table: str, rows: list[Row]) -> pl.DataFrame:
    """Text rows as current facts (or as the derived table), read as every file is read."""
    contract = FEEDS.get(table) or DERIVED[table]
    names = list(dict.fromkeys(name for row in rows for name in row))
    texts = [[row.get(name) for name in names] for row in rows]
    raw = pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String), orient="row")
    parsed = parse(contract, raw.with_row_index("row_number", 1).cast({"row_number": pl.Int64}))
    assert parsed.failures.is_empty(), parsed.failures.rows()
    return parsed.rows.with_columns(pl.lit("file0001").alias("file_id"))


@cache
def clean(table: str) -> pl.DataFrame:
    return typed(table, COUNTY[table])


def county(changes: Changes) -> dict[str, list[Row]]:
    """The county with cells changed: `table.column` to its text; `+table` adds a row that repeats
    the table's first one but for the cells given."""
    tables = deepcopy(COUNTY)
    for key, value in changes.items():
        if key.startswith("+"):
            rows = tables[key[1:]]
            rows.append(rows[0] | value)
        elif "." in key and key not in (*DECISIONS, BILLED, OUT, BUNDLED):
            table, column = key.split(".")
            tables[table][0][column] = value
    return tables


def context_of(
    changes: Changes = CLEAN,
    *,
    codes: Mapping[str, pl.DataFrame] | None = None,
    policy: Policy = POLICY,
) -> pl.DataFrame:
    """The wide context of the changed county; `as_of` among the changes moves the day."""
    changed = {key.strip("+").partition(".")[0] for key in changes}
    tables = {
        name: typed(name, rows) if name in changed else clean(name)
        for name, rows in county(changes).items()
    }
    as_of = changes.get("as_of", AS_OF)
    return service_context(
        **tables,
        codes=code_sets() if codes is None else codes,
        policy=policy,
        as_of=as_of,
        decided=decided_of(changes, tables["encounters"].height),
        billed=_lines(changes, BILLED),
        out=_lines(changes, OUT),
        in_bundles=_lines(changes, BUNDLED),
    )


def _lines(changes: Changes, key: str) -> pl.DataFrame | None:
    return typed("encounters", [CLEAN_LINE | changes[key]]) if key in changes else None


def decided_of(changes: Changes, height: int) -> pl.DataFrame | None:
    """What was decided of the first line: the changes that begin with `decided.`."""
    cells = {key.partition(".")[2]: value for key, value in changes.items() if key in DECISIONS}
    rows = [cells, *[{}] * (height - 1)]
    return pl.DataFrame(rows, schema=DECIDED) if cells else None


def results_of(changes: Changes = CLEAN, **given: Any) -> EditResults:
    return run_edits(context_of(changes, **given), "demo")


def fired(changes: Changes = CLEAN, **given: Any) -> set[str]:
    """Ids of the edits that found something."""
    return set(results_of(changes, **given).findings["edit_id"])
