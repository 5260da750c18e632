"""The page of one remittance as `reentry remits show` prints it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType

from pipelines.commands.session import grid
from pipelines.io.remittance_page import PROVIDER_LEVEL, UNMATCHED

_MOST_SHOWN = 30
_NOT_SHOWN = ("trace_number", "modifiers", "file", "row_number")
_OUT = ("level", "segment_ordinal", "charge_amount", "adjusted_amount", "paid_amount", "difference")


def remits_page(pages: Sequence[Mapping[str, Any]]) -> Group:
    """`remittance_page.remittance_page` for the terminal."""
    return Group(*(part for page in pages for part in _page(page)))


def _page(told: Mapping[str, Any]) -> Iterator[RenderableType]:
    yield (
        f"{told['payer_name'] or told['payer_id']}, {told['trace_number']}, paid on "
        f"{told['paid_on']}: {_dollars(told['amount'])}, {told['state']}"
    )
    yield f"  {told['file']} set {told['row_number']} segment {told['segment_ordinal']}"
    yield from (f"  {line}" for line in _balances(told))
    if told["out_of_balance"]:
        rows = told["out_of_balance"]
        yield grid(f"Out of balance: {len(rows)}", _OUT, rows[:_MOST_SHOWN])
    posted = ", ".join(f"{count:,} {state}" for state, count in told["postings"].items())
    yield f"  lines: {posted or 'none applied'}"
    if told["unmatched"]:
        columns = [name for name in UNMATCHED if name not in _NOT_SHOWN]
        rows = told["unmatched"]
        yield grid(f"Waiting for a person: {len(rows)}", columns, rows[:_MOST_SHOWN])
    if told["provider_level"]:
        yield grid("Beside the claims", PROVIDER_LEVEL, told["provider_level"])
    yield f"  deposit: {_deposit(told['deposit'])}"


def _balances(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"lines: {told['line_count']:,}, of which {told['lines_out']:,} are out of balance"
    yield f"claims: {told['claim_count']:,}, of which {told['claims_out']:,} are out of balance"
    off = told["transaction_difference"]
    yield (
        f"transaction: claims {_dollars(told['claims_amount'])} less provider level "
        f"{_dollars(told['provider_amount'])}, off by {_dollars(off)}"
    )
    if told["level"]:
        element = f" element {told['place_element']}" if told["place_element"] else ""
        off_by = "" if told["difference"] is None else f", off by {_dollars(told['difference'])}"
        yield f"why: {told['level']}, segment {told['place_segment']}{element}{off_by}"


def _deposit(found: Mapping[str, Any] | None) -> str:
    if found is None or found["deposited_amount"] is None:
        return "none" if found is None else str(found["state"])
    return f"{found['state']}, {_dollars(found['deposited_amount'])} on {found['deposited_on']}"


def _dollars(amount: Any) -> str:  # noqa: ANN401 - dollars or none
    return "unknown" if amount is None else f"{amount:,.2f}"
