"""No person's value and no inbound file name reaches a log, Dagster's storage, an error or a file
name: canaries in every column of every feed are hunted after runs that end well and runs that fail.
"""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import polars as pl
import pytest
from canaries import WORD, holds, lay_canaries, leaks
from stories import (
    AGENCY,
    APPROVER,
    Homes,
    Told,
    copied,
    done,
    finished,
    interchanges,
    lake_of,
    reentry,
    spawned,
    tables,
)

from contracts.feeds import FEEDS, QUARANTINE
from pipelines.io import evaluation

LATER = "2026-11-01T18:00:00Z"


@pytest.fixture(scope="module")
def told_of(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Told]]:
    """A home full of canaries, and all that its commands have said."""
    home = homes.copy("landed", tmp_path_factory.mktemp("canaries") / "home")
    lay_canaries(home / "inbox" / AGENCY)
    told = {
        words: finished(spawned(home, *words.split()))
        for words in ("intake", "run", "batch propose")
    }
    told["approve"] = reentry(home, "batch", "approve", "demo-000001", user=APPROVER)
    told["write"] = finished(spawned(home, "batch", "write", "demo-000001"))
    return home, told


@pytest.fixture
def home(told_of: tuple[Path, dict[str, Told]], tmp_path: Path) -> Path:
    return copied(told_of[0], tmp_path / "home")


def is_silent(told: Told) -> bool:
    return not holds(f"{told.out}{told.err}".encode())


def test_the_canaries_are_where_they_may_be(told_of: tuple[Path, dict[str, Told]]) -> None:
    home, _ = told_of
    rows = done(home, "status")["rows"]
    with lake_of(home) as lake:
        quarantined = lake.read(QUARANTINE).filter(pl.col("row_text").str.contains(WORD))
    assert set(quarantined["feed"]) == set(FEEDS)
    assert all(counts["accepted"] > 0 for counts in rows.values() if counts["received"])
    assert WORD.encode() in interchanges(home)[0].read_bytes()
    assert holds((home / "ledger.db").read_bytes())  # the inbound names
    assert tables(home)["service_lines"].filter(person_id=f"{WORD}person_id").height == 1


def test_commands_that_end_well_say_nothing_of_them(told_of: tuple[Path, dict[str, Told]]) -> None:
    for words, told in told_of[1].items():
        assert told.exit_code == 0, (words, told)
        assert is_silent(told), words


def test_nothing_watched_holds_them_after_a_complete_run(
    told_of: tuple[Path, dict[str, Told]],
) -> None:
    assert (told_of[0] / "dagster" / "history").is_dir()
    assert leaks(told_of[0]) == []


REFUSED = {
    f"people/{WORD}-headless.csv": "{w}1,{w}2,{w}3\n{w}4,{w}5,{w}6\n",
    f"people/{WORD}-ragged.csv": "person_id,{w}\n{w},{w},{w}\n",
    f"people/{WORD}-open-quote.csv": 'person_id\n"{w}\n',
    f"people/{WORD}-twice.csv": "person_id,{w},{w}\n{w},{w},{w}\n",
    f"people/{WORD}.{WORD}": "{w}",
    f"people/{WORD}.parquet": "PAR1{w}PAR1",
    f"x12/{WORD}.x12": "{w}",
    f"x12/{WORD}-cut.x12": "ISA*00*{w}~GS*{w}~ST*999*{w}~",
}


def test_refused_files_are_refused_without_a_word_of_them(home: Path) -> None:
    for place, content in REFUSED.items():
        (home / "inbox" / AGENCY / place).write_text(content.format(w=WORD))
    told = reentry(home, "intake", "--json", now=LATER)
    assert told.exit_code == 3
    assert [row["state"] for row in told.json] == ["refused"] * len(REFUSED)
    assert is_silent(told)
    assert is_silent(reentry(home, "run", now=LATER))
    assert leaks(home) == []


def policy_of_another_kind(home: Path) -> None:
    path = home / "policy.toml"
    path.write_text(path.read_text().replace("value = 90", 'value = "ninety"', 1))


def code_set_cut_short(home: Path) -> None:
    for line in ("icd10cm", "hcpcs"):
        folder = home / "codesets" / line
        folder.mkdir()
        (folder / "broken.toml").write_text("[[[")


def lake_file_cut_short(home: Path) -> None:
    with lake_of(home) as lake:
        paths = [path for feed in ("people", "encounters") for path in lake._files(f"{feed}_facts")]
    for path in paths:
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content[: len(content) // 2])


def ledger_locked_out(home: Path) -> None:
    (home / "ledger.db").write_bytes(b"no database " * 1000)


@pytest.mark.parametrize(
    "spoil", [policy_of_another_kind, code_set_cut_short, lake_file_cut_short, ledger_locked_out]
)
def test_a_run_that_fails_says_nothing_of_them(spoil: Callable[[Path], None], home: Path) -> None:
    spoil(home)
    told = finished(spawned(home, "run", now=LATER))
    assert told.exit_code != 0
    assert told.err.strip()
    assert "Traceback" not in told.err
    assert is_silent(told)
    assert leaks(home) == []


STAGES = ("custody_episodes", "billable_days")


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_fails_with_a_value_in_its_error_keeps_it_in_a_private_file(
    stage: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(view: Any) -> NoReturn:
        name = view.current("people")["last_name"].drop_nulls()[0]
        raise ValueError(f"{WORD} {name}") from KeyError(f"{WORD} {name}")

    monkeypatch.setattr(evaluation, stage, failing)
    told = reentry(home, "run", now=LATER)
    assert told.exit_code == 1
    assert "unexpected ValueError; traceback in log/failure-00001.txt of the home" in told.err
    assert is_silent(told)
    assert leaks(home) == []
    kept = home / "log" / "failure-00001.txt"
    assert WORD in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_command_that_fails_with_a_value_in_its_error_keeps_it_in_a_private_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> NoReturn:
        raise RuntimeError(WORD)

    monkeypatch.setattr("pipelines.commands.status.summarize", failing)
    told = reentry(home, "status")
    assert told.exit_code == 1
    assert is_silent(told)
    (kept,) = (home / "log").glob("failure-*.txt")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_every_file_of_a_home_is_its_owners_alone(told_of: tuple[Path, dict[str, Told]]) -> None:
    home, _ = told_of
    shared = [
        path.relative_to(home) for path in (home, *home.rglob("*")) if path.stat().st_mode & 0o077
    ]
    assert shared == []
