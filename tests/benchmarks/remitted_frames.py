"""A remittance of claims with two lines each, and what was sent, for the benchmark of payments."""

from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
from x12sdk.io import X12ModelReader

from contracts.fields import MONEY
from contracts.remittances import REMITTED
from pipelines.stages.payments.accounts import accounts, broken
from pipelines.stages.payments.balancing import Received, balanced
from pipelines.stages.payments.matching import matched
from pipelines.stages.payments.outcomes import outcomes
from pipelines.stages.payments.posting import posted
from pipelines.stages.payments.provider_level import provider_level, recoveries
from pipelines.stages.payments.repeats import judged
from pipelines.stages.payments.units import units
from pipelines.x12 import remittance, wire

LINES = 2
_AT = datetime(2026, 11, 12, tzinfo=UTC)
_NPI = "1093817465"


def text(claims: int) -> str:
    """One set: every line charged 100, paid 80 and 70, the second cut for lateness."""
    heading = (
        f"BPR*I*{150 * claims}*C*CHK************20261112", "TRN*1*261112P001*1000610442",
        "DTM*405*20261112", "N1*PR*MEDI-CAL*XV*610442", "N3*1 EXAMPLE PLAZA",
        "N4*EXAMPLETON*CA*959010000", "PER*BL*PROVIDER SERVICES*TE*9165550199",
        f"N1*PE*COUNTY*XX*{_NPI}", "LX*1",
    )  # fmt: skip
    segments = [*heading, *(one for n in range(claims) for one in _claim(n))]
    inside = "~\n".join(["ST*835*0001", *segments, f"SE*{len(segments) + 2}*0001~\n"])
    isa = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'610442':<15}*ZZ*{'REENTRY34':<15}*261112*1200*^*00501"
        "*000000900*0*T*:~\n"
    )
    group = "GS*HP*610442*REENTRY34*20261112*1200*9*X*005010X221A1~\n"
    return f"{isa}{group}{inside}GE*1*9~\nIEA*1*000000900~\n"


def _claim(n: int) -> tuple[str, ...]:
    number = f"B{n:015d}"
    return (
        f"CLP*{number}*1*200*150**MC*26300{n:08d}*09*1", "NM1*QC*1*DOE*ANN****MI*90000001A",
        "NM1*82*1*ROE*JO****XX*1992739999", "DTM*050*20261101",
        "SVC*HC:99213:95*100*80**1", "DTM*472*20261015", "CAS*CO*45*20", f"REF*6R*{number}1",
        "AMT*B6*80", "SVC*HC:99214*100*70**1", "DTM*472*20261015", "CAS*CO*45*20**251*10",
        f"REF*6R*{number}2", "AMT*B6*80", "LQ*HE*N102",
    )  # fmt: skip


def sent(claims: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Submissions and their lines, as the ledger tells them."""
    n = pl.int_range(claims).cast(pl.String)
    number = pl.format("B{}", n.str.zfill(15))
    submissions = pl.select(
        submission_id=pl.format("s{}", n),
        claim_id=pl.format("c{}", n),
        patient_control_number=number,
        submission_number=pl.lit(1, pl.Int64),
        frequency_code=pl.lit("1"),
        replaces_submission_id=pl.lit(None, pl.String),
        state=pl.lit("accepted"),
    )
    lines = submissions.select("submission_id", "claim_id", "patient_control_number").join(
        pl.DataFrame({"line_ordinal": range(1, LINES + 1)}), how="cross"
    )
    return submissions, lines.with_columns(
        source_system=pl.lit("main"),
        encounter_id="claim_id",
        line_number="line_ordinal",
        charge_amount=pl.lit(Decimal(100), MONEY),
    )


def received(data: bytes) -> Received:
    """Tokens, envelope and tables of the file, as intake reads them."""
    stamp = {"file_id": pl.lit("f1"), "received_at": pl.lit(_AT).dt.convert_time_zone("UTC")}
    rows = remittance.read(wire.read(data, file_id="f1"))
    return {name: REMITTED[name].conform(part.with_columns(**stamp)) for name, part in rows.items()}


def settle(told: Received, submissions: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Balanced, matched, posted: the account of each line, which must be sound."""
    sets = judged(balanced(told))
    core = lines.drop("source_system", "encounter_id", "line_number")
    named = submissions.select("submission_id", "claim_id", "patient_control_number").with_columns(
        payer_claim_number=pl.lit(None, pl.String)
    )
    postings = posted(matched(units(told, sets), core, named, _nothing).rows, pl.Series([_NPI]))
    taken = recoveries(provider_level(told, sets, postings, named))
    keyed = lines.drop("claim_id", "patient_control_number")
    events = outcomes(postings, keyed, submissions)
    held = accounts(
        keyed,
        submissions,
        postings.with_columns(late_amount=pl.lit(0, MONEY)),
        taken,
        pl.Series([], dtype=pl.String),
    )
    if events.height != submissions.height or broken(held).height:
        raise SystemExit("the benchmark's own remittance did not reach its claims")
    return held


def _nothing(_: Collection[str], __: Collection[Decimal]) -> pl.DataFrame:
    names = ("patient_control_number", "procedure_code", "cin")
    kinds = {"line_ordinal": pl.Int64, "charge_amount": MONEY, "service_date": pl.Date,
             "modifiers": pl.List(pl.String)}  # fmt: skip
    return pl.DataFrame(schema=dict.fromkeys(names, pl.String) | kinds)


def peer_claims(data: str) -> int:
    """How many claims x12sdk's reader finds in the file."""
    with X12ModelReader(data) as reader:
        return sum(len(header.loop_2100) for model in reader.models() for header in model.loop_2000)
