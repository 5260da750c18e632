"""Orders, and what follows from them: pharmacy fills, authorizations, attachments."""

import polars as pl

from pipelines.demo.catalogue import Catalogue
from pipelines.demo.draw import Draws
from pipelines.demo.identifiers import serial

KEY = pl.col("key")
AUTHORIZED_CODE = "E0143"  # equipment for which the shipped set wants an authorization
OTHER_CODE = "E0105"  # equipment that no visit of the menu hands out
LINE_FAULT = pl.col("line_fault").fill_null("")


def _with_tablet(draws: Draws, frame: pl.DataFrame, tablets: pl.DataFrame) -> pl.DataFrame:
    """Adds the ndc of the person's daily tablet; nobody has one where the set holds none."""
    numbered = tablets.with_row_index("tablet").select(pl.col("tablet").cast(pl.Int64), "ndc")
    return frame.with_columns(tablet=draws.below("tablet", KEY, tablets.height)).join(
        numbered, on="tablet", maintain_order="left"
    )


def build_orders(
    draws: Draws, members: pl.DataFrame, lines: pl.DataFrame, catalogue: Catalogue, prescriber: str
) -> pl.DataFrame:
    """An order behind each test and piece of equipment, a daily medication for most, and for some
    equipment that nobody has asked an authorization for yet.
    """
    types = {"release_supply": "dme", "lab_radiology": "lab"}
    is_image = pl.col("visit") == "imaging"
    ordered = lines.filter(pl.col("order_id").is_not_null()).select(
        "order_id", "procedure_code", "diagnosis_codes", "service_date", "key", "stay_id",
        person_id="own_person_id",
        order_type=pl.when(is_image)
        .then(pl.lit("radiology"))
        .otherwise(pl.col("service_category").replace_strict(types)),
        ordered_on="service_date",
        order_status=pl.lit("completed"),
        continue_at_release=pl.lit(False),
        is_part_2="is_part_2",
    )  # fmt: skip
    taken = members.filter("is_activated", draws.chance("medicated", KEY, 75))
    daily = _with_tablet(draws, taken, catalogue.tablets).select(
        "key", "stay_id", "person_id", "ndc",
        order_id=serial("OM", pl.col("number"), 7),
        order_type=pl.lit("medication"),
        days_supply=pl.lit(30),
        ordered_on="care_from",
        starts_on="care_from",
        order_status=pl.lit("active"),
        continue_at_release=pl.lit(True),
        is_part_2=pl.lit(False),
    )  # fmt: skip
    parts = [ordered, daily, _equipment_to_come(draws, members)]
    every = pl.concat(parts, how="diagonal").with_columns(ordered_by_npi=pl.lit(prescriber))
    return every.sort("ordered_on", "order_id")


def _equipment_to_come(draws: Draws, members: pl.DataFrame) -> pl.DataFrame:
    """A walker for the release, ordered when care began: it needs an authorization."""
    return members.filter("is_activated", draws.chance("walker", KEY, 4)).select(
        "key", "stay_id", "person_id",
        order_id=serial("OW", pl.col("number"), 7),
        order_type=pl.lit("dme"),
        procedure_code=pl.lit(AUTHORIZED_CODE),
        ordered_on="care_from",
        order_status=pl.lit("active"),
        continue_at_release=pl.lit(True),
        is_part_2=pl.lit(False),
    )  # fmt: skip


def build_pharmacy_fills(
    orders: pl.DataFrame, members: pl.DataFrame, prescriber: str
) -> pl.DataFrame:
    """A fill each thirty days of the medication, and thirty days of it in hand at release."""
    medication = orders.filter(pl.col("order_type") == "medication").join(
        members.select("stay_id", "released_on", "care_from", "care_to"),
        on="stay_id",
        maintain_order="left",
    )
    begun = medication.with_columns(
        filled_on=pl.date_ranges("care_from", pl.max_horizontal("care_from", "care_to"), "30d"),
        handed_over_on=pl.lit(None, pl.Date),
        is_release_supply=False,
    ).explode("filled_on")
    taken_along = medication.filter(pl.col("released_on").is_not_null()).with_columns(
        filled_on=pl.max_horizontal(pl.col("released_on") - pl.duration(days=1), "care_from"),
        handed_over_on=pl.col("released_on"),
        is_release_supply=True,
    )
    return (
        pl.concat([begun, taken_along])
        .sort("filled_on", "order_id", "is_release_supply")
        .with_row_index("n", offset=1)
        .with_columns(
            fill_id=serial("RX", pl.col("n"), 8),
            quantity=pl.lit("30"),
            ndc_unit=pl.lit("UN"),
            prescriber_npi=pl.lit(prescriber),
            is_otc=pl.lit(False),
            payer_status=pl.lit("paid"),
            paid_amount=pl.lit("18.40"),
        )
    )


def build_supplied(fills: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """What orders and lines came to, as milestones: stay_id, milestone, occurred_on and details."""
    line = ["stay_id", "encounter_id", "line_number"]
    medicines = fills.filter("is_release_supply").select(
        "stay_id",
        milestone=pl.lit("medications_supplied"),
        occurred_on="handed_over_on",
        days_supplied="days_supply",
    )
    equipment = lines.filter(pl.col("service_category") == "release_supply").select(
        *line, milestone=pl.lit("dme_supplied"), occurred_on="service_date"
    )
    treatment = lines.filter(pl.col("visit") == "addiction").select(
        *line, milestone=pl.lit("mat_started"), occurred_on="service_date"
    )
    return pl.concat([medicines, equipment, treatment], how="diagonal")


def build_authorizations(draws: Draws, lines: pl.DataFrame, other_person_id: str) -> pl.DataFrame:
    """A treatment authorization for each line that has one, at fault where the line is to be.

    Some were asked for more units than were used yet, and some of these granted for less.
    """
    asked_beside = draws.below("units beside", KEY, 3)
    granted_beside = pl.min_horizontal(asked_beside, draws.below("units granted", KEY, 3))
    is_cut = granted_beside < asked_beside
    decision = pl.when(is_cut).then(pl.lit("modified")).otherwise(pl.lit("approved"))
    is_late = LINE_FAULT == "authorization_outside_dates"
    shift = pl.duration(days=pl.when(is_late).then(120).otherwise(0))
    is_denied = LINE_FAULT == "authorization_denied"
    is_pending = LINE_FAULT == "authorization_pending"
    is_spent = LINE_FAULT == "authorization_exhausted"
    number, code = pl.col("authorization_number"), pl.col("procedure_code")
    is_short = LINE_FAULT == "authorization_malformed"
    is_other_code = LINE_FAULT == "authorization_of_other_code"
    is_foreign = LINE_FAULT == "authorization_of_other_person"
    requested_on = pl.col("service_date") - pl.duration(days=9) - shift
    asked = lines.filter(pl.col("authorization_number").is_not_null())
    return asked.select(
        "order_id", "is_part_2",
        authorization_number=pl.when(is_short).then(number.str.head(10)).otherwise(number),
        procedure_code=pl.when(is_other_code).then(pl.lit(OTHER_CODE)).otherwise(code),
        line_number=pl.lit(1),
        authorization_type=pl.lit("TAR"),
        person_id=pl.when(is_foreign).then(pl.lit(other_person_id)).otherwise("own_person_id"),
        requested_on=requested_on,
        starts_on=requested_on + pl.duration(days=4),
        ends_on=requested_on + pl.duration(days=60),
        decided_on=pl.when(~is_pending).then(requested_on + pl.duration(days=4)),
        decision=pl.when(is_denied)
        .then(pl.lit("denied"))
        .when(is_pending)
        .then(pl.lit("pending"))
        .when(is_spent)
        .then(pl.lit("modified"))
        .otherwise(decision),
        units_requested=pl.col("units") + asked_beside,
        units_approved=pl.when(is_spent)
        .then(0)
        .when(~is_denied & ~is_pending)
        .then(pl.col("units") + granted_beside),
        requesting_npi="rendering_npi",
        servicing_npi="rendering_npi",
        place_of_service="place_of_service",
        diagnosis_codes="diagnosis_codes",
    )  # fmt: skip


def build_attachments(draws: Draws, lines: pl.DataFrame) -> pl.DataFrame:
    """The letter of need behind some pieces of equipment."""
    backed = lines.filter(
        pl.col("authorization_number").is_not_null(), draws.chance("attachment", KEY, 50)
    )
    return backed.select(
        "encounter_id",
        attachment_control_number=serial("AT", pl.col("number"), 7),
        report_type=pl.lit("OZ"),
        transmission_code=pl.lit("BM"),
        sent_on="service_date",
    )
