"""States of a submission as a table: from each, by which event, to which.

Here: the table, and what ranks evidence. The moves by evidence are what `standing` goes by; those
by batches and decisions are the ledger's to make and stand here so that the table is whole.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

# Stronger evidence outranks weaker; the remittance is the strongest.
RANKS: Final = {"ta1": 1, "999": 2, "277ca": 3, "277": 4, "835": 5}
START: Final = "planned"
FINAL: Final = frozenset({"voided", "replaced", "written_off"})
# States of a submission that has gone out, or was believed to have, and is not known to be settled.
UNANSWERED: Final = ("written", "sent", "received")
ACCEPTED: Final = ("accepted", "pended")
# What a person may have sent again: the payer is silent on it, or has refused it.
RESENDABLE: Final = ("sent", "received", "rejected")

# Events of the ledger: propose, leave, write, send, withdraw, write_off. The others are outcomes of
# evidence. `not_found` and `noted` move nothing. What is not drawn stays where it is.
_DRAWN: Final = """
from        | propose write   send withdraw  leave   write_off   | received accepted pended finalized rejected | paid partly_paid denied reversed replaced voided
planned     | batched -       -    -         -       written_off | -        -        -      -         -        | -    -           -      -        -        -
batched     | -       written -    planned   planned -           | -        -        -      -         -        | -    -           -      -        -        -
written     | -       -       sent withdrawn -       -           | received accepted pended accepted  rejected | paid partly_paid denied reversed -        -
sent        | -       -       -    -         -       written_off | received accepted pended accepted  rejected | paid partly_paid denied reversed -        -
withdrawn   | -       -       -    -         -       written_off | received accepted pended accepted  rejected | paid partly_paid denied reversed -        -
received    | -       -       -    -         -       written_off | received accepted pended accepted  rejected | paid partly_paid denied reversed -        -
rejected    | -       -       -    -         -       written_off | received accepted pended accepted  rejected | paid partly_paid denied reversed -        -
accepted    | -       -       -    -         -       written_off | accepted accepted pended accepted  rejected | paid partly_paid denied reversed replaced voided
pended      | -       -       -    -         -       written_off | pended   accepted pended accepted  rejected | paid partly_paid denied reversed replaced voided
paid        | -       -       -    -         -       -           | -        -        -      -         -        | paid partly_paid denied reversed replaced voided
partly_paid | -       -       -    -         -       written_off | -        -        -      -         -        | paid partly_paid denied reversed replaced voided
denied      | -       -       -    -         -       written_off | -        -        -      -         -        | paid partly_paid denied reversed replaced voided
reversed    | -       -       -    -         -       written_off | -        -        -      -         -        | paid partly_paid denied reversed replaced voided
"""  # noqa: E501 - a table is read in rows


def _moves(drawn: str) -> Iterator[tuple[str, str, str]]:
    head, *rows = (line.replace("|", " ").split() for line in drawn.strip().splitlines())
    for state, *targets in rows:
        for event, target in zip(head[1:], targets, strict=True):
            if target != "-":
                yield state, event, target


TRANSITIONS: Final[Mapping[tuple[str, str], str]] = {
    (state, event): target for state, event, target in _moves(_DRAWN)
}
STATES: Final = frozenset({state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()))


def transitions() -> pl.DataFrame:
    """The table as a frame: state, outcome, becomes."""
    rows = [(state, event, target) for (state, event), target in TRANSITIONS.items()]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("state", "outcome", "becomes"), pl.String), orient="row"
    )


def rank(answer: pl.Expr) -> pl.Expr:
    """How strong evidence of a kind is."""
    return answer.replace_strict(RANKS, return_dtype=pl.Int64)
