"""The plan's cells of settled claims: each line by what the payer made of it and what has become
of it since, drawn; what a replacement and a void carry.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import drawn
from plan_drawn import decision
from settled_claim import AS_OF, WAS, Standing

from contracts.derived import DERIVED
from contracts.schemas import broken_rules
from pipelines.stages.claims.content import numbered
from pipelines.x12.content import freeze, thaw

CELLS = """
state       | same                  | changed                    | gone                     | held
paid        | nothing               | replace E2 66.00           | void E2 60.00            | hold address_missing
partly_paid | nothing               | replace E2 66.00           | void E2 60.00            | hold address_missing
denied      | hold denied | replace E2 66.00           | hold denied    | hold denied address_missing
reversed    | hold payment_reversed | hold payment_reversed      | hold payment_reversed    | hold payment_reversed
replaced    | nothing               | replace E2 66.00           | void E2 60.00            | hold address_missing
accepted    | nothing               | hold awaiting_remittance   | hold awaiting_remittance | hold awaiting_remittance
sent        | nothing awaiting_answer inquiry_due | hold awaiting_answer     | hold awaiting_answer     | hold awaiting_answer
"""  # noqa: E501 - a table is read in rows


def told(rows: Any) -> str:
    """What goes out, else what is held."""
    first = rows.sort(~pl.col("action").is_in(["replace", "void", "new"])).row(0, named=True)
    if first["encounter_id"]:
        return f"{first['action']} {first['encounter_id']} {first['charge_amount']}"
    return " ".join([first["action"], *dict.fromkeys(first["reasons"])])


@pytest.mark.parametrize("row", drawn(CELLS), ids=lambda row: row["state"])
@pytest.mark.parametrize("kind", ["same", "changed", "gone", "held"])
def test_each_line_has_the_action_of_its_cell(row: Any, kind: str) -> None:
    assert told(Standing(kind, row["state"]).plan()) == row[kind]


GUARDS = """
policy       | dispute | number | as of      | changed                  | gone
claim_number | none    | ICN7   | 2026-12-04 | replace E2 66.00         | void E2 60.00
claim_number | none    | ICN7   | 2026-12-05 | hold replacement_limit   | hold replacement_limit
claim_number | inquiry | ICN7   | 2026-07-01 | hold dispute_open        | hold dispute_open
claim_number | appeal  | ICN7   | 2026-07-01 | hold dispute_open        | hold dispute_open
claim_number | none    |        | 2026-07-01 | hold payer_number_missing| hold payer_number_missing
             | none    | ICN7   | 2026-07-01 | hold line_reference_unset| hold line_reference_unset
"""


@pytest.mark.parametrize("row", drawn(GUARDS))
@pytest.mark.parametrize("kind", ["changed", "gone"])
def test_what_keeps_a_replacement_and_a_void_back(row: Any, kind: str) -> None:
    one = Standing(kind, "paid", dispute=row["dispute"], payer_claim_number=row["number"])
    reference = row["policy"] and f'"{row["policy"]}"'
    made = one.plan(date.fromisoformat(row["as of"]), replacement__line_reference=reference)
    assert told(made) == row[kind]


def test_an_edition_that_changed_alone_waits_for_a_person() -> None:
    for kind in ("changed", "gone"):
        assert told(Standing(kind, "paid").plan(by_edition=True)) == "hold edition_changed"


def test_a_replacement_carries_one_line_and_the_payers_number_for_it() -> None:
    (row,) = Standing("changed", "paid").plan().filter(action="replace").to_dicts()
    content = thaw(pl.Series([row["content"]])).row(0, named=True)
    assert (row["frequency_code"], row["replaces"]) == ("7", "PCN1")
    assert content["payer_claim_control_number"] == "ICN702"  # the second line of ICN7
    (line,) = content["lines"]
    assert (line["charge_amount"], line["line_ordinal"]) == ("66.00", "1")
    assert content["claim_charge_amount"] == "66.00"
    assert row["submission_number"] == 2
    assert row["deadline_on"] == date(2026, 12, 4)
    whole = Standing("changed", "paid").plan(replacement__line_reference='"claim_number"')
    other = thaw(whole.filter(action="replace")["content"])
    assert other["payer_claim_control_number"].item() == "ICN7"


def test_a_void_is_the_line_as_it_was_sent() -> None:
    (row,) = Standing("gone", "paid").plan().filter(action="void").to_dicts()
    content = thaw(pl.Series([row["content"]])).row(0, named=True)
    assert (row["frequency_code"], row["replaces"], row["charge_amount"]) == (
        "8", "PCN1", Decimal("60.00"),
    )  # fmt: skip
    assert content["lines"][0]["charge_amount"] == "60.00"


def test_a_change_of_the_whole_claim_makes_one_for_each_line() -> None:
    one = Standing("same", "paid")
    moved = thaw(one.contents["content"]).with_columns(authorization_number=pl.lit("OLD"))
    one.contents = one.contents.with_columns(content=freeze(moved))
    one.submissions = one.submissions.with_columns(content_hash=pl.lit("other"))
    rows = one.plan().filter(action="replace").sort("part")
    assert rows["encounter_id"].to_list() == ["E1", "E2"]
    assert rows["submission_number"].to_list() == [2, 3]
    assert rows["patient_control_number"].n_unique() == 2
    assert rows["replaces"].to_list() == ["PCN1", "PCN1"]


def test_a_claim_that_is_gone_is_voided_line_by_line() -> None:
    one = Standing("same", "paid")
    one.claims, one.lines = one.claims.clear(), one.lines.clear()
    rows = one.plan()
    assert rows["action"].to_list() == ["void", "void"]
    assert rows["charge_amount"].to_list() == [Decimal("80.00"), Decimal("60.00")]
    assert rows["route"].unique().to_list() == ["medi_cal"]
    assert rows["claim_row_hash"].null_count() == 0


UNCHARGED = """
encounter | day | charge
E1        | 1   | 80.00
E2        | 1   | 0.00
"""


def test_a_line_that_charges_nothing_goes_not_alone() -> None:
    """Alone it is no claim: a batch with one could not be written."""
    one = Standing("claim_gone", "paid", was=UNCHARGED)
    rows = one.plan().sort("part")
    assert rows["action"].to_list() == ["void", "hold"]
    assert rows["charge_amount"].to_list()[0] == Decimal("80.00")
    assert rows["reasons"].to_list() == [[], ["uncharged_line"]]
    charged = Standing(WAS, "paid", was=UNCHARGED).plan()
    assert told(charged) == "replace E2 60.00"


def test_an_uncharged_line_is_done_by_hand_once_it_is_released() -> None:
    rows = Standing("claim_gone", "paid", was=UNCHARGED).plan(is_released=True)
    assert rows["action"].to_list() == ["void"]


WAITING = """
kind    | held | told
gone    | E2   | hold held_by_decision
gone    | E1   | void E2 60.00
changed | E2   | replace E2 66.00
same    | E2   | nothing
"""


@pytest.mark.parametrize("row", drawn(WAITING), ids=lambda row: f"{row['kind']} {row['held']}")
def test_a_line_that_is_held_is_not_voided(row: Any) -> None:
    """It left the claims because it waits, and waits at the payer too."""
    key = {"source_system": "main", "encounter_id": row["held"], "line_number": 1}
    held = pl.DataFrame([key | {"waits_for": "held_by_decision"}])
    assert told(Standing(row["kind"], "paid").plan(waiting=held)) == row["told"]


def test_what_is_held_beside_a_replacement_has_the_charge_of_its_own_lines() -> None:
    held = pl.DataFrame(
        [
            {
                "source_system": "main",
                "encounter_id": "E2",
                "line_number": 1,
                "waits_for": "line_held",
            }
        ]
    )
    now = "encounter | day | charge\nE1 | 1 | 88.00"
    rows = Standing(now, "paid").plan(waiting=held).sort("action")
    assert rows.select("action", "charge_amount").rows() == [
        ("hold", Decimal("60.00")), ("replace", Decimal("88.00")),
    ]  # fmt: skip


def test_a_denied_claim_that_is_gone_is_left_alone() -> None:
    one = Standing("same", "denied")
    one.claims, one.lines = one.claims.clear(), one.lines.clear()
    assert told(one.plan()) == "nothing claim_gone"


def test_a_denied_line_that_changed_follows_policy() -> None:
    again = Standing("changed", "denied").plan(plan__denied_changed='"resubmit"')
    (row,) = again.filter(action="resubmit").to_dicts()
    assert (row["frequency_code"], row["replaces"]) == ("1", None)
    unset = Standing("changed", "denied").plan(plan__denied_changed=None)
    assert "denied_changed" in unset["reasons"].explode().to_list()


def test_time_alone_replaces_and_voids_nothing() -> None:
    for state in ("paid", "partly_paid", "denied"):
        for as_of in (AS_OF, date(2026, 12, 5), date(2028, 1, 1)):
            rows = Standing("same", state).plan(as_of)
            assert not set(rows["action"]) & {"replace", "void", "new", "resubmit"}


def test_a_persons_hold_and_write_off_come_first() -> None:
    for action, expected in (("hold", "hold held_by_decision"), ("write_off", "nothing")):
        one = Standing("changed", "paid")
        rows = one.plan(decided=decision(one.claim_id, action))
        assert told(rows).startswith(expected), action
        assert rows["patient_control_number"].null_count() == rows.height


def replaced(state: str, **changes: Any) -> Standing:
    """The changed line has been replaced once; its replacement stands in a state."""
    one = Standing("changed", "partly_paid")
    part = one.plan().filter(action="replace")
    row = part.row(0, named=True)
    number = row["patient_control_number"]
    one.contents = pl.concat(
        [
            one.contents,
            pl.DataFrame({"patient_control_number": [number], "content": numbered(part)}),
        ]
    )
    key = {name: row[name] for name in ("source_system", "encounter_id", "line_number")}
    own = pl.DataFrame([{"patient_control_number": number, "line_ordinal": 1, **key}])
    one.submitted = pl.concat(
        [one.submitted, own.select(one.submitted.columns)], how="vertical_relaxed"
    )
    again = {
        **one.submissions.row(0, named=True), "submission_number": 2,
        "patient_control_number": number, "frequency_code": "7", "state": state,
        "content_hash": row["content_hash"], "charge_amount": row["charge_amount"],
        "payer_claim_number": "ICN9", **changes,
    }  # fmt: skip
    second = pl.DataFrame([again], schema=one.submissions.schema)
    one.submissions = pl.concat([one.submissions, second])
    return one


REPLACED = """
state    | action
sent     | nothing awaiting_answer
accepted | nothing
paid     | nothing
rejected | hold rejected_unchanged
denied   | hold denied
"""


@pytest.mark.parametrize("row", drawn(REPLACED), ids=lambda row: row["state"])
def test_a_replacement_is_not_sent_twice(row: Any) -> None:
    rows = replaced(row["state"]).plan()
    assert told(rows) == row["action"]
    assert rows.height == 1


def test_a_replacement_that_the_payer_cannot_find_is_sent_again() -> None:
    rows = replaced("sent", is_not_found=True).plan().filter(action="replace")
    assert rows["submission_number"].to_list() == [3]


def test_parts_keep_the_plans_contract() -> None:
    for kind in ("changed", "gone"):
        assert broken_rules(DERIVED["plan"], Standing(kind, "paid").plan()) == {}


RESENT = """
kind    | dispute | number | plan
same    | none    | PCN1   | resubmit E2 60.00
changed | none    | PCN1   | resubmit E2 66.00
same    | appeal  | PCN1   | hold denied dispute_open
same    | none    | PCN0   | hold denied
held    | none    | PCN1   | hold address_missing denied
gone    | none    | PCN1   | hold denied
"""


def decided_of(ordinal: int, action: str, number: str = "PCN1") -> Any:
    return pl.DataFrame(
        {"patient_control_number": [number], "line_ordinal": [ordinal], "action": [action]}
    )


def test_a_denied_line_that_a_person_wrote_off_is_done_with() -> None:
    both = pl.concat([decided_of(1, "write_off"), decided_of(2, "write_off")])
    made = Standing("same", "denied").plan(denied=both)
    assert made.select("action", "reasons").rows() == [("nothing", ["line_written_off"])]
    one = Standing("same", "denied").plan(denied=decided_of(2, "write_off"))
    assert one.select("action", "reasons").rows() == [("hold", ["denied"])]


@pytest.mark.parametrize("row", drawn(RESENT), ids=str)
def test_a_denied_line_that_a_person_sends_again_goes_out_alone_and_once(row: Any) -> None:
    made = Standing(row["kind"], "denied", dispute=row["dispute"]).plan(
        denied=decided_of(2, "resubmit", row["number"])
    )
    (*_, first) = [one for one in made.to_dicts() if one["action"] == "resubmit"] or [None]
    if first is None:
        reasons = sorted({reason for one in made.to_dicts() for reason in one["reasons"]})
        assert row["plan"] == " ".join([made["action"][0], *reasons])
    else:
        assert row["plan"] == f"resubmit {first['encounter_id']} {first['charge_amount']}"
        assert (first["frequency_code"], first["reasons"]) == ("1", ["sent_again"])
