"""Services delivered, counted by hand for a small quarter and by a slow oracle for others."""

import csv
import io
import json
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any

import polars as pl
import pytest
import report_scenario as scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from reports.measure import definition
from reports.period import parse_period
from reports.report import Report
from reports.services_counts import CATEGORIES, count_services, split


@pytest.fixture(scope="module")
def report() -> Report:
    return scenario.report()


@pytest.fixture(scope="module")
def counts() -> pl.DataFrame:
    return _count(scenario.SERVICE_LINES, scenario.ACTIVATIONS)


def _count(lines: pl.DataFrame, activations: pl.DataFrame) -> pl.DataFrame:
    return count_services(
        lines, scenario.FACILITIES, activations, scenario.WINDOW_DAYS, parse_period("2026-Q3")
    )


def _drawn(frame: pl.DataFrame, first: str) -> list[tuple[object, ...]]:
    columns = ["people_served", "service_count", "minutes", "clean_count", "held_count"]
    return frame.select(first, *columns, "rejected_count").rows()


def test_the_total_counts_the_quarter_and_nothing_beside_it(counts: pl.DataFrame) -> None:
    assert counts.row(0, named=True) == {
        "facility_id": None,
        "facility_name": None,
        "month": None,
        "service_category": None,
        "people_served": 4,  # P1 P2 P3 P5
        "service_count": 7,
        "minutes": 155,
        "services_with_minutes": 6,
        "clean_count": 4,
        "held_count": 1,
        "rejected_count": 2,
        "activated_people": 3,  # P1 P2 P4
        "activated_people_served": 2,  # P1 P2
    }


def test_by_facility_also_the_one_where_nothing_was_delivered(counts: pl.DataFrame) -> None:
    assert _drawn(split(counts, "facility_id"), "facility_name") == [
        #                        people services minutes clean held rejected
        ("=Youth Center",             0,      0,      0,    0,   0,       0),
        ("Annex <North & South>",     2,      2,     25,    0,   1,       1),
        ("Main Jail",                 3,      5,    130,    4,   0,       1),
    ]  # fmt: skip


def test_by_month_with_those_activated_and_of_these_served(counts: pl.DataFrame) -> None:
    months = split(counts, "month").select(
        "month", "people_served", "activated_people", "activated_people_served"
    )
    assert months.rows() == [
        ("2026-07", 3, 1, 1),  # activated: P1
        ("2026-08", 1, 2, 1),  # activated: P1 P2; P2 on the last day in force
        ("2026-09", 1, 2, 0),  # activated: P1 until the 28th, P4; P1 served on the 29th
    ]


def test_by_category_in_the_order_of_the_closed_list(counts: pl.DataFrame) -> None:
    cut = split(counts, "service_category")
    assert cut["service_category"].to_list() == list(CATEGORIES)
    served = cut.select("service_category", "people_served", "activated_people_served").rows()
    assert [row for row in served if row[1]] == [
        ("consultation", 2, 1), ("medication", 1, 1), ("mat", 1, 0), ("chw", 1, 0),
    ]  # fmt: skip


def test_a_line_of_a_facility_that_nobody_sent_is_counted_under_its_id() -> None:
    lines = scenario.service_lines([("P1", "X9", date(2026, 7, 1), "chw", 5, "held")])
    cut = split(_count(lines, scenario.ACTIVATIONS), "facility_id")
    assert cut.filter(pl.col("service_count") > 0)["facility_name"].to_list() == ["X9"]


_DAY = st.integers(-20, 110).map(lambda days: date(2026, 7, 1) + timedelta(days=days))
_PERSON = st.sampled_from(["P1", "P2", "P3"])
_LINE = st.tuples(
    _PERSON,
    st.sampled_from("AB"),
    _DAY,
    st.sampled_from(CATEGORIES),
    st.none() | st.integers(0, 90),
    st.sampled_from(["clean", "held", "rejected"]),
)
_ACTIVATION = st.tuples(
    _PERSON, _DAY, st.none() | st.integers(0, 100), st.sampled_from(["released", "error"])
)


@settings(max_examples=25, deadline=None)
@given(st.lists(_LINE, max_size=12), st.lists(_ACTIVATION, max_size=4))
def test_every_cell_is_what_counting_day_by_day_gives(
    services: list[Any], activations: list[Any]
) -> None:
    rows = [
        (person, on, None if days is None else on + timedelta(days=days), reason)
        for person, on, days, reason in activations
    ]
    frame = pl.DataFrame(
        rows,
        schema=scenario.ACTIVATIONS.select(
            "person_id", "activated_on", "deactivated_on", "deactivation_reason"
        ).schema,
        orient="row",
    )
    active = {
        (person, on + timedelta(days=n))
        for person, on, end, reason in rows
        for n in range(scenario.WINDOW_DAYS)
        if reason != "error" and (end is None or on + timedelta(days=n) <= end)
    }
    quarter = [s for s in services if date(2026, 7, 1) <= s[2] <= date(2026, 9, 30)]
    for cell in _count(scenario.service_lines(services), frame).iter_rows(named=True):
        inside = [
            line
            for line in quarter
            if cell["facility_id"] in (None, line[1])
            and cell["month"] in (None, f"{line[2]:%Y-%m}")
            and cell["service_category"] in (None, line[3])
        ]
        assert cell["service_count"] == len(inside)
        assert cell["people_served"] == len({s[0] for s in inside})
        assert cell["minutes"] == sum(s[4] or 0 for s in inside)
        assert cell["held_count"] == sum(s[5] == "held" for s in inside)
        if cell["facility_id"] is None:
            months = [cell["month"]] if cell["month"] else ["2026-07", "2026-08", "2026-09"]
            persons = {person for person, on in active if f"{on:%Y-%m}" in months}
            assert cell["activated_people"] == len(persons)
            reached = {s[0] for s in inside if (s[0], s[2]) in active}
            assert cell["activated_people_served"] == len(reached)


def test_every_column_that_counts_is_defined(counts: pl.DataFrame) -> None:
    keys = {"facility_id", "facility_name", "month", "service_category"}
    assert set(definition("services_delivered").columns) == set(counts.columns) - keys


class _Outline(HTMLParser):
    """Tags, attributes and the text of table cells."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data.strip())

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_has_one_title_and_tables_that_can_be_read_aloud(report: Report) -> None:
    outline = _Outline(report.html)
    assert len(outline.of("h1")) == 1
    assert len(outline.of("table")) == len(outline.of("caption")) == 8
    assert {attributes.get("scope") for attributes in outline.of("th")} == {
        "col",
        "row",
        "rowgroup",
    }
    drawings = outline.of("svg")
    assert {drawing["role"] for drawing in drawings} == {"img"}
    assert "Jul 2026 1 of 1; Aug 2026 1 of 2; Sep 2026 0 of 2" in drawings[1]["aria-label"]
    assert outline.of("html") == [{"lang": "en-US"}]


def test_the_page_needs_nothing_from_outside(report: Report) -> None:
    page = report.html.decode()
    assert "http" not in page
    outline = _Outline(report.html)
    assert not [tag for tag, _ in outline.tags if tag in {"script", "link", "img", "iframe"}]
    assert not [a for _, a in outline.tags if {"src", "href", "xlink:href"} & set(a)]
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_says_that_it_is_operational_shows_small_counts_and_escapes_names(
    report: Report,
) -> None:
    page = report.html.decode()
    assert "Operational: not for publication." in page
    assert "4 people received 7 services at 2 facilities." in page
    assert "<North" not in page
    assert "Annex &lt;North &amp; South&gt;" in page
    assert scenario.manifest().digest in page
    assert "known by October 6, 2026, 20:30 Pacific time" in page


def test_small_counts_are_marked_wherever_they_stand_and_minutes_are_not(report: Report) -> None:
    page = report.html.decode()
    by_facility = page.partition("Services by facility.")[2].partition("</table>")[0]
    assert "A dagger marks counts from 1 to 10." in by_facility.partition("</caption>")[0]
    total = by_facility.partition("<tfoot>")[2].replace("\n", "")
    assert '<td class="small">4</td><td class="small">7</td><td>155</td>' in total
    crossed = page.partition("by facility and category.")[2].partition("</table>")[0]
    assert '<td class="small">' in crossed
    assert "<td>0</td>" in crossed


def test_the_page_warns_while_services_may_still_be_missing(report: Report) -> None:
    assert "Expect the figures to grow until October 30, 2026." in report.html.decode()
    later = scenario.report("2026-01").html.decode()
    assert "No service is documented for this period." in later
    assert "Expect the figures" not in later
    assert "these are its figures so far" in scenario.report("2026-Q4").html.decode()


def test_a_facility_name_cannot_break_out_of_a_drawing() -> None:
    nasty = scenario.FACILITIES.with_columns(pl.lit('"><script>x</script>').alias("name"))
    made = scenario.report("2026-08", nasty)
    assert not _Outline(made.html).of("script")


def test_the_csv_has_every_count_and_no_formula(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(report.csv.decode(), newline="")))
    assert len(rows) == (3 + 1) * (3 + 1) * (7 + 1)
    assert rows[0] | {"facility_id": "all", "month": "all", "service_count": "7"} == rows[0]
    assert {row["facility_name"] for row in rows} >= {"'=Youth Center", "Main Jail"}


def test_the_workbook_has_the_same_counts_under_the_defined_headings(report: Report) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(report.xlsx))
    assert book.sheet_names == [
        "By category",
        "By facility",
        "By month",
        "All counts",
        "Figures",
        "Data",
        "Definitions",
    ]
    by_facility = book.get_sheet_by_name("By facility").to_python()
    assert by_facility[0][:4] == ["Facility", "People served", "Services", "Minutes"]
    assert by_facility[1][0] == "=Youth Center"
    assert by_facility[-1][:4] == ["All facilities", 4, 7, 155]
    assert len(book.get_sheet_by_name("All counts").to_python()) == 1 + 4 * 4 * 8


def test_the_manifest_is_canonical_and_names_its_inputs(report: Report) -> None:
    told = json.loads(report.manifest)
    assert told["files"] == ["aa", "bb"]
    assert told["known_at"] == "2026-10-07T03:30:00.000000+00:00"
    assert told["period"] == {"starts_on": "2026-07-01", "ends_on": "2026-09-30"}
    assert list(told) == sorted(told)
    assert report.manifest.endswith(b"}\n")
