"""What the code sets say about a line's diagnoses, modifiers and place on its service date.

Each function gives a frame of new columns only, one row a line, in the lines' order. Verdicts are
null where the set is empty or reaches not back to the day: the edits then report not evaluated.
"""

from collections.abc import Mapping

import polars as pl

from codesets.lookup import lookup
from pipelines.stages.edits.drug_verdicts import drug_verdicts
from pipelines.stages.edits.procedure_verdicts import procedure_verdicts
from pipelines.stages.edits.special_codes import special_codes

DECISIVE_SETS = (
    "icd10cm", "hcpcs_modifiers", "prerelease_services", "ncci_mue", "cpt_category",
)  # fmt: skip
"""The sets that decide whether a service may be billed."""

ADVISORY_SETS = (
    "hcpcs", "rates", "ncci_ptp", "ndc", "ndc_hcpcs", "ecm_cs_codes", "care_bundles",
    "place_of_service", "revenue_code", "type_of_bill", "delay_reasons",
)  # fmt: skip
"""The sets that tell what is amiss with one, and permit nothing."""

CODE_SETS = (*DECISIVE_SETS, *ADVISORY_SETS)
"""The sets that `service_context` reads: load each with `CodeSets.table`."""

INPATIENT_PLACES = "Inpatient"  # how place_of_service names them
INPATIENT_ROOMS = "^(room,|all-inclusive rate|intensive care|coronary care)"  # of revenue_code
CATEGORY_DIGITS = 3  # of a revenue code: 0110 lies in 011X


def code_verdicts(lines: pl.DataFrame, codes: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """All verdict columns of the encounter lines, which have `diagnoses` and service_date."""
    parts = [
        _any_bad(lines, "diagnoses", _diagnosis_verdicts(lines, codes["icd10cm"])),
        _any_bad(lines, "modifiers", _modifier_verdicts(lines, codes["hcpcs_modifiers"])),
        procedure_verdicts(lines, codes),
        special_codes(lines, codes),
        drug_verdicts(lines, codes["ndc"], codes["ndc_hcpcs"]),
        _places(lines, codes["place_of_service"], codes["revenue_code"]),
    ]
    return pl.concat(parts, how="horizontal")


def _listed(lines: pl.DataFrame, column: str) -> pl.DataFrame:
    """(line, code, on): one row for each element of a list column."""
    return (
        lines.select(
            pl.int_range(pl.len(), dtype=pl.UInt32).alias("line"),
            pl.col(column).alias("code"),
            pl.col("service_date").alias("on"),
        )
        .explode("code")
        .drop_nulls("code")
    )


def _pairs(lines: pl.DataFrame, column: str) -> pl.DataFrame:
    return _listed(lines, column).select("code", "on").unique()


def _diagnosis_verdicts(lines: pl.DataFrame, icd10cm: pl.DataFrame) -> pl.DataFrame:
    """(code, on) with what is wrong with it, for the pairs that occur."""
    verdicts = lookup(icd10cm, _pairs(lines, "diagnoses"), ["billable"])
    is_known = pl.col("is_known") if icd10cm.height else pl.lit(None, pl.Boolean)
    in_force = pl.col("is_in_force")
    header = in_force & ~pl.col("billable")
    return verdicts.select(
        "code",
        "on",
        diagnosis_is_unknown=~is_known,
        diagnosis_is_not_in_force=is_known & ~in_force,
        diagnosis_is_not_billable=pl.when(in_force.is_not_null()).then(header),
    )


def _modifier_verdicts(lines: pl.DataFrame, modifiers: pl.DataFrame) -> pl.DataFrame:
    verdicts = lookup(modifiers, _pairs(lines, "modifiers"))
    return verdicts.select("code", "on", modifier_is_unknown=~pl.col("is_in_force"))


def _any_bad(lines: pl.DataFrame, column: str, verdicts: pl.DataFrame) -> pl.DataFrame:
    """For each line and verdict: any element true; else null if any is null; else false.

    Only pairs that are not wholly in order are joined back: there are few.
    """
    names = [name for name in verdicts.columns if name not in {"code", "on"}]
    in_order = pl.all_horizontal((~pl.col(name)).fill_null(False) for name in names)
    odd = verdicts.filter(~in_order)
    by_line = (
        _listed(lines, column)
        .join(odd, on=["code", "on"])
        .group_by("line")
        .agg(pl.col(name).any(ignore_nulls=False) for name in names)
        .with_columns(pl.lit(True).alias("is_odd"))
    )
    index = lines.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("line"))
    joined = index.join(by_line, on="line", how="left", maintain_order="left")
    return joined.select(
        pl.when(pl.col("is_odd")).then(pl.col(name)).otherwise(False).alias(name) for name in names
    )


def _places(
    lines: pl.DataFrame, place_of_service: pl.DataFrame, revenue_code: pl.DataFrame
) -> pl.DataFrame:
    """`place_is_unknown`, and `is_inpatient` by place or by the room that is charged."""
    keys = lines.select("place_of_service", "revenue_code")
    label, unset = pl.col("label"), pl.lit(None, pl.Boolean)
    by_place = label.str.starts_with(INPATIENT_PLACES).fill_null(False)
    told = place_of_service.select("label", place_of_service="code").unique("place_of_service")
    verdicts = (
        keys.unique()
        .join(told, on="place_of_service", how="left")
        .with_columns(
            place_is_unknown=label.is_null() if told.height else unset,
            is_inpatient=(by_place if told.height else unset) | _charges_room(revenue_code),
        )
        .drop("label")
    )
    joined = keys.join(verdicts, on=keys.columns, maintain_order="left", nulls_equal=True)
    return joined.drop(keys.columns)


def _charges_room(revenue_code: pl.DataFrame) -> pl.Expr:
    """Null where a revenue code is given and none is set."""
    rooms = revenue_code.filter(pl.col("label").str.contains(INPATIENT_ROOMS))["code"]
    category = pl.col("revenue_code").str.head(CATEGORY_DIGITS)
    is_room = category.is_in(rooms.str.head(CATEGORY_DIGITS).unique().implode())
    told = is_room if revenue_code.height else pl.lit(None, pl.Boolean)
    return pl.when(pl.col("revenue_code").is_null()).then(False).otherwise(told)
