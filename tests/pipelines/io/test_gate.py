"""pyx12 at the gate: one sound interchange, and what happens to it when it is broken."""

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.io.gate import GateResult, check_837

SOUND = """\
ISA*00*          *00*          *ZZ*RIVERCO        *ZZ*610442         *250701*2230*^*00501*000000077*1*T*:~
GS*HC*RIVERGS*610442*20250701*2230*78*X*005010X222A1~
ST*837*0001*005010X222A1~
BHT*0019*00*1*20250701*2230*CH~
NM1*41*2*RIVER COUNTY*****46*RIVERGS~
PER*IC*ANN CLERK*TE*9165550199~
NM1*40*2*MEDI-CAL*****46*610442~
HL*1**20*1~
NM1*85*2*RIVER COUNTY JAIL HEALTH*****XX*1234567893~
N3*1 MAIN ST~
N4*SACRAMENTO*CA*958140001~
REF*EI*941234567~
HL*2*1*22*0~
SBR*P*18*******MC~
NM1*IL*1*SECRETNAME*JANE****MI*90000001A~
N3*2 OAK ST~
N4*SACRAMENTO*CA*95814~
DMG*D8*19900131*F~
NM1*PR*2*MEDI-CAL*****PI*610442~
CLM*PCN1*150***09:B:1*Y*A*Y*Y~
HI*ABK:F1120~
LX*1~
SV1*HC:99213*150*UN*1***1~
DTP*472*D8*20250601~
SE*23*0001~
GE*1*78~
IEA*1*000000077~
"""  # noqa: E501
FAULTS = {  # name: (from, to, objection: segment ordinal, segment, element, code)
    "qualifier": ("*PI*610442", "*QQ*610442", (19, "NM1", "NM108", "7")),
    "place of service": ("09:B:1", "ZZ:B:1", (20, "CLM", "CLM05-1", "7")),
    "no diagnosis": ("HI*ABK:F1120~\n", "", (21, "HI", "", "3")),
    "date": ("20250601", "20251399", (24, "DTP", "DTP03", "8")),
    "line number": ("LX*1", "LX*2", (22, "LX", "", "LX")),
    "level": ("HL*2*1", "HL*9*1", (13, "HL", "", "HL1")),
    "set count": ("SE*23", "SE*99", (25, "ST", "", "4")),
    "group number": ("GE*1*78", "GE*1*79", (26, "GS", "", "4")),
    "no interchange end": ("IEA*1*000000077~\n", "", (1, "ISA", "", "023")),
    "a value like a segment": ("*JANE*", "~JANE*", (16, "", "", "1")),
    "usage": ("*T*:~", "*Q*:~", (28, "", "", "header")),
    "empty segment": ("LX*1~", "~", (22, "", "", "stopped")),
    "unknown guide": ("X222A1", "X999A1", (2, "", "", "unreadable")),
    "not ascii": ("JANE", "JAÑE", (1, "", "", "unreadable")),
    "not x12": ("ISA", "XXX", (1, "", "", "unreadable")),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, GateResult]:
    """The sound text and each fault, all checked at once; keyed by the fault's name."""
    folder = tmp_path_factory.mktemp("gate")
    texts = {"sound": SOUND} | {name: SOUND.replace(a, b) for name, (a, b, _) in FAULTS.items()}
    paths = [folder / name for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    checked = dict(zip(texts, check_837(paths), strict=True))
    assert sorted(path.name for path in folder.iterdir()) == sorted(texts)
    return checked


def test_a_sound_file_is_accepted_and_counted(results: dict[str, GateResult]) -> None:
    assert results["sound"].is_accepted
    assert results["sound"].segment_count == SOUND.count("~")
    assert results["sound"].errors == ()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_rejected_and_named(results: dict[str, GateResult], name: str) -> None:
    result = results[name]
    assert not result.is_accepted
    told = [(one.segment_ordinal, one.segment_id, one.element, one.code) for one in result.errors]
    assert FAULTS[name][2] in told


def test_no_objection_quotes_the_file(results: dict[str, GateResult]) -> None:
    words = " ".join(repr(result) for result in results.values())
    assert not [
        value
        for value in ("SECRETNAME", "90000001A", "QQ", "20251399", "JANE", "PCN1")
        if value in words
    ]


def test_nothing_is_printed_logged_or_left_behind(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "outbox"
    folder.mkdir()
    path = folder / "broken.837"
    path.write_text(SOUND.replace("*PI*", "*QQ*").replace("LX*1", "LX*3"), encoding="ascii")
    assert len(check_837([path])[0].errors) == 2
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
    assert [one.name for one in tmp_path.iterdir()] == ["outbox"]
    assert [one.name for one in folder.iterdir()] == ["broken.837"]


def test_a_check_that_dies_accepts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "read-for-ever.x12"
    os.mkfifo(path)
    with ThreadPoolExecutor(1) as beside:
        checked = beside.submit(check_837, [path])
        while not multiprocessing.active_children():
            assert not checked.done()
        for process in multiprocessing.active_children():
            process.kill()
        (result,) = checked.result()
    assert not result.is_accepted
    assert [error.code for error in result.errors] == ["died"]
