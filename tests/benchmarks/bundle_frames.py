"""Care of a state's year drawn as typed frames: milestones, managers and staff of each stay.

Custody and activations are those of `eligibility_frames`; of what else is read, no row.
"""

from datetime import date
from typing import Final

import eligibility_frames
import polars as pl

from contracts.derived import DERIVED
from contracts.feeds import facts
from contracts.parsing import LOCAL_ZONE
from contracts.policy import Policy
from pipelines.stages.bundles.care import Care
from pipelines.stages.eligibility.days import billable_days

# milestone and its day after booking; every stay has most of them
_MILESTONES: Final = (
    ("care_manager_assigned", 3), ("first_meeting", 12), ("needs_assessment", 20),
    ("consent_signed", 20), ("consultation", 24), ("care_plan_started", 30),
    ("care_plan_finalized", 40), ("warm_handoff", 50),
)  # fmt: skip
_STAFF: Final = "N1"


def care(stays: int, policy: Policy, end: date) -> Care:
    """Facts of so many stays, seven and a half milestones each."""
    known = eligibility_frames.evidence(stays, end)
    custody = known["custody_stays"]
    booked = pl.col("booked_at").dt.convert_time_zone(LOCAL_ZONE).dt.date()
    persons = custody.select("stay_id", "person_id", booked_on=booked)
    steps = pl.DataFrame(_MILESTONES, schema=["milestone", "days"], orient="row")
    told = persons.join(steps, how="cross").with_row_index("n").filter(pl.col("n") % 16 != 5)
    milestones = told.with_columns(
        milestone_id=pl.format("m{}", "n"),
        occurred_on=pl.col("booked_on") + pl.duration(days=pl.col("days") + pl.col("n") % 7),
        performed_by_staff_id=pl.lit(_STAFF), signed_by_staff_id=pl.lit(_STAFF),
        note_status=pl.lit("signed"), minutes=pl.lit(45),
        participants=pl.lit(["client", "pre_release_manager", "post_release_manager"]),
    )  # fmt: skip
    managers = persons.select(
        "stay_id", phase=pl.lit("pre_release"), manager_staff_id=pl.lit(_STAFF),
        assigned_on=pl.col("booked_on") + pl.duration(days=2),
    )  # fmt: skip
    staff = pl.DataFrame(
        {"staff_id": [_STAFF], "npi": ["1234567893"], "entity_type": ["person"],
         "credential": ["RN"], "is_external": [False], "last_name_or_organization": ["N"]}
    )  # fmt: skip
    more = {"care_milestones": milestones, "care_managers": managers, "providers": staff}
    none = {n: facts(n).empty() for n in ("consents", "orders", "pharmacy_fills", "encounters")}
    own = {name: _received(name, frame) for name, frame in more.items()}
    answers = known.pop("eligibility_answers")
    days = billable_days(**known, eligibility_answers=answers, policy=policy, as_of=end)
    versions = custody.select("stay_id", "received_at", release_certainty=pl.lit("estimated"))
    billed = (
        DERIVED["bundles"]
        .empty()
        .select("stay_id", "bundle_id", "ordinal", "service_date", "person_id")
    )
    return Care(
        **known, **own, **none, stay_versions=versions, billable_days=days, billed=billed
    )  # fmt: skip


def _received(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    table = facts(name)
    numbered = frame.with_columns(
        file_id=pl.lit("0" * 16), row_number=pl.int_range(1, pl.len() + 1)
    )
    return table.conform(numbered)
