"""HCPCS level II of CMS: the alpha-numeric file (ANWEB) as fixed-width text, and its workbook.

`HCPCYYYY_MMM_ANWEB….txt`, 320 characters, columns from 1. Checked against a public copy of the
2020 file itself and against readers written for the files of 2019 and of 2026:
    1-5 code (modifiers: 1-3 blank, 4-5)   6-10 sequence   11 record: 3 procedure, 4 its next
    line, 7 modifier, 8 its next line   12-91 long description   92-119 short description
    230 coverage   257-259 BETOS   261 first type of service   269-276 day added
    277-284 day of the action   285-292 last day   293 action; days are YYYYMMDD
A next line has its description only. A notice may come before the first record.

The workbook's sheet saved as CSV has the same fields below headings: HCPC, SEQNUM, RECID,
LONG DESCRIPTION, SHORT DESCRIPTION, …, COV, …, BETOS, TOS1, …, ADD DT, ACT EFF DT, TERM DT,
ACTION CD (as printed from the workbook by three public readers).
"""

import polars as pl

from codesets.formats.layout import Format
from codesets.formats.text import CodeText, Layout, days, headings, refuse, table

CODE = r"[A-Z]\d{4}"
MODIFIER = r"[0-9A-Z]{2}"
_RECORD = rf"^(?:{CODE}|   {MODIFIER})\d{{5}}[3478]"
_FIRST_RECORD = rf"(?m)^(?:{CODE}|   {MODIFIER})\d{{5}}[37].{{80}}.{{28}}.{{173}}"
_KINDS = {"hcpcs": ("3", "4"), "hcpcs_modifiers": ("7", "8")}
_SHEET = Layout(
    {
        "code": "hcpc",
        "record": "recid",
        "long_label": "long description",
        "label": "short description",
        "coverage": "cov",
        "betos": "betos",
        "tos": "tos1",
        "valid_from": "add dt",
        "valid_to": "term dt",
    }
)
_FIELDS = {
    "code": (1, 5),
    "record": (11, 1),
    "long_label": (12, 80),
    "label": (92, 28),
    "coverage": (230, 1),
    "betos": (257, 3),
    "tos": (261, 1),
    "valid_from": (269, 8),
    "valid_to": (285, 8),
}


def read_text(text: CodeText, set_name: str) -> pl.DataFrame:
    """One row a code of the set, its long description put together from its lines."""
    is_record = pl.col("line").str.contains(_RECORD)
    rows = text.lines().filter(is_record.cum_max())
    refuse(text, rows, ~is_record, "code", "a HCPCS level II record; CPT and CDT are not taken")
    return _one_a_code(text, rows.select("row", *map(_field, _FIELDS)), set_name)


def read_sheet(text: CodeText, set_name: str) -> pl.DataFrame:
    """The same from the workbook's sheet saved as CSV."""
    rows = table(text, _SHEET)
    form = f"^(?:{CODE}|{MODIFIER})$"
    is_code = pl.col("code").str.contains(form).fill_null(value=False)
    refuse(text, rows, ~is_code, "HCPC", "a HCPCS level II code; CPT and CDT are not taken")
    known = pl.col("record").is_in(["3", "4", "7", "8"]).fill_null(value=False)
    refuse(text, rows, ~known, "RECID", "3, 4, 7 or 8")
    return _one_a_code(text, rows, set_name)


def _field(name: str) -> pl.Expr:
    start, length = _FIELDS[name]
    cut = pl.col("line").str.slice(start - 1, length).str.strip_chars()
    return pl.when(cut != "").then(cut).alias(name)


def _one_a_code(text: CodeText, rows: pl.DataFrame, set_name: str) -> pl.DataFrame:
    first, following = _KINDS[set_name]
    own = rows.filter(pl.col("record").is_in([first, following]))
    heads = own.filter(record=first).drop("record", "long_label")
    for column in ("valid_from", "valid_to"):
        heads = days(text, heads, column, "%Y%m%d")
    descriptions = own.group_by("code").agg(pl.col("long_label").drop_nulls().str.join(" "))
    joined = heads.join(descriptions, on="code", how="left", maintain_order="left").drop("row")
    if set_name == "hcpcs":
        return joined
    dated = ("code", "label", "long_label", "valid_from", "valid_to")
    return joined.select(*dated, level=pl.lit("II"))


def _is_text(text: CodeText) -> bool:
    return pl.Series([text.head]).str.contains(_FIRST_RECORD).item()  # type: ignore[no-any-return]


def _is_sheet(text: CodeText) -> bool:
    return headings(text, _SHEET) is not None


# Unlisted codes are told by another file, and the numeric modifiers are not CMS's to list.
_OWN = ("is_noc",)
_LEVEL_ONE = pl.col("level") == "I"

PROCEDURES = Format(
    name="hcpcs_anweb",
    title="HCPCS alpha-numeric file",
    file="HCPCYYYY_MMM_ANWEB.txt",
    sets=("hcpcs", "hcpcs_modifiers"),
    matches=_is_text,
    read=read_text,
    own=_OWN,
    keeps=_LEVEL_ONE,
)
SHEET = Format(
    name="hcpcs_anweb_csv",
    title="HCPCS alpha-numeric workbook as CSV",
    file="sheet of HCPCYYYY_MMM_ANWEB.xlsx",
    sets=("hcpcs", "hcpcs_modifiers"),
    matches=_is_sheet,
    read=read_sheet,
    own=_OWN,
    keeps=_LEVEL_ONE,
)
