"""Identity of content: which of its values come from facts, and the digest that covers just them.

A value that is absent does not count, so that a content column added later changes no digest.
"""

import polars as pl

from pipelines.stages.digest import sha256_hex
from pipelines.x12.content import CODES, CONTENT, LINE

# Of the submission or of the settings: no reason to replace a claim that is out.
NOT_FROM_FACTS = frozenset(
    {
        *("claim_id", "patient_control_number", "frequency_code", "delay_reason_code"),
        *("payer_claim_control_number", "claim_note", "attachments"),
        *("payer_id", "payer_name", "filing_indicator"),
    }
)
LINE_NOT_FROM_FACTS = frozenset({"line_ordinal", "line_control_number"})

# Control characters stand between values: no value holds one, for X12 would not carry it.
_VALUE, _MEMBER, _LINE = "\x1d", "\x1e", "\x1f"


def content_hashes(content: pl.DataFrame) -> pl.Series:
    """A digest for each row of a `CONTENT` frame."""
    values = [
        _named(name, pl.col(name), dtype)
        for name, dtype in CONTENT.items()
        if name not in NOT_FROM_FACTS and name != "lines"
    ]
    lines = pl.col("lines").list.eval(_line_facts()).list.join(_LINE)
    facts = _joined([*values, lines])
    return sha256_hex(content.select(facts=facts), ["facts"])


def _line_facts() -> pl.Expr:
    return _joined(
        [
            _named(name, pl.element().struct.field(name), dtype)
            for name, dtype in LINE.items()
            if name not in LINE_NOT_FROM_FACTS
        ]
    )


def _named(name: str, column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    text = column.list.join(_MEMBER) if dtype == CODES else column
    return pl.lit(f"{name}=") + text


def _joined(values: list[pl.Expr]) -> pl.Expr:
    return pl.concat_str(values, separator=_VALUE, ignore_nulls=True)
