"""Verdicts: what the codes of acknowledgements amount to, as their guides fix it.

Here: outcomes by code, nothing more. A code that stands in none of these tables is `noted`: it is
kept as sent and changes nothing. The wording of the codes is X12's; only outcomes are told.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

NOTED: Final = "noted"
REJECTED: Final = "rejected"

# TA104 (005010X231A1, appendix): accepted, accepted with errors, rejected.
INTERCHANGE: Final = {"A": "received", "E": "received", "R": REJECTED}
# AK901 and IK501 (005010X231A1). A group that is accepted in part (P) tells nothing of a set.
SYNTAX: Final = {"A": "received", "E": "received", **dict.fromkeys("RMWX", REJECTED)}
# STC01-1 of a 277CA (005010X214).
CLAIM_ACKNOWLEDGED: Final = {
    **dict.fromkeys(("A1", "A2"), "accepted"),
    **dict.fromkeys(("A3", "A6", "A7", "A8"), REJECTED),
}
# STC01-1 of a 277 (005010X212). Finalized is no payment: that is the remittance's to tell.
CLAIM_STATUS: Final = {
    **CLAIM_ACKNOWLEDGED,
    **dict.fromkeys(("A4", "D0"), "not_found"),
    **dict.fromkeys(("P0", "P1", "P2", "P3", "P4", "P5"), "pended"),
    **dict.fromkeys(("F0", "F1", "F2", "F3", "F3F", "F3N", "F4"), "finalized"),
}


def outcome(code: pl.Expr, verdicts: Mapping[str, str]) -> pl.Expr:
    """The outcome of each code."""
    return code.fill_null("").replace_strict(verdicts, default=NOTED, return_dtype=pl.String)
