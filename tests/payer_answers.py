"""Answers of a payer as X12 text: TA1, 999, 277CA and 277, for tests that send claims out."""

from collections.abc import Iterable, Mapping
from typing import Any

from x12_text import transaction

US, PAYER = "REENTRY34", "610442"  # as the settings of a new home of county 34 have them
GUIDES = {"999": "005010X231A1", "277CA": "005010X214", "277": "005010X212"}
_FUNCTIONS = {"999": "FA", "277CA": "HN", "277": "HN"}


def interchange(*parts: str, number: int = 900, to: str = US, groups: int = 1) -> str:
    """An interchange of the payer's, addressed to us unless told otherwise."""
    isa = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{PAYER:<15}*ZZ*{to:<15}*260501*1200*^*00501"
        f"*{number:09d}*0*T*:~"
    )
    return f"{isa}{''.join(parts)}IEA*{groups}*{number:09d}~"


def group(kind: str, *sets: str, number: int = 9, to: str = US) -> str:
    head = f"GS*{_FUNCTIONS[kind]}*{PAYER}*{to}*20260501*1200*{number}*X*{GUIDES[kind]}~"
    return f"{head}{''.join(sets)}GE*{len(sets)}*{number}~"


def ta1(answered: int, code: str = "A", note: str = "000", **envelope: Any) -> str:
    return interchange(f"TA1*{answered:09d}*260501*0900*{code}*{note}~", groups=0, **envelope)


def syntax(
    answered_group: int,
    sets: Mapping[str, str],
    verdict: str = "A",
    faults: Iterable[str] = (),
    function: str = "HC",
    **envelope: Any,
) -> str:
    """A 999: IK5 of each set (`faults` stand in the first), AK9 of the group."""
    inside = [f"AK1*{function}*{answered_group}*005010X222A1"]
    for place, (number, code) in enumerate(sets.items()):
        named = f"AK2*837*{number}*005010X222A1"
        inside += [named, *(faults if place == 0 else ()), f"IK5*{code}"]
    inside.append(f"AK9*{verdict}*{len(sets)}*{len(sets)}*{len(sets)}")
    to = {"to": envelope["to"]} if "to" in envelope else {}
    return interchange(group("999", _set("999", *inside), **to), **envelope)


def acknowledged(
    claims: Mapping[str, str],
    reference: str = "0",
    receiver: str = "A1",
    provider: str | None = None,
    dated: str = "20260502",
    **envelope: Any,
) -> str:
    """A 277CA: a status of each claim by its number (`A7:562:85`), below receiver and provider.

    Without claims it stops at the receiver, or at the provider where one (its status) is given.
    """
    inside = [
        "BHT*0085*08*1*20260502*1200*TH", "HL*1**20*1", "NM1*PR*2*MEDI-CAL*****PI*610442",
        "TRN*1*77", "DTP*050*D8*20260502", "DTP*009*D8*20260502", "HL*2*1*21*1",
        "NM1*41*2*COUNTY*****46*REENTRY34", f"TRN*2*{reference}",
        f"STC*{receiver}:19*{dated}*WQ*100",
    ]  # fmt: skip
    if claims or provider:
        inside += ["HL*3*2*19*1", "NM1*85*2*COUNTY*****XX*1093817465", "TRN*1*0"]
        inside += [f"STC*{provider}**U*100"] if provider else []
    for level, (number, status) in enumerate(claims.items(), start=4):
        inside += [
            f"HL*{level}*3*PT", "NM1*QC*1*DOE*ANN****MI*90000001A", f"TRN*2*{number}",
            f"STC*{status}*{dated}*WQ*100", f"REF*1K*ICN{number[:6]}", "DTP*472*D8*20260415",
        ]  # fmt: skip
    to = {"to": envelope["to"]} if "to" in envelope else {}
    return interchange(group("277CA", _set("277CA", *inside), **to), **envelope)


def status(claims: Mapping[str, str], dated: str = "20260510", **envelope: Any) -> str:
    """A 277: a status of each claim by its number (`P1:20`)."""
    inside = [
        "BHT*0010*08*1*20260510*1200*DG", "HL*1**20*1", "NM1*PR*2*MEDI-CAL*****PI*610442",
        "HL*2*1*21*1", "NM1*41*2*COUNTY*****46*REENTRY34", "HL*3*2*19*1",
        "NM1*1P*2*COUNTY*****XX*1093817465",
    ]  # fmt: skip
    for level, (number, code) in enumerate(claims.items(), start=4):
        inside += [
            f"HL*{level}*3*22*0", "NM1*IL*1*DOE*ANN****MI*90000001A", f"TRN*2*T{level}",
            f"STC*{code}*{dated}**100", f"REF*EJ*{number}",
        ]  # fmt: skip
    to = {"to": envelope["to"]} if "to" in envelope else {}
    return interchange(group("277", _set("277", *inside), **to), **envelope)


def _set(kind: str, *segments: str) -> str:
    text = transaction(kind[:3], *segments)
    return text.replace(f"ST*{kind[:3]}*0001~", f"ST*{kind[:3]}*0001*{GUIDES[kind]}~")
