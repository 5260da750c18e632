"""Templates: an empty file of every feed, whose columns are the contract's."""

import re
import zipfile
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from contracts.feeds import COMMON, FEEDS
from contracts.tables import Table
from pipelines.stages.intake import check_columns
from reports import feed_template


@pytest.mark.parametrize("table", FEEDS.values(), ids=FEEDS)
def test_an_empty_file_has_the_feeds_shape(table: Table) -> None:
    header = feed_template.as_csv(table).decode().strip().split(",")
    check_columns(table, header, table.name)
    (rows,) = [
        sheet.to_python()
        for book in [CalamineWorkbook.from_filelike(BytesIO(feed_template.as_workbook(table)))]
        for sheet in [book.get_sheet_by_name(table.name)]
    ]
    assert rows == [header]


def test_each_heading_has_its_note_and_the_same_bytes_come_again() -> None:
    table = FEEDS["encounters"]
    content = feed_template.as_workbook(table)
    with zipfile.ZipFile(BytesIO(content)) as book:
        notes = book.read("xl/comments1.xml").decode()
    assert len(re.findall("<comment ref", notes)) == len(table.columns) + len(COMMON)
    assert "How the person was met." in notes
    assert content == feed_template.as_workbook(table)


def test_a_note_says_what_is_to_be_known() -> None:
    assert feed_template.note(FEEDS["encounters"].column("modality")) == (
        "How the person was met.\nRequired.\nKind: text.\nOne of: in_person, video, audio."
    )
    assert feed_template.note(FEEDS["encounters"].column("line_number")) == (
        "Service line within the encounter.\nPart of the key. Required.\nKind: integer.\nForm: 30."
    )
