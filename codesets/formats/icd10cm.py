"""ICD-10-CM of CMS and NCHS: the order file and the code list.

Layouts as the document that goes with the files gives them, of which a copy was read (public
README quoting the NCHS file description of 2024) and with which two public readers agree.

Order file, `icd10cm_order_YYYY.txt` (`icd10cm-order-…`), columns from 1:
    1-5 order number   7-13 code without dot   15 0 header, 1 valid   17-76 short description
    78- long description; 6, 14, 16 and 77 are blank
Code list, `icd10cm_codes_YYYY.txt`, valid codes only:
    1-7 code without dot   8 blank   9- long description
"""

import polars as pl

from codesets.formats.layout import Format
from codesets.formats.text import CodeText, refuse

CODE = r"[A-Z][0-9A-Z]{2,6}"
_ORDER_LINE = rf"^\d{{5}} (?:{CODE}) {{0,4}} [01] .{{60}} \S"
_ORDER_FORM = "an order number, a code, 0 or 1 and two descriptions in their columns"
_CODE_LINE = rf"^{CODE} {{1,5}}\S"
_LINE = pl.col("line")


def _field(start: int, length: int | None = None) -> pl.Expr:
    return _LINE.str.slice(start - 1, length).str.strip_chars()


def _is_order_file(text: CodeText) -> bool:
    return _first_line_is(text, _ORDER_LINE, blank_at=14)


def _is_code_list(text: CodeText) -> bool:
    return _first_line_is(text, _CODE_LINE, blank_at=8)


def _first_line_is(text: CodeText, pattern: str, blank_at: int) -> bool:
    first = CodeText(text.head).lines().head(1)
    fits = _LINE.str.contains(pattern) & (_LINE.str.slice(blank_at - 1, 1) == " ")
    return first.filter(fits).height == 1


def read_order(text: CodeText, _: str) -> pl.DataFrame:
    """code, label (long description), billable; headers too, so that they are known as such."""
    lines = text.lines()
    parts = lines.with_columns(code=_field(7, 7), flag=_field(15, 1), label=_field(78))
    blanks = pl.all_horizontal(_LINE.str.slice(place - 1, 1) == " " for place in (6, 14, 16, 77))
    refuse(text, parts, ~(_LINE.str.contains(r"^\d{5} ") & blanks), "order number", _ORDER_FORM)
    refuse(text, parts, ~pl.col("code").str.contains(f"^{CODE}$"), "code", "an ICD-10-CM code")
    refuse(text, parts, ~pl.col("flag").is_in(["0", "1"]), "header flag", "0 or 1")
    return parts.select("code", "label", billable=pl.col("flag") == "1")


def read_codes(text: CodeText, _: str) -> pl.DataFrame:
    """code, label, billable. Headers are not in this file: such a code is unknown afterwards."""
    parts = text.lines().with_columns(code=_field(1, 7), label=_field(9))
    is_code = pl.col("code").str.contains(f"^{CODE}$") & (_LINE.str.slice(7, 1) == " ")
    refuse(text, parts, ~is_code, "code", "an ICD-10-CM code, blanks to column 8, a description")
    return parts.select("code", "label", billable=pl.lit(value=True))


ORDER = Format(
    name="icd10cm_order",
    title="ICD-10-CM order file",
    file="icd10cm_order_YYYY.txt",
    sets=("icd10cm",),
    matches=_is_order_file,
    read=read_order,
)
CODES = Format(
    name="icd10cm_codes",
    title="ICD-10-CM code list",
    file="icd10cm_codes_YYYY.txt",
    sets=("icd10cm",),
    matches=_is_code_list,
    read=read_codes,
)
