"""Days: for each day of a stay, and for any other day asked about, what keeps it from being billed.

Belongs here: the rows of `billable_days`. Not here: the gates and their order (gates).
"""

from datetime import date

import polars as pl

from contracts.derived import DERIVED
from contracts.policy import Policy
from pipelines.stages.eligibility.evidence import Evidence
from pipelines.stages.eligibility.gates import bits, reason_turns, reasons_of
from pipelines.stages.eligibility.timeline import looked_up, with_ends
from pipelines.stages.eligibility.window_policy import WindowPolicy, window_policy


def billable_days(
    custody_stays: pl.DataFrame,
    people: pl.DataFrame,
    cin_aliases: pl.DataFrame,
    facilities: pl.DataFrame,
    coverage: pl.DataFrame,
    ji_activations: pl.DataFrame,
    screenings: pl.DataFrame,
    eligibility_answers: pl.DataFrame,
    policy: Policy,
    as_of: date,
) -> pl.DataFrame:
    """Table `billable_days`: each day of each stay up to its release and no further than as_of.

    Frames are current facts. `reasons` is an empty list where the day is billable. Raises
    HeldByPolicyError where a window policy is unset.
    """
    evidence = Evidence(
        custody_stays,
        people,
        cin_aliases,
        facilities,
        coverage,
        ji_activations,
        screenings,
        eligibility_answers,
    )
    return days_judged(evidence, window_policy(policy, as_of), as_of)


def days_judged(evidence: Evidence, window: WindowPolicy, as_of: date) -> pl.DataFrame:
    """Table `billable_days` under a window policy."""
    days = failing_days(reason_turns(evidence, window), evidence.stays, as_of)
    return DERIVED["billable_days"].conform(_with_reasons(days))


def gate_reasons(
    pairs: pl.DataFrame,
    custody_stays: pl.DataFrame,
    people: pl.DataFrame,
    cin_aliases: pl.DataFrame,
    facilities: pl.DataFrame,
    coverage: pl.DataFrame,
    ji_activations: pl.DataFrame,
    screenings: pl.DataFrame,
    eligibility_answers: pl.DataFrame,
    policy: Policy,
    as_of: date,
) -> pl.DataFrame:
    """The pairs (stay_id, day), in their order, with `billable` and `reasons`.

    Any day may be asked about, in custody or not. A stay nobody has sent holds nobody in custody:
    its one reason is `custody`. Raises HeldByPolicyError where a window policy is unset.
    """
    evidence = Evidence(
        custody_stays,
        people,
        cin_aliases,
        facilities,
        coverage,
        ji_activations,
        screenings,
        eligibility_answers,
    )
    return pairs_judged(pairs, evidence, window_policy(policy, as_of))


def pairs_judged(pairs: pl.DataFrame, evidence: Evidence, window: WindowPolicy) -> pl.DataFrame:
    """As `gate_reasons`, under a window policy."""
    turns = reason_turns(evidence, window)
    return _with_reasons(failing_pairs(pairs, turns, evidence.stays))


def failing_pairs(pairs: pl.DataFrame, turns: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """The pairs stay_id, day, in their order, with failing (bits of gates)."""
    asked = pairs.select("stay_id", "day").join(
        stays.select("stay_id", "stay"), on="stay_id", how="left", maintain_order="left"
    )
    return looked_up(asked, turns).with_columns(pl.col("failing").fill_null(bits("custody")))


def failing_days(turns: pl.DataFrame, stays: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Every day of each stay, in order: stay_id, failing, day."""
    spans = custody_turns(turns, stays, as_of)
    return spans.select("stay_id", "failing", day=pl.date_ranges("from_on", "to_on")).explode("day")


def custody_turns(turns: pl.DataFrame, stays: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """What holds from booking to the earlier of release and as-of: stay_id, failing, from_on,
    to_on, in order.
    """
    last_on = pl.min_horizontal("released_on", pl.lit(as_of))
    in_custody = stays.select("stay", "stay_id", "booked_on", last_on=last_on)
    return (
        with_ends(turns)
        .join(in_custody, on="stay", maintain_order="left")
        .with_columns(
            from_on=pl.max_horizontal("from_on", "booked_on"),
            to_on=pl.min_horizontal("to_on", "last_on"),
        )
        .filter(pl.col("from_on") <= pl.col("to_on"))
        .select("stay_id", "failing", "from_on", "to_on")
    )


def _with_reasons(days: pl.DataFrame) -> pl.DataFrame:
    return days.select(
        "stay_id",
        "day",
        billable=pl.col("failing") == 0,
        reasons=reasons_of(days["failing"]),
    )
