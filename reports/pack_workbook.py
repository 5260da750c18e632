"""The workbook of a pack: its figures, the data behind them, the form to fill, the definitions.

Which sheets there are belongs here; how cells are written is `spreadsheet.py`.
"""

from collections.abc import Sequence

import polars as pl

from reports.figures import Section
from reports.manifest import Form, Manifest
from reports.measure import Definition
from reports.measuring import ALL
from reports.packs import FocusArea, Pack
from reports.spreadsheet import (
    Book,
    SheetColumn,
    Style,
    header_text,
    lay_out,
    level_rows,
    write_table,
)
from reports.words import day, instant, label

_FIGURES = (
    SheetColumn("measure_id", "Id", 8),
    SheetColumn("measure_title", "Measure", 34),
    SheetColumn("part_title", "Figure", 28),
    SheetColumn("numerator", "Numerator", 12, Style.WHOLE),
    SheetColumn("denominator", "Denominator", 12, Style.WHOLE),
    SheetColumn("share", "Share", 9, Style.SHARE),
    SheetColumn("amount", "Dollars", 16, Style.MONEY),
    SheetColumn("amount_of", "Of dollars", 16, Style.MONEY),
    SheetColumn("median_days", "Days", 9, Style.TENTHS),
    SheetColumn("exempt", "Exempt", 9, Style.WHOLE),
    SheetColumn("open", "Open", 9, Style.WHOLE),
    SheetColumn("unknown", "Unknown", 9, Style.WHOLE),
    SheetColumn("target", "Target", 9, Style.SHARE),
)
_SPLIT = (SheetColumn("stratum", "Split by", 22), SheetColumn("label", "Value", 30))
_DATA = (*_FIGURES[:3], *_SPLIT, *_FIGURES[3:-1])
_FORMS = {
    Form.OPERATIONAL: "Operational: true counts, small ones included. Not for publication.",
    Form.PUBLIC: "Public: a fixed list of tables, counts from 1 to 10 masked.",
}
_FORM = (
    SheetColumn("area", "Focus area", 28, Style.WRAPPED),
    SheetColumn("question", "To be told", 60, Style.WRAPPED),
    SheetColumn("answer", "Answer", 60, Style.ENTRY),
    SheetColumn("evidence", "Evidence", 34, Style.ENTRY),
)
_TERMS = (
    SheetColumn("term", "Term", 30, Style.WRAPPED),
    SheetColumn("meaning", "Meaning", 110, Style.WRAPPED),
)


def pack_workbook(
    pack: Pack,
    rows: pl.DataFrame,
    sections: Sequence[Section],
    areas: Sequence[FocusArea],
    manifest: Manifest,
) -> bytes:
    """The pack as XLSX. `rows` as `pack.flat` makes them."""
    book = Book(f"{pack.title}, {manifest.period.label}", manifest.known_at)
    add_measures(book, rows)
    if areas:
        _form(book, areas)
    terms = [*about(pack.title, manifest), *terms_of([one.definition for one in sections])]
    add_terms(book, terms, manifest)
    return book.to_bytes()


def add_measures(book: Book, rows: pl.DataFrame) -> None:
    """Sheets Figures (the whole period) and Data (every stratum) of measures."""
    told = rows.with_columns(
        target=pl.col("target_percent") / 100,
        stratum=_named(rows["stratum"]),
    )
    _sheet(book, "Figures", told.filter(rows["stratum"] == ALL), _asked(_FIGURES, rows))
    _sheet(book, "Data", told, _asked(_DATA, rows))


def _asked(columns: Sequence[SheetColumn], rows: pl.DataFrame) -> list[SheetColumn]:
    """Columns of dollars only where a measure counts any."""
    has_dollars = rows["amount"].count() > 0
    return [one for one in columns if has_dollars or not one.name.startswith("amount")]


def _named(strata: pl.Series) -> pl.Series:
    return strata.replace({one: label(one) for one in strata.unique().to_list()})


def _sheet(book: Book, name: str, frame: pl.DataFrame, columns: Sequence[SheetColumn]) -> None:
    sheet = book.sheet(name)
    write_table(book, sheet, frame, columns)
    lay_out(sheet, frame, columns)
    sheet.set_footer(f"&L{header_text(book.title)}: {name}. Not for publication.&RPage &P of &N")


def _form(book: Book, areas: Sequence[FocusArea]) -> None:
    rows = [(area.title, question, None, None) for area in areas for question in area.questions]
    names = [column.name for column in _FORM]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    _sheet(book, "Form", frame, _FORM)


def about(title: str, manifest: Manifest) -> list[tuple[str, str]]:
    """What a reader must know of any report."""
    return [
        ("Report", title),
        ("Agency", manifest.agency),
        ("County", manifest.county),
        ("Period", manifest.period.label),
        ("As of", day(manifest.as_of)),
        ("What was known by", instant(manifest.known_at)),
        ("Form", _FORMS[manifest.form]),
        ("Exempt", "The measure does not ask it of them: in no share."),
        ("Open", "The time for it is not over on the as-of day: in no share."),
        ("Unknown", "The data do not tell: in no share."),
    ]


def terms_of(definitions: Sequence[Definition]) -> list[tuple[str, str]]:
    """Every definition, term by term."""
    return [term for told in definitions for term in _terms(told)]


def _terms(told: Definition) -> list[tuple[str, str]]:
    parts = [(f"{told.id} {part.title}", part.meaning) for part in told.parts.values()]
    return [
        (f"{told.id} {told.title}", told.question),
        *parts,
        (f"{told.id} denominator", told.denominator),
        (f"{told.id} exclusions", told.exclusions),
        (f"{told.id} period anchor", told.period_anchor),
        (f"{told.id} look-back", told.look_back),
        (f"{told.id} documentation arrives", f"for about {told.completeness_lag_days} days"),
        (f"{told.id} source", f"{told.source} Version {told.version}, {told.status}."),
        *((f"{told.id} caveat", caveat) for caveat in told.caveats),
    ]


def add_terms(book: Book, terms: Sequence[tuple[str, str]], manifest: Manifest) -> None:
    """Sheet Definitions: terms, then what the report follows from."""
    rows = [
        *terms,
        ("Manifest SHA-256", manifest.digest),
        ("Program version", manifest.code_version),
    ]
    sheet = book.sheet("Definitions")
    frame = pl.DataFrame(rows, schema={"term": pl.String, "meaning": pl.String}, orient="row")
    write_table(book, sheet, frame, _TERMS)
    lay_out(sheet, frame, _TERMS)
    level_rows(sheet, frame, _TERMS)
