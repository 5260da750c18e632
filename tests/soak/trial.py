"""One run of a subject's tests in this process: with a fault, or to see which test calls what.

Which fault and in which order the tests run is decided elsewhere.
"""

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import pytest
from mutants import Mutant, source
from subjects import ROOT, Subject

LONGEST_SECONDS = 30  # of the processor, for one test
FEW_EXAMPLES = 10
QUICKLY = (
    *("-x", "-q", "-o", "addopts=", "--assert=plain"),
    *("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:unraisableexception"),
)
called: set[tuple[str, int]] = set()


@dataclass(frozen=True)
class Test:
    """A test, its seconds of the processor, and the functions (file, line) that it calls."""

    __test__ = False
    id: str
    seconds: float
    calls: frozenset[tuple[str, int]]


@dataclass
class _Finder(importlib.abc.MetaPathFinder):
    """Gives modules in another text than their file's; Python finds the others."""

    texts: Mapping[Path, str | ast.Module]

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - Python's signature
        target: ModuleType | None = None,  # noqa: ARG002 - as above
    ) -> importlib.machinery.ModuleSpec | None:
        place = ROOT.joinpath(*fullname.split(".")).with_suffix(".py")
        if place not in self.texts:
            return None
        loader = _Loader(fullname, str(place))
        loader.text = self.texts[place]
        return importlib.util.spec_from_file_location(fullname, place, loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    text: str | ast.Module = ""

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - Python's signature
        return compile(self.text, self.path, "exec")


@dataclass
class _Session:
    """As a plugin of pytest: runs the tests that are asked for, and notes what they call."""

    asked: Sequence[str] | None = None
    ran: list[Test] = field(default_factory=list)
    at_import: frozenset[tuple[str, int]] = frozenset()
    failed: str = ""

    def places(self, subject: Subject) -> Sequence[str]:
        """Where to look for the tests."""
        if self.asked is None:
            return subject.tests
        return list(dict.fromkeys(name.partition("::")[0] for name in self.asked))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.asked is not None:
            by_id = {item.nodeid: item for item in items}
            items[:] = [by_id[name] for name in self.asked if name in by_id]
        for item in items:
            _draw_few(item)
        self.at_import = frozenset(called)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        signal.setitimer(signal.ITIMER_PROF, LONGEST_SECONDS)
        began = time.process_time()
        called.clear()
        answer = yield
        seconds = time.process_time() - began
        self.ran.append(Test(item.nodeid, seconds, self.at_import | called))
        return answer

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid


def _draw_few(item: pytest.Item) -> None:
    """Let Hypothesis draw few examples and make none of them smaller: tables are to notice."""
    from hypothesis import Phase, settings  # noqa: PLC0415 - pytest rewrites it when it begins

    drawing: Any = getattr(item, "obj", None)
    if given := getattr(drawing, "_hypothesis_internal_use_settings", None):
        drawing._hypothesis_internal_use_settings = settings(
            given,
            max_examples=min(FEW_EXAMPLES, given.max_examples),
            phases=(Phase.explicit, Phase.generate),
            derandomize=True,
            database=None,
        )


def noticed_by(mutants: Iterable[Mutant], subject: Subject, tests: Sequence[str]) -> str:
    """The first of the tests that fails, is not found, or does not end; "" where none does."""
    by_path: dict[Path, list[Mutant]] = {}
    for mutant in mutants:
        by_path.setdefault(mutant.path, []).append(mutant)
    texts = {path: source(of_path) for path, of_path in by_path.items()}
    return _run(texts, subject, _Session(tests)) if tests else ""


def settled(mutants: Sequence[Mutant], subject: Subject, tests: Sequence[str]) -> list[str]:
    """By which test each is noticed, or "": all faults at once, until no test fails any more."""
    found = dict.fromkeys(mutants, "")
    while left := [one for one, test in found.items() if not test]:
        if not (test := noticed_by(left, subject, tests)):
            break
        found |= {one: test for one in left if noticed_by([one], subject, [test])}
        if left == [one for one, test in found.items() if not test]:  # only together
            found |= {one: noticed_by([one], subject, tests) for one in left}
            break
        tests = tests[tests.index(test) :] if test in tests else tests
    return list(found.values())


def tests_of(subject: Subject) -> list[Test]:
    """The subject's tests, run without a fault.

    Raises `AssertionError` where one fails.
    """
    session = _Session()
    failed = _run({path: _marked(path) for path in subject.modules()}, subject, session)
    assert not failed, f"{failed} fails without any fault"
    return session.ran


def _run(texts: Mapping[Path, str | ast.Module], subject: Subject, session: _Session) -> str:
    _forget()
    called.clear()
    sys.dont_write_bytecode = False
    finder = _Finder(texts)
    sys.meta_path.insert(0, finder)
    signal.signal(signal.SIGPROF, _too_long)
    signal.setitimer(signal.ITIMER_PROF, LONGEST_SECONDS)
    try:
        with (
            Path(os.devnull).open("w") as nowhere,
            redirect_stdout(nowhere),
            redirect_stderr(nowhere),
        ):
            ended = pytest.main([*QUICKLY, *session.places(subject)], [session])
    except BaseException:  # noqa: BLE001 - a panic of Rust is no Exception
        return "a panic"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.meta_path.remove(finder)
    if ended in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return ""
    return session.failed or "its import"


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def _forget() -> None:
    """Let the project's modules and tests be imported anew."""
    for name, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None) or ""
        if place.startswith(str(ROOT)) and Path(place).parent != Path(__file__).parent:
            del sys.modules[name]


def _marked(path: Path) -> ast.Module:
    """The module, where each function says that it is called."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            mark = f"__import__('trial').called.add(({path.name!r}, {node.lineno}))"
            node.body.insert(0, ast.parse(mark).body[0])
    return ast.fix_missing_locations(tree)
