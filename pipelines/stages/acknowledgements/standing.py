"""Standing: where statements leave each submission, and which of them contradict each other.

A fold over the statements on a submission in order of receipt, all submissions at once: its steps
are as many as the statements on one submission, whatever the number of submissions.
"""

from typing import Final

import polars as pl

from pipelines.stages.acknowledgements.states import ACCEPTED, rank, transitions

_AFFIRMS: Final = (
    "received", "accepted", "pended", "finalized", "paid", "partly_paid", "denied",
)  # fmt: skip
# In the order in which they are told where several hold.
CONTRADICTIONS: Final = (
    "answered_though_withdrawn", "accepted_and_rejected", "lost_after_acceptance",
)  # fmt: skip
_CARRIED: Final = ("submission_id", "state", "held_rank", "basis", "is_lost")
_RUNNING: Final = pl.Schema(
    {
        "submission_id": pl.String(),
        "statement": pl.UInt32(),
        "state": pl.String(),
        "held_rank": pl.Int64(),
        "basis": pl.UInt32(),
        "is_lost": pl.Boolean(),
        "lost_late": pl.Boolean(),
    }
)


def moves(submissions: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """What each event made of its submission, in order: a row an event.

    `events`: submission_id, statement (in order of receipt), answer, outcome. Weaker evidence than
    that on which the state rests moves nothing. Columns: submission_id, statement, state, held_rank
    and basis (the statement on which it rests), is_lost (the newest word is that there is no such
    claim), lost_late (said of one that had been accepted).
    """
    table = transitions()
    running = submissions.select(
        "submission_id",
        "state",
        held_rank=pl.lit(0, pl.Int64),
        basis=pl.lit(None, pl.UInt32),
        is_lost=pl.lit(False),
    )
    places = submissions.select("submission_id").with_row_index("place")
    ordered = (
        events.join(places, on="submission_id")
        .sort("statement")
        .with_columns(rank=rank(pl.col("answer")), turn=pl.int_range(pl.len()).over("place"))
        .drop("place")
    )
    steps = [_RUNNING.to_frame()]
    for turn in ordered.partition_by("turn", maintain_order=True):
        met = running.select(_CARRIED).join(turn, on="submission_id")
        running = _stepped(met, table)
        steps.append(running.match_to_schema(_RUNNING))
    return pl.concat(steps)


def _stepped(met: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """The next state of submissions that have met a further event each."""
    found = met.join(table, on=["state", "outcome"], how="left")
    counts = (pl.col("rank") >= pl.col("held_rank")) & pl.col("becomes").is_not_null()
    is_not_found = pl.col("outcome") == "not_found"
    was_accepted = pl.col("state").is_in(ACCEPTED)
    return found.select(
        "submission_id",
        "statement",
        state=pl.when(counts).then("becomes").otherwise("state"),
        held_rank=pl.when(counts).then("rank").otherwise("held_rank"),
        basis=pl.when(counts).then("statement").otherwise("basis"),
        is_lost=pl.when(is_not_found).then(~was_accepted).otherwise(pl.col("is_lost") & ~counts),
        lost_late=is_not_found & was_accepted,
    )


def last_moves(steps: pl.DataFrame) -> pl.DataFrame:
    """Of each submission that met an event, where it stands now."""
    return steps.unique("submission_id", keep="last", maintain_order=True)


def contradictions(
    submissions: pl.DataFrame, events: pl.DataFrame, steps: pl.DataFrame
) -> pl.DataFrame:
    """submission_id, statement (the newest that contradicts) and contradiction, one a submission.

    A rejection contradicts an acceptance of the same or a stronger kind: the payer took what it
    had refused. An answer to what was withdrawn says that it went out all the same.
    """
    ranked = events.with_columns(rank=rank(pl.col("answer")))
    refused = ranked.filter(outcome="rejected").group_by("submission_id").agg(
        weakest=pl.col("rank").min(), refused_at=pl.col("statement").max()
    )  # fmt: skip
    both = (
        ranked.filter(pl.col("outcome").is_in(_AFFIRMS))
        .join(refused, on="submission_id")
        .filter(pl.col("rank") >= pl.col("weakest"))
        .with_columns(statement=pl.max_horizontal("statement", "refused_at"))
    )
    gone = submissions.filter(state="withdrawn").select("submission_id")
    withdrawn = events.join(gone, on="submission_id", how="semi")
    found = (withdrawn, both, steps.filter("lost_late"))
    parts = [
        part.select("submission_id", "statement", contradiction=pl.lit(name))
        for name, part in zip(CONTRADICTIONS, found, strict=True)
    ]
    newest = pl.concat(parts).sort("statement", descending=True, maintain_order=True)
    order = pl.col("contradiction").replace_strict(
        {name: n for n, name in enumerate(CONTRADICTIONS)}, return_dtype=pl.Int64
    )
    return newest.sort(order, maintain_order=True).unique(
        "submission_id", keep="first", maintain_order=True
    )
