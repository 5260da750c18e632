"""Lines beside others of the same person, or the same provider, on one day.

Only lines that share person and day are compared; they are found by a hash, and then exactly.
"""

import polars as pl

LINE_KEY = ("source_system", "encounter_id", "line_number")
MINUTES_A_DAY = 1440
_DAY_OF_PERSON = ["surviving_person_id", "service_date"]
_BY_PROVIDER = [*_DAY_OF_PERSON, "rendering_npi"]
_SAME_VISIT = [*_DAY_OF_PERSON, "procedure_code", "rendering_npi"]
SAME_SERVICE = [*_SAME_VISIT, "told"]  # with `modifiers_told`


def same_day_verdicts(
    lines: pl.DataFrame, procedures: pl.DataFrame, ncci_ptp: pl.DataFrame
) -> pl.DataFrame:
    """New columns only: `is_repetition`, `is_second_evaluation`, `is_of_second_source`,
    `is_excluded_by_pair` (null where no pairs are set for the day), `person_is_elsewhere`,
    `provider_is_elsewhere`.

    `procedures` has is_evaluation and is_group_session of each line. Of two lines that clash, the
    later one is told: by key, or by the clock where the clock decides.
    """
    asked = [*LINE_KEY, *_BY_PROVIDER, "procedure_code", "modifiers", "start_time", "minutes"]
    numbered = pl.concat(
        [lines.select(asked), procedures.select("is_evaluation", "is_group_session")],
        how="horizontal",
    ).with_row_index("line")
    shared = numbered.filter(_person_day().is_duplicated())
    again = repeated(shared)
    is_once = ~pl.col("line").is_in(again.implode())
    found = {
        "is_repetition": again,
        "is_second_evaluation": _second_evaluations(shared),
        "is_of_second_source": _of_second_source(shared),
        "is_excluded_by_pair": _excluded(shared, ncci_ptp),
        "person_is_elsewhere": clashing(
            shared.filter(is_once), "surviving_person_id", apart="visit"
        ),
        "provider_is_elsewhere": clashing(
            numbered.filter(is_once, ~pl.col("is_group_session").fill_null(False)),
            "rendering_npi",
            apart="surviving_person_id",
        ),
    }
    flags = [pl.col("line").is_in(at.implode()).alias(name) for name, at in found.items()]
    first_day = pl.lit(ncci_ptp["edition_from"].min(), pl.Date)
    has_pairs = pl.col("service_date") >= first_day
    return numbered.select("service_date", *flags).select(
        pl.exclude("service_date", "is_excluded_by_pair"),
        is_excluded_by_pair=pl.when(has_pairs).then("is_excluded_by_pair"),
    )


def _person_day() -> pl.Expr:
    return pl.col("surviving_person_id").hash() ^ pl.col("service_date").hash()


def repeated(shared: pl.DataFrame) -> pl.Series:
    """Lines with the same service by the same provider as an earlier one, by key.

    Modifiers count in any order. They are told only where the rest is alike: seldom.
    """
    suspects = _ordered(shared, _SAME_VISIT).with_columns(modifiers_told())
    return suspects.filter(~pl.struct(SAME_SERVICE).is_first_distinct())["line"]


def modifiers_told() -> pl.Expr:
    """`told`: the modifiers in an order of their own."""
    return pl.col("modifiers").list.sort().list.join("|").fill_null("").alias("told")


def _ordered(shared: pl.DataFrame, alike: list[str]) -> pl.DataFrame:
    """The lines that are not alone in the columns, by key."""
    return shared.filter(pl.struct(alike).is_duplicated()).sort(LINE_KEY)


def _second_evaluations(shared: pl.DataFrame) -> pl.Series:
    suspects = _ordered(shared.filter("is_evaluation"), _BY_PROVIDER)
    return suspects.filter(~pl.struct(_BY_PROVIDER).is_first_distinct())["line"]


def _of_second_source(shared: pl.DataFrame) -> pl.Series:
    """The same procedure of the day told by a source system other than the first, by key."""
    if shared["source_system"].n_unique() < 2:  # noqa: PLR2004 - it takes two to differ
        return shared["line"].clear()
    alike = [*_DAY_OF_PERSON, "procedure_code"]
    source = pl.col("source_system")
    return _ordered(shared, alike).filter(source != source.first().over(alike))["line"]


def _excluded(shared: pl.DataFrame, ncci_ptp: pl.DataFrame) -> pl.Series:
    """Lines whose procedure is not paid beside another of the same provider (column 2 of a pair).

    A pair that a modifier may part (indicator 1) counts where neither line carries any.
    """
    coded = pl.concat([ncci_ptp["column1"], ncci_ptp["column2"]]).unique()
    is_bare = pl.col("modifiers").list.len().fill_null(0) == 0
    suspects = shared.filter(pl.col("procedure_code").is_in(coded.implode())).select(
        *_BY_PROVIDER, "line", "procedure_code", is_bare=is_bare
    )
    day, indicator = pl.col("service_date"), pl.col("modifier_indicator")
    parted = (indicator == "1") & pl.col("is_bare") & pl.col("is_bare_beside")
    return (
        suspects.filter(pl.struct(_BY_PROVIDER).is_duplicated())
        .join(suspects, on=_BY_PROVIDER, suffix="_beside")
        .join(ncci_ptp, left_on=["procedure_code", "procedure_code_beside"],
              right_on=["column2", "column1"])
        .filter(
            (indicator == "0") | parted,
            *(pl.col(name).le(day).fill_null(True) for name in ("valid_from", "edition_from")),
            *(pl.col(name).ge(day).fill_null(True) for name in ("valid_to", "edition_to")),
        )["line"]
        .unique()
    )  # fmt: skip


def clashing(numbered: pl.DataFrame, who: str, apart: str) -> pl.Series:
    """Lines that begin before an earlier one of the same person or provider has ended.

    `apart`: what must differ between the two (the visit, the person).
    """
    hour, minute = pl.col("start_time").dt.hour(), pl.col("start_time").dt.minute()
    day = pl.col("service_date").to_physical().cast(pl.Int64) * MINUTES_A_DAY
    timed = (
        numbered.filter(pl.col("start_time").is_not_null(), pl.col("minutes") > 0)
        .with_columns(
            who=pl.col(who).hash(),
            visit=pl.col("encounter_id").hash() ^ pl.col("source_system").hash(seed=1),
            starts=day + hour.cast(pl.Int64) * 60 + minute,
        )
        .with_columns(ends=pl.col("starts") + pl.col("minutes"))
        .sort("starts", "visit")
    )
    ends_before = pl.col("ends").cum_max().shift().over("who")
    other = pl.col(apart).shift().over("who") != pl.col(apart)
    return timed.filter(other & (ends_before > pl.col("starts")))["line"]
