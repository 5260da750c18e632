"""Replacements: what is done about each line of a settled claim, in the plan's own words.

Medi-Cal replaces by line: each changed line is a submission of its own, a removed one is voided.
What a line is and how it stands is in `by_line`.
"""

from datetime import date
from typing import Final

import polars as pl

from contracts.decisions import EDITION_CHANGED, SPLIT_LINE, UNCHARGED_LINE
from contracts.fields import MONEY
from contracts.policy import Policy
from pipelines.stages.acknowledgements.states import ACCEPTED, UNANSWERED
from pipelines.stages.claims.lines import LINE_KEY
from pipelines.stages.plan.by_line import NUMBER, VOID
from pipelines.stages.plan.cells import PAID, SENDS, slugs
from pipelines.x12.content import freeze, thaw

REPLACEMENT: Final = "7"
CLAIM_ONLY: Final = "claim_number"  # of policy replacement.line_reference; else with the line
_ABSENT: Final = pl.lit(None, pl.String)
_NOTHING: Final = pl.lit(0, MONEY)  # what a line brings that is voided
_ROW: Final = (
    "claim_id", "part", "action", "reasons", "frequency_code", "replaces", "content",
    "content_hash", "charge_amount", "expected_amount", "deadline_on", *LINE_KEY,
)  # fmt: skip


def parts(
    lines: pl.DataFrame,
    reasons: pl.DataFrame,
    policy: Policy,
    as_of: date,
    by_edition: pl.Series,
    denied: pl.DataFrame | None = None,
    released: pl.Series | None = None,
    waiting: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """`_ROW`: of each claim one row for each submission to make, one for what is held, else one
    that says `nothing`.

    `lines`: `by_line.lines_beside`. `reasons`: claim_id and the reasons that hold the claim as it
    should be. `by_edition`: claims that differ for another edition of code sets or policy alone,
    and that no person has released. `denied`: what people decided about denied lines, as
    `by_line.concerned` has it. `released`: claims that a person released as they are. `waiting`:
    `LINE_KEY` and `waits_for` of lines that are held, not gone: those are not voided.
    """
    told = _with_decided(lines, denied).join(reasons, on="claim_id", how="left")
    by_hand = pl.Series([], dtype=pl.String) if released is None else released
    is_done = pl.col("claim_id").is_in(by_hand.implode())
    held_lines = lines.select(*LINE_KEY, waits_for=_ABSENT).clear() if waiting is None else waiting
    known = told.with_columns(is_released=is_done).join(
        held_lines, on=LINE_KEY, how="left", maintain_order="left"
    )
    judged = _judged(known, policy, as_of, by_edition)
    is_sent = pl.col("action").is_in(SENDS)
    held = _together(judged.filter(action="hold"))
    rest = judged.filter(action="nothing").join(
        judged.filter(pl.col("action") != "nothing"), on="claim_id", how="anti"
    )
    rows = [_submissions(judged.filter(is_sent), policy, as_of), held, _together(rest)]
    whole = pl.concat(rows, how="diagonal").sort("claim_id", *LINE_KEY, nulls_last=True)
    return whole.with_columns(
        part=(pl.int_range(pl.len()) + 1).over("claim_id").cast(pl.Int64)
    ).select(_ROW)


def _with_decided(lines: pl.DataFrame, denied: pl.DataFrame | None) -> pl.DataFrame:
    """Lines with `line_decided`: what a person decided about the denial of each."""
    schema = {NUMBER: pl.String, "line_ordinal": pl.Int64, "action": pl.String}
    known = pl.DataFrame(schema=schema) if denied is None else denied
    named = known.select(NUMBER, ordinal_sent="line_ordinal", line_decided="action")
    return lines.join(named, on=[NUMBER, "ordinal_sent"], how="left", maintain_order="left")


def _judged(
    lines: pl.DataFrame, policy: Policy, as_of: date, by_edition: pl.Series
) -> pl.DataFrame:
    months = policy.entry("replacement.months", as_of).value
    reference = policy.entry("replacement.line_reference", as_of).value
    limit = pl.col("remitted_on").dt.offset_by(f"{months or 0}mo")
    noted = lines.with_columns(
        limit_on=limit,
        guards=pl.concat_list(
            _when(pl.col("dispute").fill_null("none") != "none", "dispute_open"),
            _when(pl.lit(reference is None), "line_reference_unset"),
            _when(pl.col("payer_claim_number").is_null(), "payer_number_missing"),
            _when((limit < as_of).fill_null(True) | (months is None), "replacement_limit"),
            _when(pl.col("claim_id").is_in(by_edition.implode()), EDITION_CHANGED),
        ),
        reasons=pl.col("reasons").fill_null([]),
    )
    denied = policy.entry("plan.denied_changed", as_of).value
    told = noted.with_columns(action=_first(0, denied), reasons=_first(1, denied))
    return told.with_columns(_kept_where_uncharged())


def _kept_where_uncharged() -> list[pl.Expr]:
    """A line that charges nothing rides with others: alone it is no claim (`amount_out_of_range`),
    and one such would keep a whole batch from being written. A person does it by hand.
    """
    charge = (
        pl.when(pl.col("action") == "void").then("charge_amount_sent").otherwise("charge_amount")
    )
    alone = (pl.col("action").is_in(SENDS) & (charge == 0)).fill_null(False)
    done = pl.col("is_released")
    action = pl.when(alone & done).then(pl.lit("nothing")).when(alone).then(pl.lit("hold"))
    reasons = (
        pl.when(alone & done).then(slugs("done_by_hand")).when(alone).then(slugs(UNCHARGED_LINE))
    )
    return [
        action.otherwise("action").alias("action"),
        reasons.otherwise("reasons").alias("reasons"),
    ]


def _cells(denied: str | None) -> list[tuple[pl.Expr, str | pl.Expr, pl.Expr]]:
    """Of a line, the first that fits: condition, action, reasons."""
    state, desired = pl.col("state"), pl.col("content_hash").is_not_null()
    is_void = (pl.col("frequency_code") == VOID).fill_null(False)
    same = (
        pl.when(is_void)
        .then(~desired)
        .otherwise(pl.col("content_hash").eq_missing(pl.col("content_hash_sent")).fill_null(False))
    )
    stands = state.is_not_null()
    wanted = pl.when(desired).then("content_hash").otherwise(pl.lit(VOID))
    refused_so = (pl.col("rejected_hash") == wanted).fill_null(False)
    settled = state.is_in([*PAID, "replaced"])
    is_denied = state == "denied"
    held, guarded = pl.col("reasons").list.len() > 0, pl.col("guards").list.len() > 0
    either = pl.concat_list("guards", "reasons")
    again = pl.col("rejected_hash").is_not_null() | pl.col("was_lost")
    send = pl.when(again & ~stands).then(pl.lit("resubmit")).otherwise(pl.lit("new"))
    edition = pl.col("guards").list.contains(EDITION_CHANGED)
    disputed = pl.col("guards").list.contains("dispute_open")
    still = pl.concat_list(_when(disputed, "dispute_open"), slugs("denied"))
    resent = (pl.col("line_decided") == "resubmit").fill_null(False) & desired & ~disputed
    split = pl.col("is_split") & stands & (~same | resent)
    return [
        (state.is_in(UNANSWERED) & same, "nothing", slugs("awaiting_answer")),
        (state.is_in(UNANSWERED), "hold", slugs("awaiting_answer")),
        (state.is_in(ACCEPTED) & same, "nothing", slugs()),
        (state.is_in(ACCEPTED), "hold", slugs("awaiting_remittance")),
        (split & pl.col("is_released"), "nothing", slugs("done_by_hand")),
        (split, "hold", slugs(SPLIT_LINE)),
        (settled & same, "nothing", slugs()),
        (refused_so, "hold", slugs("rejected_unchanged")),
        (settled & desired & (guarded | held), "hold", either),
        (settled & desired, "replace", slugs()),
        (settled & pl.col("waits_for").is_not_null(), "hold", pl.concat_list("waits_for")),
        (settled & guarded, "hold", pl.col("guards")),
        (settled, "void", slugs()),
        (is_denied & is_void, "hold", slugs("void_denied")),
        (is_denied & (pl.col("line_decided") == "write_off"), "nothing", slugs("line_written_off")),
        (is_denied & resent & held, "hold", pl.col("reasons")),
        (is_denied & resent, "resubmit", slugs("sent_again")),
        (is_denied & same, "hold", still),
        (is_denied & ~desired, "nothing", slugs("claim_gone")),
        (is_denied & disputed, "hold", slugs("dispute_open")),
        (is_denied & edition, "hold", slugs(EDITION_CHANGED)),
        (is_denied & held, "hold", pl.col("reasons")),
        (is_denied & (pl.lit(denied == "replace")) & guarded, "hold", pl.col("guards")),
        (is_denied & (pl.lit(denied == "replace")), "replace", slugs()),
        (is_denied & (pl.lit(denied == "resubmit")), "resubmit", slugs("denied_changed")),
        (is_denied, "hold", slugs("denied_changed")),
        ((state == "reversed") & desired, "hold", slugs("payment_reversed")),
        (~desired, "nothing", slugs("claim_gone")),
        (held, "hold", pl.col("reasons")),
        (pl.lit(True), send, slugs()),
    ]


def _first(part: int, denied: str | None) -> pl.Expr:
    *cells, last = [
        (fits, (pl.lit(action) if isinstance(action, str) else action, why)[part])
        for fits, action, why in _cells(denied)
    ]
    chosen = last[1]
    for fits, value in reversed(cells):
        chosen = pl.when(fits.fill_null(False)).then(value).otherwise(chosen)
    return chosen


def _when(holds: pl.Expr, slug: str) -> pl.Expr:
    return pl.when(holds.fill_null(False)).then(slugs(slug)).otherwise(slugs())


def _submissions(lines: pl.DataFrame, policy: Policy, as_of: date) -> pl.DataFrame:
    """One submission a line: what it holds, and which one it follows."""
    reference = policy.entry("replacement.line_reference", as_of).value
    follows = pl.col("action").is_in(["replace", "void"])
    voids = pl.col("action") == "void"
    number = pl.col("payer_claim_number")
    if reference != CLAIM_ONLY:
        number += pl.col("ordinal_sent").cast(pl.String).str.zfill(2)
    of_void = {
        name: pl.when(voids).then(f"{name}_sent").otherwise(name)
        for name in ("content", "content_hash", "charge_amount")
    }
    rows = lines.with_columns(
        **of_void,
        expected_amount=pl.when(voids).then(_NOTHING).otherwise("expected_amount"),
        frequency_code=pl.col("action").replace_strict(
            {"replace": REPLACEMENT, "void": VOID}, default="1", return_dtype=pl.String
        ),
        replaces=pl.when(follows).then("patient_control_number"),
        deadline_on=pl.when(follows).then("limit_on"),
        told_number=pl.when(follows).then(number),
    )
    if rows.is_empty():
        return rows
    content = thaw(rows["content"]).with_columns(payer_claim_control_number=rows["told_number"])
    return rows.with_columns(content=freeze(content.select(thaw(rows["content"]).columns)))


def _together(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines for which nothing goes out, one row a claim with all their reasons and amounts."""
    expected = pl.col("expected_amount")
    return lines.group_by("claim_id", "action", maintain_order=True).agg(
        charge_amount=pl.coalesce("charge_amount", "charge_amount_sent").sum(),
        expected_amount=pl.when(expected.is_not_null().all()).then(expected.sum()),
        reasons=pl.col("reasons").explode().drop_nulls().unique(maintain_order=True),
        deadline_on=pl.col("limit_on").min(),
    )
