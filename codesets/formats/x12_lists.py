"""External code lists of X12: claim adjustment reason codes (139) and remark codes (411) as CSV.

Two forms, each as public readers of x12.org's lists have it:
    Code, Description, Start Date, Last Modified, Stop Date, Notes
    Code, Description, with `Start: MM/DD/YYYY | Last Modified: … | Stop: …` inside Description
X12's own delivery to subscribers was not seen. Days are MM/DD/YYYY. The wording is X12's
copyright, so the description is only looked at, never kept: for the days, and for the word
`Alert:` that opens an informational remark. Which of the two lists it is, its codes tell.
"""

import polars as pl

from codesets.formats.layout import Format
from codesets.formats.text import CodeText, Layout, days, headings, refuse, table

_LAYOUT = Layout(
    {
        "code": "code",
        "description": "description",
        "valid_from": "start date",
        "last_modified": "last modified(?: date)?",
        "valid_to": "stop date",
    },
    optional=("valid_from", "last_modified", "valid_to"),
)
_WORDS = {"valid_from": "Start", "last_modified": "Last Modified", "valid_to": "Stop"}
_REASON = r"^(?:\d{1,3}|[ABDPWY]\d{1,2})$"
_REMARK = r"^(?:M|MA|N)\d{1,3}$"
_FORMS = {"carc": (_REASON, "a reason code"), "rarc": (_REMARK, "a remark code")}


def read(text: CodeText, set_name: str) -> pl.DataFrame:
    """code, days; for remarks `is_alert`."""
    pattern, form = _FORMS[set_name]
    rows = table(text, _LAYOUT)
    is_code = pl.col("code").str.contains(pattern).fill_null(value=False)
    refuse(text, rows, ~is_code, "Code", form)
    rows = rows.with_columns(_day_text(column) for column in _WORDS)
    for column in _WORDS:
        rows = days(text, rows, column, "%m/%d/%Y")
    if set_name == "carc":
        return rows.select("code", *_WORDS)
    alert = pl.col("description").str.starts_with("Alert:").fill_null(value=False)
    return rows.select("code", *_WORDS, is_alert=alert)


def _day_text(column: str) -> pl.Expr:
    inside = pl.col("description").str.extract(rf"{_WORDS[column]}: *(\d{{2}}/\d{{2}}/\d{{4}})")
    return pl.coalesce(column, inside).alias(column)


def _is_list_of(text: CodeText, pattern: str) -> bool:
    found = headings(text, _LAYOUT)
    if found is None or "definition" in found.names:
        return False
    if "valid_from" not in found.places and "Start:" not in text.head:
        return False
    first = table(CodeText(text.head), _LAYOUT).head(1)
    return first.filter(pl.col("code").str.contains(pattern)).height == 1


REASONS = Format(
    name="x12_carc",
    title="X12 list of claim adjustment reason codes",
    file="external code list 139 as CSV",
    sets=("carc",),
    matches=lambda text: _is_list_of(text, _REASON),
    read=read,
    own=("label", "rad_rows"),
)
REMARKS = Format(
    name="x12_rarc",
    title="X12 list of remittance advice remark codes",
    file="external code list 411 as CSV",
    sets=("rarc",),
    matches=lambda text: _is_list_of(text, _REMARK),
    read=read,
    own=("label", "superseded_by", "rad_rows"),
)
