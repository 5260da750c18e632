"""Mutants: which faults are put into a text. Whether tests notice them, `make soak` says."""

from pathlib import Path

import pytest
from mutants import mutants_of, source
from mutate import explained
from subjects import SUBJECTS

CASES = [
    ("a <= b", ["a < b"]),
    ("a == b != c", ["a != b != c", "a == b == c"]),
    ("(a & ~b) | c", ["(a & b) | c", "(a & ~b) & c", "(a | ~b) | c"]),
    ("~(a)", ["(a)"]),
    ("a and not b", ["a and b", "a or not b"]),
    ("x.is_null().any()", ["x.is_not_null().any()", "x.is_null().all()"]),
    ('f(x, how="anti")', ['f(x, how="semi")']),
    ("fill_null(False)", ["fill_null(True)"]),
    ("a * 2 + 1", ["a * 2 + 2", "a * 2 - 1", "a * 3 + 1", "a // 2 + 1"]),
    ('"text", name', []),
    ("def f(a: int | None) -> int | None: ...", []),
    ("zip(a, b, strict=True)", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_each_fault_stands_in_one_place(tmp_path: Path, text: str, expected: list[str]) -> None:
    path = tmp_path / "one.py"
    path.write_text(f"é = 0.5\n{text}\n")
    made = mutants_of(path)
    assert sorted(one.after for one in made) == sorted(expected)
    assert all(one.before == text and one.line == 2 for one in made)
    assert [source([one]) for one in made] == [f"é = 0.5\n{one.after}\n" for one in made]


def test_several_faults_stand_in_one_text(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text("é = a == b\n\ny = ~c\n")
    assert source(mutants_of(path)) == "é = a != b\n\ny = c\n"


def test_a_fault_in_an_edit_names_the_edit(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text('E = Edit(id="units_zero", fires=units == 0)\nx = y == z\n')
    assert [one.edit for one in mutants_of(path)] == ["units_zero", "units_zero", ""]


def test_a_fault_names_the_function_whose_calls_run_it(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text("a = 1\ndef f():\n  return lambda: 2\n@cache\ndef g():\n  return 3\n")
    assert [one.function for one in mutants_of(path)] == [0, 2, 0]


def test_what_is_explained_is_a_mutant_that_there_still_is() -> None:
    paths = [path for subject in SUBJECTS.values() for path in subject.modules()]
    assert explained() <= {mutant.told for path in paths for mutant in mutants_of(path)}
