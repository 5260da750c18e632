"""Measuring: the measures counted over the facts of an agency, each by every stratum.

A measure's SQL gives one row a subject: person_id, episode_id, facility_id, anchor_on, a column for
each part, a list for each breakdown. A part of a share is true, false, `exempt` (not
of the denominator), `open` (its time is not over) or null (unknown). Dollars are a column of money,
those that they are of a second one, `<part>_of`. Who is in which stratum, and the counting, belong
here; what is counted does not.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import polars as pl

from contracts.fields import MONEY
from reports.engine import Engine, Parameters, engine
from reports.measure import OF_DOLLARS, POPULATION, Definition, Kind, Part, definition, sql
from reports.numbered import numbered, words

COMMON_STRATA = ("month", "facility_id", "sex", "age_group", "race_ethnicity", "language")
CONDITION = "qualifying_condition"
ALL, TREND, UNKNOWN = "all", "trend", "unknown"

RESULT = pl.Schema(
    [("measure_id", pl.String()), ("measure", pl.String()), ("part", pl.String()),
     ("stratum", pl.String()), ("value", pl.String()), ("numerator", pl.Int64()),
     ("denominator", pl.Int64()), ("exempt", pl.Int64()), ("open", pl.Int64()),
     ("unknown", pl.Int64()), ("median_days", pl.Float64()), ("amount", MONEY),
     ("amount_of", MONEY)]
)  # fmt: skip

# Nobody sees these ids, and most joins are by them.
_IDS = ("person_id", "episode_id")
_WORDS = ("facility_id", "service_category", "modality", "verdict", "note_status", "milestone",
          "state", "days_out", "service_month")  # fmt: skip
_SUBJECTS = """
CREATE OR REPLACE TABLE subjects AS
SELECT {columns}, person_id, episode_id,
       anchor_on >= $starts_on AS is_in_period,
       date_trunc('month', anchor_on) AS month,
       coalesce(facility_id::words, 'unknown'::words) AS facility_id,
       coalesce(sex, 'unknown'::sexes) AS sex,
       coalesce(race_ethnicity, 'unknown'::races) AS race_ethnicity,
       coalesce(language, 'unknown'::spoken) AS language,
       age_group(CASE WHEN birth_date <= anchor_on
                      THEN datesub('year', birth_date, anchor_on) END) AS age_group
FROM ({measure}) AS counted LEFT JOIN persons USING (person_id)
WHERE anchor_on BETWEEN $trend_from AND $ends_on
"""
_TYPES = """
CREATE TYPE verdicts AS ENUM ('yes', 'no', 'exempt', 'open', 'unknown');
CREATE TYPE ages AS ENUM ('00-17', '18-20', '21-25', '26-44', '45-64', '65+', 'unknown');
CREATE MACRO verdict(told) AS
    CASE told::VARCHAR WHEN 'true' THEN 'yes'::verdicts WHEN 'false' THEN 'no'::verdicts
         ELSE coalesce(told::VARCHAR, 'unknown')::verdicts END;
CREATE MACRO age_group(years) AS
    (CASE WHEN years IS NULL THEN 'unknown' WHEN years < 18 THEN '00-17'
          WHEN years < 21 THEN '18-20' WHEN years < 26 THEN '21-25' WHEN years < 45 THEN '26-44'
          WHEN years < 65 THEN '45-64' ELSE '65+' END)::ages
"""
_MONTH = "strftime(month, '%Y-%m')"
_OF_VERDICTS = (Kind.SHARE, Kind.COUNT)
_OF_TWO = (Kind.DOLLAR_SHARE, Kind.DOLLAR_DAYS)
# The verdicts that each column counts.
_OF_COUNT = {"numerator": ("yes",)}
_OF_SHARE = _OF_COUNT | {
    "denominator": ("yes", "no"), "exempt": ("exempt",), "open": ("open",),
    "unknown": ("unknown",),
}  # fmt: skip
_COUNTED = ("numerator", "denominator", "exempt", "open", "unknown", "median_days", "amount",
            "amount_of")  # fmt: skip


def measure(
    names: Iterable[str], facts: Mapping[str, pl.DataFrame], parameters: Parameters
) -> pl.DataFrame:
    """Count measures: one row a measure, part, stratum and value of it (`RESULT`).

    `facts` are the tables that the populations name (`population.sql`, and what else a definition
    asks for); `parameters` starts_on, ends_on (the period), trend_from, as_of, and what the
    definitions ask for. Stratum `all` has the period, `trend` each month from trend_from on; of a
    breakdown's rows the denominator is that of all. Of dollars the numerator is how many subjects
    have any.
    """
    told = [definition(name) for name in names]
    with population(facts, parameters, (one.population for one in told)) as opened:
        counted = [_counted(opened, one) for one in told]
    return pl.concat([RESULT.to_frame(), *counted])


@contextmanager
def population(
    facts: Mapping[str, pl.DataFrame], parameters: Parameters, others: Iterable[str] = ()
) -> Iterator[Engine]:
    """An engine that holds the population of all measures, and the `others` by their names."""
    frames = numbered(facts, _IDS) | {"every_word": words(facts, _WORDS)}
    with engine(frames, parameters) as opened:
        opened.run(_TYPES)
        for name in dict.fromkeys([POPULATION, *others]):
            opened.run(sql(name))
        yield opened


def subjects(opened: Engine, told: Definition) -> None:
    """Make the table `subjects`: the rows of a measure with the columns of all strata."""
    columns = ", ".join(_columns(told))
    opened.run(_SUBJECTS.format(columns=columns, measure=sql(told.name)))


def _columns(told: Definition) -> Iterable[str]:
    """What is counted of a measure's rows, and what they are split by besides the common strata."""
    yield from (*told.strata, *told.breakdowns)
    for name, part in told.parts.items():
        yield f"verdict({name}) AS {name}" if part.kind in _OF_VERDICTS else name
        if part.kind in _OF_TWO:
            yield f"{name}_of"


def _counted(opened: Engine, told: Definition) -> pl.DataFrame:
    subjects(opened, told)
    wide = opened.ask(_strata_query(told))
    parts = [_part(told, wide, part) for part in told.parts]
    split = [_breakdown(opened, told, name, parts) for name in told.breakdowns]
    return pl.concat([*parts, *split]).select(RESULT.names())


def _strata_query(told: Definition) -> str:
    """Every stratum in one result: stratum, value, and each part's counts side by side."""
    strata, counts = (*COMMON_STRATA, *told.strata), ", ".join(_tallies(told))
    named = " ".join(f"WHEN grouping({one}) = 0 THEN '{one}'" for one in strata)
    values = ", ".join(_MONTH if one == "month" else f"{one}::VARCHAR" for one in strata)
    sets = ", ".join(["()", *(f"({one})" for one in strata)])
    condition = f"coalesce({CONDITION}, '{UNKNOWN}')"
    return f"""
SELECT CASE {named} ELSE '{ALL}' END AS stratum,
       coalesce({values}, CASE WHEN {_is_total(strata)} THEN '' ELSE '{UNKNOWN}' END)
           AS value, {counts}
FROM subjects WHERE is_in_period GROUP BY GROUPING SETS ({sets})
UNION ALL BY NAME
SELECT '{CONDITION}' AS stratum, {condition} AS value, {counts}
FROM subjects LEFT JOIN episode_conditions USING (episode_id)
WHERE is_in_period GROUP BY {condition}
UNION ALL BY NAME
SELECT '{TREND}' AS stratum, {_MONTH} AS value, {counts} FROM subjects GROUP BY month
"""


def _is_total(strata: Iterable[str]) -> str:
    return " AND ".join(f"grouping({one}) = 1" for one in strata)


def _tallies(told: Definition) -> Iterable[str]:
    for name, part in told.parts.items():
        if part.kind is Kind.DAYS:
            yield f"count({name}) AS {name}_denominator, median({name}) AS {name}_median_days"
            continue
        if part.kind in OF_DOLLARS:
            yield from _sums(name, part)
            continue
        counted = _OF_COUNT if part.kind is Kind.COUNT else _OF_SHARE
        for column, ones in counted.items():
            yield f"{count_of(told)} FILTER ({verdicts(name, *ones)}) AS {name}_{column}"


def _sums(name: str, part: Part) -> Iterable[str]:
    """Sums of money are exact; the days that they come to are one division of them."""
    other = name if part.kind is Kind.DOLLARS else f"{name}_of"
    yield f"count(*) FILTER ({other} <> 0) AS {name}_numerator"
    yield f"coalesce(sum({name}), 0) AS {name}_amount"
    if part.kind in _OF_TWO:
        yield f"coalesce(sum({other}), 0) AS {name}_amount_of"
    if part.kind is Kind.DOLLAR_DAYS:
        yield f"sum({name}) * {part.days} / nullif(sum({other}), 0) AS {name}_median_days"


def count_of(told: Definition) -> str:
    """What is counted of `subjects`, as SQL: its rows, or people once each."""
    return "count(DISTINCT person_id)" if told.is_of_people else "count(*)"


def verdicts(part: str, *ones: str) -> str:
    """The condition, as SQL, that a part of a measure has one of these verdicts."""
    return f"{part} IN ({', '.join(repr(one) for one in ones)})"


def _part(told: Definition, wide: pl.DataFrame, name: str) -> pl.DataFrame:
    """One part's rows out of the result that has all parts side by side."""
    there = {column for column in _COUNTED if f"{name}_{column}" in wide.columns}
    counts = [
        (pl.col(f"{name}_{column}") if column in there else pl.lit(None)).alias(column)
        for column in _COUNTED
    ]
    rows = wide.select(*_named(told, name), "stratum", "value", *counts).cast(RESULT)
    order = {one: place for place, one in enumerate(_order(told))}
    is_unknown = pl.col("value") == UNKNOWN
    return rows.sort(pl.col("stratum").replace_strict(order), is_unknown, _rank(told), "value")


def _rank(told: Definition) -> pl.Expr:
    """The place of a value among those of its stratum, where the definition orders them."""
    ranks = {
        f"{stratum}/{value}": place
        for stratum, values in told.order.items()
        for place, value in enumerate(values)
    }
    value = pl.concat_str("stratum", "value", separator="/")
    return value.replace_strict(ranks, default=0, return_dtype=pl.Int64)


def _named(told: Definition, part: str) -> list[pl.Expr]:
    names = {"measure_id": told.id, "measure": told.name, "part": part}
    return [pl.lit(value).alias(name) for name, value in names.items()]


def _order(told: Definition) -> tuple[str, ...]:
    return (ALL, TREND, *COMMON_STRATA, *told.strata, CONDITION)


def _breakdown(
    opened: Engine, told: Definition, name: str, parts: Iterable[pl.DataFrame]
) -> pl.DataFrame:
    """A part's numerator by the values of a list column, against the denominator of all."""
    part = told.breakdowns[name].part
    counts = opened.ask(f"""
SELECT value, {count_of(told)} AS numerator
FROM (SELECT person_id, unnest({name}) AS value FROM subjects
      WHERE is_in_period AND {verdicts(part, "yes")})
GROUP BY value ORDER BY value = '{UNKNOWN}', value
""")
    every = next(one for one in parts if one["part"][0] == part)
    total = every.filter(stratum=ALL).drop("stratum", "value", "numerator")
    return (
        counts.join(total, how="cross")
        .with_columns(stratum=pl.lit(name))
        .select(RESULT.names())
        .cast(RESULT)
    )
