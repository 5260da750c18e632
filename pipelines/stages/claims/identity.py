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
        *("payer_id", "payer_name", "filing_indicator", "claim_or_encounter"),
    }
)
LINE_NOT_FROM_FACTS = frozenset({"line_ordinal", "line_control_number"})

# Control characters stand between values: no value holds one, for X12 would not carry it.
_VALUE, _MEMBER, _LINE = "\x1d", "\x1e", "\x1f"
_DEEPER = ("\x1c", "\x1b", "\x1a")  # between members within members, by depth


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


def _named(name: str, column: pl.Expr, dtype: pl.DataType, depth: int = 0) -> pl.Expr:
    text = column
    if dtype == CODES:
        text = column.list.join(_MEMBER)
    elif isinstance(dtype, pl.List):
        whole = column.list.eval(_member(dtype, depth)).list.join(_DEEPER[depth])
        text = pl.when(column.list.len() > 0).then(whole)
    return pl.lit(f"{name}=") + text


def _member(dtype: pl.List, depth: int) -> pl.Expr:
    """The values of a struct in a list."""
    parts = pl.Schema(dtype.inner.to_schema()) if isinstance(dtype.inner, pl.Struct) else {}
    return _joined(
        [
            _named(name, pl.element().struct.field(name), part, depth + 1)
            for name, part in parts.items()
        ]
    )


def _joined(values: list[pl.Expr]) -> pl.Expr:
    return pl.concat_str(values, separator=_VALUE, ignore_nulls=True)
