"""NCCI edits of CMS: medically unlikely edits (MUE) and procedure-to-procedure edits (PTP).

MUE, `MCR_MUE_…_Eff_….csv`: a quoted notice, then the headings HCPCS/CPT Code (broken in its
cell), Practitioner (or Outpatient Hospital) Services MUE Values, MUE Adjudication Indicator
(`2 Date of Service Edit: Policy`), MUE Rationale; so eight public readers, one tested on the file
of 2026-10. The Medicaid table is tab-separated and lacks the indicator (three readers); its
headings were not seen, so it is taken only where they name the setting in the same words.

PTP, `ccipra-v….txt` in parts f1 to f4, tab-separated below some notices: Column 1, Column 2,
*=in existence prior to 1996, Effective Date, Deletion Date *=no data, Modifier, PTP Edit
Rationale; the headings may go on over further lines; days are YYYYMMDD (nine readers). The
Medicaid file lacks the third column and leaves the deletion date blank (two readers).
"""

import polars as pl

from codesets.formats.layout import Format
from codesets.formats.text import CodeText, Layout, days, headings, refuse, table

_CODE = r"^[0-9A-Z]\d{3}[0-9A-Z]$"
_SETTINGS = {"practitioner": "practitioner", "outpatient": "outpatient hospital"}
_NAMES = {
    "practitioner": ("mue_practitioner", "mai"),
    "outpatient": ("mue_outpatient_hospital", "mai_outpatient"),
}
_PAIRS = Layout(
    {
        "column1": "column 1",
        "column2": "column 2",
        "valid_from": "effective date.*",
        "valid_to": "deletion date.*",
        "modifier_indicator": "modifier.*",
        "rationale": ".*rationale",
    },
    separators=("\t", ","),
)


def _limits(setting: str) -> Layout:
    return Layout(
        {
            "code": "hcpcs/cpt code",
            "limit": f"{setting} .*mue values?",
            "indicator": "mue adjudication indicator",
            "rationale": "mue rationale",
        },
        optional=("indicator", "rationale"),
        separators=(",", "\t"),
    )


def _setting(text: CodeText) -> str | None:
    return next((s for s, word in _SETTINGS.items() if headings(text, _limits(word))), None)


def read_limits(text: CodeText, _: str) -> pl.DataFrame:
    """code, the setting's limit and indicator, rationale."""
    setting = _setting(text) or "practitioner"
    rows = table(text, _limits(_SETTINGS[setting]))
    is_code = pl.col("code").str.contains(_CODE).fill_null(value=False)
    refuse(text, rows, ~is_code, "HCPCS/CPT Code", "a five-character code")
    is_number = pl.col("limit").str.contains(r"^\d{1,6}$").fill_null(value=False)
    refuse(text, rows, ~is_number, "MUE Values", "a whole number")
    indicator = pl.col("indicator").str.extract(r"^([123])\b")
    is_odd = pl.col("indicator").is_not_null() & indicator.is_null()
    refuse(text, rows, is_odd, "MUE Adjudication Indicator", "1, 2 or 3 at its beginning")
    limit, mai = _NAMES[setting]
    named = {limit: pl.col("limit").cast(pl.Int64), mai: indicator}
    return rows.select("code", rationale="rationale", **named)


def read_pairs(text: CodeText, _: str) -> pl.DataFrame:
    """column1, column2, modifier_indicator, rationale, valid_from, valid_to (day of deletion)."""
    rows = _below_all_headings(table(text, _PAIRS))
    for column, heading in (("column1", "Column 1"), ("column2", "Column 2")):
        is_code = pl.col(column).str.contains(_CODE).fill_null(value=False)
        refuse(text, rows, ~is_code, heading, "a five-character code")
    indicator = pl.col("modifier_indicator").is_in(["0", "1", "9"]).fill_null(value=False)
    refuse(text, rows, ~indicator, "Modifier", "0, 1 or 9")
    open_end = pl.when(pl.col("valid_to") != "*").then("valid_to").alias("valid_to")
    rows = days(text, rows.with_columns(open_end), "valid_to", "%Y%m%d")
    return days(text, rows, "valid_from", "%Y%m%d").drop("row")


def _below_all_headings(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("column1").is_not_null().cum_max())


LIMITS = Format(
    name="ncci_mue",
    title="NCCI MUE table",
    file="MCR_MUE_PractitionerServices_Eff_….csv and the outpatient hospital one",
    sets=("ncci_mue",),
    matches=lambda text: _setting(text) is not None,
    read=read_limits,
    own=("category",),
    is_joined=True,
)
PAIRS = Format(
    name="ncci_ptp",
    title="NCCI PTP edit file",
    file="ccipra-vVVVrR-f1.txt to f4",
    sets=("ncci_ptp",),
    matches=lambda text: headings(text, _PAIRS) is not None,
    read=read_pairs,
)
