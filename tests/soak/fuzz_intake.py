"""`make soak`: coverage-guided fuzzing of everything that reads a received file (Atheris).

    make soak               ten minutes over all targets, two at a time
    make soak SOAK=60       one minute

A case that is neither read nor refused, that hangs or that takes too much memory is kept, and its
path printed; the exit code is then 1. Linux on x86-64 only, where Atheris has wheels.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

TESTS = Path(__file__).parents[1]
AT_ONCE = 2
LONGEST_CASE_SECONDS = 30
MOST_MEMORY_MB = 4_000
LONGEST_CASE_BYTES = 20_000
NAMES = ("csv", "parquet", "workbook", "archive", "x12", "mapping", "codes")


@dataclass(frozen=True)
class Result:
    """What a target's process said of itself."""

    name: str
    executions: int
    coverage: int
    cases: tuple[Path, ...]
    ended_well: bool


def fuzz(name: str, seconds: int, folder: Path) -> None:
    """Fuzz one target in this process, which does not return."""
    import atheris  # noqa: PLC0415 - only here, and only on Linux

    with atheris.instrument_imports(include=["pipelines", "contracts", "codesets"]):
        from fuzz_targets import TARGETS  # noqa: PLC0415 - instrumented as it is imported
    from fuzz_seeds import SEEDS, WORDS  # noqa: PLC0415 - after that

    target, seen = TARGETS[name], set()

    def one(data: bytes) -> None:
        try:
            target(data)
        except BaseException as trouble:  # noqa: BLE001 - a Rust panic is no Exception
            _keep(data, trouble, folder, seen)

    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS[name]):
        (corpus / str(number)).write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS[name]))
    options = [
        f"-max_total_time={seconds}", f"-timeout={LONGEST_CASE_SECONDS}", f"-dict={words}",
        f"-rss_limit_mb={MOST_MEMORY_MB}", f"-max_len={LONGEST_CASE_BYTES}",
        f"-artifact_prefix={folder}/case-", "-print_final_stats=1",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


def _keep(data: bytes, trouble: BaseException, folder: Path, seen: set[str]) -> None:
    """Keep one case of each fault: its kind and the last line of ours that it passed."""
    frames = traceback.extract_tb(trouble.__traceback__)
    ours = [f"{Path(one.filename).name}:{one.lineno}" for one in frames if _is_ours(one.filename)]
    fault = f"{type(trouble).__name__} at {ours[-1]}"
    if fault in seen:
        return
    seen.add(fault)
    path = folder / f"case-{hashlib.sha256(data).hexdigest()[:16]}"
    path.write_bytes(data)
    path.with_suffix(".txt").write_text(f"{fault}\n{''.join(traceback.format_exception(trouble))}")


def _is_ours(path: str) -> bool:
    return path.startswith(str(TESTS.parent)) and "site-packages" not in path


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def run(name: str, seconds: int, folder: Path) -> Result:
    """Fuzz one target in a process of its own."""
    home = folder / name
    home.mkdir(parents=True)
    command = [sys.executable, __file__, "--one", name, "--seconds", str(seconds)]
    paths = os.pathsep.join(map(str, (TESTS.parent, TESTS)))
    with (home / "log").open("wb") as log:
        done = subprocess.run(
            [*command, "--cases", str(home)], stderr=log, stdout=log, check=False,
            env=os.environ | {"PYTHONPATH": paths},
        )  # fmt: skip
    said = (home / "log").read_text(errors="replace")
    cases = tuple(sorted(one for one in home.glob("case-*") if one.suffix != ".txt"))
    return Result(
        name,
        _last(r"stat::number_of_executed_units: *(\d+)", said),
        _last(r" cov: (\d+)", said),
        cases,
        done.returncode == 0,
    )


def _last(pattern: str, text: str) -> int:
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=int, default=600, help="for all targets together")
    asked.add_argument("--only", nargs="*", choices=NAMES, default=NAMES)
    asked.add_argument("--cases", type=Path, help="where cases are kept")
    asked.add_argument("--one", choices=NAMES, help=argparse.SUPPRESS)
    told = asked.parse_args()
    folder = told.cases or Path(tempfile.mkdtemp(prefix="soak-"))
    if told.one:
        fuzz(told.one, told.seconds, folder)
    each = max(1, told.seconds * min(AT_ONCE, len(told.only)) // len(told.only))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda name: run(name, each, folder), told.only))
    return _told(results, each)


def _told(results: list[Result], each: int) -> int:
    table = Table("target", "executions", "edges covered", "cases", title=f"{each} s a target")
    for one in results:
        table.add_row(one.name, f"{one.executions:,}", str(one.coverage), str(len(one.cases)))
    console = Console(soft_wrap=True)
    console.print(table)
    for one in results:
        for case in one.cases:
            console.print(f"{one.name}: {case}")
        if not one.ended_well:
            console.print(f"{one.name}: its process ended badly; see the log beside its cases")
    return int(any(one.cases or not one.ended_well for one in results))


if __name__ == "__main__":
    sys.exit(main())
