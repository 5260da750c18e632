"""Mapping: a drawn extract beside the rows that the contract will see."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import RefusedInputError
from contracts.feeds import FEEDS
from contracts.mapping import Mapping
from contracts.mapping_text import parse_mapping
from contracts.settings import FeedSettings
from pipelines.io.readers import MISSHAPEN
from pipelines.stages.intake import Origin, check_columns, take
from pipelines.stages.mapping import apply, arrived, check_header, header_of

FEED = FEEDS["encounters"]
PEOPLE = FEEDS["people"]


def mapping_of(text: str, feed: str = "encounters") -> Mapping:
    return parse_mapping(f"version = 1\n{text}", FEEDS[feed], "mappings/34/feed.toml")


def drawn(text: str) -> pl.DataFrame:
    """A table drawn with `;` between cells; an empty cell is empty."""
    names, *rows = [
        [cell.strip() or None for cell in line.split(";")] for line in text.strip().splitlines()
    ]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(map(str, names), pl.String), orient="row")
    return frame.with_row_index("row_number", offset=1).cast({"row_number": pl.Int64})


# (what it shows, mapping, the extract, what becomes of it)
FEATURES = [
    (
        "rename; one of theirs may serve two of ours; ignored and x_ columns go",
        (
            'ignore = ["Printed"]\n[rename]\nstay_id = "Booking"\nperson_id = "Inmate"\n'
            'encounter_id = "Inmate"'
        ),
        "Booking ; Inmate ; units ; Printed ; x_note\nB1 ; P1 ; 2 ; today ; z",
        "units ; stay_id ; person_id ; encounter_id\n2 ; B1 ; P1 ; P1",
    ),
    (
        "dates of a format; others stay for the contract to judge, ISO ones hold",
        '[date_format]\nservice_date = "%m/%d/%Y"',
        "service_date\n1/5/2026\n12/31/2026\n13/05/2026\n1/5/26\n2026-01-05\n",
        "service_date\n2026-01-05\n2026-12-31\n13/05/2026\n1/5/26\n2026-01-05\n",
    ),
    (
        "a date may stand with a time of day, or a month by name",
        '[date_format]\nservice_date = "%m/%d/%Y %H:%M"\nservice_end_date = "%d-%b-%Y"',
        "service_date ; service_end_date\n1/5/2026 0:00 ; 5-Jan-2026",
        "service_date ; service_end_date\n2026-01-05 ; 2026-01-05",
    ),
    (
        "times of day and instants; midnight where only the day is told",
        (
            '[time_format]\nstart_time = "%I:%M %p"\nsigned_at = "%m/%d/%Y %H:%M"\n'
            'source_updated_at = "%Y%m%d"'
        ),
        (
            "start_time ; signed_at ; source_updated_at\n1:05 pm ; 1/5/2026 14:30 ; 20260105\n"
            "noon ; soon ; 2026010"
        ),
        (
            "start_time ; signed_at ; source_updated_at\n"
            "13:05:00 ; 2026-01-05T14:30:00 ; 2026-01-05T00:00:00\nnoon ; soon ; 2026010"
        ),
    ),
    (
        "an instant with its offset",
        '[time_format]\nsigned_at = "%m/%d/%Y %H:%M %z"',
        "signed_at\n1/5/2026 14:30 -0800",
        "signed_at\n2026-01-05T22:30:00+00:00",
    ),
    (
        "values by the map; others stay; one mapped to nothing takes the default",
        (
            '[values.modality]\n"Face to face" = "in_person"\n"n/a" = ""\n'
            '[default]\nmodality = "audio"\nplace_of_service = "09"'
        ),
        "modality\nFace to face\nfax\nn/a\n\n",
        "modality ; place_of_service\nin_person ; 09\nfax ; 09\naudio ; 09\n",
    ),
    (
        "characters to strip",
        '[strip]\ncharge_amount = "$, "',
        "charge_amount\n$1,234.50\n$ 7\n12",
        "charge_amount\n1234.50\n7\n12",
    ),
    (
        "lists cut otherwise, element by element; a bar in one is doubled for the contract",
        (
            '[list_separator]\ndiagnosis_codes = ","\n[values.diagnosis_codes]\n"none" = ""\n'
            '"F1120" = "F11.20"'
        ),
        "diagnosis_codes\nF1120, Z59.0\nnone\na|b,c",
        "diagnosis_codes\nF11.20|Z59.0\n\na||b|c",
    ),
    (
        "a column split at a separator: what is over stays with the last",
        '[split."CPT"]\ninto = ["procedure_code", "modifiers"]\nseparator = "-"',
        "CPT\n99213-HQ\n99213\n99213-HQ-GT",
        "procedure_code ; modifiers\n99213 ; HQ\n99213 ;\n99213 ; HQ-GT",
    ),
    (
        "columns joined, empty parts left out",
        (
            '[join.modifiers]\ncolumns = ["M1", "M2"]\n[join.signed_at]\n'
            'columns = ["Day", "Time"]\n'
            '[time_format]\nsigned_at = "%m/%d/%Y %H:%M"'
        ),
        "M1 ; M2 ; Day ; Time\nHQ ; GT ; 1/5/2026 ; 14:30\n ; GT ; 1/5/2026 ;",
        "modifiers ; signed_at\nHQ|GT ; 2026-01-05T14:30:00\nGT ; 1/5/2026",
    ),
]


@pytest.mark.parametrize(("said", "text", "extract", "expected"), FEATURES)
def test_an_extract_in_the_feeds_form(said: str, text: str, extract: str, expected: str) -> None:
    mapped = apply(FEED, mapping_of(text), drawn(extract))
    told = mapped.rows.with_columns(pl.col(pl.String).replace("", None))
    assert told.rows(named=True) == drawn(expected).rows(named=True), said
    assert mapped.left_out.is_empty()
    seen = header_of(FEED, mapping_of(text), drawn(extract).columns[1:])
    assert {name for name in seen if not name.startswith("x_")} == set(told.columns[1:])


FILTERS = [
    ('equals = "MED"', [1, 4]),
    ('not_equals = "MED"', [2, 3]),
    ('in = ["MED", "LAB"]', [1, 2, 4]),
    ('not_in = ["MED", ""]', [2]),
]


@pytest.mark.parametrize(("test", "stay"), FILTERS)
def test_a_filter_tells_which_rows_are_of_the_feed(test: str, stay: list[int]) -> None:
    extract = drawn("Kind ; units\nMED ; 1\nLAB ; 2\n ; 3\nMED ; 4")
    mapped = apply(FEED, mapping_of(f'[[filter]]\ncolumn = "Kind"\n{test}'), extract)
    assert mapped.rows["row_number"].to_list() == stay
    assert mapped.rows.columns == ["row_number", "units"]
    assert sorted([*mapped.left_out["row_number"], *stay]) == [1, 2, 3, 4]
    assert set(mapped.left_out["rule"]) == {"filtered"}


def test_a_column_of_the_feed_is_taken_though_a_filter_looks_at_it() -> None:
    text = '[[filter]]\ncolumn = "note_status"\nequals = "signed"'
    mapped = apply(FEED, mapping_of(text), drawn("note_status\nsigned\ndraft"))
    assert mapped.rows.rows() == [(1, "signed")]


def test_a_text_unlike_its_split_is_left_out_with_its_rule() -> None:
    text = (
        """[split.CPT]\ninto = ["procedure_code", "modifiers"]\npattern = '^(\\w{5})(\\w{2})?$'"""
    )
    mapped = apply(
        FEED, mapping_of(text), drawn("CPT ; units\n99213HQ ; 1\n99213 ; 2\n99-1 ; 3\n ; 4")
    )
    assert mapped.rows.rows() == [
        (1, "1", "99213", "HQ"),
        (2, "2", "99213", None),
        (4, "4", None, None),
    ]
    assert mapped.left_out.select("row_number", "column_name", "rule").rows() == [
        (3, "CPT", "split")
    ]


PLACE = "encounters file 7f3a"
HEADERS = [
    (["Inmate", "Inmate"], "the column at position 2 has a name that stands before."),
    (["Person"], "the mapping reads columns that the file has not: Inmate."),
    (["Inmate", "row_number"], "column row_number is our own name."),
]


@pytest.mark.parametrize(("header", "told"), HEADERS)
def test_a_file_that_the_mapping_does_not_fit_is_refused(header: list[str], told: str) -> None:
    with pytest.raises(RefusedInputError) as refusal:
        check_header(mapping_of('[rename]\nperson_id = "Inmate"'), header, PLACE)
    assert str(refusal.value).startswith(f"{PLACE}: {told}")


def test_a_column_that_is_made_and_delivered_is_refused() -> None:
    mapping = mapping_of('[rename]\ncin = "CIN No"', "cin_aliases")
    header = ["CIN No", "cin", "alias_cin", "reason", "valid_from"]
    seen = header_of(FEEDS["cin_aliases"], mapping, header)
    with pytest.raises(RefusedInputError, match="column cin stands twice"):
        check_columns(FEEDS["cin_aliases"], seen, PLACE)


def test_an_unknown_column_is_told_by_its_place_in_the_file() -> None:
    mapping = mapping_of('ignore = ["a"]\n[rename]\ncin = "b"', "cin_aliases")
    header = ["a", "b", "odd", "alias_cin", "reason", "valid_from"]
    with pytest.raises(RefusedInputError, match=r"1 unknown .* the first at position 3"):
        check_columns(FEEDS["cin_aliases"], header_of(FEEDS["cin_aliases"], mapping, header), PLACE)


def test_the_quarantine_has_rows_as_they_arrived() -> None:
    mapping = mapping_of(
        'ignore = ["SSN"]\n[rename]\nalias_cin = "Old"\ncin = "New"\nreason = "Why"\n'
        'valid_from = "From"\n[date_format]\nvalid_from = "%m/%d/%Y"\n'
        '[values.reason]\nM = "merged"\n[[filter]]\ncolumn = "Site"\nequals = "Main"',
        "cin_aliases",
    )
    raw = drawn(
        "Old ; New ; Why ; From ; Site ; SSN\n"
        "a ; b ; M ; 1/5/2026 ; Main ; 1\n"
        "c ; d ; M ; 5 Jan ; Main ; 2\n"
        "e ; f ; M ; 1/5/2026 ; Annex ; 3"
    )
    origin = Origin("file1", datetime(2026, 1, 5, tzinfo=UTC), mapping.digest)
    taken = take(
        FEEDS["cin_aliases"], raw, MISSHAPEN.to_frame(), pl.DataFrame.clear, FeedSettings(), origin,
        mapping,
    )  # fmt: skip
    assert taken.facts.select("row_number", "cin", "mapping_hash").rows() == [
        (1, "b", mapping.digest)
    ]
    assert taken.quarantine.select("row_number", "column_name", "rule").rows() == [
        (2, "valid_from", "format"),
        (3, "Site", "filtered"),
    ]
    assert [json.loads(text) for text in taken.quarantine["row_text"]] == [
        {"Old": "c", "New": "d", "Why": "M", "From": "5 Jan", "Site": "Main"},
        {"Old": "e", "New": "f", "Why": "M", "From": "1/5/2026", "Site": "Annex"},
    ]


cells = st.none() | st.text(max_size=6)
names = st.lists(st.sampled_from(PEOPLE.names), min_size=1, max_size=5, unique=True)


@st.composite
def frames(draw: st.DrawFn, columns: list[str]) -> pl.DataFrame:
    rows = draw(st.lists(st.tuples(*[cells] * len(columns)), max_size=6))
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return frame.with_row_index("row_number", offset=1).cast({"row_number": pl.Int64})


@given(names.flatmap(frames))
def test_a_mapping_that_says_nothing_changes_nothing(raw: pl.DataFrame) -> None:
    mapped = apply(PEOPLE, Mapping(), raw)
    assert mapped.rows.equals(raw)
    assert mapped.left_out.is_empty()
    assert arrived(Mapping(), raw).equals(raw)


THEIRS = ["Name", "Born", "Sex", "Kind", "Race"]
EVERYTHING = mapping_of(
    """
[date_format]
birth_date = "%m/%d/%Y"
[values.sex]
"0" = "F"
[default]
state = "CA"
[strip]
zip = "-"
[rename]
birth_date = "Born"
sex = "Sex"
zip = "Kind"
[split.Name]
into = ["last_name", "first_name"]
pattern = '^([^,]+), *(.+)$'
[join.race]
columns = ["Race", "Sex"]
[[filter]]
column = "Kind"
not_in = ["", "0"]
[[filter]]
column = "Sex"
not_equals = "A"
""",
    "people",
)


@given(frames(THEIRS))
def test_no_row_is_lost(raw: pl.DataFrame) -> None:
    mapped = apply(PEOPLE, EVERYTHING, raw)
    told = [*mapped.rows["row_number"], *mapped.left_out["row_number"]]
    assert sorted(told) == raw["row_number"].to_list()
