"""Attachments: the documents that support a claim, from the feed and from what people set.

Documents of a claim are joined by their control number: of the same number, what a person set goes
before what the feed says. Nobody's document is lost for another one being set.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from contracts.decisions import ATTACHMENT_PARTS, ATTACHMENT_SEPARATOR
from pipelines.x12.charset import clean_text
from pipelines.x12.content import ATTACHMENT, CONTENT, thaw

_NUMBER: Final = "attachment_control_number"
STATUSES: Final = ("to_send", "waiting", "sent", "claimless")
_HAS_SOME: Final = '"attachments":[{'


def documents(
    heads: pl.DataFrame, lines: pl.DataFrame, attachments: pl.DataFrame | None
) -> pl.DataFrame:
    """`claim_id` and `attachments` as content has them, of the claims that have any.

    `heads` has `attachment`, what people set as `report type|transmission|number`; `lines` the
    encounters of each claim; a row of the feed names an encounter or a claim.
    """
    every = pl.concat([_set(heads), *([] if attachments is None else _fed(lines, attachments))])
    once = every.unique(["claim_id", _NUMBER], keep="first", maintain_order=True)
    one = pl.struct(pl.col(name).cast(dtype) for name, dtype in ATTACHMENT.items())
    return once.group_by("claim_id", maintain_order=True).agg(attachments=one)


def _set(heads: pl.DataFrame) -> pl.DataFrame:
    texts = heads.select("claim_id", "attachment").explode("attachment").drop_nulls()
    parts = pl.col("attachment").str.split_exact(ATTACHMENT_SEPARATOR, len(ATTACHMENT_PARTS) - 1)
    named = texts.select("claim_id", parts.struct.rename_fields(list(ATTACHMENT_PARTS)))
    return named.unnest("attachment").select("claim_id", *ATTACHMENT)


def _fed(lines: pl.DataFrame, attachments: pl.DataFrame) -> Iterator[pl.DataFrame]:
    known = attachments.sort(_NUMBER).select(
        "encounter_id", "claim_id", pl.col("report_type").alias("report_type_code"),
        pl.col("transmission_code"), clean_text(pl.col(_NUMBER)),
    )  # fmt: skip
    yield known.filter(pl.col("claim_id").is_not_null()).select("claim_id", *ATTACHMENT)
    claims = lines.select("claim_id", "encounter_id").unique()
    of_lines = known.filter(pl.col("claim_id").is_null()).drop("claim_id")
    named = of_lines.join(claims, on="encounter_id", maintain_order="left")
    yield named.select("claim_id", *ATTACHMENT)


def tracked(
    claims: pl.DataFrame, attachments: pl.DataFrame, submissions: pl.DataFrame
) -> pl.DataFrame:
    """The tracking list: each document with its claim, and whether it still is to be sent.

    `claims`: the table; `submissions`: the ledger's, with sent_at. `status`: `sent`, the feed says
    when; `to_send`, its claim has gone out and the document has not; `waiting` for its claim to go;
    `claimless`, no claim speaks of it.
    """
    fed = attachments.select(
        clean_text(pl.col(_NUMBER)), "sent_on", "report_type", fed_way="transmission_code",
        is_fed=pl.lit(True),
    )  # fmt: skip
    joined = (
        _named(claims)
        .join(fed, on=_NUMBER, how="full", coalesce=True)
        .join(_newest(submissions), on="claim_id", how="left")
    )
    return joined.select(
        _NUMBER,
        status=_status(),
        report_type_code=pl.coalesce("report_type_code", "report_type"),
        transmission_code=pl.coalesce("transmission_code", "fed_way"),
        source=pl.when("is_fed").then(pl.lit("feed")).otherwise(pl.lit("decision")),
        claim_id="claim_id",
        patient_control_number="patient_control_number",
        state="state",
        sent_on="sent_on",
    ).sort("status", _NUMBER, "claim_id", descending=[True, False, False])


def _status() -> pl.Expr:
    return (
        pl.when(pl.col("sent_on").is_not_null())
        .then(pl.lit("sent"))
        .when(pl.col("claim_id").is_null())
        .then(pl.lit("claimless"))
        .when(pl.col("sent_at").is_not_null())
        .then(pl.lit("to_send"))
        .otherwise(pl.lit("waiting"))
    )


def _newest(submissions: pl.DataFrame) -> pl.DataFrame:
    return (
        submissions.filter(pl.col("state") != "withdrawn")
        .sort("submission_number")
        .group_by("claim_id")
        .agg(pl.col("patient_control_number", "state", "sent_at").last())
    )


def _named(claims: pl.DataFrame) -> pl.DataFrame:
    """`claim_id` and each document that the claim's content names."""
    some = claims.filter(pl.col("content").str.contains(_HAS_SOME, literal=True))
    content = thaw(some["content"]) if some.height else pl.DataFrame(schema=CONTENT)
    told = content.select("claim_id", "attachments").explode("attachments")
    return told.unnest("attachments")
