"""Episodes: which stays are one time in custody."""

from datetime import date

from eligibility_facts import cells, frame_of

from contracts.derived import DERIVED
from contracts.feeds import facts
from contracts.schemas import broken_rules
from pipelines.stages.eligibility.stays import custody_episodes, stay_episodes

PEOPLE = """
    person_id | cin | merged_into
    p1        |     |
    p2        |     | p1
    p3        |     | """


def episodes(stays: str, people: str = PEOPLE) -> dict[str, tuple]:
    given = frame_of("custody_stays", cells(stays)), frame_of("people", cells(people))
    found = custody_episodes(*given)
    assert broken_rules(DERIVED["custody_episodes"], found) == {}
    of_stays = {stay: ep for stay, ep, _ in stay_episodes(*given).iter_rows()}
    assert of_stays == {s: ep for ep, _, ids, *_ in found.iter_rows() for s in ids}
    return {" ".join(row[2]): row for row in found.iter_rows()}


def test_a_transfer_is_carried_on_the_same_or_the_next_day() -> None:
    found = episodes("""
        stay_id | person_id | booked_at        | released_at      | released_to
        s5      | p1        | 2026-01-01 08:00 | 2026-01-05 10:00 | transfer
        s4      | p2        | 2026-01-05 12:00 | 2026-01-07 10:00 | transfer
        s3      | p1        | 2026-01-08 23:30 | 2026-01-09 10:00 | transfer
        s2      | p1        | 2026-01-11 00:30 | 2026-01-12 10:00 | community
        s1      | p1        | 2026-01-12 12:00 |                  |
        s0      | p3        | 2026-01-09 12:00 |                  |
    """)
    assert list(found) == ["s0", "s1", "s2", "s5 s4 s3"]
    assert found["s5 s4 s3"] == (
        "s5",
        "p1",
        ["s5", "s4", "s3"],
        date(2026, 1, 1),
        date(2026, 1, 9),
    )


def test_overlapping_stays_are_one_episode_even_around_a_short_one() -> None:
    found = episodes("""
        stay_id | person_id | booked_at        | released_at      | released_to
        s1      | p1        | 2026-01-01 08:00 | 2026-01-20 10:00 | community
        s2      | p1        | 2026-01-03 08:00 | 2026-01-04 10:00 | community
        s3      | p1        | 2026-01-19 08:00 | 2026-01-25 10:00 | hospital
        s4      | p1        | 2026-01-25 10:00 |                  |
        s5      | p1        | 2026-03-01 10:00 | 2026-03-02 10:00 | community
    """)
    assert list(found) == ["s1 s2 s3", "s4 s5"]
    assert found["s1 s2 s3"][3:] == (date(2026, 1, 1), date(2026, 1, 25))
    assert found["s4 s5"][3:] == (date(2026, 1, 25), None)  # s4 is still open


def test_without_stays_there_are_no_episodes() -> None:
    found = custody_episodes(facts("custody_stays").empty(), facts("people").empty())
    assert found.equals(DERIVED["custody_episodes"].empty())
