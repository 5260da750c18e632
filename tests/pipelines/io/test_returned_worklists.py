"""Worklists that come back: what is read of them, and what of a file makes it refused whole."""

import os
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import report_scenario as scenario
from filled_workbooks import (
    PLACES,
    SOFFICE,
    filled,
    letters,
    rewritten,
    saved_by_libreoffice,
    sheets_of,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.decisions import ACTIONS, CORRECTABLE, SET_FIELDS
from contracts.errors import RefusedInputError, UsageError
from pipelines.io import returned
from pipelines.io.returned import entered
from reports.worklist_sheets import COLUMNS

BOOK = scenario.worklist().workbook
CELLS = ("action", "field", "value", "reason")


def written(folder: Path, content: bytes, name: str = "back.xlsx") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_every_row_comes_back_with_its_ids_and_where_it_stands(tmp_path: Path) -> None:
    rows = entered(written(tmp_path, BOOK))
    assert rows.height == 6
    first = rows.row(0, named=True)
    assert (first["sheet"], first["row_number"], first["finding_id"]) == ("Biller", 1, "f3")
    assert (first["subject_id"], first["seen_version"], first["issue_id"]) == (
        "main/E3/1", "v1", "issue1",
    )  # fmt: skip
    assert rows.select(CELLS).null_count().row(0) == (6,) * 4


def test_what_was_entered_comes_back(tmp_path: Path) -> None:
    entry = {"decision": "correct", "field": "modifiers", "value": "09", "reason": "so <b> & more"}
    rows = entered(written(tmp_path, filled(BOOK, {("Biller", 3): entry})))
    told = rows.filter(pl.col("action").is_not_null()).row(0, named=True)
    assert [told[name] for name in CELLS] == list(entry.values())
    assert (told["finding_id"], told["row_number"]) == ("f1", 2)


def test_the_rest_in_csv_comes_back_as_it_went(tmp_path: Path) -> None:
    rest = scenario.worklist(row_limit=2).overflow_csv
    assert rest is not None
    lines = rest.decode().splitlines(keepends=True)
    at = lines[0].strip().split(",").index("decision")
    cells = lines[1].split(",")
    cells[at : at + 4] = ["correct", "charge_amount", "99.95", '"\'-5 is wrong"']
    path = written(tmp_path, "".join([lines[0], ",".join(cells), *lines[2:]]).encode(), "rest.csv")
    told = entered(path).filter(pl.col("action").is_not_null())
    assert told.select(CELLS).row(0) == ("correct", "charge_amount", "99.95", "-5 is wrong")
    assert set(told["sheet"]) == {"CSV"}


def test_sheets_that_are_left_out_or_hidden_are_no_trouble(tmp_path: Path) -> None:
    entry = {"decision": "hold", "reason": "ask"}
    hidden = rewritten(
        filled(BOOK, {("Biller", 3): entry}),
        lambda part, text: (
            text.replace('name="Biller"', 'name="Biller" state="hidden"')
            if part == "xl/workbook.xml"
            else text
        ),
    )
    assert "hold" in set(entered(written(tmp_path, hidden))["action"])


def on_sheet(change: Callable[[str], str], part: str = "xl/worksheets/sheet2.xml") -> bytes:
    return rewritten(BOOK, lambda name, text: change(text) if name == part else text)


def shared(old: str, new: str) -> bytes:
    return rewritten(
        BOOK, lambda name, text: text.replace(old, new) if "sharedStrings" in name else text
    )


def with_row(number: int, *texts: str) -> Callable[[str], str]:
    cells = "".join(
        f'<c r="{letters(n)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
        for n, text in enumerate(texts)
    )
    row = f'<row r="{number}">{cells}</row></sheetData>'
    return lambda text: text.replace("</sheetData>", row)


def cell(name: str, row: int, content: str) -> bytes:
    at = f"{letters(PLACES[name])}{row}"
    return on_sheet(
        lambda text: re.sub(rf'<c r="{at}"[^>]*?/>', f'<c r="{at}">{content}</c>', text)
    )


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a formula": ("formula", lambda: cell("value", 2, '<f>HYPERLINK("http://x")</f><v>1</v>')),
    "a formula of the decision": ("formula", lambda: cell("decision", 2, "<f>1+1</f><v>2</v>")),
    "a changed header": ("header_changed", lambda: shared(">What is wrong<", ">What<")),
    "a hidden column's header gone": ("header_changed", lambda: shared(">issue_id<", "> <")),
    "an added row": ("row_added", lambda: on_sheet(with_row(6, "Hold", "1"))),
    "a row whose hidden cells are gone": ("row_added", lambda: filled(BOOK, {
        ("Biller", 3): dict.fromkeys(("finding_id", "issue_id"), None)
    })),
    "a renamed sheet": ("sheet_name", lambda: rewritten(
        BOOK, lambda _, text: text.replace('name="Biller"', 'name="Our list"')
    )),
    "content beside the table": (
        "outside_the_table", lambda: on_sheet(with_row(6, *[""] * len(COLUMNS), "note")),
    ),
    "no sheet of work": ("no_sheet", lambda: scenario.worklist(
        scenario.findings().clear()
    ).workbook),
    "a sheet without end": ("too_large", lambda: on_sheet(
        lambda text: text.replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c>'
        "</row></sheetData>")
    )),
    "text": ("not_what_it_seems", lambda: b"Decision,Reason\nhold,x\n"),
    "half a workbook": ("unreadable", lambda: BOOK[: len(BOOK) // 2]),
}  # fmt: skip


@pytest.mark.parametrize("named", HOSTILE)
def test_a_file_that_is_not_as_it_was_issued_is_refused_whole(named: str, tmp_path: Path) -> None:
    code, made = HOSTILE[named]
    with pytest.raises(RefusedInputError) as caught:
        entered(written(tmp_path, made()))
    assert caught.value.code == code or named in ("text", "half a workbook")
    assert str(caught.value).startswith("the returned worklist")
    for value in ("HYPERLINK", "Our list", "P1", "main/E", str(tmp_path)):
        assert value not in str(caught.value)


def test_a_file_too_large_to_be_a_worklist_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returned, "MOST_BYTES", 1000)
    with pytest.raises(RefusedInputError, match="over 1000 bytes"):
        entered(written(tmp_path, BOOK))


def test_other_files_and_none_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        entered(tmp_path / "none.xlsx")
    with pytest.raises(RefusedInputError):
        entered(written(tmp_path, b"PAR1", "back.parquet"))
    with pytest.raises(RefusedInputError, match="header"):
        entered(written(tmp_path, b"a,b\n1,2\n", "back.csv"))


# Texts as people type them: no control characters, no blanks at the ends, which reading takes off.
TYPED = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Zs", "Cn", "Co"]), min_size=1,
    max_size=40,
)  # fmt: skip
DECISION = st.fixed_dictionaries(
    {
        "decision": st.sampled_from(ACTIONS["encounter"]),
        "field": st.sampled_from([*CORRECTABLE, *SET_FIELDS]),
        "value": TYPED | st.sampled_from(["09", "1e5", "=1+1", "-1", "2026-04-01", "TRUE", "0.10"]),
        "reason": TYPED,
    }
)
ROWS = 500


def many() -> bytes:
    """A worklist of five hundred findings of one role."""
    one = scenario.findings().filter(pl.col("finding_id") == "f1")
    numbers = pl.Series("n", range(ROWS))
    found = pl.concat([one] * ROWS).with_columns(
        finding_id=pl.concat_str(pl.lit("g"), numbers.cast(pl.String)),
        subject_id=pl.concat_str(pl.lit("main/E"), numbers.cast(pl.String), pl.lit("/1")),
        amount=(numbers.cast(pl.Decimal(12, 2)) + Decimal("0.05")).cast(pl.Decimal(12, 2)),
    )
    return scenario.worklist(found).workbook


@pytest.mark.skipif(
    SOFFICE is None and not os.environ.get("CI"),
    reason="LibreOffice is not installed on this machine; .ci/run installs it",
)
@settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=st.lists(DECISION, min_size=ROWS, max_size=ROWS))
def test_five_hundred_decisions_come_back_from_libreoffice_exactly(
    made: list[dict[str, str]], tmp_path_factory: Any
) -> None:
    folder = tmp_path_factory.mktemp("office")
    book = many()
    issued = {row["finding_id"]: row for row in sheets_of(book)["Biller"]}
    entries = {("Biller", row): entry for row, entry in enumerate(made, 2)}
    back = saved_by_libreoffice(filled(book, entries), folder)
    rows = entered(written(folder, back))
    assert rows.select(CELLS).rows() == [tuple(entry.values()) for entry in made]
    assert rows["finding_id"].to_list() == list(issued)
    assert set(rows["seen_version"]) == {"v1"}
    charges = [(row["finding_id"], row["amount"]) for row in sheets_of(back)["Biller"]]
    assert charges == [(name, row["amount"]) for name, row in issued.items()]
