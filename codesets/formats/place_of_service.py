"""Place of service codes of CMS: the table of its page, saved as CSV.

Headings Place of Service Code(s), Place of Service Name, Place of Service Description, as the
page has them by five public readers. CMS publishes no CSV of its own; a span such as 28-30 is
Unassigned and left out. Names are kept (public domain); descriptions have no column.
"""

import polars as pl

from codesets.formats.layout import Format
from codesets.formats.text import CodeText, Layout, headings, refuse, table

_LAYOUT = Layout(
    {
        "code": r"place of service code\(s\)",
        "label": "place of service name",
    }
)


def read(text: CodeText, _: str) -> pl.DataFrame:
    """code, label."""
    is_assigned = pl.col("label").str.to_lowercase().ne_missing("unassigned")
    rows = table(text, _LAYOUT).filter(is_assigned)
    is_code = pl.col("code").str.contains(r"^\d{2}$").fill_null(value=False)
    refuse(text, rows, ~is_code, "Place of Service Code(s)", "two digits (keep leading zeros)")
    return rows.select("code", "label")


TABLE = Format(
    name="cms_place_of_service",
    title="CMS place of service table",
    file="the table of the CMS page as CSV",
    sets=("place_of_service",),
    matches=lambda text: headings(text, _LAYOUT) is not None,
    read=read,
    own=("valid_from", "valid_from_status", "rate_setting", "valid_to"),
)
