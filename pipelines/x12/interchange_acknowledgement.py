"""The TA1 as statements: whether an interchange arrived. It may stand alone, without a group.

Here: TA1 segments. Not here: which of our interchanges has the number.
"""

import polars as pl

from pipelines.x12.verdicts import INTERCHANGE, outcome
from pipelines.x12.wire import element

_NO_ERROR = "000"


def read(tokens: pl.DataFrame) -> pl.DataFrame:
    """One row a TA1 of `wire.Interchanges` tokens; codes hold TA105 unless it tells no error."""
    note = element(5)
    return tokens.filter(segment_id="TA1").select(
        *("interchange_ordinal", "group_ordinal", "set_ordinal", "segment_ordinal"),
        answer=pl.lit("ta1"),
        level=pl.lit("interchange"),
        outcome=outcome(element(4), INTERCHANGE),
        verdict_code=element(4),
        codes=pl.when(note != _NO_ERROR).then(pl.concat_list(note)),
        answered_interchange=element(1).cast(pl.Int64, strict=False),
    )
