"""Edits of stays: each with what makes it fire and the nearest that does not."""

from datetime import date

import polars as pl
import pytest
from eligibility_facts import BASE, cells, frame_of, policy_of

from contracts.derived import DERIVED
from contracts.policy import Policy
from contracts.schemas import broken_rules
from pipelines.stages.edits.run_stays import StayResults, run_stay_edits
from pipelines.stages.edits.stay_context import stay_context
from pipelines.stages.edits.stays import EDITS
from pipelines.stages.eligibility.coverage import agreed, confirmed

AS_OF = date(2026, 2, 1)
CODES = pl.DataFrame(
    {"code": ["J1"], "valid_from": [None], "valid_to": [None], "edition_from": [date(2021, 1, 1)],
     "edition_to": [None]},
    schema_overrides={"valid_from": pl.Date, "valid_to": pl.Date, "edition_to": pl.Date},
)  # fmt: skip

# Booked on 5 January, screened at once, enrolled and activated: nothing is overdue.
SOUND = BASE | {
    "custody_stays": """
        stay_id | person_id | facility_id | booked_at        | expected_release_on
        s1      | p1        | jail        | 2026-01-05 22:30 | 2026-02-10""",
    "screenings": """
        screening_id | stay_id | screening_type     | screened_on | declined | medi_cal_status | outcome
        m1           | s1      | medi_cal           | 2026-01-06  | no       | enrolled        |
        c1           | s1      | pre_release_access | 2026-01-07  | no       |                 | meets""",  # noqa: E501
    "applications": "application_id | person_id | submitted_on",
    "care_milestones": "milestone_id | person_id | stay_id | milestone | occurred_on",
}
NOT_ENROLLED = {
    "coverage": "cin | aid_code | starts_on | coverage_status | is_ji_aid_code",
    "screenings": SOUND["screenings"].replace("enrolled        |", "not_enrolled    |"),
}
NO_CLOCK = {"ji_activations": "activation_id | person_id | activated_on"}
RELEASED = {
    "custody_stays": """
        stay_id | person_id | facility_id | booked_at        | released_at      | released_to
        s1      | p1        | jail        | 2026-01-05 22:30 | 2026-01-30 10:00 | community"""
}
SCREENING = "screening_id | stay_id | screening_type | screened_on | declined | outcome\n"
APPLICATION = "application_id | person_id | submitted_on | received_by_county_on | decision\n"
UNSUSPENDED = "milestone_id | person_id | stay_id | milestone | occurred_on\n"
COVERAGE = "cin | aid_code | starts_on | ends_on | coverage_status | is_ji_aid_code\n"
OWN = "90000001A | M1 | 2025-01-01 | | suspended | no\n"
ACTIVATIONS = "activation_id | person_id | aid_code | activated_on\n"
TWICE = """
    stay_id | person_id | facility_id | booked_at        | released_at      | released_to
    s1      | p1        | jail        | 2026-01-05 22:30 | 2026-01-20 10:00 | transfer
    s2      | p1        | annex       | 2026-01-20 {hour} |                  |"""


def asked_again(drawings: dict[str, str], screening: str) -> dict[str, str]:
    """With a screening more, the newest."""
    asked = (SOUND | drawings)["screenings"]
    return drawings | {"screenings": f"{asked}\n{screening}"}


def judged(policy: Policy | None = None, **drawings: str) -> StayResults:
    facts = {
        feed: frame_of(feed, cells(text)).with_columns(file_id=pl.lit("file0001"))
        for feed, text in (SOUND | drawings).items()
    }
    sound, conflicting = agreed(facts["coverage"], CODES)
    reported = facts["ji_activations"].with_columns(pl.col("aid_code").fill_null("J1"))
    clocks, unlisted = confirmed(reported, CODES)
    del facts["eligibility_answers"]
    context = stay_context(
        **facts | {"coverage": sound, "ji_activations": clocks},
        conflicting=conflicting,
        unlisted=unlisted,
        policy=policy or policy_of(),
        as_of=AS_OF,
    )
    return run_stay_edits(context, "test", AS_OF)


def fired(**drawings: str) -> list[tuple[str, str, str | None, int | None]]:
    found = judged(**drawings).findings
    for name in ("findings", "edit_counts", "enrollment_gaps"):
        assert broken_rules(DERIVED[name], getattr(judged(**drawings), name)) == {}
    due = pl.col("deadline_on").cast(pl.String)
    return found.select("edit_id", "subject_id", due, "days_left").sort("edit_id").rows()


CASES = {
    "medi_cal_screening_overdue": (
        {"screenings": SCREENING + "c1|s1|pre_release_access|2026-01-07|no|meets"},
        ("2026-01-08", -24),
        {"screenings": SCREENING + "c1|s1|medi_cal|2026-02-01|yes|"},
    ),
    "application_not_sent": (
        NOT_ENROLLED,
        ("2026-01-11", -21),
        NOT_ENROLLED | {"applications": APPLICATION + "a|p1|2026-01-07||denied"},
    ),
    "application_pending_long": (
        NOT_ENROLLED | {"applications": APPLICATION + "a|p1|2025-12-10|2025-12-17|pending"},
        ("2026-01-31", -1),
        NOT_ENROLLED | {"applications": APPLICATION + "a|p1|2025-12-10|2025-12-18|pending"},
    ),
    "activation_overdue": (
        NO_CLOCK,
        ("2026-01-27", -5),
        NO_CLOCK | {"custody_stays": SOUND["custody_stays"].replace("2026-02-10", "2026-02-16")},
    ),
    "still_suspended": (
        RELEASED,
        ("2026-01-30", -2),
        RELEASED
        | {"care_milestones": UNSUSPENDED + "m|p1|s1|medi_cal_unsuspended|2026-01-30"},
    ),
    "stays_overlap": (
        {"custody_stays": TWICE.format(hour="09:59")},
        (None, None),
        {"custody_stays": TWICE.format(hour="10:00")},
    ),
    "ji_flag_conflict": (
        {"coverage": COVERAGE + OWN + "90000001A | J1 | 2026-01-01 | | active | no"},
        (None, None),
        {"coverage": COVERAGE + OWN + "90000001A | J1 | 2026-01-01 | | active | yes"},
    ),
    "activation_code_unknown": (
        {"ji_activations": ACTIVATIONS + "a1 | p1 | J1 | 2026-01-10\na2 | p1 | X9 | 2026-01-20"},
        (None, None),
        {"ji_activations": ACTIVATIONS + "a1 | p1 | J1 | 2026-01-10\na2 | p1 | J1 | 2026-01-20"},
    ),
}  # fmt: skip


def test_nothing_is_overdue_of_a_sound_stay() -> None:
    assert fired() == []


def test_every_edit_of_stays_has_its_cases() -> None:
    assert set(CASES) == {edit.id for edit in EDITS}


@pytest.mark.parametrize("edit_id", CASES)
def test_it_fires_alone_and_not_on_its_near_miss(edit_id: str) -> None:
    fails, (due, days_left), passes = CASES[edit_id]
    assert fired(**fails) == [(edit_id, "s1", due, days_left)]
    assert fired(**passes) == []


@pytest.mark.parametrize(
    ("drawings", "because"),
    [
        (NO_CLOCK | RELEASED | {"coverage": COVERAGE + OWN.replace("suspended", "active")},
         "released: too late for an activation"),
        (NO_CLOCK | {"screenings": SOUND["screenings"].replace("meets", "does_not_meet")},
         "does not meet the criteria"),
        (NOT_ENROLLED | {"screenings": NOT_ENROLLED["screenings"].replace("no       | not_e",
                                                                          "yes      | not_e")},
         "declined"),
        (NOT_ENROLLED | {"coverage": COVERAGE + OWN}, "enrolled since"),
        (NOT_ENROLLED | {"coverage": COVERAGE + OWN.replace("| |", "| 2026-02-01 |")},
         "enrolled to the as-of day"),
        (NOT_ENROLLED | {"coverage": COVERAGE + OWN.replace("2025-01-01", "2026-02-01")},
         "enrolled from the as-of day"),
        (NOT_ENROLLED | {"applications": APPLICATION + "a|p1|2025-12-20||pending"},
         "an application from before the booking is pending"),
        (RELEASED | {"coverage": COVERAGE + OWN.replace("| |", "| 2026-01-29 |")
                     + "90000001A | M1 | 2026-01-30 | | active | no"}, "restored"),
        (RELEASED | {"coverage": COVERAGE}, "not enrolled at all"),
        ({"screenings": SOUND["screenings"] + "\nm2|s1|medi_cal|2026-02-02|no|not_enrolled|"},
         "screened after the as-of day"),
        ({"custody_stays": "stay_id | person_id | booked_at\ns1 | p1 | 2026-02-02 08:00"},
         "booked after the as-of day"),
        (NOT_ENROLLED | {"applications": APPLICATION + "a|p1|2026-01-05||denied"},
         "applied on the day of the booking"),
        (NOT_ENROLLED | {"coverage": COVERAGE + OWN.replace("suspended", "active")},
         "enrolled, and not suspended"),
        (asked_again(NOT_ENROLLED, "m2|s1|medi_cal|2026-01-10|no|enrolled|"),
         "enrolled by the newest screening"),
        (asked_again(NOT_ENROLLED, "m2|s1|medi_cal|2026-01-10|yes|not_enrolled|"),
         "declined at the newest screening"),
        (asked_again(NOT_ENROLLED, "m2|s1|medi_cal|2026-01-30|no|not_enrolled|"),
         "asked again since"),
        (asked_again(NO_CLOCK, "c2|s1|pre_release_access|2026-01-20|no||does_not_meet"),
         "does not meet the criteria by the newest screening"),
        (RELEASED | {"care_milestones": UNSUSPENDED + "m|p1|s1|medi_cal_unsuspended|2026-01-29"
                     "\nn|p1|s1|medi_cal_unsuspended|2026-01-30"}, "restored at last"),
    ],
)  # fmt: skip
def test_nothing_is_overdue_because(drawings: dict[str, str], because: str) -> None:
    assert fired(**drawings) == [], because


STAY = "stay_id | person_id | facility_id | booked_at | expected_release_on\ns1 | p1 | "
STEPS = [
    ({"custody_stays": STAY + "jail | 2026-01-28 08:00 | 2026-02-20", "screenings": SCREENING},
     [("medi_cal_screening_overdue", -1)]),
    ({"custody_stays": STAY + "jail | 2026-01-29 08:00 | 2026-02-20", "screenings": SCREENING},
     []),
    (NOT_ENROLLED
     | {"screenings": NOT_ENROLLED["screenings"].replace("2026-01-06", "2026-01-26")},
     [("application_not_sent", -1)]),
    (NOT_ENROLLED
     | {"screenings": NOT_ENROLLED["screenings"].replace("2026-01-06", "2026-01-27")}, []),
    (NO_CLOCK | {"custody_stays": STAY + "jail | 2026-01-05 22:30 | 2026-02-15"},
     [("activation_overdue", 0)]),
    (NO_CLOCK | {"custody_stays": STAY + "nowhere | 2026-01-05 22:30 | 2026-02-15"},
     [("activation_overdue", 0)]),
    (NO_CLOCK | {"custody_stays": STAY + "jail | 2026-02-01 08:00 | 2026-02-10"},
     [("activation_overdue", -5)]),
    ({"custody_stays": TWICE.format(hour="10:00"), "screenings": SCREENING},
     [("medi_cal_screening_overdue", -24)]),
]  # fmt: skip


@pytest.mark.parametrize(("drawings", "expected"), STEPS)
def test_what_is_overdue_is_so_from_a_day_on(
    drawings: dict[str, str], expected: list[tuple[str, int]]
) -> None:
    assert [(edit_id, left) for edit_id, _, _, left in fired(**drawings)] == expected


def test_what_is_of_the_person_stands_on_the_newest_stay() -> None:
    found = fired(
        **NOT_ENROLLED,
        people="person_id | cin\np1 | 90000001A\np2 | 90000002A",
        custody_stays=TWICE.format(hour="10:00") + "\ns3 | p2 | jail | 2026-01-05 22:30 | |",
        applications=APPLICATION + "a|p1|2025-12-10|2025-12-17|pending",
    )
    assert [row[:2] for row in found] == [
        ("application_pending_long", "s2"),
        ("medi_cal_screening_overdue", "s3"),
    ]


@pytest.mark.parametrize(
    ("released", "edits"), [("01", []), ("02", ["medi_cal_screening_overdue"])]
)
def test_who_is_released_on_the_as_of_day_is_out_and_before_it_in(
    released: str, edits: list[str]
) -> None:
    unscreened = {"screenings": SCREENING + "c1|s1|pre_release_access|2026-01-07|no|meets"}
    stays = RELEASED["custody_stays"].replace("2026-01-30", f"2026-02-{released}")
    active = COVERAGE + OWN.replace("suspended", "active")
    found = fired(**unscreened | {"custody_stays": stays, "coverage": active})
    assert [row[0] for row in found] == edits


def test_criteria_that_nobody_asked_about_may_be_met() -> None:
    unasked = SCREENING.replace("| outcome", "| medi_cal_status") + (
        "m1|s1|medi_cal|2026-01-06|no|enrolled"
    )
    found = fired(**NO_CLOCK | {"screenings": unasked})
    assert [row[0] for row in found] == ["activation_overdue"]


def test_youth_needs_no_criteria_to_be_activated() -> None:
    youth = SOUND["custody_stays"].replace("jail ", "youth")
    none = SOUND["screenings"].replace("meets", "does_not_meet")
    found = fired(**NO_CLOCK | {"custody_stays": youth, "screenings": none})
    assert [row[0] for row in found] == ["activation_overdue"]


@pytest.mark.parametrize("edit_id", ["ji_flag_conflict", "activation_code_unknown"])
def test_a_held_row_names_its_own_row(edit_id: str) -> None:
    (row,) = judged(**CASES[edit_id][0]).findings.to_dicts()
    assert (row["row_number"], row["severity"], row["is_part_2"]) == (2, "hold", False)


def test_a_held_activation_opens_nothing() -> None:
    found = fired(ji_activations=ACTIVATIONS + "a1 | p1 | X9 | 2026-01-10")
    assert [row[0] for row in found] == ["activation_code_unknown", "activation_overdue"]


@pytest.mark.parametrize(
    ("row", "is_held"),
    [
        ("J1 | 2026-01-01 | yes", False),
        ("J1 | 2026-01-01 | no", True),
        ("M1 | 2026-01-01 | yes", True),
        ("M1 | 2026-01-01 | no", False),
        ("J1 | 2019-01-01 | yes", False),
    ],
)
def test_flag_and_list_agree_or_the_row_is_held(row: str, is_held: bool) -> None:  # noqa: FBT001
    drawn = "aid_code | starts_on | is_ji_aid_code\n" + row
    kept, held = agreed(frame_of("coverage", cells(drawn)), CODES)
    assert (kept.height, held.height) == ((0, 1) if is_held else (1, 0))
    nothing_known = agreed(frame_of("coverage", cells(drawn)), CODES.clear())[1]
    assert nothing_known.height == row.endswith("yes")


def test_each_stay_is_judged_or_counted_as_not() -> None:
    counts = judged(custody_stays=TWICE.format(hour="10:00")).edit_counts
    assert set(counts.select("evaluated_count", "not_evaluated_count").rows()) == {(2, 0)}


def test_what_no_policy_sets_is_not_evaluated() -> None:
    counts = judged(Policy(""), **CASES["activation_overdue"][0]).edit_counts
    told = counts.filter(pl.col("edit_id") == "activation_overdue")
    assert told.select("evaluated_count", "finding_count", "not_evaluated_count").row(0) == (
        0,
        0,
        1,
    )


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.id)
def test_its_words_are_whole_sentences_that_fit(edit: object) -> None:
    for words in (edit.message, edit.remedy):
        assert words.endswith(".")
        assert words[0].isupper()
        assert len(words) <= 90
    assert edit.source
