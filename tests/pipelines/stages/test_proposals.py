"""Proposals: a drawn column beside what it is proposed to be, and what its texts then need."""

import polars as pl
import pytest

from contracts.feeds import FEEDS
from contracts.mapping import Mapping
from contracts.mapping_snippet import snippet
from contracts.mapping_text import parse_mapping
from pipelines.stages.proposals import fit, propose

ENCOUNTERS = FEEDS["encounters"]
# heading, its texts, the column it may be and why; None: nothing is proposed
COLUMNS = [
    ("DOS", ["9/1/2026", "9/30/2026"], ("service_date", "name and content")),
    ("Service Date", ["blue", "green"], None),  # a name that the content belies
    ("CPT", ["T1016", "99213"], ("procedure_code", "name")),
    ("How", ["video", "audio", "video"], ("modality", "content")),
    ("How", ["video", "video"], None),  # one value tells nothing
    ("How", ["in the room", "by wire"], None),
    ("Contact Type", ["F2F", "Tele"], ("modality", "name")),  # sure by name: values to be mapped
    ("Housing", ["4B", "4C"], None),
]


@pytest.mark.parametrize(("heading", "texts", "expected"), COLUMNS)
def test_what_a_column_may_be(
    heading: str, texts: list[str], expected: tuple[str, str] | None
) -> None:
    found = propose(ENCOUNTERS, pl.DataFrame({heading: texts}), [heading], ENCOUNTERS.names)
    assert [(one.ours, one.by) for one in found] == ([] if expected is None else [expected])


def test_each_column_is_proposed_once_the_likest_first() -> None:
    sample = pl.DataFrame({"Units": ["1"], "Unit": ["2"], "Billed Units": ["3"]})
    found = propose(ENCOUNTERS, sample, sample.columns, ENCOUNTERS.names)
    assert [(one.theirs, one.ours) for one in found][:1] == [("Units", "units")]
    assert len({one.ours for one in found}) == len(found)


FITS = [
    ("service_date", ["2026-09-01", ""], Mapping()),
    ("service_date", ["9/1/2026"], Mapping(date_format={"service_date": "%m/%d/%Y"})),
    ("service_date", ["9/31/2026", "12/1/2026"], Mapping(date_format={"service_date": "%m/%d/%Y"})),
    ("service_date", ["9/1/26"], Mapping(date_format={"service_date": "%m/%d/%y"})),
    ("service_date", ["31/01/2026"], Mapping(date_format={"service_date": "%d/%m/%Y"})),
    ("start_time", ["1:05 PM"], Mapping(time_format={"start_time": "%I:%M %p"})),
    ("signed_at", ["9/1/2026 13:05"], Mapping(time_format={"signed_at": "%m/%d/%Y %H:%M"})),
    ("charge_amount", ["$1,240.50"], Mapping(strip={"charge_amount": "$,"})),
    ("diagnosis_codes", ["F11.20|Z59.00"], Mapping()),
    ("diagnosis_codes", ["F11.20; Z59.00"], Mapping(list_separator={"diagnosis_codes": ";"})),
    ("is_part_2", ["Y", "N"], Mapping(values={"is_part_2": {"Y": "yes", "N": "no"}})),
    ("note_status", ["Signed", "Open"], Mapping(values={"note_status": {"Signed": "signed"}})),
]


@pytest.mark.parametrize(("ours", "texts", "expected"), FITS)
def test_the_form_that_texts_have(ours: str, texts: list[str], expected: Mapping) -> None:
    assert fit(ENCOUNTERS.column(ours).field, pl.Series(texts)).mapping == expected


def test_a_birth_has_four_digits() -> None:
    field = FEEDS["people"].column("birth_date").field
    assert fit(field, pl.Series(["9/1/55"])).mapping == Mapping()


def test_a_value_that_nobody_can_guess_is_left_open() -> None:
    found = fit(ENCOUNTERS.column("note_status").field, pl.Series(["Signed", "Open"]))
    assert found.unmapped == ("Open",)
    assert found.share == 0.5


def test_a_snippet_is_a_mapping() -> None:
    proposed = Mapping(
        separator="\t",
        rename={"person_id": 'Inmate "No"'},
        date_format={"service_date": "%m/%d/%Y"},
        time_format={"start_time": "%H%M"},
        strip={"charge_amount": "$,"},
        list_separator={"modifiers": ","},
        values={"note_status": {"Signed\\": "signed"}},
    )
    text = snippet(proposed, is_new=True, unnamed=["A\nB"], open_values={"note_status": ["Open"]})
    read = parse_mapping(text, ENCOUNTERS, "mappings/34/encounters.toml")
    assert read == Mapping(**{**vars(proposed), "digest": read.digest})
    assert '# "Open" = "?"' in text
