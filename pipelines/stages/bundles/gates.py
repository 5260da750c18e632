"""Gates: the service date of a bundle, and whether it may be billed on that day.

Belongs here: which day, which stay it belongs to, why not. Not here: completeness.
"""

import polars as pl

from pipelines.stages.bundles.trials import GRACE_DAYS

_NONE = pl.lit([], dtype=pl.List(pl.String))


def day_verdicts(
    billable_days: pl.DataFrame, keys: pl.DataFrame, stays: pl.DataFrame, days: pl.DataFrame
) -> pl.DataFrame:
    """What `billable_days`, whose `keys` are `keyed`, says of the `days` (episode_id, day):
    billable, reasons, stay_id.

    On a day of several stays the billable one speaks, else the one booked last.
    """
    wanted = days.unique().join(stays.select("episode_id", "stay_id", "booked_at"), on="episode_id")
    found = keys.join(wanted, on=["stay_id", "day"])
    said = billable_days.select(pl.col("billable", "reasons").gather(found["place"]))
    told = pl.concat([found, said], how="horizontal")
    return (
        told.sort(["billable", "booked_at"], descending=True)
        .unique(["episode_id", "day"], keep="first", maintain_order=True)
        .select("episode_id", "day", "billable", "reasons", "stay_id")
    )


def service_dates() -> pl.Expr:
    """The day billed, of what is complete; null while a release that decides it is not final."""
    rule = pl.col("service_date_rule")
    return (
        pl.when(rule == "completion")
        .then("completed_on")
        .when(rule == "last_element")
        .then("last_on")
        .when("is_final")
        .then("release_on")
    )


def covered(spans: pl.DataFrame) -> pl.DataFrame:
    """Coverage that enrolls, of `coverage_spans`: person_id, from_on, to_on."""
    return spans.filter(~pl.col("is_ji_aid_code")).drop("is_ji_aid_code")


def gated(rows: pl.DataFrame, verdicts: pl.DataFrame, covered: pl.DataFrame) -> pl.DataFrame:
    """`rows` with is_billable and not_billable (reasons) of their service_date, null without one,
    and the `stay_id` of that day where billable_days knows it.
    """
    dated = rows.join(
        verdicts.rename({"day": "service_date"}),
        on=["episode_id", "service_date"],
        how="left",
        maintain_order="left",
    ).join(_covered(rows, covered), on="trial", how="left", maintain_order="left")
    gate = pl.col("gate")
    why = (
        pl.when(gate == "pre_release")
        .then(pl.col("reasons").fill_null(pl.lit(["custody"])))
        .when(gate == "post_release_30")
        .then(_after_release())
        .otherwise(_NONE)
    )
    told = dated.with_columns(not_billable=pl.when(pl.col("service_date").is_not_null()).then(why))
    return told.with_columns(is_billable=pl.col("not_billable").list.len() == 0).drop(
        "billable", "reasons", "is_covered"
    )


def _after_release() -> pl.Expr:
    """Reasons under the gate post_release_30, whose first day is that of the release."""
    day, release_on = pl.col("service_date"), pl.col("release_on")
    is_out = pl.col("is_final") & (day >= release_on).fill_null(False)
    is_late = (day > release_on + pl.duration(days=GRACE_DAYS)).fill_null(False)
    named = {
        "not_released": ~is_out,
        "thirty_days": is_late,
        "enrolled": pl.col("is_covered").fill_null(False).not_(),
    }
    return pl.concat_list(
        pl.when(fails).then(pl.lit(reason)) for reason, fails in named.items()
    ).list.drop_nulls()


def _covered(rows: pl.DataFrame, covered: pl.DataFrame) -> pl.DataFrame:
    """(trial, is_covered): enrolled on the service date, where the gate asks for it."""
    asked = (
        rows.filter(gate="post_release_30")
        .select("trial", "person_id", "service_date")
        .drop_nulls("service_date")
    )
    day = pl.col("service_date")
    return (
        asked.join(covered, on="person_id")
        .filter(pl.col("from_on") <= day, (pl.col("to_on") >= day).fill_null(True))
        .select("trial", is_covered=pl.lit(True))
        .unique()
    )
