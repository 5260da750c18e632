"""Afterwards: services after release, what other payers paid, and the county's deposits."""

from datetime import date

import polars as pl

from pipelines.demo.catalogue import Catalogue
from pipelines.demo.draw import Draws
from pipelines.demo.identifiers import serial

KEY = pl.col("key")
VISITS_AFTER_RELEASE = 3


def build_post_release_services(
    draws: Draws, members: pl.DataFrame, catalogue: Catalogue, npis: dict[str, str], end: date
) -> pl.DataFrame:
    """Enhanced care management after release, for a third. `npis`: provider and billing."""
    met = _met(draws, members, catalogue.care_management).filter(pl.col("service_date") <= end)
    is_remote = pl.col("modifiers").list.contains("GQ")
    return (
        met.sort("service_date", "key")
        .with_row_index("n", offset=1)
        .with_columns(
            service_id=serial("PR", pl.col("n"), 7),
            units=pl.lit("2"),
            charge_amount=pl.lit("70.00"),
            place_of_service=pl.lit("12"),
            modality=pl.when(is_remote).then(pl.lit("audio")).otherwise(pl.lit("in_person")),
            minutes=pl.lit(30),
            population_of_focus=pl.lit("transitioning from incarceration"),
            **{name: pl.lit(npi) for name, npi in npis.items()},
        )
    )


def _met(draws: Draws, members: pl.DataFrame, care_management: pl.DataFrame) -> pl.DataFrame:
    """Visits on the second day after release and every eleven days, each with its code."""
    codes = care_management.with_row_index("code_number").select(
        pl.col("code_number").cast(pl.Int64),
        "procedure_code",
        modifiers=pl.concat_list("mod1", "mod2").list.drop_nulls(),
    )
    is_managed = pl.col("released_on").is_not_null() & draws.chance("managed", KEY, 33)
    index = KEY * VISITS_AFTER_RELEASE + pl.col("visit")
    visits = members.filter("is_activated", is_managed).join(
        pl.DataFrame({"visit": range(VISITS_AFTER_RELEASE)}), how="cross"
    )
    return visits.with_columns(
        service_date=pl.col("released_on") + pl.duration(days=2 + pl.col("visit") * 11),
        code_number=draws.below("ecm", index, codes.height),
    ).join(codes, on="code_number", maintain_order="left")


def build_other_payer_payments(lines: pl.DataFrame, insured: pl.DataFrame) -> pl.DataFrame:
    """The other payer leaves the whole charge of its insured to the patient: nothing paid."""
    theirs = lines.join(insured.select("person", "payer_id"), on="person", maintain_order="left")
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
