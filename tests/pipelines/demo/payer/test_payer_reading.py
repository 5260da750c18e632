"""What the payer reads in a file, and what TA1 and 999 say of one that does not hold together."""

import pytest
from payer_county import SENT_AT, answered, bill, enclosed, file_of, segments, transaction

from pipelines.demo.payer.claims import claims
from pipelines.demo.payer.received import interchanges
from pipelines.demo.payer.simulation import Mail


@pytest.mark.parametrize(
    ("marks", "between"), [("*:^~", ""), ("*:^~", "\r\n"), ("|>!\n", ""), ("!<^\r", "\n")]
)
def test_delimiters_are_those_that_the_isa_declares(marks: str, between: str) -> None:
    element, component, repetition, end = marks
    plain = file_of(bill("C1", refs=("REF*G1*12345678901",)))
    text = plain.translate(str.maketrans("*:^~", f"{element}{component}{repetition}{end}"))
    (read,) = interchanges("\ufeff" + text.replace(end, end + between))
    (claim,) = claims(read.groups[0].sets[0])
    assert (claim.patient_control_number, claim.authorization_number) == ("C1", "12345678901")
    assert (claim.place_of_service, claim.lines[0].procedure_code) == ("09", "99213")
    assert str(claim.lines[0].service_on) == "2026-06-15"


def test_a_file_may_hold_several_interchanges() -> None:
    both = file_of(bill("C1")) + "\r\n" + file_of(bill("C2"), number=2)
    told = answered(both)
    assert [segments(text, "TA1")[0][1:] for text in told["TA1"]] == [
        ["000000001", "260706", "1000", "A", "000"],
        ["000000002", "260706", "1000", "A", "000"],
    ]
    assert len(told["835"]) == 1  # one payment for both


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("IEA*1*000000001~", "", "023"),
        ("IEA*1*000000001~", "IEA*1*000000002~", "001"),
        ("IEA*1*000000001~", "IEA*2*000000001~", "021"),
        ("*1*T*:~", "*1*X*:~", "020"),
    ],
)
def test_an_envelope_that_does_not_hold_is_refused_and_nothing_else_is_said(
    old: str, new: str, code: str
) -> None:
    sound = file_of(bill("C1"))
    assert old in sound
    told = answered(sound.replace(old, new))
    (ta1,) = told.pop("TA1")
    assert segments(ta1, "TA1")[0][4:] == ["R", code]
    assert told == {}


def test_the_same_interchange_again_is_refused() -> None:
    again = Mail(file_of(bill("C1")), SENT_AT.replace(day=7))
    told = answered(file_of(bill("C1")), again)
    assert [segments(text, "TA1")[0][4:] for text in told["TA1"]] == [["A", "000"], ["R", "025"]]
    assert len(told["277CA"]) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("SE*25*0001~", "SE*24*0001~", ["IK5*R*4", "AK9*R*1*1*0"]),
        ("SE*25*0001~", "SE*25*0009~", ["IK5*R*3", "AK9*R*1*1*0"]),
        ("SE*25*0001~", "", ["IK5*R*2", "AK9*R*1*1*0"]),
        ("GE*1*1~", "GE*1*7~", ["IK5*A", "AK9*R*1*1*0*4"]),
        ("GE*1*1~", "GE*2*1~", ["IK5*A", "AK9*R*1*1*0*5"]),
        ("CLM*C1*", "CLM**", ["IK3*CLM*18**8", "IK4*1*1028*1", "IK5*R*5", "AK9*R*1*1*0"]),
        ("CLM*C1*100*", "CLM*C1*1OO*",
         ["IK3*CLM*18**8", "CTX*CLM01:C1", "IK4*2*782*6", "IK5*R*5", "AK9*R*1*1*0"]),
        ("D8*20260615~", "D8*15 JUNE~",
         ["IK3*DTP*23**8", "CTX*CLM01:C1", "IK4*3*1251*8", "IK5*R*5", "AK9*R*1*1*0"]),
        ("HI*ABK:F1120~", "K3*NO~",
         ["IK3*HI*21**3", "CTX*CLM01:C1", "IK5*R*5", "AK9*R*1*1*0"]),
        ("HI*ABK:F1120~", "HI*ABK:F1120~ZZZ*1~",
         ["IK3*ZZZ*20**1", "CTX*CLM01:C1", "IK5*R*4*5", "AK9*R*1*1*0"]),
    ],
)  # fmt: skip
def test_999_says_where_a_set_is_at_fault(old: str, new: str, said: list[str]) -> None:
    sound = file_of(bill("C1"))
    assert old in sound
    told = answered(sound.replace(old, new))
    (text,) = told["999"]
    assert ["*".join(one) for one in segments(text, "IK3", "CTX", "IK4", "IK5", "AK9")] == said
    assert "277CA" not in told


def test_a_sound_set_goes_on_beside_one_that_is_refused() -> None:
    broken = [one.replace("CLM*C2*", "CLM**") for one in transaction(bill("C2"), number=2)]
    told = answered(enclosed(transaction(bill("C1")), broken))
    (text,) = told["999"]
    assert segments(text, "AK9") == [["AK9", "P", "2", "2", "1"]]
    assert segments(told["277CA"][0], "TRN")[-1] == ["TRN", "2", "C1"]
