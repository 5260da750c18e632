"""The invented county: clean rows hold, references meet, faults are where the truth says."""

import math
from datetime import date
from typing import Any

import polars as pl
import pytest

from codesets.loader import CodeSets
from contracts.errors import UsageError
from contracts.feeds import FEEDS
from contracts.parsing import Parsed, parse
from pipelines.demo.county import County, generate
from pipelines.demo.line_faults import Wrong, line_faults
from pipelines.demo.stay_faults import STAY_FAULTS

START, END = date(2026, 6, 1), date(2026, 10, 31)
CODES = CodeSets()


def county(seed: int = 7, stays: int = 150, rate: float = 0.05, agency: str = "demo") -> County:
    return generate(agency, seed, stays, START, END, rate, CODES)


def parsed(files: dict[str, pl.DataFrame]) -> dict[str, Parsed]:
    return {
        feed: parse(FEEDS[feed], texts.with_row_index("row_number", 1).cast({"row_number": int}))
        for feed, texts in files.items()
    }


@pytest.fixture(scope="module")
def faulty() -> County:
    return county()


@pytest.fixture(scope="module")
def clean() -> County:
    return county(rate=0)


@pytest.fixture(scope="module")
def rows(clean: County) -> dict[str, pl.DataFrame]:
    return {feed: result.rows for feed, result in parsed(clean.files).items()}


def test_every_feed_has_a_file_with_the_columns_of_its_contract(clean: County) -> None:
    assert {feed: frame.columns for feed, frame in clean.files.items()} == {
        feed: table.names + (["source_updated_at"] if feed == "coverage" else [])
        for feed, table in FEEDS.items()
    }
    assert [feed for feed, frame in clean.files.items() if frame.is_empty()] == [
        "institutional_claims"
    ]


def test_every_row_of_a_clean_county_parses(clean: County) -> None:
    failures = {feed: result.failures.height for feed, result in parsed(clean.files).items()}
    assert failures == dict.fromkeys(FEEDS, 0)
    assert clean.truth.is_empty()
    assert clean.quarantine_truth.is_empty()


def test_keys_of_a_clean_county_are_unique(rows: dict[str, pl.DataFrame]) -> None:
    repeated = [f for f, frame in rows.items() if frame.select(FEEDS[f].key).is_duplicated().any()]
    assert repeated == []


@pytest.mark.parametrize(
    ("feed", "column", "referred"),
    [
        (feed, column, referred)
        for feed, table in FEEDS.items()
        for column, referred in (
            ("person_id", "people"),
            ("stay_id", "custody_stays"),
            ("facility_id", "facilities"),
            ("billing_npi", "billing_providers"),
            ("screened_by_staff_id", "providers"),
            ("signed_by_staff_id", "providers"),
            ("performed_by_staff_id", "providers"),
            ("manager_staff_id", "providers"),
            ("encounter_id", "encounters"),
            ("order_id", "orders"),
            ("authorization_number", "authorizations"),
        )
        if column in table.names and feed != referred
    ],
)
def test_references_meet(
    rows: dict[str, pl.DataFrame], feed: str, column: str, referred: str
) -> None:
    key = "staff_id" if referred == "providers" else column
    known = rows[referred][key].implode()
    dangling = rows[feed].filter(pl.col(column).is_not_null(), ~pl.col(column).is_in(known))
    assert dangling.height == 0


def test_coverage_is_of_a_known_number(rows: dict[str, pl.DataFrame]) -> None:
    known = {*rows["people"]["cin"].drop_nulls(), *rows["cin_aliases"]["alias_cin"]}
    for feed in ("coverage", "eligibility_answers", "other_coverage"):
        assert set(rows[feed]["cin"]) <= known


def luhn_holds(npi: str) -> bool:
    digits = [int(c) for c in "80840" + npi][::-1]
    doubled = [sum(divmod(2 * d, 10)) if place % 2 else d for place, d in enumerate(digits)]
    return len(npi) == 10 and sum(doubled) % 10 == 0


def test_npis_hold_and_are_in_no_block_that_was_issued(rows: dict[str, pl.DataFrame]) -> None:
    columns = [(f, c) for f, t in FEEDS.items() for c in t.names if c.endswith("npi")]
    npis = set().union(*(rows[feed][column].drop_nulls().to_list() for feed, column in columns))
    assert len(npis) > 20
    assert all(luhn_holds(npi) and npi[0] == "2" for npi in npis)


def test_cins_are_formed_and_each_persons_own(rows: dict[str, pl.DataFrame]) -> None:
    cins = rows["people"]["cin"].drop_nulls().to_list()
    assert len(set(cins)) == len(cins) > 100
    for cin in cins:
        assert cin[0] == "9"
        assert cin[1:8].isdigit()
        assert cin[8:] in set("ACDEFGHMNTUVWXYZ")


def benefits_id_digit(cin: str) -> int:
    """From the rule: places count from 1, even ones are subtracted from 10."""
    digits = [0 if c.isalpha() else int(c) for c in cin]
    return sum(d if place % 2 else -d % 10 for place, d in enumerate(digits, 1)) % 10


def test_a_malformed_cin_has_ten_characters_and_a_wrong_digit(faulty: County) -> None:
    assert [benefits_id_digit(cin) for cin in ("90000000A", "91234567A")] == [9, 5]
    told = faulty.truth.filter(edit_id="cin_malformed")["row_number"].unique()
    for row in told:
        cin = faulty.files["people"]["cin"][row - 1]
        assert len(cin) == 10
        assert int(cin[9]) != benefits_id_digit(cin[:9])


def test_services_fall_within_the_period_and_their_stays(rows: dict[str, pl.DataFrame]) -> None:
    lines = rows["encounters"].join(rows["custody_stays"], on="stay_id")
    booked = pl.col("booked_at").dt.convert_time_zone("America/Los_Angeles").dt.date()
    released = pl.col("released_at").dt.convert_time_zone("America/Los_Angeles").dt.date()
    day = pl.col("service_date")
    assert lines.filter(~day.is_between(START, END)).height == 0
    assert lines.filter((day < booked) | (day > released)).height == 0


def test_nothing_but_plans_and_ends_of_spans_lies_after_the_period(
    rows: dict[str, pl.DataFrame],
) -> None:
    foreseen = {"expected_release_on", "ends_on", "deactivated_on"}
    late = [
        (feed, name)
        for feed, frame in rows.items()
        for name, dtype in frame.schema.items()
        if dtype == pl.Date and name not in foreseen and (frame[name] > END).any()
    ]
    assert late == []


def test_a_stay_with_care_has_eight_to_fourteen_lines_on_average(
    rows: dict[str, pl.DataFrame],
) -> None:
    lines = rows["encounters"]
    assert 8 <= lines.height / lines["stay_id"].n_unique() <= 14
    assert set(lines["service_category"]) == {
        "consultation", "lab_radiology", "medication", "mat", "chw", "release_supply",
        "case_management",
    }  # fmt: skip
    assert set(lines["modality"]) == {"in_person", "video", "audio"}


def test_every_procedure_is_on_the_closed_list_under_its_category(
    rows: dict[str, pl.DataFrame],
) -> None:
    listed = CODES.in_force("prerelease_services", END).frame.select("code", "service_category")
    used = rows["encounters"].select(pl.col("procedure_code").alias("code"), "service_category")
    besides = used.join(listed, on=["code", "service_category"], how="anti")
    assert {*besides["service_category"]} == {"case_management"}  # bundles pay it


def test_same_arguments_same_county_and_any_other_another() -> None:
    county_7, again = county(), county()
    for feed, frame in county_7.files.items():
        assert frame.equals(again.files[feed]), feed
    assert county_7.truth.equals(again.truth)
    for other in (county(seed=8), county(agency="other")):
        assert not other.files["people"].equals(county_7.files["people"])


def test_each_kind_of_fault_stands_once_at_least(faulty: County) -> None:
    anything = Wrong(dict.fromkeys(_codes(), "x"), "x", "x", "x", "x", "x", ["x"], END)
    kinds = {fault.edit_id for fault in (*STAY_FAULTS, *line_faults(anything))}
    assert set(faulty.truth["edit_id"]) == kinds
    assert len(kinds) == 88


def _codes() -> tuple[str, ...]:
    return (
        "unknown_diagnosis", "header_diagnosis", "ended_diagnosis", "unknown_modifier",
        "foreign_procedure", "external_cause", "ndc_of_other", "its_procedure", "unknown_ndc",
        "support_procedure", "support_modifier", "ecm_procedure", "ecm_modifier",
    )  # fmt: skip


def test_a_line_has_one_fault_and_what_follows_from_it(faulty: County) -> None:
    planted = faulty.truth.filter(~pl.col("note").str.starts_with("follows from"))
    assert not planted["subject_id"].is_duplicated().any()


def test_the_truth_names_lines_that_exist_and_rows_of_the_file(faulty: County) -> None:
    key = pl.concat_str(FEEDS["encounters"].key, separator="/").alias("subject_id")
    lines = faulty.files["encounters"].select(key)
    assert faulty.truth.join(lines, on="subject_id", how="anti").height == 0
    assert set(faulty.truth["subject"]) == {"encounter"}
    for feed, row in faulty.truth.select("feed", pl.col("row_number")).unique().iter_rows():
        assert 1 <= row <= faulty.files[feed].height


@pytest.mark.parametrize(
    ("edit", "feed", "column", "wrong"),
    [
        ("cin_missing", "people", "cin", None),
        ("address_missing", "people", "address_line", None),
        ("not_screened", "screenings", "outcome", "does_not_meet"),
        ("person_deceased", "ji_activations", "deactivation_reason", "deceased"),
        ("ji_aid_code_missing", "ji_activations", "deactivation_reason", "error"),
        ("share_of_cost_unmet", "eligibility_answers", "share_of_cost_met_on", None),
        ("lab_without_clia", "facilities", "clia_number", None),
        ("authorization_denied", "authorizations", "decision", "denied"),
        ("authorization_missing", "encounters", "authorization_number", None),
        ("note_not_signed", "encounters", "note_status", "draft"),
        ("units_not_positive", "encounters", "units", "0.000"),
        ("ndc_malformed", "encounters", "ndc", "00000000000"),
    ],
)
def test_the_row_of_the_truth_carries_the_fault(
    faulty: County, edit: str, feed: str, column: str, wrong: str | None
) -> None:
    told = faulty.truth.filter(edit_id=edit, feed=feed)
    assert told.height > 0
    assert {faulty.files[feed][column][row - 1] for row in told["row_number"]} == {wrong}


def test_a_repeated_service_equals_another_line_but_for_its_encounter(faulty: County) -> None:
    lines = faulty.files["encounters"]
    for row in faulty.truth.filter(edit_id="service_repeated")["row_number"]:
        second = lines.row(row - 1, named=True)
        first = lines.filter(encounter_id=second["encounter_id"].removesuffix("R")).filter(
            line_number=second["line_number"]
        )
        assert first.row(0, named=True) | {"encounter_id": second["encounter_id"]} == second


def test_quarantine_truth_is_what_breaks_and_nothing_else(faulty: County) -> None:
    key_rule = "key_repeated_in_file"
    found = [
        (feed, 1, *row)
        for feed, result in parsed(faulty.files).items()
        for row in result.failures.select("row_number", "column_name", "rule").iter_rows()
    ]
    for feed, result in parsed(faulty.files).items():
        key = FEEDS[feed].key
        earlier = result.rows.filter(~pl.struct(key).is_last_distinct())
        found += [(feed, 1, row, key[0], key_rule) for row in earlier["row_number"]]
    assert sorted(found) == sorted(faulty.quarantine_truth.iter_rows())
    rules = {"format", "required_value", "allowed_value", key_rule}
    assert set(faulty.quarantine_truth["rule"]) == rules


def test_a_quarantined_row_carries_no_planted_fault(faulty: County) -> None:
    where = ["feed", "row_number"]
    both = faulty.truth.join(faulty.quarantine_truth, on=where)
    assert both.height == 0


def test_a_higher_rate_plants_more() -> None:
    few, many = (county(stays=300, rate=rate).truth.height for rate in (0.05, 0.2))
    assert many > 2 * few
    assert math.isclose(
        many / county(stays=300, rate=0).files["encounters"].height, 0.4, abs_tol=0.15
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("demo", 1, 100, date(2024, 1, 1), END, 0.0),
        ("demo", 1, 100, START, date(2026, 7, 1), 0.0),
        ("demo", 1, 5, START, END, 0.0),
        ("demo", 1, 100, START, END, 0.9),
        ("demo", 1, 100, START, END, 0.0, CODES, 0),
    ],
    ids=["before the go-live", "too short", "too few stays", "too many faults", "no delivery"],
)
def test_what_cannot_be_served_is_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(UsageError, match="choose"):
        generate(*arguments)
