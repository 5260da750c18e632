"""Membership: plans, coverage, activations of the aid code and the payer's monthly answers."""

from datetime import date

import polars as pl

from pipelines.demo.catalogue import Catalogue
from pipelines.demo.draw import Draws
from pipelines.demo.identifiers import on, serial

KEY = pl.col("key")
PERSON = pl.col("person")
FAULT = pl.col("stay_fault").fill_null("")
PRIMARY_AID_CODE = "M1"
OTHER_NAME = "ELSEWHERE"  # on no list of last names
SUSPENDED_AFTER_DAYS = 28
CLOCK_DAYS = 90


def _days(count: pl.Expr | int) -> pl.Expr:
    return pl.duration(days=count)


def with_enrollment(draws: Draws, members: pl.DataFrame) -> pl.DataFrame:
    """Adds is_newly_enrolled, applied_on, heard_on, approved_on, enrolled_on to stays with persons.

    A seventh of the members had no Medi-Cal when booked and applied from custody: approved by the
    day of their activation, for some of them back to three months before the application.
    """
    is_new = pl.col("leg").eq("single") & draws.chance("uninsured", PERSON, 15)
    applied_on = pl.col("booked_on") + _days(1 + draws.below("applied", PERSON, 2))
    heard_on = pl.col("applied_on") + _days(1 + draws.below("decided", KEY, 40))
    long_since = pl.col("first_booked_on").dt.month_start().dt.offset_by("-14mo")
    back = draws.pick("retroactive", PERSON, ["0mo", "0mo", "-1mo", "-2mo", "-3mo"])
    began_on = pl.col("applied_on").dt.month_start().dt.offset_by(back)
    activated_on = pl.coalesce("earlier_activated_on", "activated_on")
    return (
        members.with_columns(is_newly_enrolled=is_new, applied_on=applied_on)
        .with_columns(heard_on=heard_on)
        .with_columns(
            approved_on=pl.min_horizontal("heard_on", activated_on),
            enrolled_on=pl.when("is_newly_enrolled").then(began_on).otherwise(long_since),
        )
    )


def with_plan(draws: Draws, frame: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Adds plan_code and plan_name of the person's managed care plan."""
    place = draws.below("plan", PERSON, catalogue.plans.height)
    plans = catalogue.plans.with_row_index("place").cast({"place": pl.Int64})
    return frame.with_columns(place=place).join(
        plans, on="place", how="left", maintain_order="left"
    )


def build_coverage(members: pl.DataFrame, catalogue: Catalogue, county: str) -> pl.DataFrame:
    """Primary spans, broken where custody suspends them, and a JI overlay for each activation.

    `source_updated_at` tells when the county knew of a span: months after it began, if retroactive.

    Coverage is suspended from the 29th day of custody to release (28-day rule). Columns: the
    feed's and `stay_fault`, `stay_id`, of the stay that the span was told from.
    """
    spans = pl.concat([_primary(members), _overlays(members, catalogue)], how="diagonal")
    known_on = pl.max_horizontal("starts_on", "told_on")
    return spans.with_columns(
        county_code=pl.lit(county), source_updated_at=on(known_on, pl.lit(9))
    ).sort("person", "is_ji_aid_code", "starts_on")


def _primary(members: pl.DataFrame) -> pl.DataFrame:
    """Turns of coverage in order; each ends on the day before the person's next."""
    known = members.filter("is_member")
    suspended_on = pl.col("episode_booked_on") + _days(SUSPENDED_AFTER_DAYS)
    is_long = suspended_on < pl.col("leaves_on")
    kept = ["person", "stay_id", "stay_fault", "cin", "alias_cin", "plan_code", "plan_name",
            "care_from", "told_on"]  # fmt: skip
    told_on = pl.when("is_newly_enrolled").then("approved_on").otherwise("enrolled_on")
    known = known.with_columns(told_on=told_on)
    closing = known.filter(pl.col("leg") != "moved_from")
    turns = [
        known.filter(pl.col("number") == pl.col("number").min().over("person")).select(
            *kept, starts_on="enrolled_on", coverage_status=pl.lit("active")
        ),
        closing.filter(is_long, suspended_on <= pl.col("care_to")).select(
            *kept, starts_on=suspended_on, coverage_status=pl.lit("suspended")
        ),
        closing.filter(is_long, pl.col("released_on").is_not_null()).select(
            *kept, starts_on="released_on", coverage_status=pl.lit("active")
        ),
    ]
    next_on = pl.col("starts_on").shift(-1).over("person", order_by="starts_on")
    return _cut_short(
        pl.concat(turns).with_columns(
            ends_on=next_on - _days(1),
            aid_code=pl.lit(PRIMARY_AID_CODE),
            is_ji_aid_code=False,
            cin=pl.coalesce("alias_cin", "cin"),
        )
    )


def _cut_short(spans: pl.DataFrame) -> pl.DataFrame:
    """Where the person is to be not enrolled: nothing after the day before care."""
    last = pl.when(FAULT == "not_enrolled").then(pl.col("care_from") - _days(1))
    kept = spans.with_columns(last=last).filter(
        pl.col("last").is_null() | (pl.col("starts_on") <= pl.col("last"))
    )
    return kept.with_columns(ends_on=pl.min_horizontal("ends_on", "last"))


def _ji_aid_code(catalogue: Catalogue) -> pl.Expr:
    codes = catalogue.ji_aid_codes
    return pl.when("is_youth").then(pl.lit(codes["youth"])).otherwise(pl.lit(codes["adult"]))


def _ends_early() -> pl.Expr:
    """A code taken back by error on the day of its activation."""
    return FAULT == "ji_aid_code_missing"


def _overlays(members: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    ends_on = pl.when(_ends_early()).then("activated_on").otherwise("released_on")
    activated = members.filter("is_activated").with_columns(deactivated_on=ends_on)
    return pl.concat([activated, _earlier(activated)]).select(
        "person", "stay_id", "stay_fault", "cin",
        starts_on="activated_on",
        ends_on="deactivated_on",
        aid_code=_ji_aid_code(catalogue),
        coverage_status=pl.lit("active"),
        is_ji_aid_code=True,
    )  # fmt: skip


def _earlier(activated: pl.DataFrame) -> pl.DataFrame:
    """The first of two activations, in the columns of the second."""
    return activated.filter(pl.col("earlier_activated_on").is_not_null()).with_columns(
        activated_on="earlier_activated_on", deactivated_on="earlier_deactivated_on"
    )


def build_ji_activations(members: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """One activation a stay with care, for some a second; for a person at fault an earlier one,
    closed as deceased.
    """
    activated = members.filter("is_activated").with_columns(aid_code=_ji_aid_code(catalogue))
    reason = pl.when(_ends_early()).then(pl.lit("error")).otherwise(pl.lit("released"))
    own = activated.with_columns(
        activation_id=serial("J", pl.col("number"), 6),
        deactivated_on=pl.when(_ends_early()).then("activated_on").otherwise("released_on"),
    ).with_columns(deactivation_reason=pl.when(pl.col("deactivated_on").is_not_null()).then(reason))
    closed = activated.filter(FAULT == "person_deceased").with_columns(
        activation_id=serial("JX", pl.col("number"), 6),
        activated_on=pl.col("booked_on") + _days(1),
        deactivated_on=pl.col("booked_on") + _days(2),
        deactivation_reason=pl.lit("deceased"),
    )
    ran_out = (pl.col("deactivated_on") - pl.col("activated_on")).dt.total_days() >= CLOCK_DAYS - 1
    earlier = _earlier(own).with_columns(
        activation_id=serial("JE", pl.col("number"), 6),
        deactivation_reason=pl.when(ran_out).then(pl.lit("expired")).otherwise(pl.lit("extended")),
    )
    return pl.concat([own, closed, earlier])


def build_eligibility_answers(
    draws: Draws, members: pl.DataFrame, catalogue: Catalogue, end: date
) -> pl.DataFrame:
    """One answer for each month of care; a few with a share of cost, met on the first day.

    Columns: the feed's and stay_id, stay_fault, month_on (its first day).
    """
    months = pl.date_ranges(
        pl.col("care_from").dt.month_start(), pl.col("care_to").dt.month_start(), "1mo"
    )
    asked = (
        members.filter("is_activated", FAULT != "month_not_verified")
        .with_columns(month_on=months)
        .explode("month_on")
        .unique(["cin", "month_on"], keep="first", maintain_order=True)
    )
    unmet = FAULT == "share_of_cost_unmet"
    refused = unmet | FAULT.is_in(["not_enrolled", "payer_says_ineligible"])
    other_name = pl.when(FAULT == "name_unlike_payer").then(pl.lit(OTHER_NAME))
    other_day = pl.when(FAULT == "birth_date_unlike_payer").then(1).otherwise(0)
    other_sex = pl.when(pl.col("sex") == "F").then(pl.lit("M")).otherwise(pl.lit("F"))
    has_share = unmet | ((FAULT == "") & draws.chance("share of cost", PERSON, 3))
    month = PERSON * 5000 + pl.col("month_on").dt.year() * 12 + pl.col("month_on").dt.month()
    codes = pl.concat_list(pl.lit(PRIMARY_AID_CODE), _ji_aid_code(catalogue))
    return asked.with_columns(
        month=pl.col("month_on").dt.to_string("%Y-%m"),
        verified_on=pl.min_horizontal(pl.max_horizontal("month_on", "activated_on"), pl.lit(end)),
        evc_number=pl.when(~refused).then(serial("", draws.below("evc", month, 10**10), 10)),
        eligible=~refused,
        aid_codes=pl.when(~refused).then(codes),
        share_of_cost_amount=pl.when(has_share).then(pl.lit("250.00")),
        share_of_cost_met_on=pl.when(has_share & ~unmet).then("month_on"),
        payer_last_name=other_name.otherwise(pl.col("last_name").str.to_uppercase()),
        payer_first_name=pl.col("first_name").str.to_uppercase(),
        payer_birth_date=pl.when(FAULT != "birth_after_service").then(
            pl.col("birth_date") + _days(other_day)
        ),
        payer_sex=pl.when(FAULT == "sex_unlike_payer").then(other_sex).otherwise("sex"),
    )


def is_insured(draws: Draws) -> pl.Expr:
    """Whether the person of a sound stay has another payer, too."""
    return (FAULT == "") & draws.chance("insured", PERSON, 3)


def build_other_coverage(draws: Draws, members: pl.DataFrame) -> pl.DataFrame:
    """A few persons are also covered by an invented commercial plan."""
    insured = members.filter("is_activated", is_insured(draws))
    return insured.unique("person", keep="first", maintain_order=True).with_columns(
        payer_id=pl.lit("DEMO1"),
        policy_number=serial("DM", PERSON, 8),
        starts_on=pl.col("first_booked_on").dt.month_start().dt.offset_by("-20mo"),
        payer_name=pl.lit("EXAMPLE MUTUAL HEALTH"),
        filing_indicator=pl.lit("CI"),
        subscriber_relationship=pl.lit("18"),
        subscriber_last_name=pl.col("last_name"),
        subscriber_first_name=pl.col("first_name"),
        subscriber_birth_date=pl.col("birth_date"),
        subscriber_sex=pl.col("sex"),
    )
