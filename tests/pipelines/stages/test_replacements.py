"""The plan's cells of settled claims: each line by what the payer made of it and what has become
of it since, drawn; what a replacement and a void carry.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import agency, assembled, drawn, drawn_lines, policy

from contracts.derived import DERIVED
from contracts.schemas import broken_rules
from pipelines.stages.claims.content import numbered
from pipelines.stages.plan.by_line import concerned, lines_beside
from pipelines.stages.plan.planning import plan
from pipelines.stages.plan.replacements import parts
from pipelines.x12.content import freeze, thaw

REMITTED, AS_OF = date(2026, 6, 4), date(2026, 7, 1)
SENT_AT = datetime(2026, 5, 5, 18, tzinfo=UTC)
WAS = """
encounter | day | charge
E1        | 1   | 80.00
E2        | 1   | 60.00
"""
NOW = {
    "same": WAS,
    "changed": WAS.replace("60.00", "66.00"),
    "gone": "encounter | day | charge\nE1 | 1 | 80.00",
    "held": WAS.replace("60.00", "66.00"),
}
SET = {
    "replacement__line_reference": '"claim_number_and_line"',
    "plan__denied_changed": '"replace"',
}
EMPTY = pl.Series([], dtype=pl.String)


class Standing:
    """One claim of two lines as it was sent, and as it should be."""

    def __init__(self, kind: str, state: str, **sent: Any) -> None:
        was, was_lines = assembled(drawn_lines(WAS))
        self.claim_id = was["claim_id"].item()
        bound = was_lines.select(
            "source_system", "encounter_id", "line_number", "claim_id", "line_ordinal"
        )
        self.claims, self.lines = assembled(drawn_lines(NOW[kind]), bound=bound)
        if kind == "held":
            reasons = pl.lit(pl.Series([["address_missing"]], dtype=pl.List(pl.String)))
            self.claims = self.claims.with_columns(reasons=reasons)
        if kind == "claim_gone":
            self.claims, self.lines = self.claims.clear(), self.lines.clear()
        named = was.with_columns(patient_control_number=pl.lit("PCN1"), frequency_code=pl.lit("1"))
        self.contents = pl.DataFrame(
            {"patient_control_number": ["PCN1"], "content": numbered(named)}
        )
        self.submitted = was_lines.select(
            pl.lit("PCN1").alias("patient_control_number"), "line_ordinal", "source_system",
            "encounter_id", "line_number",
        )  # fmt: skip
        self.submissions = pl.DataFrame([self.row(was, state=state, **sent)]).cast(
            {"remitted_on": pl.Date, "asked_on": pl.Date, "payer_claim_number": pl.String}
        )

    def row(self, was: Any, **changes: Any) -> dict[str, Any]:
        return {
            "claim_id": self.claim_id, "submission_number": 1, "patient_control_number": "PCN1",
            "frequency_code": "1", "state": "paid", "is_not_found": False, "dispute": "none",
            "payer_claim_number": "ICN7", "remitted_on": REMITTED, "claim_form": "professional",
            "content_hash": was["content_hash"].item(), "row_hash": was["claim_row_hash"].item(),
            "charge_amount": was["charge_amount"].item(), "sent_at": SENT_AT, "asked_on": None,
            **changes,
        }  # fmt: skip

    def parts(
        self, as_of: date = AS_OF, *, by_edition: bool = False, denied: Any = None, **changes: Any
    ) -> Any:
        ids = concerned(self.claims, self.submissions, denied)
        if self.claim_id not in ids:
            return None
        beside = lines_beside(
            self.claims, self.lines, self.submissions, self.contents, self.submitted
        )
        only = pl.Series([self.claim_id]) if by_edition else EMPTY
        reasons = self.claims.select("claim_id", "reasons")
        return parts(beside, reasons, policy(**(SET | changes)), as_of, only, denied)

    def plan(self, as_of: date = AS_OF, decided: Any = None, **changes: Any) -> Any:
        made = self.parts(as_of, **changes)
        values = {k: v for k, v in changes.items() if k not in ("by_edition", "denied")}
        rules = policy(**(SET | values))
        batched = self.submissions.clear()
        return plan(
            self.claims, self.submissions, batched, rules, as_of, agency(), decided, None, made
        )


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
        decided = pl.DataFrame(
            [{"subject_id": one.claim_id, "action": action, "value": None}],
            schema=dict.fromkeys(("subject_id", "action", "value"), pl.String),
        )
        rows = one.plan(decided=decided)
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


def test_a_line_in_parts_is_for_a_person() -> None:
    many = WAS.replace("charge", "units | charge").replace("| 80", "| 1 | 80")
    many = many.replace("| 60", "| 250 | 60")
    one = Standing("same", "paid")
    was, lines = assembled(drawn_lines(many))
    named = was.with_columns(patient_control_number=pl.lit("PCN1"), frequency_code=pl.lit("1"))
    one.contents = pl.DataFrame({"patient_control_number": ["PCN1"], "content": numbered(named)})
    one.submitted = lines.select(
        pl.lit("PCN1").alias("patient_control_number"), "line_ordinal", "source_system",
        "encounter_id", "line_number",
    )  # fmt: skip
    one.submissions = one.submissions.with_columns(content_hash=was["content_hash"])
    assert told(one.plan()) == "hold split_line_changed"


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
