"""Code rules: external code sets on the day, and documents that a delay reason wants (levels 5, 7).

They need tables beside the content, so that they are asked of a batch, not of each claim as it is
made: there the edits judge codes, and policy or a person may have let one pass. What is found here
is therefore told and refuses nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from codesets.lookup import lookup
from pipelines.stages.claims.rule import CODES, COMPANION
from pipelines.x12.claim_forms import PROFESSIONAL, ClaimForm
from pipelines.x12.content import MAX_ADJUSTMENTS

CODE_SETS: Final = (
    "icd10cm", "hcpcs_modifiers", "place_of_service", "us_states", "carc",
    "claim_adjustment_group", "delay_reasons",
)  # fmt: skip
"""What the rules read: load each with `CodeSets.table`."""


@dataclass(frozen=True)
class CodeRule:
    """A rule with its words, as `rule.Rule` has them."""

    id: str
    level: int
    place: str
    message: str
    remedy: str


_DIAGNOSIS = CodeRule(
    "diagnosis_not_in_force", CODES, "HI",
    "a diagnosis code is unknown, a header, or not in force on the day",
    "Correct the code in the encounter; load the newest icd10cm if it is right.",
)  # fmt: skip
_MODIFIER = CodeRule(
    "modifier_not_in_force", CODES, "SV101-3", "a modifier is not in force on the day",
    "Correct the modifier; load the newest hcpcs_modifiers if it is right.",
)  # fmt: skip
_PLACE = CodeRule(
    "place_not_in_force", CODES, "CLM05-1", "the place of service is none of CMS's",
    "Correct place_of_service in the encounter.",
)  # fmt: skip
_STATE = CodeRule(
    "state_unknown", CODES, "N402", "an address names no state", "Correct the state of the address."
)
_REASON = CodeRule(
    "adjustment_reason_not_in_force", CODES, "CAS02",
    "another payer's adjustment reason is unknown or not in force on its day",
    "Correct adjustments in the other_payer_payments feed.",
)  # fmt: skip
_GROUP = CodeRule(
    "adjustment_group_unknown", CODES, "CAS01", "another payer's adjustment group is unknown",
    "Correct adjustments in the other_payer_payments feed.",
)  # fmt: skip
_DELAY = CodeRule(
    "delay_reason_not_accepted", COMPANION, "CLM20", "the payer does not accept the delay reason",
    "Set a delay reason that it accepts.",
)  # fmt: skip
_DOCUMENT = CodeRule(
    "delay_document_missing", COMPANION, "PWK",
    "the delay reason is accepted with a document only, and the claim names none",
    "Send or set the document, or a delay reason that needs none.",
)  # fmt: skip


def code_findings(
    content: pl.DataFrame, form: ClaimForm, codes: Mapping[str, pl.DataFrame]
) -> Iterator[tuple[CodeRule, pl.Series]]:
    """Each rule with the claim ids that break it; nothing is told where a set is empty or no
    edition reaches the day.
    """
    lines = _members(content, "lines")
    payments = _members(lines, "other_payments").with_columns(on=_day("adjudicated_on"))
    told = _members(payments, "adjustments")
    yield _DIAGNOSIS, _unfit(_diagnoses(content, lines), codes["icd10cm"], "billable")
    yield _MODIFIER, _unfit(_listed(lines, "modifiers"), codes["hcpcs_modifiers"])
    if form is PROFESSIONAL:
        yield _PLACE, _unfit(_dated(content, lines, "place_of_service"), codes["place_of_service"])
    yield _STATE, _unlisted(_states(content), codes["us_states"])
    yield _REASON, _unfit(_reasons(told), codes["carc"])
    groups = told.select("claim_id", code="group_code")
    yield _GROUP, _unlisted(groups, codes["claim_adjustment_group"])
    yield from _delays(content, codes["delay_reasons"])


def _delays(content: pl.DataFrame, reasons: pl.DataFrame) -> Iterator[tuple[CodeRule, pl.Series]]:
    given = content.select("claim_id", "attachments", code="delay_reason_code")
    given = given.filter(pl.col("code").is_not_null())
    accepted = reasons.filter(is_accepted="yes").unique("code")
    yield _DELAY, _unlisted(given.select("claim_id", "code"), accepted)
    wanting = accepted.filter(attachment_needed="yes")["code"]
    bare = given.filter(
        pl.col("code").is_in(wanting.implode()), pl.col("attachments").list.len().fill_null(0) == 0
    )
    yield _DOCUMENT, bare["claim_id"]


def _members(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    carried = ["claim_id", *(name for name in ("on",) if name in rows.columns)]
    return rows.select(*carried, column).explode(column).drop_nulls(column).unnest(column)


def _day(name: str) -> pl.Expr:
    return pl.col(name).str.to_date("%Y%m%d", strict=False)


def _first_days(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.group_by("claim_id").agg(on=_day("service_from").min())


def _dated(content: pl.DataFrame, lines: pl.DataFrame, name: str) -> pl.DataFrame:
    return content.select("claim_id", code=name).join(_first_days(lines), on="claim_id")


def _diagnoses(content: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Codes of the claim; of an institutional claim on the last day of its statement."""
    days = _first_days(lines).rename({"on": "first_on"})
    codes = content.select("claim_id", "statement_to", code="diagnosis_codes").explode("code")
    named = codes.filter(pl.col("code").is_not_null()).join(days, on="claim_id")
    return named.select("claim_id", "code", on=pl.coalesce(_day("statement_to"), "first_on"))


def _listed(lines: pl.DataFrame, name: str) -> pl.DataFrame:
    codes = lines.select("claim_id", code=name, on=_day("service_from")).explode("code")
    return codes.filter(pl.col("code").is_not_null())


def _reasons(adjustments: pl.DataFrame) -> pl.DataFrame:
    codes = [f"reason_code_{n}" for n in range(1, MAX_ADJUSTMENTS + 1)]
    some = adjustments.unpivot(codes, index=["claim_id", "on"], value_name="code")
    return some.filter(pl.col("code").is_not_null()).select("claim_id", "code", "on")


def _states(content: pl.DataFrame) -> pl.DataFrame:
    names = [name for name in content.columns if name.endswith("_state")]
    some = content.unpivot(names, index="claim_id", value_name="code")
    return some.filter(pl.col("code").is_not_null()).select("claim_id", "code")


def _unfit(asked: pl.DataFrame, known: pl.DataFrame, attribute: str = "") -> pl.Series:
    """Claims with a code that is not in force on its day, or whose attribute is false."""
    attributes = [attribute] if attribute else []
    verdicts = lookup(known, asked.select("code", "on").unique(), attributes)
    unfit = ~pl.col("is_in_force")
    if attribute:
        unfit = unfit | ~pl.col(attribute)
    bad = verdicts.filter(unfit.fill_null(False))
    return asked.join(bad, on=["code", "on"], how="semi")["claim_id"]


def _unlisted(asked: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    if known.is_empty():
        return asked["claim_id"].clear()
    return asked.filter(~pl.col("code").is_in(known["code"].unique().implode()))["claim_id"]
