"""Segments as Polars expressions: elements joined, what is absent left out, ends trimmed.

Here: the grammar of a segment and of a composite. Not here: which segments a guide wants.
A `str` stands for itself; an expression gives a value, null where it is absent.
"""

from typing import Final

import polars as pl

from pipelines.x12.charset import COMPONENT, ELEMENT, TERMINATOR

# A line break after the terminator makes a file readable and is skipped by every X12 reader.
SEGMENT_END: Final = TERMINATOR + "\n"

Part = str | pl.Expr
EMPTY: Final = pl.lit("")


def segment(name: str, *elements: Part, when: pl.Expr | None = None) -> pl.Expr:
    """Text of one segment with its terminator; "" where none of its values is there.

    A segment of fixed elements alone is always there. `when` decides instead of the values.
    """
    text = _joined(ELEMENT, (name, *elements)) + pl.lit(SEGMENT_END)
    present = _any_value(elements) if when is None else when
    return text if present is None else pl.when(present).then(text).otherwise(EMPTY)


def composite(*components: Part) -> pl.Expr:
    """Components of one element; null where none of its values is there."""
    text = _joined(COMPONENT, components)
    present = _any_value(components)
    return text if present is None else pl.when(present).then(text)


def amount(text: pl.Expr) -> pl.Expr:
    """Decimal text as X12 type R has it: no trailing zeros, no bare point (`150.50` to `150.5`)."""
    trimmed = text.str.strip_chars_end("0").str.strip_chars_end(".")
    return pl.when(text.str.contains(".", literal=True)).then(trimmed).otherwise(text)


def joined(*texts: pl.Expr) -> pl.Expr:
    """Segments and loops one after the other."""
    return pl.concat_str(texts, ignore_nulls=True)


def _joined(separator: str, parts: tuple[Part, ...]) -> pl.Expr:
    values = [pl.lit(part) if isinstance(part, str) else part.fill_null("") for part in parts]
    return pl.concat_str(values, separator=separator).str.strip_chars_end(separator)


def _any_value(parts: tuple[Part, ...]) -> pl.Expr | None:
    values = [part.is_not_null() for part in parts if isinstance(part, pl.Expr)]
    return pl.any_horizontal(values) if values else None
