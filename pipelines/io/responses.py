"""Responses: what answers of the payer say, as rows of the tables that they also fill.

A 271 fills feed `eligibility_answers`, an 834 `coverage`; TA1, 999, 277CA and 277 fill
`payer_answers`, an 835 the tables of remittances. The sets themselves are kept as they arrived;
these rows are facts beside them, each with the segment of the file that it comes from.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import polars as pl

from codesets.loader import CodeSets
from contracts.feeds import (
    AUTHORIZATION_ANSWERS,
    EXACT_DUPLICATES,
    FEEDS,
    FILLED,
    PAYER_ANSWERS,
    QUARANTINE,
    SAID,
    facts,
)
from contracts.remittances import REMITTED
from contracts.settings import Agency
from contracts.tables import Table
from pipelines.stages import intake as stage
from pipelines.stages.eligibility.coverage import listed_as_ji
from pipelines.x12 import answers as claim_answers
from pipelines.x12 import authorization_answers, eligibility_answers, enrollment, remittance
from pipelines.x12.wire import Interchanges

# A rejection says nothing of the person's coverage, and must not stand in for what was known.
_ANSWERED = ("active", "spend_down", "inactive")
_NOT_SPLIT = pl.Schema({"row_number": pl.Int64, "reason": pl.String, "row_text": pl.String})

Parts = tuple[tuple[Table, pl.DataFrame], ...]
Newest = Callable[[Table, pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Told:
    """`rows`: by the lake's table, each of them there. `quarantine`: what could not be taken.
    `replies`: trace_number, file_id, row_number, outcome, reject_codes. `rejections`: each code
    of the payer's, the level that it stands at, and how often; also where it names nobody.
    """

    rows: Parts
    quarantine: pl.DataFrame
    replies: pl.DataFrame
    rejections: str

    @property
    def quarantined_count(self) -> int:
        return self.quarantine["row_number"].n_unique()


def told(
    read: Interchanges,
    agency: Agency,
    code_sets: CodeSets,
    asked: pl.DataFrame,
    newest: Newest,
    origin: stage.Origin,
) -> Told:
    """What the sound sets of a file say.

    `asked`: trace_number, cin and month of what was asked: an answer without a number is known by
    its trace. `newest` as `stage.take` wants it, of the given feed's table.
    """
    sound = read.transaction_sets.filter(~pl.col("is_damaged")).select("set_ordinal")
    tokens = read.tokens.join(sound, on="set_ordinal", how="semi", maintain_order="left")
    kinds = set(read.transaction_sets["transaction_set"].drop_nulls())
    read_answers = eligibility_answers.read(
        tokens if "271" in kinds else tokens.clear(), trace_originator=agency.trace_originator_id
    )
    answers = read_answers.answers
    members = enrollment.read(tokens if "834" in kinds else tokens.clear())
    parts = (
        *_taken("eligibility_answers", _answered(answers, asked), newest, agency, origin),
        *_taken("coverage", _flagged(members.coverage, code_sets), newest, agency, origin),
        *_unreadable(members.unreadable, read.tokens, origin),
        (PAYER_ANSWERS, _stated(read, origin)),
        (AUTHORIZATION_ANSWERS, _authorized(tokens, origin)),
        *_remitted(read, origin),
    )
    # Every table is there, if empty: an earlier try may have left something in it.
    kept = (*(facts(feed) for feed in FILLED.values()), EXACT_DUPLICATES, *SAID,
            *REMITTED.values())  # fmt: skip
    rows = tuple((table, _gathered(table, parts)) for table in kept)
    return Told(
        rows,
        _gathered(QUARANTINE, parts),
        _replies(answers, origin),
        _counted(read_answers.rejections),
    )


def _stated(read: Interchanges, origin: stage.Origin) -> pl.DataFrame:
    """What the file says of claims that we sent."""
    return PAYER_ANSWERS.conform(
        claim_answers.read(read).with_columns(
            file_id=pl.lit(origin.file_id),
            received_at=pl.lit(origin.received_at).dt.convert_time_zone("UTC"),
        )
    )


def _authorized(tokens: pl.DataFrame, origin: stage.Origin) -> pl.DataFrame:
    """What the file says of requests for authorization; a date or number that is none is empty."""
    schema = AUTHORIZATION_ANSWERS.schema
    typed = {
        name: pl.col(name).str.to_date("%Y-%m-%d", strict=False)
        for name in ("starts_on", "ends_on", "decided_on")
    }
    lists = {name: pl.col(name).str.split("|") for name in ("modifiers", "reject_codes")}
    units = pl.col("units").cast(schema["units"], strict=False)
    said = authorization_answers.read(tokens).with_columns(**typed, **lists, units=units)
    return AUTHORIZATION_ANSWERS.conform(
        said.with_columns(
            row_number=pl.col("set_ordinal"),
            file_id=pl.lit(origin.file_id),
            received_at=pl.lit(origin.received_at).dt.convert_time_zone("UTC"),
        )
    )


def _remitted(read: Interchanges, origin: stage.Origin) -> Iterator[tuple[Table, pl.DataFrame]]:
    """What the file says of payments."""
    for name, rows in remittance.read(read).items():
        stamped = rows.with_columns(
            file_id=pl.lit(origin.file_id),
            received_at=pl.lit(origin.received_at).dt.convert_time_zone("UTC"),
        )
        yield REMITTED[name], REMITTED[name].conform(stamped)


def _gathered(table: Table, parts: Parts) -> pl.DataFrame:
    return pl.concat([table.empty(), *(rows for of, rows in parts if of.name == table.name)])


def _answered(answers: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Answers that say something, under the number and month that was asked about if need be."""
    requests = asked.select("trace_number", asked_cin="cin", asked_month="month")
    known = answers.filter(pl.col("outcome").is_in(_ANSWERED)).join(
        requests, on="trace_number", how="left", maintain_order="left"
    )
    return known.with_columns(
        cin=pl.coalesce("cin", "asked_cin"), month=pl.coalesce("month", "asked_month")
    )


def _flagged(coverage: pl.DataFrame, code_sets: CodeSets) -> pl.DataFrame:
    """An 834 has no flag of its own: the code set says which aid codes are overlays."""
    is_listed = listed_as_ji(
        coverage["aid_code"],
        coverage["starts_on"].str.to_date("%Y-%m-%d", strict=False),
        code_sets.table("ji_aid_codes"),
    )
    flag = pl.when(is_listed).then(pl.lit("yes")).otherwise(pl.lit("no"))
    return coverage.with_columns(is_ji_aid_code=flag)


def _taken(
    feed: str, rows: pl.DataFrame, newest: Newest, agency: Agency, origin: stage.Origin
) -> Iterator[tuple[Table, pl.DataFrame]]:
    """Rows of a feed as intake sorts them, each under its segment's place in the file."""
    if rows.is_empty():
        return
    table = FEEDS[feed]
    names = [name for name in table.names if name in rows.columns]
    numbered = rows.with_row_index("at", offset=1)
    raw = numbered.select(pl.col("at").cast(pl.Int64).alias("row_number"), *names)
    settings = agency.feed(feed)
    held = partial(newest, table)
    taken = stage.take(table, raw, _NOT_SPLIT.to_frame(), held, settings, origin)
    places = numbered["segment_ordinal"].cast(pl.Int64)
    for contract, frame in (
        (facts(feed), taken.facts),
        (EXACT_DUPLICATES, taken.duplicates),
        (QUARANTINE, _remedied(taken.quarantine, feed)),
    ):
        yield contract, frame.with_columns(row_number=places.gather(frame["row_number"] - 1))


def _remedied(quarantine: pl.DataFrame, feed: str) -> pl.DataFrame:
    """No mapping and no export of the county's reaches what the payer wrote."""
    ours = pl.lit(f"Send the row in the {feed} feed, or ask the sender for the file again.")
    is_repeated = pl.col("rule") == "key_repeated_in_file"
    return quarantine.with_columns(remedy=pl.when(is_repeated).then("remedy").otherwise(ours))


def _unreadable(
    rows: pl.DataFrame, tokens: pl.DataFrame, origin: stage.Origin
) -> Iterator[tuple[Table, pl.DataFrame]]:
    """Members of an 834 that give no coverage, in quarantine beside their neighbours."""
    if rows.is_empty():
        return
    texts = tokens.select("segment_ordinal", row_text=pl.col("elements").list.join("*"))
    found = rows.join(texts, on="segment_ordinal", how="left")
    yield (
        QUARANTINE,
        QUARANTINE.conform(
            found.with_columns(
                feed=pl.lit("coverage"),
                file_id=pl.lit(origin.file_id),
                received_at=pl.lit(origin.received_at).dt.convert_time_zone("UTC"),
                row_number=pl.col("segment_ordinal").cast(pl.Int64),
                rule=pl.lit("enrollment_member"),
                remedy=pl.lit(
                    "Send the person in the coverage feed, or ask the sender for the 834 again."
                ),
            )
        ),
    )


def _replies(answers: pl.DataFrame, origin: stage.Origin) -> pl.DataFrame:
    """Which answer came to which of our traces."""
    return answers.drop_nulls("trace_number").select(
        "trace_number",
        "outcome",
        "reject_codes",
        file_id=pl.lit(origin.file_id),
        row_number=pl.col("segment_ordinal").cast(pl.Int64),
    )


def _counted(rejections: pl.DataFrame) -> str:
    """`72 of subscriber (2), 42 of source (1)`; what is no code is not repeated."""
    code = pl.col("reject_code")
    is_code = code.str.contains("^[0-9A-Z]{1,3}$").fill_null(False)
    told = rejections.select(
        code=pl.when(is_code).then(code).otherwise(pl.lit("no code")),
        level=pl.col("level").replace("", "nobody"),
    )
    rows = (
        told.group_by("code", "level")
        .len()
        .sort("len", "code", "level", descending=[True, False, False])
    )
    return ", ".join(f"{code} of {level} ({count})" for code, level, count in rows.iter_rows())
