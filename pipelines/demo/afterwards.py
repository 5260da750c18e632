"""Afterwards: services after release, what other payers paid, and the county's deposits."""

from datetime import date

import polars as pl

from pipelines.demo.catalogue import Catalogue
from pipelines.demo.draw import Draws
from pipelines.demo.identifiers import serial
from pipelines.demo.weekdays import off_weekend

KEY = pl.col("key")
VISIT = pl.col("visit")
VISITS_AFTER_RELEASE = 3
MANAGED_SHARE, SUPPORTED_SHARE = 33, 12  # per cent of the activated who are released
OFF_WEEKEND_SHARE = 85


def build_post_release_services(
    draws: Draws, members: pl.DataFrame, catalogue: Catalogue, npis: dict[str, str], end: date
) -> pl.DataFrame:
    """Enhanced care management and community supports. `npis`: provider and billing."""
    released = members.filter("is_activated", pl.col("released_on").is_not_null())
    met = [_managed(draws, released, catalogue), _supported(draws, released, catalogue)]
    is_remote = pl.col("modifiers").list.contains("GQ")
    return (
        pl.concat(met, how="diagonal")
        .filter(pl.col("service_date") <= end)
        .sort("service_date", "key", "procedure_code")
        .with_row_index("n", offset=1)
        .with_columns(
            service_id=serial("PR", pl.col("n"), 7),
            place_of_service=pl.lit("12"),
            modality=pl.when(is_remote).then(pl.lit("audio")).otherwise(pl.lit("in_person")),
            **{name: pl.lit(npi) for name, npi in npis.items()},
        )
    )


def _managed(draws: Draws, released: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Visits on the second day after release and every eleven days, each with its code."""
    managed = released.filter(draws.chance("managed", KEY, MANAGED_SHARE))
    visits = managed.join(pl.DataFrame({"visit": range(VISITS_AFTER_RELEASE)}), how="cross")
    coded = _coded(draws, "ecm", visits, catalogue.care_management)
    return _dated(draws, coded, 2 + VISIT * 11).with_columns(
        units=pl.lit("2"),
        charge_amount=pl.lit("70.00"),
        minutes=pl.lit(30),
        population_of_focus=pl.lit("transitioning from incarceration"),
    )


def _supported(draws: Draws, released: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """One community support for some, in the third week after release."""
    supported = released.filter(draws.chance("supported", KEY, SUPPORTED_SHARE))
    coded = _coded(
        draws,
        "support",
        supported.with_columns(visit=pl.lit(0, pl.Int64)),
        catalogue.community_supports,
    )
    return _dated(draws, coded, pl.lit(16)).with_columns(
        units=pl.lit("1"), charge_amount=pl.lit("95.00")
    )


def _coded(draws: Draws, stream: str, visits: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Each visit with a service of the list: its code and its set of modifiers."""
    codes = listed.with_row_index("code_number").select(
        pl.col("code_number").cast(pl.Int64),
        "procedure_code",
        modifiers=pl.concat_list("mod1", "mod2").list.drop_nulls(),
    )
    index = KEY * VISITS_AFTER_RELEASE + VISIT
    return visits.with_columns(code_number=draws.below(stream, index, codes.height)).join(
        codes, on="code_number", maintain_order="left"
    )


def _dated(draws: Draws, visits: pl.DataFrame, days: pl.Expr) -> pl.DataFrame:
    day = pl.col("released_on") + pl.duration(days=days)
    return visits.with_columns(
        service_date=off_weekend(draws, "after weekend", KEY * 4 + VISIT, day, OFF_WEEKEND_SHARE)
    )


def build_other_payer_payments(lines: pl.DataFrame, insured: pl.DataFrame) -> pl.DataFrame:
    """The other payer leaves the whole charge of its insured to the patient: nothing paid.

    Of a line that is to lack its answer there is none.
    """
    is_answered = pl.col("line_fault").ne_missing("other_coverage_not_billed")
    theirs = lines.filter(is_answered).join(
        insured.select("person", "payer_id"), on="person", maintain_order="left"
    )
    return theirs.select(
        "source_system", "encounter_id", "line_number", "payer_id",
        paid_amount=pl.lit("0.00"),
        adjustments=pl.concat_list(pl.format("PR:96:{}", "charge_amount")),
        adjudicated_on="service_date",
        outcome=pl.lit("denied"),
    )  # fmt: skip


def build_deposits(draws: Draws, start: date, end: date) -> pl.DataFrame:
    """One payment of the state a month, on its fifteenth."""
    days = pl.date_range(start, end, "1mo", eager=True).dt.truncate("1mo").dt.offset_by("14d")
    paid = days.filter((days >= start) & (days <= end))
    deposits = pl.DataFrame({"deposited_on": paid}).with_row_index("n", offset=1)
    number = pl.col("n").cast(pl.Int64)
    dollars = draws.below("deposit", number, 40_000) + 2_000
    return deposits.with_columns(
        deposit_id=serial("D", number, 5),
        trace_number=serial("DEMO", number, 8),
        amount=pl.format("{}.00", dollars),
        method=pl.lit("eft"),
    )
