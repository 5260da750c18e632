"""Inbox: the payer's answers are taken set by set, and what is damaged is set apart."""

from typing import Any

import pytest
from inbox_life import AGENCY, NAMED, SOUND, at_work, interchange, put, take_all, told

from contracts.feeds import QUARANTINE, RESPONSES
from pipelines.io.home import Home
from pipelines.io.inbox import landed
from pipelines.io.receipts import receipts

pytestmark = pytest.mark.usefixtures("lake_opened_once")

DAMAGED = "ST*277*0002~NM1*IL*1*SMITH~SE*9*0002~"

ANSWERS: list[tuple[str, bytes, tuple[Any, ...], list[tuple[int, str]]]] = [
    ("sound", interchange(SOUND), ("accepted", 1, 0, 0), []),
    ("one damaged among two", interchange(SOUND, DAMAGED), ("accepted", 1, 1, 0),
     [(2, "SE01 differs from the number of segments")]),
    ("an envelope without its end", interchange(SOUND, ends=""), ("accepted", 1, 2, 0),
     [(2, "GE is missing"), (3, "IEA is missing")]),
    ("damaged throughout", interchange(DAMAGED, ends=""), ("accepted", 0, 3, 0),
     [(1, "SE01 differs from the number of segments"), (2, "GE is missing"),
      (3, "IEA is missing")]),
    ("no X12", b"SMITH,JOHN\n", ("refused", "x12_no_interchange"), []),
]  # fmt: skip


@pytest.mark.parametrize(("said", "content", "expected", "damage"), ANSWERS)
def test_answers_of_the_payer_are_taken_set_by_set(
    home: Home, said: str, content: bytes, expected: tuple[Any, ...], damage: list[tuple[int, str]]
) -> None:
    put(home, content, f"{NAMED}.835", "x12")
    (outcome,) = take_all(home)
    assert told(outcome) == expected, said
    assert "SMITH" not in str(outcome)
    with at_work(home, hour=1) as workspace:
        assert all(seen.is_conserved for seen in receipts(workspace).values())
        sets = workspace.lake.read(RESPONSES)
        broken = workspace.lake.read(QUARANTINE).sort("row_number")
    assert sets["body"].to_list() == [SOUND] * sets.height
    assert broken.select("row_number", "reason").rows() == damage
    assert landed(home, AGENCY) == []
