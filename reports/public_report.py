"""The public form of a pack: its tables of the fixed list, small counts masked, in every format.

Putting it together, its page and its workbook belong here; which cells are masked is
`suppression`'s to say, and the cells' words are `public_rows`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from reports.csvfile import csv_bytes
from reports.disclosure import Release
from reports.figures import Labels
from reports.manifest import Form, Manifest
from reports.pack import with_bounds
from reports.pack_workbook import about, add_terms, terms_of
from reports.packs import Pack
from reports.page import render
from reports.public_counts import Counted
from reports.public_rows import MASK, MEANING, Printed, for_machines, printed, rows
from reports.public_tables import PublicTables, public_packs, public_tables
from reports.report import Report, json_bytes, note
from reports.spreadsheet import Book, SheetColumn, Style, header_text, lay_out, write_table
from reports.suppression import Utility, utility
from reports.words import label

_COLUMNS = (
    SheetColumn("measure_id", "Id", 8),
    SheetColumn("measure_title", "Measure", 32),
    SheetColumn("part_title", "Figure", 26),
    SheetColumn("row_stratum", "Split by", 20),
    SheetColumn("row_label", "Value", 28),
    SheetColumn("column_stratum", "And by", 20),
    SheetColumn("column_label", "Value", 22),
    SheetColumn("count", "Count", 10, Style.MASKABLE),
    SheetColumn("of", "Of", 10, Style.MASKABLE),
    SheetColumn("share", "Share", 9, Style.MASKABLE_SHARE),
)
WITHHELD = "Withheld: from this table masked counts could be worked out."


@dataclass(frozen=True)
class PublicReport(Report):
    """A report in its public form, what of it everyone can know, and how much is shown."""

    release: Release
    utility: Utility
    withheld: int


def public_report(
    pack: Pack, counted: Counted, chosen: Release, labels: Labels, manifest: Manifest
) -> PublicReport:
    """The pack's tables out of `chosen`, which `suppression.choose` made of all tables.

    Same input, same bytes. Raises ValueError for a manifest of another form.
    """
    if manifest.form is not Form.PUBLIC:
        raise ValueError("only a manifest of the public form is made public")
    measures = public_packs()[pack.name]
    tables = [counted.tables[layout.name] for layout in counted.of(measures)]
    names = {table.name for table in tables}
    release = chosen.within(cell for t in chosen.tables if t.name in names for cell in t.cells)
    flat = rows(counted, release, measures, labels)
    told = utility(tables, counted.counts, release)
    specs = [public_tables()[one] for one in measures]
    sections = {
        spec.measure: [printed(layout, release, labels) for layout in counted.of([spec.measure])]
        for spec in specs
    }
    return PublicReport(
        html=_page(pack, specs, sections, told, manifest),
        xlsx=_workbook(pack, specs, flat, sections, manifest),
        csv=csv_bytes(with_bounds(flat, manifest)),
        json=json_bytes(
            manifest, {"cells": for_machines(flat), "withheld": _withheld(specs, sections)}
        ),
        manifest=manifest.to_bytes(),
        release=release,
        utility=told,
        withheld=len(tables) - len(release.tables),
    )


def _page(
    pack: Pack,
    specs: Sequence[PublicTables],
    sections: Mapping[str, Sequence[Printed]],
    told: Utility,
    manifest: Manifest,
) -> bytes:
    lag = max(spec.definition.completeness_lag_days for spec in specs)
    return render(
        "public.html",
        title=pack.title,
        lead=pack.lead,
        note=note(manifest, lag),
        meaning=MEANING,
        withheld=WITHHELD,
        utility=told,
        manifest=manifest,
        digest=manifest.digest,
        sections=[
            {
                "anchor": spec.measure.replace("_", "-"),
                "definition": spec.definition,
                "part": spec.definition.parts[spec.part],
                "tables": sections[spec.measure],
            }
            for spec in specs
        ],
    )


def _withheld(
    specs: Sequence[PublicTables], sections: Mapping[str, Sequence[Printed]]
) -> pl.DataFrame:
    told = [
        (spec.definition.id, table.title)
        for spec in specs
        for table in sections[spec.measure]
        if table.is_withheld
    ]
    return pl.DataFrame(
        told, schema=dict.fromkeys(["measure_id", "table"], pl.String), orient="row"
    )


def _workbook(
    pack: Pack,
    specs: Sequence[PublicTables],
    flat: pl.DataFrame,
    sections: Mapping[str, Sequence[Printed]],
    manifest: Manifest,
) -> bytes:
    book = Book(f"{pack.title}, {manifest.period.label}", manifest.known_at)
    sheet = book.sheet("Tables")
    shown = flat.with_columns(
        pl.col("row_stratum", "column_stratum").map_elements(label, return_dtype=pl.String),
        share=pl.when(pl.col("percent") == MASK)
        .then("percent")
        .otherwise((pl.col("percent").cast(pl.Float64, strict=False) / 100).cast(pl.String)),
    )
    write_table(book, sheet, shown, _COLUMNS)
    lay_out(sheet, shown, _COLUMNS)
    sheet.set_footer(f"&L{header_text(book.title)}. Public form.&RPage &P of &N")
    missing = [(f"{i} {title}", WITHHELD) for i, title in _withheld(specs, sections).iter_rows()]
    terms = [*about(pack.title, manifest), ("Masked", MEANING), *missing]
    add_terms(book, [*terms, *terms_of([spec.definition for spec in specs])], manifest)
    return book.to_bytes()
