"""What commands say: the keys of their JSON, which others write against, and their options."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest
from stories import AGENCY, BILLER, NOW, Homes, done, reentry, typed

from contracts.feeds import RECEIVED
from pipelines.cli import COMMANDS, cli

STATUS = {
    "as_of": str,
    "known_at": str,
    "files": {"received", "accepted", "refused"},
    "rows": set(RECEIVED),
    "findings": {
        "documentation_incomplete", "duplicate", "incorrect_codes", "ineligible_person",
        "not_authorized", "payer_setup", "timely_filing",
    },
    "claims": {"held", "written"},
    "money": {"charged", "paid", "adjusted", "denied", "open"},
    "batches": {"written"},
    "last_run": {"run_id", "completed_at", "lake_snapshot", "counts", "warnings"},
}  # fmt: skip
PLAN = {
    "action", "claim_id", "patient_control_number", "frequency_code", "facility_id", "route",
    "charge_amount", "expected_amount", "deadline_on", "reasons", "replaces",
}  # fmt: skip
BATCH = {
    "batch_id", "state", "usage", "route", "claim_form", "claims", "charge_amount",
    "interchange_control_number", "file", "sha256", "proposed_by", "approved_by",
}  # fmt: skip
CLAIM = {
    "claim_id", "patient_control_number", "state", "dispute", "submitted_on", "charge_amount",
    "paid_amount", "adjusted_amount", "lines",
}  # fmt: skip
COMMON = {"agency", "as_of", "now", "user", "as_json"}
MAKE_A_HOME = ("init", "demo")


@pytest.fixture(scope="module")
def written(homes: Homes) -> Path:
    return homes.at("written")


@pytest.fixture(scope="module")
def status(written: Path) -> Any:
    return done(written, "status")


def test_status_tells_where_the_agency_stands(status: Any) -> None:
    assert status.keys() == STATUS.keys()
    told = {name: set(value) for name, value in status.items() if isinstance(value, dict)}
    assert told == {name: keys for name, keys in STATUS.items() if isinstance(keys, set)}
    assert status["as_of"] == "2026-10-31"
    assert status["known_at"].startswith("2026-10-31T18:00:00")


def test_status_counts_rows_by_feed_and_findings_by_severity(status: Any) -> None:
    counts = ["received", "accepted", "quarantined", "duplicate"]
    assert all(list(rows) == counts for rows in status["rows"].values())
    assert all(set(found) <= {"reject", "hold", "warn"} for found in status["findings"].values())


def test_status_balances_the_money(status: Any) -> None:
    money = {name: Decimal(value) for name, value in status["money"].items()}
    assert money.pop("charged") == sum(money.values()) > 0


def test_status_of_a_home_that_has_never_run_has_the_same_keys(homes: Homes) -> None:
    fresh = done(homes.at("landed"), "status")
    assert fresh.keys() == STATUS.keys()
    assert (fresh["as_of"], fresh["last_run"], fresh["claims"]) == (None, None, {})


def test_plan_tells_each_claim_with_action_and_reason(written: Path, homes: Homes) -> None:
    rows = done(homes.at("derived"), "plan")
    assert all(row.keys() == PLAN for row in rows)
    assert {row["action"] for row in rows} == {"new", "hold"}
    assert all(bool(row["reasons"]) == (row["action"] == "hold") for row in rows)
    assert [row["patient_control_number"] for row in rows if row["action"] == "new"]
    assert len(done(written, "plan")) == len(rows)


def test_batch_list_tells_the_file_and_both_persons(written: Path) -> None:
    (batch,) = done(written, "batch", "list")
    assert batch.keys() == BATCH
    assert (batch["state"], batch["proposed_by"], batch["approved_by"]) == (
        "written", "biller", "approver",
    )  # fmt: skip
    assert (written / "outbox" / AGENCY / batch["file"]).is_file()


def test_claims_tell_state_dollars_and_lines(written: Path, homes: Homes) -> None:
    rows = done(written, "claims")
    assert rows
    assert all(row.keys() == CLAIM for row in rows)
    line = {"source_system", "encounter_id", "line_number"}
    assert all(one.keys() == line for row in rows for one in row["lines"])
    assert all(row["lines"] for row in rows)
    assert done(homes.at("derived"), "claims") == []


def commands(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, (*path, name))
    else:
        yield path, command


def test_every_command_takes_the_common_options() -> None:
    told = dict(commands(cli))
    assert {path[0] for path in told} == set(COMMANDS)
    for path, command in told.items():
        names = {parameter.name for parameter in command.params}
        root = "folder" if path[0] in MAKE_A_HOME else "root"
        assert COMMON | {root} <= names, path


def test_every_command_answers_help(tmp_path: Path) -> None:
    for path, _ in commands(cli):
        told = typed(tmp_path, *path, "--help")
        assert told.exit_code == 0, path
        assert told.out.startswith(f"Usage: reentry {' '.join(path)}"), path
        assert "--json" in told.out, path


def demanded(command: click.Command) -> list[str]:
    """Words for what a command will not go without: a file that exists, a choice, or any word."""
    words: list[str] = []
    for parameter in command.params:
        if parameter.required and parameter.name != "root":
            kind = parameter.type
            word = __file__ if isinstance(kind, click.Path) else "2026-01-01"
            word = str(kind.choices[0]) if isinstance(kind, click.Choice) else word
            words += [word] if isinstance(parameter, click.Argument) else [parameter.opts[0], word]
    return words


def test_every_command_is_told_that_there_is_no_home(tmp_path: Path) -> None:
    for path, command in commands(cli):
        if path[0] in MAKE_A_HOME:
            continue
        told = reentry(tmp_path / "nowhere", *path, *demanded(command))
        assert told.exit_code == 2, path
        assert "no_home:" in told.err, path
        assert "Run `reentry init" in told.err, path


def test_the_home_is_asked_for_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REENTRY_HOME", raising=False)
    monkeypatch.setattr("sys.argv", ["reentry", "status", "--user", BILLER, "--now", NOW])
    with pytest.raises(SystemExit) as end:
        cli()
    assert end.value.code == 2
