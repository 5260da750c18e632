"""CSV files: RFC 4180 in UTF-8, text that a spreadsheet would take for a formula made harmless.

How a frame becomes CSV bytes belongs here; which columns it has does not.
"""

import polars as pl
import polars.selectors as cs

# Spreadsheets run a cell that begins with one of these.
_FORMULA = r"^[=+\-@\t\r]"


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """The frame as CSV: a header, CRLF, nulls empty, ISO days, money with its two decimals."""
    text = cs.string()
    escaped = frame.with_columns(
        pl.when(text.str.contains(_FORMULA)).then(pl.lit("'") + text).otherwise(text).name.keep()
    )
    return escaped.write_csv(line_terminator="\r\n").encode()


def unescaped(text: pl.Expr) -> pl.Expr:
    """Text as it was before `csv_bytes` made it harmless."""
    return pl.when(text.str.contains(r"^'[=+\-@\t\r]")).then(text.str.slice(1)).otherwise(text)
