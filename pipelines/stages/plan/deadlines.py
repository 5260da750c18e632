"""Deadlines: by when a claim must be sent for the payer to have it within the filing limit."""

import polars as pl


def send_by(deadlines: pl.Series, calendar: pl.DataFrame | None, days: int | None) -> pl.Series:
    """The last day to send: so many receiving days before the last one within the limit.

    `calendar` is the code set filing_calendar: the payer takes claims in where `is_receiving_day`
    is yes. Null where `days` (policy filing.transport_days) is unset, and where the calendar does
    not reach from the one day to the other: a day is never guessed.
    """
    nothing = pl.repeat(None, len(deadlines), dtype=pl.Date, eager=True).alias("send_by")
    if days is None or calendar is None or calendar.is_empty():
        return nothing
    known = calendar.unique("day_on", keep="last", maintain_order=True)
    open_on = known.filter(is_receiving_day="yes")["day_on"].sort()
    place = open_on.search_sorted(deadlines.fill_null(known["day_on"].max()), side="right")
    place = place.cast(pl.Int64) - 1 - days
    is_told = (deadlines <= known["day_on"].max()) & (place >= 0)
    return nothing.zip_with(~is_told.fill_null(False), open_on.gather(place.clip(0)))
