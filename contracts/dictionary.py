"""Dictionary: the tables and columns of the contracts, told as Markdown.

Nothing is described here: meanings live in the vocabulary, columns in `feeds.py` and `derived.py`.
`python -m contracts.dictionary > docs/data-dictionary.md` writes the page that the docs hold.
"""

import sys
from collections.abc import Iterable

from contracts.derived import DERIVED
from contracts.feeds import (
    COMMON,
    EXACT_DUPLICATES,
    FEEDS,
    ORIGIN,
    QUARANTINE,
    RESPONSES,
    SAID,
)
from contracts.fields import DTYPES, Field, Kind, Privacy
from contracts.parsing import SHAPES
from contracts.remittances import REMITTED
from contracts.tables import Column, Table

_HEAD = """# Data dictionary

Every table that files fill and that a run makes. Written by
`python -m contracts.dictionary > docs/data-dictionary.md`; change `contracts/`, not this page.

Columns in bold are the key. What is not required may be empty, and its column absent from a file.
"""

_PRIVACY = {
    Privacy.NONE: "Tells nothing about a person.",
    Privacy.IDENTIFIER: "Names a person or points at one.",
    Privacy.HEALTH: "Tells about care or coverage.",
    Privacy.PART_2: "May hold substance-use records (42 CFR Part 2).",
}

_FACTS = (
    "A feed lies in the lake as `<feed>_facts`, every version that was received: these columns, "
    "then the feed's own and the common ones. `file_id` and `row_number` are the key there."
)


def render() -> str:
    """The whole page."""
    parts = [_HEAD, _kinds(), _privacy(), _index()]
    parts += ["## Feeds\n", *map(_table, FEEDS.values())]
    parts += ["## Common columns\n\nEvery feed may carry these, too.\n\n" + _columns(COMMON)]
    parts += ["## Facts\n\n" + _FACTS + "\n\n" + _columns(ORIGIN)]
    parts += ["## Beside the facts\n", *map(_table, _BESIDE)]
    parts += ["## Derived tables\n", *map(_table, DERIVED.values())]
    return "\n".join(parts)


_BESIDE = (RESPONSES, *SAID, *REMITTED.values(), QUARANTINE, EXACT_DUPLICATES)


def _lines(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(header)
    table = [titles, ["---"] * len(titles), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in table)


def _kinds() -> str:
    shapes = {kind: shape.remedy for kind, shape in SHAPES.items()}
    rows = [[kind, str(DTYPES[kind]), shapes.get(kind, "As it is.")] for kind in Kind]
    return "## Kinds\n\n" + _lines(("kind", "type", "in a file"), rows)


def _privacy() -> str:
    rows = ([privacy, told] for privacy, told in _PRIVACY.items())
    return "## Privacy classes\n\n" + _lines(("class", "meaning"), rows)


def _index() -> str:
    tables = (*FEEDS.values(), *_BESIDE, *DERIVED.values())
    rows = ([f"[{table.name}](#{table.name})", table.meaning] for table in tables)
    return "## Tables\n\n" + _lines(("table", "meaning"), rows)


def _table(table: Table) -> str:
    rules = [f"- `{rule.column}`: {rule.reason}. {rule.remedy}\n" for rule in table.requirements]
    refused = ["\nQuarantined, too:\n\n", *rules] if rules else []
    return f"### {table.name}\n\n{table.meaning}\n\n{_columns(table.columns)}{''.join(refused)}"


def _columns(columns: Iterable[Column]) -> str:
    header = ("column", "kind", "type", "required", "privacy", "admits", "meaning")
    return _lines(header, map(_cells, columns))


def _cells(column: Column) -> list[str]:
    field = column.field
    return [
        f"**{column.name}**" if column.is_key else column.name,
        field.kind,
        str(field.dtype),
        "" if column.is_optional else "yes",
        field.privacy,
        _admits(field),
        field.meaning,
    ]


def _admits(field: Field) -> str:
    told = [", ".join(f"`{value}`" for value in field.allowed)]
    told += [f"`{field.pattern}`".replace("|", "\\|")] if field.pattern else []
    told += [f"at most {field.max_length} characters"] if field.max_length is not None else []
    told += [f"at least {field.minimum}"] if field.minimum is not None else []
    return "; ".join(filter(None, told))


if __name__ == "__main__":
    sys.stdout.write(render())
