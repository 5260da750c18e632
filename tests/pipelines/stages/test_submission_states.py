"""The table of states is whole: what it draws can be reached, and nothing ends by accident."""

import pytest

from contracts.fields import field_of
from pipelines.io.ledger.batches import TRANSITIONS as BATCH_TRANSITIONS
from pipelines.stages.acknowledgements.states import (
    ACCEPTED,
    FINAL,
    RANKS,
    START,
    STATES,
    TRANSITIONS,
    UNANSWERED,
)
from pipelines.x12.verdicts import CLAIM_ACKNOWLEDGED, CLAIM_STATUS, INTERCHANGE, SYNTAX

# Design: the states of a submission.
AGREED = {
    "planned", "batched", "written", "sent", "received", "rejected", "accepted", "pended", "paid",
    "partly_paid", "denied", "reversed", "replaced", "voided", "withdrawn", "written_off",
}  # fmt: skip
OF_BATCHES = {"propose", "leave", "write", "send", "withdraw"}
OF_REMITTANCES = {"paid", "partly_paid", "denied", "reversed", "replaced", "voided"}
OF_ANSWERS = {"received", "accepted", "pended", "finalized", "rejected"}


def reached(start: str, events: set[str]) -> set[str]:
    """States that some sequence of the events leads to."""
    seen, waiting = {start}, [start]
    while waiting:
        state = waiting.pop()
        for (origin, event), target in TRANSITIONS.items():
            if origin == state and event in events and target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def test_the_states_are_those_agreed_and_each_can_be_reached() -> None:
    everything = OF_BATCHES | OF_ANSWERS | OF_REMITTANCES | {"write_off"}
    assert set(STATES) == AGREED
    assert {event for _, event in TRANSITIONS} == everything
    assert reached(START, everything) == AGREED


def test_answers_without_remittances_reach_what_this_stage_tells() -> None:
    found = reached(START, OF_BATCHES | OF_ANSWERS)
    assert found == {"planned", "batched", "written", "sent", "withdrawn", "received", "rejected",
                     "accepted", "pended"}  # fmt: skip


@pytest.mark.parametrize("state", sorted(AGREED - FINAL))
def test_no_state_is_dead(state: str) -> None:
    everything = {event for _, event in TRANSITIONS}
    assert reached(state, everything) & FINAL


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_final_state_is_left_by_nothing(state: str) -> None:
    assert not [event for origin, event in TRANSITIONS if origin == state]


@pytest.mark.parametrize("state", [*UNANSWERED, *ACCEPTED, "rejected", "withdrawn"])
def test_every_state_that_an_answer_can_meet_has_a_move_for_each(state: str) -> None:
    assert {event for origin, event in TRANSITIONS if origin == state} >= OF_ANSWERS


def test_a_submission_moves_with_its_batch() -> None:
    moves = {(state, target) for (state, event), target in TRANSITIONS.items()
             if event in OF_BATCHES}  # fmt: skip
    assert {("written", "sent"), ("written", "withdrawn")} <= moves
    assert set(BATCH_TRANSITIONS["written"]) == {"sent", "withdrawn"}


def test_outcomes_of_the_readers_are_events_of_the_table_or_move_nothing() -> None:
    told = {*INTERCHANGE.values(), *SYNTAX.values(), *CLAIM_ACKNOWLEDGED.values(),
            *CLAIM_STATUS.values()}  # fmt: skip
    assert told - {"not_found"} == OF_ANSWERS
    assert list(RANKS) == [*field_of("acknowledgements", "answer").allowed, "835"]
    stored = set(field_of("submission_states", "state").allowed)
    assert stored == AGREED - {"planned", "batched"}
