"""The workbook of the services-delivered report: a sheet for each cut, all counts, definitions.

Which sheets there are belongs here; how cells are written is `spreadsheet.py`.
"""

from collections.abc import Sequence

import polars as pl

from reports.figures import Section
from reports.manifest import Manifest
from reports.measure import Definition
from reports.pack_workbook import about, add_measures, add_terms, terms_of
from reports.services_counts import CATEGORIES, split
from reports.spreadsheet import (
    Book,
    SheetColumn,
    Style,
    header_text,
    lay_out,
    write_table,
)
from reports.words import label, month_label

_FACILITY = SheetColumn("facility_name", "Facility", 34)
_MONTH = SheetColumn("month", "Month", 18)
_CATEGORY = SheetColumn("service_category", "Service category", 30)
_COUNTS = (
    "people_served",
    "service_count",
    "minutes",
    "services_with_minutes",
    "clean_count",
    "held_count",
    "rejected_count",
)
_REACH = ("activated_people", "activated_people_served")
_SHARE = SheetColumn("share", "Share of activated", 11, Style.SHARE)


def services_workbook(
    counts: pl.DataFrame,
    definition: Definition,
    rows: pl.DataFrame,
    sections: Sequence[Section],
    manifest: Manifest,
) -> bytes:
    """The report as XLSX. `counts` as `count_services` makes them, `rows` as `pack.flat` does."""
    book = Book(f"{definition.title}, {manifest.period.label}", manifest.known_at)
    numbers = _numbers(definition, _COUNTS)
    reach = (*_numbers(definition, _REACH), _SHARE)
    sheets = (
        ("By category", "service_category", (_CATEGORY, *numbers, *reach)),
        ("By facility", "facility_id", (_FACILITY, *numbers)),
        ("By month", "month", (_MONTH, *numbers, *reach)),
    )
    for name, dimension, columns in sheets:
        parts = pl.concat([split(counts, dimension), counts.head(1)])
        _sheet(book, name, parts, columns, has_total=True)
    every = (_FACILITY, _MONTH, _CATEGORY, *numbers, *reach)
    _sheet(book, "All counts", counts, every, has_total=False)
    add_measures(book, rows)
    terms = [*about(definition.title, manifest), *_terms(definition)]
    terms += terms_of([section.definition for section in sections])
    add_terms(book, terms, manifest)
    return book.to_bytes()


def _numbers(definition: Definition, names: tuple[str, ...]) -> tuple[SheetColumn, ...]:
    return tuple(
        SheetColumn(name, definition.columns[name].title, 12, Style.WHOLE) for name in names
    )


def _sheet(
    book: Book,
    name: str,
    counts: pl.DataFrame,
    columns: tuple[SheetColumn, ...],
    *,
    has_total: bool,
) -> None:
    sheet = book.sheet(name)
    shown = _shown(counts)
    write_table(book, sheet, shown, columns, has_total=has_total)
    lay_out(sheet, shown, columns)
    sheet.set_footer(f"&L{header_text(book.title)}: {name}. Not for publication.&RPage &P of &N")


def _shown(counts: pl.DataFrame) -> pl.DataFrame:
    share = pl.col("activated_people_served") / pl.col("activated_people")
    months = counts.get_column("month").drop_nulls().unique().to_list()
    return counts.with_columns(
        pl.col("facility_name").fill_null("All facilities"),
        pl.col("month").replace({m: month_label(m) for m in months}).fill_null("All months"),
        pl.col("service_category")
        .replace({code: label(code) for code in CATEGORIES})
        .fill_null("All categories"),
        pl.when(pl.col("activated_people") > 0).then(share).alias("share"),
    )


def _terms(definition: Definition) -> list[tuple[str, str]]:
    return [
        ("Question", definition.question),
        ("Numerator", definition.numerator),
        ("Denominator", definition.denominator),
        ("Exclusions", definition.exclusions),
        ("Period anchor", definition.period_anchor),
        ("Look-back", definition.look_back),
        ("Documentation arrives", f"for about {definition.completeness_lag_days} days"),
        ("Source", definition.source),
        ("Version and status", f"{definition.version}, {definition.status}"),
        *((column.title, column.meaning) for column in definition.columns.values()),
        *(("Caveat", caveat) for caveat in definition.caveats),
    ]
