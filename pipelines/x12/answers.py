"""What answers to our claims say: statements of TA1, 999, 277CA and 277, gathered from a file.

Here: which sets are read, and to whom an answer was addressed. Not here: what a segment of a set
means (the readers of each kind), or which of our claims a statement is about.
"""

from typing import Final

import polars as pl

from contracts.feeds import PAYER_ANSWERS
from pipelines.x12 import claim_answers, implementation_acknowledgement, interchange_acknowledgement
from pipelines.x12.wire import Interchanges, element

# Where the file came from is told by intake.
_STAMPED: Final = ("file_id", "received_at")
COLUMNS: Final = tuple(name for name in PAYER_ANSWERS.names if name not in _STAMPED)


def read(file: Interchanges) -> pl.DataFrame:
    """Statements of the sound sets of a file, in its order: the columns of table `payer_answers`
    but for file and receipt; row_number is the set's ordinal.

    Sets of other kinds are passed over. A code that no guide fixes is `noted`, never guessed at.
    """
    sets = file.transaction_sets
    sound = sets.filter(~pl.col("is_damaged"))
    of_sound = pl.col("set_ordinal").is_in(sound["set_ordinal"].implode())
    tokens = file.tokens.filter(of_sound) if sound.height < sets.height else file.tokens
    parts = [
        interchange_acknowledgement.read(tokens),
        implementation_acknowledgement.read(tokens),
        claim_answers.read(tokens, sound),
    ]
    rows = pl.concat(parts, how="diagonal").sort("segment_ordinal")
    return _conformed(_addressed(rows, file.tokens))


def _addressed(rows: pl.DataFrame, tokens: pl.DataFrame) -> pl.DataFrame:
    """With ISA08 and GS03 of the interchange and group in which a statement stands."""
    isa = tokens.filter(segment_id="ISA").select(
        "interchange_ordinal", addressee_id=element(8).str.strip_chars()
    )
    gs = tokens.filter(pl.col("group_ordinal").is_not_null(), segment_id="GS").select(
        "group_ordinal", addressee_code=element(3).str.strip_chars()
    )
    return rows.join(isa, on="interchange_ordinal", how="left", maintain_order="left").join(
        gs, on="group_ordinal", how="left", maintain_order="left"
    )


def _conformed(rows: pl.DataFrame) -> pl.DataFrame:
    named = rows.with_columns(
        row_number=pl.col("set_ordinal"), is_childless=pl.col("is_childless").fill_null(False)
    )
    return PAYER_ANSWERS.conform(named).select(COLUMNS)
