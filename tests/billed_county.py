"""What the measured county sent to its payer, drawn so that every measure of billing has its cases:
seen on October 1, 2026. What stands in a row is there for the reason that its comment names.
"""

from datetime import date
from decimal import Decimal
from typing import Any, Final

import polars as pl
from claim_county import drawn

from contracts.derived import DERIVED
from contracts.tables import Table
from pipelines.stages.receivables.aging import in_effect, placed
from pipelines.stages.receivables.billing import billing

AS_OF: Final = date(2026, 10, 1)
LINES: Final = """
    claim | n | state       | sent       | line       | remitted   | account  | charge | paid | adjusted | denied | open | back
    C1    | 1 | paid        | 2026-07-25 | main/L1    | 2026-08-04 | paid     | 100.00 | 80   | 20       | 0      | 0    | 0
    C2    | 1 | denied      | 2026-08-10 | main/L3    | 2026-08-30 | denied   | 50.00  | 0    | 0        | 50     | 0    | 0
    C3    | 1 | rejected    | 2026-08-20 |            |            | open     | 70.00  | 0    | 0        | 0      | 70   | 0
    C3    | 2 | accepted    | 2026-09-01 |            |            | open     | 70.00  | 0    | 0        | 0      | 70   | 0
    C4    | 1 | sent        | 2026-09-20 | care_bundles/S3/follow_up |  | open | 30.00 | 0   | 0        | 0      | 30   | 0
    C5    | 1 | pended      | 2026-05-15 |            |            | open     | 10.00  | 0    | 0        | 0      | 10   | 0
    C6    | 1 | withdrawn   |            |            |            | open     | 40.00  | 0    | 0        | 0      | 40   | 0
    C6    | 2 | partly_paid | 2026-09-25 |            | 2026-09-29 | paid     | 40.00  | 30   | 10       | 0      | 0    | 0
    C7    | 1 | written     |            |            |            | open     | 20.00  | 0    | 0        | 0      | 20   | 0
    C8    | 1 | paid        | 2026-07-05 |            | 2026-07-15 | paid     | 60.00  | 45   | 15       | 0      | 0    | 5
    C9    | 1 | denied      | 2026-05-20 |            | 2026-06-10 | denied   | 25.00  | 0    | 0        | 25     | 0    | 0
"""  # noqa: E501 - a table is read in rows
# C6 is gone from the records: nothing tells its person, facility or deadline.
CLAIMS: Final = """
    claim | person | place | served     | deadline
    C1    | P1     | A     | 2026-07-20 | 2027-01-31
    C2    | P3     | A     | 2026-08-01 | 2027-02-28
    C3    | P2     | Y     | 2026-08-05 | 2027-02-28
    C4    | P3     | A     | 2026-09-10 | 2027-03-31
    C5    | P1     | A     | 2025-11-02 | 2026-05-31
    C7    | P7     | Y     | 2026-09-28 | 2027-03-31
    C8    | P2     | A     | 2025-12-20 | 2026-06-30
    C9    | P1     | A     | 2026-05-01 | 2026-11-30
    C10   | P7     | Y     | 2026-04-05 | 2026-10-05
"""
DENIALS: Final = """
    claim | category       | owner     | amount | remitted   | deadline   | predicted
    C2    | not_authorized | biller    | 25.00  | 2026-08-30 | 2026-10-20 | predicted
    C2    | timely_filing  | biller    | 15.00  | 2026-08-30 | 2026-09-30 | missed
    C2    | duplicate      | clinician | 10.00  | 2026-08-30 |            | not_covered_by_edits
    C9    | duplicate      | biller    | 25.00  | 2026-06-10 |            | missed
"""
PLAN: Final = """
    claim | action | charge | deadline
    C1    | none   | 100.00 | 2027-01-31
    C7    | new    | 20.00  | 2026-12-31
    C10   | hold   | 33.00  | 2026-10-05
"""
APPEALS: Final = """
    claim | kind    | state      | open | moved
    C2    | appeal  | overturned |      | 2026-09-05
    C8    | appeal  | upheld     |      | 2026-09-10
    C2    | appeal  | sent       | yes  | 2026-09-20
    C2    | appeal  | withdrawn  |      | 2026-09-21
    C2    | inquiry | overturned |      | 2026-09-22
    C9    | appeal  | overturned |      | 2026-06-20
"""
BUNDLES: Final = """
    stay | person | bundle           | release    | state    | charge | missing
    S1   | P1     | care_plan        | 2026-09-15 | complete | 120.00 |
    S1   | P1     | plan_and_handoff | 2026-09-15 | missed   | 200.00 | medications warm_handoff
    S2   | P2     | care_plan        | 2026-08-20 | exempt   | 120.00 |
    S3   | P3     | care_plan        | 2026-09-01 | complete | 120.00 |
    S3   | P3     | follow_up        | 2026-09-01 | open     | 80.00  | follow_up
    S9   | P9     | care_plan        | 2026-09-30 | not_due  | 120.00 | activation
    S8   | P8     | care_plan        | 2026-10-20 | open     | 120.00 | consent
"""  # S8 is to be released after the quarter
_MONEY: Final = ("charge", "paid", "adjusted", "denied", "open")


def _table(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return table.conform(pl.DataFrame(rows, infer_schema_length=None))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _key(name: str | None, claim: str) -> dict[str, Any]:
    """Lines whose records are not drawn have names of their own."""
    source, _, encounter = (name or f"main/{claim}").partition("/")
    return {"source_system": source, "encounter_id": encounter, "line_number": 1}


def _submission(row: dict[str, str]) -> dict[str, Any]:
    return {
        "submission_id": f"{row['claim']}-{row['n']}",
        "claim_id": row["claim"],
        "submission_number": int(row["n"]),
    }


def states() -> pl.DataFrame:
    rows = [
        _submission(row) | {"state": row["state"], "sent_on": _day(row["sent"])}
        for row in drawn(LINES)
    ]
    return _table(DERIVED["submission_states"], rows)


def line_accounts() -> pl.DataFrame:
    rows = [
        _submission(row)
        | _key(row["line"], row["claim"])
        | {f"{name}_amount": Decimal(row[name]) for name in _MONEY}
        | {"line_ordinal": 1, "state": row["account"], "remitted_on": _day(row["remitted"]),
           "is_in_effect": row["state"] not in {"rejected", "withdrawn"},
           "recovered_amount": Decimal(row["back"])}
        for row in drawn(LINES)
    ]  # fmt: skip
    return _table(DERIVED["line_accounts"], rows)


def claims() -> pl.DataFrame:
    rows = [
        {"claim_id": row["claim"], "person_id": row["person"], "facility_id": row["place"],
         "service_date": _day(row["served"]), "deadline_on": _day(row["deadline"])}
        for row in drawn(CLAIMS)
    ]  # fmt: skip
    return _table(DERIVED["claims"], rows)


def denials() -> pl.DataFrame:
    rows = [
        {"denial_id": f"D{number}", "claim_id": row["claim"], "submission_id": f"{row['claim']}-1",
         "line_ordinal": 1, "category": row["category"], "owner": row["owner"],
         "next_step": "replace", "amount": Decimal(row["amount"]), "predicted": row["predicted"],
         "remitted_on": _day(row["remitted"]), "deadline_on": _day(row["deadline"])}
        for number, row in enumerate(drawn(DENIALS))
    ]  # fmt: skip
    return _table(DERIVED["denials"], rows)


def plan() -> pl.DataFrame:
    rows = [
        {"claim_id": row["claim"], "action": row["action"], "deadline_on": _day(row["deadline"]),
         "charge_amount": Decimal(row["charge"])}
        for row in drawn(PLAN)
    ]  # fmt: skip
    return _table(DERIVED["plan"], rows)


def disputes() -> pl.DataFrame:
    rows = [
        (f"A{number}", row["claim"], row["kind"], row["state"], row["open"] == "yes",
         _day(row["moved"]))
        for number, row in enumerate(drawn(APPEALS))
    ]  # fmt: skip
    names = ["dispute_id", "claim_id", "kind", "state", "is_open", "moved_on"]
    return pl.DataFrame(rows, schema=names, orient="row")


def lines(service_lines: pl.DataFrame) -> pl.DataFrame:
    """Lines in effect, as `reentry receivables` has them."""
    return in_effect(placed(line_accounts(), service_lines, claims()), states(), AS_OF)


def facts(service_lines: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Every table that `billing.sql` names, of the lines of claims and these service lines."""
    return billing(
        lines(service_lines), line_accounts(), states(), claims(), denials(), plan(), disputes(),
        AS_OF,
    )  # fmt: skip


def bundles() -> dict[str, pl.DataFrame]:
    """Tables `care_bundles` and `bundles_missing`."""
    rows = [
        {"stay_id": row["stay"], "episode_id": row["stay"], "person_id": row["person"],
         "facility_id": "A", "bundle_id": row["bundle"], "ordinal": 1, "state": row["state"],
         "release_on": _day(row["release"]), "charge_amount": Decimal(row["charge"]),
         "service_date": date(2026, 9, 10)}
        for row in drawn(BUNDLES)
    ]  # fmt: skip
    told = _table(DERIVED["bundles"], rows)
    missing = pl.DataFrame(
        [(row["stay"], row["bundle"], 1, row["missing"].split())
         for row in drawn(BUNDLES) if row["missing"]],
        schema={"stay_id": pl.String, "bundle_id": pl.String, "ordinal": pl.Int64,
                "missing": pl.List(pl.String)},
        orient="row",
    )  # fmt: skip
    keys = told.select(
        pl.all(),
        source_system=pl.lit("care_bundles"),
        encounter_id=pl.format("{}/{}", "stay_id", "bundle_id"),
        line_number="ordinal",
    )
    return {"care_bundles": keys, "bundles_missing": missing}
