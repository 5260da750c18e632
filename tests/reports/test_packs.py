"""Packs: what a reader, a spreadsheet and a machine are told of the same counts."""

import csv
import io
import json
import re
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
import report_scenario as scenario
from python_calamine import CalamineWorkbook

from codesets.loader import CodeSets
from contracts.errors import UsageError
from contracts.policy import Policy, shipped_text
from reports.figures import name_of
from reports.measure import definition, measures
from reports.packs import focus_areas, packs
from reports.report import Report
from reports.targets import targets

PACKS = [name for name in packs() if name != "services_delivered"]
EVERY = [*packs(), "data_quality"]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return scenario.every_report()


class Outline(HTMLParser):
    """Tags with their attributes, and the text that follows each."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.said.append(" ".join(data.split()))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(self.said)


def test_every_measure_stands_in_a_pack() -> None:
    packed = {name for pack in packs().values() for name in pack.measures}
    assert packed == set(measures())


def test_the_five_focus_areas_show_figures_that_their_pack_counts() -> None:
    areas = focus_areas()
    assert [area.title for area in areas] == [
        "Application processes", "90-day screening", "Service delivery",
        "Reentry planning and coordination", "Oversight and project management",
    ]  # fmt: skip
    counted = set(packs()["readiness"].measures)
    for area in areas:
        assert all(part in definition(name).parts for name, part in area.figures)
        assert {name for name, _ in area.figures} <= counted
        assert area.questions


@pytest.mark.parametrize("name", EVERY)
def test_a_page_needs_nothing_from_outside_and_can_be_read_aloud(
    name: str, reports: dict[str, Report]
) -> None:
    page = reports[name].html.decode()
    outline = Outline(reports[name].html)
    assert not [tag for tag, _ in outline.tags if tag in {"script", "link", "img", "iframe"}]
    inside = {f"#{attributes['id']}" for _, attributes in outline.tags if attributes.get("id")}
    assert {a["href"] for _, a in outline.tags if a.get("href")} <= inside
    assert not [a for _, a in outline.tags if {"src", "xlink:href"} & set(a)]
    for word in ("http", "url(", "@import"):
        assert word not in page
    assert len(outline.of("h1")) == 1
    assert len(outline.of("table")) == len(outline.of("caption")) > 0
    assert {th.get("scope") for th in outline.of("th")} <= {"col", "row", "rowgroup"}
    assert all(drawing["aria-label"] for drawing in outline.of("svg"))
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert "not for publication" in page
    assert "Agency demo, county 58 Yuba" in page


@pytest.mark.parametrize("name", PACKS)
def test_page_workbook_csv_and_json_tell_the_same_figures(
    name: str, reports: dict[str, Report]
) -> None:
    report, pack = reports[name], packs()[name]
    rows = list(csv.DictReader(io.StringIO(report.csv.decode(), newline="")))
    figures = json.loads(report.json)["figures"]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(report.xlsx)).get_sheet_by_name("Data")
    data = sheet.to_python()[1:]
    assert len(rows) == len(figures) == len(data)
    for row, figure, line in zip(rows, figures, data, strict=True):
        shown = [figure[n] for n in ("measure_id", "part_title", "numerator", "denominator")]
        assert [row["measure_id"], row["part_title"]] == shown[:2] == [line[0], line[2]]
        assert [row["numerator"], row["denominator"]] == [_text(one) for one in shown[2:]]
        assert [_text(line[5]), _text(line[6])] == [_text(one) for one in shown[2:]]
        assert row["agency"] == "demo"
    text = Outline(report.html).text
    for measure in pack.measures:
        told = definition(measure)
        assert told.question in text
        assert all(caveat in text for caveat in told.caveats)
        assert all(part.meaning in text for part in told.parts.values())


def _text(value: object) -> str:
    if value in (None, ""):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def test_a_share_stands_with_what_is_in_it_and_what_is_not(reports: dict[str, Report]) -> None:
    text = Outline(reports["screening_enrollment"].html).text
    assert "57% Screened in time 4 of 7; 1 open target 57%, met" in text.replace(
        "Screened in time 57%", "57% Screened in time"
    )
    care = Outline(reports["care_handoffs"].html).text
    assert "1 of 1; 2 exempt, 1 unknown" in care
    assert "target 81%, not met" in care
    assert "0 of 1 target met." in care


def test_without_targets_nothing_is_said_of_them() -> None:
    text = Outline(scenario.pack("care_handoffs", has_targets=False).html).text
    assert "target" not in text


def test_a_trend_is_drawn_told_and_compared_with_the_month_before(
    reports: dict[str, Report],
) -> None:
    outline = Outline(reports["screening_enrollment"].html)
    label = outline.of("svg")[0]["aria-label"]
    assert label == (
        "Screened in time by month: Jun 2026 0%, Jul 2026 33%, Aug 2026 50%, Sep 2026 100%; "
        "Declined by month: Jun 2026 0%, Jul 2026 33%, Aug 2026 0%, Sep 2026 0%."
    )
    assert "September 2026 up 50 points" in outline.text


def test_small_counts_are_marked_and_others_are_not() -> None:
    page = scenario.pack("federal_reentry").html.decode()
    cells = re.findall(r'<td( class="small")?>([^<]*)', page)
    marked = {figure for small, figure in cells if small}
    plain = {figure for small, figure in cells if not small}
    assert "12" in plain  # screenings
    assert {"1", "2", "3"} <= marked
    assert not {figure for figure in plain if figure.isdigit() and 0 < int(figure) <= 10}


def test_names_cannot_break_out_of_a_page(reports: dict[str, Report]) -> None:
    page = reports["screening_enrollment"].html.decode()
    assert "&lt;Hall&gt;" in page
    assert "<Hall>" not in page


def test_the_workbook_has_figures_data_form_and_definitions(reports: dict[str, Report]) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(reports["readiness"].xlsx))
    assert book.sheet_names == ["Figures", "Data", "Form", "Definitions"]
    figures = book.get_sheet_by_name("Figures").to_python()
    assert figures[0][:6] == ["Id", "Measure", "Figure", "Numerator", "Denominator", "Share"]
    assert figures[1][:5] == ["R01", "Screened for Medi-Cal at booking", "Screened in time", 4, 7]
    assert figures[1][5] == pytest.approx(4 / 7, abs=1e-6)
    form = book.get_sheet_by_name("Form").to_python()
    assert len(form) == 1 + sum(len(area.questions) for area in focus_areas())
    terms = dict(row[:2] for row in book.get_sheet_by_name("Definitions").to_python())
    assert terms["R01 denominator"] == definition("r01_screened_at_booking").denominator
    assert terms["County"] == "58 Yuba"


def test_the_readiness_page_has_an_empty_place_for_every_answer(
    reports: dict[str, Report],
) -> None:
    page = reports["readiness"].html.decode()
    questions = sum(len(area.questions) for area in focus_areas())
    assert page.count("<td></td><td></td>") == questions


def test_the_data_quality_card_shows_the_newest_file_of_each_feed(
    reports: dict[str, Report],
) -> None:
    outline = Outline(reports["data_quality"].html)
    assert outline.text.count("October 1, 2026") == 2  # Los Angeles: late on the day before UTC's
    assert "4 days" in outline.text
    assert "90.0%" in outline.text
    assert "complete: minutes; consistent: stay_id" in outline.text
    rows = list(csv.DictReader(io.StringIO(reports["data_quality"].csv.decode(), newline="")))
    assert len(rows) == 2 * 3 * 5
    timely = {row["feed"]: row["days"] for row in rows if row["dimension"] == "timely"}
    assert timely == {"encounters": "4.0", "people": ""}  # people have no event
    assert {row["received_on"] for row in rows} == {"2026-07-31", "2026-09-29", "2026-10-01"}


@pytest.mark.parametrize(
    ("stratum", "value", "name"),
    [
        ("month", "2026-09", "September 2026"),
        ("service_month", "2026-09", "September 2026"),
        ("service_month", "unknown", "Unknown"),
        ("population_by_month", "2026-09 adults at risk", "September 2026: adults at risk"),
        ("population_by_month", "2026-09 unknown", "September 2026: Unknown"),
        ("facility_id", "A", "Main Jail"),
        ("facility_id", "X9", "X9"),
        ("qualifying_condition", "tbi", "Traumatic brain injury"),
        ("qualifying_condition", "opioid_use_disorder", "Opioid use disorder"),
        ("race_ethnicity", "Hispanic or Latino", "Hispanic or Latino"),
        ("age_group", "00-17", "Under 18"),
        ("age_group", "65+", "65 and over"),
        ("provider_kind", "LCSW", "LCSW"),
        ("feed", "ji_activations", "JI activations"),
    ],
)
def test_values_are_called_as_people_call_them(stratum: str, value: str, name: str) -> None:
    assert name_of(stratum, value, scenario.LABELS) == name


def policy_with(targets_set: str) -> Policy:
    return Policy(
        shipped_text() + f'[[report.targets]]\nvalue = {{ {targets_set} }}\nstatus = "unverified"\n'
        'source = "Board, 2026-06-20"\nvalid_from = 2026-07-01\n'
    )


def test_targets_are_the_countys_own_from_their_day_on() -> None:
    policy = policy_with('"R01.screened" = 90, "R18.4.before_release" = 75')
    assert targets(policy, date(2026, 6, 30)) == {}
    assert targets(policy, date(2026, 7, 1)) == {
        ("r01_screened_at_booking", "screened"): 90,
        ("r18_case_management", "before_release"): 75,
    }


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ('"R01.nothing" = 90', "is no share of a measure"),
        ('"R01.screening_days" = 2', "is no share of a measure"),
        ('"R99.screened" = 90', "is no share of a measure"),
        ('"R01.screened" = 101', "from 0 to 100"),
        ('"R01.screened" = "90"', "from 0 to 100"),
    ],
)
def test_a_target_of_nothing_is_refused(told: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        targets(policy_with(told), date(2026, 8, 1))


def test_names_and_numbers_of_all_58_counties() -> None:
    counties = CodeSets().table("county_codes").sort("county_code")
    codes: Any = counties["county_code"].to_list()
    assert codes == [f"{number:02d}" for number in range(1, 59)]
    names = counties["county"].to_list()
    # In the order of the alphabet, as their numbers are.
    assert names == sorted(names, key=lambda name: name.replace(" ", ""))
    drawn = dict(zip(codes, names, strict=True))
    assert (drawn["01"], drawn["19"], drawn["34"], drawn["58"]) == (
        "Alameda", "Los Angeles", "Sacramento", "Yuba",
    )  # fmt: skip
    fips = counties["fips5"].to_list()
    assert fips == [f"06{2 * number - 1:03d}" for number in range(1, 59)]


def test_the_measured_county_has_someone_in_every_stratum() -> None:
    strata = scenario.measured().filter(pl.col("stratum") != "all")["stratum"].unique()
    named = {"month", "trend", "facility_id", "service_category", "sex", "age_group",
             "race_ethnicity", "language", "qualifying_condition", "plan_code"}  # fmt: skip
    assert named <= set(strata)
