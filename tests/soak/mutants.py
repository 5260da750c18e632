"""Mutants: small faults put into a module's text, one at a time, each in one place.

They are those that a slip in a Polars expression would make: a boundary moved, a condition turned
round, `&` for `|`, a null taken for a value. Which tests should notice is not here.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

_COMPARED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"),
}  # fmt: skip
_JOINED: dict[type[ast.operator], tuple[str, str]] = {
    ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&"), ast.Add: ("+", "-"), ast.Sub: ("-", "+"),
    ast.Mult: ("*", "//"), ast.FloorDiv: ("//", "*"), ast.Mod: ("%", "//"),
}  # fmt: skip
_TURNED = (
    ("is_null", "is_not_null"), ("any", "all"), ("any_horizontal", "all_horizontal"),
    ("min", "max"), ("min_horizontal", "max_horizontal"), ("first", "last"),
    ("forward_fill", "backward_fill"), ("is_first_distinct", "is_last_distinct"),
    ("starts_with", "ends_with"),
)  # fmt: skip
_METHODS = dict(_TURNED) | {second: first for first, second in _TURNED}
_UNSEEN = ("frozen", "slots", "eq", "strict", "maintain_order", "annotation", "returns")
_Place = tuple[str, int]  # the edit and the function that a node belongs to
_WORDS = {"anti": "semi", "semi": "anti", "left": "inner", "inner": "left"}


@dataclass(frozen=True, order=True)
class Mutant:
    """One fault: where it stands, and the line before and after."""

    path: Path
    line: int
    start: int
    end: int
    new: str
    before: str
    after: str
    edit: str = ""  # the id of the edit that the line belongs to
    function: int = 0  # the line where its function begins; 0: it runs at import, or once

    @property
    def told(self) -> str:
        """How it is named where it is explained: file and mutated line."""
        return f"{self.path.name}: {self.after}"


def source(mutants: Iterable[Mutant]) -> str:
    """The text of their module with their faults in it."""
    latest_first = sorted(mutants, key=lambda one: one.start, reverse=True)
    text = latest_first[0].path.read_bytes()
    for one in latest_first:
        text = text[: one.start] + one.new.encode() + text[one.end :]
    return text.decode()


def mutants_of(path: Path) -> list[Mutant]:
    """Every mutant of a module, in order of place."""
    text = path.read_bytes()
    starts = [0, *(match.end() for match in re.finditer(rb"\n", text))]
    changes = _Changes(text, starts).all()
    return sorted({_mutant(path, text, starts, *change) for change in changes})


def _mutant(
    path: Path, text: bytes, starts: list[int], change: tuple[int, int, str], place: _Place
) -> Mutant:
    start, end, new = change
    line = max(number for number, at in enumerate(starts) if at <= start)
    stop = text.find(b"\n", end)
    before = text[starts[line] : stop].decode()
    after = (text[starts[line] : start] + new.encode() + text[end:stop]).decode()
    lines = (" ".join(told.split()) for told in (before, after))
    return Mutant(path, line + 1, start, end, new, *lines, *place)


def _edit(node: ast.AST) -> str:
    """The id of the edit that a call declares."""
    words = node.keywords if isinstance(node, ast.Call) else []
    ids = [word.value for word in words if word.arg == "id"]
    return next((str(one.value) for one in ids if isinstance(one, ast.Constant)), "")


def _function(node: ast.AST) -> int:
    """The line where a function begins whose every call runs it."""
    if not isinstance(node, ast.FunctionDef):
        return 0
    is_kept = any("cache" in ast.unparse(one) for one in node.decorator_list)
    return 0 if is_kept else node.lineno


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """Its parts, without what only a type checker reads or what guards against our own slips."""
    for name, value in ast.iter_fields(node):
        parts = value if isinstance(value, list) else [value]
        if name not in _UNSEEN:
            nodes = (part for part in parts if isinstance(part, ast.AST))
            yield from (part for part in nodes if getattr(part, "arg", "") not in _UNSEEN)


class _Changes:
    """Places of a text and what is to stand there instead."""

    def __init__(self, text: bytes, starts: list[int]) -> None:
        self._text, self._starts = text, starts

    def all(self) -> Iterator[tuple[tuple[int, int, str], _Place]]:
        nodes: list[tuple[ast.AST, _Place]] = [(ast.parse(self._text), ("", 0))]
        while nodes:
            node, (edit, function) = nodes.pop()
            place = _edit(node) or edit, function or _function(node)
            yield from ((change, place) for change in self._of_node(node))
            nodes.extend((part, place) for part in _executed(node))

    def _of_node(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        yield from self._of_operators(node)
        match node:
            case ast.UnaryOp(op=ast.Invert()):
                yield self._start(node), self._start(node) + len("~"), ""
            case ast.UnaryOp(op=ast.Not()):
                yield self._start(node), self._start(node) + len("not "), ""
            case ast.Attribute(attr=name) if name in _METHODS:
                yield self._end(node) - len(name), self._end(node), _METHODS[name]
            case ast.Constant(value=bool(value)):
                yield self._start(node), self._end(node), str(not value)
            case ast.Constant(value=int(value)):
                yield self._start(node), self._end(node), str(value + 1)
            case ast.Constant(value=str(word)) if word in _WORDS:
                yield self._start(node), self._end(node), f'"{_WORDS[word]}"'

    def _of_operators(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        match node:
            case ast.Compare(left=left, ops=operators, comparators=values):
                for (first, second), operator in zip(
                    pairwise([left, *values]), operators, strict=True
                ):
                    yield from self._between(first, second, _COMPARED[type(operator)])
            case ast.BinOp(left=left, op=joint, right=right) if type(joint) in _JOINED:
                yield from self._between(left, right, _JOINED[type(joint)])
            case ast.BoolOp(op=joint, values=values):
                change = ("and", "or") if isinstance(joint, ast.And) else ("or", "and")
                for first, second in pairwise(values):
                    yield from self._between(first, second, change)

    def _between(
        self, first: ast.expr, second: ast.expr, change: tuple[str, str]
    ) -> Iterator[tuple[int, int, str]]:
        old, new = change
        at = self._text.index(old.encode(), self._end(first), self._start(second))
        yield at, at + len(old), new

    def _start(self, node: ast.AST) -> int:
        return self._starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]

    def _end(self, node: ast.AST) -> int:
        return self._starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
