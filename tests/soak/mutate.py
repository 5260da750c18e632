"""Second part of `make soak`: faults put into edits, windows and money, to see which test notices.

    make soak                                  ten minutes, mutants drawn at random
    python tests/soak/mutate.py --seconds 0    every mutant: some hours

Prints the score of each subject. A mutant that lives is explained in docs/mutants.md, or the exit
code is 1.
"""

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, ModuleType

from mutants import Mutant, mutants_of
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

ROOT = Path(__file__).parents[2]
EXPLAINED = ROOT / "docs" / "mutants.md"
AT_ONCE = 2
MUTANTS_A_PROCESS = 25
LONGEST_SECONDS = 300


@dataclass(frozen=True)
class Subject:
    """What is mutated, and the tests that should notice: quick ones, then all of them."""

    folder: str
    left_out: tuple[str, ...]
    quick: tuple[str, ...]
    whole: tuple[str, ...]

    def modules(self) -> list[Path]:
        """Its modules, but those that only show or list."""
        paths = sorted((ROOT / self.folder).glob("*.py"))
        return [path for path in paths if path.stem not in ("__init__", *self.left_out)]


_STAGES = "tests/pipelines/stages"
SUBJECTS = {
    "edits": Subject(
        "pipelines/stages/edits",
        ("page", "catalogue"),
        (f"{_STAGES}/edits/test_edit_cases.py", f"{_STAGES}/edits/test_service_context.py"),
        (f"{_STAGES}/edits", f"{_STAGES}/test_stay_edits.py"),
    ),
    "windows": Subject(
        "pipelines/stages/eligibility",
        ("causes", "changes", "comparison", "explanation", "inquiries", "enrollment", "timeline"),
        tuple(f"{_STAGES}/test_{name}.py" for name in ("eligibility", "windows", "episodes")),
        tuple(
            f"{_STAGES}/test_{name}.py"
            for name in (
                "eligibility_custody", "eligibility_clock", "eligibility_oracle",
                "eligibility_comparison", "eligibility_known_at", "stay_edits",
            )
        ),
    ),
    "money": Subject(
        "pipelines/stages/claims",
        (),
        (f"{_STAGES}/test_claims.py",),
        tuple(f"{_STAGES}/test_{name}.py" for name in ("claims", "other_payers", "plan")),
    ),
}  # fmt: skip


class _Finder(importlib.abc.MetaPathFinder):
    """Gives one module with a fault in it; Python finds the others."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        self._name = ".".join(mutant.path.relative_to(ROOT).with_suffix("").parts)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - Python's signature
        target: ModuleType | None = None,  # noqa: ARG002 - as above
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        loader = _Loader(fullname, str(self._mutant.path))
        loader.source = self._mutant.source()
        return importlib.util.spec_from_file_location(fullname, loader.path, loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    source = ""

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - Python's signature
        return compile(self.source, self.path, "exec")


def is_noticed(mutant: Mutant, subject: Subject) -> bool:
    """Whether a test fails, is not found, or does not end while the fault is there."""
    quick = [*subject.quick, "-k", mutant.edit] if mutant.edit else subject.quick
    return not _passes(mutant, quick) or not _passes(mutant, subject.whole)


def _passes(mutant: Mutant, tests: Iterable[str]) -> bool:
    import pytest  # noqa: PLC0415 - in the process that runs the tests

    _forget()
    finder = _Finder(mutant)
    sys.meta_path.insert(0, finder)
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LONGEST_SECONDS)
    try:
        with (
            Path(os.devnull).open("w") as nowhere,
            redirect_stdout(nowhere),
            redirect_stderr(nowhere),
        ):
            ended = pytest.main(
                ["-x", "-q", "-o", "addopts=", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
            )
    except BaseException:  # noqa: BLE001 - a panic of Rust is no Exception
        return False
    finally:
        signal.alarm(0)
        sys.meta_path.remove(finder)
    return ended in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def _forget() -> None:
    """Let the project's modules and tests be imported anew."""
    for name, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None) or ""
        if place.startswith(str(ROOT)) and Path(place).parent != Path(__file__).parent:
            del sys.modules[name]


def explained() -> set[str]:
    """Mutants that may live, as docs/mutants.md names them in code marks."""
    lines = EXPLAINED.read_text().splitlines()
    return {line.split("`")[1] for line in lines if line.startswith("- `")}


def drawn(names: Sequence[str], seed: int) -> list[tuple[str, Mutant]]:
    """The mutants of the subjects in an order that the seed draws."""
    every = [
        (name, mutant)
        for name in names
        for path in SUBJECTS[name].modules()
        for mutant in mutants_of(path)
    ]
    random.Random(seed).shuffle(every)  # noqa: S311 - a sample, no secret
    return every


@dataclass(frozen=True)
class Verdicts:
    """Of each mutant tried, whether it was noticed."""

    tried: list[tuple[str, Mutant, bool]]
    every_count: int


def try_out(mutants: list[tuple[str, Mutant]], seconds: int) -> Verdicts:
    """Try mutants, `AT_ONCE` at a time, until the time is over; 0 seconds: all of them."""
    end = time.monotonic() + seconds if seconds else float("inf")
    waiting, tried = iter(mutants), []
    running: dict[Future[bool], tuple[str, Mutant]] = {}
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(AT_ONCE, context, max_tasks_per_child=MUTANTS_A_PROCESS) as pool,
        Progress(console=Console(stderr=True)) as progress,
    ):
        task = progress.add_task("Mutants", total=len(mutants))
        while True:
            while len(running) < AT_ONCE and time.monotonic() < end:
                if (following := next(waiting, None)) is None:
                    break
                name, mutant = following
                running[pool.submit(is_noticed, mutant, SUBJECTS[name])] = following
            if not running:
                return Verdicts(tried, len(mutants))
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                tried.append((*running.pop(done), done.result()))
                progress.advance(task)


def told(verdicts: Verdicts, known: set[str]) -> int:
    """Print the score and what lives. Returns the exit code."""
    console = Console(soft_wrap=True)
    title = f"{len(verdicts.tried)} of {verdicts.every_count} mutants tried"
    table = Table("subject", "mutants", "noticed", "explained", "alive", "score", title=title)
    alive = [(name, one) for name, one, noticed in verdicts.tried if not noticed]
    strange = [(name, one) for name, one in alive if one.told not in known]
    counts = {
        name: Counter(noticed for of, _, noticed in verdicts.tried if of == name)
        for name in SUBJECTS
    }
    for name, count in counts.items():
        if total := count.total():
            lives = sum(of == name for of, _ in strange)
            score = f"{(total - lives) / total:.1%}"
            row = (total, count[True], count[False] - lives, lives)
            table.add_row(name, *map(str, row), score)
    console.print(table)
    for name, one in sorted(strange):
        console.print(
            f"{name}: {one.path.relative_to(ROOT)}:{one.line}\n  - {one.before}\n  + {one.after}",
            markup=False,
            highlight=False,
        )
    return int(bool(strange))


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=int, default=600, help="0: until every mutant is tried")
    asked.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    asked.add_argument("--only", nargs="*", choices=SUBJECTS, default=list(SUBJECTS))
    given = asked.parse_args()
    os.chdir(ROOT)
    return told(try_out(drawn(given.only, given.seed), given.seconds), explained())


if __name__ == "__main__":
    sys.exit(main())
