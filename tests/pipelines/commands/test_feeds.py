"""`reentry feeds`: what is listed and shown is the contract's, beside what is mapped to it."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from contracts.feeds import COMMON, FEEDS
from pipelines.cli import cli
from pipelines.io.home import Home


def run(home: Home, *words: str) -> Any:
    result = CliRunner().invoke(cli, ["feeds", *words, "--home", str(home.root), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def place(home: Home) -> None:
    path = home.root / "mappings" / "34" / "people.toml"
    path.parent.mkdir()
    path.write_text(
        'version = 7\n[rename]\nsex = "Gender"\n'
        '[split.Name]\ninto = ["last_name", "first_name"]\nseparator = ","\n'
        '[join.address_line]\ncolumns = ["No", "Street"]\n'
    )


def test_every_feed_is_listed_with_its_key_and_mapping(home: Home) -> None:
    place(home)
    rows = {row["feed"]: row for row in run(home, "list")}
    assert list(rows) == list(FEEDS)
    assert rows["coverage"]["key"] == ["cin", "aid_code", "starts_on"]
    assert (rows["people"]["mapping"], rows["coverage"]["mapping"]) == (7, None)


def test_a_feed_is_shown_column_by_column(home: Home) -> None:
    place(home)
    rows = {row["column"]: row for row in run(home, "show", "people")}
    assert list(rows) == [*FEEDS["people"].names, *(column.name for column in COMMON)]
    assert rows["sex"] == {
        "column": "sex",
        "kind": "text",
        "is_key": False,
        "required": True,
        "allowed": ["F", "M", "U"],
        "pattern": None,
        "privacy": "identifier",
        "mapped_from": ["Gender"],
        "meaning": FEEDS["people"].column("sex").field.meaning,
    }
    assert rows["first_name"]["mapped_from"] == ["Name"]
    assert rows["address_line"]["mapped_from"] == ["No", "Street"]
    assert rows["cin"]["mapped_from"] == []


def test_a_template_is_written_where_it_is_wanted(home: Home, tmp_path: Path) -> None:
    usual = run(home, "template", "people")
    assert Path(usual["path"]) == home.root / "reports" / "34" / "templates" / "people.csv"
    there = run(home, "template", "people", "--to", str(tmp_path / "mine.xlsx"))
    assert there["format"] == "xlsx"
    assert (tmp_path / "mine.xlsx").read_bytes().startswith(b"PK")
