"""The outbox: what production may not carry, content that breaks a rule of ours and files that the
gate refuses are not published.
"""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from claim_county import AS_OF, PERSON
from outbox_life import Life, a_ledger, files, segments, spoiling

from contracts.errors import BrokenInvariantError, HeldByPolicyError, ReentryError
from contracts.settings import Route
from pipelines.io.ledger import batch_claims
from pipelines.io.outbox import refusals, writing
from pipelines.x12.content import freeze, thaw

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

# --- production ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "code_sets", "named"),
    [
        ({}, {"ji_aid_codes": "illustrative"}, "code set ji_aid_codes"),
        ({}, {"care_bundles": "unset"}, "code set care_bundles"),
        ({"routes": {"medi_cal": Route("medi_cal", "6", "M", "M", status="illustrative")}}, {},
         "route medi_cal"),
    ],
)  # fmt: skip
def test_production_carries_nothing_illustrative(
    tmp_path: Path, settings: Any, code_sets: Any, named: str
) -> None:
    ledger = a_ledger(tmp_path)
    life = Life(ledger, tmp_path, usage="P", **settings)
    told = life.plan()
    with pytest.raises(HeldByPolicyError, match=named):
        life.box("ann").propose(*told, life.policy, AS_OF, code_sets)
    ledger.close()


def test_production_is_asked_again_when_written(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path)
    life = Life(ledger, tmp_path, usage="P")
    life.code_sets = {}
    batch_id = life.approved()
    told, _ = life.plan()
    with pytest.raises(HeldByPolicyError, match="ji_aid_codes"):
        life.box("bob").write([batch_id], told, life.policy, AS_OF, {"ji_aid_codes": "unset"})
    assert life.write(batch_id).path.name == "837P-sac-P-000000001.x12"
    assert segments(life.folder / "837P-sac-P-000000001.x12", "ISA")[0][15] == "P"
    ledger.close()


# --- rules and the gate --------------------------------------------------------------------------

DAMAGES = {
    "charge_unlike_lines": {"claim_charge_amount": "1.00"},
    "billing_zip_not_nine_digits": {"billing_zip": "95814"},
    "address_missing": {"subscriber_city": None},
    "too_many_diagnoses": {"diagnosis_codes": [f"A{n:02d}" for n in range(13)]},
    "pointers_out_of_range": {"diagnosis_codes": ["A01"]},
    "patient_control_number_unlike_ledger": {"patient_control_number": "X"},
}


@pytest.mark.parametrize("rule", DAMAGES)
def test_frozen_content_that_breaks_a_rule_is_refused(life: Life, rule: str) -> None:
    life.approved("encounter | dx\nE1 | F11.20 I10")
    with life.ledger.read() as connection:
        (claim,) = batch_claims.frozen(connection, "sac-000001")
    content = thaw(pl.Series([claim.content]))
    refusals.refuse_broken_claims([claim], content)
    (damaged,) = freeze(pl.DataFrame([{**content.row(0, named=True), **DAMAGES[rule]}],
                                     schema=content.schema))  # fmt: skip
    with pytest.raises(BrokenInvariantError, match=rule):
        refusals.refuse_broken_claims([claim], thaw(pl.Series([damaged])))


def test_a_number_used_twice_is_refused(life: Life) -> None:
    life.approved("encounter | day\nE1 | 1")
    with life.ledger.read() as connection:
        (claim,) = batch_claims.frozen(connection, "sac-000001")
    content = thaw(pl.Series([claim.content] * 2))
    with pytest.raises(BrokenInvariantError, match="patient_control_number_repeated"):
        refusals.refuse_broken_claims([claim, claim], content)


def test_a_file_that_pyx12_refuses_is_not_published(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = life.approved()
    monkeypatch.setattr(writing, "render_to", spoiling(".x12"))
    with pytest.raises(BrokenInvariantError, match=r"pyx12 refuses .* CLM05-2") as told:
        life.write(batch_id)
    assert "F1120" not in str(told.value)
    assert [batch.state for batch in life.box("bob").batches()] == ["approved"]
    assert files(life) == []
    monkeypatch.undo()
    assert life.write(batch_id).batch.interchange_control_number == 2


def test_errors_name_no_person(life: Life) -> None:
    life.propose()
    for act in (
        lambda: life.write("sac-000001"),
        lambda: life.box("ann").approve("sac-000001"),
        lambda: life.box("bob").sent("sac-000001"),
    ):
        with pytest.raises(ReentryError) as told:
            act()
        assert PERSON["cin"] not in str(told.value)
