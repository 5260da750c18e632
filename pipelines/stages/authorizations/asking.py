"""Asking: what a request for authorization says, for orders that want one and were not asked for.

Belongs here: whom and what. Not here: the 278 itself, or the sheet.
"""

from typing import Final

import polars as pl

# An order whose newest request came to this may be asked for again.
_NOT_TAKEN_UP: Final = ("rejected", "unanswered")
_X12_DAY: Final = "%Y%m%d"


def askable(
    wanted: pl.DataFrame,
    requests: pl.DataFrame,
    responses: pl.DataFrame,
    people: pl.DataFrame,
    providers: pl.DataFrame,
    place_of_service: str,
) -> pl.DataFrame:
    """What is to be asked, in the columns of `authorization_request.REQUESTS` (trace_number empty)
    with order_id, person_id, is_part_2, reason, waiting_count, amount and deadline_on.

    `wanted`: the table `authorizations_needed`. One that the payer refused is a person's to ask
    again; one that was asked for waits for its answer.
    """
    open_requests = requests.join(
        responses.filter(pl.col("outcome").is_in(_NOT_TAKEN_UP)), on="trace_number", how="anti"
    )
    first_day = pl.coalesce("starts_on", "ordered_on")
    named = providers.drop_nulls("npi").unique("npi", keep="first", maintain_order=True)
    name = pl.concat_str(
        pl.col("first_name"), pl.col("last_name_or_organization"), separator=" ", ignore_nulls=True
    )
    return (
        wanted.filter(reason="never_asked")
        .join(open_requests, on="order_id", how="anti")
        .join(
            people.select("person_id", "cin", "last_name", "first_name", "birth_date", "sex"),
            on="person_id",
            how="left",
        )
        .join(
            named.select(ordered_by_npi="npi", requesting_name=name),
            on="ordered_by_npi",
            how="left",
        )
        .sort("order_id")
        .select(
            *("order_id", "person_id", "is_part_2", "cin", "last_name", "first_name"),
            pl.lit(None, pl.String).alias("trace_number"),
            birth_date=pl.col("birth_date").dt.to_string(_X12_DAY),
            sex="sex",
            procedure_code="procedure_code",
            modifiers="modifiers",
            units=_plain(pl.col("units").fill_null(1)),
            starts_on=first_day.dt.to_string(_X12_DAY),
            ends_on=pl.col("ends_on").dt.to_string(_X12_DAY),
            diagnosis_codes=pl.col("diagnosis_codes").list.eval(
                pl.element().str.replace_all(".", "", literal=True).str.to_uppercase()
            ),
            place_of_service=pl.lit(place_of_service),
            requesting_npi="ordered_by_npi",
            requesting_name="requesting_name",
            reason="reason",
            waiting_count="waiting_count",
            amount="amount",
            deadline_on="deadline_on",
        )
    )


def _plain(units: pl.Expr) -> pl.Expr:
    """A number as X12 has it: without zeros at its end."""
    return units.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")
