"""`reentry intake --check`: what would be taken and what not, a mapping; nothing is written."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from contracts.feeds import FEEDS
from contracts.mapping_text import parse_mapping
from pipelines.cli import cli
from pipelines.io.home import Home

HEADER = "Old CIN,New CIN,Why,Known From\n"
ROWS = (
    "91A,91B,merged,1/5/2026\n91C,91D,Merged,1/6/2026\n91A,91E,changed,1/7/2026\n91F,,typo,soon\n"
)


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "extract.csv"
    path.write_text(HEADER + ROWS)
    return path


def check(home: Home, path: Path, *more: str) -> Result:
    call = [
        "intake",
        "--home",
        str(home.root),
        "--check",
        "--feed",
        "cin_aliases",
        *more,
        str(path),
    ]
    return CliRunner().invoke(cli, call)


def told(home: Home, path: Path) -> dict[str, Any]:
    (one,) = json.loads(check(home, path, "--json").output)
    return one


def fingerprint(root: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in root.rglob("*")
    }


def place(home: Home, text: str) -> None:
    path = home.root / "mappings" / "34" / "cin_aliases.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_nothing_is_written(home: Home, extract: Path) -> None:
    before = fingerprint(home.root)
    assert check(home, extract).exit_code == 3
    place(home, told(home, extract)["snippet"])
    after = fingerprint(home.root)
    assert {name for name in after if name not in before} == {
        str(home.root / "mappings" / "34"),
        str(home.root / "mappings" / "34" / "cin_aliases.toml"),
    }
    assert {name: after[name] for name in before} == before
    assert extract.exists()


def test_columns_and_a_mapping_for_them(home: Home, extract: Path) -> None:
    seen = told(home, extract)
    assert seen["recognized"] == []
    assert seen["missing"] == ["alias_cin", "cin", "reason", "valid_from"]
    assert seen["unknown"] == ["Old CIN", "New CIN", "Why", "Known From"]
    assert seen["refusal"].startswith("cin_aliases file: column alias_cin is missing")
    assert (seen["rows"], seen["mapping"]) == (None, "mappings/34/cin_aliases.toml")
    by = {one["may_be"]: (one["column"], one["by"]) for one in seen["proposals"]}
    assert by["reason"] == ("Why", "content")
    parse_mapping(seen["snippet"], FEEDS["cin_aliases"], "mappings/34/cin_aliases.toml")


def test_rows_by_rule_once_the_columns_are_settled(home: Home, extract: Path) -> None:
    place(
        home,
        'version = 1\n[rename]\nalias_cin = "Old CIN"\ncin = "New CIN"\nreason = "Why"\n'
        'valid_from = "Known From"\n[date_format]\nvalid_from = "%m/%d/%Y"\n',
    )
    result = check(home, extract, "--json")
    assert result.exit_code == 0
    (seen,) = json.loads(result.output)
    assert (seen["rows"], seen["taken"], seen["quarantined"]) == (4, 1, 3)
    assert [(one["column"], one["rule"], one["rows"]) for one in seen["broken"]] == [
        ("alias_cin", "key_repeated_in_file", 1),
        ("reason", "allowed_value", 1),
        ("cin", "required_value", 1),
        ("valid_from", "format", 1),
    ]
    assert seen["snippet"] == '[values.reason]\n"Merged" = "merged"\n'
    assert "Add to mappings/34/cin_aliases.toml" in check(home, extract).output


def test_another_separator_is_noticed(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "piped.csv"
    path.write_text("alias_cin|cin|reason|valid_from\n91A|91B|merged|2026-01-05\n")
    seen = told(home, path)
    assert seen["refusal"] is not None
    assert seen["snippet"] == 'version = 1\nseparator = "|"\n'


BROKEN = [
    (b"", "no header row"),
    (b"a,a\n1,2\n", "missing"),
    (b"\xff\n", "is not UTF-8"),
    (b'cin,reason\n1,"2\n', "RFC 4180"),
]


@pytest.mark.parametrize(("content", "said"), BROKEN)
def test_a_file_that_cannot_be_read_is_told(
    home: Home, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    result = check(home, path, "--json")
    assert result.exit_code == 3
    assert said in json.loads(result.output)[0]["refusal"]


def test_names_in_brackets_are_shown_as_they_are(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("[red]CIN[/red],cin\n1,2\n")
    assert "[red]CIN[/red]" in check(home, path).output


def test_responses_are_not_checked(home: Home, extract: Path) -> None:
    call = ["intake", "--home", str(home.root), "--check", "--feed", "x12", str(extract)]
    assert "X12" in str(CliRunner().invoke(cli, call).exception)
