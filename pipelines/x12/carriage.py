"""The writer's last look at frozen content: what X12 or the guide cannot take is refused.

Here: presence, list sizes and characters. Not here: cleaning, or rules about a claim's truth;
those ran before the content was frozen, so anything found here is a broken invariant.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

import polars as pl
import polars.selectors as cs

from contracts.errors import BrokenInvariantError
from pipelines.x12 import content
from pipelines.x12.charset import carries
from pipelines.x12.claim_forms import ClaimForm

Sizes = Mapping[str, tuple[int, int]]

_SIZES: Final = {
    "attachments": (0, content.MAX_ATTACHMENTS),
    "other_payers": (0, content.MAX_OTHER_PAYERS),
    "other_payments": (0, content.MAX_OTHER_PAYERS),
    "adjustments": (0, content.MAX_ADJUSTMENT_GROUPS),
    "modifiers": (0, content.MAX_MODIFIERS),
    "occurrences": (0, content.MAX_BILL_CODES),
    "values": (0, content.MAX_BILL_CODES),
    "condition_codes": (0, content.MAX_BILL_CODES),
}

_WHOLE: Final = {
    "attachments": content.ATTACHMENT,
    "occurrences": content.OCCURRENCE,
    "values": content.VALUE,
}
"""Lists of structs whose every part is needed."""


def refuse_what_cannot_be_written(claims: pl.DataFrame, form: ClaimForm) -> None:
    """Raise BrokenInvariantError naming the first claim_id and column that cannot be written."""
    if claims.schema != content.CONTENT:
        raise BrokenInvariantError(
            "claim_content_schema",
            "claim content: columns or types differ from content.CONTENT. Select those, in order.",
        )
    sizes = _sizes(form)
    _refuse(claims, content.REQUIRED_COLUMNS + form.required_columns, sizes)
    lines = _members(claims, "lines")
    payments = _members(lines, "other_payments")
    _refuse(lines, content.REQUIRED_LINE_COLUMNS + form.required_line_columns, sizes)
    _refuse(payments, content.REQUIRED_OTHER_PAYMENT_COLUMNS, sizes)
    _refuse(_members(payments, "adjustments"), content.REQUIRED_ADJUSTMENT_COLUMNS, sizes)
    _refuse(_members(claims, "other_payers"), content.REQUIRED_OTHER_PAYER_COLUMNS, sizes)
    for members, parts in _WHOLE.items():
        _refuse(_members(claims, members), tuple(parts), sizes)


def _sizes(form: ClaimForm) -> Sizes:
    pointers = (1, content.MAX_POINTERS) if form.has_pointers else (0, 0)
    return {
        "lines": (1, form.max_lines),
        "diagnosis_codes": (1, form.max_diagnoses),
        "diagnosis_pointers": pointers,
        **_SIZES,
    }


def _members(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """One row for each member of a list of structs, with the claim it belongs to."""
    filled = rows.select("claim_id", column).filter(pl.col(column).list.len() > 0)
    return filled.explode(column).unnest(column)


def _refuse(rows: pl.DataFrame, required: Collection[str], sizes: Sizes) -> None:
    for verdict, trouble in _rules(rows.schema, required, sizes):
        held = rows.select(verdict.all())
        broken = next((name for name in held.columns if not held.get_column(name).item()), None)
        if broken is not None:
            at = rows.select(verdict).get_column(broken).arg_min()
            raise BrokenInvariantError(
                "claim_content",
                f"claim {rows.item(at, 'claim_id')}, column {broken}: {trouble}. "
                "Correct the source row and propose the claim anew.",
            )


def _rules(
    schema: pl.Schema, required: Collection[str], sizes: Sizes
) -> Iterator[tuple[pl.Expr, str]]:
    """Verdicts that widen to one boolean a column (few expressions plan faster), never null."""
    yield pl.col(required).is_not_null(), "absent though the guide requires it"
    yield cs.string().ne_missing(pl.lit("")), "empty text where absence is null"
    yield carries(cs.string()), "characters that X12 cannot carry"
    codes = [name for name, dtype in schema.items() if dtype == content.CODES]
    if codes:
        # Joined text is null where a member is null: a gap would shift pointers and modifiers.
        carried = carries(pl.col(codes).list.join("", ignore_nulls=False), absent=False)
        yield carried | pl.col(codes).is_null(), "a code absent, or characters X12 cannot carry"
    for name in schema.keys() & sizes.keys():
        least, most = sizes[name]
        size = pl.col(name).list.len().fill_null(0)
        yield size.is_between(least, most), f"outside {least} to {most} members"
