"""The edits as policy sets them: severity, dates, off; and what it may not weaken."""

from datetime import date

import pytest
from edit_scenario import AS_OF, context_of

from contracts.errors import UsageError
from contracts.policy import Policy
from pipelines.stages.edits.catalogue import ALL_EDITS, EDITS, STAY_EDITS
from pipelines.stages.edits.in_force import checked, severity_in_force, with_policy
from pipelines.stages.edits.run import run_edits

UNSIGNED = {"encounters.note_status": "draft"}


def policy(edit_id: str, sets: str, status: str = "unverified") -> Policy:
    return Policy(
        f'[[edit.{edit_id}]]\n{sets}\nstatus = "{status}"\nsource = "a test"\n'
        "valid_from = 2026-01-01\nvalid_to = 2026-12-31\n"
    )


# What is set of note_not_signed    its finding, the verdict on an unsigned line of 1 April
SET = [
    ('severity = "hold"', ["hold"], "held"),
    ('severity = "warn"', ["warn"], "clean"),
    ('severity = "off"', [], "clean"),
    ("services_from = 2026-04-01", ["reject"], "rejected"),
    ("services_from = 2026-04-02", [], "clean"),
    ("services_to = 2026-03-31", [], "clean"),
    ('severity = "hold"\nservices_to = 2026-04-01', ["hold"], "held"),
]


@pytest.mark.parametrize(("sets", "severities", "verdict"), SET)
def test_findings_and_verdict_follow_what_is_set(
    sets: str, severities: list[str], verdict: str
) -> None:
    edits = with_policy(EDITS, checked(policy("note_not_signed", sets)), AS_OF)
    results = run_edits(context_of(UNSIGNED), "demo", edits)
    assert results.findings["severity"].to_list() == severities
    assert results.service_lines["verdict"].to_list() == [verdict]


def test_an_edit_that_is_off_is_not_counted() -> None:
    edits = with_policy(EDITS, policy("note_not_signed", 'severity = "off"'), AS_OF)
    counts = run_edits(context_of(), "demo", edits).edit_counts
    assert counts["edit_id"].to_list() == [name for name in EDITS if name != "note_not_signed"]


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2027, 1, 1)])
def test_a_setting_that_is_not_in_force_changes_nothing(day: date) -> None:
    assert with_policy(EDITS, policy("note_not_signed", 'severity = "off"'), day) == EDITS


def test_edits_of_stays_are_set_too() -> None:
    held = with_policy(STAY_EDITS, policy("stays_overlap", 'severity = "hold"'), AS_OF)
    assert held["stays_overlap"].severity == "hold"
    assert list(held) == list(STAY_EDITS)


REFUSED = [
    # edit               sets                         code              said
    ("note_unsigned", 'severity = "hold"', "policy_unknown", "Nearest: note_not_signed"),
    ("qqqqqq", 'severity = "hold"', "policy_unknown", "Nearest: none"),
    ("stays_overlap", "services_to = 2026-01-01", "policy_entry", "no service dates"),
    ("not_enrolled", 'severity = "off"', "policy_entry", "guards a federal rule"),
    ("not_enrolled", 'severity = "hold"', "policy_entry", "guards a federal rule"),
    ("not_enrolled", "services_from = 2026-02-01", "policy_entry", "guards a federal rule"),
]


@pytest.mark.parametrize(("edit_id", "sets", "code", "said"), REFUSED)
def test_what_an_edit_does_not_admit_is_refused(
    edit_id: str, sets: str, code: str, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        checked(policy(edit_id, sets))
    assert caught.value.code == code
    assert said in caught.value.message


def test_a_federal_guard_is_weakened_by_a_verified_authority_alone() -> None:
    waived = checked(policy("not_enrolled", 'severity = "off"', status="verified"))
    assert severity_in_force(ALL_EDITS["not_enrolled"], waived, AS_OF) == "off"


def test_a_federal_guard_may_be_set_to_what_it_is() -> None:
    same = checked(policy("not_enrolled", 'severity = "reject"'))
    assert severity_in_force(ALL_EDITS["not_enrolled"], same, AS_OF) == "reject"


def test_every_federal_guard_names_its_rule() -> None:
    guards = [edit for edit in ALL_EDITS.values() if edit.is_federal]
    assert guards
    for edit in guards:
        assert edit.severity == "reject"
