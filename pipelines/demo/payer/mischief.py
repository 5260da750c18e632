"""Mischief: answers that go wrong on their way, for what takes them must stand it."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.demo.payer.chance import PER_MILLE, Chance
from pipelines.demo.payer.envelope import Answer

KINDS = ("lost", "duplicated", "late", "split", "contradicted")
MOST_DAYS_LATE = 9

Delayed = tuple[int, Answer]


@dataclass(frozen=True, slots=True)
class Mischief:
    """`rate` 0 to 1 of the answers meet with one kind of it."""

    rate: float
    chance: Chance

    def on_the_way(self, answer: Answer) -> Iterator[Delayed]:
        """What arrives in place of an answer, each with its days of delay."""
        subject = f"{answer.kind}/{answer.usage}/{answer.subject}"
        if not self.chance.hits("mischief", subject, self.rate * PER_MILLE):
            yield (0, answer)
            return
        late = 1 + self.chance.below("days late", subject, MOST_DAYS_LATE)
        kind = KINDS[self.chance.below("kind of mischief", subject, len(KINDS))]
        yield from _met(answer, kind, late)


def _met(answer: Answer, kind: str, late: int) -> Iterator[Delayed]:
    match kind:
        case "duplicated":
            yield from ((0, answer), (late, answer))
        case "late":
            yield (late, answer)
        case "split":
            yield from ((late * place, part) for place, part in enumerate(answer.split()))
        case "contradicted":
            yield from ((0, answer), (late, answer.contradicted()))
