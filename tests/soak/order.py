"""In which order a mutant meets the tests: the one that will notice it should come early.

Only how long a trial takes depends on it, never the verdict.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from mutants import Mutant
from trial import Test

_WORD = re.compile("[a-z]{3,}")


@dataclass(frozen=True)
class Order:
    """The tests of a subject, as they ran without a fault."""

    tests: list[Test]

    def useful(self, mutants: Iterable[Mutant]) -> list[str]:
        """The tests that run any of the mutated functions."""
        return [test.id for test in self._useful(mutants)]

    def first(self, mutant: Mutant, noticed: Mapping[str, int], seconds: float) -> list[str]:
        """As many of them as may run in the time: those of the mutant's edit, those that speak of
        the same things or `noticed` most of its module, and cheap ones first."""
        said = _words(f"{mutant.path.stem} {mutant.before}")
        rank = {
            test.id: noticed.get(test.id, 0)
            + 10 * sum(1 / self._counts[word] for word in said & self._words[test.id])
            for test in self.tests
        }
        ordered = sorted(
            self._useful([mutant]),
            key=lambda test: (
                not (mutant.edit and mutant.edit in test.id), -rank[test.id], test.seconds,
            ),
        )  # fmt: skip
        sums = accumulate(test.seconds for test in ordered)
        return [test.id for test, sum_ in zip(ordered, sums, strict=True) if sum_ < seconds]

    def _useful(self, mutants: Iterable[Mutant]) -> list[Test]:
        places = {(mutant.path.name, mutant.function) for mutant in mutants}
        if any(not function for _, function in places):
            return self.tests
        return [test for test in self.tests if places & test.calls]

    @cached_property
    def _words(self) -> dict[str, frozenset[str]]:
        return {test.id: _words(test.id) for test in self.tests}

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(word for words in self._words.values() for word in words)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))
