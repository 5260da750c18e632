"""`reentry remits`: remittances from the inbox to the list, in each of its forms."""

import json
from pathlib import Path
from typing import Any

import pytest
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


BILLER = (
    "billing_npi,organization_name,tax_id,taxonomy_code,address_line,city,state,zip,contact_name,"
    "contact_phone\n"
    "1093817465,COUNTY,941234567,261QP2400X,1 MAIN,TOWN,CA,959010000,OFFICE,9165550100\n"
)


@pytest.fixture(autouse=True)
def _payee(workspace: Workspace) -> None:
    """The county bills under the number to which the remittances pay."""
    path = workspace.home.inbox("34", "billing_providers") / "billing.csv"
    path.write_text(BILLER)
    assert workspace.inbox.take("billing_providers", path).counts.accepted_count == 1


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


def test_what_is_paid_to_another_and_names_no_claim_of_ours_is_not_posted(
    home: Home, workspace: Workspace
) -> None:
    landed(workspace, "other.x12", drawn.text(drawn.Remittance(ONE.claims, payee="1992739999")))
    (row,) = json.loads(call(home, "remits", "--json"))
    assert (row["state"], row["difference"]) == ("quarantined", None)
