"""The months that a 271 answers for.

Here: service dates of persons and benefits as months. Not here: what is answered.
Eligibility is monthly in Medi-Cal: an answer for a day is one for its month.
"""

from typing import Final

import polars as pl

from pipelines.x12.eligibility_places import BENEFIT, PERSON
from pipelines.x12.wire import element

# DTP01, the day asked first: service, eligibility, plan.
_QUALIFIERS: Final = ("472", "307", "291")
# Longer than any service asked about: a plan's period, which says nothing of the month asked.
_MOST_MONTHS: Final = 24
_DAY: Final = r"([1-9][0-9]{3})(0[1-9]|1[0-2])[0-9]{2}"
_RANGE: Final = rf"^(?<first>{_DAY})(?:-(?<last>{_DAY}))?$"


def benefit_spans(segments: pl.DataFrame) -> pl.DataFrame:
    """benefit, first_month and last_month (counted from year 0), of the benefits that are dated."""
    return _best(_dates(segments, BENEFIT, "benefit"), "benefit")


def answered_months(
    segments: pl.DataFrame, persons: pl.DataFrame, spans: pl.DataFrame
) -> pl.DataFrame:
    """One row a person and month: answer (its number), person, month_number, month (YYYY-MM).

    The months are those of the person's own dates; else those of the benefits' dates; else, as the
    guide has it for an inquiry without a date, that of the day of the answer.
    """
    asked = _best(_short(_dates(segments, PERSON, "person")), "person")
    benefits = segments.filter(pl.col("segment_id") == "EB").select("person", "benefit")
    dated = benefits.join(_short(spans), on="benefit").drop("benefit")
    on_the_day = persons.select("person", **_months(pl.col("verified_on").str.replace_all("-", "")))
    sources = [asked, dated, on_the_day]
    known = pl.concat([one.with_columns(source=rank) for rank, one in enumerate(sources)])
    chosen = known.filter(pl.col("source") == pl.col("source").min().over("person"))
    return (
        persons.select("person")
        .join(_each_month(chosen), on="person", how="left", maintain_order="left")
        .with_row_index("answer")
    )


def _dates(segments: pl.DataFrame, loop: str, by: str) -> pl.DataFrame:
    """`by`, rank, first_month and last_month of the loop's DTPs that can be read."""
    rank = pl.col("qualifier").replace_strict(
        {code: rank for rank, code in enumerate(_QUALIFIERS)}, default=None, return_dtype=pl.Int64
    )
    dated = segments.filter(pl.col("loop") == loop, pl.col("segment_id") == "DTP")
    return dated.select(by, rank=rank, **_months(element(3))).drop_nulls()


def _months(text: pl.Expr) -> dict[str, pl.Expr]:
    """First and last month of CCYYMMDD or CCYYMMDD-CCYYMMDD; null where it is neither."""
    first = _month(text, 2, 3)
    last = pl.when(text.str.contains("-", literal=True)).then(_month(text, 5, 6)).otherwise(first)
    return {"first_month": pl.when(first <= last).then(first), "last_month": last}


def _month(text: pl.Expr, year: int, month: int) -> pl.Expr:
    year_and_month = [text.str.extract(_RANGE, group).cast(pl.Int64) for group in (year, month)]
    return year_and_month[0] * 12 + year_and_month[1] - 1


def _short(spans: pl.DataFrame) -> pl.DataFrame:
    return spans.filter(pl.col("last_month") - pl.col("first_month") < _MOST_MONTHS)


def _best(dates: pl.DataFrame, by: str) -> pl.DataFrame:
    ordered = dates.sort("rank", maintain_order=True)
    return ordered.unique(by, keep="first", maintain_order=True).drop("rank")


def _each_month(spans: pl.DataFrame) -> pl.DataFrame:
    """person, month_number, month: in order, each once."""
    number = pl.col("month_number")
    year, month = number // 12, number % 12 + 1
    return (
        spans.drop_nulls()
        .select("person", month_number=pl.int_ranges("first_month", pl.col("last_month") + 1))
        .explode("month_number")
        .unique()
        .sort("person", "month_number")
        .with_columns(month=pl.format("{}-{}", year, month.cast(pl.String).str.zfill(2)))
    )
