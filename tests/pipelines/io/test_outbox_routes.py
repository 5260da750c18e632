"""The outbox of a county that has plans: a file a route, and a service's way through the ledger."""

from pathlib import Path
from typing import Any

import polars as pl
from claim_county import AS_OF, agency, feed
from outbox_life import Life, a_ledger, segments, submitted
from plan_county import CODES, COUNTY, HELD, TWO_DAYS, services

THREE = """
encounter | day | units | charge | code
E1        | 1   | 1     | 100.00 | 99213
"""


def planned(life: Life, picture: str = TWO_DAYS) -> Any:
    told = {
        "post_release_services": services(picture),
        "ecm_cs_codes": CODES,
        "custody_stays": feed("custody_stays", HELD),
        "agency": life.agency,
    }
    return life.plan(THREE, **told)


def test_each_route_has_its_file_and_its_receiver_and_nothing_goes_again(tmp_path: Path) -> None:
    life = Life(a_ledger(tmp_path), tmp_path, routes=COUNTY.routes)
    plan, lines = planned(life)
    told = (life.policy, AS_OF, life.code_sets)
    proposed = life.box("ann").propose(plan, lines, *told)
    assert sorted((one.route, one.claim_count) for one in proposed) == [
        ("medi_cal", 1), ("plan_a", 2), ("plan_b", 1),
    ]  # fmt: skip
    ids = [life.box("bob").approve(one.batch_id).batch_id for one in proposed]
    written = life.box("bob").write(ids, planned(life)[0], *told)
    said = {
        one.batch.route: (
            segments(one.path, "BHT")[0][-1],
            segments(one.path, "ISA")[0][8].strip(),
            segments(one.path, "GS")[0][3],
            segments(one.path, "NM1")[1][3],
        )
        for one in written
        if one.path is not None
    }
    assert said == {
        "medi_cal": ("CH", "610442", "610442", "MEDI-CAL"),
        "plan_a": ("RP", "PLANA", "PLANA", "PLAN A"),
        "plan_b": ("CH", "610442", "610442", "PLAN B"),
    }
    assert sorted(submitted(life)["route"]) == ["medi_cal", "plan_a", "plan_a", "plan_b"]

    again, _ = planned(life)
    assert set(again["action"]) == {"nothing"}
    moved, moved_lines = planned(life, TWO_DAYS.replace("95.00  | A", "95.00  | B"))
    (held,) = moved.filter(pl.col("action") != "nothing").iter_rows(named=True)
    mine = moved_lines.filter(pl.col("claim_id") == held["claim_id"])["encounter_id"].to_list()
    assert (mine, held["route"], held["reasons"]) == (["V3"], "plan_b", ["awaiting_answer"])


def test_a_void_goes_the_way_that_its_claim_went(tmp_path: Path) -> None:
    """Of a claim that left the facts the ledger knows the route."""
    life = Life(a_ledger(tmp_path), tmp_path, routes=COUNTY.routes)
    plan, lines = planned(life)
    told = (life.policy, AS_OF, life.code_sets)
    for one in life.box("ann").propose(plan, lines, *told):
        life.box("bob").approve(one.batch_id)
        life.box("bob").write([one.batch_id], plan, *told)
    left, _ = life.plan(THREE, agency=agency(routes=COUNTY.routes))
    assert sorted(left["route"]) == ["medi_cal", "plan_a", "plan_a", "plan_b"]
