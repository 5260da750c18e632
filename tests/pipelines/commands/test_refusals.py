"""What a command refuses before it begins, and the order in which it tells what is wrong."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from contracts.errors import HeldByPolicyError, UsageError
from pipelines.cli import cli
from pipelines.io.findings import dearest_first
from pipelines.io.home import Home


def call(home: Home, *words: str, user: str = "admin") -> Any:
    return CliRunner().invoke(cli, [*words, "--home", str(home.root), "--user", user])


@pytest.mark.parametrize("county", ["abc", "00", "59", "7", "", "\u0663\u0664"])
def test_a_county_code_is_01_to_58(tmp_path: Path, county: str) -> None:
    with pytest.raises(UsageError, match="01 to 58"):
        Home.init(tmp_path / "home", "34", county, sandbox=True)
    assert not (tmp_path / "home").exists()


def test_a_file_becomes_no_home(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("kept")
    with pytest.raises(UsageError, match="is a file"):
        Home.init(tmp_path / "notes.txt", "34", "34", sandbox=True)
    assert (tmp_path / "notes.txt").read_text() == "kept"


def test_a_run_for_a_stranger_is_refused_before_its_work(home: Home) -> None:
    refused = call(home, "run", user="stranger").exception
    assert isinstance(refused, HeldByPolicyError)
    assert refused.code == "right_missing"
    assert not (home.root / "dagster" / "dagster.yaml").exists()


def test_a_batch_of_nobody_is_not_an_empty_batch(home: Home) -> None:
    refused = call(home, "batch", "show", "34-000009").exception
    assert isinstance(refused, UsageError)
    assert refused.code == "batch_unknown"


def test_a_batch_is_withdrawn_for_a_reason(home: Home) -> None:
    refused = call(home, "batch", "withdraw", "34-000001", "--reason", "  ")
    assert refused.exit_code == 2
    assert "say why" in refused.output


def test_findings_come_most_severe_first_then_dearest_then_by_id() -> None:
    given = [
        ("warn", 90, "f"), ("hold", 80, "e"), ("reject", 10, "d"), ("reject", None, "c"),
        ("reject", 70, "b"), ("reject", 70, "a"),
    ]  # fmt: skip
    rows = pl.DataFrame(given, schema=["severity", "amount", "finding_id"], orient="row")
    assert "".join(dearest_first(rows)["finding_id"]) == "abdcef"
