"""Measures of the drawn county, counted once, or again with other facts or on another day."""

from datetime import date
from functools import cache
from typing import Any

import measured_county as county
import polars as pl

from contracts.policy import Policy, shipped_text
from reports.measure import measures, parameters
from reports.measuring import measure

POLICY = Policy(shipped_text())


@cache
def every() -> pl.DataFrame:
    told = county.PARAMETERS | parameters(measures(), POLICY, county.AS_OF)
    return measure(measures(), county.facts(), told)


def counted(name: str) -> pl.DataFrame:
    return every().filter(measure=name)


@cache
def later() -> pl.DataFrame:
    as_of = date(2026, 12, 31)
    told = county.PARAMETERS | parameters(measures(), POLICY, as_of) | {"as_of": as_of}
    return measure(measures(), county.facts(), told | {"ends_on": date(2026, 10, 31)})


def counted_again(name: str, as_of: date = county.AS_OF, **replaced: pl.DataFrame) -> pl.DataFrame:
    told = county.PARAMETERS | parameters([name], POLICY, as_of) | {"as_of": as_of}
    return measure([name], county.facts(**replaced), told)


def row(result: pl.DataFrame, part: str, stratum: str = "all", value: str = "") -> dict[str, Any]:
    return result.filter(part=part, stratum=stratum, value=value).row(0, named=True)
