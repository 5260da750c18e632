"""Billable days where stays of one person meet: transfers, bookings on one day, merges, deaths."""

from datetime import date

from eligibility_lines import days, drawn


def test_death_in_another_stay_and_in_an_activation() -> None:
    stays = """
        stay_id | person_id | facility_id | booked_at        | released_at      | released_to
        s1      | p1        | jail        | 2026-01-05 08:00 | 2026-01-14 10:00 | community
        s2      | p1        | jail        | 2026-01-05 09:00 | 2026-01-12 10:00 | deceased"""
    assert days(custody_stays=stays)[2:4] == drawn("""
        s1 | 2026-01-13 | 2026-01-14 | deceased
        s2 | 2026-01-05 | 2026-01-06 | ji_aid_code
    """)
    activations = """
        activation_id | person_id | activated_on | deactivated_on | deactivation_reason
        a1            | p1        | 2026-01-05   | 2026-01-18     | deceased"""
    assert days(ji_activations=activations) == drawn("""
        s1 | 2026-01-05 | 2026-01-18 |
        s1 | 2026-01-19 | 2026-01-20 | deceased ji_aid_code
    """)


def test_a_screening_holds_for_the_episode_that_a_transfer_carries_on() -> None:
    stays = """
        stay_id | person_id | facility_id | booked_at        | released_at      | released_to
        s1      | p1        | jail        | 2026-01-05 08:00 | 2026-01-09 23:00 | transfer
        s2      | p1        | annex       | 2026-01-10 00:30 | 2026-01-12 10:00 | community
        s3      | p1        | jail        | 2026-01-13 08:00 | 2026-01-14 10:00 | community"""
    assert days(custody_stays=stays)[1:] == drawn("""
        s1 | 2026-01-07 | 2026-01-09 |
        s2 | 2026-01-10 | 2026-01-12 |
        s3 | 2026-01-13 | 2026-01-14 | screening
    """)


def test_booked_again_on_the_day_of_release_leaves_the_day_to_both_stays() -> None:
    stays = """
        stay_id | person_id | facility_id | booked_at        | released_at      | released_to
        s1      | p1        | youth       | 2026-01-07 08:00 | 2026-01-09 10:00 | community
        s2      | p1        | youth       | 2026-01-09 20:00 | 2026-01-11 10:00 | community
        s3      | p1        | youth       | 2026-01-11 10:00 | 2026-01-12 10:00 | community"""
    assert days(custody_stays=stays) == drawn("""
        s1 | 2026-01-07 | 2026-01-09 |
        s2 | 2026-01-09 | 2026-01-11 |
        s3 | 2026-01-11 | 2026-01-12 |
    """)


def test_on_an_overlapped_day_the_stay_booked_last_owns_the_day() -> None:
    stays = """
        stay_id | person_id | facility_id | booked_at        | released_at      | released_to
        s1      | p1        | youth       | 2026-01-07 08:00 | 2026-01-14 10:00 | community
        s2      | p1        | youth       | 2026-01-09 08:00 | 2026-01-11 10:00 | community
        s0      | p1        | youth       | 2026-01-14 08:00 |                  |
        s3      | p1        | youth       | 2026-01-14 08:00 | 2026-01-15 08:00 | community"""
    assert days(custody_stays=stays, as_of=date(2026, 1, 16)) == drawn("""
        s0 | 2026-01-14 | 2026-01-15 | custody
        s0 | 2026-01-16 | 2026-01-16 |
        s1 | 2026-01-07 | 2026-01-08 |
        s1 | 2026-01-09 | 2026-01-11 | custody
        s1 | 2026-01-12 | 2026-01-13 |
        s1 | 2026-01-14 | 2026-01-14 | custody
        s2 | 2026-01-09 | 2026-01-11 |
        s3 | 2026-01-14 | 2026-01-15 |
    """)


def test_a_merge_brings_together_stays_numbers_activations_and_screenings() -> None:
    stays = """
        stay_id | person_id | facility_id | booked_at        | released_at      | released_to
        s1      | p1        | jail        | 2026-01-05 08:00 | 2026-01-08 10:00 | transfer
        s2      | p2        | jail        | 2026-01-08 12:00 | 2026-01-10 10:00 | community"""
    people = """
        person_id | cin       | merged_into
        p1        |           | p2
        p2        | 90000001A | """
    assert days(custody_stays=stays, people=people) == drawn("""
        s1 | 2026-01-05 | 2026-01-06 | ji_aid_code
        s1 | 2026-01-07 | 2026-01-08 |
        s2 | 2026-01-08 | 2026-01-10 |
    """)
