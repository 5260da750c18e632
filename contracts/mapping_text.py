"""The text of a mapping: `mappings/<agency>/<feed>.toml`, read section by section.

Every trouble is a UsageError that names file, section and remedy. No file is opened here.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import polars as pl

from contracts.errors import UsageError
from contracts.feeds import COMMON
from contracts.fields import Field, Kind
from contracts.mapping import ASIDE, Filter, Join, Mapping, Split
from contracts.parsing import LIST_SEPARATOR
from contracts.tables import Table

SEPARATORS = (",", "|", ";", "\t")
TESTS = ("equals", "not_equals", "in", "not_in")

# What each kind's format must tell, as sets of strptime directives of which one must stand.
_DAY = ({"%d", "%e"}, {"%m", "%b", "%B"}, {"%Y", "%y"})
_CLOCK = ({"%H", "%I"}, {"%M"})
_NEEDED: dict[Kind, tuple[set[str], ...]] = {
    Kind.DATE: _DAY,
    Kind.MONTH: _DAY[1:],
    Kind.TIME: _CLOCK,
    Kind.TIMESTAMP: _DAY,
}
_DIRECTIVES = set().union(*_DAY, *_CLOCK, {"%S", "%p", "%z", "%a", "%A"})


@dataclass(frozen=True)
class _Reader:
    """A mapping's text on its way: which feed it is for and where it stands."""

    table: Table
    place: str

    def refused(self, where: str, told: str) -> UsageError:
        return UsageError("mapping", f"{self.place}, {where}: {told}")

    def section(self, where: str, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.refused(where, "is no section. Write it in brackets with its lines below.")
        return value

    def known(self, where: str, name: str, names: Iterable[str], kind: str) -> None:
        choices = list(names)
        if name in choices:
            return
        near = get_close_matches(name, choices, n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(choices)}."
        raise self.refused(where, f"no {kind} is named {name}. {hint}")

    def ours(self, where: str, name: str) -> Field:
        columns = {column.name: column.field for column in (*self.table.columns, *COMMON)}
        self.known(where, name, columns, f"column of {self.table.name}")
        return columns[name]

    def text(self, where: str, name: str, value: object) -> str:
        if not isinstance(value, str):
            raise self.refused(where, f"{name} must be a text in quotes.")
        return value

    def theirs(self, where: str, value: object) -> str:
        name = self.text(where, "a column of the file", value)
        if name.startswith(ASIDE):
            raise self.refused(where, f"{name} begins with {ASIDE}: such columns are kept aside.")
        return name

    def texts(self, where: str, name: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            raise self.refused(where, f"{name} must be a list of texts, in brackets.")
        return tuple(self.text(where, f"each of {name}", one) for one in value)

    def by_column(self, tree: dict[str, Any], name: str, *kinds: Kind) -> dict[str, str]:
        """A section of `our column = "text"`, of columns of these kinds (none given: of any)."""
        where, section = f"[{name}]", self.section(f"[{name}]", tree.get(name, {}))
        for column, text in section.items():
            kind = self.ours(where, column).kind
            self.text(where, column, text)
            if kinds and kind not in kinds:
                told = " or ".join(kinds)
                raise self.refused(where, f"{column} is of kind {kind}, not {told}.")
        return section

    def formats(self, tree: dict[str, Any], name: str, *kinds: Kind) -> dict[str, str]:
        section = self.by_column(tree, name, *kinds)
        for column, form in section.items():
            self.format(f"[{name}]", self.ours("", column), form)
        return section

    def format(self, where: str, column: Field, form: str) -> None:
        found = set(re.findall(r"%.", form))
        if strange := sorted(found - _DIRECTIVES):
            known = " ".join(sorted(_DIRECTIVES))
            told = f"{column.name}: {strange[0]} is not among {known}."
            raise self.refused(where, told)
        for choices in _NEEDED[column.kind]:
            if not found & choices:
                told = f"{column.name}: the format lacks {' or '.join(sorted(choices))}."
                raise self.refused(where, told)
        if "%I" in found and "%p" not in found:
            raise self.refused(where, f"{column.name}: %I needs %p, or write %H.")
        if not _is_format(column.kind, form):
            told = f"{column.name}: hours need minutes, and %p needs %I."
            raise self.refused(where, told)
        if "%y" in found and column.name.endswith("birth_date"):
            told = f"{column.name}: two digits do not tell the century of a birth. Export four."
            raise self.refused(where, told)

    def admitted(self, where: str, column: Field, value: str) -> None:
        """A value that a mapping puts in must be one that the column admits."""
        choices = ("yes", "no") if column.kind is Kind.FLAG else column.allowed
        if choices and value and column.kind is not Kind.LIST:
            self.known(where, value, choices, f"value of {column.name}")

    def values(self, tree: dict[str, Any]) -> dict[str, dict[str, str]]:
        section = self.section("[values]", tree.get("values", {}))
        for name, pairs in section.items():
            where = f"[values.{name}]"
            column = self.ours(where, name)
            seen: set[str] = set()
            for theirs, value in self.section(where, pairs).items():
                if not theirs.strip():
                    raise self.refused(where, "an empty value is given by [default].")
                if theirs.strip() in seen:
                    raise self.refused(where, "a value stands twice, blanks around it aside.")
                seen.add(theirs.strip())
                self.admitted(where, column, self.text(where, theirs, value))
        return section

    def defaults(self, tree: dict[str, Any]) -> dict[str, str]:
        section = self.by_column(tree, "default")
        for name, value in section.items():
            self.admitted("[default]", self.ours("", name), value)
        return section

    def filter(self, spec: object) -> Filter:
        where, values = "[[filter]]", self.section("[[filter]]", spec)
        tests = [name for name in values if name != "column"]
        for name in tests:
            self.known(where, name, TESTS, "test")
        if len(tests) != 1 or "column" not in values:
            raise self.refused(where, f"give column and one of: {', '.join(TESTS)}.")
        (test,) = tests
        single = [values[test]] if "equals" in test else values[test]
        told = self.texts(where, test, single)
        return Filter(self.theirs(where, values["column"]), told, test.startswith("not_"))

    def split(self, column: str, spec: object) -> Split:
        where = f"[split.{json.dumps(column, ensure_ascii=False)}]"
        values = self.section(where, spec)
        for name in values:
            self.known(where, name, ("into", "separator", "pattern"), "setting")
        into = self.texts(where, "into", values.get("into"))
        for name in into:
            self.ours(where, name)
        if ("separator" in values) == ("pattern" in values):
            raise self.refused(where, "give either separator or pattern.")
        (how,) = values.keys() - {"into"}
        text = self.text(where, how, values[how])
        if not text:
            raise self.refused(where, f"{how} is empty.")
        if how == "pattern" and _groups(text) != len(into):
            raise self.refused(
                where, f"pattern must be a regular expression with {len(into)} groups, one each."
            )
        by = {"separator": None, "pattern": None, how: text}
        return Split(self.theirs(where, column), into, **by)

    def join(self, name: str, spec: object) -> Join:
        where = f"[join.{name}]"
        values, column = self.section(where, spec), self.ours(where, name)
        for key in values:
            self.known(where, key, ("columns", "separator"), "setting")
        columns = self.texts(where, "columns", values.get("columns"))
        is_list = column.kind is Kind.LIST
        usual = LIST_SEPARATOR if is_list else " "
        separator = self.text(where, "separator", values.get("separator", usual))
        if is_list and separator != LIST_SEPARATOR:
            raise self.refused(where, "is a list: its separator is the vertical bar. Leave it out.")
        return Join(name, tuple(self.theirs(where, one) for one in columns), separator)

    def mapping(self, tree: dict[str, Any]) -> Mapping:
        for name in tree:
            self.known("at its top", name, _SECTIONS, "section")
        version = tree.get("version")
        if type(version) is not int or version < 1:
            raise self.refused("at its top", "version must be a number: 1, and more for a change.")
        separator = tree.get("separator", ",")
        if separator not in SEPARATORS:
            raise self.refused("at its top", 'separator must be "," "|" ";" or "\\t".')
        filters = tree.get("filter", [])
        if not isinstance(filters, list):
            raise self.refused("[[filter]]", "is no list. Write it in doubled brackets.")
        rename = self.by_column(tree, "rename")
        splits = self.section("[split]", tree.get("split", {}))
        joins = self.section("[join]", tree.get("join", {}))
        return Mapping(
            version=version,
            separator=separator,
            ignore=self.texts("at its top", "ignore", tree["ignore"]) if "ignore" in tree else (),
            rename={ours: self.theirs("[rename]", name) for ours, name in rename.items()},
            date_format=self.formats(tree, "date_format", Kind.DATE, Kind.MONTH),
            time_format=self.formats(tree, "time_format", Kind.TIME, Kind.TIMESTAMP),
            strip=self.by_column(tree, "strip"),
            list_separator=self.by_column(tree, "list_separator", Kind.LIST),
            values=self.values(tree),
            default=self.defaults(tree),
            filters=tuple(self.filter(spec) for spec in filters),
            splits=tuple(self.split(column, spec) for column, spec in splits.items()),
            joins=tuple(self.join(name, spec) for name, spec in joins.items()),
        )

    def made_once(self, mapping: Mapping) -> Mapping:
        made = mapping.made
        for name in made:
            if made.count(name) > 1:
                told = f"{name} is made twice. Name it in one of rename, split and join."
                raise self.refused("as a whole", told)
        for one in mapping.joins:
            if one.into in mapping.list_separator:
                told = f"{one.into} is joined already by the vertical bar. Leave it out."
                raise self.refused("[list_separator]", told)
        for name in mapping.ignore:
            if name in mapping.used:
                raise self.refused("ignore", f"column {name} is used by another section, too.")
        return mapping


_SECTIONS = (
    "version", "separator", "ignore", "rename", "date_format", "time_format", "strip",
    "list_separator", "values", "default", "filter", "split", "join",
)  # fmt: skip


def _groups(pattern: str) -> int | None:
    """How many groups the pattern has for the engine that will use it; None for no pattern."""
    try:
        groups = pl.select(pl.lit("").str.extract_groups(pattern)).to_series()
    except pl.exceptions.PolarsError:
        return None
    return len(groups.struct.fields)


def _is_format(kind: Kind, form: str) -> bool:
    """Whether the engine that will use the format takes it."""
    text = pl.lit("").str
    match kind:
        case Kind.TIME:
            read = text.to_time(form, strict=False)
        case Kind.TIMESTAMP:
            read = text.to_datetime(form, strict=False)
        case _:
            read = text.to_date(f"%d {form}" if kind is Kind.MONTH else form, strict=False)
    try:
        pl.select(read)
    except pl.exceptions.PolarsError:
        return False
    return True


def _digest(tree: dict[str, Any]) -> str:
    """SHA-256 of what the file says: neither its comments nor the order of its lines."""
    text = json.dumps(tree, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def parse_mapping(text: str, table: Table, place: str) -> Mapping:
    """Read a mapping for a feed. `place` names its file.

    Raises UsageError that names file, section and remedy.
    """
    reader = _Reader(table, place)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        raise reader.refused("its text", f"{trouble}. Mend the line.") from None
    mapping = reader.made_once(reader.mapping(tree))
    return replace(mapping, digest=_digest(tree), text=text)
