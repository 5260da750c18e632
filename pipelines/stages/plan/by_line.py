"""By line: claims the payer has settled, line by line: as they should be beside as they stand.

A claim of one line is made of each, so that the content hash tells whether that line, or what the
claim says of all lines, has changed. Of a line split for its units each part is one, the n-th as it
should be beside the n-th as it stands. What follows from that is in `replacements`.
"""

from typing import Final

import polars as pl

from contracts.fields import MONEY
from pipelines.stages.claims.identity import content_hashes
from pipelines.stages.claims.lines import LINE_KEY
from pipelines.stages.plan.cells import PAID, SETTLED
from pipelines.x12.content import freeze, thaw

VOID: Final = "8"
KEY: Final = ["claim_id", *LINE_KEY]
_PART: Final = [*KEY, "nth"]
NUMBER: Final = "patient_control_number"
_NOT_THERE: Final = ("withdrawn", "rejected")
_OF_SUBMISSION: Final = (
    "claim_id", "submission_number", NUMBER, "frequency_code", "state",
    "is_not_found", "payer_claim_number", "remitted_on", "dispute",
)  # fmt: skip


def concerned(
    claims: pl.DataFrame, submissions: pl.DataFrame, denied: pl.DataFrame | None = None
) -> pl.Series:
    """Ids of claims to be looked at line by line: of which one line was replaced or voided before,
    and settled ones that have changed, are gone, or were taken back, and those of which a person
    decided about a denied line (`denied`: patient_control_number, line_ordinal, action).
    """
    live = submissions.filter(pl.col("state") != "withdrawn")
    single = live.filter(pl.col("frequency_code") != "1")["claim_id"]
    newest = live.sort("submission_number").unique("claim_id", keep="last")
    settled = newest.filter(pl.col("state").is_in(SETTLED)).join(
        claims.select("claim_id", desired_hash="content_hash"), on="claim_id", how="left"
    )
    stands = pl.col("state").is_in([*PAID, "denied"])
    is_same = pl.col("content_hash").eq_missing(pl.col("desired_hash"))
    denied_and_gone = (pl.col("state") == "denied") & pl.col("desired_hash").is_null()
    turned = settled.filter(~(stands & is_same) & ~denied_and_gone)["claim_id"]
    named = [] if denied is None else [live.join(denied, on=NUMBER, how="semi")["claim_id"]]
    return pl.concat([single, turned, *named]).unique().sort()


def lines_beside(
    claims: pl.DataFrame,
    claim_lines: pl.DataFrame,
    submissions: pl.DataFrame,
    contents: pl.DataFrame,
    submitted_lines: pl.DataFrame,
) -> pl.DataFrame:
    """One row a line of the claims (`KEY`, and `nth` from 0 of a line in several parts): desired,
    and of the submission in which it stands.

    `claims` (claim_id, content) and `submissions` of concerned claims; `contents`:
    patient_control_number and frozen content; `submitted_lines`: patient_control_number,
    line_ordinal, key. Columns: content, content_hash, charge_amount and expected_amount as desired;
    the first three with `_sent`, ordinal_sent and what the submission has; rejected_hash of a newer
    one that was turned back, was_lost; is_split where the line is, or stands, in several parts.
    """
    desired = _with_key(
        _lined(claims, "claim_id"),
        claim_lines.select("claim_id", "line_ordinal", *LINE_KEY, "expected_amount"),
        "claim_id",
    )  # fmt: skip
    number = "patient_control_number"
    keyed = submitted_lines.select(number, "line_ordinal", *LINE_KEY)
    frozen = _with_key(_lined(contents, number), keyed, number).join(
        submissions.select(_OF_SUBMISSION), on=number
    )
    is_there = ~pl.col("state").is_in(_NOT_THERE) & ~pl.col("is_not_found")
    standing = _newest(frozen.filter(is_there)).rename(
        {name: f"{name}_sent" for name in ("content", "content_hash", "charge_amount")}
        | {"line_ordinal": "ordinal_sent"}
    )
    whole = desired.join(standing, on=_PART, how="full", coalesce=True, nulls_equal=True)
    of_line = pl.col("state").drop_nulls().first().over(KEY)
    return whole.join(_turned_back(frozen), on=_PART, how="left").with_columns(
        pl.col("was_lost").fill_null(value=False),
        state=pl.coalesce("state", of_line),  # of a part that there was not
        is_split=(pl.col("nth") > 0).any().over(KEY),
    )


def _lined(frozen: pl.DataFrame, name: str) -> pl.DataFrame:
    """`name`, line_ordinal, content, content_hash and charge_amount of each line, as if alone."""
    whole = thaw(frozen["content"])
    line = whole.with_columns(of=frozen[name]).explode("lines")
    alone = line.with_columns(
        claim_charge_amount=pl.col("lines").struct.field("charge_amount"),
        lines=pl.concat_list(
            pl.col("lines").struct.with_fields(
                line_ordinal=pl.lit("1"), line_control_number=pl.lit(None, pl.String)
            )
        ),
    )
    content = alone.select(whole.columns)
    return pl.DataFrame(
        {
            name: line["of"],
            "line_ordinal": line["lines"].struct.field("line_ordinal").cast(pl.Int64),
            "content": freeze(content),
            "content_hash": content_hashes(content),
            "charge_amount": alone["claim_charge_amount"].cast(MONEY),
        }
    )


def _with_key(lines: pl.DataFrame, keys: pl.DataFrame, name: str) -> pl.DataFrame:
    known = lines.join(keys, on=[name, "line_ordinal"], how="inner").sort(name, "line_ordinal")
    return known.with_columns(nth=pl.int_range(pl.len()).over(name, *LINE_KEY))


def _newest(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.sort("submission_number").unique(_PART, keep="last", maintain_order=True)


def _turned_back(frozen: pl.DataFrame) -> pl.DataFrame:
    """`_PART`, rejected_hash and was_lost of lines whose newest submission never arrived."""
    newest = _newest(frozen.filter(pl.col("state") != "withdrawn"))
    is_void = pl.col("frequency_code") == VOID
    told = pl.when(is_void).then(pl.lit(VOID)).otherwise("content_hash")
    rejected = pl.col("state") == "rejected"
    return newest.filter(rejected | pl.col("is_not_found")).select(
        *_PART, rejected_hash=pl.when(rejected).then(told), was_lost="is_not_found"
    )
