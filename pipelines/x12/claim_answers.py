"""The 277CA (005010X214) and the 277 (005010X212) as statements: one row a status (STC).

Here: under which level, claim and line a status stands, and what it amounts to. Not here: the
request for more information (005010X213) and other 277s, which are passed over; whose claim it is.
"""

from typing import Final

import polars as pl

from contracts.fields import MONEY
from pipelines.x12.claim_sets import REFERENCE
from pipelines.x12.reading import first_of, joined, latest, segments_of
from pipelines.x12.verdicts import CLAIM_ACKNOWLEDGED, CLAIM_STATUS, REJECTED, outcome
from pipelines.x12.wire import component, element

# HL03 and what it stands for; patients are the claim's level, whoever is the subscriber.
LEVELS: Final = {
    "20": "source", "21": "receiver", "19": "provider", "PT": "claim", "22": "claim", "23": "claim",
}  # fmt: skip
_DEPTHS: Final = {"source": 1, "receiver": 2, "provider": 3, "claim": 4}
_BEGINS_CLAIM: Final = ("ST", "HL", "TRN")
_STATUSES: Final = (1, 10, 11)  # elements of STC that hold a status
# NM101 of the provider's level: billing provider of a 277CA, service provider of a 277.
_PROVIDERS: Final = ("85", "1P")


def read(tokens: pl.DataFrame, sets: pl.DataFrame) -> pl.DataFrame:
    """One row an STC of the 277CA and 277 sets among the tokens; `sets` tells their guides
    (`wire.Interchanges.transaction_sets`).
    """
    segments = _placed(_of_guide(segments_of(tokens, "277"), sets))
    rows = segments.filter(segment_id="STC").with_columns(_status())
    whole = joined(rows, [_claims(segments)], "claim")
    named = joined(joined(whole, [_lines(segments)], "line"), [_levels(segments)], "hl")
    return named.with_columns(outcome=_together()).select(
        *("interchange_ordinal", "group_ordinal", "set_ordinal", "segment_ordinal"),
        *("answer", "level", "outcome", "verdict_code", "codes", "stated_on", "trace_number"),
        *("answered_interchange", "answered_set", "payer_claim_number", "provider_npi"),
        *("charge_amount", "paid_amount"),
        patient_control_number=pl.when(pl.col("answer") == "277ca")
        .then(pl.when(pl.col("level").is_in(["claim", "line"])).then("trace_number"))
        .otherwise("account_number"),
        line_control_number=pl.when(pl.col("level") == "line").then("line_control_number"),
        is_childless="is_childless",
    )


def _of_guide(segments: pl.DataFrame, sets: pl.DataFrame) -> pl.DataFrame:
    """Segments of the two guides with `answer`; BHT01 tells where a sender names no guide."""
    structure = segments.filter(segment_id="BHT").select("set_ordinal", structure=element(1))
    known = joined(
        sets.filter(transaction_set="277").select("set_ordinal", "implementation"),
        [structure.unique("set_ordinal", keep="first")],
        "set_ordinal",
    )
    guide, told = pl.col("implementation").fill_null(""), pl.col("structure")
    is_named = guide.str.contains("X2", literal=True)
    answer = (
        pl.when(guide.str.contains("X214", literal=True) | (~is_named & (told == "0085")))
        .then(pl.lit("277ca"))
        .when(guide.str.contains("X212", literal=True) | (~is_named & (told == "0010")))
        .then(pl.lit("277"))
    )
    of_sets = known.select("set_ordinal", answer=answer).drop_nulls()
    told = pl.col("set_ordinal").replace_strict(
        of_sets["set_ordinal"], of_sets["answer"], default=None, return_dtype=pl.String
    )
    return segments.with_columns(answer=told).filter(pl.col("answer").is_not_null())


def _placed(segments: pl.DataFrame) -> pl.DataFrame:
    """With level, and the numbers of the HL, claim and line that each segment stands under."""
    identity = pl.col("segment_id")
    begins_line = identity.is_in([*_BEGINS_CLAIM, "SVC"])
    code = latest(identity.is_in(["ST", "HL"]), pl.when(identity == "HL").then(element(3)))
    of_hl = code.replace_strict(LEVELS, default="source", return_dtype=pl.String)
    return segments.with_columns(
        hl_level=of_hl,
        hl=identity.is_in(["ST", "HL"]).cum_sum(),
        claim=identity.is_in(_BEGINS_CLAIM).cum_sum(),
        line=begins_line.cum_sum(),
        in_line=latest(begins_line, identity) == "SVC",
    ).with_columns(
        level=pl.when(pl.col("in_line") & (pl.col("hl_level") == "claim"))
        .then(pl.lit("line"))
        .otherwise("hl_level")
    )


def _status() -> list[pl.Expr]:
    first = component(1, 1)
    listed = [
        element(n).str.split(by=pl.col("component_separator")).list.join(":") for n in _STATUSES
    ]
    verdicts = pl.concat_list([_outcome(component(n, 1)) for n in _STATUSES])
    rejected = verdicts.list.contains(REJECTED)
    return [
        first.alias("verdict_code"),
        pl.concat_list(listed).list.drop_nulls().alias("codes"),
        pl.when(rejected).then(pl.lit(REJECTED)).otherwise(_outcome(first)).alias("outcome"),
        element(2).str.to_date("%Y%m%d", strict=False).alias("stated_on"),
        element(4).cast(MONEY, strict=False).alias("charge_amount"),
        element(5).cast(MONEY, strict=False).alias("paid_amount"),
    ]


def _outcome(code: pl.Expr) -> pl.Expr:
    acknowledged = outcome(code, CLAIM_ACKNOWLEDGED)
    is_acknowledgement = pl.col("answer") == "277ca"
    return pl.when(is_acknowledgement).then(acknowledged).otherwise(outcome(code, CLAIM_STATUS))


def _together() -> pl.Expr:
    """A claim or level with several statuses is rejected by any of them; a line judges itself."""
    of_claim = pl.struct("claim", "level")
    any_rejected = (pl.col("outcome") == REJECTED).any().over(of_claim)
    counts = any_rejected & (pl.col("level") != "line")
    return pl.when(counts).then(pl.lit(REJECTED)).otherwise("outcome")


def _claims(segments: pl.DataFrame) -> pl.DataFrame:
    """What stands beside the statuses of a claim, or of a level that is none."""
    identity, kind = pl.col("segment_id"), pl.col("qualifier")
    rows = segments.filter(identity.is_in(["TRN", "REF"]), ~pl.col("in_line"))

    def of(segment_id: str, qualifier: str) -> pl.Expr:
        return pl.when((identity == segment_id) & (kind == qualifier)).then(element(2))

    return first_of(
        rows,
        "claim",
        trace_number=pl.when(identity == "TRN").then(element(2)),
        payer_claim_number=of("REF", "1K"),
        account_number=of("REF", "EJ"),
    )


def _lines(segments: pl.DataFrame) -> pl.DataFrame:
    rows = segments.filter(pl.col("in_line"), segment_id="REF", qualifier="FJ")
    return first_of(rows, "line", line_control_number=element(2))


def _levels(segments: pl.DataFrame) -> pl.DataFrame:
    """Of each HL: which set of ours it answers, its provider, whether a level stands below it.

    The set is told by the receiver's trace number, our BHT03: of all levels below it, too.
    """
    identity = pl.col("segment_id")
    headers = segments.filter(identity.is_in(["ST", "HL"])).select(
        "set_ordinal", "hl", depth=pl.col("hl_level").replace_strict(_DEPTHS)
    )
    is_parent = pl.col("depth").shift(-1).over("set_ordinal") > pl.col("depth")
    traced = segments.filter(segment_id="TRN", hl_level="receiver").select(
        "hl", reference=element(2)
    )
    billing = segments.filter(segment_id="NM1", hl_level="provider").filter(
        pl.col("qualifier").is_in(_PROVIDERS), element(8) == "XX"
    )
    found = [traced.unique("hl", keep="first"), first_of(billing, "hl", provider_npi=element(9))]
    # A source begins anew: what the receiver of one answers, the next one's does not.
    receiver = (pl.col("depth") <= _DEPTHS["receiver"]).cum_sum()
    levels = joined(headers.with_columns(receiver=receiver), found, "hl").with_columns(
        pl.col("reference").first().over("receiver")
    )
    return levels.select(
        "hl",
        "provider_npi",
        is_childless=~is_parent.fill_null(False),
        answered_interchange=pl.col("reference").str.extract(REFERENCE, 1).cast(pl.Int64),
        answered_set=pl.col("reference").str.extract(REFERENCE, 2).str.strip_chars_start("0"),
    )
