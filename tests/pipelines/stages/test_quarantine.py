"""Quarantine: which rows still wait, what closed the others, and how they go out to be mended."""

import polars as pl
import pytest
from received_files import FEED, MISSHAPEN, Received, rows_of

from contracts.feeds import FEEDS
from contracts.mapping import Mapping
from pipelines.stages.quarantine import (
    CLOSED,
    PLACE,
    arrived,
    closed_by_rows,
    keys,
    persons,
    sound,
    stated,
    to_repair,
)

BY_HAND = {"file_id": pl.String, "row_number": pl.Int64, "closed_user_id": pl.String,
           "closed_reason": pl.String}  # fmt: skip
BAD = "0000-99-99"  # no day: the row is quarantined


def received(*drawings: str) -> Received:
    """Files of `key value` lines; a line that ends in `!` is broken, `?` stands for no key."""
    made = Received()
    for number, drawing in enumerate(drawings, start=1):
        rows = rows_of(drawing.replace("?", " ").replace(" !", ""))
        for row, line in zip(rows, drawing.splitlines(), strict=True):
            if line.startswith("?"):
                row |= {"alias_cin": "", "cin": "1"}
            if line.endswith("!"):
                row["valid_from"] = BAD
        made.take(number, rows)
    return made


def keyed(made: Received) -> pl.DataFrame:
    parts = made.quarantine.partition_by("file_id", as_dict=True)
    return pl.concat(
        keys(FEED, Mapping(), arrived(part)).with_columns(file_id=pl.lit(name))
        for (name,), part in parts.items()
    )


def states(made: Received) -> list[str]:
    """`file:row state closing-file:row`, a quarantined row a line."""
    by_rows = closed_by_rows(
        FEED, made.quarantine, keyed(made), sound(FEED, made.facts, made.duplicates)
    )
    rows = stated(made.quarantine, by_rows, pl.DataFrame(schema=BY_HAND))
    return [
        f"{file[4:]}:{row} {state}" + (f" {closed[4:]}:{at}" if closed else "")
        for file, row, state, closed, at in rows.select(
            *PLACE, "state", "closed_file_id", "closed_row_number"
        )
        .unique(maintain_order=True)
        .rows()
    ]


# The files; then each quarantined row: file:row state closing-file:row.
CLOSINGS: list[tuple[str, list[str], list[str]]] = [
    ("a broken row waits", ["a 1 !"], ["1:1 open"]),
    ("a sound row of its key closes it", ["a 1 !", "b 1\na 1"], ["1:1 closed 2:2"]),
    ("of another key it does not", ["a 1 !", "b 1"], ["1:1 open"]),
    ("nor does a broken one", ["a 1 !", "a 2 !"], ["1:1 open", "2:1 open"]),
    ("the first that came after closes", ["a 1 !", "a 1", "a 2"], ["1:1 closed 2:1"]),
    ("an exact duplicate closes as well", ["a 1", "a 2 !", "a 1"], ["2:1 closed 3:1"]),
    ("one that came before it does not", ["a 1", "a 2 !"], ["2:1 open"]),
    ("in its own file, further down", ["a 1 !\na 1"], ["1:1 closed 1:2"]),
    ("but not further up", ["a 1\na 2 !"], ["1:2 open"]),
    ("a repeated key is closed by the row that was taken", ["a 1\na 2"], ["1:1 closed 1:2"]),
    ("without a key nothing closes it", ["? 1", "a 1"], ["1:1 open"]),
]  # fmt: skip


@pytest.mark.parametrize(("said", "files", "expected"), CLOSINGS)
def test_what_closes_a_row(said: str, files: list[str], expected: list[str]) -> None:
    assert states(received(*files)) == expected, said


def test_a_hand_closes_what_no_row_can_and_a_filter_leaves_nothing_to_mend() -> None:
    made = received("? 1\nb 1 !\nc 1 !")
    rows = made.quarantine.with_columns(
        rule=pl.when(row_number=3).then(pl.lit("filtered")).otherwise("rule")
    )
    by_hand = pl.DataFrame([("file1", 1, "bo", "not_ours")], BY_HAND, orient="row")
    told = stated(rows, CLOSED.to_frame(), by_hand).select("row_number", "state", "closed_user_id")
    assert told.rows() == [(1, "closed", "bo"), (2, "open", None), (3, "left_out", None)]


def test_keys_are_read_as_the_mapping_says() -> None:
    mapping = Mapping(rename={"alias_cin": "THEIRS"}, strip={"alias_cin": "#"})
    texts = pl.DataFrame({"row_number": [1, 2], "THEIRS": [" #A", ""], "valid_from": [BAD, BAD]})
    assert keys(FEED, mapping, texts).rows() == [(1, "A")]


def test_misshapen_rows_have_no_columns() -> None:
    made = Received()
    torn = pl.DataFrame([(1, "has 9 columns", '["a"]')], MISSHAPEN, orient="row")
    made.take(1, rows_of("a 1"), torn)
    assert arrived(made.quarantine).rows() == []
    assert states(made) == ["1:1 open"]


def test_what_may_be_of_part_2_counts_as_such() -> None:
    texts = pl.DataFrame(
        {
            "row_number": [1, 2, 3, 4],
            "person_id": [" P1", "P2", "P3", "P4"],
            "is_part_2": ["yes", "no", "", "Y"],
        }
    )
    marked = persons(FEEDS["orders"], Mapping(), texts)
    assert marked["is_part_2"].to_list() == [True, False, False, True]
    assert marked["person_id"].to_list() == ["P1", "P2", "P3", "P4"]
    assert persons(FEED, Mapping(), texts)["is_part_2"].to_list() == [False] * 4


def test_a_row_goes_out_as_it_came_with_what_it_waits_for() -> None:
    made = received("a 1\n? 1 !")
    (row,) = to_repair("file1", made.quarantine, arrived(made.quarantine)).to_dicts()
    assert (row["alias_cin"], row["valid_from"]) == ("", BAD)
    assert (row["x_quarantine_file"], row["x_quarantine_row"]) == ("file1", "2")
    assert row["x_reason"].startswith("alias_cin: is empty and must not be; valid_from: not YYYY")
    assert "date_format" in row["x_remedy"]
