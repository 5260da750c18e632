"""What the code sets say about a line's procedure on its service date: asked once for each pair.

Belongs here: what hangs on code and day alone. Not here: codes told by their modifiers
(special_codes), drugs (drug_verdicts).
"""

from collections.abc import Mapping

import polars as pl

from codesets.lookup import lookup

CLIA_SPAN = "CLIA needed"  # how cpt_category ends the category of its laboratory span
EVALUATIONS = "^(office|home or residence|emergency|consult) E/M"  # categories of visits
GROUP_SESSION = "^group "  # categories of services to several persons at once
HCPCS_FORM = "^[A-CE-V][0-9]{4}$"  # level II; codes with D are dental, and not in the file


def procedure_verdicts(lines: pl.DataFrame, codes: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """New columns only; `lines` has procedure_code and service_date."""
    keys = lines.select(code="procedure_code", on="service_date")
    pairs = keys.unique()
    verdicts = pl.concat(
        [
            _coverage(pairs, codes["prerelease_services"]),
            _unit_limits(pairs, codes["ncci_mue"]),
            _kinds(pairs, codes["cpt_category"]),
            _in_hcpcs(pairs, codes["hcpcs"]),
            _rate(pairs, codes["rates"]),
        ],
        how="horizontal",
    )
    joined = keys.join(verdicts, on=["code", "on"], how="left", maintain_order="left")
    return joined.drop("code", "on")


def _coverage(pairs: pl.DataFrame, prerelease_services: pl.DataFrame) -> pl.DataFrame:
    """(code, on), whether it is covered before release, and what the set asks of it."""
    asked = [
        "service_category", "needs_authorization", "needs_ndc", "allowed_credentials",
        "minutes_per_unit",
    ]  # fmt: skip
    return lookup(prerelease_services, pairs, asked).select(
        "code",
        "on",
        procedure_is_covered="is_in_force",
        covered_category="service_category",
        needs_authorization="needs_authorization",
        needs_ndc="needs_ndc",
        allowed_credentials=pl.col("allowed_credentials").list.join("|"),
        minutes_per_unit="minutes_per_unit",
    )


def _unit_limits(pairs: pl.DataFrame, ncci_mue: pl.DataFrame) -> pl.DataFrame:
    """The most units a day, where the set knows the code, and whether the set has an answer."""
    return lookup(ncci_mue, pairs, ["mue_practitioner"]).select(
        units_limit=pl.when(pl.col("mue_practitioner") > 0).then("mue_practitioner"),
        unit_limits_are_set=pl.col("is_in_force").is_not_null(),
    )


def _kinds(pairs: pl.DataFrame, cpt_category: pl.DataFrame) -> pl.DataFrame:
    """Whether the code is of the laboratory (CLIA), a visit, a group session; null if unset."""
    category = pl.col("category")
    return pairs.select(
        is_laboratory=_within(cpt_category.filter(category.str.ends_with(CLIA_SPAN))),
        is_evaluation=_within(cpt_category.filter(category.str.contains(EVALUATIONS))),
        is_group_session=_within(cpt_category.filter(category.str.contains(GROUP_SESSION))),
    )


def _within(spans: pl.DataFrame) -> pl.Expr:
    code = pl.col("code")
    within = [
        code.is_between(pl.lit(first), pl.lit(last)) & code.str.len_bytes().eq(len(first))
        for first, last in spans.select("code_from", "code_to").iter_rows()
    ]
    return pl.any_horizontal(within) if within else pl.lit(None, pl.Boolean)


def _in_hcpcs(pairs: pl.DataFrame, hcpcs: pl.DataFrame) -> pl.DataFrame:
    """False of codes that are none of level II: CPT has no list here."""
    is_other = ~pl.col("code").str.contains(HCPCS_FORM)
    in_force = pl.col("is_in_force")
    is_known = pl.when(in_force.is_not_null()).then("is_known")
    return lookup(hcpcs, pairs).select(
        procedure_is_unknown=pl.when(is_other).then(False).otherwise(~is_known),
        procedure_has_expired=pl.when(is_other).then(False).otherwise(is_known & ~in_force),
    )


def _rate(pairs: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """The rate of a unit without modifiers; `rate_varies` where with modifiers it has others."""
    has_modifiers = pl.col("modifiers").fill_null("") != ""
    varying = rates.filter(has_modifiers)["procedure_code"].unique()
    plain = rates.filter(~has_modifiers)
    return lookup(plain, pairs, ["rate_amount"], "procedure_code").select(
        rate_amount="rate_amount", rate_varies=pl.col("code").is_in(varying.implode())
    )
