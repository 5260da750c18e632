"""Moves: what a release that moved has changed for the bundles of its episode.

Two evaluations in, what differs out; which facts each rests on is the caller's to say.
"""

from typing import Final

import polars as pl

_KEY: Final = ["episode_id", "bundle_id", "ordinal"]
_COMPARED: Final = ("release_on", "state", "due_on")
LOST: Final = ("open", "not_due", "complete")


def moved(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Rows of `bundles` whose release_on differs, with `…_before` of release_on, state and due_on,
    and `is_lost`: it could be done or was there, and no longer can be.

    What is lost comes first, then by dollars. Bundles that only one of the two has are compared
    with nothing.
    """
    earlier = before.select(*_KEY, *(pl.col(name).alias(f"{name}_before") for name in _COMPARED))
    both = after.join(earlier, on=_KEY)
    differ = pl.col("release_on").ne_missing(pl.col("release_on_before"))
    is_lost = pl.col("state_before").is_in(LOST) & (pl.col("state") == "missed")
    return both.filter(differ).with_columns(is_lost=is_lost).sort(
        pl.col("is_lost"), pl.col("charge_amount"), *_KEY, descending=[True, True, *[False] * 3]
    )  # fmt: skip
