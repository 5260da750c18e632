"""Books: receivables as of the last day of a month, frozen when the month is closed.

What was sent, rejected or decided by the end of the month, and what is paid by a remittance of the
month or before, whenever it was received. Days of service are those that were sent, facilities
those that facts named at the end of the month. So what comes after the month changes nothing; what
comes late for it does, and is told.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from contracts.errors import UsageError
from pipelines.io.acknowledgements import acknowledged
from pipelines.io.answered import answered
from pipelines.io.decided import current_encounters
from pipelines.io.disputes import standing
from pipelines.io.ledger import month_closes
from pipelines.io.ledger.month_closes import MonthClose
from pipelines.io.payments import (
    Settled,
    frozen_services,
    line_accounts,
    listed,
    owed,
    settled,
    settled_until,
)
from pipelines.io.reporting import manifest
from pipelines.io.workspace import View, Workspace, end_of_day, local_day
from pipelines.stages.bundles.anchors import anchors_of
from pipelines.stages.decisions.in_force import LINE_KEY
from pipelines.stages.payments.deposits import deposit_matches
from pipelines.stages.receivables.aging import aging, by_month, in_effect, totals
from pipelines.stages.receivables.closing import Figures, differences, frozen, payments
from pipelines.stages.receivables.rates import rates
from reports.period import Period, parse_period

LATE: Final = ("trace_number", "paid_on", "amount", "state", "received_at", "file")
_REPORT: Final = "month_close"
_LINE: Final = ["patient_control_number", "line_ordinal"]
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Closed:
    """A close; `is_new` where this command made it. `cautions`: what is still open in the month."""

    close: MonthClose
    is_new: bool
    cautions: dict[str, int]


def close(workspace: Workspace, month: str, reason: str | None = None) -> Closed:
    """Freeze the figures of a month that is over. Needs the right to publish.

    Raises UsageError for a month that is not over, or where no run has looked at its end;
    HeldByPolicyError where it was closed with other figures and no reason to reopen it is given.
    """
    period = _over(workspace, month)
    run = workspace.last_run()
    if run is None or run.as_of < period.ends_on:
        told = f"no run looks at {period.ends_on} or later yet. Run `reentry run` first."
        raise UsageError("no_run", told)
    figures, made = _figures(workspace, period)
    if not (figures["months"] or figures["payments"]):
        _require_begun(workspace, period)
    told_by = _manifest(workspace, period)
    with workspace.ledger.write(workspace.agency.id, workspace.user_id) as tx:
        kept, is_new = month_closes.close(tx, month, run.run_id, figures, told_by, reason)
    return Closed(kept, is_new, _cautions(made, period))


def closes(workspace: Workspace) -> list[MonthClose]:
    """Every close of the agency."""
    with workspace.ledger.read() as connection:
        return month_closes.listed(connection, workspace.agency.id)


def closed(workspace: Workspace, month: str) -> MonthClose:
    """The month as it was closed last. Raises UsageError where it was not."""
    with workspace.ledger.read() as connection:
        found = month_closes.latest(connection, workspace.agency.id, month)
    if found is None:
        raise UsageError("not_closed", f"{month} is not closed. Close it: reentry close {month}.")
    return found


def compared(workspace: Workspace, month: str) -> dict[str, Any]:
    """What of a closed month's figures is otherwise as known now, and the remittances of the month
    or before that came after it was closed.
    """
    kept = closed(workspace, month)
    period = parse_period(month)
    figures, made = _figures(workspace, period)
    rows = listed(workspace.view_now(period.ends_on), made)
    late = rows.filter(pl.col("received_at") > kept.recorded_at)
    return {
        "month": month,
        "closed_at": kept.recorded_at,
        "changes": differences(kept.figures, figures),
        "came_after": late.select(LATE).to_dicts(),
    }


def _over(workspace: Workspace, month: str) -> Period:
    if not _MONTH.fullmatch(month):
        raise UsageError("month", f"'{month}' is no month. Name one, such as 2026-09.")
    period = parse_period(month)
    if workspace.today() <= period.ends_on:
        told = f"{month} is over after {period.ends_on}: it cannot be closed before."
        raise UsageError("month_open", told)
    return period


def _require_begun(workspace: Workspace, period: Period) -> None:
    """Raises UsageError for a month before anything was sent, paid or deposited."""
    now = workspace.view_now()
    sent = workspace.submissions(now.known_at)["recorded_at"].sort().head(1).to_list()
    days = [
        *(local_day(instant) for instant in sent),
        *settled(now).remittances["paid_on"].drop_nulls(),
        *now.current("deposits")["deposited_on"].drop_nulls(),
    ]
    first = min(days, default=None)
    if first is not None and first <= period.ends_on:
        return
    told = f"nothing was sent, paid or deposited by {period.ends_on}: there is nothing to close."
    of_all = "" if first is None else f" The first month that has something is {first:%Y-%m}."
    raise UsageError("month_empty", f"{told}{of_all}")


def _figures(workspace: Workspace, period: Period) -> tuple[Figures, Settled]:
    """The books of a month's last day, from all that is known now."""
    ends_on = period.ends_on
    then = View(workspace, ends_on, end_of_day(ends_on))
    now = workspace.view_now(ends_on)
    made = settled_until(now, ends_on)
    states = acknowledged(then, made.outcomes).submission_states
    accounts = line_accounts(then, answered(then, states), made)
    lines = in_effect(_placed(then, accounts.filter("is_in_effect")), states, ends_on)
    deposits = now.current("deposits").filter(pl.col("deposited_on") <= pl.lit(ends_on))
    banked = deposit_matches(made.remittances, deposits)
    sections = {
        "totals": totals(lines),
        "aging": aging(lines),
        "months": by_month(lines),
        "rates": rates(lines, owed(then, states), ends_on, standing(then)),
        "payments": payments(made.remittances, banked, period.starts_on),
    }
    return frozen(sections), made


def _placed(then: View, accounts: pl.DataFrame) -> pl.DataFrame:
    """Accounts with the service_date that was sent, and the facility_id known then."""
    sent = frozen_services(then, accounts["patient_control_number"].unique())
    days = sent.select(*_LINE, "service_date")
    facilities = _facilities(then, accounts.select(LINE_KEY).unique())
    return accounts.join(days, on=_LINE, how="left").join(facilities, on=LINE_KEY, how="left")


def _facilities(then: View, keys: pl.DataFrame) -> pl.DataFrame:
    """The facility of each line: of one that was withdrawn by then as it was last, of a bundle that
    of its stay.
    """
    named = [*LINE_KEY, "facility_id"]
    held = current_encounters(then).select(named)
    gone = then.newest("encounters", keys.join(held, on=LINE_KEY, how="anti")).select(named)
    anchors = anchors_of(keys)
    stays = then.newest("custody_stays", anchors.select("stay_id").unique())
    bundles = anchors.join(stays.select("stay_id", "facility_id"), on="stay_id").select(named)
    return pl.concat([held, gone, bundles])


def _cautions(made: Settled, period: Period) -> dict[str, int]:
    """What of the month waits for a person."""
    since = pl.col("paid_on") >= pl.lit(period.starts_on)
    held = made.remittances.filter(since, pl.col("state") == "quarantined")
    unmatched = made.postings.filter(since, pl.col("state") == "unmatched")
    return {"quarantined_remittances": held.height, "unmatched_lines": unmatched.height}


def _manifest(workspace: Workspace, period: Period) -> dict[str, Any]:
    """What the figures follow from."""
    made = manifest(workspace.view_now(period.ends_on), _REPORT, period)
    return {
        "as_of": period.ends_on.isoformat(),
        "ledger_sequence": made.ledger_sequence,
        "files": sorted(set(made.files)),
        "code_set_editions": dict(made.code_set_editions),
        "policy_hash": made.policy_hash,
        "code_version": made.code_version,
    }
