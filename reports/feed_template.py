"""Feed templates: an empty file in a feed's columns, as CSV or as a workbook with notes.

What a column means is told by the contract; here it is only laid out. Intake takes both, filled.
"""

from datetime import UTC, datetime

from contracts.feeds import COMMON
from contracts.fields import Kind
from contracts.parsing import SHAPES
from contracts.tables import Column, Table
from reports.spreadsheet import Book, Style

_MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)  # equal contracts, equal bytes
_NARROWEST = 12
_NOTE = {"x_scale": 2.6, "y_scale": 1.8, "font_size": 9}


def as_csv(table: Table) -> bytes:
    """The header row."""
    return (",".join([*table.names, *(c.name for c in COMMON)]) + "\r\n").encode()


def as_workbook(table: Table) -> bytes:
    """One sheet: a frozen header whose cells carry notes; cells below hold text as it is typed."""
    book = Book(f"Template of feed {table.name}", _MADE_AT)
    sheet = book.sheet(table.name)
    for place, column in enumerate((*table.columns, *COMMON)):
        width = max(_NARROWEST, len(column.name) + 3)
        sheet.set_column(place, place, width, book.format(Style.TEXT))
        sheet.write_string(0, place, column.name, book.header(Style.TEXT))
        sheet.write_comment(0, place, note(column), _NOTE)
    sheet.freeze_panes(1, 0)
    return book.to_bytes()


def note(column: Column) -> str:
    """What is to be known of a column, in a few lines."""
    field = column.field
    needed = "Part of the key. " if column.is_key else ""
    lines = [field.meaning, needed + ("May be empty." if column.is_optional else "Required.")]
    lines.append(f"Kind: {field.kind}.")
    if field.kind in SHAPES and field.kind is not Kind.LIST:
        lines.append(f"Form: {EXAMPLES[field.kind]}.")
    if field.kind is Kind.LIST:
        lines.append("Elements are separated by |.")
    if field.allowed:
        lines.append(f"One of: {', '.join(field.allowed)}.")
    if field.pattern:
        lines.append(f"Matches {field.pattern}.")
    if field.max_length is not None:
        lines.append(f"At most {field.max_length} characters.")
    return "\n".join(lines)


EXAMPLES = {
    Kind.DATE: "2026-09-14",
    Kind.MONTH: "2026-09",
    Kind.TIMESTAMP: "2026-09-14T09:05-07:00, or local without offset",
    Kind.TIME: "09:05",
    Kind.INTEGER: "30",
    Kind.MONEY: "1240.50",
    Kind.QUANTITY: "2 or 2.5",
    Kind.FLAG: "yes or no",
}
