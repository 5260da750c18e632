"""Claims in batches: one open batch each, a line in one claim, no number twice."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from time import perf_counter

import pytest
from batch_steps import AsUser, bring, count, propose, step
from ledger_staff import a_claim

from contracts.errors import BrokenInvariantError, UsageError
from pipelines.io.ledger import (
    batch_claims,
    batches,
    claim_lines,
    submissions,
)
from pipelines.io.ledger.claim_lines import ClaimLine
from pipelines.io.ledger.ledger import Ledger


def test_a_claim_is_in_one_open_batch_only(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        first = propose(tx, a_claim("a"))
    with pytest.raises(BrokenInvariantError, match="another open batch"), as_user("bo") as tx:
        propose(tx, a_claim("a", 2, encounter_id="E-other"))
    step(as_user, "withdrawn", first)
    with as_user("bo") as tx:
        assert propose(tx, a_claim("a")) == "34-000002"


def test_a_line_belongs_to_one_claim(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        propose(tx, a_claim("a", encounter_id="E1"))
    with pytest.raises(BrokenInvariantError, match="lines belongs"), as_user("bo") as tx:
        propose(tx, a_claim("b", encounter_id="E1"))


def test_a_claim_that_leaves_unsubmitted_frees_its_lines(as_user: AsUser, tmp_path: Path) -> None:
    with as_user("bo") as tx:
        first = propose(tx, a_claim("a", encounter_id="E1"), a_claim("b"))
    with as_user("bo") as tx:
        left = batches.leave(tx, first, "a", "row_changed")
    assert (left.claim_count, left.charge_amount) == (1, Decimal("100.00"))
    with as_user("bo") as tx:
        propose(tx, a_claim("c", encounter_id="E1"), a_claim("a", encounter_id="E9"))
        frozen = batch_claims.frozen(tx.connection, first)
    assert [c.claim_id for c in frozen] == ["b"]
    assert count(tmp_path, "claim_lines") == 3


def test_a_line_once_submitted_stays_in_its_claim(ledger: Ledger, as_user: AsUser) -> None:
    with as_user("bo") as tx:
        first = propose(tx, a_claim("a", encounter_id="E1"))
    bring(as_user, first, "sent")
    with as_user("bo") as tx:
        second = propose(tx, a_claim("a", 2, encounter_id="E1", charge="90.00", replaces="a.1"))
    step(as_user, "withdrawn", second)
    with ledger.write("34", "bo") as tx:
        lines = claim_lines.bound(tx.connection, "34", tx.recorded_at)
    assert lines.select("encounter_id", "claim_id").rows() == [("E1", "a")]
    with pytest.raises(BrokenInvariantError, match="lines belongs"), as_user("bo") as tx:
        propose(tx, a_claim("b", encounter_id="E1"))


def test_a_number_once_submitted_is_used_even_if_withdrawn(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        first = propose(tx, a_claim("a"))
    bring(as_user, first, "written")
    step(as_user, "withdrawn", first)
    with pytest.raises(BrokenInvariantError, match="number was used"), as_user("bo") as tx:
        propose(tx, a_claim("a"))


def test_replacements_of_two_lines_go_together_and_point_back(
    ledger: Ledger, as_user: AsUser
) -> None:
    lines = tuple(ClaimLine("main", "E1", n, n, Decimal("50.00")) for n in (1, 2))
    with as_user("bo") as tx:
        first = propose(tx, replace(a_claim("a"), lines=lines))
    bring(as_user, first, "sent")
    changed = [
        a_claim("a", n + 1, encounter_id="E1", line_number=n, charge="40.00", replaces="a.1")
        for n in (1, 2)
    ]
    with as_user("bo") as tx:
        second = propose(tx, *changed)
    bring(as_user, second, "sent")
    with ledger.write("34", "bo") as tx:
        told = submissions.known(tx.connection, "34", tx.recorded_at)
    assert told["submission_number"].to_list() == [1, 2, 3]
    assert told["replaces_submission_id"].to_list() == [None] + [told["submission_id"][0]] * 2
    with as_user("bo") as tx, pytest.raises(BrokenInvariantError):
        propose(tx, a_claim("z", replaces="never.sent"))


def test_a_split_line_is_one_line_of_its_claim(as_user: AsUser, tmp_path: Path) -> None:
    halves = tuple(ClaimLine("main", "E1", 1, n, Decimal("50.00")) for n in (1, 2))
    with as_user("bo") as tx:
        propose(tx, replace(a_claim("a"), lines=halves))
    assert count(tmp_path, "claim_lines") == 1
    assert count(tmp_path, "submission_lines") == 2


def test_lines_carry_the_charge_to_the_cent(as_user: AsUser) -> None:
    with pytest.raises(BrokenInvariantError, match="do not carry"), as_user("bo") as tx:
        propose(tx, replace(a_claim("a"), charge_amount=Decimal("100.01")))


def test_no_claim_leaves_once_writing_has_begun(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"))
    bring(as_user, batch_id, "writing")
    with pytest.raises(UsageError, match="no claim can leave"), as_user("bo") as tx:
        batches.leave(tx, batch_id, "a", "row_changed")


def test_an_empty_batch_is_neither_proposed_nor_written(as_user: AsUser) -> None:
    with pytest.raises(UsageError, match="no claims"), as_user("bo") as tx:
        propose(tx)
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"))
        batches.leave(tx, batch_id, "a", "row_changed")
        with pytest.raises(UsageError, match="not open"):
            batches.leave(tx, batch_id, "a", "row_changed")
    step(as_user, "approved", batch_id)
    with pytest.raises(UsageError, match="Withdraw it"):
        step(as_user, "writing", batch_id)


def test_the_batches_of_another_agency_are_unknown(ledger: Ledger, as_user: AsUser) -> None:
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"))
    with ledger.write("19", "cy") as tx, pytest.raises(UsageError, match="has no batch"):
        batches.approve(tx, batch_id)
    with ledger.read() as connection:
        assert [b.batch_id for b in batches.listed(connection, "34", "proposed")] == [batch_id]
        assert batches.listed(connection, "34", "written") == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("batch_id = 'b2', position = 9, patient_control_number = 'n'", "claim_id"),
        ("batch_id = 'b2', position = 9, claim_id = 'n'", "patient_control_number"),
        ("claim_id = 'n', patient_control_number = 'n'", "position"),
    ],
)
def test_the_database_itself_keeps_claims_apart(
    as_user: AsUser, tmp_path: Path, change: str, rule: str
) -> None:
    with as_user("bo") as tx:
        propose(tx, a_claim("a"))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw:
        raw.execute("CREATE TEMP TABLE copied AS SELECT * FROM batch_claims")
        raw.execute(f"UPDATE copied SET {change}")
        with pytest.raises(sqlite3.IntegrityError, match=rule):
            raw.execute("INSERT INTO batch_claims SELECT * FROM copied")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("claim_id = 'n', set_position = 9", "patient_control_number"),
        ("patient_control_number = 'n', set_position = 9", "submission_number"),
        ("patient_control_number = 'n', claim_id = 'n'", "set_position"),
    ],
)
def test_the_database_itself_admits_no_submission_twice(
    as_user: AsUser, tmp_path: Path, change: str, rule: str
) -> None:
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"))
    bring(as_user, batch_id, "written")
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw:
        raw.execute("CREATE TEMP TABLE copied AS SELECT * FROM submissions")
        raw.execute(f"UPDATE copied SET submission_id = 's2', {change}")
        with pytest.raises(sqlite3.IntegrityError, match=rule):
            raw.execute("INSERT INTO submissions SELECT * FROM copied")


def test_many_claims_are_frozen_without_a_statement_each(as_user: AsUser, tmp_path: Path) -> None:
    claims = [a_claim(f"c{n:05d}") for n in range(5_000)]
    start = perf_counter()
    with as_user("bo") as tx:
        propose(tx, *claims)
    assert perf_counter() - start < 5
    assert count(tmp_path, "batch_claims") == 5_000
