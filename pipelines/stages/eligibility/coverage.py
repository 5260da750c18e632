"""Coverage, activations and shares of cost as spans of days of a surviving person.

Belongs here: whose they are and from which day to which. Not here: what a span decides (gates).
All spans are person_id, from_on, to_on; both ends included, to_on null while open.
"""

from collections.abc import Collection

import polars as pl

from codesets.lookup import lookup
from pipelines.stages.eligibility.stays import FAR
from pipelines.stages.identifiers import cin_of
from pipelines.stages.people import with_survivor


def coverage_spans(coverage: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Coverage under any number of a person: person_id, from_on, to_on, is_ji_aid_code.

    Suspended coverage counts: custody suspends it and enrollment goes on.
    """
    return (
        coverage.with_columns(cin=cin_of(pl.col("cin")))
        .join(numbers, on="cin")
        .select(
            "is_ji_aid_code",
            person_id="surviving_person_id",
            from_on="starts_on",
            to_on="ends_on",
        )
    )


def agreed(
    coverage: pl.DataFrame, ji_aid_codes: pl.DataFrame, unflagged: Collection[str] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows whose flag and code agree, and rows that are held because they do not.

    `ji_aid_codes`: that code set's table. `unflagged`: files whose rows have no flag of their own
    (an 834): the code set alone decides, as it is known by now. A flag that no edition can confirm
    is not believed: it would make days billable. The first edition judges the days before it, too.
    """
    is_listed = listed_as_ji(coverage["aid_code"], coverage["starts_on"], ji_aid_codes)
    follows = pl.col("file_id").is_in(pl.Series(list(unflagged), dtype=pl.String).implode())
    flag = pl.when(follows).then(is_listed).otherwise("is_ji_aid_code")
    flagged = coverage.with_columns(is_ji_aid_code=flag)
    agrees = flagged["is_ji_aid_code"] == is_listed
    return flagged.filter(agrees), flagged.filter(~agrees)


def confirmed(
    ji_activations: pl.DataFrame, ji_aid_codes: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Activations under a code that the list of JI aid codes has on the day, and those held
    because it has not: a code that no edition knows would make days billable.
    """
    is_listed = listed_as_ji(
        ji_activations["aid_code"], ji_activations["activated_on"], ji_aid_codes
    )
    return ji_activations.filter(is_listed), ji_activations.filter(~is_listed)


def listed_as_ji(aid_codes: pl.Series, days: pl.Series, ji_aid_codes: pl.DataFrame) -> pl.Series:
    """Whether each aid code is a justice-involved one on its day, as the code set has it."""
    first_on = pl.lit(ji_aid_codes["edition_from"].min(), pl.Date)
    asked = pl.DataFrame({"code": aid_codes, "day": days})
    keys = asked.select("code", on=pl.max_horizontal("day", first_on))
    found = lookup(ji_aid_codes, keys.unique()).select("code", "on", "is_in_force")
    told = keys.join(found, on=["code", "on"], how="left", maintain_order="left")
    return told["is_in_force"].fill_null(False)


def activations(
    ji_activations: pl.DataFrame, people: pl.DataFrame, ji_spans: pl.DataFrame
) -> pl.DataFrame:
    """Activations of a JI aid code: `ji_activations`; of a person who has none there, JI spans.

    They hold for the person, whatever stay they name: a transfer does not end them.
    """
    reported = with_survivor(ji_activations, people).select(
        "person_id", from_on="activated_on", to_on="deactivated_on"
    )
    inferred = _unbroken(ji_spans.join(reported, on="person_id", how="anti"))
    return pl.concat([reported, inferred])


def _unbroken(spans: pl.DataFrame) -> pl.DataFrame:
    """Spans that touch or overlap made one: coverage sent by the month starts no new clock."""
    reach = pl.col("to_on").cum_max().shift(1).over("person_id")
    begins = (pl.col("from_on") <= reach + pl.duration(days=1)).fill_null(False).not_()
    return (
        spans.with_columns(pl.col("to_on").fill_null(FAR))
        .sort("person_id", "from_on", "to_on")
        .with_columns(span=begins.cum_sum())
        .group_by("person_id", "span", maintain_order=True)
        .agg(pl.col("from_on").first(), pl.col("to_on").max())
        .select("person_id", "from_on", pl.col("to_on").replace(FAR, None))
    )


def unmet_months(eligibility_answers: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Months whose share of cost is not met, each a span from its first to its last day."""
    first = (pl.col("month") + "-01").str.to_date("%Y-%m-%d")
    return (
        eligibility_answers.filter(
            pl.col("share_of_cost_amount") > 0, pl.col("share_of_cost_met_on").is_null()
        )
        .with_columns(cin=cin_of(pl.col("cin")))
        .join(numbers, on="cin")
        .select(person_id="surviving_person_id", from_on=first, to_on=first.dt.month_end())
    )


def deaths(stays: pl.DataFrame, ji_activations: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Days after a death, told by a release or by a deactivation: open spans of the person."""
    in_custody = stays.filter(pl.col("released_to") == "deceased").select(
        "person_id", died_on="released_on"
    )
    elsewhere = (
        with_survivor(ji_activations, people)
        .filter(pl.col("deactivation_reason") == "deceased")
        .select("person_id", died_on="deactivated_on")
    )
    return (
        pl.concat([in_custody, elsewhere])
        .drop_nulls()
        .select(
            "person_id",
            from_on=pl.col("died_on") + pl.duration(days=1),
            to_on=pl.lit(None, pl.Date),
        )
    )
