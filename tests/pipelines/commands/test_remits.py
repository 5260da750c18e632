"""`reentry remits`: remittances from the inbox to the list, in each of its forms."""

import json
from pathlib import Path
from typing import Any

import remittances_drawn as drawn
from click.testing import CliRunner

from pipelines.cli import cli
from pipelines.io.home import Home
from pipelines.io.workspace import Workspace

NOW = "2026-10-31T18:00:00Z"
LINE = drawn.Line(10_000, (("CO", "45", 2_000),))
ONE = drawn.Remittance((drawn.Claim("A", (LINE,)),), paid_on="20261029")


def call(home: Home, *words: str) -> str:
    told = CliRunner().invoke(
        cli, [*words, "--home", str(home.root), "--user", "admin", "--now", NOW]
    )
    assert told.exit_code == 0, told.exception
    return told.output


def landed(workspace: Workspace, name: str, text: str, **terms: Any) -> str:
    path = workspace.home.inbox("34", "x12") / name
    path.write_text(text)
    return workspace.inbox.take("x12", path, **terms).state


def test_the_list_says_what_was_posted_and_what_is_out(home: Home, workspace: Workspace) -> None:
    out = drawn.text(drawn.Remittance(ONE.claims, trace="T2", paid_on="20261022"))
    landed(workspace, "first.x12", drawn.text(ONE))
    landed(workspace, "out.x12", out.replace("SVC*HC:99213*100*80", "SVC*HC:99213*100*80.01"))
    landed(workspace, "again.x12", drawn.text(ONE, number=901))
    told = json.loads(call(home, "remits", "--json"))
    first = {"trace_number": "T1", "paid_on": "2026-10-29", "amount": "80.00", "claims": 1,
             "difference": "0.00"}  # fmt: skip
    assert told == [
        first | {"file": "again.x12", "state": "duplicate"},
        first | {"file": "first.x12", "state": "posted"},
        first | {"file": "out.x12", "state": "quarantined", "trace_number": "T2",
                 "paid_on": "2026-10-22", "difference": "-0.01"},
    ]  # fmt: skip


def test_it_is_written_as_workbook_and_csv(
    home: Home, workspace: Workspace, tmp_path: Path
) -> None:
    landed(workspace, "first.x12", drawn.text(ONE))
    assert "1 rows" in call(home, "remits", "--to", str(tmp_path / "r.xlsx"))
    call(home, "remits", "--to", str(tmp_path / "r.csv"))
    assert (tmp_path / "r.csv").read_text().splitlines()[1].startswith("T1,MEDI-CAL,2026-10-29,80")
    assert (tmp_path / "r.xlsx").read_bytes()[:2] == b"PK"


def test_a_damaged_set_is_not_read_and_its_neighbour_is(home: Home, workspace: Workspace) -> None:
    other = drawn.Remittance(ONE.claims, trace="T2")
    landed(workspace, "two.x12", drawn.text(ONE, other).replace("SE*14*0001", "SE*13*0001"))
    told = json.loads(call(home, "remits", "--json"))
    assert [row["trace_number"] for row in told] == ["T2"]


def test_a_file_received_again_pays_once(home: Home, workspace: Workspace) -> None:
    landed(workspace, "first.x12", drawn.text(ONE))
    landed(workspace, "first.x12", drawn.text(ONE), again=True)
    states = [row["state"] for row in json.loads(call(home, "remits", "--json"))]
    assert states == ["duplicate", "posted"]
