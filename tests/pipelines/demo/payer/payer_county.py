"""837P text by hand, and a payer that knows three members: what the payer's tests share.

Members: ANN is covered throughout, BOB until the end of May 2026, CAM has no overlay.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pipelines.demo.payer.chance import Chance
from pipelines.demo.payer.envelope import Parties
from pipelines.demo.payer.members import Members, Roll, Span
from pipelines.demo.payer.mischief import Mischief
from pipelines.demo.payer.simulation import Mail, Payer
from pipelines.demo.payer.terms import Dated, Terms

ANN, BOB, CAM, NOBODY = "90000001A", "90000002B", "90000003C", "90000009D"
BORN = date(1990, 2, 3)
BILLING, DOCTOR = "1245319599", "1234567893"
SENT_AT = datetime(2026, 7, 6, 17, 0, tzinfo=UTC)  # a Monday; its payment run is on the 16th
RATES = {"99213": "80.00", "80053": "10.00", "E0143": "80.00"}


@dataclass(frozen=True)
class Bill:
    """A claim to be written: sound as it stands."""

    number: str
    lines: tuple[tuple[str, str, str], ...] = (("99213", "100", "20260615"),)
    cin: str = ANN
    born: str = "19900203"
    charge: str = ""
    frequency: str = "1"
    delay: str = ""
    refs: tuple[str, ...] = ()
    diagnoses: str = "ABK:F1120"
    units: str = "1"
    pointer: str = "1"
    billing: str = BILLING
    doctor: str = DOCTOR
    inside: tuple[str, ...] = ()  # more segments before the lines
    behind: tuple[str, ...] = ()  # and behind each of them

    def segments(self, level: int, parent: int) -> list[str]:
        charge = self.charge or str(sum(Decimal(line[1]) for line in self.lines))
        claim = f"CLM*{self.number}*{charge}***09:B:{self.frequency}*Y*A*Y*Y"
        if self.delay:
            claim += "*" * 11 + self.delay
        return [
            f"HL*{level}*{parent}*22*0", "SBR*P*18*******MC",
            f"NM1*IL*1*PERSON*A****MI*{self.cin}", "N3*1 A ST", "N4*EXAMPLETON*CA*95901",
            f"DMG*D8*{self.born}*F", "NM1*PR*2*MEDI-CAL*****PI*610442", claim,
            *self.refs, f"HI*{self.diagnoses}", f"NM1*82*1*DOC*A****XX*{self.doctor}",
            *self.inside, *self._lines(),
        ]  # fmt: skip

    def _lines(self) -> Iterable[str]:
        for ordinal, (code, charge, day) in enumerate(self.lines, 1):
            yield f"LX*{ordinal}"
            yield f"SV1*HC:{code}*{charge}*UN*{self.units}***{self.pointer}"
            yield f"DTP*472*D8*{day}"
            yield f"REF*6R*{self.number}{ordinal}"
            yield from self.behind


def bill(number: str, **values: Any) -> Bill:
    return Bill(number, **values)


def transaction(*bills: Bill, number: int = 1) -> list[str]:
    """One set, the bills of each billing provider together."""
    body = ["BHT*0019*00*REF01*20260706*1000*CH", "NM1*41*2*COUNTY*****46*REENTRY34",
            "PER*IC*OFFICE*TE*9165550100", "NM1*40*2*MEDI-CAL*****46*610442"]  # fmt: skip
    level = 0
    for npi in dict.fromkeys(one.billing for one in bills):
        level += 1
        parent = level
        body += [f"HL*{parent}**20*1", f"NM1*85*2*COUNTY HEALTH*****XX*{npi}", "N3*1 B ST",
                 "N4*EXAMPLETON*CA*959010001", "REF*EI*000000000"]  # fmt: skip
        for one in (one for one in bills if one.billing == npi):
            level += 1
            body += one.segments(level, parent)
    return [f"ST*837*{number:04d}*005010X222A1", *body, f"SE*{len(body) + 2}*{number:04d}"]


def enclosed(*sets: list[str], number: int = 1, usage: str = "T", kind: str = "HC") -> str:
    """One group in one interchange; segments parted by ~, elements by *, components by a colon."""
    who = "ZZ*REENTRY34      *ZZ*610442         "
    nothing = f"00*{' ' * 10}*00*{' ' * 10}"
    isa = f"ISA*{nothing}*{who}*260706*1000*^*00501*{number:09d}*1*{usage}*:"
    version = "005010X222A1" if kind == "HC" else "005010X212"
    gs = f"GS*{kind}*REENTRY34*610442*20260706*1000*{number}*X*{version}"
    inside = [segment for one in sets for segment in one]
    end = [f"GE*{len(sets)}*{number}", f"IEA*1*{number:09d}"]
    return "".join(f"{segment}~" for segment in [isa, gs, *inside, *end])


def file_of(*bills: Bill, number: int = 1, usage: str = "T") -> str:
    return enclosed(transaction(*bills), number=number, usage=usage)


def rolls() -> list[Roll]:
    base, overlay = (Span(date(2025, 1, 1), None, flag) for flag in (False, True))
    to_may = replace(base, ends_on=date(2026, 5, 31))
    spans = {ANN: (base, overlay), BOB: (to_may, overlay), CAM: (base,)}
    return [Roll(datetime(2026, 7, 1, tzinfo=UTC), spans, dict.fromkeys(spans, BORN), {})]


class Certain(Chance):
    """No draw hits: the payer knows what the county knows."""

    def hits(self, stream: str, subject: str, per_mille: float) -> bool:  # noqa: ARG002
        return False


def terms() -> Terms:
    return Terms(
        {code: (Dated(Decimal(rate), None, None),) for code, rate in RATES.items()},
        {"E0143": (Dated("yes", None, None),)},
        {"1": False, "11": True},
        frozenset({"N9905"}),
    )


def payer(
    chance: Chance | None = None, mischief: float = 0, known: list[Roll] | None = None
) -> Payer:
    chance = chance or Certain(0)
    members = Members(known or rolls(), chance)
    parties = Parties(("ZZ", "610442", "610442"), ("ZZ", "REENTRY34", "REENTRY34"))
    return Payer(parties, members, terms(), chance, Mischief(mischief, Chance(chance.seed)))


def answered(
    *texts: str | Mail, until: date = date(2026, 8, 31), by: Payer | None = None
) -> dict[str, list[str]]:
    """Kind to the texts of the answers to files sent at `SENT_AT`."""
    mail = [one if isinstance(one, Mail) else Mail(one, SENT_AT) for one in texts]
    told: dict[str, list[str]] = {}
    for one in (by or payer()).answers(mail, until):
        told.setdefault(one.name.split("-")[1], []).append(one.content.decode())
    return told


def segments(text: str, *names: str) -> list[list[str]]:
    """Segments of these names, each as its elements."""
    found = [segment.strip().split("*") for segment in text.split("~")]
    return [one for one in found if one[0] in names]


def lines_of(told: dict[str, list[str]]) -> list[tuple[str, str, str, str]]:
    """Of every line in the 835s: claim, CLP02, paid, and its adjustments with remarks."""
    found: list[list[str]] = []
    claim = status = ""
    for text in told.get("835", []):
        for one in segments(text, "CLP", "SVC", "CAS", "LQ"):
            if one[0] == "CLP":
                claim, status = one[1], one[2]
            elif one[0] == "SVC":
                found.append([claim, status, one[3], ""])
            elif one[0] == "CAS":
                found[-1][3] += f" {one[1]}-{one[2]} {one[3]}"
            else:
                found[-1][3] += f" {one[2]}"
    return [(a, b, c, d.strip()) for a, b, c, d in found]
