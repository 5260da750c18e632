"""The Edit: one rule, one named expression over the wide context, and the words that go with it.

The rules themselves stand in the module of their category.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

Category = Literal[
    "incorrect_codes",
    "documentation_incomplete",
    "ineligible_person",
    "not_authorized",
    "timely_filing",
    "duplicate",
    "payer_setup",
    "decision",
]
Severity = Literal["reject", "hold", "warn"]
Owner = Literal[
    "biller",
    "clinician",
    "eligibility_worker",
    "care_manager",
    "pharmacy",
    "provider_enrollment",
    "finance",
    "data_steward",
]


@dataclass(frozen=True, eq=False)
class Edit:
    """A rule over `context.service_context`, one row a service line, or `stay_context`, a stay.

    `fires` is true where the line is faulty; null counts as not fired. `judged` is true where the
    code set or policy value that the rule needs is set; other rows count as not evaluated and never
    fire. A rule without `judged` needs none. `valid_from` and `valid_to`, both days included, are
    the service dates for which the rule is in force. `due`, of an edit of stays: the day by which
    it should have been done; an edit of lines has the filing limit. `origin`: the columns that name
    the row at fault. `is_federal`: it guards a federal rule, and policy lowers it only where that
    is verified (`in_force`). `note`: the context's column whose text ends the message.
    """

    id: str
    category: Category
    severity: Severity
    owner: Owner
    message: str
    remedy: str
    source: str
    fires: pl.Expr
    judged: pl.Expr | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    due: pl.Expr | None = None
    origin: tuple[str, str] = ("file_id", "row_number")
    is_federal: bool = False
    note: str | None = None

    @property
    def judges_all(self) -> bool:
        """Whether it looks at every line: it needs nothing and is in force on every day."""
        return self.judged is None and self.valid_from is None and self.valid_to is None

    @property
    def in_force(self) -> pl.Expr:
        """Whether the rule holds on the line's service date."""
        if self.valid_from is None and self.valid_to is None:
            return pl.lit(True)
        starts, ends = self.valid_from or date.min, self.valid_to or date.max
        return pl.col("service_date").is_between(starts, ends)

    @property
    def can_judge(self) -> pl.Expr:
        """Whether what the rule needs is set for the line."""
        return pl.lit(True) if self.judged is None else self.judged.fill_null(False)

    @property
    def found(self) -> pl.Expr:
        """Whether the line gets a finding."""
        fires = self.fires.fill_null(False)
        return fires if self.judges_all else self.in_force & self.can_judge & fires
