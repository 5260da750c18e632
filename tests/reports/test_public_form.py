"""The public form: a fixed list of tables of a quarter, one mask sign, the same in every format."""

import csv
import io
import json
import re
from itertools import pairwise

import measured_county
import pytest
import report_scenario as scenario
from python_calamine import CalamineWorkbook

from contracts.policy import Policy, shipped_text
from reports.disclosure import Relation
from reports.measure import definition, measures, parameters
from reports.measuring import COMMON_STRATA
from reports.packs import packs
from reports.period import parse_period, quarter_before
from reports.public_counts import Counted, count_public
from reports.public_report import PublicReport, public_report
from reports.public_rows import MASK, MEANING
from reports.public_tables import public_packs, public_tables

DEMOGRAPHICS = {"sex", "age_group", "race_ethnicity", "language"}


@pytest.fixture(scope="module")
def counted() -> Counted:
    """The ten people of the measured county, counted by hand below."""
    asked = parameters(public_tables(), Policy(shipped_text()), measured_county.AS_OF)
    return count_public(measured_county.facts(), measured_county.PARAMETERS | asked)


@pytest.fixture(scope="module", params=public_packs())
def report(request: pytest.FixtureRequest) -> PublicReport:
    return scenario.public_pack(request.param)


def test_the_list_has_one_and_two_way_tables_and_never_month_or_place_by_person() -> None:
    for name, told in public_tables().items():
        assert name in measures()
        assert told.part in definition(name).parts
        assert set(told.by) <= set(COMMON_STRATA) - {"month"}
        assert set(told.breakdowns) <= set(definition(name).breakdowns)
        assert set(told.single) <= set(told.breakdowns)
        for pair in told.crossed:
            assert len(pair) == 2
            assert set(pair) <= set(told.by) - {"facility_id"}


def test_whoever_is_within_another_figure_is_said_to_be(counted: Counted) -> None:
    within = {name: told.within for name, told in public_tables().items() if told.within}
    assert within == {
        "r10_handoff": ("r09_assessed_and_planned", "numerator"),
        "r15_enhanced_care": ("r09_assessed_and_planned", "denominator"),
    }
    for counts in (counted, scenario.public_counted()):
        ties = [tie for table in counts.tables.values() for tie in table.ties]
        assert ties
        assert all(tie.holds(counts.counts) for tie in ties)


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        # S1, S2, S3, S4a, S7, S8, S9 are due; S1, S7, S8 and S9 were screened in three days.
        ("r01_screened_at_booking|denominator", 7),
        ("r01_screened_at_booking|numerator", 4),
        ("r01_screened_at_booking|rest", 3),
        ("r01_screened_at_booking|denominator|facility_id=Y", 1),  # S7
        ("r01_screened_at_booking|numerator|facility_id=A", 3),
        ("r01_screened_at_booking|numerator|sex=female", 1),  # P1
        ("r01_screened_at_booking|numerator|sex=male|age_group=00-17", 1),  # P7
        ("r01_screened_at_booking|numerator|sex=female|age_group=00-17", 0),
        ("r08_served|denominator", 6),
        ("r08_served|numerator", 2),  # P1 and P3; what P2 received came after
        ("r08_served|numerator|category=mat", 1),
        ("r08_served|numerator|sex=male|race_ethnicity=White", 0),
        ("r18_services_by_type|numerator|service_type=consultation", 2),
        ("e01_members|numerator|population_of_focus=transitioning", 1),  # P1, twice
    ],
)
def test_cells_are_counted_as_by_hand(counted: Counted, cell: str, count: int) -> None:
    assert counted.counts[cell] == count


def test_what_is_said_of_totals_and_parts_is_true_of_the_counts() -> None:
    for counts in (scenario.public_counted(),):
        for table in counts.tables.values():
            assert all(line.holds(counts.counts) for line in table.lines), table.name
    relations = {
        (layout.measure, layout.strata[0]): scenario.public_counted().tables[name].lines[0].relation
        for name, layout in scenario.public_counted().layouts.items()
    }
    assert relations["r08_served", "sex"] is Relation.PARTITION  # a person is of one sex
    assert relations["r08_served", "facility_id"] is Relation.COVER  # and may be in two jails
    assert relations["r08_served", "category"] is Relation.COVER
    assert relations["r18_services_by_type", "service_type"] is Relation.PARTITION


def test_every_format_tells_the_same_and_no_masked_count(report: PublicReport) -> None:
    rows = list(csv.DictReader(io.StringIO(report.csv.decode(), newline="")))
    told = json.loads(report.json)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(report.xlsx)).get_sheet_by_name("Tables")
    lines = sheet.to_python()[1:]
    assert len(rows) == len(told["cells"]) == len(lines) > 0
    for row, cell, line in zip(rows, told["cells"], lines, strict=True):
        assert row["form"] == "public"
        assert row["count"] == (MASK if "count" in cell["masked"] else str(cell["count"]))
        assert line[7] == (MASK if row["count"] == MASK else int(row["count"]))
        shown = [row[one] for one in ("count", "of") if row[one] not in ("", MASK)]
        assert not [one for one in shown if 1 <= int(one) <= 10]
        if MASK in (row["count"], row["of"]):
            assert row["percent"] in ("", MASK)
    page = report.html.decode()
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", page)
    assert len([one for one in cells if one == MASK]) == sum(
        row[one] == MASK for row in rows for one in ("count", "of", "percent")
    )
    assert not [one for one in cells if one.isdigit() and 1 <= int(one) <= 10]


def test_the_page_says_what_the_sign_means_and_that_it_is_public(report: PublicReport) -> None:
    page = " ".join(report.html.decode().split())
    assert MEANING.replace("'", "&#39;") in page
    assert "Public form." in page
    assert "not for publication" not in page.lower()
    assert f"{report.utility.shown} of {report.utility.every} counts are shown." in page
    assert page.count("Withheld: ") == report.withheld
    assert not re.search(r"<(script|link|img|iframe)", page)
    levels = [int(one) for one in re.findall(r"<h([1-6])", page)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_packs_that_share_a_measure_show_the_same_of_it() -> None:
    one, other = (scenario.public_pack(name) for name in ("care_handoffs", "readiness"))
    shared = one.release.counts.keys() & other.release.counts.keys()
    assert shared
    assert one.release.masked & shared == other.release.masked & shared


def test_only_a_manifest_of_the_public_form_makes_one() -> None:
    with pytest.raises(ValueError, match="public form"):
        public_report(
            packs()["readiness"], scenario.public_counted(), scenario.public_release(), {},
            scenario.manifest(report="readiness"),
        )  # fmt: skip


def test_the_manifest_names_the_releases_it_was_audited_beside() -> None:
    told = json.loads(scenario.public_pack("readiness").manifest)
    assert (told["form"], told["earlier_releases"]) == ("public", ["one"])
    assert "earlier_releases" not in json.loads(scenario.pack("readiness").manifest)


@pytest.mark.parametrize(
    ("text", "is_quarter"),
    [
        ("2026-Q3", True),
        ("2026-07-01..2026-09-30", True),
        ("2026-09", False),
        ("2026-06-01..2026-08-31", False),
        ("2026-07-01..2026-12-31", False),
        ("2026-07-01..2026-09-29", False),
    ],
)
def test_which_periods_are_quarters(text: str, is_quarter: bool) -> None:  # noqa: FBT001
    assert parse_period(text).is_quarter is is_quarter


@pytest.mark.parametrize(
    ("day", "quarter"),
    [("2026-10-01", "2026-Q3"), ("2026-12-31", "2026-Q3"), ("2027-01-01", "2026-Q4"),
     ("2026-03-31", "2025-Q4")],
)  # fmt: skip
def test_the_quarter_before_a_day(day: str, quarter: str) -> None:
    assert quarter_before(measured_county.on(day) or measured_county.AS_OF) == parse_period(quarter)
