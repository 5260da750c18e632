"""Intake: every row of a file is accepted, quarantined or an exact duplicate, and one of them."""

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from received_files import (
    BY_SOURCE,
    FEED,
    MISSHAPEN,
    SNAPSHOT,
    USUAL,
    Received,
    at,
    history,
    rows_of,
    text_frame,
)

from contracts.errors import RefusedInputError
from contracts.feeds import QUARANTINE, RESPONSES, facts
from contracts.schemas import broken_rules
from contracts.settings import FeedSettings
from pipelines.stages import facts as stage_facts
from pipelines.stages.intake import (
    Origin,
    Taken,
    check_columns,
    check_withdrawals,
    take,
    take_responses,
)
from pipelines.x12 import wire

PLACE = "cin_aliases file 7f3a"
NONE = pl.DataFrame(schema={"alias_cin": pl.String})  # keys of quarantined rows

# What became of each row of the last file: A accepted, D duplicate, Q quarantined, in its order.
FATES: list[tuple[str, FeedSettings, list[str], str]] = [
    ("first receipt", USUAL, ["a 1\nb 1"], "AA"),
    ("equal to the newest version", USUAL, ["a 1\nb 1", "a 1\nb 2"], "DA"),
    ("equal to an older version: a new one", USUAL, ["a 1", "a 2", "a 1"], "A"),
    ("deleted is a version like any other", USUAL, ["a 1", "a 1 deleted"], "A"),
    ("deleted twice", USUAL, ["a 1", "a 1 deleted", "a 1 deleted"], "D"),
    ("a key that stands twice", USUAL, ["a 1\nb 1\na 2"], "QAA"),
    ("the same row twice", USUAL, ["a 1\na 1"], "QA"),
    ("the last row is what is compared", USUAL, ["a 1", "a 2\na 1"], "QD"),
    ("a broken last row takes nothing from the one above it", USUAL, ["a 1\na 2 gone"], "AQ"),
    ("dated by the source", BY_SOURCE, ["a 1 active 9"], "A"),
    ("not dated by the source", BY_SOURCE, ["a 1"], "Q"),
    ("an undated last row takes nothing either", BY_SOURCE, ["a 1 active 9\na 2"], "AQ"),
    ("the same values, dated anew: a new version", BY_SOURCE, ["a 1 active 9", "a 1 active 8"],
     "A"),
    ("a snapshot compares as a delta does", SNAPSHOT, ["a 1\nb 1", "a 1\nb 2"], "DA"),
]  # fmt: skip


def fates(taken: Taken) -> str:
    told = dict.fromkeys(taken.facts["row_number"], "A")
    told |= dict.fromkeys(taken.duplicates["row_number"], "D")
    told |= dict.fromkeys(taken.quarantine["row_number"], "Q")
    return "".join(told[number] for number in range(1, taken.row_count + 1))


@pytest.mark.parametrize(("said", "settings", "files", "expected"), FATES)
def test_what_becomes_of_a_row(
    said: str, settings: FeedSettings, files: list[str], expected: str
) -> None:
    *before, last = files
    received = history(*before, settings=settings)
    assert fates(received.take(len(files), rows_of(last))) == expected, said


def test_a_kept_row_carries_where_it_came_from() -> None:
    taken = Received().take(1, rows_of("a 1"))
    assert taken.facts.drop("row_hash", "valid_from").rows(named=True) == [
        {
            "file_id": "file1",
            "row_number": 1,
            "received_at": at(1),
            "mapping_hash": None,
            "alias_cin": "a",
            "cin": "1",
            "reason": "merged",
            "record_status": "active",
            "source_updated_at": None,
        }
    ]
    assert broken_rules(facts(FEED.name), taken.facts) == {}


def test_a_version_is_told_by_its_values_alone() -> None:
    first, second = Received().take(1, rows_of("a 1")), Received().take(2, rows_of("b 1\na 1"))
    assert first.facts["row_hash"][0] == second.facts["row_hash"][1]
    assert second.facts["row_hash"].n_unique() == 2


def test_a_quarantined_row_keeps_all_that_arrived_and_each_rule_it_broke() -> None:
    row = {"alias_cin": " a ", "reason": "whim", "valid_from": "2026-02-30"}
    rows = Received().take(1, [row]).quarantine
    assert rows.select("row_number", "feed", "column_name", "rule").rows() == [
        (1, "cin_aliases", "cin", "required_value"),
        (1, "cin_aliases", "reason", "allowed_value"),
        (1, "cin_aliases", "valid_from", "format"),
    ]
    assert rows["row_text"].n_unique() == 1
    told = json.loads(rows["row_text"][0])
    assert {name: text for name, text in told.items() if text is not None} == row
    assert broken_rules(QUARANTINE, rows) == {}


def test_a_row_that_could_not_be_split_is_quarantined_as_it_came() -> None:
    torn = pl.DataFrame([(2, "has 1 column", '["a"]')], schema=MISSHAPEN, orient="row")
    taken = Received().take(1, rows_of("b 1")[:1], torn)
    assert taken.row_count == 2
    assert taken.quarantine.select("row_number", "column_name", "rule", "row_text").rows() == [
        (2, None, "row_shape", '["a"]')
    ]
    assert taken.quarantined_count == 1


VALUES = st.sampled_from(["a", "b", "merged", "typo", "2026-01-01", "2026-02-30", "", "\x00"])
TABLES = st.lists(
    st.fixed_dictionaries({name: st.none() | VALUES for name in FEED.names}), max_size=5
)


@given(before=TABLES, file=TABLES, mode=st.sampled_from([USUAL, BY_SOURCE, SNAPSHOT]))
def test_every_row_has_one_fate(
    before: list[dict[str, str | None]], file: list[dict[str, str | None]], mode: FeedSettings
) -> None:
    received = Received(mode)
    received.take(1, before)
    taken = received.take(2, file)
    parts = [taken.facts, taken.duplicates, taken.quarantine.unique("row_number")]
    numbers = sorted(number for part in parts for number in part["row_number"])
    assert numbers == list(range(1, len(file) + 1))
    assert taken.row_count == len(file)
    counts = taken.facts.height + taken.quarantined_count + taken.duplicates.height
    assert counts == taken.row_count
    assert taken.facts["alias_cin"].is_unique().all()


NAMES = ["alias_cin", "cin", "reason", "valid_from"]
SHAPES = [
    (NAMES, None, ""),
    ([*reversed(NAMES)], None, ""),  # any order
    ([*NAMES, "record_status", "source_updated_at"], None, ""),
    ([*NAMES, "x_note", "x_"], None, ""),
    (NAMES[1:], "missing_column", "column alias_cin is missing."),
    (["cin"], "missing_column", "alias_cin is missing (and 2 more: reason, valid_from)."),
    ([*NAMES, "SMITH"], "unknown_column", "1 unknown column(s), the first at position 5."),
    ([*NAMES, ""], "unknown_column", "the first at position 5"),
    ([*NAMES, "Cin"], "unknown_column", "the first at position 5"),
    ([*NAMES, "row_number"], "unknown_column", "the first at position 5"),  # it is ours to give
    ([*NAMES, "cin"], "repeated_column", "column cin stands twice"),
    ([*NAMES, "x_SMITH", "x_SMITH"], "repeated_column", "column at position 5 stands twice"),
]


@pytest.mark.parametrize(("columns", "code", "said"), SHAPES)
def test_a_file_has_the_columns_of_its_feed(
    columns: list[str], code: str | None, said: str
) -> None:
    if code is None:
        check_columns(FEED, columns, PLACE)
        return
    with pytest.raises(RefusedInputError) as caught:
        check_columns(FEED, columns, PLACE)
    assert caught.value.code == code
    assert caught.value.message.startswith(PLACE)
    assert said in caught.value.message
    assert "SMITH" not in caught.value.message  # a header may itself be a row of data


def test_optional_columns_may_be_absent_and_extra_ones_are_left_aside() -> None:
    whole = text_frame(rows_of("a 1\nb 2 gone"))
    less = whole.drop("source_updated_at").with_columns(x_note=pl.lit("kept aside"))
    nothing = FEED.empty().with_columns(row_hash=pl.lit("")).clear()
    one, other = (
        take(FEED, raw, MISSHAPEN.to_frame(), lambda _: nothing, USUAL, Origin("7f3a", at(1)))
        for raw in (whole, less)
    )
    assert other.facts.equals(one.facts)
    assert "x_note" not in other.quarantine["row_text"][0]


def keys(count: int) -> str:
    return "\n".join(f"k{number} 1" for number in range(count))


GUARDED = [
    # keys before, keys in the snapshot, accepted, refused as
    (20, 19, False, None),  # one in twenty is five per cent
    (20, 18, False, "withdrawals"),
    (19, 18, False, "withdrawals"),
    (20, 1, True, None),
    (20, 0, False, "empty_snapshot"),
    (20, 0, True, "empty_snapshot"),
    (0, 0, False, None),
    (0, 5, False, None),
]


@pytest.mark.parametrize(("before", "named", "accepted", "code"), GUARDED)
def test_a_snapshot_withdraws_little_or_is_asked_for(
    *, before: int, named: int, accepted: bool, code: str | None
) -> None:
    received = history(keys(before), settings=SNAPSHOT)
    held = stage_facts.current(FEED, *received.held(2), SNAPSHOT)
    taken = received.take(2, rows_of(keys(named)))
    if code is None:
        check_withdrawals(FEED, held, taken, NONE, PLACE, accepted=accepted)
        return
    with pytest.raises(RefusedInputError, match=PLACE) as caught:
        check_withdrawals(FEED, held, taken, NONE, PLACE, accepted=accepted)
    assert caught.value.code == code


def test_changed_and_deleted_keys_are_not_withdrawn_by_absence() -> None:
    received = history("a 1\nb 1\nc 1", settings=SNAPSHOT)
    held = stage_facts.current(FEED, *received.held(2), SNAPSHOT)
    taken = received.take(2, rows_of("a 2\nb 1\nc 1 deleted"))
    check_withdrawals(FEED, held, taken, NONE, PLACE, accepted=False)
    assert received.current() == {"a": "2", "b": "1"}


def test_keys_of_quarantined_rows_are_not_withdrawn() -> None:
    received = history(keys(3), settings=SNAPSHOT)
    held = stage_facts.current(FEED, *received.held(2), SNAPSHOT)
    taken = received.take(2, rows_of(keys(2)))
    (gone,) = (
        set(held["alias_cin"])
        - set(taken.facts["alias_cin"])
        - set(
            held.filter(pl.col("row_hash").is_in(taken.duplicates["row_hash"].implode()))[
                "alias_cin"
            ]
        )
    )
    named = pl.DataFrame({"alias_cin": [gone]})
    check_withdrawals(FEED, held, taken, named, PLACE, accepted=False)
    at_once = named.with_columns(received_at=taken.duplicates["received_at"].max())
    still = stage_facts.current(FEED, *received.held(3), SNAPSHOT, quarantined=at_once)
    assert still["alias_cin"].sort().to_list() == held["alias_cin"].sort().to_list()


ISA = (
    "ISA*00*          *00*          *ZZ*PAYER          *ZZ*COUNTY         "
    "*250701*1200*^*00501*000000001*0*T*:~"
)
GOOD, SHORT = "ST*277*0001~HL*1**20*1~SE*3*0001~", "ST*277*0002~HL*1**20*1~SE*9*0002~"
LAST = "ST*277*0003~HL*1**20*1~SE*3*0003~"


def responses(sets: str, trailers: str) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    text = f"{ISA}GS*HN*PAYER*COUNTY*20250701*1200*5*X*005010X214A1~{sets}{trailers}"
    found = wire.read(text.encode(), file_id="7f3a").transaction_sets
    sound, damaged = take_responses(found, Origin("7f3a", at(1)))
    return sound, damaged, found.height


def test_a_damaged_set_is_quarantined_whole_among_sound_ones() -> None:
    sound, damaged, rows = responses(GOOD + SHORT + LAST, "GE*3*5~IEA*1*000000001~")
    assert sound.select("row_number", "set_control_number", "body").rows() == [
        (1, "0001", GOOD),
        (3, "0003", LAST),
    ]
    assert damaged.select("row_number", "feed", "column_name", "rule", "row_text").rows() == [
        (2, "x12", None, "transaction_set", SHORT)
    ]
    assert damaged["reason"].to_list() == ["SE01 differs from the number of segments"]
    assert rows == 3
    assert broken_rules(RESPONSES, sound) == {}
    assert broken_rules(QUARANTINE, damaged) == {}


def test_damage_of_an_envelope_is_a_row_after_the_sets_that_arrived_whole() -> None:
    """A trailer has no ordinal of its own: it is numbered after the file's sets."""
    sound, damaged, rows = responses(GOOD + LAST, "GE*7*5~IEA*4*000000009~")
    assert sound["row_number"].to_list() == [1, 2]
    assert damaged.select("row_number", "reason", "row_text").rows() == [
        (3, "GE01 differs from the number of sets", ""),
        (4, "IEA02 differs from ISA13", ""),
    ]
    assert sound.height + damaged["row_number"].n_unique() == rows
