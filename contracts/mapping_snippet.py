"""Snippets: a proposed mapping as TOML to paste, with what is left to decide as comments."""

import json
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Lookup

from contracts.mapping import Mapping

_FLAT = ("rename", "date_format", "time_format", "strip", "list_separator")


def quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def snippet(
    mapping: Mapping, *, is_new: bool, unnamed: Iterable[str] = (),
    open_values: Lookup[str, Iterable[str]] | None = None,
) -> str:  # fmt: skip
    """The mapping's text; only additions where one exists (`is_new` false).

    `unnamed`: columns for which nothing is proposed. `open_values`: per column of ours the values
    that need a meaning.
    """
    lines = ["version = 1"] if is_new else []
    lines += _lines(mapping, list(unnamed), open_values or {})
    return "\n".join(lines).lstrip("\n") + "\n" if lines else ""


def _lines(
    mapping: Mapping, unnamed: list[str], open_values: Lookup[str, Iterable[str]]
) -> Iterator[str]:
    if mapping.separator != ",":
        yield f"separator = {quoted(mapping.separator)}"
    if unnamed:
        yield "# Nothing of the feed is like these; to leave them out:"
        yield f"# ignore = [{', '.join(map(quoted, unnamed))}]"
    for name in _FLAT:
        if section := getattr(mapping, name):
            yield f"\n[{name}]"
            yield from (f"{ours} = {quoted(text)}" for ours, text in section.items())
    for ours in dict.fromkeys([*mapping.values, *open_values]):
        yield f"\n[values.{ours}]"
        pairs = mapping.values.get(ours, {})
        yield from (f"{quoted(theirs)} = {quoted(value)}" for theirs, value in pairs.items())
        yield from (f'# {quoted(theirs)} = "?"' for theirs in open_values.get(ours, ()))
