"""What the code sets say about a line's diagnoses, modifiers and procedure on its service date.

Each function gives a frame of new columns only, one row a line, in the lines' order. Verdicts are
null where the set is empty or reaches not back to the day: the edits then report not evaluated.
"""

from collections.abc import Mapping

import polars as pl

from codesets.lookup import lookup

CODE_SETS = ("icd10cm", "hcpcs_modifiers", "prerelease_services", "ncci_mue", "cpt_category")
"""The sets that `service_context` reads: load each with `CodeSets.table`."""

CLIA_SPAN = "CLIA needed"  # how cpt_category ends the category of its laboratory span


def code_verdicts(lines: pl.DataFrame, codes: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """All verdict columns; `lines` has service_date, diagnoses, modifiers and procedure_code."""
    parts = [
        _any_bad(lines, "diagnoses", _diagnosis_verdicts(lines, codes["icd10cm"])),
        _any_bad(lines, "modifiers", _modifier_verdicts(lines, codes["hcpcs_modifiers"])),
        _procedures(lines, codes),
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
        .filter(pl.col("code").list.len() > 0)
        .explode("code")
    )


def _pairs(lines: pl.DataFrame, column: str) -> pl.DataFrame:
    return _listed(lines, column).select("code", "on").unique()


def _diagnosis_verdicts(lines: pl.DataFrame, icd10cm: pl.DataFrame) -> pl.DataFrame:
    """(code, on) with what is wrong with it, for the pairs that occur."""
    verdicts = lookup(icd10cm, _pairs(lines, "diagnoses"), ["billable"])
    is_known = pl.col("is_known") if icd10cm.height else pl.lit(None, pl.Boolean)
    in_force = pl.col("is_in_force")
    header = in_force & ~pl.col("billable").fill_null(True)
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


def _procedures(lines: pl.DataFrame, codes: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    keys = lines.select(code="procedure_code", on="service_date")
    pairs = keys.unique()
    verdicts = pl.concat(
        [
            _coverage(pairs, codes["prerelease_services"]),
            _unit_limits(pairs, codes["ncci_mue"]),
            _laboratory(pairs, codes["cpt_category"]),
        ],
        how="horizontal",
    )
    joined = keys.join(verdicts, on=["code", "on"], how="left", maintain_order="left")
    return joined.drop("code", "on")


def _coverage(pairs: pl.DataFrame, prerelease_services: pl.DataFrame) -> pl.DataFrame:
    """(code, on), whether it is covered before release, and what the set asks of it."""
    asked = ["service_category", "needs_authorization", "needs_ndc"]
    return lookup(prerelease_services, pairs, asked).select(
        "code",
        "on",
        procedure_is_covered="is_in_force",
        covered_category="service_category",
        needs_authorization="needs_authorization",
        needs_ndc="needs_ndc",
    )


def _unit_limits(pairs: pl.DataFrame, ncci_mue: pl.DataFrame) -> pl.DataFrame:
    """The most units a day, where the set knows the code, and whether the set has an answer."""
    return lookup(ncci_mue, pairs, ["mue_practitioner"]).select(
        units_limit=pl.when(pl.col("mue_practitioner") > 0).then("mue_practitioner"),
        unit_limits_are_set=pl.col("is_in_force").is_not_null(),
    )


def _laboratory(pairs: pl.DataFrame, cpt_category: pl.DataFrame) -> pl.DataFrame:
    """Whether the code lies in the laboratory span, for which a CLIA certificate is needed."""
    spans = cpt_category.filter(pl.col("category").str.ends_with(CLIA_SPAN))
    code = pl.col("code")
    within = [
        code.is_between(pl.lit(first), pl.lit(last)) & code.str.len_bytes().eq(len(first))
        for first, last in spans.select("code_from", "code_to").iter_rows()
    ]
    verdict = pl.any_horizontal(within) if within else pl.lit(None, pl.Boolean)
    return pairs.with_columns(is_laboratory=verdict).select("is_laboratory")
