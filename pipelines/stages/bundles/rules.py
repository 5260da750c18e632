"""Rules: the code set `care_bundles` taken apart into bundles, elements and how they hang together.

Not here: any person. `rule` numbers a bundle as an edition has it, `item` one of its elements.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from codesets.bundle_rows import BUNDLE

_EDITION: Final = ("bundle", "edition_id", "edition_from", "valid_from")
_DAYS: Final = ("day_anchor", "earliest_day", "due_day", "latest_day")
_OF_BUNDLE: Final = (
    "position", "release_model", "facility_types", "gate", "unless", "requires", "excludes",
    "limit_count", "limit_scope", "service_date_rule", "procedure_code", "modifiers", "units",
    "charge_amount", "rate_amount", "diagnosis_codes", "place_of_service", "claim_form",
    "detail_lines", "edition_status",
)  # fmt: skip
_OF_ELEMENT: Final = (
    "element", "unless", "owner", "times", "least_minutes", "least_days_supply", "participants",
    "credentials", "signers", "evidence", "after", *_DAYS,
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """`bundles`: rule, bundle_id, from_on, to_on (days of service it is for) and what it says.

    `elements`: rule, item, place among the bundle's elements, its level (0 where it waits for no
    other) and what it says, days of the bundle where it has none. `words`: item, word of evidence.
    `after`: item, the prior item. `levels`: bundles that wait for no other, for these, and so on.
    """

    bundles: pl.DataFrame
    elements: pl.DataFrame
    words: pl.DataFrame
    after: pl.DataFrame
    levels: tuple[tuple[str, ...], ...]


def rules(care_bundles: pl.DataFrame) -> Rules:
    """The rules of a `CodeSets.table` of care_bundles."""
    heads = (
        care_bundles.filter(element=BUNDLE)
        .sort("position", "edition_from", "valid_from")
        .with_row_index("rule")
    )
    bundles = heads.select(
        "rule",
        pl.col("bundle").alias("bundle_id"),
        *_OF_BUNDLE,
        from_on=pl.max_horizontal("edition_from", "valid_from"),
        to_on=pl.min_horizontal("edition_to", "valid_to"),
    )
    elements = _elements(care_bundles, heads)
    return Rules(
        bundles,
        elements.drop("evidence", "after"),
        elements.select("item", word="evidence").explode("word"),
        _after(elements),
        _levels(bundles),
    )


def _elements(care_bundles: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    has_days = pl.any_horizontal(pl.col(name).is_not_null() for name in _DAYS)
    whose = heads.select("rule", *_EDITION, *(pl.col(name).alias(f"own_{name}") for name in _DAYS))
    made_of = (
        care_bundles.filter(pl.col("element") != BUNDLE)
        .with_columns(pl.col("times").fill_null(1))
        .join(whose, on=_EDITION, nulls_equal=True, maintain_order="left")
        .with_columns(
            pl.when(has_days).then(name).otherwise(f"own_{name}").alias(name) for name in _DAYS
        )
        .with_row_index("item")
        .select("rule", "item", *_OF_ELEMENT, place=pl.int_range(pl.len()).over("rule"))
    )
    priors: dict[Any, list[Any]] = {item: [] for item in made_of["item"]}
    for item, prior in _after(made_of).iter_rows():
        priors[item].append(prior)
    levels = [depth(item, priors) for item in made_of["item"]]
    return made_of.with_columns(pl.Series("level", levels, pl.Int64))


def _after(elements: pl.DataFrame) -> pl.DataFrame:
    """(item, prior): the elements of the same bundle that must be there before each."""
    named = elements.select("item", "rule", element="after").explode("element").drop_nulls()
    known = elements.select("rule", "element", prior="item")
    return named.join(known, on=["rule", "element"]).select("item", "prior")


def depth(one: Any, priors: Mapping[Any, list[Any]]) -> int:  # noqa: ANN401 - an item or a name
    """How many stand before one in the longest chain; the code set admits no circle."""
    return max((depth(prior, priors) + 1 for prior in priors.get(one, ())), default=0)


def _levels(bundles: pl.DataFrame) -> tuple[tuple[str, ...], ...]:
    priors: dict[str, list[str]] = {}
    for name, *waits in bundles.select("bundle_id", "requires", "excludes").iter_rows():
        priors.setdefault(name, []).extend(one for listed in waits for one in listed or ())
    depths = {name: depth(name, priors) for name in priors}
    return tuple(
        tuple(name for name, own in depths.items() if own == level)
        for level in range(max(depths.values(), default=-1) + 1)
    )
