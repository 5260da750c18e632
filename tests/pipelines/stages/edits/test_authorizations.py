"""Authorizations: units drawn in service order, what wants looking at, what is still to be asked.

Through the real edits: a line that they reject draws nothing.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import drawn
from edit_code_sets import code_sets
from edit_scenario import AS_OF, CLEAN_LINE, COUNTY, POLICY, clean, typed

from contracts.derived import DERIVED
from contracts.schemas import broken_rules
from pipelines.stages.authorizations.balances import balances
from pipelines.stages.authorizations.needed import needed
from pipelines.stages.authorizations.uses import uses
from pipelines.stages.edits.context import service_context
from pipelines.stages.edits.run import run_edits

GRANT = COUNTY["authorizations"][0]


def rows(base: dict[str, Any], picture: str, names: dict[str, str]) -> list[dict[str, Any]]:
    return [
        base | {names.get(name, name): text or None for name, text in row.items()}
        for row in drawn(picture)
    ]


def encounters(picture: str) -> pl.DataFrame:
    names = {
        "line": "encounter_id", "day": "service_date", "code": "procedure_code",
        "number": "authorization_number", "order": "order_id", "person": "person_id",
    }  # fmt: skip
    made = rows(CLEAN_LINE, picture, names)
    for number, row in enumerate(made):  # each at its own hour: no duplicates, no overlap
        row["signed_at"] = f"{row['service_date']}T23:00:00-07:00"
        row["start_time"], row["minutes"] = f"{8 + number:02}:00", "15"
    return typed("encounters", made)


def authorizations(picture: str) -> pl.DataFrame:
    names = {
        "number": "authorization_number", "line": "line_number", "code": "procedure_code",
        "from": "starts_on", "to": "ends_on", "asked": "units_requested",
        "granted": "units_approved", "order": "order_id",
    }  # fmt: skip
    return typed("authorizations", rows(GRANT, picture, names))


def judged(lines: pl.DataFrame, held: pl.DataFrame) -> Any:
    others = {name: clean(name) for name in COUNTY if name not in ("encounters", "authorizations")}
    everyday = pl.DataFrame(
        {"stay_id": "s1", "day": pl.date_range(date(2026, 1, 5), AS_OF, eager=True),
         "billable": True, "reasons": None},
        schema_overrides={"reasons": pl.List(pl.String)},
    )  # fmt: skip
    months = [COUNTY["eligibility_answers"][0] | {"month": f"2026-0{n}"} for n in range(2, 6)]
    context = service_context(
        encounters=lines,
        authorizations=held,
        **others
        | {"billable_days": everyday, "eligibility_answers": typed("eligibility_answers", months)},
        codes=code_sets(),
        policy=POLICY,
        as_of=AS_OF,
    )
    return run_edits(context, "demo")


def used(lines: str, held: str) -> pl.DataFrame:
    encountered, granted = encounters(lines), authorizations(held)
    results = judged(encountered, granted)
    made = uses(results.service_lines, encountered, granted, results.findings)
    assert broken_rules(DERIVED["authorization_uses"], made) == {}
    return made


def balanced(lines: str, held: str, as_of: date = AS_OF) -> list[dict[str, Any]]:
    made = balances(authorizations(held), used(lines, held), POLICY, as_of)
    assert broken_rules(DERIVED["authorization_balances"], made) == {}
    return made.to_dicts()


ONE = """
    number      | line | code  | from       | to         | asked | granted | decision
    12345678901 | 1    | 99214 | 2026-03-01 | 2026-05-31 | 4     | 3       | modified
"""


def test_units_are_drawn_in_the_order_of_service_by_lines_that_count() -> None:
    made = used(
        """
        line | day        | units | code  | number
        e2   | 2026-04-02 | 2     | 99214 | 12345678901
        e1   | 2026-04-01 | 1     | 99214 | 12345678901
        e3   | 2026-04-03 | 1     | 99214 | 12345678901
        e4   | 2026-04-04 | 1     | 99213 | 12345678901
        e5   | 2026-04-05 | 1     | 99213 |
        e6   | 2026-04-06 | 1     | 99213 | 99999999999
        """,
        ONE,
    )
    told = made.select("encounter_id", "is_counted", "units_left", "faults").rows()
    assert told == [
        ("e1", True, Decimal("2.000"), None),
        ("e2", True, Decimal("0.000"), None),
        ("e3", False, Decimal("0.000"), ["authorization_exhausted"]),
        ("e4", False, None, ["authorization_of_other_code"]),
        ("e6", False, None, ["authorization_unknown"]),
    ]


def test_a_line_draws_on_the_part_for_its_procedure_before_the_one_for_any() -> None:
    lines = """
        line | day        | units | code  | number
        e1   | 2026-04-01 | 1     | 99214 | 12345678901
        e2   | 2026-04-02 | 2     | 99213 | 12345678901
    """
    held = """
        number      | line | code  | asked | granted
        12345678901 | 1    |       | 5     |
        12345678901 | 2    | 99214 | 2     | 2
        12345678901 | 3    | 99214 | 1     | 1
    """
    parts = balanced(lines, held)
    told = [(p["line_number"], p["procedure_code"], p["units_granted"], p["units_left"])
            for p in parts]  # fmt: skip
    assert told == [(1, None, Decimal(5), Decimal(3)), (2, "99214", Decimal(3), Decimal(2))]


STANDINGS = [
    # decision  | granted | to         | standing   | attention
    ("approved", "3", "2026-05-31", "open", ["expiring"]),
    ("approved", "3", "2026-06-01", "open", []),
    ("approved", "1", "2026-06-01", "used_up", ["used_up"]),
    ("modified", "3", "2026-05-01", "open", ["expiring"]),
    ("modified", "3", "2026-04-30", "expired", []),
    ("approved", None, "2026-06-01", "open", []),
    ("pending", None, "2026-06-01", "pending", ["pending_long"]),
    ("denied", None, "2026-06-01", "denied", ["misused"]),
    ("cancelled", None, "2026-06-01", "cancelled", ["misused"]),
]


@pytest.mark.parametrize(("decision", "granted", "to", "standing", "attention"), STANDINGS)
def test_what_can_still_be_done_under_it_and_why_to_look(
    decision: str, granted: str | None, to: str, standing: str, attention: list[str]
) -> None:
    held = f"""
        number      | code  | to   | asked | granted         | decision   | requested_on
        12345678901 | 99214 | {to} | 4     | {granted or ""} | {decision} | 2026-04-16
    """
    lines = """
        line | day        | units | code  | number
        e1   | 2026-04-01 | 1     | 99214 | 12345678901
    """
    (one,) = balanced(lines, held)
    assert (one["standing"], one["attention"]) == (standing, attention)


def test_pending_for_as_long_as_policy_has_patience_is_not_long() -> None:
    held = """
        number      | code  | asked | decision | requested_on
        12345678901 | 99214 | 4     | pending  | 2026-04-17
    """
    (one,) = balanced("line | day\ne1 | 2026-04-01", held)
    assert (one["days_pending"], one["attention"]) == (14, [])


def test_one_that_begins_later_and_one_that_was_replaced() -> None:
    held = """
        number      | code  | from       | to         | asked | decision | supersedes_number
        12345678901 | 99214 | 2026-05-02 | 2026-08-01 | 4     | approved |
        12345678902 | 99214 | 2026-03-01 | 2026-08-01 | 4     | approved |
        12345678903 | 99214 | 2026-03-01 | 2026-08-01 | 4     | approved | 12345678902
        12345678904 | 99214 | 2026-03-01 | 2026-08-01 | 4     | denied   | 12345678903
    """
    found = balanced("line | day\ne1 | 2026-04-01", held)
    standings = [one["standing"] for one in found]
    assert standings == ["not_begun", "superseded", "open", "denied"]


# --- what is still to be asked for ----------------------------------------------------------------

ORDER = {
    "order_id": "o1",
    "person_id": "p1",
    "stay_id": "s1",
    "order_type": "service",
    "procedure_code": "99214",
    "ordered_by_npi": "1234567893",
    "ordered_on": "2026-04-01",
    "order_status": "active",
    "continue_at_release": "no",
}
NEEDED = [
    # of the order                     | authorizations                        | asked for, why
    ({}, None, "never_asked"),
    ({"procedure_code": "99213"}, None, None),
    ({"procedure_code": "99215"}, None, "need_unset"),
    ({"procedure_code": None}, None, None),
    ({"order_status": "stopped"}, None, None),
    ({"order_status": "completed"}, None, "never_asked"),
    ({"ordered_on": "2026-05-02"}, None, None),
    ({}, "decision\napproved", None),
    ({}, "decision | order\npending | o1", None),
    ({}, "decision | order\ndenied | o1", "refused"),
    ({}, "decision | order\napproved | o2", "never_asked"),
    ({}, "decision | code\napproved | 99213", "never_asked"),
    ({}, "decision | from\napproved | 2026-04-02", "never_asked"),
    ({}, "decision | to\napproved | 2026-04-01", None),
    ({"starts_on": "2026-05-01"}, "decision | to\napproved | 2026-04-30", "never_asked"),
]


def wanted(order: dict[str, Any], held: str | None, lines: str) -> pl.DataFrame:
    encountered = encounters(lines)
    granted = authorizations(_for_99214(held)) if held else authorizations("number\n").clear()
    results = judged(encountered, granted)
    made = needed(
        orders=typed("orders", [ORDER | order]),
        authorizations=granted,
        people=clean("people"),
        custody_stays=clean("custody_stays"),
        service_lines=results.service_lines,
        encounters=encountered,
        findings=results.findings,
        prerelease_services=code_sets()["prerelease_services"],
        as_of=AS_OF,
    )
    assert broken_rules(DERIVED["authorizations_needed"], made) == {}
    return made


def _for_99214(held: str) -> str:
    if "code" in held:
        return held
    head, *lines = held.splitlines()
    return "\n".join([f"{head} | code", *(f"{line} | 99214" for line in lines)])


@pytest.mark.parametrize(("order", "held", "reason"), NEEDED)
def test_an_order_wants_an_authorization_or_not(
    order: dict[str, Any], held: str | None, reason: str | None
) -> None:
    made = wanted(order, held, "line | day\ne1 | 2026-04-01")
    assert made["reason"].to_list() == ([reason] if reason else [])
    if reason:
        assert made["facility_id"].to_list() == ["f1"]
        assert made["authorization_number"].is_not_null().any() == (reason == "refused")


def test_the_dollars_are_those_of_documented_lines_that_wait_for_it() -> None:
    (one,) = wanted(
        {},
        None,
        """
        line | day        | code  | charge_amount | order
        e1   | 2026-04-01 | 99214 | 100.25        | o1
        e2   | 2026-03-31 | 99214 | 50.00         | o1
        e3   | 2026-04-02 | 99214 | 70.00         |
        """,
    ).to_dicts()
    assert (one["waiting_count"], one["amount"]) == (2, Decimal("150.25"))
    assert one["deadline_on"] == date(2026, 9, 30)
