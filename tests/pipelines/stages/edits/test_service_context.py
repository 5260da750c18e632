import calendar
from datetime import date

import polars as pl
import pytest
from edit_code_sets import CODES, code_sets
from edit_scenario import (
    AS_OF,
    CLEAN_LINE,
    COUNTY,
    POLICY,
    clean,
    context_of,
    fired,
    typed,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from codesets.loader import CodeSets
from contracts.errors import HeldByPolicyError
from contracts.feeds import FEEDS
from contracts.policy import Policy
from pipelines.stages.edits.authorization import authorization_verdicts
from pipelines.stages.edits.code_verdicts import CODE_SETS, code_verdicts
from pipelines.stages.edits.same_day import clashing, repeated
from pipelines.stages.edits.service_days import service_days
from pipelines.stages.people import survivors

SOME_DAYS = st.dates(min_value=date(2021, 1, 1), max_value=date(2030, 12, 31))


def limit_by_calendar(day: date) -> date:
    """Six months on, written out: the month after the fifth, its last day."""
    year, month = day.year, day.month
    for _ in range(6):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return date(year, month, calendar.monthrange(year, month)[1])


@given(SOME_DAYS, SOME_DAYS.filter(lambda day: POLICY.is_set("filing.months", day)))
def test_the_filing_limit_ends_the_sixth_month_after_the_month_of_service(
    day: date, as_of: date
) -> None:
    row = service_days(pl.Series([day, day]), POLICY, as_of).row(0, named=True)
    assert row["deadline_on"] == limit_by_calendar(day)
    assert row["days_left"] == (limit_by_calendar(day) - as_of).days


def test_a_service_of_15_april_is_due_by_31_october() -> None:
    row = service_days(pl.Series([date(2026, 4, 15)]), POLICY, AS_OF).row(0, named=True)
    assert row["deadline_on"] == date(2026, 10, 31)


#   as of               still paid of a service of 15 April
SHARES = [
    (date(2026, 4, 15), 100),
    (date(2026, 10, 31), 100),
    (date(2026, 11, 1), 75),
    (date(2027, 1, 31), 75),
    (date(2027, 2, 1), 50),
    (date(2027, 4, 30), 50),
    (date(2027, 5, 1), 0),
    (date(2028, 5, 1), 0),
]


@pytest.mark.parametrize(("as_of", "percent"), SHARES)
def test_after_the_limit_a_share_is_paid_by_the_month_then_nothing(
    as_of: date, percent: int
) -> None:
    row = service_days(pl.Series([date(2026, 4, 15)]), POLICY, as_of).row(0, named=True)
    assert (row["late_percent"], row["first_late_percent"]) == (percent, 75)


def test_an_unset_filing_limit_holds_the_run() -> None:
    with pytest.raises(HeldByPolicyError, match=r"filing\.months is unset"):
        service_days(pl.Series([date(2026, 4, 15)]), Policy(""), AS_OF)


def test_policy_values_are_those_of_the_service_date() -> None:
    changed = Policy("""
[filing]
months = [{ value = 6, status = "verified", source = "t", valid_from = 2024-10-01 }]
[notes]
late_signature_days = [
  { value = 14, status = "unverified", source = "t", valid_from = 2024-10-01 },
  { value = 3, status = "unverified", source = "t", valid_from = 2026-04-02 },
]
""")
    days = service_days(pl.Series([date(2026, 4, 1), date(2026, 4, 2)]), changed, AS_OF)
    assert days["late_signature_days"].to_list() == [14, 3]
    assert days["warn_days"].to_list() == [None, None]


def test_each_line_stays_one_row_in_its_place() -> None:
    # Two staff ids under one NPI, two spans, two lines of the authorization: none multiplies rows.
    context = context_of(
        {
            "encounters.encounter_id": "e9",
            "encounters.authorization_number": "12345678901",
            "+encounters": {"encounter_id": "e1", "diagnosis_codes": "F1120|F112|Z0000"},
            "+providers": {"staff_id": "st2"},
            "+provider_enrollments": {"enrolled_from": "2026-01-01"},
            "+authorizations": {"line_number": "2"},
        }
    )
    assert context["encounter_id"].to_list() == ["e9", "e1"]
    assert context["diagnoses"].to_list() == [["F1120"], ["F1120", "F112", "Z0000"]]


def test_of_the_same_services_the_first_by_key_stands() -> None:
    #        source    encounter  line   modifiers   repetition
    lines = [
        ("main", "e2", "1", "25|59", True),
        ("main", "e1", "2", "59|25", True),
        ("main", "e1", "1", "25|59", False),
        ("main", "e0", "1", "25", False),
        ("other", "e0", "1", "25", True),
    ]
    rows = [
        CLEAN_LINE | {"source_system": s, "encounter_id": e, "line_number": n, "modifiers": m}
        for s, e, n, m, _ in lines
    ]
    wide = typed("encounters", rows).with_columns(surviving_person_id="person_id")
    later = set(repeated(wide.with_row_index("line")))
    assert [n in later for n in range(len(lines))] == [line[4] for line in lines]


# The authorization's lines as (person, code, starts, ends, decision), and what they say of a 99213
# of p1 on 1 April: own, of the code, covers the day, approved, pending.
JAN, MAR, APR, MAY = "2026-01-01", "2026-03-31", "2026-04-01", "2026-05-31"
YES, NO = True, False
AUTHORIZED = [
    ([("p1", None, APR, APR, "approved")], (YES, YES, YES, YES, NO)),
    (
        [("p1", None, JAN, MAR, "approved"), ("p1", None, APR, MAY, "denied")],
        (YES, YES, YES, NO, NO),
    ),
    (
        [("p1", None, JAN, MAR, "denied"), ("p1", None, APR, MAY, "modified")],
        (YES, YES, YES, YES, NO),
    ),
    ([("p1", None, JAN, MAR, "pending")], (YES, YES, NO, NO, YES)),
    ([("p1", None, JAN, MAR, "approved")], (YES, YES, NO, YES, NO)),
    ([("p0", None, APR, MAY, "approved")], (YES, YES, YES, YES, NO)),  # p0 was merged into p1
    ([("p2", None, APR, MAY, "approved")], (NO, NO, NO, NO, NO)),
    ([("p1", "99214", APR, MAY, "approved")], (YES, NO, YES, YES, NO)),
    (
        [("p1", "99214", APR, MAY, "approved"), ("p1", "99213", APR, MAY, "denied")],
        (YES, YES, YES, NO, NO),
    ),
    (
        [("p2", None, APR, MAY, "approved"), ("p1", None, APR, MAY, "approved")],
        (YES, YES, YES, YES, NO),
    ),
    (
        [("p1", None, APR, MAY, "approved"), ("p1", None, APR, MAY, "denied")],
        (YES, YES, YES, YES, NO),
    ),
    (
        [("p1", None, APR, MAY, "pending"), ("p1", None, APR, MAY, "denied")],
        (YES, YES, YES, NO, YES),
    ),
    ([("p9", None, APR, MAY, "approved")], (NO, NO, NO, NO, NO)),  # p9 was never sent
]


@pytest.mark.parametrize(("held", "expected"), AUTHORIZED)
def test_lines_of_an_authorization(
    held: list[tuple[str, str | None, str, str, str]], expected: tuple[bool, ...]
) -> None:
    names = ("person_id", "procedure_code", "starts_on", "ends_on", "decision")
    (rest,) = COUNTY["authorizations"]
    rows = [
        rest | dict(zip(names, line, strict=True)) | {"line_number": str(n)}
        for n, line in enumerate(held)
    ]
    people = pl.DataFrame({"person_id": ["p0", "p1", "p2"], "merged_into": ["p1", None, None]})
    named = typed("encounters", [CLEAN_LINE | {"authorization_number": "12345678901"}, CLEAN_LINE])
    lines = named.with_columns(surviving_person_id="person_id")
    verdicts = authorization_verdicts(lines, typed("authorizations", rows), survivors(people))
    asked = ["is_own", "is_of_code", "covers_day", "is_approved", "is_pending"]
    told = verdicts.select(f"authorization_{name}" for name in asked)
    assert told.rows() == [expected, (None,) * 5]
    assert verdicts["authorization_is_known"].to_list() == [True, None]


#    service date  line  units   used up by this line or before it, of three units
SPENT = [
    ("2026-04-03", "1", "1", True),
    ("2026-04-01", "1", "2", False),
    ("2026-04-02", "1", "0.5", False),
    ("2026-04-02", "2", "0.5", False),
]


def test_units_of_an_authorization_are_spent_in_service_order() -> None:
    (held,) = COUNTY["authorizations"]
    rows = [
        CLEAN_LINE
        | {"authorization_number": held["authorization_number"], "encounter_id": f"e{day}"}
        | {"service_date": day, "line_number": line, "units": units}
        for day, line, units, _ in SPENT
    ]
    lines = typed("encounters", rows).with_columns(surviving_person_id="person_id")
    people = pl.DataFrame(
        {"person_id": ["p1"], "merged_into": [None]}, schema_overrides={"merged_into": pl.String}
    )
    granted = typed("authorizations", [held | {"units_approved": "3"}])
    verdicts = authorization_verdicts(lines, granted, survivors(people))
    assert verdicts["authorization_is_exhausted"].to_list() == [row[3] for row in SPENT]


# Services of one person as (encounter, provider, start, minutes), and whether the person was still
# in another when it began.
CLOCK = [
    ("e1", "1", "09:00", "60", False),
    ("e1", "2", "09:00", "20", False),  # the same encounter
    ("e2", "1", "09:30", "10", True),
    ("e3", "1", "09:45", "10", True),  # e2 is over, e1 is not
    ("e4", "1", "10:00", "30", False),
    ("e5", "1", "10:00", None, False),  # nobody knows how long
]


def test_a_person_is_in_one_service_at_a_time() -> None:
    rows = [
        CLEAN_LINE | {"encounter_id": e, "line_number": n, "start_time": start, "minutes": minutes}
        for e, n, start, minutes, _ in CLOCK
    ]
    wide = typed("encounters", rows).with_columns(surviving_person_id="person_id")
    later = set(clashing(wide.with_row_index("line"), "surviving_person_id", apart="visit"))
    assert [n in later for n in range(len(CLOCK))] == [row[4] for row in CLOCK]


KNOWN = {row[0] for row in CODES["icd10cm"]}
SPANS = [(*row, None, None)[:4] for row in CODES["icd10cm"]]
A_LINE = st.tuples(
    st.none() | st.lists(st.sampled_from([*sorted(KNOWN), "ZZ99", "QQ"]), max_size=4),
    st.dates(min_value=date(2025, 9, 29), max_value=date(2026, 4, 3)),
)


def verdicts_by_hand(codes: list[str] | None, day: date) -> tuple[bool, bool, bool]:
    """Unknown, not in force, not billable: code by code, span by span."""
    unknown = ended = header = False
    for code in codes or []:
        spans = [span for span in SPANS if span[0] == code]
        running = [s for s in spans if (s[2] or date.min) <= day <= (s[3] or date.max)]
        unknown |= not spans
        ended |= bool(spans) and not running
        header |= any(not billable for _, billable, *_ in running)
    return unknown, ended, header


@settings(max_examples=60, deadline=None)
@given(st.lists(A_LINE, min_size=1, max_size=8))
def test_diagnoses_are_judged_as_by_hand(lines: list[tuple[list[str] | None, date]]) -> None:
    told = pl.DataFrame(
        lines, schema={"diagnoses": pl.List(pl.String), "service_date": pl.Date}, orient="row"
    )
    frame = pl.concat([clean("encounters").drop("service_date")] * len(lines)).hstack(told)
    names = ["diagnosis_is_unknown", "diagnosis_is_not_in_force", "diagnosis_is_not_billable"]
    verdicts = code_verdicts(frame, code_sets()).select(names).rows()
    assert verdicts == [verdicts_by_hand(codes, day) for codes, day in lines]


def test_a_day_before_every_edition_is_not_judged() -> None:
    day = date(2019, 12, 31)
    line = context_of().select(*FEEDS["encounters"].names, "diagnoses").drop("service_date")
    verdicts = code_verdicts(line.with_columns(service_date=day), code_sets())
    assert verdicts["diagnosis_is_not_billable"].to_list() == [None]
    assert verdicts["procedure_is_covered"].to_list() == [None]


def test_the_clean_line_is_clean_by_the_shipped_code_sets() -> None:
    shipped = CodeSets()
    codes = {name: shipped.table(name) for name in CODE_SETS}
    assert fired(codes=codes) == set()
    assert fired({"encounters.diagnosis_codes": "F11.2"}, codes=codes) == {"diagnosis_not_billable"}
    lab = {"encounters.procedure_code": "80053", "encounters.service_category": "lab_radiology"}
    assert fired(lab, codes=codes) == {"lab_without_clia"}
    x_ray = lab | {"encounters.procedure_code": "71045"}
    assert fired(x_ray, codes=codes) == set()


# Around 8 March 2026, when the clocks went forward: midnight is 8 o'clock, then 7, in London.
SIGNATURES = [
    ("2026-03-08T07:59:59Z", date(2026, 3, 7)),
    ("2026-03-08T08:00:00Z", date(2026, 3, 8)),
    ("2026-03-09T06:59:59Z", date(2026, 3, 8)),
    ("2026-03-09T07:00:00Z", date(2026, 3, 9)),
]


@pytest.mark.parametrize(("instant", "day"), SIGNATURES)
def test_the_day_of_a_signature_is_the_one_in_los_angeles(instant: str, day: date) -> None:
    assert context_of({"encounters.signed_at": instant})["signed_on"].to_list() == [day]
