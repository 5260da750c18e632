"""Correction: what the county mends once the payer has turned claims back for a date of birth.

Staff look the members up at the payer, and send the two feeds that hold the date once more.
"""

from datetime import date
from pathlib import Path

import polars as pl

from contracts.feeds import RESPONSES
from pipelines.demo.delivery import lay
from pipelines.demo.feeds import as_file
from pipelines.demo.payer.post import birth_dates
from pipelines.io.workspace import Workspace

# The member's number in a 277CA, of a claim whose date of birth is not the payer's (A7, 158).
_TURNED_BACK = r"\*MI\*(\w+)~\nTRN\*2\*[^~]*~\nSTC\*A7:158:IL\*"
_CIN = pl.col("cin").str.head(9)


def correct_birth_dates(workspace: Workspace, seed: int) -> list[Path]:
    """Lay corrected `people` and `eligibility_answers` into the inbox, where any are wrong.

    `seed` is the simulated payer's: it knows the dates. Nothing is laid where all agree.
    """
    told = birth_dates(workspace, seed, _turned_back(workspace))
    columns = {"people": "birth_date", "eligibility_answers": "payer_birth_date"}
    laid = (_lay(workspace, feed, column, told) for feed, column in columns.items() if told)
    return [path for path in laid if path]


def _turned_back(workspace: Workspace) -> list[str]:
    sets = workspace.lake.read_files(RESPONSES, workspace.view_now().answers, ["body"])
    # One at a time: the numbers of two claims of a member are not beside each other.
    found = sets.select(pl.col("body").str.extract_all(_TURNED_BACK).explode()).to_series()
    return found.drop_nulls().str.extract(_TURNED_BACK).str.head(9).unique().sort().to_list()


def _lay(workspace: Workspace, feed: str, column: str, told: dict[str, date]) -> Path | None:
    right = _CIN.replace_strict(told, default=None, return_dtype=pl.Date)
    rows = workspace.view_now().current(feed).filter(pl.col(column) != right)
    if rows.is_empty():
        return None
    folder = workspace.home.inbox(workspace.agency.id, feed)
    path = folder / f"{feed}-corrected-{workspace.today()}"
    mended = rows.with_columns(right.alias(column)).sort("file_id", "row_number")
    return lay(feed, as_file(feed, mended), path)
