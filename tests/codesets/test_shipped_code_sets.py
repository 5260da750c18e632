"""What the package ships: each file declared, each declaration true, known codes on known days."""

import hashlib
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from codesets.loader import SHIPPED, CodeSets
from codesets.lookup import lookup

SETS = CodeSets()
NAMES = sorted(path.name for path in SHIPPED.iterdir())


def manifest(name: str) -> dict:
    return tomllib.loads((SHIPPED / name / "set.toml").read_text())


def raw_rows(path: Path) -> int:
    read = pl.read_parquet if path.suffix == ".parquet" else pl.read_csv
    return read(path, **({} if path.suffix == ".parquet" else {"infer_schema": False})).height


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_declared_and_every_declaration_has_its_file(name: str) -> None:
    held = manifest(name)
    declared = {"set.toml", *(edition["file"] for edition in held["edition"])}
    declared |= {held["licence_file"]} if "licence_file" in held else set()
    assert {path.name for path in (SHIPPED / name).iterdir()} == declared
    for edition in held["edition"]:
        path = SHIPPED / name / edition["file"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == edition["sha256"]
        assert raw_rows(path) == edition["rows"]
        assert edition["source"]
        assert edition["effective_from"] <= edition.get("effective_to", date.max)


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_typed_and_no_two_share_a_key_on_one_day(name: str) -> None:
    schema, table = SETS.schemas[name], SETS.table(name)
    assert table.schema == {
        **schema.frame_dtypes,
        "edition_id": pl.String,
        "edition_status": pl.String,
        "edition_from": pl.Date,
        "edition_to": pl.Date,
    }
    key = ["edition_id", *schema.key]
    assert not table.select(pl.struct(key).is_duplicated().any()).item()
    if {"valid_from", "valid_to"} <= {*table.columns}:
        assert table.filter(pl.col("valid_from") > pl.col("valid_to")).is_empty()
        within = [column for column in key if column not in {"valid_from", "valid_to"}]
        runs = table.sort([*within, "valid_from"], nulls_last=False)
        ends_before = pl.col("valid_to").shift().over(within)
        is_later_run = pl.int_range(pl.len()).over(within) > 0
        overlaps = (ends_before < pl.col("valid_from")).fill_null(value=False).not_()
        if "valid_from" in schema.key:
            assert runs.filter(is_later_run & overlaps).is_empty()


@pytest.mark.parametrize("name", NAMES)
def test_codes_are_text_without_blanks_around_them(name: str) -> None:
    key = SETS.table(name).select(set(SETS.schemas[name].key) - {"valid_from", "valid_to"})
    assert {*key.dtypes} <= {pl.String, pl.Date}
    text = key.select(pl.col(pl.String))
    assert text.equals(text.select(pl.all().str.strip_chars()))


def test_the_readme_lists_every_edition() -> None:
    text = (SHIPPED.parent / "README.md").read_text()
    for name in NAMES:
        for held in manifest(name)["edition"]:
            assert f"| `{name}` | {held['edition']} ({held['effective_from']} to " in text


def test_the_shipped_data_stay_small() -> None:
    size = sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file())
    assert size < 9_000_000


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("carc", "label"),
        ("rarc", "label"),
        ("acknowledgement_codes", "label"),
        ("claim_status", "label"),
        ("claim_status_category", "label"),
        ("claim_adjustment_group", "label"),
        ("delay_reasons", "label"),
        ("revenue_code", "label"),
        ("type_of_bill", "label"),
        ("provider_taxonomy", "label"),
        ("cpt_category", "category"),
        ("ncci_mue", "category"),
        ("denial_map", "label"),
    ],
)
def test_sets_of_other_owners_carry_own_glosses_of_eight_words_at_most(
    name: str, column: str
) -> None:
    words = SETS.table(name)[column].drop_nulls().str.split(" ").list.len()
    assert words.max() <= 8
    descriptive = {"long_label", "description", "descriptor", "text"}
    assert not descriptive & {*SETS.schemas[name].dtypes}


# fmt: off
HCPCS = [
    # code     day                is known  in force   why
    ("G0019", date(2024, 10, 1),  True,     True),   # began 2024-01-01
    ("G0019", date(2023, 12, 31), True,     False),
    ("J0577", date(2024, 3, 31),  True,     False),  # began 2024-04-01
    ("J0640", date(2026, 9, 30),  True,     True),   # ended by the October change
    ("J0640", date(2026, 10, 1),  True,     False),
    ("J0643", date(2026, 9, 30),  True,     False),  # added by the October change
    ("J0643", date(2026, 10, 1),  True,     True),
    ("J2789", date(2026, 6, 30),  True,     False),  # added by the July change
    ("J2789", date(2026, 7, 1),   True,     True),
    ("H0020", date(2027, 3, 1),   True,     True),   # past the last edition: taken from it
    ("99213", date(2026, 10, 1),  False,    False),  # CPT is not in the set
    ("H0020", date(2020, 12, 31), True,     None),   # before the first edition
]
ICD10CM = [
    # code     day                billable  why
    ("M545",  date(2021, 9, 30),  True),    # M54.5 was split on 2021-10-01
    ("M545",  date(2021, 10, 1),  False),
    ("M5450", date(2021, 9, 30),  None),
    ("M5450", date(2021, 10, 1),  True),
    ("F32A",  date(2021, 10, 1),  True),
    ("Z651",  date(2021, 1, 1),   True),    # imprisonment
    ("Z652",  date(2027, 9, 30),  True),    # release from prison
    ("Z652",  date(2027, 12, 1),  True),    # past the last edition: taken from it
    ("Z65",   date(2026, 10, 1),  False),   # a heading
]
DELAY_REASONS = {
    # code: accepted, attachment
    "1": ("yes", "some_cases"), "2": ("no", None),   "3": ("yes", "no"),
    "4": ("yes", "no"),         "5": ("yes", "no"),  "6": ("yes", "no"),
    "7": ("yes", "yes"),        "8": ("no", None),   "9": ("no", None),
    "10": ("yes", "yes"), "11": ("yes", "some_cases"), "15": ("yes", "yes"),
}
# fmt: on


def test_hcpcs_knows_when_a_code_began_and_ended() -> None:
    keys = pl.DataFrame([row[:2] for row in HCPCS], schema=["code", "on"], orient="row")
    assert lookup(SETS.table("hcpcs"), keys).rows() == HCPCS


def test_icd10cm_knows_which_code_is_billable_on_the_day() -> None:
    keys = pl.DataFrame([row[:2] for row in ICD10CM], schema=["code", "on"], orient="row")
    found = lookup(SETS.table("icd10cm"), keys, ["billable"])
    assert found.select("code", "on", "billable").rows() == ICD10CM


def test_icd10cm_holds_the_published_number_of_codes_each_year() -> None:
    counts = {}
    for day in (date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1), date(2026, 10, 1)):
        frame = SETS.in_force("icd10cm", day).frame
        counts[day.isoformat()] = (frame.height, frame["billable"].sum())
    assert counts == {
        "2024-01-01": (97_296, 74_044),
        "2025-01-01": (97_584, 74_260),
        "2026-01-01": (98_186, 74_719),
        "2026-10-01": (98_403, 74_879),
    }


def test_delay_reasons_say_what_is_accepted_and_what_needs_an_attachment() -> None:
    held = SETS.in_force("delay_reasons", date(2026, 10, 1))
    rows = held.frame.select("code", "is_accepted", "attachment_needed").rows()
    assert {code: rest for code, *rest in rows} == {k: [*v] for k, v in DELAY_REASONS.items()}
    assert held.status == "verified"


def test_sets_that_nobody_has_are_illustrative_or_empty() -> None:
    stand_ins = SETS.catalogue().filter(pl.col("status").is_in(["illustrative", "unset"]))
    assert dict(stand_ins.select("set", "status").rows()) == {
        "care_bundles": "illustrative",
        "filing_calendar": "unset",
        "ji_aid_codes": "illustrative",
        "ndc_hcpcs": "illustrative",
        "prerelease_services": "illustrative",
        "rates": "illustrative",
    }
    for row in stand_ins.iter_rows(named=True):
        empty = row["status"] == "unset"
        assert (row["rows"] == 0) is empty
        assert ("invented for demonstration, not DHCS" in row["source"]) is not empty
    assert SETS.in_force("filing_calendar", date(2026, 10, 1)).is_unset


def test_prerelease_services_use_known_codes_and_categories_and_each_has_a_rate() -> None:
    on = date(2026, 10, 1)
    services, rates = (SETS.in_force(n, on).frame for n in ("prerelease_services", "rates"))
    letters = services.filter(pl.col("code").str.contains("^[A-Z]")).select("code", on=pl.lit(on))
    assert lookup(SETS.table("hcpcs"), letters)["is_in_force"].all()
    assert {*services["service_category"]} == {
        "consultation", "lab_radiology", "medication", "mat", "chw", "release_supply",
    }  # fmt: skip
    assert {*services["code"]} == {*rates["procedure_code"]}
    assert rates.schema["rate_amount"] == pl.Decimal(12, 2)
    assert {"80047", "85025", "89398", "70010", "99205"} <= {*services["code"]}
    assert not {"80046", "89399", "98960", "99206"} & {*services["code"]}


def test_community_health_worker_codes_change_on_2025_04_01() -> None:
    def chw(on: date) -> set[str]:
        frame = SETS.in_force("prerelease_services", on).frame
        return {*frame.filter(service_category="chw")["code"]}

    assert chw(date(2025, 3, 31)) == {"98960", "98961", "98962"}
    assert chw(date(2025, 4, 1)) == {"G0019", "G0022"}


def test_invented_aid_codes_are_no_aid_codes() -> None:
    on = date(2026, 10, 1)
    invented, real = (SETS.in_force(name, on).frame for name in ("ji_aid_codes", "aid_codes"))
    assert not {*invented["code"]} & {*real["code"]}


def test_drug_pairs_name_known_drugs_and_codes() -> None:
    on = pl.lit(date(2026, 10, 1))
    pairs = SETS.table("ndc_hcpcs")
    for name, column in (("ndc", "ndc"), ("hcpcs", "procedure_code")):
        keys = pairs.select(code=column, on=on)
        assert lookup(SETS.table(name), keys)["is_known"].all()


def test_shipped_editions_are_known_at_every_instant_a_run_can_ask_for() -> None:
    early = datetime(2021, 1, 1, tzinfo=UTC)
    assert SETS.editions(early) == SETS.editions()
    assert SETS.editions_hash(early) == SETS.editions_hash()
