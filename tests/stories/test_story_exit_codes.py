"""Exit codes: usage 2, refused input 3, held by policy 4, broken invariant 5; each says why."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stories import AGENCY, APPROVER, Homes, done, interchanges, lake_of, reentry, settings_replaced

from contracts.feeds import facts

CopyOf = Callable[[str], Path]
BATCH = "demo-000001"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status", "--no-such-option"], "No such option"),
        (["no-such-command"], "No such command"),
        (["status", "--agency", "99"], "this home has: demo"),
        (["status", "--as-of", "31.10.2026"], "YYYY-MM-DD"),
        (["run", "--as-of", "2027-01-01"], "is later than today"),
        (["run", "--known-at", "2026-10-31"], "with its offset"),
        (["run", "--known-at", "2027-01-01T00:00:00Z"], "later than now"),
        (["plan"], "Run `reentry run` first"),
        (["batch", "approve", "demo-000077"], "no batch demo-000077"),
        (["intake", "--received-at", "yesterday"], "with its offset"),
    ],
)
def test_wrong_usage_is_2(words: list[str], said: str, copy_of: CopyOf) -> None:
    told = reentry(copy_of("landed"), *words)
    assert (told.exit_code, told.out) == (2, "")
    assert said in " ".join(told.err.split())


def test_a_period_that_is_none_is_2(homes: Homes) -> None:
    told = reentry(homes.at("derived"), "report", "all", "--period", "2026-13")
    assert told.exit_code == 2
    assert "2026-Q3" in told.err


def test_nothing_to_propose_is_2(copy_of: CopyOf) -> None:
    told = reentry(copy_of("written"), "batch", "propose")
    assert told.exit_code == 2
    assert "nothing_to_propose" in told.err


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("people.csv", b"person_id,shoe_size\n1,2\n", "missing_column"),
        ("people.csv", b"", "empty_file"),
        ("people.csv", b"person_id\n\xff\xfe\x00\n", "not_utf8"),
        ("people.parquet", b"PAR1 but not so", "unreadable"),
        ("people.docx", b"PK", "unknown_kind"),
    ],
)
def test_refused_input_is_3_and_nothing_of_it_is_taken(
    name: str, content: bytes, code: str, copy_of: CopyOf, tmp_path: Path
) -> None:
    home, path = copy_of("landed"), tmp_path / name
    path.write_bytes(content)
    told = reentry(home, "intake", str(path), "--feed", "people", "--json")
    assert told.exit_code == 3, told
    (row,) = told.json
    assert (row["state"], row["accepted"]) == ("refused", None)
    assert row["message"]
    status = done(home, "status")
    assert status["files"] == {"received": 1, "accepted": 0, "refused": 1}
    assert status["rows"]["people"]["received"] == 0
    assert code in row["code"]


def test_an_x12_file_that_is_none_is_refused(copy_of: CopyOf, tmp_path: Path) -> None:
    path = tmp_path / "answer.x12"
    path.write_bytes(b"not an interchange")
    assert reentry(copy_of("landed"), "intake", str(path), "--feed", "x12").exit_code == 3


def test_illustrative_codes_in_production_are_4(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    settings_replaced(home, 'usage = "T"', 'usage = "P"')
    told = reentry(home, "batch", "propose")
    assert told.exit_code == 4
    assert re.search(r"code set \w+", told.err)
    assert done(home, "batch", "list") == []


def test_the_proposer_may_not_approve_is_4(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    (batch,) = done(home, "batch", "propose")
    told = reentry(home, "batch", "approve", batch["batch_id"])
    assert told.exit_code == 4
    assert "another person approves" in told.err
    (listed,) = done(home, "batch", "list")
    assert listed["state"] == "proposed"


def test_an_approver_may_neither_propose_nor_write_is_4(copy_of: CopyOf) -> None:
    for station, words in (("approved", ["write", BATCH]), ("derived", ["propose"])):
        home = copy_of(station)
        told = reentry(home, "batch", *words, user=APPROVER)
        assert told.exit_code == 4, words
        assert "right" in told.err, words
        assert interchanges(home) == []


def verdicts(home: Path) -> tuple[int, dict[str, Any]]:
    """The exit code of `verify`, and each broken check with what it names."""
    told = reentry(home, "verify", "--json")
    return told.exit_code, {
        row["check"]: row["first_break"] for row in told.json if not row["holds"]
    }


def test_what_was_not_touched_holds(homes: Homes) -> None:
    assert verdicts(homes.at("written")) == (0, {})


def changed_event(home: Path) -> None:
    with sqlite3.connect(home / "ledger.db") as ledger:
        ledger.execute("DROP TRIGGER audit_events_no_update")
        ledger.execute("UPDATE audit_events SET user_id = 'nobody' WHERE sequence = 7")
    ledger.close()


def cut_events(home: Path) -> None:
    with sqlite3.connect(home / "ledger.db") as ledger:
        ledger.execute("DROP TRIGGER audit_events_no_delete")
        ledger.execute(
            "DELETE FROM audit_events WHERE sequence = (SELECT max(sequence) FROM audit_events)"
        )
    ledger.close()


def in_lake(home: Path, statement: str) -> None:
    with lake_of(home) as lake:
        lake._connection.execute(statement.format(table=facts("encounters").name))


def lost_row(home: Path) -> None:
    in_lake(home, "DELETE FROM {table} WHERE row_number = 3")


def dearer_row(home: Path) -> None:
    in_lake(home, "UPDATE {table} SET charge_amount = charge_amount + 1 WHERE row_number = 3")


def archived_byte(home: Path) -> None:
    (path,) = (home / "archive" / AGENCY / "people").iterdir()
    path.write_bytes(path.read_bytes() + b"\n")


def archive_gone(home: Path) -> None:
    (path,) = (home / "archive" / AGENCY / "people").iterdir()
    path.unlink()


def sent_byte(home: Path) -> None:
    (path,) = interchanges(home)
    path.write_bytes(path.read_bytes().replace(b"*T*:~", b"*P*:~", 1))


@pytest.mark.parametrize(
    ("tamper", "check", "named"),
    [
        (changed_event, "audit chain", r"audit event 7: was changed"),
        (cut_events, "audit chain", r"audit event \d+: event \d+ is missing at the end"),
        (lost_row, "rows received", r"encounters file \w{16}: "),
        (dearer_row, "charges of service lines", r"encounters file \w{16} row 3: "),
        (archived_byte, "archived files", r"people file \w{16}: archived bytes have changed"),
        (archive_gone, "archived files", r"people file \w{16}: not in the archive"),
        (sent_byte, "written batches", r"batch demo-000001: its file"),
    ],
)
def test_a_broken_invariant_is_5_and_is_named(
    tamper: Callable[[Path], None], check: str, named: str, copy_of: CopyOf
) -> None:
    home = copy_of("written")
    tamper(home)
    code, broken = verdicts(home)
    (first,) = [said for name, said in broken.items() if name.startswith(check)]
    assert code == 5
    assert re.match(named, first)


def test_doctor_is_content_with_a_home_as_it_was_made(homes: Homes) -> None:
    told = reentry(homes.at("written"), "doctor", "--json")
    unwell = [row for row in told.json if not row["is_well"]]
    assert (told.exit_code, unwell) == (0, [])


def test_doctor_finds_a_file_that_others_can_read(copy_of: CopyOf) -> None:
    home = copy_of("written")
    interchanges(home)[0].chmod(0o644)
    told = reentry(home, "doctor", "--json")
    (row,) = [row for row in told.json if not row["is_well"]]
    assert told.exit_code == 5
    assert row["check"] == "file modes"
    assert "outbox/demo/837P-demo-T-000000001.x12" in row["found"]
    assert "chmod" in row["remedy"]


def test_doctor_does_not_name_an_inbound_file(copy_of: CopyOf) -> None:
    home = copy_of("written")
    path = home / "inbox" / AGENCY / "people" / "doe-jane.csv"
    path.write_text("person_id\n")
    path.chmod(0o644)
    told = reentry(home, "doctor")
    assert told.exit_code == 5
    assert "doe-jane" not in told.out
