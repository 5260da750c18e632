"""Users, the worklists issued to them, their decisions, and what they publish."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from ledger_staff import NOW

from contracts.errors import HeldByPolicyError, RefusedInputError, UsageError
from pipelines.io.ledger import audit_chain, decisions, publications, runs, users, worklists
from pipelines.io.ledger.decisions import Decision
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.transaction import Transaction

AsUser = Callable[[str], AbstractContextManager[Transaction]]
CORRECT = Decision(
    decision_id="d1",
    issue_id=None,
    subject="encounter",
    subject_id="E1",
    action="correct",
    field="last_name",
    value="MIRANDA",
    reason="MIRANDA told us",
    decided_by="bo",
    decided_at=NOW,
    seen_version="v1",
)


@pytest.fixture
def issue_id(as_user: AsUser) -> str:
    """A worklist that went to bo."""
    with as_user("bo") as tx:
        runs.begin(
            tx,
            "r1",
            as_of=date(2026, 10, 1),
            fingerprint="f",
            policy_hash="p",
            codesets_hash="c",
            code_version="1",
        )
        return worklists.issue(tx, "r1")


def test_rights_are_granted_by_administrators(as_user: AsUser) -> None:
    with pytest.raises(HeldByPolicyError, match="no right to admin"), as_user("bo") as tx:
        users.save(tx, "bo", ["admin"])
    with pytest.raises(UsageError, match="no such right: fly"), as_user("ada") as tx:
        users.save(tx, "bo", ["fly"])
    with as_user("ada") as tx:
        users.save(tx, "bo", ["publish", "view"])
        assert users.find(tx.connection, "bo") == users.User(
            "bo", ("view", "publish"), True, tx.recorded_at
        )


def test_a_decision_is_kept_once(as_user: AsUser, issue_id: str) -> None:
    from_worklist = replace(CORRECT, decision_id="d2", issue_id=issue_id)
    with as_user("bo") as tx:
        assert decisions.record(tx, [CORRECT, from_worklist]) == 2
    later = NOW + timedelta(seconds=1)  # by another process, that took the same file
    with as_user("bo") as tx:
        assert decisions.record(tx, [replace(CORRECT, decided_at=later), from_worklist]) == 0
        told = decisions.known(tx.connection, "34", tx.recorded_at)
        assert decisions.known(tx.connection, "34", NOW).is_empty()
    assert told["decision_id"].to_list() == ["d1", "d2"]
    assert told["value"].to_list() == ["MIRANDA"] * 2


def test_a_decision_is_not_changed_under_its_id(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        decisions.record(tx, [CORRECT])
    with pytest.raises(RefusedInputError, match="id of its own") as caught, as_user("bo") as tx:
        decisions.record(tx, [replace(CORRECT, value="TORRES")])
    assert "TORRES" not in str(caught.value)


def test_only_those_who_may_decide_do(as_user: AsUser, issue_id: str) -> None:
    for decider in ("cy", "nobody"):
        with pytest.raises(HeldByPolicyError, match="no right to decide"), as_user("bo") as tx:
            decisions.record(tx, [replace(CORRECT, decided_by=decider)])
    with as_user("ada") as tx:
        users.save(tx, "eli", ["decide"])
    with pytest.raises(HeldByPolicyError, match="not issued to eli"), as_user("eli") as tx:
        decisions.record(tx, [replace(CORRECT, decided_by="eli", issue_id=issue_id)])
    with pytest.raises(HeldByPolicyError, match="not issued"), as_user("bo") as tx:
        decisions.record(tx, [replace(CORRECT, issue_id="made up")])


def test_the_audit_tells_of_a_decision_and_not_its_value(ledger: Ledger, as_user: AsUser) -> None:
    with as_user("bo") as tx:
        decisions.record(tx, [CORRECT])
    with ledger.read() as connection:
        (detail,) = connection.exec_driver_sql(
            "SELECT detail FROM audit_events WHERE event = 'decision'"
        ).scalars()
    assert "d1" in detail
    assert "MIRANDA" not in detail


def test_a_publication_keeps_its_manifest(ledger: Ledger, as_user: AsUser) -> None:
    manifest = {"as_of": "2026-10-01", "files": ["aa", "bb"], "ledger_sequence": 12}
    with as_user("cy") as tx:
        made = publications.record(
            tx,
            report="monthly",
            form="operational",
            period="2026-09",
            manifest=manifest,
            sha256="ff",
        )
    with ledger.read() as connection:
        assert publications.listed(connection, "34") == [made]
    assert made.manifest == manifest
    told = {"report": "monthly", "form": "operational", "period": "2026-09", "manifest": manifest}
    with as_user("cy") as tx:
        again = publications.record(tx, **told, sha256="ff")
        other = publications.record(tx, **told, sha256="ee")
    assert again == made
    with ledger.read() as connection:
        assert publications.listed(connection, "34") == [made, other]
    with pytest.raises(HeldByPolicyError, match="no right to publish"), as_user("bo") as tx:
        publications.record(
            tx, report="monthly", form="operational", period="2026-09", manifest={}, sha256="ff"
        )


@pytest.mark.parametrize(
    "kept",
    [
        {"manifest": {"form": "operational"}},
        {"manifest": {"form": "operational"}, "release": {}},
        {"manifest": {"form": "public", "earlier_releases": []}},  # nobody knows what it showed
        {"manifest": {"form": "public", "earlier_releases": ["other"]}, "release": {}},
    ],
)
def test_nothing_becomes_public_that_was_not_masked_beside_all_releases(
    as_user: AsUser, kept: dict[str, object]
) -> None:
    period = "2026-07-01..2026-09-30"
    with pytest.raises(UsageError, match="not masked beside every"), as_user("cy") as tx:
        publications.record(
            tx, report="readiness", form="public", period=period, manifest=kept, sha256="ff"
        )


def test_many_decisions_are_kept_at_once_each_in_the_chain(ledger: Ledger, as_user: AsUser) -> None:
    made = [replace(CORRECT, decision_id=f"m{n}", subject_id=f"E{n}") for n in range(1200)]
    with as_user("bo") as tx:
        assert decisions.record(tx, made[:700]) == 700
    with as_user("bo") as tx:
        assert decisions.record(tx, made) == 500
    with ledger.read() as connection:
        assert audit_chain.verify_chain(connection, "34") is None
        events = connection.exec_driver_sql(
            "SELECT count(*) FROM audit_events WHERE event = 'decision'"
        ).scalar_one()
    assert events == 1200


def test_one_that_cannot_be_kept_keeps_none(ledger: Ledger, as_user: AsUser) -> None:
    others = replace(CORRECT, decision_id="d9", decided_by="cy")
    with pytest.raises(HeldByPolicyError), as_user("bo") as tx:
        decisions.record(tx, [CORRECT, others])
    with ledger.read() as connection:
        assert decisions.known(connection, "34", NOW.replace(year=2030)).is_empty()
