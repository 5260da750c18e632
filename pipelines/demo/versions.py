"""Versions: which delivery brings which version of each row, whose last one is told elsewhere.

A row comes with the first delivery that could know of it, an end (release, decision) with a later
one; some rows are corrected, corrected and put back, or sent by mistake and deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from contracts.feeds import FEEDS
from contracts.parsing import LOCAL_ZONE
from pipelines.demo.draw import Draws
from pipelines.demo.menu import IMPRISONMENT

REVERTED_PERCENT = 1  # of the encounter lines
DELETED_PERCENT = 1
REVERTED = -1  # a kind of change beside the places in `_changes`
COMMON = ("record_status", "source_updated_at")


def _day(column: str) -> pl.Expr:
    return pl.col(column).dt.convert_time_zone(LOCAL_ZONE).dt.date()


def _nothing(*columns: str) -> dict[str, pl.Expr]:
    return {column: pl.lit(None) for column in columns}


@dataclass(frozen=True)
class Change:
    """What an earlier version said instead; `percent` of the rows where `among` holds."""

    changes: Mapping[str, pl.Expr]
    percent: int = 100
    among: pl.Expr = pl.lit(True)  # noqa: RUF009 - an expression is never changed


@dataclass(frozen=True)
class Ending(Change):
    """A change known on the day `on`."""

    on: pl.Expr = pl.lit(None, pl.Date)  # noqa: RUF009


KNOWN_ON = {
    "custody_stays": _day("booked_at"),
    "people": pl.col("first_booked_on"),
    "screenings": pl.col("screened_on"),
    "applications": pl.col("submitted_on"),
    "coverage": _day("source_updated_at"),
    "ji_activations": pl.col("activated_on"),
    "eligibility_answers": pl.col("verified_on"),
    "other_payer_payments": pl.col("adjudicated_on"),
    "consents": pl.col("granted_on"),
    "encounters": pl.col("service_date") + pl.duration(days=2),
    "orders": pl.col("ordered_on"),
    "care_milestones": pl.col("occurred_on"),
    "care_managers": pl.col("assigned_on"),
    "pharmacy_fills": pl.col("filled_on"),
    "authorizations": pl.col("requested_on"),
    "attachments": pl.col("sent_on"),
    "post_release_services": pl.col("service_date"),
    "deposits": pl.col("deposited_on"),
}

ENDINGS = {
    "custody_stays": Ending(
        _nothing("released_at", "released_to", "transferred_to_facility_id"),
        on=_day("released_at"),
    ),
    "ji_activations": Ending(
        _nothing("deactivated_on", "deactivation_reason"), on=pl.col("deactivated_on")
    ),
    "coverage": Ending(_nothing("ends_on"), on=pl.col("ends_on")),
    "applications": Ending(
        {"decision": pl.lit("pending"), **_nothing("decided_on", "denial_reason_code")},
        on=pl.col("decided_on"),
    ),
    "authorizations": Ending(
        {"decision": pl.lit("pending"), **_nothing("decided_on", "units_approved")},
        on=pl.col("decided_on"),
    ),
    "provider_enrollments": Ending(_nothing("enrolled_to"), on=pl.col("enrolled_to")),
    "licences": Ending(_nothing("valid_to"), on=pl.col("valid_to")),
}

_IS_SIGNED = pl.col("note_status") == "signed"
_RELEASED_LATER = {"released_at": pl.col("released_at") + pl.duration(days=2)}
CORRECTIONS = {
    "encounters": (
        Change(
            {"note_status": pl.lit("draft"), **_nothing("signed_by_staff_id", "signed_at")},
            5,
            _IS_SIGNED,
        ),
        Change({"diagnosis_codes": pl.concat_list(pl.lit(IMPRISONMENT))}, 2),
        Change({"charge_amount": pl.col("charge_amount") + 5}, 1),
    ),
    "custody_stays": (
        Change(_RELEASED_LATER, 4, pl.col("released_at").is_not_null()),
        Change(
            {"release_certainty": pl.lit("unknown"), **_nothing("expected_release_on")},
            10,
            pl.col("release_certainty") != "unknown",
        ),
        Change(
            {"expected_release_on": pl.col("expected_release_on") - pl.duration(days=21)},
            15,
            pl.col("expected_release_on").is_not_null(),
        ),
    ),
    "people": tuple(
        Change(_nothing(name), 3, pl.col(name).is_not_null()) for name in ("cin", "address_line")
    ),
}


def cuts(start: date, end: date, deliveries: int) -> list[date]:
    """The last day that each delivery knows of: more than half of the period, then equal deltas.

    The last knows all.
    """
    step = timedelta(days=(end - start).days // 2 // deliveries)
    return [end - step * (deliveries - number) for number in range(1, deliveries + 1)]


def versions(draws: Draws, feed: str, frame: pl.DataFrame, cut_on: list[date]) -> pl.DataFrame:
    """Every version of each row: the frame's columns, typed, `delivery` from 1 and `final_row`.

    `final_row` counts the frame's rows from 1 and is null for versions that do not last.
    """
    final = _typed(feed, frame).with_row_index("row", 1).cast({"row": pl.Int64})
    if len(cut_on) == 1:
        return final.rename({"row": "final_row"}).with_columns(delivery=pl.lit(1, pl.Int64))
    placed = final.with_columns(
        delivery=_known_number(feed, cut_on), last=pl.lit(len(cut_on), pl.Int64)
    )
    told = _retold(draws, feed, placed, cut_on)
    return pl.concat([told, *_stray(draws, feed, placed)], how="diagonal").sort(
        "delivery", "row", maintain_order=True
    )


def _typed(feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The feed's columns, the common ones it has, and the day a person was first known."""
    beside = [name for name in (*COMMON, "first_booked_on") if name in frame.columns]
    return pl.concat([FEEDS[feed].conform(frame), frame.select(beside)], how="horizontal")


def _number(day: pl.Expr, cut_on: list[date]) -> pl.Expr:
    """The first delivery that knows of the day; one after all of them comes with the last."""
    later = [(day > cut).fill_null(False).cast(pl.Int64) for cut in cut_on[:-1]]
    return pl.sum_horizontal(*later) + 1


def _known_number(feed: str, cut_on: list[date]) -> pl.Expr:
    """Where and who without a day come with the first delivery."""
    return _number(KNOWN_ON[feed], cut_on) if feed in KNOWN_ON else pl.lit(1, pl.Int64)


def _retold(draws: Draws, feed: str, placed: pl.DataFrame, cut_on: list[date]) -> pl.DataFrame:
    """The last version of every row and the one before it, where there is one."""
    marked = placed.with_columns(ends=_end_number(feed, cut_on)).with_columns(
        change=_kind(draws, feed)
    )
    which, delivery = pl.col("change"), pl.col("delivery")
    before = marked.filter(which.is_not_null())
    earlier = [
        before.filter(which == number).with_columns(
            **_cast(placed, change.changes), final_row=pl.lit(None, pl.Int64)
        )
        for number, change in enumerate(_changes(feed))
    ]
    after = (
        pl.when(which == 0)
        .then("ends")
        .when(which == REVERTED)
        .then(delivery + 2)
        .when(which > 0)
        .then(delivery + 1)
        .otherwise(delivery)
    )
    last = marked.with_columns(delivery=after, final_row="row")
    put_back = _put_back(feed, before.filter(which == REVERTED))
    told = pl.concat([*earlier, *put_back, last], how="diagonal")
    return told.drop("change", "ends", "last")


def _put_back(feed: str, rows: pl.DataFrame) -> list[pl.DataFrame]:
    """Before a row's last version: what that says, and in the next delivery something else."""
    if rows.is_empty():
        return []
    passing = rows.with_columns(final_row=pl.lit(None, pl.Int64))
    wrong = _cast(rows, CORRECTIONS[feed][-1].changes)
    return [passing, passing.with_columns(delivery=pl.col("delivery") + 1, **wrong)]


def _changes(feed: str) -> list[Change]:
    """The feed's ending first; a row has one change at most."""
    return [ENDINGS.get(feed, Ending({})), *CORRECTIONS.get(feed, ())]


def _cast(frame: pl.DataFrame, changes: Mapping[str, pl.Expr]) -> dict[str, pl.Expr]:
    return {name: value.cast(frame.schema[name]) for name, value in changes.items()}


def _end_number(feed: str, cut_on: list[date]) -> pl.Expr:
    """The delivery that knows the end; null where nothing ends within the period."""
    if feed not in ENDINGS:
        return pl.lit(None, pl.Int64)
    on = ENDINGS[feed].on
    return pl.when(on <= cut_on[-1]).then(_number(on, cut_on))


def _kind(draws: Draws, feed: str) -> pl.Expr:
    """Which change (its place in `_changes`) an earlier version of the row shows; null for none."""
    left, row = pl.col("last") - pl.col("delivery"), pl.col("row")
    kinds = [pl.when(pl.col("ends") > pl.col("delivery")).then(pl.lit(0))]
    if feed == "encounters":
        is_put_back = draws.chance("put back", row, REVERTED_PERCENT)
        kinds.append(pl.when((left > 1) & is_put_back).then(pl.lit(REVERTED)))
    for number, change in enumerate(CORRECTIONS.get(feed, ()), 1):
        drawn = draws.chance(f"corrected {feed} {number}", row, change.percent)
        kinds.append(pl.when((left > 0) & change.among & drawn).then(pl.lit(number)))
    return pl.coalesce(kinds)


def _stray(draws: Draws, feed: str, placed: pl.DataFrame) -> list[pl.DataFrame]:
    """Encounter lines changed and put back, and lines sent by mistake and deleted again."""
    if feed != "encounters":
        return []
    row, delivery = pl.col("row"), pl.col("delivery")
    mistaken = placed.filter(
        delivery < pl.col("last"), draws.chance("mistaken", row, DELETED_PERCENT)
    ).with_columns(encounter_id=pl.format("{}X", "encounter_id"))
    deleted = mistaken.with_columns(delivery=delivery + 1, record_status=pl.lit("deleted"))
    return [frame.drop("last") for frame in (mistaken, deleted)]
