"""Header names: what source systems write, beside the column of ours it is."""

import pytest

from contracts.feeds import COMMON, FEEDS
from contracts.header_names import likeness, synonyms, words

KNOWN = {column.name for table in FEEDS.values() for column in (*table.columns, *COMMON)}
MEANT = [
    ("DOB", "birth_date"),
    ("Date of Birth", "birth_date"),
    ("MRN", "person_id"),
    ("Person No.", "person_id"),
    ("inmateID", "person_id"),
    ("CPT", "procedure_code"),
    ("HCPCS Code", "procedure_code"),
    ("Dx", "diagnosis_codes"),
    ("ICD10", "diagnosis_codes"),
    ("DOS", "service_date"),
    ("SVC_DT", "service_date"),
    ("Service Dt", "service_date"),
    ("Gender", "sex"),
    ("POS", "place_of_service"),
    ("Visit#", "encounter_id"),
    ("Medi-Cal ID", "cin"),
]


@pytest.mark.parametrize(("theirs", "ours"), MEANT)
def test_a_heading_is_like_the_column_it_means(theirs: str, ours: str) -> None:
    assert likeness(theirs, ours) >= 0.9
    others = FEEDS["encounters" if ours in FEEDS["encounters"].names else "people"].names
    assert max(others, key=lambda name: likeness(theirs, name)) == ours


@pytest.mark.parametrize("theirs", ["", "!!", "Housing", "Entered By", "SMITH, JOHN"])
def test_a_heading_that_means_nothing_is_like_nothing(theirs: str) -> None:
    assert max(likeness(theirs, name) for name in FEEDS["people"].names) < 0.6


def test_words_of_a_heading() -> None:
    assert words("ptDOB") == ("person", "birth", "date")
    assert words("REL_DT_TM") == ("release", "date", "time")


def test_synonyms_are_of_columns_that_there_are() -> None:
    assert set(synonyms()) <= KNOWN
