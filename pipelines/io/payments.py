"""Payments at the rim: remittances from the lake applied to what the ledger says was sent.

What is made of them is the stages' to say; nothing is written here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from contracts.derived import DERIVED
from contracts.errors import BrokenInvariantError
from contracts.feeds import PAYER_ANSWERS
from pipelines.io.answered import answered
from pipelines.io.decided import claims_disposed, denied_lines
from pipelines.io.ledger import claim_lines, submissions
from pipelines.io.publishing import source_files
from pipelines.io.remittances import judged_sets, received
from pipelines.io.workspace import View
from pipelines.stages.payments import accounts as account_stage
from pipelines.stages.payments.deposits import deposit_matches
from pipelines.stages.payments.expected import compared
from pipelines.stages.payments.frozen import services
from pipelines.stages.payments.matching import LookUp, matched
from pipelines.stages.payments.outcomes import outcomes
from pipelines.stages.payments.posting import posted, without_foreign
from pipelines.stages.payments.provider_level import provider_level, recoveries
from pipelines.stages.payments.reasons import line_adjustments, with_late
from pipelines.stages.payments.units import UNIT, units

_TOLD = (
    "trace_number", "paid_on", "state", "reason", "matched_by", "line_ordinal",
    "claim_status_code", "payer_claim_number", "charge_amount", "paid_amount", "adjusted_amount",
    "late_amount", "allowed_amount", "file", "row_number", "segment_ordinal",
)  # fmt: skip
_REASON = ("group_code", "carc", "amount", "rarcs")
_KEY = ["source_system", "encounter_id", "line_number"]
_NAMED = ("submission_id", "claim_id", "patient_control_number")


@dataclass(frozen=True)
class Settled:
    """What remittances make of lines: frames as the stages give them.

    `outcomes` are the events of submissions.
    """

    remittances: pl.DataFrame
    postings: pl.DataFrame
    adjustments: pl.DataFrame
    provider_level: pl.DataFrame
    deposits: pl.DataFrame
    outcomes: pl.DataFrame


def settled(view: View) -> Settled:
    """Everything that was received of payments, matched and posted, as the view knows it."""
    told = received(view)
    sets = judged_sets(told)
    sent, lines = _sent(view)
    numbers = _numbers(view, sent)
    found = matched(units(told, sets), lines, numbers, _look_up(view, lines))
    postings = posted(found.rows, _our_npis(view))
    adjustments = line_adjustments(postings, found.reasons, told)
    denial_map = view.codes(["denial_map"])["denial_map"]
    about_us = without_foreign(sets, postings)
    return Settled(
        about_us,
        with_late(postings, adjustments, denial_map),
        adjustments,
        provider_level(told, about_us, postings, numbers),
        deposit_matches(about_us, view.current("deposits")),
        outcomes(postings, lines, sent),
    )


def settled_until(view: View, day: date) -> Settled:
    """What is dated until a day of all that the view knows; the deposits are those of all days."""
    made, (sent, lines) = settled(view), _sent(view)
    is_due = (pl.col("paid_on") <= pl.lit(day)).fill_null(value=False)
    postings = made.postings.filter(is_due)
    return Settled(
        made.remittances.filter(is_due),
        postings,
        made.adjustments.filter(is_due),
        made.provider_level.filter(is_due),
        made.deposits,
        outcomes(postings, lines, sent),
    )


def listed(view: View, made: Settled) -> pl.DataFrame:
    """The remittances, newest payment first, with `file`, the name under which each arrived."""
    rows = DERIVED["remittances"].conform(made.remittances)
    named = rows.join(source_files(view), on="file_id", how="left")
    return named.sort("paid_on", "received_at", "row_number", descending=[True, True, False])


def settled_tables(view: View) -> dict[str, pl.DataFrame]:
    """The derived tables of payments but for the accounts, by name."""
    made = settled(view)
    frames = {
        "remittances": made.remittances,
        "remittance_postings": made.postings,
        "line_adjustments": made.adjustments,
        "payment_outcomes": made.outcomes,
        "provider_level": made.provider_level,
        "deposit_matches": made.deposits,
    }
    return {name: DERIVED[name].conform(frame) for name, frame in frames.items()}


def account_table(
    view: View,
    states: pl.DataFrame,
    postings: pl.DataFrame,
    adjustments: pl.DataFrame,
    provider: pl.DataFrame,
    service_lines: pl.DataFrame,
) -> pl.DataFrame:
    """Table `line_accounts`, from the other derived tables of the same run.

    Raises BrokenInvariantError where an account does not add up.
    """
    accounts = _accounts(view, answered(view, states), postings, provider)
    require_sound(accounts)
    told = _compared(view, accounts, adjustments)
    facility = service_lines.select(*_KEY, "facility_id")
    joined = told.join(facility, on=_KEY, how="left", maintain_order="left")
    return DERIVED["line_accounts"].conform(joined)


def require_sound(accounts: pl.DataFrame) -> None:
    """Raise BrokenInvariantError for the first line whose account does not add up."""
    wrong = account_stage.broken(accounts)
    if wrong.is_empty():
        return
    number, ordinal = wrong.select("patient_control_number", "line_ordinal").row(0)
    raise BrokenInvariantError(
        "account_broken",
        f"line {ordinal} of submission {number}: charged is not paid, adjusted, denied and open. "
        "Run `reentry verify`, and report it with the remittances that name the claim.",
    )


def line_accounts(view: View, states: pl.DataFrame, made: Settled) -> pl.DataFrame:
    """The account of every line sent that asks for money: encounters told to a plan for its
    reports have none. `states`: submissions as `acknowledgements.answered`.
    """
    return _accounts(view, states, made.postings, made.provider_level)


def _accounts(
    view: View, states: pl.DataFrame, postings: pl.DataFrame, provider: pl.DataFrame
) -> pl.DataFrame:
    _, lines = _sent(view)
    disposed = claims_disposed(view)
    given_up = disposed.filter(pl.col("action") == "write_off")["subject_id"]
    return account_stage.accounts(
        lines.drop("claim_id", "patient_control_number"),
        owed(view, states),
        postings,
        recoveries(provider),
        given_up,
        denied_lines(view).filter(action="write_off"),
    )


def owed(view: View, states: pl.DataFrame) -> pl.DataFrame:
    """Those of `states` (by submission_id) that ask for money: none that went a reporting route."""
    reporting = view.workspace.agency.reporting_routes
    if not reporting:
        return states
    sent = view.workspace.submissions(view.known_at)
    told = sent.filter(pl.col("route").is_in(reporting))
    return states.join(told, on="submission_id", how="anti", maintain_order="left")


def compared_accounts(view: View, accounts: pl.DataFrame, made: Settled) -> pl.DataFrame:
    """Accounts with what was expected of each adjudicated line, from its frozen content."""
    return _compared(view, accounts, made.adjustments)


def _compared(view: View, accounts: pl.DataFrame, adjustments: pl.DataFrame) -> pl.DataFrame:
    numbers = accounts.filter("is_adjudicated")["patient_control_number"].unique()
    return compared(
        accounts,
        frozen_services(view, numbers),
        adjustments,
        view.codes(["rates"])["rates"],
        view.workspace.policy,
        view.as_of,
    )


def _sent(view: View) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Submissions as the ledger knows them, and their lines with submission_id and claim_id."""
    agency = view.workspace.agency.id
    with view.workspace.ledger.read() as connection:
        sent = submissions.known(connection, agency, view.known_at)
        lines = claim_lines.submitted(connection, agency, view.known_at)
    return sent, lines.drop("agency").join(sent.select(_NAMED), on="patient_control_number")


def _numbers(view: View, sent: pl.DataFrame) -> pl.DataFrame:
    """What was sent, with the payer's numbers of it as acknowledgements told them."""
    columns = ("patient_control_number", "payer_claim_number")
    lake = view.workspace.lake
    told = lake.read_files(PAYER_ANSWERS, view.answers, columns).drop_nulls().unique()
    key = "patient_control_number"
    return sent.select(_NAMED).join(told, on=key, how="left", maintain_order="left")


def _our_npis(view: View) -> pl.Series:
    return view.current("billing_providers")["billing_npi"].unique()


def _look_up(view: View, lines: pl.DataFrame) -> LookUp:
    """Services from frozen content, read only for the claims that are asked about."""

    def look_up(numbers: Collection[str], charges: Collection[Decimal]) -> pl.DataFrame:
        alike = lines.filter(pl.col("charge_amount").is_in(list(charges)))
        wanted = {*numbers, *alike["patient_control_number"]}
        return frozen_services(view, wanted)

    return look_up


def frozen_services(view: View, numbers: Collection[str]) -> pl.DataFrame:
    """Lines of submissions, by their patient control numbers, as they were frozen."""
    with view.workspace.ledger.read() as connection:
        contents = submissions.contents(
            connection, view.workspace.agency.id, view.known_at, sorted(numbers)
        )
    return services(contents)


def remitted(view: View, made: Settled, submission_id: str) -> list[dict[str, Any]]:
    """What remittances said of a submission's lines, in the order of payment, with the reasons."""
    mine = made.postings.filter(submission_id=submission_id).join(
        source_files(view), on="file_id", how="left", maintain_order="left"
    )
    reasons = made.adjustments.filter(submission_id=submission_id)
    return [
        {name: row[name] for name in _TOLD}
        | {"adjustments": reasons.filter(**{n: row[n] for n in UNIT}).select(_REASON).to_dicts()}
        for row in mine.to_dicts()
    ]
