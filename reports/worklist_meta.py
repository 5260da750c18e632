"""Which worklist a workbook is: whose, of which day and run, issued to whom.

Facts about the issue only; its rows and their arrangement stand in the other `worklist` modules.
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class WorklistMeta:
    """One issue of the worklist. `known_at` is aware; `warn_days` is policy `filing.warn_days`."""

    agency: str
    as_of: date
    known_at: datetime
    run_id: str
    issued_to: str
    issue_id: str
    warn_days: int
