"""Survivors of merges, and the numbers that stand for them."""

import polars as pl
from eligibility_facts import cells, frame_of

from contracts.feeds import facts
from pipelines.stages.people import numbers, survivors, with_survivor


def people(drawing: str) -> pl.DataFrame:
    return frame_of("people", cells(drawing))


def aliases(drawing: str) -> pl.DataFrame:
    return frame_of("cin_aliases", cells(drawing))


def test_merges_are_followed_to_the_survivor() -> None:
    merged = people("""
        person_id | merged_into
        p1        | p2
        p2        | p3
        p3        |
        p4        | p3
        p5        | nobody
        p6        | p6
        c2        | c3
        c3        | c1
        c1        | c2
        tail      | c3
    """)
    assert dict(survivors(merged).iter_rows()) == {
        "p1": "p3",
        "p2": "p3",
        "p3": "p3",
        "p4": "p3",
        "p5": "p5",  # nobody has sent the other person
        "p6": "p6",
        "c1": "c1",  # a circle: its smallest id survives
        "c2": "c1",
        "c3": "c1",
        "tail": "c1",
    }


def test_a_long_chain_is_followed_to_its_end() -> None:
    ids = [f"p{place:03}" for place in range(200)]
    rows = [
        {"person_id": one, "merged_into": following}
        for one, following in zip(ids, [*ids[1:], None], strict=True)
    ]
    assert set(survivors(frame_of("people", rows))["surviving_person_id"]) == {"p199"}


def test_a_person_nobody_has_sent_stays_as_is() -> None:
    stays = pl.DataFrame({"person_id": ["p1", "unknown"]})
    known = people("""
        person_id | merged_into
        p1        | p2
        p2        |
    """)
    assert with_survivor(stays, known)["person_id"].to_list() == ["p2", "unknown"]


def test_numbers_come_from_merged_persons_and_aliases_in_both_directions() -> None:
    found = numbers(
        people("""
            person_id | cin            | merged_into
            p1        | 90000001A      |
            p2        | 90000002A95001 | p1
            p3        | 90000005A      |
            p4        | 90000006A      |
            p5        |                |
        """),
        aliases("""
            alias_cin | cin       | reason
            90000003A | 90000001A | changed
            90000004A | 90000003A | merged
            90000005A | 90000007A | changed
            90000006A | 90000008A | typo
        """),
    )
    assert found.rows() == [
        ("p1", "90000001A"),
        ("p1", "90000002A"),
        ("p1", "90000003A"),
        ("p1", "90000004A"),
        ("p3", "90000005A"),
        ("p3", "90000007A"),
        ("p4", "90000006A"),
    ]


def test_without_people_there_is_nobody() -> None:
    nobody, no_alias = facts("people").empty(), facts("cin_aliases").empty()
    assert survivors(nobody).is_empty()
    assert numbers(nobody, no_alias).is_empty()
