"""Medi-Cal of DHCS: the rates workbook and the aid codes master chart, each saved as CSV.

Rates, `rates_data.xlsx` of "Download All Medi-Cal Rates": a title row, then headings of which
Proc Code, Procedure Description and Basic Rate are used; rates are `$1,234.00` or dashes for
none. One public reader of that workbook was seen; the other headings (procedure type among them)
were not, so a code that is listed with several rates is refused instead of one being chosen.
Aid codes: DHCS publishes the chart as a document with the headings Code, Benefits, SOC,
Program/Description (three public copies); a CSV is that table put over. The program's words are
left out.
"""

import polars as pl

from codesets.errors import CodeSetFileError
from codesets.formats.layout import Format
from codesets.formats.text import CodeText, Layout, headings, refuse, table

_RATES = Layout(
    {
        "code_from": "proc code",
        "description": "procedure description",
        "rate_amount": "basic rate",
    }
)
_CHART = Layout(
    {
        "code": "code",
        "benefits": "benefits",
        "share": "soc",
        "program": "program ?/ ?description",
    }
)
_NO_RATE = r"^-+$"
_DOLLARS = r"^\d+(\.\d{1,2})?$"
_SCOPES = {"full": "full", "restricted": "restricted", "limited": "limited"}
_SHARES = {"yes": "yes", "no": "no", "y/n": "either", "yes/no": "either"}


def read_rates(text: CodeText, _: str) -> pl.DataFrame:
    """code_from, modifiers (none), rate_amount; codes without a rate are left out."""
    dollars = pl.col("rate_amount").str.replace_all(r"[$,\s]", "")
    rows = table(text, _RATES).with_columns(dollars).filter(~dollars.str.contains(_NO_RATE))
    is_code = pl.col("code_from").str.contains(r"^[0-9A-Z]{5}$").fill_null(value=False)
    refuse(text, rows, ~is_code, "Proc Code", "a five-character code")
    is_money = pl.col("rate_amount").str.contains(_DOLLARS).fill_null(value=False)
    refuse(text, rows, ~is_money, "Basic Rate", "dollars with at most two decimals, or dashes")
    rates = rows.with_columns(pl.col("rate_amount").cast(pl.Decimal(12, 2)))
    _refuse_several(text, rates)
    once = rates.unique("code_from", maintain_order=True)
    return once.select("code_from", "rate_amount", modifiers=pl.lit(None, pl.String))


def _refuse_several(text: CodeText, rates: pl.DataFrame) -> None:
    several = pl.col("rate_amount").n_unique().over("code_from") > 1
    found = rates.filter(several)
    if found.height:
        raise CodeSetFileError(
            "several_rates",
            f"file {text.part}, row {found['row'][0]}, column Basic Rate: code "
            f"{found['code_from'][0]} is listed with several rates "
            f"({found['code_from'].n_unique()} codes are). Keep the row of the procedure type "
            "that you bill, for each.",
        )


def read_chart(text: CodeText, _: str) -> pl.DataFrame:
    """code, benefit_scope, share_of_cost, confidence."""
    rows = table(text, _CHART)
    is_code = pl.col("code").str.contains(r"^[0-9A-Z]{2}$").fill_null(value=False)
    refuse(text, rows, ~is_code, "Code", "two characters (keep leading zeros)")
    first_word = pl.col("benefits").str.to_lowercase().str.extract(r"^([a-z]+)")
    share = pl.col("share").str.to_lowercase().str.replace_all(r"\s", "")
    return rows.select(
        "code",
        benefit_scope=first_word.replace_strict(_SCOPES, default=None, return_dtype=pl.String),
        share_of_cost=share.replace_strict(_SHARES, default=None, return_dtype=pl.String),
        confidence=pl.lit("seen"),
    )


RATES = Format(
    name="medi_cal_rates",
    title="Medi-Cal rates file",
    file="sheet of rates_data.xlsx as CSV",
    sets=("rates",),
    matches=lambda text: headings(text, _RATES) is not None,
    read=read_rates,
)
AID_CODES = Format(
    name="dhcs_aid_codes",
    title="DHCS aid codes master chart",
    file="its table as CSV",
    sets=("aid_codes",),
    matches=lambda text: headings(text, _CHART) is not None,
    read=read_chart,
    own=("label", "group", "note"),
)
