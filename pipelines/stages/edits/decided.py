"""Edits of category decision: what people decided of a line, for all who work on it to see."""

from functools import partial

import polars as pl

from contracts.decisions import HELD, LAPSED, WRITTEN_OFF
from pipelines.stages.edits.edit import Edit

_edit = partial(
    Edit, category="decision", severity="hold", owner="biller", source="The agency's own decision"
)

EDITS = (
    _edit(
        id=HELD,
        message="A person holds the service.",
        remedy="Release it once the reason is settled, or write it off.",
        fires=pl.col("hold_note").is_not_null(),
        note="hold_note",
    ),
    _edit(
        id=WRITTEN_OFF,
        owner="finance",
        message="The service is written off.",
        remedy="Nothing; release it to take the decision back.",
        fires=pl.col("write_off_note").is_not_null(),
        note="write_off_note",
    ),
    _edit(
        id=LAPSED,
        message="A correction has lapsed: a later delivery changed the field.",
        remedy="Compare with the record; correct it again, or release the line as it is.",
        fires=pl.col("lapse_note").is_not_null(),
        note="lapse_note",
    ),
)
