"""Denials: reasons routed by the map, told with deadline and with what our own edits had said."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import drawn, policy

from codesets.loader import CodeSets
from contracts.derived import DERIVED
from contracts.feeds import facts
from contracts.fields import field_of
from contracts.schemas import broken_rules
from pipelines.stages.denials.denials import denials
from pipelines.stages.denials.routing import coverage, routed
from pipelines.stages.edits.catalogue import EDITS

AS_OF = date(2026, 6, 1)
ROUTES = """
    carc | rarc | category               | standing | route                   | owner     | edit_ids
    197  |      | not_authorized         | proposed | tar_then_rebill         | biller    | authorization_missing
    16   |      | incorrect_codes        | proposed | correct_and_replace     | biller    |
    16   | M76  | incorrect_codes        | proposed | correct_and_replace     | biller    | diagnosis_missing
    16   | N54  | not_authorized         | curated  | tar_then_rebill         | biller    | authorization_of_other_code
    16   | N463 |                        | curated  |                         | biller    |
    29   |      | timely_filing          | curated  | appeal_or_write_off     | finance   | filing_limit_passed
    45   |      |                        | proposed | post_adjustment         | finance   |
"""  # noqa: E501 - a table is read in rows


def routes(picture: str = ROUTES) -> pl.DataFrame:
    rows = [
        {name: text or None for name, text in row.items()}
        | {"clock": "appeal" if "appeal" in (row["route"] or "") else "replacement"}
        | {"next_step": "mend it", "edit_ids": (row["edit_ids"] or "").split() or None}
        for row in drawn(picture)
    ]
    return pl.DataFrame(rows, schema_overrides={"edit_ids": pl.List(pl.String)})


ROUTED = [
    # carc   remarks          the pair's   category          standing
    ("16", ["M76"], "M76", "incorrect_codes", "proposed"),
    ("16", ["M76", "N54"], "N54", "not_authorized", "curated"),
    ("16", ["N999", "M76"], "M76", "incorrect_codes", "proposed"),
    ("16", ["N999"], None, "incorrect_codes", "proposed"),
    ("16", None, None, "incorrect_codes", "proposed"),
    ("16", ["N463"], "N463", "several", "curated"),
    ("197", ["N54"], None, "not_authorized", "proposed"),
    ("45", None, None, "no_denial", "proposed"),
    ("999", ["M76"], None, "unmapped", "unmapped"),
    (None, ["M76"], None, "unmapped", "unmapped"),
]


def test_the_first_known_pair_decides_curated_before_proposed() -> None:
    reasons = pl.DataFrame(
        {"carc": [r[0] for r in ROUTED], "rarcs": [r[1] for r in ROUTED]},
        schema={"carc": pl.String, "rarcs": pl.List(pl.String)},
    )
    told = routed(reasons, routes()).select("carc", "rarcs", "rarc", "category", "standing")
    assert told.rows() == [(r[0], r[1], *r[2:]) for r in ROUTED]


def test_what_nobody_knows_is_a_billers_with_the_way_on() -> None:
    reasons = pl.DataFrame({"carc": ["999"], "rarcs": [["X"]]})
    told = routed(reasons, routes()).row(0, named=True)
    assert told["owner"] == "biller"
    assert "carc_rarc_map" in told["next_step"]


# --- the table ------------------------------------------------------------------------------------

ACCOUNTS = """
    line | denied | in_effect | remitted
    1    | 100.00 | yes       | 2026-05-15
    2    | 0.00   | yes       | 2026-05-15
    3    | 50.00  | no        | 2026-05-15
    4    | 70.00  | yes       | 2025-12-31
"""
ADJUSTMENTS = """
    line | group | carc | amount  | rarcs
    1    | CO    | 197  | 100.00  |
    2    | CO    | 45   | 10.00   |
    3    | CO    | 16   | 50.00   | M76
    4    | CO    | 16   | 70.00   | M76
    4    | CO    | 16   | -70.00  | M76
    4    | CO    | 29   | 60.00   |
    4    | PR    | 3    | 10.00   |
"""


BUNDLE = ("care_bundles", "S1/care_plan", 1)


def told(
    foreseen: str = "", bundled: dict[str, Any] | None = None, **changed: Any
) -> list[dict[str, Any]]:
    """`bundled`: the first line stands for a bundle, whose row has this."""
    accounts = DERIVED["line_accounts"].conform(
        pl.DataFrame([
            {"submission_id": "sub", "line_ordinal": int(r["line"]), "claim_id": "claim",
             "patient_control_number": "PCN", "source_system": "main", "encounter_id": "e1",
             "line_number": int(r["line"]), "facility_id": "f1",
             "is_in_effect": r["in_effect"] == "yes", "denied_amount": Decimal(r["denied"]),
             "remitted_on": date.fromisoformat(r["remitted"])}
            for r in drawn(ACCOUNTS)
        ])
    )  # fmt: skip
    if bundled is not None:
        key = dict(zip(("source_system", "encounter_id", "line_number"), BUNDLE, strict=True))
        is_first = pl.col("line_ordinal") == 1
        accounts = accounts.with_columns(
            pl.when(is_first).then(pl.lit(value)).otherwise(name).alias(name)
            for name, value in (key | {"facility_id": None}).items()
        )
    anchor = {"stay_id": "S1", "bundle_id": "care_plan", "ordinal": 1}
    bundles = DERIVED["bundles"].conform(pl.DataFrame([anchor | (bundled or {})]))
    adjustments = DERIVED["line_adjustments"].conform(
        pl.DataFrame([
            {"submission_id": "sub", "line_ordinal": int(r["line"]), "group_code": r["group"],
             "carc": r["carc"], "amount": Decimal(r["amount"]),
             "rarcs": (r["rarcs"] or "").split() or None}
            for r in drawn(ADJUSTMENTS)
        ], schema_overrides={"rarcs": pl.List(pl.String)})
    )  # fmt: skip
    encounters = facts("encounters").conform(
        pl.DataFrame([
            {"source_system": "main", "encounter_id": "e1", "line_number": n, "person_id": "p1",
             "file_id": "file0001", "row_number": n}
            for n in range(1, 5)
        ])
    )  # fmt: skip
    said = (
        [{"subject_id": r["subject"], "edit_id": r["edit"]} for r in drawn(foreseen)]
        if foreseen
        else []
    )
    made = denials(
        accounts,
        adjustments,
        pl.DataFrame(said, schema={"subject_id": pl.String, "edit_id": pl.String}),
        encounters,
        bundles,
        routes(),
        policy(**changed),
        "34",
        AS_OF,
    )
    assert broken_rules(DERIVED["denials"], made) == {}
    rows: list[dict[str, Any]] = made.to_dicts()
    return rows


def test_each_reason_that_stands_of_a_denied_line_in_effect() -> None:
    found = [(r["line_ordinal"], r["carc"], r["amount"], r["category"], r["row_number"])
             for r in told()]  # fmt: skip
    assert found == [
        (1, "197", Decimal("100.00"), "not_authorized", 1),
        (4, "29", Decimal("60.00"), "timely_filing", 4),
        (4, "3", Decimal("10.00"), "unmapped", 4),
    ]


def test_appeals_count_days_and_inquiries_months_from_the_remittance() -> None:
    found = {r["carc"]: (r["deadline_on"], r["days_left"]) for r in told()}
    assert found["197"] == (date(2026, 11, 15), 167)
    assert found["29"] == (date(2026, 3, 31), -62)  # ninety days from 31 December
    assert found["3"] == (date(2026, 6, 30), 29)  # six months end on the last day of June
    unset = {r["carc"]: r["deadline_on"] for r in told(appeal__days=None, replacement__months=None)}
    assert set(unset.values()) == {None}


SAID = [
    ("main/e1/1 | authorization_missing", "197", "predicted", ["authorization_missing"]),
    ("main/e1/1 | note_signed_late", "197", "missed", ["authorization_missing"]),
    ("main/e1/2 | authorization_missing", "197", "missed", ["authorization_missing"]),
    ("main/e1/4 | filing_limit_passed", "29", "predicted", ["filing_limit_passed"]),
    ("main/e1/4 | filing_limit_passed", "3", "not_covered_by_edits", None),
]


@pytest.mark.parametrize(("finding", "carc", "predicted", "edits"), SAID)
def test_what_our_edits_had_said_stands_beside_it(
    finding: str, carc: str, predicted: str, edits: list[str] | None
) -> None:
    (one,) = [row for row in told(f"subject | edit\n{finding}") if row["carc"] == carc]
    assert (one["predicted"], one["edit_ids"]) == (predicted, edits)


@pytest.mark.parametrize("is_part_2", [True, False])
def test_a_denied_bundle_has_person_place_and_row_of_the_bundle(*, is_part_2: bool) -> None:
    row = {"person_id": "p9", "facility_id": "f9", "file_id": "file0009", "row_number": 9}
    (one,) = [r for r in told(bundled=row | {"is_part_2": is_part_2}) if r["carc"] == "197"]
    assert {name: one[name] for name in row} == row
    assert one["is_part_2"] is is_part_2


def test_a_denied_bundle_that_is_no_more_may_be_of_part_2() -> None:
    (one,) = [r for r in told(bundled={"stay_id": "S2"}) if r["carc"] == "197"]
    assert (one["is_part_2"], one["person_id"], one["facility_id"]) == (True, None, None)


def test_a_denial_keeps_its_id() -> None:
    first, again = told(), told("subject | edit\nmain/e1/1 | authorization_missing")
    assert [row["denial_id"] for row in first] == [row["denial_id"] for row in again]
    assert len({row["denial_id"] for row in first}) == len(first)


# --- the map that is shipped ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> dict[str, pl.DataFrame]:
    sets = CodeSets()
    return {name: sets.table(name) for name in ("carc_rarc_map", "rad_carc_rarc", "denial_map")}


def test_every_pair_of_the_payers_crosswalk_is_in_the_map(shipped: dict[str, Any]) -> None:
    found = {row["standing"]: row for row in
             coverage(shipped["carc_rarc_map"], shipped["rad_carc_rarc"]).to_dicts()}  # fmt: skip
    assert set(found) == {"curated", "proposed", "unmapped"}
    assert found["curated"]["pairs"] == 66
    provider_level = {"E3", "PL", "72", "CS"}
    pairs = shipped["rad_carc_rarc"].drop_nulls("carc").select("carc", "rarc").unique()
    left = pairs.filter(pl.col("carc").is_in(provider_level)).height
    assert found["unmapped"]["pairs"] == left
    assert found["proposed"]["pairs"] == pairs.height - left - 66


def test_the_maps_words_are_those_of_the_program(shipped: dict[str, Any]) -> None:
    table = shipped["carc_rarc_map"]
    categories = set(table["category"].drop_nulls())
    assert categories <= set(field_of("denials", "category").allowed)
    assert set(table["owner"]) <= set(field_of("findings", "owner").allowed)
    named = set(table["edit_ids"].drop_nulls().explode().drop_nulls())
    assert named
    assert named <= set(EDITS)


def test_a_curated_pair_has_the_category_of_its_rad_code(shipped: dict[str, Any]) -> None:
    curated = shipped["carc_rarc_map"].filter(standing="curated").drop_nulls("category")
    of_code = shipped["denial_map"].select("rad", curated="category")
    joined = (
        shipped["rad_carc_rarc"].select("rad", "carc", "rarc").unique()
        .join(of_code, on="rad")
        .join(curated, on=["carc", "rarc"], nulls_equal=True)
    )  # fmt: skip
    assert joined.height > 60
    assert joined.filter(pl.col("curated") != pl.col("category")).is_empty()
