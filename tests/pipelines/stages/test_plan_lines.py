"""Post-release services for managed care plans: their claims, their route, and no service twice."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from claim_county import (
    AS_OF,
    NPIS,
    agency,
    assembled,
    bound,
    drawn,
    feed,
    line,
    policy,
)
from claim_specimens import envelope
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_county import CODES, COUNTY, HELD, MEDI_CAL, TWO_DAYS, services

from contracts.derived import DERIVED
from contracts.errors import BrokenInvariantError
from contracts.schemas import broken_rules
from contracts.settings import Route
from pipelines.io.gate import check_837
from pipelines.stages.claims.content import numbered
from pipelines.stages.claims.plan_lines import SOURCE
from pipelines.stages.plan.planning import plan
from pipelines.x12.claim_sets import render
from pipelines.x12.content import thaw

NOTHING = pl.DataFrame(
    schema={
        "claim_id": pl.String, "submission_number": pl.Int64, "state": pl.String,
        "patient_control_number": pl.String, "is_not_found": pl.Boolean,
        "sent_at": pl.Datetime("us", "UTC"), "asked_on": pl.Date, "dispute": pl.String,
        "content_hash": pl.String, "charge_amount": pl.Decimal(12, 2), "claim_form": pl.String,
        "route": pl.String, "row_hash": pl.String,
    }
)  # fmt: skip


def claimed(picture: str, encounters: Any = (), **changes: Any) -> Any:
    """Claims and lines of a county that has plans; no encounters unless they are given."""
    told = services(picture) if isinstance(picture, str) else picture
    given = list(encounters) or [line(encounter_id="E0", verdict="rejected")]
    arguments = {"agency": COUNTY, "custody_stays": feed("custody_stays", HELD), **changes}
    return assembled(given, post_release_services=told, ecm_cs_codes=CODES, **arguments)


def standing(made: Any) -> dict[str, tuple[str, list[str]]]:
    """Of each service the route and the reasons of its claim."""
    claims, lines = made
    rows = lines.join(claims, on="claim_id").filter(pl.col("source_system") == SOURCE)
    return {
        row["encounter_id"]: (row["route"], row["reasons"]) for row in rows.iter_rows(named=True)
    }


def test_services_become_claims_of_their_plan_s_route() -> None:
    claims, lines = claimed(TWO_DAYS)
    drawn_claims = """
    route  | day        | lines | charge | by
    plan_a | 2026-04-20 | 2     | 70.00  | dr
    plan_a | 2026-04-21 | 1     | 95.00  | dr
    plan_b | 2026-04-21 | 1     | 40.00  |
    """
    content = thaw(claims["content"])
    made = claims.select(
        "route", day=pl.col("service_date").cast(pl.String),
        lines=pl.col("line_count").cast(pl.String), charge=pl.col("charge_amount").cast(pl.String),
    ).with_columns(by=content["rendering_npi"])  # fmt: skip
    wanted = [row | {"by": NPIS.get(row["by"])} for row in drawn(drawn_claims)]
    assert made.sort("route", "day").to_dicts() == wanted
    assert claims["reasons"].to_list() == [[], [], []]
    assert claims["expected_amount"].is_null().all()  # our rates are not the plan's
    assert claims["deadline_on"].is_null().all()
    assert lines.sort("encounter_id")["encounter_id"].to_list() == ["V1", "V2", "V3", "V4"]
    for name, frame in (("claims", claims), ("claim_lines", lines)):
        assert not broken_rules(DERIVED[name], frame)


def test_content_names_the_plan_and_the_member_by_the_medi_cal_number() -> None:
    claims, _ = claimed("id | day | code | mods | plan\nV1 | 20 | G9012 | U2 | A")
    (said,) = thaw(claims["content"]).rows(named=True)
    assert {
        "payer_id": "PLANA", "payer_name": "PLAN A", "claim_or_encounter": "RP",
        "subscriber_cin": "90000000A", "place_of_service": "12", "service_facility_npi": None,
        "diagnosis_codes": ["Z652"],
    }.items() <= said.items()  # fmt: skip


def test_pyx12_takes_the_encounters_of_a_plan(tmp_path: Path) -> None:
    claims, _ = claimed(TWO_DAYS)
    told = claims.filter(pl.col("route") == "plan_a").select(
        "content",
        patient_control_number=pl.format("PCN{}", pl.int_range(pl.len())),
        frequency_code=pl.lit("1"),
    )
    content = thaw(numbered(told))
    text = b"".join(one.content for one in render(content, envelope()))
    path = tmp_path / "encounters.x12"
    path.write_bytes(text)
    (verdict,) = check_837([path])
    assert (verdict.is_accepted, verdict.errors) == (True, ())
    segments = [segment.strip() for segment in text.decode().split("~")]
    assert next(one for one in segments if one.startswith("BHT")).endswith("*RP")
    assert "SV1*HC:G9012:U8:GQ*0*UN*1***1" in segments
    assert segments.count("NM1*PR*2*PLAN A*****PI*PLANA") == 2


def test_claims_and_encounters_share_no_file() -> None:
    claims, _ = claimed(TWO_DAYS)
    every = claims.select(
        "content",
        patient_control_number=pl.format("PCN{}", pl.int_range(pl.len())),
        frequency_code=pl.lit("1"),
    )
    with pytest.raises(BrokenInvariantError) as caught:
        list(render(thaw(numbered(every)), envelope()))
    assert caught.value.code == "claims_beside_encounters"


HOLDS = [
    # a set of modifiers that tells no service
    ("V1 | 20 | H0044 | U9 | A", "plan_a", ["service_unknown"]),
    # in jail until the 10th; both ends belong to nobody's custody
    ("V1 | 9  | G9012 | U2 | A", "plan_a", ["served_in_custody"]),
    ("V1 | 10 | G9012 | U2 | A", "plan_a", []),
    ("V1 | 20 | G9012 | U2 | Z", "unset", []),
]


@pytest.mark.parametrize(("row", "route", "reasons"), HOLDS)
def test_what_keeps_a_service_back(row: str, route: str, reasons: list[str]) -> None:
    made = claimed(f"id | day | code | mods | plan\n{row}")
    assert standing(made) == {"V1": (route, reasons)}


def test_a_day_to_come_and_a_missing_diagnosis_hold_and_keep_back_no_other() -> None:
    picture = """
    id | day | code  | mods | dx
    V1 | 20  | G9012 | U2   | F11.20
    V2 | 20  | H0044 | U9   | F11.20
    V3 | 30  | G9012 | U2   |
    """
    told = services(picture).with_columns(
        diagnosis_codes=pl.when(pl.col("service_id") != "V3").then("diagnosis_codes")
    )
    made = standing(claimed(told, as_of=date(2026, 4, 25)))
    assert made["V1"] == ("plan_a", [])
    assert made["V2"] == ("plan_a", ["service_unknown"])
    assert set(made["V3"][1]) >= {"service_to_come", "diagnosis_missing"}


def test_a_charge_of_nothing_is_an_encounter_and_no_claim() -> None:
    picture = """
    id | day | code  | mods | charge | plan
    V1 | 20  | G9012 | U2   | 0.00   | A
    V2 | 21  | G9012 | U2   | 0.00   | B
    """
    assert standing(claimed(picture)) == {
        "V1": ("plan_a", []),
        "V2": ("plan_b", ["amount_out_of_range"]),
    }


def test_without_a_plan_s_route_in_settings_services_are_for_reports_alone() -> None:
    claims, lines = claimed(TWO_DAYS, agency=agency())
    assert (claims.height, lines.height) == (0, 0)


@pytest.mark.parametrize("status", ["unset", "unverified"])
def test_a_route_that_is_unset_holds(status: str) -> None:
    unsure = Route("plan_a", "", "", "", plan_codes=("A",), status=status)
    county = agency(routes={"medi_cal": MEDI_CAL, "plan_a": unsure})
    picture = """
    id | day | code  | mods | plan
    V1 | 20  | G9012 | U2   | A
    V2 | 21  | G9012 | U2   | Z
    """
    claims, lines = claimed(picture, agency=county)
    rows = plan(claims, NOTHING, NOTHING, policy(), AS_OF, county)
    told = lines.join(rows, on="claim_id").sort("encounter_id")
    held = ("hold", ["route_unset"])
    own = held if status == "unset" else ("new", [])
    assert list(told.select("action", "reasons").iter_rows()) == [own, held]


# --- no service twice ----------------------------------------------------------------------------


SAME = {"service_date": date(2026, 4, 20), "procedure_code": "G9012", "modifiers": ["GQ", "U2"]}
ONE = "id | day | code | mods | plan\nV1 | 20 | G9012 | U2 GQ | A"


@pytest.mark.parametrize(
    ("encounter", "reasons"),
    [
        (SAME, ["service_on_other_route"]),
        (SAME | {"modifiers": ["U2", "95", "GQ"]}, ["service_on_other_route"]),
        (SAME | {"modifiers": ["U2"]}, []),  # another service
        (SAME | {"service_date": date(2026, 4, 21)}, []),
        (SAME | {"person_id": "P2"}, []),
        (SAME | {"verdict": "rejected"}, []),  # no claim is made of it
    ],
)
def test_a_service_that_an_encounter_bills_is_not_told_to_the_plan(
    encounter: dict[str, Any], reasons: list[str]
) -> None:
    made = claimed(ONE, [line(encounter_id="E1", **encounter)])
    assert standing(made)["V1"] == ("plan_a", reasons)
    claims, lines = made
    routes = lines.join(claims, on="claim_id").filter(pl.col("encounter_id") == "E1")["route"]
    assert routes.to_list() == ["medi_cal"] * (encounter.get("verdict") is None)


def test_an_encounter_that_went_out_keeps_its_service_though_it_is_clean_no_more() -> None:
    gone_out = bound(("E1", 1, "c" * 32, 1))
    made = claimed(ONE, [line(encounter_id="E1", **SAME, verdict="held")], bound=gone_out)
    assert standing(made)["V1"] == ("plan_a", ["service_on_other_route"])


def told_before(service_id: str) -> pl.DataFrame:
    one = bound((service_id, 1, "c" * 32, 1))
    return one.with_columns(source_system=pl.lit(SOURCE))


@pytest.mark.parametrize(
    ("before", "waiting"), [(None, {"V1", "V2"}), ("V1", {"V2"}), ("V2", {"V1"})]
)
def test_a_service_of_two_plans_waits_unless_one_has_been_told(
    before: str | None, waiting: set[str]
) -> None:
    picture = """
    id | day | code  | mods  | plan
    V1 | 20  | G9012 | U2 GQ | A
    V2 | 20  | G9012 | GQ U2 | B
    V3 | 20  | G9012 | U2    | B
    """
    made = standing(claimed(picture, bound=bound() if before is None else told_before(before)))
    twice = {one for one, (_, why) in made.items() if why == ["service_on_other_route"]}
    assert twice == waiting
    assert made["V3"] == ("plan_b", [])


def test_merged_people_are_one() -> None:
    people = [
        {"person_id": "P1", "cin": "90000000A", "last_name": "A", "birth_date": date(1990, 1, 1)},
        {"person_id": "P2", "merged_into": "P1", "last_name": "A", "birth_date": date(1990, 1, 1)},
    ]
    one, other = services(ONE), services(ONE.replace("V1", "V2").replace("| A", "| B"))
    both = pl.concat([one, other.with_columns(person_id=pl.lit("P2"))])
    made = standing(claimed(both, people=feed("people", *people)))
    assert {"service_on_other_route"} <= set(made["V1"][1]) & set(made["V2"][1])


@settings(max_examples=12)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["20", "21"]), st.sampled_from(["U2", "U2 GQ", "GQ U2", "U8"]),
            st.sampled_from("ABZ"),
        ),
        max_size=6,
    ),
    billed=st.lists(
        st.tuples(st.sampled_from([20, 21]), st.sampled_from([("U2",), ("GQ", "U2"), ("U8",)])),
        max_size=2,
    ),
)  # fmt: skip
def test_nothing_goes_two_ways(
    rows: list[tuple[str, str, str]], billed: list[tuple[int, tuple[str, ...]]]
) -> None:
    """Of what no rule holds, no service of a person stands on two routes."""
    pictured = "id | day | code | mods | plan\n" + "\n".join(
        f"V{n} | {day} | G9012 | {mods} | {code}" for n, (day, mods, code) in enumerate(rows)
    )
    encounters = [
        line(encounter_id=f"E{n}", procedure_code="G9012", modifiers=list(mods),
             service_date=date(2026, 4, day))
        for n, (day, mods) in enumerate(billed)
    ]  # fmt: skip
    told = services(pictured) if rows else services(ONE).clear()
    claims, _ = claimed(told, encounters)
    ways: Counter[tuple[Any, ...]] = Counter()
    free = claims.filter(pl.col("reasons").list.len() == 0)
    seen = set()
    for row, said in zip(
        free.iter_rows(named=True), thaw(free["content"]).iter_rows(named=True), strict=True
    ):
        for one in said["lines"]:
            telling = frozenset(one["modifiers"]) & {"U1", "U2", "U8", "GQ"}
            seen.add((row["route"], one["service_from"], one["procedure_code"], telling))
    for _, *service in seen:
        ways[tuple(service)] += 1
    assert all(count == 1 for count in ways.values())
