"""Billing: what the measures of billing count, as frames of the names that their SQL knows.

Which rows there are and what each adds to a rate is decided in this package; the measures sum.
"""

from datetime import date
from typing import Final

import polars as pl

from pipelines.stages.receivables.aging import age_class
from pipelines.stages.receivables.outlook import exposures
from pipelines.stages.receivables.terms import line_terms, submission_terms

_OF_LINES: Final = (
    "submission_id", "line_ordinal", "facility_id", "state", "sent_on", "remitted_on",
    "days_out", "service_month", "charge_amount", "paid_amount", "adjusted_amount", "denied_amount",
    "open_amount", "recovered_amount", "net_collection", "net_collection_of", "denial", "denial_of",
    "aged_over_90", "aged_over_90_of", "days_in_receivables", "days_in_receivables_of",
    "days_to_pay",
)  # fmt: skip
_OF_ACCOUNTS: Final = (
    "submission_id", "line_ordinal", "claim_id", "facility_id", "source_system", "encounter_id",
    "line_number", "charge_amount",
)  # fmt: skip
_OF_DENIALS: Final = (
    "denial_id", "submission_id", "line_ordinal", "person_id", "facility_id", "category", "owner",
    "next_step", "amount", "remitted_on", "predicted",
)  # fmt: skip
_OF_SUBMISSIONS: Final = (
    "submission_id", "claim_id", "submission_number", "state", "sent_on", "is_answered",
    "first_pass", "initial_denial_zero_pay",
)  # fmt: skip
_OF_CLAIMS: Final = ("claim_id", "person_id", "facility_id", "service_date", "deadline_on")


def billing(
    lines: pl.DataFrame,
    line_accounts: pl.DataFrame,
    states: pl.DataFrame,
    claims: pl.DataFrame,
    denials: pl.DataFrame,
    plan: pl.DataFrame,
    disputes: pl.DataFrame,
    as_of: date,
) -> dict[str, pl.DataFrame]:
    """Every table that `reports/measures/billing.sql` names besides those of all measures.

    `lines` as `aging.in_effect`; `states`: table `submission_states`; the others are the tables of
    their names of one run; `disputes`: `disputes.standing`.
    """
    aged = line_terms(lines, as_of).with_columns(days_out=age_class())
    return {
        "line_accounts": line_accounts.select(_OF_ACCOUNTS),
        "lines_in_effect": aged.select(_OF_LINES),
        "submissions": submission_terms(states).select(_OF_SUBMISSIONS),
        "claims": claims.select(_OF_CLAIMS),
        "denials": denials.select(_OF_DENIALS),
        "exposures": exposures(plan, denials, as_of),
        "disputes": disputes,
    }
