"""What a user meets at intake: odd names, snapshots with a bad row, checks that tell the truth."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner, Result

from pipelines.cli import cli
from pipelines.io.home import Home
from pipelines.io.key_history import key_history
from pipelines.io.workspace import Workspace

NOW = datetime(2026, 11, 10, 18, tzinfo=UTC)
AGENCY, FEED = "34", "cin_aliases"
HEADER = "alias_cin,cin,reason,valid_from\n"


def reentry(*words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--now", NOW.isoformat(), "--user", "admin"])


def put(home: Home, text: str, name: str = "a.csv", feed: str = FEED) -> Path:
    path = home.inbox(AGENCY, feed) / name
    path.write_text(text)
    return path


def rows(*keys: str, reason: str = "merged") -> str:
    return HEADER + "".join(f"{key},c,{reason},2026-01-01\n" for key in keys)


def snapshots(home: Home) -> None:
    settings = home.root / "reentry.toml"
    mode = f'\n[agency.{AGENCY}.feed.{FEED}]\nmode = "snapshot"\n'
    settings.write_text(settings.read_text() + mode)


def test_a_name_that_is_no_utf8_stops_nothing(home: Home) -> None:
    name = os.fsdecode(b"bad\xff.csv")
    put(home, rows("a"), name)
    put(home, rows("b"), "z.csv")
    assert reentry("intake", "--check").exit_code == 0
    told = reentry("intake", "--json")
    assert [row["state"] for row in json.loads(told.output)] == ["accepted", "accepted"]
    assert reentry("history", FEED, "a").exit_code == 0


def test_a_mapping_with_one_value_twice_leaves_only_its_own_files(home: Home) -> None:
    folder = home.root / "mappings" / AGENCY
    folder.mkdir(parents=True, exist_ok=True)
    values = 'version = 1\n[values.reason]\n"M" = "merged"\n"M " = "changed"\n'
    (folder / f"{FEED}.toml").write_text(values)
    put(home, rows("a"))
    put(home, "person_id,last_name,first_name,birth_date,sex\np,A,B,1990-01-01,F\n", feed="people")
    told = reentry("intake")
    assert told.exit_code == 3
    assert "a value stands twice, blanks around it aside" in told.output
    assert "accepted" in told.output
    checked = reentry("intake", "--check")
    assert checked.exit_code == 3
    assert "a value stands twice" in checked.output


def test_a_mapping_saved_with_a_byte_order_mark_is_read(home: Home) -> None:
    folder = home.root / "mappings" / AGENCY
    folder.mkdir(parents=True, exist_ok=True)
    text = 'version = 1\n[rename]\ncin = "New"\n'
    (folder / f"{FEED}.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    put(home, rows("a").replace(",cin,", ",New,"))
    assert reentry("intake").exit_code == 0


def test_a_bad_row_of_a_snapshot_withdraws_nothing(home: Home) -> None:
    snapshots(home)
    names = [f"k{n:02}" for n in range(30)]
    with Workspace.open(Home.open(home.root), AGENCY, now=NOW, user_id="admin") as one:
        one.inbox.take(FEED, put(home, rows(*names)))
        bad = rows(*names).replace("k07,c,merged", "k07,c,nonsense")
        outcome = one.inbox.take(FEED, put(home, bad, "b.csv"))
        assert (outcome.state, outcome.counts.quarantined_count) == ("accepted", 1)
        view = one.view_now()
        assert view.current(FEED)["alias_cin"].to_list() == names
        assert key_history(view, FEED, "k07")["status"].to_list() == ["current"]
        # named no more, it goes
        outcome = one.inbox.take(FEED, put(home, rows(*names[:7], *names[8:]), "c.csv"))
        assert outcome.state == "accepted"
        view = one.view_now()
        assert "k07" not in view.current(FEED)["alias_cin"].to_list()
        (told,) = key_history(view, FEED, "k07").to_dicts()
        assert (told["status"], len(told["withdrawn_by"])) == ("withdrawn", 1)


def test_a_check_refuses_the_snapshot_that_intake_refuses(home: Home) -> None:
    snapshots(home)
    put(home, rows(*"abcdefghij"))
    assert reentry("intake").exit_code == 0
    put(home, rows("a", "b", "c"), "few.csv")
    checked = reentry("intake", "--check")
    assert checked.exit_code == 3
    assert "would withdraw 7 of 10 keys" in checked.output
    assert reentry("intake").exit_code == 3


def test_names_that_look_like_markup_are_told_as_they_are(home: Home) -> None:
    put(home, rows("a"), "export [final].csv")
    put(home, rows("b"), "a[b].csv")
    assert reentry("intake").exit_code == 0
    for key in "ab":
        shown = reentry("history", FEED, key)
        assert shown.exit_code == 0
        assert "[" in shown.output


@pytest.mark.usefixtures("home")
def test_a_first_row_of_data_is_not_told(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("P77,Garcia,Maria,1980-01-01,F\nP78,Lopez,Ana,1981-01-01,F\n")
    checked = reentry("intake", "--check", "--feed", "people", str(path))
    assert checked.exit_code == 3
    assert "is it a header?" in checked.output.replace("\n", " ")
    assert "Garcia" not in checked.output


@pytest.mark.usefixtures("home")
def test_a_check_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("root:x:0")
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "secret")
    checked = reentry("intake", "--check", "--feed", FEED, str(link))
    assert checked.exit_code == 3
    assert "root" not in checked.output


def test_a_file_that_stays_refused_says_so_by_its_exit_code(home: Home) -> None:
    for _ in range(2):
        put(home, "alias_cin\n")
        assert reentry("intake").exit_code == 3


@pytest.mark.parametrize("sign", ["\u200b", "\ufeff", "\u202e"])
def test_a_value_with_an_invisible_sign_is_quarantined(home: Home, sign: str) -> None:
    put(home, rows("a", f"b{sign}"))
    with Workspace.open(home, AGENCY, now=NOW, user_id="admin") as one:
        (outcome,) = one.inbox.take_all()
    assert (outcome.counts.accepted_count, outcome.counts.quarantined_count) == (1, 1)


@pytest.mark.parametrize(("shown", "state"), [("00000", "refused"), ("General", "accepted")])
def test_a_number_that_is_shown_with_zeros_is_refused_by_its_cell(
    home: Home, shown: str, state: str
) -> None:
    path = home.inbox(AGENCY, FEED) / "typed.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row("A1", ["alias_cin", "cin", "reason", "valid_from"])
        sheet.write_row("A2", [None, "c", "merged", "2026-01-01"])
        sheet.write_number("A2", 9, book.add_format({"num_format": shown}))
    with Workspace.open(home, AGENCY, now=NOW, user_id="admin") as one:
        (outcome,) = one.inbox.take_all()
    assert outcome.state == state
    if state == "refused":
        assert (outcome.code, "cell A2 of sheet 1" in outcome.message) == ("leading_zeros", True)


@pytest.mark.usefixtures("home")
def test_a_template_of_another_kind_is_refused(tmp_path: Path) -> None:
    told = reentry("feeds", "template", FEED, "--to", str(tmp_path / "t.ods"))
    assert told.exit_code != 0
    assert not (tmp_path / "t.ods").exists()
