"""All that is derived may be lost and is made again; what has been done is not done twice."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from stories import (
    differing,
    digests,
    done,
    lake_of,
    ledger_rows,
    reentry,
    reports,
    tables,
    typed,
)

from contracts.derived import DERIVED

COUNTY = 120

Loss = Callable[[Path], object]


def dropped(home: Path) -> None:
    """The tables themselves go, with what the lake knows of them."""
    with lake_of(home) as lake:
        for name in DERIVED:
            lake._connection.execute(f"DROP TABLE {name}")


def unlinked(home: Path) -> None:
    """Their Parquet files go, behind the lake's back."""
    with lake_of(home) as lake:
        filled = [name for name, table in DERIVED.items() if lake.read(table).height]
        paths = [path for name in DERIVED for path in lake._files(name)]
    assert len(paths) >= len(filled) > 10  # nothing is out yet: nobody has answered
    for path in paths:
        path.unlink()


@pytest.mark.parametrize("lose", [dropped, unlinked])
def test_derived_tables_that_were_lost_come_back_as_they_were(
    lose: Loss, copy_of: Callable[[str], Path]
) -> None:
    home = copy_of("derived")
    before, pages = tables(home), reports(home)
    lose(home)
    again = done(home, "run")
    assert again["is_new"]
    assert differing(before, tables(home)) == []
    assert reports(home) == pages
    assert len(pages) == 4  # page, workbook, CSV and manifest
    assert [verdict for verdict in done(home, "verify") if not verdict["holds"]] == []


def test_a_second_run_says_that_nothing_changed_and_writes_nothing(
    copy_of: Callable[[str], Path],
) -> None:
    home = copy_of("derived")
    before = digests(home)
    told = reentry(home, "run")
    assert told.exit_code == 0
    assert "Nothing has changed since the last run; it stands." in told.out
    assert digests(home) == before


def test_a_report_that_was_lost_is_written_again(copy_of: Callable[[str], Path]) -> None:
    home = copy_of("derived")
    pages = reports(home)
    for path in home.glob("reports/*/*/services-delivered-*.html"):
        path.unlink()
    assert done(home, "run")["is_new"]
    assert reports(home) == pages


def lives_of_what_was_changed(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Of the replaced and of the voided claim its submissions: frequency and state."""
    played = {"user": "demo-biller", "now": "2026-12-24T19:00:00Z"}
    lives = {}
    last = done(folder, "batch", "list", **played)[-1]["batch_id"]
    for claim in done(folder, "batch", "show", last, **played):
        told = done(folder, "claims", "show", claim["claim_id"], **played)["submissions"]
        lives[claim["frequency_code"]] = [(one["frequency_code"], one["state"]) for one in told]
    return lives


def test_the_demonstration_names_its_results_and_played_again_changes_nothing(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "demo"
    words = ("demo", str(folder), "--stays", str(COUNTY))
    first = typed(folder, *words, "--json")
    assert first.exit_code == 0, first
    paths = [Path(one) for one in first.json["outputs"]]
    assert all(path.is_file() and not path.name.startswith(".") for path in paths)
    assert {path.suffix for path in paths} == {".xlsx", ".html", ".csv", ".json", ".x12"}
    answers = {one["answer"]: one for one in first.json["answers"]}
    assert {"TA1", "999", "277CA", "835"} <= answers.keys()
    assert Decimal(answers["835"]["paid_amount"]) > 0
    lives = lives_of_what_was_changed(folder)
    assert lives["7"][-2:] == [("1", "replaced"), ("7", "paid")]
    assert lives["8"] == [("1", "voided"), ("8", "voided")]

    files, rows = digests(folder), ledger_rows(folder)
    second = typed(folder, *words)
    again = digests(folder)
    assert second.exit_code == 0, second
    assert "Nothing changed" in second.out
    assert {name for name in files | again if files.get(name) != again.get(name)} <= {"ledger.db"}
    assert ledger_rows(folder) == rows
