"""A record's story: which files brought it, what changed, and what withdrew it."""

from pathlib import Path
from typing import Any

import pytest
from stories import AGENCY, BILLER, NOW, done, reentry, typed

HEADER = "alias_cin,cin,reason,valid_from\n"
FILES = {
    "2026-07-01T08:00:00Z": ("first.csv", "A,1,merged,2026-01-01\nB,1,merged,2026-01-01\n"),
    "2026-07-02T08:00:00Z": ("same.csv", "B,2,merged,2026-01-01\nA,1,merged,2026-01-01\n"),
    "2026-07-03T08:00:00Z": ("moved.csv", "A,3,changed,2026-01-01\n"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("history") / "home"
    told = typed(made, "init", str(made), "--agency", AGENCY, "--sandbox", "--now", NOW,
                 "--user", BILLER)  # fmt: skip
    assert told.exit_code == 0, told
    for received_at, (name, rows) in FILES.items():
        path = made / "inbox" / AGENCY / "cin_aliases" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + rows)
        done(made, "intake", str(path), "--received-at", received_at)
    return made


def brief(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("version", "status", "file", "row_number", "changed")
    return [tuple(row[name] for name in names) for row in rows]


def test_each_version_is_told_with_file_row_and_change(home: Path) -> None:
    rows = done(home, "history", "cin_aliases", "A")
    assert brief(rows) == [
        (1, "superseded", "first.csv", 1, None),
        (2, "current", "moved.csv", 1, ["cin", "reason"]),
    ]
    (again,) = rows[0]["seen_again"]
    assert again["row_number"] == 2
    assert rows[1]["received_at"].startswith("2026-07-03T08:00:00")


def test_a_past_day_knows_only_what_had_come(home: Path) -> None:
    rows = done(home, "history", "cin_aliases", "A", "--as-of", "2026-07-02")
    assert brief(rows) == [(1, "current", "first.csv", 1, None)]


def test_a_snapshot_that_does_not_name_it_is_told_by_its_name(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    path = home / "reentry.toml"
    text = path.read_text()
    path.write_text(f'{text}\n[agency.{AGENCY}.feed.cin_aliases]\nmode = "snapshot"\n')
    told = reentry(home, "history", "cin_aliases", "B")
    path.write_text(text)
    assert told.exit_code == 0, told
    (newest,) = (line for line in told.out.splitlines() if "same.csv" in line)
    assert newest.index("withdrawn") < newest.index("same.csv") < newest.index("moved.csv")
    rows = done(home, "history", "cin_aliases", "B")
    assert [row["status"] for row in rows] == ["superseded", "current"]


@pytest.mark.parametrize(("words", "code"), [
    (("no_such_feed", "A"), "feed:"),
    (("cin_aliases", "SECRET"), "key_unknown:"),
])  # fmt: skip
def test_a_key_that_nobody_sent_is_said_without_repeating_it(
    home: Path, words: tuple[str, str], code: str
) -> None:
    told = reentry(home, "history", *words)
    assert told.exit_code == 2
    assert told.err.startswith(code)
    assert "SECRET" not in told.err
