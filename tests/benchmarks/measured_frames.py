"""The facts that measures count, drawn at once as frames: a state's year in seconds, without files.

Twelve milestones, twelve service lines and three bundles for each episode with an activation (eight
in ten); two lines of three are billed, each by a claim of its own. Drawn from row numbers: always
the same.
"""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from contracts.derived import DERIVED
from contracts.feeds import FEEDS
from contracts.fields import MONEY
from contracts.parsing import LOCAL_ZONE
from pipelines.stages.bundles.anchors import key_of_anchor
from pipelines.stages.receivables.aging import in_effect, placed
from pipelines.stages.receivables.billing import billing

FIRST_ON: Final = date(2026, 1, 1)
LINES: Final = 12
_FIRST_AT: Final = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo(LOCAL_ZONE))
_EPISODES_A_FACILITY: Final = 2_000
_MILESTONES: Final = {
    "first_meeting": 3, "needs_assessment": 5, "care_plan_finalized": -3, "warm_handoff": -15,
    "care_plan_shared_with_plan": -2, "mat_started": 6, "naloxone_supplied": 0, "dme_supplied": 0,
    "behavioral_health_link": 4, "ecm_enrolled": 9, "ecm_contact": 1, "follow_up": 12,
}  # fmt: skip
_CATEGORIES: Final = (
    "consultation",
    "medication",
    "mat",
    "lab_radiology",
    "case_management",
    "chw",
)


def _below(name: str, most: int) -> pl.Expr:
    """A number from 0 to most - 1 for each row, another for each name."""
    seed = sum(map(ord, name))
    return ((pl.col("n") * 2_654_435_761 + seed * 97_531) % 1_000_003 % most).cast(pl.Int64)


def _later(column: str, days: pl.Expr | int) -> pl.Expr:
    return pl.col(column) + pl.duration(days=days)


def _one_of(name: str, values: tuple[str | None, ...]) -> pl.Expr:
    places = dict(enumerate(values))
    return _below(name, len(values)).replace_strict(places, return_dtype=pl.String)


def facts(episodes: int, as_of: date) -> dict[str, pl.DataFrame]:
    """Every table that `population.sql` names."""
    drawn = _episodes(episodes, as_of)
    activated = drawn.filter(_below("activated", 10) < 8)
    released = activated.filter(pl.col("released_on").is_not_null())
    care = _care(activated, released)
    billed = _billed(care["service_lines"], as_of)
    return {**_custody(drawn), **_enrollment(drawn, activated), **care, **billed,
            **_bundles(activated), **_lists()}  # fmt: skip


def _episodes(episodes: int, as_of: date) -> pl.DataFrame:
    number = pl.int_range(episodes, eager=True).alias("n").to_frame()
    drawn = number.with_columns(
        stay_id=pl.format("S{}", "n"),
        person_id=pl.format("P{}", pl.col("n") * 4 // 5),
        facility_id=pl.format("F{}", _below("facility", _facilities(episodes))),
        day=_below("booked", (as_of - FIRST_ON).days),
        length=1 + _below("length", 120),
    ).with_columns(booked_on=pl.lit(FIRST_ON) + pl.duration(days="day"))
    leaves = _later("booked_on", pl.col("length"))
    return drawn.with_columns(
        leaves_on=leaves,
        released_on=pl.when(leaves <= as_of).then(leaves),
        activated_on=_later("booked_on", _below("activated after", 20)),
        booked_at=pl.lit(_FIRST_AT) + pl.duration(days="day"),
    ).with_columns(
        released_at=pl.when(pl.col("released_on").is_not_null()).then(
            pl.col("booked_at") + pl.duration(days="length")
        )
    )


def _facilities(episodes: int) -> int:
    return -(-episodes // _EPISODES_A_FACILITY)


def _custody(drawn: pl.DataFrame) -> dict[str, pl.DataFrame]:
    stays = drawn.with_columns(
        released_to=pl.lit("community"),
        release_certainty=_one_of("sure", ("known", "known", "estimated", "unknown")),
    )
    places = pl.int_range(_facilities(drawn.height), eager=True).alias("n").to_frame()
    people = drawn.unique("person_id", keep="first", maintain_order=True).with_columns(
        birth_date=pl.date(1960, 1, 1) + pl.duration(days=_below("born", 18_000)),
        sex=_one_of("sex", ("M", "M", "M", "F")),
        race=pl.concat_list(_one_of("race", ("2106-3", "2054-5", "2028-9"))),
        ethnicity=_one_of("ethnicity", ("2135-2", "2186-5", None)),
        language=_one_of("language", ("en", "en", "es", None)),
    )
    return {
        "custody_stays": FEEDS["custody_stays"].conform(stays),
        "custody_episodes": DERIVED["custody_episodes"].conform(
            drawn.with_columns(episode_id="stay_id", stay_ids=pl.concat_list("stay_id"))
        ),
        "facilities": FEEDS["facilities"].conform(
            places.select(
                facility_id=pl.format("F{}", "n"),
                name=pl.format("Facility {}", "n"),
                facility_type=pl.lit("county_jail"),
            )
        ),
        "people": FEEDS["people"].conform(people),
    }


def _enrollment(drawn: pl.DataFrame, activated: pl.DataFrame) -> dict[str, pl.DataFrame]:
    asked = drawn.with_columns(
        screening_id=pl.format("M{}", "n"),
        screening_type=pl.lit("medi_cal"),
        screened_on=_later("booked_on", _below("asked", 5)),
        declined=_below("declined", 20) == 0,
        medi_cal_status=_one_of("status", ("enrolled", "enrolled", "not_enrolled")),
    )
    judged = activated.with_columns(
        screening_id=pl.format("J{}", "n"),
        screening_type=pl.lit("pre_release_access"),
        screened_on=pl.col("activated_on"),
        declined=False,
        outcome=pl.lit("meets"),
        qualifying_conditions=pl.concat_list(
            _one_of("condition", ("mental_illness", "substance_use_disorder", "chronic_condition")),
            _one_of("another", ("serious_mental_illness", "opioid_use_disorder", "tbi")),
        ),
    )
    applied = drawn.filter(_below("applied", 3) == 0).with_columns(
        application_id=pl.format("A{}", "n"),
        submitted_on=_later("booked_on", 2),
        decision=_one_of("decision", ("approved", "approved", "denied", "pending")),
        decided_on=_later("booked_on", 30),
        denial_reason_code=pl.lit("income"),
    )
    told = pl.concat(
        drawn.filter(pl.col("length") > 28).select(
            "stay_id", "person_id", event=pl.lit(event), occurred_on=day
        )
        for event, day in (("suspended", _later("booked_on", 28)), ("unsuspended", "leaves_on"))
    )
    spans = drawn.select(
        "person_id", from_on=_later("booked_on", -300), to_on=pl.lit(None, pl.Date)
    )
    return {
        "screenings": pl.concat([FEEDS["screenings"].conform(one) for one in (asked, judged)]),
        "applications": FEEDS["applications"].conform(applied),
        "enrollment_timeline": DERIVED["enrollment_timeline"].conform(
            told.rename({"stay_id": "episode_id"})
        ),
        "activations": activated.select(
            "person_id", from_on="activated_on", to_on="released_on"
        ).filter(pl.col("to_on").is_null() | (pl.col("to_on") >= pl.col("from_on"))),
        "covered": spans.with_columns(is_ji_aid_code=False),
        "plan_spans": spans.with_columns(plan_code=pl.lit("X")),
        "residents": drawn.select("person_id", is_plan_county=pl.lit(True)).unique("person_id"),
    }


def _care(activated: pl.DataFrame, released: pl.DataFrame) -> dict[str, pl.DataFrame]:
    planned = pl.DataFrame({"milestone": list(_MILESTONES), "days": list(_MILESTONES.values())})
    happened = released.join(planned, how="cross").with_columns(
        milestone_id=pl.format("K{}{}", "n", "milestone"),
        occurred_on=_later("leaves_on", pl.col("days")),
    )
    managers = pl.concat(
        FEEDS["care_managers"].conform(
            activated.with_columns(
                phase=pl.lit(phase), manager_staff_id=pl.lit(staff), assigned_on="activated_on"
            )
        )
        for phase, staff in (("pre_release", "C1"), ("post_release", "C2"))
    )
    orders = activated.with_columns(
        order_id=pl.format("O{}", "n"),
        order_type=_one_of("order", ("medication", "medication", "dme")),
        ndc=pl.lit("11"),
        ordered_on="booked_on",
        order_status=pl.lit("active"),
        continue_at_release=True,
    )
    fills = released.with_columns(
        fill_id=pl.format("L{}", "n"),
        order_id=pl.format("O{}", "n"),
        ndc=pl.lit("11"),
        days_supply=_below("supply", 2) * 16 + 14,
        handed_over_on="released_on",
        is_release_supply=True,
    )
    return {
        "care_milestones": FEEDS["care_milestones"].conform(happened),
        "care_managers": managers,
        "orders": FEEDS["orders"].conform(orders),
        "pharmacy_fills": FEEDS["pharmacy_fills"].conform(fills),
        "service_lines": _lines(activated),
        "post_release": _afterwards(released),
    }


def _lines(activated: pl.DataFrame) -> pl.DataFrame:
    each = activated.join(pl.DataFrame({"line_number": range(1, LINES + 1)}), how="cross")
    numbered = each.with_columns(n=pl.col("n") * LINES + pl.col("line_number"))
    return numbered.select(
        "person_id", "stay_id", "facility_id", "line_number",
        source_system=pl.lit("main"),
        encounter_id=pl.col("stay_id"),
        service_date=_later("activated_on", _below("served", 60)),
        service_category=_one_of("category", _CATEGORIES),
        minutes=15 + _below("minutes", 45),
        modality=_one_of("modality", ("in_person", "in_person", "video")),
        rendering_npi=pl.lit("1"),
        verdict=_one_of("verdict", ("clean", "clean", "clean", "held", "rejected")),
        note_status=pl.lit("signed"),
        is_billed=_below("billed", 3) > 0,
        deadline_on=_later("activated_on", 200),
    )  # fmt: skip


def _billed(service_lines: pl.DataFrame, as_of: date) -> dict[str, pl.DataFrame]:
    """A claim of each billed line, eight in nine of them adjudicated."""
    mine = service_lines.filter("is_billed").with_row_index("n").with_columns(
        claim_id=pl.format("C{}", "n"),
        submission_id=pl.format("C{}-1", "n"),
        submission_number=1,
        line_ordinal=1,
        state=_one_of("account", ("paid",) * 7 + ("denied", "open")),
        sent_on=_later("service_date", 10 + _below("sent", 30)),
        charge_amount=(100 + _below("charge", 200)).cast(MONEY),
        deadline_on=_later("service_date", 180),
        is_in_effect=True,
        recovered_amount=pl.lit(0, MONEY),
    )  # fmt: skip
    is_open, is_denied = pl.col("state") == "open", pl.col("state") == "denied"
    charge, nothing = pl.col("charge_amount"), pl.lit(0, MONEY)
    accounts = mine.with_columns(
        remitted_on=pl.when(~is_open).then(_later("sent_on", 5 + _below("remitted", 20))),
        paid_amount=pl.when(is_open | is_denied).then(nothing).otherwise(charge),
        adjusted_amount=nothing,
        denied_amount=pl.when(is_denied).then(charge).otherwise(nothing),
        open_amount=pl.when(is_open).then(charge).otherwise(nothing),
    )
    states = DERIVED["submission_states"].conform(
        mine.with_columns(state=pl.when(is_open).then(pl.lit("accepted")).otherwise("state"))
    )
    reasons = accounts.filter(is_denied).select(
        "claim_id", "submission_id", "line_ordinal", "remitted_on", "deadline_on", "facility_id",
        "person_id", "source_system", "encounter_id", "line_number",
        denial_id=pl.format("D{}", "n"),
        category=_one_of("category", ("not_authorized", "incorrect_codes", "duplicate")),
        owner=pl.lit("biller"),
        next_step=pl.lit("replace"),
        amount="denied_amount",
        predicted=_one_of("predicted", ("predicted", "missed", "not_covered_by_edits")),
    )  # fmt: skip
    claims = DERIVED["claims"].conform(mine)
    lines = DERIVED["line_accounts"].conform(accounts)
    disputes = pl.DataFrame(
        schema={"dispute_id": pl.String, "claim_id": pl.String, "kind": pl.String,
                "state": pl.String, "is_open": pl.Boolean, "moved_on": pl.Date}
    )  # fmt: skip
    denials = DERIVED["denials"].conform(reasons)
    held = mine.filter(is_open).with_columns(action=pl.lit("hold"))
    waiting = DERIVED["plan"].conform(
        held.select("claim_id", "charge_amount", "deadline_on", "action")
    )
    services = DERIVED["service_lines"].conform(service_lines)
    owed = in_effect(placed(lines, services, claims), states, as_of)
    return billing(owed, lines, states, claims, denials, waiting, disputes, as_of)


def _bundles(activated: pl.DataFrame) -> dict[str, pl.DataFrame]:
    named = pl.DataFrame({"bundle_id": ["care_plan", "plan_and_handoff", "follow_up"]})
    each = activated.join(named, how="cross").with_columns(
        state=_one_of("bundle", ("complete", "complete", "missed", "open")),
        episode_id="stay_id",
        ordinal=1,
        release_on="leaves_on",
        service_date="leaves_on",
        charge_amount=pl.lit(250, MONEY),
    )
    told = DERIVED["bundles"].conform(each).with_columns(key_of_anchor())
    is_done = pl.col("state") == "complete"
    missing = told.filter(~is_done).select(
        "stay_id", "bundle_id", "ordinal", missing=pl.lit(["warm_handoff", "medications"])
    )
    return {"care_bundles": told, "bundles_missing": missing}


def _afterwards(released: pl.DataFrame) -> pl.DataFrame:
    seen = released.filter(_below("seen", 3) == 0)
    return seen.select(
        "person_id",
        service_id=pl.format("V{}", "n"),
        service_date=_later("leaves_on", _below("seen after", 90)),
        kind=_one_of("kind", ("ECM", "ECM", "CS")),
        service=_one_of("service", ("Housing Deposits", "Day Habilitation")),
        is_outreach=_below("outreach", 4) == 0,
        plan_code=pl.lit("X"),
        population_of_focus=pl.lit("transitioning from incarceration"),
        outreach_outcome=pl.lit("reached"),
    )


def _lists() -> dict[str, pl.DataFrame]:
    races = {"2106-3": "White", "2054-5": "Black or African American", "2028-9": "Asian"}
    groups = [(code, "race", told) for code, told in races.items()]
    groups += [("2135-2", "ethnicity", "Hispanic or Latino"), ("2186-5", "ethnicity", "Not")]
    return {
        "race_groups": pl.DataFrame(groups, schema=["code", "kind", "label"], orient="row"),
        "languages": pl.DataFrame({"code": ["en", "es"], "label": ["English", "Spanish"]}),
        "credentials": pl.DataFrame({"npi": ["1"], "credential": ["MD"]}),
        "naloxone": pl.DataFrame({"ndc": ["99"]}),
    }
