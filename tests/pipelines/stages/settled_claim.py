"""A claim of two lines that the payer has settled, as it was sent and as it should be."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from claim_county import AS_OF as EVALUATED
from claim_county import agency, assembled, drawn_lines, policy

from pipelines.stages.claims.content import numbered
from pipelines.stages.plan.by_line import concerned, lines_beside
from pipelines.stages.plan.planning import plan
from pipelines.stages.plan.replacements import parts

REMITTED, AS_OF = date(2026, 6, 4), date(2026, 7, 1)
SENT_AT = datetime(2026, 5, 5, 18, tzinfo=UTC)
WAS = """
encounter | day | charge
E1        | 1   | 80.00
E2        | 1   | 60.00
"""
NOW = {
    "same": WAS,
    "changed": WAS.replace("60.00", "66.00"),
    "gone": "encounter | day | charge\nE1 | 1 | 80.00",
    "held": WAS.replace("60.00", "66.00"),
}
SET = {
    "replacement__line_reference": '"claim_number_and_line"',
    "plan__denied_changed": '"replace"',
}
_OF_PEOPLE = ("by_edition", "is_released", "denied", "waiting")
EMPTY = pl.Series([], dtype=pl.String)


class Standing:
    """One claim of two lines as it was sent, and as it should be: by its kind or as drawn."""

    def __init__(
        self, kind: str, state: str, on: date = EVALUATED, was: str = WAS, **sent: Any
    ) -> None:
        made, was_lines = assembled(drawn_lines(was))
        self.claim_id = made["claim_id"].item()
        key = ["source_system", "encounter_id", "line_number"]
        bound = was_lines.select(*key, "claim_id", "line_ordinal").unique(key, keep="first")
        self.claims, self.lines = assembled(drawn_lines(NOW.get(kind, kind)), bound=bound, as_of=on)
        if kind == "held":
            reasons = pl.lit(pl.Series([["address_missing"]], dtype=pl.List(pl.String)))
            self.claims = self.claims.with_columns(reasons=reasons)
        if kind == "claim_gone":
            self.claims, self.lines = self.claims.clear(), self.lines.clear()
        named = made.with_columns(patient_control_number=pl.lit("PCN1"), frequency_code=pl.lit("1"))
        self.contents = pl.DataFrame(
            {"patient_control_number": ["PCN1"], "content": numbered(named)}
        )
        self.submitted = was_lines.select(
            pl.lit("PCN1").alias("patient_control_number"), "line_ordinal", "source_system",
            "encounter_id", "line_number",
        )  # fmt: skip
        self.submissions = pl.DataFrame([self.row(made, state=state, **sent)]).cast(
            {"remitted_on": pl.Date, "asked_on": pl.Date, "payer_claim_number": pl.String}
        )

    def row(self, made: Any, **changes: Any) -> dict[str, Any]:
        return {
            "claim_id": self.claim_id, "submission_number": 1, "patient_control_number": "PCN1",
            "frequency_code": "1", "state": "paid", "is_not_found": False, "dispute": "none",
            "payer_claim_number": "ICN7", "remitted_on": REMITTED, "claim_form": "professional",
            "content_hash": made["content_hash"].item(), "row_hash": made["claim_row_hash"].item(),
            "charge_amount": made["charge_amount"].item(), "sent_at": SENT_AT, "asked_on": None,
            "route": "medi_cal",
            **changes,
        }  # fmt: skip

    def parts(
        self, as_of: date = AS_OF, *, by_edition: bool = False, is_released: bool = False,
        denied: Any = None, waiting: Any = None, **changes: Any,
    ) -> Any:  # fmt: skip
        ids = concerned(self.claims, self.submissions, denied)
        if self.claim_id not in ids:
            return None
        beside = lines_beside(
            self.claims, self.lines, self.submissions, self.contents, self.submitted
        )
        mine = pl.Series([self.claim_id])
        only, free = (mine if holds else EMPTY for holds in (by_edition, is_released))
        reasons = self.claims.select("claim_id", "reasons")
        rules = policy(**(SET | changes))
        return parts(beside, reasons, rules, as_of, only, denied, free, waiting)

    def plan(self, as_of: date = AS_OF, decided: Any = None, **changes: Any) -> Any:
        made = self.parts(as_of, **changes)
        values = {k: v for k, v in changes.items() if k not in _OF_PEOPLE}
        rules = policy(**(SET | values))
        batched = self.submissions.clear()
        return plan(
            self.claims, self.submissions, batched, rules, as_of, agency(), decided, None, made
        )
