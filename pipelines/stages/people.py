"""People: who survives a merge, and which Medi-Cal numbers stand for whom.

Belongs here: identity, followed through merges and aliases.
Not here: whether a number is well formed (identifiers) or covered (eligibility).
"""

import polars as pl

from pipelines.stages.identifiers import cin_of

INHERITING = ("merged", "changed")  # a typo is another person's number


def survivors(people: pl.DataFrame) -> pl.DataFrame:
    """Each person and the one who survives all merges: person_id, surviving_person_id.

    A merge into a person nobody has sent leaves the person as is. In a circle of merges the
    smallest id survives: any choice would do, and this one does not depend on row order.
    """
    merged = people.select("person_id").join(_merged(people), on="person_id", how="left")
    return merged.with_columns(pl.coalesce("surviving_person_id", "person_id"))


def _merged(people: pl.DataFrame) -> pl.DataFrame:
    """The survivors of those merged into a known person: few, whatever the number of people."""
    leaps = _merges(people)
    for _ in range(leaps.height.bit_length()):
        leaps = _doubled(leaps)
    ends = leaps.select("person_id", end="ahead")
    circles = leaps.select(end="person_id", least="least")
    return ends.join(circles, on="end", how="left").select(
        "person_id", surviving_person_id=pl.coalesce("least", "end")
    )


def _merges(people: pl.DataFrame) -> pl.DataFrame:
    """Merges into known persons: the person one leap ahead, and the least id before it."""
    known = people.select(merged_into="person_id")
    return people.join(known, on="merged_into", how="semi").select(
        "person_id", ahead="merged_into", least="person_id"
    )


def _doubled(leaps: pl.DataFrame) -> pl.DataFrame:
    """Leaps twice as long; after n doublings no chain of 2^n merges is left."""
    next_leaps = leaps.select(ahead="person_id", beyond="ahead", least_beyond="least")
    return leaps.join(next_leaps, on="ahead", how="left").select(
        "person_id",
        ahead=pl.coalesce("beyond", "ahead"),
        least=pl.min_horizontal("least", pl.coalesce("least_beyond", "ahead")),
    )


def with_survivor(frame: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """The frame with `person_id` replaced by the survivor's; a person nobody sent stays as is."""
    return (
        frame.join(_merged(people), on="person_id", how="left")
        .with_columns(person_id=pl.coalesce("surviving_person_id", "person_id"))
        .drop("surviving_person_id")
    )


def numbers(people: pl.DataFrame, cin_aliases: pl.DataFrame) -> pl.DataFrame:
    """Every CIN (nine characters) that stands for a survivor: surviving_person_id, cin.

    Numbers of merged persons count, and aliases (but typos) in both directions, however long
    the chain.
    """
    own = with_survivor(people.select("person_id", "cin"), people).select(
        surviving_person_id="person_id", cin=cin_of(pl.col("cin"))
    )
    links = _links(cin_aliases)
    reached = own.join(links, on="cin", how="semi").unique()
    while (wider := _one_link_further(reached, links)).height > reached.height:
        reached = wider
    every = pl.concat([own.drop_nulls(), reached]).unique()
    return every.sort("surviving_person_id", "cin")


def _links(cin_aliases: pl.DataFrame) -> pl.DataFrame:
    one_way = cin_aliases.filter(pl.col("reason").is_in(INHERITING)).select(
        cin=cin_of(pl.col("cin")), other=cin_of(pl.col("alias_cin"))
    )
    return pl.concat([one_way, one_way.select(cin="other", other="cin")]).unique()


def _one_link_further(reached: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    linked = reached.join(links, on="cin").select("surviving_person_id", cin="other")
    return pl.concat([reached, linked]).unique()
