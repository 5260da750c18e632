"""Answers on claims read as statements: segments drawn beside the rows they give."""

import io
import logging
import warnings
from typing import Any

import payer_answers as payer
import polars as pl
import pytest
from claim_county import drawn
from pyx12.params import params
from pyx12.x12n_document import x12n_document
from x12_text import SECOND_SET
from x12_text import group as any_group
from x12_text import interchange as any_interchange

from contracts.feeds import PAYER_ANSWERS
from contracts.schemas import broken_rules
from pipelines.x12 import answers, wire


def read(text: str) -> pl.DataFrame:
    return answers.read(wire.read(text.encode(), file_id="7f3a"))


def rows(text: str, columns: str) -> list[tuple[Any, ...]]:
    return read(text).select(columns.split()).rows()


def told(picture: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in drawn(picture)]


@pytest.mark.parametrize(
    ("code", "outcome"), [("A", "received"), ("E", "received"), ("R", "rejected"), ("Q", "noted")]
)
def test_a_ta1_speaks_of_the_interchange_and_may_stand_alone(code: str, outcome: str) -> None:
    columns = "segment_ordinal row_number level outcome verdict_code codes answered_interchange"
    note = "000" if code == "A" else "025"
    codes = None if code == "A" else ["025"]
    assert rows(payer.ta1(17, code, note), columns) == [
        (2, 1, "interchange", outcome, code, codes, 17)
    ]


FAULTS = (
    "IK3*NM1*22*2010BA*8", "CTX*SITUATIONAL TRIGGER*NM1*22**9", "CTX*CLM01:PCN1",
    "IK4*9:2*67*7*SMITH", "IK3*REF*57**3",
)  # fmt: skip


def test_a_999_speaks_of_sets_faults_and_the_group() -> None:
    text = payer.syntax(31, {"0001": "R*5*I5", "0002": "A", "0003": "E"}, "P", FAULTS)
    found = read(text).select(
        "level", "outcome", "verdict_code", pl.col("codes").list.join(" "), "answered_set",
        "error_segment", pl.col("error_position").cast(pl.String), "error_loop", "error_element",
        claim="patient_control_number",
    ).with_columns(codes=pl.when(pl.col("codes") != "").then("codes"))  # fmt: skip
    assert found.rows() == told("""
    level   | outcome  | verdict | codes | set | segment | position | loop   | element | claim
    segment | noted    |         | 8     | 1   | NM1     | 22       | 2010BA |         | PCN1
    element | noted    |         | 7     | 1   | NM1     | 22       | 2010BA | 9:2     | PCN1
    segment | noted    |         | 3     | 1   | REF     | 57       |        |         |
    set     | rejected | R       | 5 I5  | 1   |         |          |        |         |
    set     | received | A       |       | 2   |         |          |        |         |
    set     | received | E       |       | 3   |         |          |        |         |
    group   | noted    | P       |       |     |         |          |        |         |
    """)
    assert set(read(text)["answered_group"]) == {31}
    assert "SMITH" not in str(read(text).to_dicts())  # the copy of the bad value stays unread


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [("A", "received"), ("E", "received"), ("P", "noted"), *((c, "rejected") for c in "RMWX")],
)
def test_a_group_is_judged_by_ak9(verdict: str, outcome: str) -> None:
    text = payer.syntax(31, {}, f"{verdict}*1*1*1*1*4", ())
    assert rows(text, "level outcome answered_group answered_set") == [("group", outcome, 31, None)]


@pytest.mark.parametrize(
    ("status", "acknowledged", "answered"),
    [
        ("A0:20", "noted", "noted"),
        ("A1:20", "accepted", "accepted"),
        ("A2:20", "accepted", "accepted"),
        ("A3:21", "rejected", "rejected"),
        ("A4:35", "noted", "not_found"),
        ("A5:20", "noted", "noted"),
        ("A6:21", "rejected", "rejected"),
        ("A7:562:85", "rejected", "rejected"),
        ("A8:21", "rejected", "rejected"),
        ("D0:35", "noted", "not_found"),
        ("E0:24", "noted", "noted"),
        ("F0:3", "noted", "finalized"),
        ("F1:65", "noted", "finalized"),
        ("F2:88", "noted", "finalized"),
        ("F3N:101", "noted", "finalized"),
        ("F4:3", "noted", "finalized"),
        ("P0:20", "noted", "pended"),
        ("P3:317", "noted", "pended"),
        ("R0:21", "noted", "noted"),
        ("ZZ:1", "noted", "noted"),
        ("", "noted", "noted"),
    ],
)
def test_what_a_status_amounts_to(status: str, acknowledged: str, answered: str) -> None:
    for text, outcome in (
        (payer.acknowledged({"PCN1": status}), acknowledged),
        (payer.status({"PCN1": status}), answered),
    ):
        (claim,) = read(text).filter(level="claim").to_dicts()
        assert (claim["outcome"], claim["patient_control_number"]) == (outcome, "PCN1")
        assert claim["codes"] == ([status] if status else [])


def test_a_277ca_speaks_at_each_of_its_levels() -> None:
    text = payer.acknowledged({"P1": "A2:20", "P2": "A7:562:85"}, "0000000170002", provider="A1:19")
    found = read(text).select(
        "level", "outcome", "patient_control_number", "payer_claim_number", "provider_npi",
        pl.col("answered_interchange").cast(pl.String), "answered_set",
        pl.col("is_childless").cast(pl.String),
    )  # fmt: skip
    assert found.rows() == told("""
    level    | outcome  | claim | payer | provider   | interchange | set | childless
    receiver | accepted |       |       |            | 17          | 2   | false
    provider | accepted |       |       | 1093817465 | 17          | 2   | false
    claim    | accepted | P1    | ICNP1 |            | 17          | 2   | true
    claim    | rejected | P2    | ICNP2 |            | 17          | 2   | true
    """)


@pytest.mark.parametrize(
    ("provider", "levels"),
    [
        (None, [("receiver", "rejected", True)]),
        ("A3:21", [("receiver", "rejected", False), ("provider", "rejected", True)]),
    ],
)
def test_a_277ca_may_stop_early(provider: str | None, levels: list[tuple[str, str, bool]]) -> None:
    text = payer.acknowledged({}, "0000000170001", receiver="A3", provider=provider)
    assert rows(text, "level outcome is_childless") == levels


def test_a_claim_with_several_statuses_is_rejected_by_any_and_a_line_judges_itself() -> None:
    text = payer.acknowledged({"P1": "A2:20", "P2": "A2:20"})
    more = "STC*A2:20*20260502*WQ*100~REF*1K*ICNP1~"
    lines = "SVC*HC:99213*100~STC*A7:507*20260502*U*100~REF*FJ*P101~"
    ten = text.replace(more, f"STC*A2:20*20260502*WQ*100******A3:21~STC*A1:19*20260502~{lines}")
    ten = ten.replace("SE*27*", "SE*30*")
    columns = "level outcome codes patient_control_number line_control_number"
    assert [row for row in rows(ten, columns) if row[0] != "receiver"] == [
        ("claim", "rejected", ["A2:20", "A3:21"], "P1", None),
        ("claim", "rejected", ["A1:19"], "P1", None),
        ("line", "rejected", ["A7:507"], "P1", "P101"),
        ("claim", "accepted", ["A2:20"], "P2", None),
    ]


def test_a_277_names_the_claim_by_our_number_not_by_the_trace() -> None:
    columns = "patient_control_number trace_number stated_on charge_amount"
    (row,) = rows(payer.status({"PCN1": "F1:65"}), columns)
    assert [str(value) for value in row] == ["PCN1", "T4", "2026-05-10", "100.00"]


def test_every_statement_names_segment_set_and_addressee() -> None:
    first, second = payer.ta1(17), payer.acknowledged({"P1": "A2:20"}, to="OTHER")
    columns = "segment_ordinal row_number answer addressee_id addressee_code"
    assert rows(first + second, columns) == [
        (2, 1, "ta1", "REENTRY34", None),
        (16, 2, "277ca", "OTHER", "OTHER"),
        (23, 2, "277ca", "OTHER", "OTHER"),
    ]


@pytest.mark.parametrize(
    ("implementation", "structure", "answer"),
    [
        ("005010X214A1", "0010", "277ca"),
        ("005010X212", "0085", "277"),
        ("005010", "0085", "277ca"),
        ("005010", "0010", "277"),
        ("005010X213", "0085", None),  # a request for information is another thing
        ("005010", "0001", None),
    ],
)
def test_the_guide_tells_the_two_277s_apart(
    implementation: str, structure: str, answer: str | None
) -> None:
    text = payer.acknowledged({"P1": "A2:20"})
    text = text.replace("*0001*005010X214~", f"*0001*{implementation}~")
    text = text.replace("BHT*0085", f"BHT*{structure}")
    assert set(read(text)["answer"]) == ({answer} if answer else set())


def test_damaged_sets_say_nothing_and_their_neighbours_do() -> None:
    text = payer.acknowledged({"P1": "A2:20"})
    damaged = text.replace("SE*21*0001~", "SE*99*0001~")
    assert damaged != text
    assert read(damaged).is_empty()
    assert read(damaged + payer.ta1(17)).height == 1


def test_other_sets_say_nothing_and_what_is_read_keeps_its_contract() -> None:
    assert read(any_interchange(any_group(SECOND_SET))).is_empty()
    stamped = read(payer.syntax(31, {"0001": "R"}, "R", FAULTS)).with_columns(
        file_id=pl.lit("7f3a"), received_at=pl.lit("2026-05-01").str.to_datetime(time_zone="UTC")
    )
    assert broken_rules(PAYER_ANSWERS, PAYER_ANSWERS.conform(stamped)) == {}


@pytest.mark.parametrize("mark", ["|", ">", "!"])
def test_delimiters_are_the_files_own(mark: str) -> None:
    text = payer.acknowledged({"P1": "A7:562:85"}) + payer.syntax(31, {"0001": "R"}, "R", FAULTS)
    other = text.replace("*", mark).replace("^", "*").replace(":", ";").replace("~", "\r\n")
    assert read(other).equals(read(text))


@pytest.mark.parametrize(
    "text",
    [
        payer.syntax(31, {"0001": "A", "0002": "R*5"}, "P"),
        payer.acknowledged({"P1": "A2:20", "P2": "A7:562:85"}, "0000000170001", provider="A1:19"),
    ],
    ids=["999", "277CA"],
)
def test_pyx12_takes_the_specimens_for_what_they_are(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root, "disabled", True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert x12n_document(param=params(), src_file=io.StringIO(text), fd_997=None, fd_html=None)
