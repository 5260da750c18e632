"""Gate spans: for each gate, the days of a stay that its facts speak of.

Belongs here: one function for each kind of span. Not here: what holds where spans lie (gates).
A span is stay, from_on, to_on; both ends included, to_on null while open.
"""

from typing import Final

import polars as pl

from pipelines.stages.eligibility.coverage import deaths, unmet_months
from pipelines.stages.eligibility.evidence import Evidence
from pipelines.stages.eligibility.stays import DAWN, lost_days
from pipelines.stages.eligibility.window_policy import WindowPolicy

_OPEN: Final = pl.lit(None, pl.Date)


def gate_spans(evidence: Evidence, window: WindowPolicy) -> dict[str, pl.DataFrame]:
    """Spans by kind.

    booked, lost (to a later booking), live, meets: custody, facility and screening. enrolled,
    aid_code, dead, unmet (share of cost): the person's. clock: the days that the window policy
    admits. begun, recent: since an activation, and its own 90 days, deactivated or not.
    """
    activated = evidence.over_stays(evidence.activations)
    return {
        "booked": evidence.stays.select("stay", from_on="booked_on", to_on="released_on"),
        "lost": lost_days(evidence.stays),
        "live": _live(evidence),
        "meets": pl.concat([_exempt(evidence), _met(evidence)]),
        "enrolled": evidence.over_stays(evidence.enrollment),
        "aid_code": pl.concat([activated, evidence.over_stays(evidence.overlay)]),
        "dead": evidence.over_stays(
            deaths(evidence.stays, evidence.ji_activations, evidence.people)
        ),
        "unmet": evidence.over_stays(unmet_months(evidence.eligibility_answers, evidence.numbers)),
        "clock": lookbacks(evidence.stays, window)
        if window.looks_back
        else _clocks(activated, window),
        "begun": activated.with_columns(to_on=_OPEN),
        "recent": activated.with_columns(to_on=pl.col("from_on") + window.reach),
    }


def _clocks(activated: pl.DataFrame, window: WindowPolicy) -> pl.DataFrame:
    """From each activation to its deactivation or the last day of its clock."""
    last_on = pl.col("from_on") + window.reach
    return activated.with_columns(to_on=pl.min_horizontal("to_on", last_on))


def lookbacks(stays: pl.DataFrame, window: WindowPolicy) -> pl.DataFrame:
    """The days before release, actual or else expected; none where neither is known."""
    release = pl.coalesce("released_on", "expected_release_on")
    return stays.select("stay", from_on=release - window.reach, to_on=release).drop_nulls()


def _live(evidence: Evidence) -> pl.DataFrame:
    facilities = evidence.facilities.select("facility_id", from_on="live_from", to_on=_OPEN)
    return evidence.stays.join(facilities, on="facility_id").select("stay", "from_on", "to_on")


def _exempt(evidence: Evidence) -> pl.DataFrame:
    """All days in a youth facility: there nobody needs a clinical criterion."""
    youth = evidence.facilities.filter(pl.col("facility_type") == "youth_correctional")
    stays = evidence.stays.join(youth, on="facility_id", how="semi")
    return stays.select("stay", from_on=pl.lit(DAWN), to_on=_OPEN)


def _met(evidence: Evidence) -> pl.DataFrame:
    """Days on which the newest screening of the stay's episode says meets."""
    screened = _screened(evidence.screenings, evidence.episodes).filter(outcome="meets")
    return evidence.episodes.join(screened, on="episode").select("stay", "from_on", "to_on")


def _screened(screenings: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """A screening speaks until the episode's next; of one day's, the version received last."""
    is_followed = pl.col("episode") == pl.col("episode").shift(-1)
    next_on = pl.when(is_followed).then(pl.col("screened_on").shift(-1))
    is_last_of_day = (pl.col("screened_on") != next_on).fill_null(True)
    return (
        screenings.filter(pl.col("screening_type") == "pre_release_access", ~pl.col("declined"))
        .join(episodes, on="stay_id")
        .sort("episode", "screened_on", "received_at", "row_number", "screening_id")
        .filter(is_last_of_day)
        .select("episode", "outcome", from_on="screened_on", to_on=next_on - pl.duration(days=1))
    )
