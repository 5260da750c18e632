"""A batch of claims and the payer's answers to it, for the benchmark of acknowledgements."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import polars as pl

from contracts.feeds import PAYER_ANSWERS
from contracts.fields import MONEY
from pipelines.x12 import answers, wire

CLAIMS_PER_SET = 5_000
SENT_AT = datetime(2026, 11, 1, tzinfo=UTC)


def submissions(count: int) -> pl.DataFrame:
    """As the ledger tells them: one interchange, one group, sets of 5,000."""
    place = pl.int_range(count)
    number = pl.format("B{}", place.cast(pl.String).str.zfill(15))
    in_set = place % CLAIMS_PER_SET
    return pl.select(
        submission_id=pl.format("s{}", place),
        claim_id=pl.format("c{}", place),
        submission_number=pl.lit(1, pl.Int64),
        patient_control_number=number,
        batch_id=pl.lit("34-000001"),
        state=pl.lit("sent"),
        interchange_control_number=pl.lit(1, pl.Int64),
        group_control_number=pl.lit(1, pl.Int64),
        set_control_number=(place // CLAIMS_PER_SET + 1).cast(pl.String).str.zfill(4),
        set_position=in_set + 1,
        first_segment=8 + 20 * in_set,
        last_segment=27 + 20 * in_set,
        charge_amount=pl.lit(Decimal(100), MONEY),
        sent_at=pl.lit(SENT_AT).dt.convert_time_zone("UTC"),
        created_at=pl.lit(SENT_AT).dt.convert_time_zone("UTC"),
    )


def files(sent: pl.DataFrame) -> list[bytes]:
    """TA1, 999 and 277CA: one claim in twenty rejected."""
    sets = sent["set_control_number"].unique().sort().to_list()
    syntax = ["AK1*HC*1*005010X222A1"]
    for number in sets:
        syntax += [f"AK2*837*{number}*005010X222A1", "IK5*A"]
    syntax.append(f"AK9*A*{len(sets)}*{len(sets)}*{len(sets)}")
    return [
        _interchange("TA1*000000001*261101*0900*A*000~", 0),
        _interchange(_group("FA", "999", "005010X231A1", syntax)),
        _interchange(_group("HN", "277", "005010X214", [*_HEADING, *_claims(sent)])),
    ]


_HEADING = (
    "BHT*0085*08*1*20261102*1200*TH", "HL*1**20*1", "NM1*PR*2*MEDI-CAL*****PI*610442", "TRN*1*77",
    "DTP*050*D8*20261102", "HL*2*1*21*1", "NM1*41*2*COUNTY*****46*REENTRY34", "TRN*2*1",
    "STC*A1:19*20261102*WQ*100", "HL*3*2*19*1", "NM1*85*2*COUNTY*****XX*1093817465",
)  # fmt: skip


def _claims(sent: pl.DataFrame) -> Iterator[str]:
    for place, number in enumerate(sent["patient_control_number"]):
        status = "A2:20" if place % 20 else "A7:562:85"
        yield f"HL*{place + 4}*3*PT"
        yield "NM1*QC*1*DOE*ANN****MI*90000001A"
        yield f"TRN*2*{number}"
        yield f"STC*{status}*20261102*WQ*100"
        yield f"REF*1K*ICN{place}"
        yield "DTP*472*D8*20261015"


def _interchange(inside: str, groups: int = 1) -> bytes:
    isa = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'610442':<15}*ZZ*{'REENTRY34':<15}*261102*1200*^*00501"
        "*000000900*0*T*:~"
    )
    return f"{isa}{inside}IEA*{groups}*000000900~".encode()


def _group(function: str, kind: str, guide: str, segments: list[str]) -> str:
    inside = "~".join([f"ST*{kind}*0001*{guide}", *segments, f"SE*{len(segments) + 2}*0001~"])
    return f"GS*{function}*610442*REENTRY34*20261102*1200*9*X*{guide}~{inside}GE*1*9~"


def statements(texts: list[bytes]) -> pl.DataFrame:
    """What the files say, received in their order."""
    parts = []
    for place, data in enumerate(texts, 1):
        read = answers.read(wire.read(data, file_id=f"f{place}"))
        at = SENT_AT.replace(day=1 + place)
        stamped = read.with_columns(
            file_id=pl.lit(f"f{place}"), received_at=pl.lit(at).dt.convert_time_zone("UTC")
        )
        parts.append(PAYER_ANSWERS.conform(stamped))
    return pl.concat(parts)
