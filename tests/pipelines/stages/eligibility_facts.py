"""Current facts drawn as tables: what the tests of people, episodes, days and windows are fed.

`|` separates columns; an empty cell is null. A timestamp is written in Los Angeles time.
"""

import polars as pl

from contracts.feeds import facts
from contracts.fields import Kind
from contracts.parsing import LOCAL_ZONE
from contracts.policy import Policy, shipped_text

# A person who is billable from activation to release: each test breaks one table of it.
BASE = {
    "custody_stays": """
        stay_id | person_id | facility_id | booked_at        | released_at      | released_to
        s1      | p1        | jail        | 2026-01-05 22:30 | 2026-01-20 23:30 | community""",
    "people": """
        person_id | cin
        p1        | 90000001A""",
    "cin_aliases": "alias_cin | cin | reason",
    "facilities": """
        facility_id | facility_type      | live_from
        jail        | county_jail        | 2024-10-01
        annex       | county_jail        | 2026-01-10
        youth       | youth_correctional | 2024-10-01""",
    "coverage": """
        cin       | aid_code | starts_on  | coverage_status | is_ji_aid_code
        90000001A | M1       | 2025-01-01 | suspended       | no""",
    "ji_activations": """
        activation_id | person_id | activated_on
        a1            | p1        | 2026-01-07""",
    "screenings": """
        screening_id | stay_id | screening_type     | screened_on | declined | outcome
        c1           | s1      | pre_release_access | 2026-01-05  | no       | meets""",
    "eligibility_answers": "cin | month",
}

LONG_STAY = """
    stay_id | person_id | facility_id | booked_at        | released_at
    s1      | p1        | jail        | 2026-01-05 08:00 | """


def cells(drawing: str) -> list[dict[str, str | None]]:
    lines = [line.split("|") for line in drawing.strip().splitlines()]
    names, *rows = [[cell.strip() or None for cell in line] for line in lines]
    return [dict(zip(names, row, strict=True)) for row in rows]


def frame_of(feed: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows as a facts frame; rows of one file, in their order, unless they say otherwise."""
    table = facts(feed)
    text = pl.DataFrame(
        [{**dict.fromkeys(table.names), **row} for row in rows],
        schema=dict.fromkeys(table.names, pl.String),
    )
    typed = text.with_columns(
        _typed(column.field.kind, column.name) for column in table.columns
    ).with_columns(row_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    return table.conform(typed)


def _typed(kind: Kind, name: str) -> pl.Expr:
    column = pl.col(name)
    if kind is Kind.TIMESTAMP:
        local = column.str.to_datetime("%Y-%m-%d %H:%M", time_unit="us")
        zoned = local.dt.replace_time_zone(LOCAL_ZONE, ambiguous="earliest")
        return zoned.dt.convert_time_zone("UTC")
    if kind is Kind.DATE:
        return column.str.to_date("%Y-%m-%d")
    if kind is Kind.FLAG:
        return column == "yes"
    if kind is Kind.MONEY:
        return column.cast(pl.Decimal(12, 2))
    return column.str.split("|") if kind is Kind.LIST else column


def frames(**drawings: str) -> dict[str, pl.DataFrame]:
    """All frames that eligibility reads; those not drawn are BASE's."""
    return {feed: frame_of(feed, cells(text)) for feed, text in {**BASE, **drawings}.items()}


def policy_of(name: str = "activation_clock", needs: str = "yes", days: int = 90) -> Policy:
    text = (
        shipped_text()
        .replace('value = "activation_clock"', f'value = "{name}"', 1)
        .replace('value = "yes"', f'value = "{needs}"', 1)
        .replace("value = 90", f"value = {days}", 1)
    )
    return Policy(text)
