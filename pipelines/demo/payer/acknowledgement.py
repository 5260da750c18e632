"""Acknowledgement: TA1 and 999 (005010X231A1), the answers of the same day."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from pipelines.demo.payer.envelope import (
    Guide,
    Parties,
    composite,
    enclosed,
    interchange,
    plain,
    segment,
)
from pipelines.demo.payer.received import Interchange
from pipelines.demo.payer.syntax import Fault, GroupVerdict, SetVerdict

GUIDE = Guide("999", "FA", "005010X231A1")
ACCEPTED, PARTLY, REJECTED = "A", "P", "R"
SECURITY_NOT_SUPPORTED = "10"  # what a 999 says when it is made to disagree with itself


@dataclass(frozen=True, slots=True)
class InterchangeAnswer:
    """TA1: whether the envelope was taken."""

    received: Interchange
    note_code: str
    kind: str = "TA1"

    @property
    def usage(self) -> str:
        """Its own, or T where it has none."""
        return self.received.usage if self.received.usage in ("T", "P") else "T"

    @property
    def subject(self) -> str:
        return self.received.control_number

    def text(self, parties: Parties, number: int, at: datetime) -> str:
        header = self.received.header
        verdict = ACCEPTED if self.note_code == "000" else REJECTED
        body = segment(
            "TA1", header.get(13), header.get(9), header.get(10), verdict, self.note_code
        )
        return enclosed(parties, self.usage, number, at, body, groups=0)

    def split(self) -> tuple["InterchangeAnswer", ...]:
        return (self,)

    def contradicted(self) -> "InterchangeAnswer":
        return replace(self, note_code="025" if self.note_code == "000" else "000")


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """999: a set for each group of an interchange."""

    received: Interchange
    groups: tuple[GroupVerdict, ...]
    kind: str = "999"

    @property
    def usage(self) -> str:
        return self.received.usage

    @property
    def subject(self) -> str:
        return self.received.control_number

    def text(self, parties: Parties, number: int, at: datetime) -> str:
        sets = [list(_group(one)) for one in self.groups]
        return interchange(parties, self.usage, number, at, GUIDE, sets)

    def split(self) -> tuple["GroupAnswer", ...]:
        return tuple(replace(self, groups=(one,)) for one in self.groups)

    def contradicted(self) -> "GroupAnswer":
        return replace(self, groups=tuple(map(_turned, self.groups)))


def _turned(group: GroupVerdict) -> GroupVerdict:
    return replace(group, code="", sets=tuple(
        replace(one, codes=(SECURITY_NOT_SUPPORTED,) if one.is_accepted else (), faults=())
        for one in group.sets
    ))  # fmt: skip


def _group(verdict: GroupVerdict) -> Iterator[str]:
    header = verdict.group.header
    yield segment("AK1", header.get(1), header.get(6), header.get(8))
    for one in verdict.sets:
        yield from _set(one)
    accepted = len(list(verdict.accepted()))
    count = str(len(verdict.sets))
    yield segment("AK9", _outcome(verdict, accepted), count, count, str(accepted), verdict.code)


def _outcome(verdict: GroupVerdict, accepted: int) -> str:
    if accepted == 0:
        return REJECTED
    return ACCEPTED if accepted == len(verdict.sets) else PARTLY


def _set(verdict: SetVerdict) -> Iterator[str]:
    header = verdict.received.header
    yield segment("AK2", header.get(1), header.get(2), header.get(3))
    for fault in verdict.faults:
        yield from _fault(fault)
    yield segment("IK5", ACCEPTED if verdict.is_accepted else REJECTED, *verdict.codes)


def _fault(fault: Fault) -> Iterator[str]:
    yield segment("IK3", plain(fault.segment_id), str(fault.position), "", fault.code)
    if fault.claim:
        yield segment("CTX", composite("CLM01", plain(fault.claim)))
    if fault.element:
        yield segment("IK4", *fault.element)
