"""Lines that were sent and remittances on them, through reading, matching, posting and accounts.

Drawn in cents and text; nothing of the ledger or the lake is needed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import remittances_drawn as drawn
from claim_county import drawn as table

from contracts.fields import MONEY
from contracts.remittances import REMITTED
from pipelines.stages.payments.accounts import accounts
from pipelines.stages.payments.balancing import Received, balanced
from pipelines.stages.payments.matching import matched
from pipelines.stages.payments.outcomes import outcomes
from pipelines.stages.payments.posting import posted
from pipelines.stages.payments.provider_level import provider_level, recoveries
from pipelines.stages.payments.reasons import line_adjustments, with_late
from pipelines.stages.payments.repeats import judged
from pipelines.stages.payments.units import units
from pipelines.x12 import remittance, wire

FIRST_AT = pl.datetime(2026, 11, 12, time_zone="UTC")
OURS = pl.Series(["1093817465"])
LATE = pl.DataFrame({"carc": ["251"], "rarcs": [["N102"]], "category": ["timely_filing"]})


def received(*texts: str) -> Received:
    """The rows of files, in the order of their receipt."""
    parts = []
    for place, one in enumerate(texts, 1):
        rows = remittance.read(wire.read(one.encode(), file_id=f"f{place}"))
        stamp = {
            "file_id": pl.lit(f"f{place}"),
            "received_at": FIRST_AT + pl.duration(minutes=place),
        }
        parts.append({k: REMITTED[k].conform(v.with_columns(**stamp)) for k, v in rows.items()})
    return {
        name: pl.concat([kind.empty(), *(part[name] for part in parts)])
        for name, kind in REMITTED.items()
    }


@dataclass(frozen=True)
class Sent:
    """What was sent: a row a line, and of each submission what the ledger knows."""

    lines: pl.DataFrame
    submissions: pl.DataFrame


def sent(picture: str) -> Sent:
    """From columns number, ordinal, cents, and if need be claim, order, frequency, replaces, key,
    code, modifiers, on, cin, state.
    """
    rows = [
        {
            "claim": row["number"], "order": "1", "frequency": "1", "replaces": None,
            "key": f"{row.get('claim') or row['number']}-{row['ordinal']}", "code": "99213",
            "modifiers": "", "on": "2026-10-15", "cin": "90000001A", "state": "sent",
        } | {name: value for name, value in row.items() if value is not None}
        for row in table(picture)
    ]  # fmt: skip
    raw = pl.DataFrame(rows, schema_overrides={"replaces": pl.String})
    lines = raw.select(
        patient_control_number="number",
        submission_id="number",
        claim_id="claim",
        line_ordinal=pl.col("ordinal").cast(pl.Int64),
        source_system=pl.lit("main"),
        encounter_id="key",
        line_number=pl.lit(1, pl.Int64),
        charge_amount=(pl.col("cents").cast(pl.Decimal(38, 2)) / 100).cast(MONEY),
        procedure_code="code",
        modifiers=pl.col("modifiers")
        .str.split(" ")
        .list.eval(pl.element().filter(pl.element() != "")),
        service_date=pl.col("on").str.to_date(),
        cin="cin",
    )
    submissions = raw.unique("number", keep="first", maintain_order=True).select(
        submission_id="number",
        claim_id="claim",
        patient_control_number="number",
        submission_number=pl.col("order").cast(pl.Int64),
        frequency_code="frequency",
        replaces_submission_id="replaces",
        state="state",
    )
    return Sent(lines, submissions)


@dataclass(frozen=True)
class Made:
    """What became of it."""

    sets: pl.DataFrame
    postings: pl.DataFrame
    adjustments: pl.DataFrame
    provider_level: pl.DataFrame
    outcomes: pl.DataFrame
    accounts: pl.DataFrame


_CORE = ["submission_id", "claim_id", "patient_control_number", "line_ordinal", "charge_amount"]
_KEYED = [*_CORE, "source_system", "encounter_id", "line_number"]
_NUMBERS = ["submission_id", "claim_id", "patient_control_number"]


def settled(
    out: Sent,
    *texts: str,
    numbers: Sequence[tuple[str, str]] = (),
    given_up: Sequence[str] = (),
    states: dict[str, str] | None = None,
) -> Made:
    """`numbers`: submission and the payer's number, as a 277CA told them."""

    def look_up(wanted: Collection[str], charges: Collection[Decimal]) -> pl.DataFrame:
        named = pl.col("patient_control_number").is_in(list(wanted))
        return out.lines.filter(named | pl.col("charge_amount").is_in(list(charges))).select(
            "patient_control_number", "line_ordinal", "charge_amount", "cin", "procedure_code",
            "modifiers", "service_date",
        )  # fmt: skip

    told = received(*texts)
    sets = judged(balanced(told))
    known = pl.DataFrame(
        list(numbers), schema=dict.fromkeys(("submission_id", "payer_claim_number"), pl.String),
        orient="row",
    )  # fmt: skip
    named = out.submissions.select(_NUMBERS).join(known, on="submission_id", how="left")
    found = matched(units(told, sets), out.lines.select(_CORE), named, look_up)
    postings = posted(found.rows, OURS)
    adjustments = line_adjustments(postings, found.reasons, told)
    postings = with_late(postings, adjustments, LATE)
    taken = provider_level(told, sets, postings, named)
    lines = out.lines.select(_KEYED).drop("claim_id", "patient_control_number")
    events = outcomes(postings, lines, out.submissions)
    changed = out.submissions.with_columns(
        pl.col("submission_id").replace_strict(states or {}, default=pl.col("state")).alias("state")
    )
    held = accounts(
        lines, changed, postings, recoveries(taken), pl.Series(given_up, dtype=pl.String)
    )
    return Made(sets, postings, adjustments, taken, events, held)


def account(made: Made, number: str, ordinal: int = 1) -> dict[str, Any]:
    """One line's account."""
    rows = made.accounts.filter(patient_control_number=number, line_ordinal=ordinal)
    return rows.row(0, named=True)


def paid(number: str, charge: int, paid_cents: int, ordinal: int = 1, **claim: Any) -> drawn.Claim:
    """A claim of one line that is paid so much, the rest adjusted under CO 45."""
    cut = charge - paid_cents
    reasons = (("CO", "45", cut),) if cut else ()
    return drawn.Claim(number, (drawn.Line(charge, reasons, number=f"{number}{ordinal}"),), **claim)


def denied(number: str, charge: int, ordinal: int = 1) -> drawn.Claim:
    line = drawn.Line(charge, (("CO", "31", charge),), number=f"{number}{ordinal}")
    return drawn.Claim(number, (line,), status="4")


def reversed_(claim: drawn.Claim) -> drawn.Claim:
    """CLP02 22: every amount negated."""
    lines = tuple(
        drawn.Line(
            -one.charge, tuple((group, code, -cents) for group, code, cents in one.cas),
            one.code, one.number, one.on,
        )
        for one in claim.lines
    )  # fmt: skip
    cas = tuple((group, code, -cents) for group, code, cents in claim.cas)
    return drawn.Claim(claim.number, lines, cas, "22", claim.payer_number)


def text(
    *claims: drawn.Claim, trace: str = "T1", on: date = date(2026, 11, 12), **more: Any
) -> str:
    return drawn.text(drawn.Remittance(claims, trace=trace, paid_on=f"{on:%Y%m%d}", **more))
