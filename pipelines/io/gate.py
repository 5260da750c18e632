"""The gate: every outgoing 837 passes pyx12 before it may leave.

Here: running pyx12 on files already written, and telling what it objects to in our own words.
Not here: our own rules, or moving a file. Values stay in the checking process: a fault is told by
segment, element and code only.
"""

import io
import json
import logging
import multiprocessing
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from pyx12.params import params
from pyx12.x12n_document import x12n_document

from pipelines.io.gate_words import segment_name, words

MAX_ERRORS: Final = 1000  # more would tell nothing new of a file that cannot go out
_ISA_LENGTH: Final = 106
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class GateError:
    """One objection. `segment_ordinal` counts from ISA = 1; `element` is like CLM05-3, or ""."""

    segment_ordinal: int
    segment_id: str
    element: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class GateResult:
    """What pyx12 made of one file; `errors` holds at most MAX_ERRORS."""

    is_accepted: bool
    segment_count: int
    errors: tuple[GateError, ...]


def check_837(paths: Sequence[Path], *, workers: int = 2) -> list[GateResult]:
    """Check each file in a process of its own, `workers` at a time; results in the order given.

    pyx12 keeps state, logs values and reads about 300 claims a second: hence the processes.
    """
    with ThreadPoolExecutor(workers) as at_once:
        return list(at_once.map(_apart, paths))


def _apart(path: Path) -> GateResult:
    """Check a file in a new process. One that dies says nothing, and its file is not accepted."""
    spawn = multiprocessing.get_context("spawn")
    told, tells = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_tell, args=(path, tells))
    process.start()
    tells.close()
    try:
        result: GateResult = told.recv()
    except EOFError:
        died = GateError(1, "", "", "died", words("file", "died"))
        result = GateResult(is_accepted=False, segment_count=0, errors=(died,))
    process.join()
    return result


def _tell(path: Path, tells: Connection) -> None:
    tells.send(_check(path))


def _check(path: Path) -> GateResult:
    """Runs in its own process. Nothing but the result leaves it, exceptions least of all."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    progress = _Progress()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            is_valid, report = _validated(path, progress)
            errors = [*_reported(report), *_unread(path, progress)]
        except Exception:  # noqa: BLE001 - whatever pyx12 raises may quote the file
            is_valid, errors = False, [_file_error(progress, "unreadable")]
    if not is_valid and not errors:
        errors = [_file_error(progress, "header")]
    return GateResult(not errors, progress.segment_count, tuple(errors[:MAX_ERRORS]))


class _Progress:
    """How far pyx12 has read; it calls this after each segment."""

    def __init__(self) -> None:
        self.segment_count = 0

    def __call__(self, *_: object) -> None:
        self.segment_count += 1


def _validated(path: Path, progress: _Progress) -> tuple[bool, dict[str, Any]]:
    """pyx12's verdict and its report as nested dictionaries."""
    report = io.StringIO()
    with path.open(encoding="ascii", newline="") as source:
        is_valid = x12n_document(
            param=params(),
            src_file=source,
            fd_997=None,
            fd_html=None,
            fd_json=report,
            callback=progress,
        )
    return is_valid, json.loads(report.getvalue())


def _unread(path: Path, progress: _Progress) -> Iterator[GateError]:
    """pyx12 takes an empty segment for the end of the file and calls what it has read valid."""
    with path.open("rb") as source:
        terminator = source.read(_ISA_LENGTH)[-1:]
        rest = sum(chunk.count(terminator) for chunk in iter(lambda: source.read(_CHUNK), b""))
    if progress.segment_count != rest + 1:
        yield _file_error(progress, "stopped")


def _file_error(progress: _Progress, code: str) -> GateError:
    return GateError(progress.segment_count + 1, "", "", code, words("file", code))


def _reported(report: dict[str, Any]) -> Iterator[GateError]:
    for interchange in report["interchanges"]:
        yield from _at(interchange, "interchange", "ISA")
        for group in interchange["groups"]:
            yield from _at(group, "group", "GS")
            for transaction_set in group["transactions"]:
                yield from _at(transaction_set, "set", "ST")
                for segment in transaction_set["segments"]:
                    yield from _segment_errors(segment)


def _segment_errors(segment: dict[str, Any]) -> Iterator[GateError]:
    segment_id = segment_name(segment["seg_id"])
    yield from _at(segment, "segment", segment_id)
    for element in segment["elements"]:
        faulty = {**element, "cur_line": segment["cur_line"]}
        yield from _at(faulty, "element", segment_id, _element_name(segment_id, element))


def _at(node: dict[str, Any], level: str, segment_id: str, name: str = "") -> Iterator[GateError]:
    for error in node["errors"]:
        code = error["err_cde"]
        yield GateError(node["cur_line"], segment_id, name, code, words(level, code))


def _element_name(segment_id: str, element: dict[str, Any]) -> str:
    component = f"-{element['subele_pos']}" if element["subele_pos"] else ""
    return f"{segment_id}{int(element['ele_pos']):02d}{component}"
