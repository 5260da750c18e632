"""After any sequence of answers each claim that was sent is in exactly one state: that of the
strongest kind of answer it had, of several the last. What was known earlier stays as it was known.
"""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import payer_answers as payer
import polars as pl
from answered_claims import NO_PROVIDERS, NUMBERS, received, states, submissions
from claim_county import agency
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipelines.stages.acknowledgements.acknowledge import Acknowledged, acknowledge
from pipelines.stages.acknowledgements.states import STATES

SENT = submissions("""
number | isa | gs | st   | state
A1     | 17  | 31 | 0001 | sent
A2     | 17  | 31 | 0001 | sent
A3     | 17  | 31 | 0002 | sent
B1     | 18  | 32 | 0001 | written
B2     | 18  | 32 | 0001 | withdrawn
""")
BATCHES = {17: (31, {"0001": ["A1", "A2"], "0002": ["A3"]}), 18: (32, {"0001": ["B1", "B2"]})}
NAMES = SENT["patient_control_number"].to_list()
# By hand, from the guides: what a code makes of a claim; a blank leaves it where it is.
SYNTAX = {"A": "received", "E": "received", "R": "rejected", "X": "rejected", "Q": ""}
ACKNOWLEDGED = {"A1:19": "accepted", "A2:20": "accepted", "A3:21": "rejected",
                "A8:562": "rejected", "A0:16": ""}  # fmt: skip
STATUS = {"P1:20": "pended", "F1:65": "accepted", "F4:3": "accepted", "A6:21": "rejected",
          "D0:35": "", "E1:0": ""}  # fmt: skip
REMITTED = ("paid", "partly_paid", "denied", "reversed")
ISA = st.sampled_from(list(BATCHES))


def payments(outcomes: dict[str, str]) -> pl.DataFrame:
    """What all remittances together make of submissions, as `payments.outcomes` tells it."""
    ids = dict(SENT.select("patient_control_number", "submission_id").iter_rows())
    at = datetime(2026, 12, 1, tzinfo=UTC)
    place = {
        "verdict_code": "1", "payer_claim_number": "P", "remitted_on": at.date(),
        "file_id": "f" * 16, "row_number": 1, "segment_ordinal": 9, "received_at": at,
    }  # fmt: skip
    rows = [
        {"submission_id": ids[name], "outcome": said} | place for name, said in outcomes.items()
    ]
    return pl.DataFrame(rows)


def statuses(codes: dict[str, str]) -> Any:
    return st.dictionaries(st.sampled_from([*NAMES, "Z9"]), st.sampled_from(list(codes)),
                           min_size=1)  # fmt: skip


class Answers(RuleBasedStateMachine):
    """Files arrive one after another; what they should amount to is kept beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []  # an empty one where the remittances of `paid` came
        self.paid: list[dict[str, str]] = []
        self.said: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.was: list[dict[str, str]] = []

    def _arrives(self, text: str, strength: int, moves: dict[str, str]) -> None:
        if text not in self.files:
            for number, state in moves.items():
                if state and number in NAMES:
                    self.said[number].append((strength, state))
        self._keep(text, self.paid[-1] if self.paid else {})

    def _keep(self, text: str, paid: dict[str, str]) -> None:
        self.files.append(text)
        self.paid.append(paid)
        self.was.append(states(self._made()))

    def _made(self, files: int | None = None) -> Acknowledged:
        statements = received(*filter(None, self.files[:files]))
        asked = pl.DataFrame(schema=dict.fromkeys(NUMBERS, pl.Int64))
        paid = self.paid[:files][-1] if self.paid[:files] else {}
        told = payments(paid) if paid else None
        return acknowledge(statements, SENT, asked, NO_PROVIDERS, agency(), told)

    @rule(number=ISA, code=st.sampled_from(["A", "E", "R"]))
    def interchange(self, number: int, code: str) -> None:
        claims = [one for sets in BATCHES[number][1].values() for one in sets]
        self._arrives(payer.ta1(number, code), 1, dict.fromkeys(claims, SYNTAX[code]))

    @rule(number=ISA, codes=st.lists(st.sampled_from(list(SYNTAX)), min_size=2, max_size=2))
    def sets(self, number: int, codes: list[str]) -> None:
        group, sets = BATCHES[number]
        chosen = dict(zip(sets, codes, strict=False))
        moves = {one: SYNTAX[code] for name, code in chosen.items() for one in sets[name]}
        self._arrives(payer.syntax(group, chosen, "P"), 2, moves)

    @rule(number=ISA, code=st.sampled_from(["A", "R"]))
    def group(self, number: int, code: str) -> None:
        group, sets = BATCHES[number]
        claims = [one for names in sets.values() for one in names]
        self._arrives(payer.syntax(group, {}, code), 2, dict.fromkeys(claims, SYNTAX[code]))

    @rule(claims=statuses(ACKNOWLEDGED))
    def claims(self, claims: dict[str, str]) -> None:
        moves = {number: ACKNOWLEDGED[code] for number, code in claims.items()}
        self._arrives(payer.acknowledged(claims, dated=self._day()), 3, moves)

    @rule(number=ISA)
    def set_refused_whole(self, number: int) -> None:
        _, sets = BATCHES[number]
        text = payer.acknowledged({}, f"{number:09d}0001", "A3", dated=self._day())
        self._arrives(text, 3, dict.fromkeys(sets["0001"], "rejected"))

    @rule(claims=statuses(STATUS))
    def status(self, claims: dict[str, str]) -> None:
        moves = {number: STATUS[code] for number, code in claims.items()}
        self._arrives(payer.status(claims, dated=self._day()), 4, moves)

    @rule(outcomes=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(REMITTED), min_size=1))
    def remitted(self, outcomes: dict[str, str]) -> None:
        for number, outcome in outcomes.items():
            self.said[number].append((5, outcome))
        self._keep("", (self.paid[-1] if self.paid else {}) | outcomes)

    @rule(number=ISA)
    def of_another_county(self, number: int) -> None:
        self._arrives(payer.ta1(number, "R", to="REENTRY19"), 1, {})

    @precondition(lambda self: any(self.files))
    @rule(data=st.data())
    def once_more(self, data: st.DataObject) -> None:
        self._arrives(data.draw(st.sampled_from([*filter(None, self.files)])), 0, {})

    def _day(self) -> str:
        """Every status of its own day: the same one again is another rule's."""
        return f"2026{5 + len(self.files) // 28:02d}{1 + len(self.files) % 28:02d}"

    @invariant()
    def each_claim_is_in_exactly_one_state(self) -> None:
        told = self.was[-1] if self.was else states(self._made())
        assert list(told) == NAMES
        assert set(told.values()) <= STATES
        first = dict(SENT.select("patient_control_number", "state").iter_rows())
        for number, state in told.items():
            strongest = max((strength for strength, _ in self.said[number]), default=0)
            words = [state for strength, state in self.said[number] if strength == strongest]
            assert state == (words[-1] if words else first[number]), number

    def teardown(self) -> None:
        """What was known earlier stays."""
        for count, was in enumerate(self.was, start=1):
            assert states(self._made(count)) == was


Answers.TestCase.settings = settings(max_examples=10, stateful_step_count=8)
test_answers_in_any_order = Answers.TestCase
