"""Second part of `make soak`: faults put into edits, windows and money, to see which test notices.

    make soak                                     ten minutes, mutants drawn at random
    python tests/soak/mutate.py --seconds 0       every mutant: an hour or two of the processor
    python tests/soak/mutate.py --at windows.py:49    those of one line (or of a file)

With `--kept FILE` each verdict is written there at once and a later run goes on from it: first
what was never tried, then what lived, for a test that came since. Prints the score of each
subject. A mutant that lives is explained in docs/mutants.md, or the exit code is 1.
"""

import argparse
import json
import multiprocessing
import os
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import trial
from mutants import Mutant, mutants_of
from order import Order
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from subjects import ROOT, SUBJECTS

EXPLAINED = ROOT / "docs" / "mutants.md"
TRIALS_A_PROCESS = 25
FIRST_SECONDS = 2.0  # of the processor, for the tests that a mutant meets alone
TOGETHER = 8
Drawn = tuple[str, Mutant]  # the subject's name and a mutant of it


def explained() -> set[str]:
    """Mutants that may live, as docs/mutants.md names them in code marks."""
    lines = EXPLAINED.read_text().splitlines()
    return {line.split("`")[1] for line in lines if line.startswith("- `")}


def drawn(names: Iterable[str], places: Sequence[str], seed: int) -> list[Drawn]:
    """The mutants of the subjects (at the places, if any) in an order that the seed draws."""
    every = [
        (name, mutant)
        for name in names
        for path in SUBJECTS[name].modules()
        for mutant in mutants_of(path)
        if not places or {path.name, f"{path.name}:{mutant.line}"} & set(places)
    ]
    random.Random(seed).shuffle(every)  # noqa: S311 - a sample, no secret
    return every


@dataclass
class Verdicts:
    """Of each mutant tried, the test that noticed it, or ""; kept in a file if one is named."""

    every: list[Drawn]
    kept: Path | None = None
    noticed_by: dict[Drawn, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lines = self.kept.read_text().splitlines() if self.kept and self.kept.exists() else []
        known = {tuple(key): test for *key, test in map(json.loads, lines)}
        self.noticed_by = {one: known[_key(one)] for one in self.every if _key(one) in known}

    def add(self, one: Drawn, test: str) -> None:
        self.noticed_by[one] = test
        if self.kept:
            with self.kept.open("a") as file:
                file.write(json.dumps([*_key(one), test]) + "\n")

    def to_try(self, known: Collection[str]) -> list[Drawn]:
        """Those never tried, then those that lived and are not known to."""
        fresh = [one for one in self.every if one not in self.noticed_by]
        lived = (one for one in self.every if self.noticed_by.get(one) == "")
        return fresh + [one for one in lived if one[1].told not in known]

    def noticing(self, module: Path) -> Counter[str]:
        """The tests that noticed mutants of a module, and how many."""
        return Counter(test for (_, one), test in self.noticed_by.items() if one.path == module)


def _key(one: Drawn) -> tuple[str, str, str, int]:
    """What stays the same of a mutant while its line does."""
    name, mutant = one
    return name, mutant.told, mutant.before, mutant.line


@dataclass
class Trials:
    """Mutants on trial: each alone with a few tests, then those that live together with all."""

    verdicts: Verdicts
    pool: ProcessPoolExecutor
    orders: dict[str, Order]
    waiting: deque[Drawn]
    living: dict[str, list[Drawn]] = field(default_factory=dict)
    running: dict[Future[list[str]], tuple[list[Drawn], bool]] = field(default_factory=dict)

    def begin(self, *, is_time_over: bool) -> bool:
        """Begin another trial. Returns whether there is one."""
        if any(len(some) >= TOGETHER for some in self.living.values()):
            self._together()
        elif self.waiting and not is_time_over:
            self._alone(self.waiting.popleft())
        elif any(self.living.values()):
            self._together()
        else:
            return False
        return True

    def _alone(self, one: Drawn) -> None:
        name, mutant = one
        noticed = self.verdicts.noticing(mutant.path)
        first = self.orders[name].first(mutant, noticed, FIRST_SECONDS)
        future = self.pool.submit(trial.settled, [mutant], SUBJECTS[name], first)
        self.running[future] = [one], True

    def _together(self) -> None:
        name = max(self.living, key=lambda name: len(self.living[name]))
        group, self.living[name] = self.living[name][:TOGETHER], self.living[name][TOGETHER:]
        mutants = [mutant for _, mutant in group]
        tests = self.orders[name].useful(mutants)
        future = self.pool.submit(trial.settled, mutants, SUBJECTS[name], tests)
        self.running[future] = group, False

    def end_some(self) -> None:
        """Wait for trials and take their verdicts."""
        for done in wait(self.running, return_when=FIRST_COMPLETED).done:
            group, is_first = self.running.pop(done)
            for one, test in zip(group, done.result(), strict=True):
                if is_first and not test:
                    self.living.setdefault(one[0], []).append(one)
                else:
                    self.verdicts.add(one, test)


def try_out(verdicts: Verdicts, seconds: int, at_once: int) -> None:
    """Try mutants until the time is over; 0 seconds: all of them."""
    end = time.monotonic() + seconds if seconds else float("inf")
    todo = verdicts.to_try(explained())
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(at_once, context, max_tasks_per_child=TRIALS_A_PROCESS) as pool,
        Progress(console=Console(stderr=True)) as progress,
    ):
        names = list(dict.fromkeys(name for name, _ in todo))
        found = pool.map(trial.tests_of, (SUBJECTS[name] for name in names))
        orders = dict(zip(names, map(Order, found), strict=True))
        trials = Trials(verdicts, pool, orders, deque(todo))
        task = progress.add_task("Mutants", total=len(verdicts.every))
        while True:
            while len(trials.running) < at_once:
                if not trials.begin(is_time_over=time.monotonic() > end):
                    break
            if not trials.running:
                return
            trials.end_some()
            progress.update(task, completed=len(verdicts.noticed_by))


def told(verdicts: Verdicts, known: Collection[str]) -> int:
    """Print the score and what lives. Returns the exit code."""
    console = Console(soft_wrap=True)
    tried = verdicts.noticed_by
    title = f"{len(tried)} of {len(verdicts.every)} mutants tried"
    table = Table("subject", "mutants", "noticed", "explained", "alive", "score", title=title)
    strange = [one for one, test in tried.items() if not test and one[1].told not in known]
    for subject in SUBJECTS:
        tests = [test for (name, _), test in tried.items() if name == subject]
        if total := len(tests):
            noticed, alive = sum(map(bool, tests)), sum(name == subject for name, _ in strange)
            row = (total, noticed, total - noticed - alive, alive)
            table.add_row(subject, *map(str, row), f"{(total - alive) / total:.1%}")
    console.print(table)
    for name, one in sorted(strange):
        console.print(
            f"{name}: {one.path.relative_to(ROOT)}:{one.line}\n  - {one.before}\n  + {one.after}",
            markup=False,
            highlight=False,
        )
    return int(bool(strange))


def main() -> int:
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("--seconds", type=int, default=600, help="0: until every mutant is tried")
    asked.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    asked.add_argument("--only", nargs="*", choices=SUBJECTS, default=list(SUBJECTS))
    asked.add_argument("--at", nargs="*", default=[], metavar="FILE[:LINE]")
    asked.add_argument("--kept", type=Path, metavar="FILE")
    asked.add_argument("--at-once", type=int, default=2)
    given = asked.parse_args()
    os.chdir(ROOT)
    verdicts = Verdicts(drawn(given.only, given.at, given.seed), given.kept)
    try_out(verdicts, given.seconds, given.at_once)
    return told(verdicts, explained())


if __name__ == "__main__":
    sys.exit(main())
