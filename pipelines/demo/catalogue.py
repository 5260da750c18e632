"""Catalogue: the menu as the code sets allow it, and the codes that planted faults are made of.

Codes come from the code sets at hand; what they do not hold is left off the menu.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from codesets.loader import CodeSets
from contracts.errors import UsageError
from pipelines.demo.menu import BESIDE, DIAGNOSES, MANAGED, SERVICES

COUNTY_CODE = "58"


@dataclass(frozen=True)
class Catalogue:
    """`services`: the menu's columns, valid_from, valid_to, needs_authorization, most_units, ndc,
    ndc_quantity, ndc_unit. `diagnoses`: what a visit is about to codes. `wrong`: kind to code.
    """

    services: pl.DataFrame
    diagnoses: dict[str, list[str]]
    plans: pl.DataFrame
    ji_aid_codes: dict[str, str]
    tablets: pl.DataFrame
    care_management: pl.DataFrame
    community_supports: pl.DataFrame
    wrong: dict[str, str]


def read_catalogue(codes: CodeSets, first: date, last: date) -> Catalogue:
    """What may be given between the two days. Raises UsageError where no service is left."""
    services = _services(codes, last)
    if services.is_empty():
        raise UsageError(
            "no_services",
            "code set prerelease_services: holds no service of the demonstration menu on "
            f"{last}. Import an edition that does, or generate with the shipped one.",
        )
    after_release = codes.in_force("ecm_cs_codes", last).frame
    return Catalogue(
        services=services,
        diagnoses=_diagnoses(codes, first, last),
        plans=_plans(codes, last),
        ji_aid_codes=_ji_aid_codes(codes, last),
        tablets=_tablets(codes),
        care_management=after_release.filter(kind="ECM"),
        community_supports=after_release.filter(pl.col("unit").is_not_null(), kind="CS"),
        wrong=_wrong(codes, first, last),
    )


def _services(codes: CodeSets, on: date) -> pl.DataFrame:
    asked = ["service_category", "needs_authorization", "needs_ndc", "minutes_per_unit",
             "valid_from", "valid_to"]  # fmt: skip
    covered = codes.in_force("prerelease_services", on).frame.select(
        "code", *asked, is_restricted=pl.col("allowed_credentials").is_not_null()
    )
    covered = pl.concat([covered, _in_bundles(codes, on)], how="diagonal")
    drugs = codes.in_force("ndc_hcpcs", on).frame.unique("procedure_code", keep="first")
    limits = codes.in_force("ncci_mue", on).frame.select(
        procedure_code="code", most_units="mue_practitioner"
    )
    menu = (
        pl.concat([SERVICES, MANAGED, BESIDE])
        .join(
            covered,
            left_on=["procedure_code", "service_category"],
            right_on=["code", "service_category"],
            maintain_order="left",
        )
        .join(limits, on="procedure_code", how="left", maintain_order="left")
        .join(
            drugs.select("procedure_code", "ndc", "ndc_unit", "units_per_ndc_unit"),
            on="procedure_code",
            how="left",
            maintain_order="left",
        )
    )
    quantity = (pl.col("units").cast(pl.Decimal(18, 6)) / pl.col("units_per_ndc_unit")).round(3)
    has_its_drug = pl.col("needs_ndc").ne("yes").fill_null(True) | pl.col("ndc").is_not_null()
    return menu.filter(has_its_drug).with_columns(ndc_quantity=quantity.cast(pl.Decimal(15, 3)))


def _in_bundles(codes: CodeSets, on: date) -> pl.DataFrame:
    """(code, service_category, is_restricted) of what no code set covers but a bundle pays."""
    words = codes.in_force("care_bundles", on).frame["evidence"].explode().unique()
    of_bundles = MANAGED.filter(("service:" + pl.col("service_category")).is_in(words.implode()))
    return of_bundles.select("service_category", code="procedure_code", is_restricted=False)


def _billable(codes: CodeSets, on: date) -> pl.Series:
    return codes.in_force("icd10cm", on).frame.filter("billable")["code"]


def _diagnoses(codes: CodeSets, first: date, last: date) -> dict[str, list[str]]:
    lasting = set(_billable(codes, first)) & set(_billable(codes, last))
    return {
        about: [code for code in listed if code.replace(".", "") in lasting]
        for about, listed in DIAGNOSES.items()
    }


def _plans(codes: CodeSets, on: date) -> pl.DataFrame:
    plans = codes.in_force("managed_care_plans", on).frame.filter(county_code=COUNTY_CODE)
    return plans.sort("code").select(plan_code="code", plan_name="label")


def _ji_aid_codes(codes: CodeSets, on: date) -> dict[str, str]:
    """Aid code for adults and for youths; the illustrative ones until real ones are imported."""
    frame = codes.in_force("ji_aid_codes", on).frame.sort("code")
    by_population = dict(frame.select("population", "code").iter_rows())
    fallback = next(iter(by_population.values()), None)
    if fallback is None:
        raise UsageError(
            "no_ji_aid_code", "code set ji_aid_codes is empty. Import an edition that has codes."
        )
    return {who: by_population.get(who, fallback) for who in ("adult", "youth")}


def _tablets(codes: CodeSets) -> pl.DataFrame:
    """A few drugs to fill, for each class the first two that are no sample: ndc, drug_class."""
    plain = (
        (pl.col("dosage_form") == "tablet") & ~pl.col("is_sample") & ~pl.col("is_repackager_guess")
    )
    frame = codes.table("ndc").filter(plain).sort("code")
    return (
        frame.group_by("drug_class", maintain_order=True)
        .head(2)
        .sort("code")
        .select("drug_class", ndc="code")
    )


def _wrong(codes: CodeSets, first: date, last: date) -> dict[str, str]:
    """Codes that are wrong in one way each."""
    icd = codes.table("icd10cm")
    on_both = [codes.in_force("icd10cm", day).frame for day in (first, last)]
    headers = set.intersection(*(set(f.filter(~pl.col("billable"))["code"]) for f in on_both))
    in_force = pl.concat([frame["code"] for frame in on_both])
    ended = icd.filter(
        (pl.col("valid_to") < first)
        & pl.col("billable")
        & ~pl.col("code").is_in(in_force.implode())
    )["code"]
    modifiers = set(codes.table("hcpcs_modifiers")["code"])
    covered = codes.table("prerelease_services")["code"]
    causes = set.intersection(*(set(f.filter(pl.col("billable"))["code"]) for f in on_both))
    drugs = codes.in_force("ndc_hcpcs", last).frame
    support = codes.in_force("ecm_cs_codes", last).frame.filter(pl.col("mod2").is_null())
    foreign = codes.in_force("hcpcs", last).frame.filter(
        pl.col("code").str.starts_with("A0") & ~pl.col("code").is_in(covered.implode())
    )["code"]
    return {
        "unknown_diagnosis": next(c for c in ("Q00.00X9", "X00.00X9") if c not in set(icd["code"])),
        "header_diagnosis": min(code for code in headers if code.startswith("F11")),
        "ended_diagnosis": ended.sort()[0],
        "unknown_modifier": next(c for c in ("ZZ", "XX", "YY") if c not in modifiers),
        "foreign_procedure": foreign.sort()[0],
        "external_cause": min(code for code in causes if code.startswith("W")),
        "ndc_of_other": drugs["ndc"][0],
        "its_procedure": drugs["procedure_code"][0],
        "unknown_ndc": next(
            n for n in ("99999999999", "88888888888") if n not in set(codes.table("ndc")["code"])
        ),
        **_after_release("support", support.filter(kind="CS")),
        **_after_release("ecm", support.filter(kind="ECM")),
    }


def _after_release(name: str, listed: pl.DataFrame) -> dict[str, str]:
    """The first service of the list: its code and the modifier that tells it."""
    first = listed.sort("procedure_code", "mod1").row(0, named=True)
    return {f"{name}_procedure": first["procedure_code"], f"{name}_modifier": first["mod1"]}
