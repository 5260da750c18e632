"""Edits of category duplicate: the same service on several lines, or two at one time."""

from functools import partial

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(Edit, category="duplicate")

is_repetition = pl.col("is_repetition")

EDITS = (
    _edit(
        id="service_repeated",
        severity="hold",
        owner="biller",
        message="The same service of the same person and provider stands on an earlier line.",
        remedy="Delete the line if it was entered twice; release it if it was a second service.",
        source="Medi-Cal denies exact duplicates; what counts as one here is a county choice",
        fires=is_repetition,
    ),
    _edit(
        id="already_billed",
        severity="hold",
        owner="biller",
        message="The same service went out under the key of a record that is gone since.",
        remedy="Have the first claim voided, or release the line if it was a second service.",
        source="Medi-Cal denies exact duplicates; what counts as one here is a county choice",
        fires=pl.col("is_billed_before"),
    ),
    _edit(
        id="service_of_second_source",
        severity="hold",
        owner="data_steward",
        message="Another source system has sent the same procedure of the person on that day.",
        remedy="Keep the line of the system of record and delete the other.",
        source="Systems that exchange orders and results tell one service twice",
        fires=pl.col("is_of_second_source") & ~is_repetition,
    ),
    _edit(
        id="evaluation_repeated",
        severity="hold",
        owner="biller",
        message="The provider has another visit with the person on that day.",
        remedy="Bill one visit for all of the day; release it if the payer allows a second.",
        source="CPT evaluation and management: one visit a day by one provider; Medi-Cal's own "
        "limit is unverified",
        fires=pl.col("is_second_evaluation") & ~is_repetition,
        judged=pl.col("is_evaluation").is_not_null(),
    ),
    _edit(
        id="person_in_two_services",
        severity="warn",
        owner="clinician",
        message="The person was still in another service when this one began.",
        remedy="Correct start or minutes of the one that is wrong.",
        source="Nobody is in two services at one time (start_time, minutes)",
        fires=pl.col("person_is_elsewhere"),
    ),
    _edit(
        id="provider_with_two_persons",
        severity="warn",
        owner="clinician",
        message="The provider was still with another person when this service began.",
        remedy="Correct start or minutes of the one that is wrong.",
        source="A provider gives one service at a time, group sessions apart (start_time, minutes)",
        fires=pl.col("provider_is_elsewhere"),
        judged=pl.col("is_group_session").is_not_null(),
    ),
)
