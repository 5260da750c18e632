"""Care: milestones and managers of reentry care, and the consents behind it."""

from datetime import date

import polars as pl

from pipelines.demo.draw import Draws
from pipelines.demo.identifiers import on, serial

KEY = pl.col("key")
CARE_MANAGER = "C018"
OF_THE_STAY = ["key", "stay_id", "person_id", "facility_id", "booked_on", "care_from", "leaves_on"]

# milestone, counted from the first day of care or from release, days, share in per cent, minutes
_MILESTONES = pl.DataFrame(
    [
        ("care_manager_assigned", "care_from", 0, 95, None),
        ("first_meeting", "care_from", 2, 92, 45),
        ("needs_assessment", "care_from", 4, 90, 60),
        ("consent_signed", "care_from", 4, 85, None),
        ("consultation", "care_from", 6, 80, 30),
        ("care_plan_started", "care_from", 7, 85, 30),
        ("care_plan_finalized", "leaves_on", -3, 75, 45),
        ("care_plan_shared_with_plan", "leaves_on", -2, 60, None),
        ("care_plan_shared_with_post_release_manager", "leaves_on", -2, 55, None),
        ("warm_handoff", "leaves_on", -1, 60, 40),
        ("appointment_scheduled", "leaves_on", -1, 70, None),
        ("naloxone_supplied", "leaves_on", 0, 75, None),
        ("follow_up", "leaves_on", 12, 35, 20),
        ("ecm_outreach", "leaves_on", 1, 45, None),
        ("ecm_enrolled", "leaves_on", 9, 30, None),
        ("behavioral_health_link", "leaves_on", -10, 65, None),
    ],
    schema=["milestone", "counted_from", "days", "share", "minutes"],
    orient="row",
)  # fmt: skip
_SUITS = {
    "naloxone_supplied": pl.col("is_sud"),
    "behavioral_health_link": pl.col("is_sud") | pl.col("is_smi"),
    # Of these stays a service line tells the consultation.
    "consultation": ~pl.col("is_managed"),
}
# What the bundle of a service line needs besides.
_WITH_CASEWORK = ["appointment_scheduled", "behavioral_health_link"]
_TOGETHER = ["client", "pre_release_manager", "post_release_manager"]


def build_care_milestones(
    draws: Draws, members: pl.DataFrame, managed: pl.DataFrame, supplied: pl.DataFrame, end: date
) -> pl.DataFrame:
    """Milestones up to `end`, what was `supplied`, and the suspensions that custody brings.

    `managed`: the stays (key) with a care manager's service line.
    """
    planned = _MILESTONES.with_row_index("step")
    index = KEY * 32 + pl.col("step").cast(pl.Int64)
    milestone = pl.col("milestone")
    suits = pl.all_horizontal((milestone != name) | held for name, held in _SUITS.items())
    is_sure = pl.col("is_managed") & milestone.is_in(_WITH_CASEWORK)
    from_release = pl.col("leaves_on") + pl.duration(days="days")
    linked_on = pl.max_horizontal(from_release, "care_from")
    occurred_on = (
        pl.when(milestone == "behavioral_health_link")
        .then(linked_on)
        .when(pl.col("counted_from") == "leaves_on")
        .then(from_release)
        .otherwise(pl.col("care_from") + pl.duration(days="days"))
    )
    happened = (
        members.filter("is_activated")
        .select(*OF_THE_STAY, "is_sud", "is_smi", is_managed=KEY.is_in(managed["key"].implode()))
        .join(planned, how="cross")
        .filter(suits, is_sure | draws.chance("milestone", index, pl.col("share")))
        .with_columns(occurred_on=occurred_on)
    )
    handed = supplied.join(members.select(OF_THE_STAY), on="stay_id", maintain_order="left")
    told = pl.concat([happened, handed, _suspensions(members)], how="diagonal")
    is_handoff = pl.col("milestone") == "warm_handoff"
    return (
        told.filter(pl.col("occurred_on").is_between("booked_on", pl.lit(end)))
        .sort("occurred_on", "key", "milestone", "encounter_id")
        .with_row_index("n", offset=1)
        .with_columns(
            milestone_id=serial("M", pl.col("n"), 8),
            performed_by_staff_id=pl.lit(CARE_MANAGER),
            participants=pl.when(is_handoff).then(pl.lit(_TOGETHER)),
            note_status=pl.lit("signed"),
            signed_by_staff_id=pl.lit(CARE_MANAGER),
            signed_at=on(pl.col("occurred_on"), pl.lit(17)),
            is_part_2=pl.lit(False),
        )
    )


def _suspensions(members: pl.DataFrame) -> pl.DataFrame:
    """Coverage suspended on the 29th day of custody and restored on the day of release."""
    suspended_on = pl.col("episode_booked_on") + pl.duration(days=28)
    long = members.filter(
        "is_member", pl.col("leg") != "moved_from", suspended_on < pl.col("leaves_on")
    )
    long = long.select(*OF_THE_STAY, "episode_booked_on")
    begun = long.with_columns(milestone=pl.lit("medi_cal_suspended"), occurred_on=suspended_on)
    ended = long.with_columns(milestone=pl.lit("medi_cal_unsuspended"), occurred_on="leaves_on")
    return pl.concat([begun, ended])


def build_care_managers(draws: Draws, members: pl.DataFrame, end: date) -> pl.DataFrame:
    """Before release the county's manager; after it, for two thirds, one of the plan's provider."""
    activated = members.filter("is_activated")
    before = activated.with_columns(
        phase=pl.lit("pre_release"),
        manager_staff_id=pl.lit(CARE_MANAGER),
        assigned_on=pl.col("care_from"),
    )
    same = draws.chance("same manager", KEY, 30)
    after = activated.filter(draws.chance("manager after", KEY, 80)).with_columns(
        phase=pl.lit("post_release"),
        manager_staff_id=pl.when(same).then(pl.lit(CARE_MANAGER)).otherwise(pl.lit("C032")),
        organization=pl.when(~same).then(pl.lit("Example Reentry Partners")),
        assigned_on=pl.col("care_from") + pl.duration(days=5),
    )
    both = pl.concat([before, after], how="diagonal")
    return both.filter(pl.col("assigned_on") <= end).sort("assigned_on", "key", "phase")


def build_consents(members: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Sharing for all, Part 2 for those with substance use, telehealth for those seen remotely."""
    activated = members.filter("is_activated")
    remote = lines.filter(pl.col("modality") != "in_person").select("key").unique()
    kinds = {
        "information_sharing": activated,
        "part_2": activated.filter("is_sud"),
        "telehealth": activated.join(remote, on="key", how="semi", maintain_order="left"),
    }
    given = [frame.with_columns(consent_type=pl.lit(kind)) for kind, frame in kinds.items()]
    return (
        pl.concat(given)
        .sort("activated_on", "key", "consent_type")
        .with_row_index("n", offset=1)
        .with_columns(
            consent_id=serial("K", pl.col("n"), 7),
            granted_on=pl.col("activated_on"),
            recipients=pl.when(pl.col("consent_type") != "telehealth").then(
                pl.lit(["managed care plan", "post-release manager"])
            ),
            signed_document_id=serial("DOC", pl.col("n"), 7),
        )
    )
