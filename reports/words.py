"""Words: how codes, days, instants and numbers are written for people, whatever the locale.

Formatting of single values only; what a page or a workbook says with them does not belong here.
"""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

LOS_ANGELES = ZoneInfo("America/Los_Angeles")

# calendar.month_name follows the locale of the process; a report must not.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NOTHING = "\N{EN DASH}"

# Codes whose plain reading would not be the field's term.
_LABELS = {
    "chw": "Community health worker",
    "mat": "MAT (addiction treatment)",
    "lab_radiology": "Laboratory and radiology",
    "release_supply": "Supplies at release",
    "case_management": "Reentry case management",
    "consultation": "Clinical consultation",
    "facility_id": "Facility",
    "plan_code": "Managed care plan",
    "race_ethnicity": "Race and ethnicity",
    "days_out": "Days since it was sent",
    "service_month": "Month of service",
    "due": "Deadline in",
    "idd": "Intellectual or developmental disability",
    "tbi": "Traumatic brain injury",
    "hiv_aids": "HIV or AIDS",
    "pregnant_postpartum": "Pregnant or postpartum",
    "ji_activations": "JI activations",
    "cin_aliases": "CIN aliases",
    "none": "None named",
    "00-17": "Under 18",
    "18-20": "18 to 20",
    "21-25": "21 to 25",
    "26-44": "26 to 44",
    "45-64": "45 to 64",
    "65+": "65 and over",
    "medi_cal": "For Medi-Cal",
    "pre_release_access": "For pre-release services",
    "clean": "Billable",
    "rejected": "Not billable",
}


def label(code: str) -> str:
    """A code in words: `not_authorized` is Not authorized."""
    return _LABELS.get(code) or code.replace("_", " ").capitalize()


def month_name(number: int) -> str:
    """1 is January."""
    return _MONTHS[number - 1]


def month_label(month: str) -> str:
    """`2026-09` is September 2026."""
    year, number = month.split("-")
    return f"{month_name(int(number))} {year}"


def short_month(month: str) -> str:
    """`2026-09` is Sep 2026."""
    year, number = month.split("-")
    return f"{month_name(int(number))[:3]} {year}"


def day(on: date) -> str:
    """A day as September 30, 2026."""
    return f"{month_name(on.month)} {on.day}, {on.year}"


def instant(at: datetime) -> str:
    """An aware instant as the day and time of day in Los Angeles."""
    local = at.astimezone(LOS_ANGELES)
    return f"{day(local.date())}, {local.hour:02d}:{local.minute:02d} Pacific time"


def whole(number: int | None) -> str:
    """A number with its thousands set apart; a dash for none."""
    return _NOTHING if number is None else f"{number:,}"


def dollars(amount: Decimal | None) -> str:
    """Money to the cent: $1,234.50; a dash for none."""
    return _NOTHING if amount is None else f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def percent(part: int | None, total: int | None) -> str:
    """A share in whole percent; a dash where there is nothing to share."""
    return _NOTHING if part is None or not total else f"{rounded_percent(part, total)}%"


def tenths(number: float | None) -> str:
    """A figure with one decimal; a dash for none."""
    return _NOTHING if number is None else f"{number:,.1f}"


def rounded_percent(part: int, total: int) -> int:
    """A share in whole percent, half up, in integers: the same on every machine."""
    return (200 * part + total) // (2 * total)


def counted(number: int, one: str, many: str) -> str:
    """`1 person`, `2 people`."""
    return f"{whole(number)} {one if number == 1 else many}"
