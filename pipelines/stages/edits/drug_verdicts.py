"""What the drug sets say about the national drug code of a line; most lines have none.

The lists are partial by purpose: what is not in them is told, and never stops a line.
"""

import polars as pl

UNITS_OF_TOLERANCE = 1  # quantities are rounded to thousandths before they are multiplied


def drug_verdicts(lines: pl.DataFrame, ndc: pl.DataFrame, ndc_hcpcs: pl.DataFrame) -> pl.DataFrame:
    """New columns only, null on lines without NDC and where the set cannot tell: `ndc_is_unlisted`,
    `ndc_is_of_other_procedure`, `ndc_quantity_is_off`.
    """
    numbered = lines.with_row_index("line")
    named = numbered.filter(pl.col("ndc").is_not_null()).select(
        "line", "ndc", "ndc_quantity", "ndc_unit", "procedure_code", "units", "service_date"
    )
    listed = ndc["code"].unique().implode()
    is_unlisted = ~pl.col("ndc").is_in(listed) if ndc.height else pl.lit(None, pl.Boolean)
    told = named.join(_crosswalked(named, ndc_hcpcs), on="line", how="left").select(
        "line",
        is_unlisted.alias("ndc_is_unlisted"),
        "ndc_is_of_other_procedure",
        "ndc_quantity_is_off",
    )
    index = numbered.select("line")
    return index.join(told, on="line", how="left", maintain_order="left").drop("line")


def _crosswalked(named: pl.DataFrame, ndc_hcpcs: pl.DataFrame) -> pl.DataFrame:
    """Of lines whose NDC is in the crosswalk on their day, by the rows of their procedure."""
    day, own = pl.col("service_date"), pl.col("procedure_code_listed") == pl.col("procedure_code")
    in_force = [
        *(pl.col(name).le(day).fill_null(True) for name in ("valid_from", "edition_from")),
        *(pl.col(name).ge(day).fill_null(True) for name in ("valid_to", "edition_to")),
    ]
    quantity = pl.col("ndc_quantity").cast(pl.Float64) * pl.col("units_per_ndc_unit").cast(
        pl.Float64
    )
    is_near = (quantity - pl.col("units").cast(pl.Float64)).abs() <= UNITS_OF_TOLERANCE
    agrees = is_near & (pl.col("ndc_unit") == pl.col("ndc_unit_listed"))
    return (
        named.join(ndc_hcpcs, on="ndc", suffix="_listed")
        .filter(in_force)
        .group_by("line")
        .agg(
            ndc_is_of_other_procedure=~own.any(),
            ndc_quantity_is_off=pl.when(own.any()).then(
                ~agrees.filter(own).any(ignore_nulls=False)
            ),
        )
    )
