"""Pack reports: a pack of measures in every format.

Putting a report together belongs here; pages, workbooks and counts stand beside.
"""

import polars as pl

from reports.csvfile import csv_bytes
from reports.figures import name_of, sections
from reports.manifest import Manifest
from reports.measure import Kind, definition
from reports.measuring import ALL
from reports.pack_page import pack_page
from reports.pack_workbook import pack_workbook
from reports.packs import Pack, focus_areas
from reports.report import Report, Surroundings, json_bytes

READINESS = "readiness"


def pack_report(
    pack: Pack, result: pl.DataFrame, surroundings: Surroundings, manifest: Manifest
) -> Report:
    """The pack over `result`, which `measuring.measure` counted for at least its measures.

    Same input, same bytes.
    """
    told = sections(result, pack.measures, surroundings.labels, surroundings.targets)
    areas = focus_areas() if pack.name == READINESS else ()
    rows = flat(result, pack, surroundings)
    return Report(
        html=pack_page(pack, told, areas, surroundings, manifest),
        xlsx=pack_workbook(pack, rows, told, areas, manifest),
        csv=csv_bytes(with_bounds(rows, manifest)),
        json=json_bytes(manifest, {"figures": rows}),
        manifest=manifest.to_bytes(),
    )


def flat(result: pl.DataFrame, pack: Pack, surroundings: Surroundings) -> pl.DataFrame:
    """The pack's rows for machines: measures in order, names beside codes, target beside share."""
    kept = pl.concat([result.clear(), *(result.filter(measure=name) for name in pack.measures)])
    pairs = kept.select("stratum", "value").unique()
    named = pairs.with_columns(
        label=pl.Series(
            [name_of(stratum, value, surroundings.labels) for stratum, value in pairs.iter_rows()],
            dtype=pl.String,
        )
    )
    titles = [
        (name, told.title, part, one.title, one.kind.value, surroundings.targets.get((name, part)))
        for name in pack.measures
        for told in [definition(name)]
        for part, one in told.parts.items()
    ]
    names = ["measure", "measure_title", "part", "part_title", "kind", "target_percent"]
    words = pl.DataFrame(
        titles, schema=dict.fromkeys(names[:5], pl.String) | {names[5]: pl.Int64}, orient="row"
    )
    return (
        kept.join(named, on=["stratum", "value"], how="left", maintain_order="left")
        .join(words, on=["measure", "part"], how="left", maintain_order="left")
        .select(
            "measure_id", "measure_title", "part", "part_title", "kind", "stratum", "value",
            pl.when(pl.col("stratum") == ALL).then(pl.lit("All")).otherwise("label").alias("label"),
            "numerator", "denominator",
            _share().alias("share"), "amount", "amount_of", "median_days", "exempt", "open",
            "unknown", "target_percent",
        )
    )  # fmt: skip


def _share() -> pl.Expr:
    """Of counts, or of dollars."""
    of_dollars = pl.col("kind") == Kind.DOLLAR_SHARE
    cents = [pl.col(name).cast(pl.Float64) * 100 for name in ("amount", "amount_of")]
    some = pl.when(of_dollars).then(cents[0]).otherwise("numerator")
    of = pl.when(of_dollars).then(cents[1]).otherwise("denominator")
    return pl.when(of > 0).then((some / of).round(6))


def with_bounds(rows: pl.DataFrame, manifest: Manifest) -> pl.DataFrame:
    """Rows as a file that stands alone: agency, form and period before the rest."""
    return rows.select(
        pl.lit(manifest.agency).alias("agency"),
        pl.lit(manifest.form.value).alias("form"),
        pl.lit(manifest.period.starts_on).alias("period_starts_on"),
        pl.lit(manifest.period.ends_on).alias("period_ends_on"),
        pl.lit(manifest.as_of).alias("as_of"),
        pl.all(),
    )
