"""Bill values: what an institutional claim says besides its lines, as claim content has it."""

from collections.abc import Callable, Sequence

import polars as pl

from contracts.fields import MONEY
from contracts.parsing import LOCAL_ZONE
from pipelines.stages.claims.lines import plain_code
from pipelines.stages.claims.subscribers import x12_date
from pipelines.x12.charset import clean_text
from pipelines.x12.content import OCCURRENCE, VALUE

# CLM05-1 and CLM05-3; extracts write the type of bill with and without its leading zero.
_TYPE_OF_BILL = r"^0?([0-9]{2})([0-9A-Z])$"
_HOUR = r"^([01]?[0-9]|2[0-3])(?::?([0-5][0-9]))?$"


def bill_values(bills: pl.DataFrame) -> pl.DataFrame:
    """What a bill says besides its lines, as claim content has it; what cannot be read is absent,
    and the claim is held for it.
    """
    return bills.select(
        *("claim_id", "person_id", "facility_id", "billing_npi", "stay_id"),
        "attending_npi",
        "operating_npi",
        pl.col("from_on").alias("service_date"),
        facility_code=pl.col("type_of_bill").str.extract(_TYPE_OF_BILL, 1),
        bill_frequency_code=pl.col("type_of_bill").str.extract(_TYPE_OF_BILL, 2),
        statement_from=x12_date(pl.col("from_on")),
        statement_to=x12_date(pl.col("through_on")),
        admitted_at=_local_minute(pl.col("admitted_at")),
        discharged_at=_hour(pl.col("discharge_hour")),
        admission_type=clean_text(pl.col("admission_type")),
        admission_source=clean_text(pl.col("admission_source")),
        patient_status=clean_text(pl.col("patient_status")),
        admitting_diagnosis=plain_code(pl.col("admitting_diagnosis")),
        principal_procedure=plain_code(_part(pl.col("principal_procedure"), 0)),
        principal_procedure_on=_day(_part(pl.col("principal_procedure"), 1)),
        occurrences=_pairs("occurrence_codes", list(OCCURRENCE), _day),
        values=_pairs("value_codes", list(VALUE), _money),
        condition_codes=pl.col("condition_codes").list.eval(clean_text(pl.element())),
    )


def _local_minute(at: pl.Expr) -> pl.Expr:
    """CCYYMMDDHHMM in Los Angeles."""
    return at.dt.convert_time_zone(LOCAL_ZONE).dt.strftime("%Y%m%d%H%M")


def _hour(text: pl.Expr) -> pl.Expr:
    """HHMM of an hour told as 9, 14, 1430 or 14:30; any other text is left for the holds to see."""
    minutes = text.str.extract(_HOUR, 2).fill_null("00")
    return pl.coalesce(text.str.extract(_HOUR, 1).str.zfill(2) + minutes, clean_text(text))


def _part(text: pl.Expr, place: int) -> pl.Expr:
    return text.str.split(":").list.get(place, null_on_oob=True)


def _day(text: pl.Expr) -> pl.Expr:
    return x12_date(text.str.to_date("%Y-%m-%d", strict=False))


def _money(text: pl.Expr) -> pl.Expr:
    return text.cast(MONEY, strict=False).cast(pl.String)


def _pairs(name: str, parts: Sequence[str], read: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """`code:value` texts as structs of their two parts."""
    code, value = parts
    one = pl.struct(
        clean_text(_part(pl.element(), 0)).alias(code),
        read(_part(pl.element(), 1)).alias(value),
    )
    return pl.col(name).list.eval(one)
