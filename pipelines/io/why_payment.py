"""Section of `why` about payment: what remittances said of the line, and what is left open."""

from collections.abc import Iterator
from typing import Any, Final

from pipelines.io.payments import line_accounts, remitted
from pipelines.io.why_case import Case, Section
from pipelines.stages.payments.accounts import EQUATION

_ACCOUNT: Final = (
    "patient_control_number", "line_ordinal", "state", "is_in_effect", "charge_amount", *EQUATION,
    "late_amount", "recovered_amount", "remitted_on", "payer_claim_number",
)  # fmt: skip


def paid(case: Case) -> Section:
    """The line's account in effect, then each thing that a remittance said of it."""
    accounts = line_accounts(case.now, case.sent, case.payments)
    mine = accounts.filter(**case.key.values).sort("submission_number", "line_ordinal")
    said = [
        one
        for row in mine.to_dicts()
        for one in remitted(case.now, case.payments, row["submission_id"])
        if one["line_ordinal"] == row["line_ordinal"]
    ]
    told = mine.filter("is_in_effect").select(_ACCOUNT).to_dicts()
    lines = [*map(_account, told), *(line for one in said for line in in_words(one))]
    return Section("payment", lines, {"accounts": told, "remittances": said})


def _account(row: dict[str, Any]) -> str:
    parts = ", ".join(
        f"{name.removesuffix('_amount')} {row[name]:,.2f}" for name in EQUATION if row[name]
    )
    late = f", of that late {row['late_amount']:,.2f}" if row["late_amount"] else ""
    back = f"; recovered {row['recovered_amount']:,.2f}" if row["recovered_amount"] else ""
    return f"{row['state']}: charged {row['charge_amount']:,.2f} = {parts or 'nothing'}{late}{back}"


def in_words(one: dict[str, Any]) -> Iterator[str]:
    """What a remittance said of a line, on one line with its place."""
    reasons = "; ".join(
        " ".join([one["group_code"] or "", one["carc"] or "", f"{one['amount']:,.2f}",
                  *(one["rarcs"] or [])]).strip()
        for one in one["adjustments"]
    )  # fmt: skip
    yield (
        f"{one['paid_on']}  remittance {one['trace_number']} pays {one['paid_amount']:,.2f} of "
        f"{one['charge_amount']:,.2f}{reasons and f' ({reasons})'}, {one['file']} set "
        f"{one['row_number']} segment {one['segment_ordinal']}"
    )
