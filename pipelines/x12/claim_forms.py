"""Claim forms: the two guides a claim may follow, with what each requires and how much it takes.

Here: which form has which loops, columns and limits. Not here: how a loop is written, or policy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import polars as pl

from pipelines.x12 import institutional, professional
from pipelines.x12.envelope import Guide


@dataclass(frozen=True, slots=True)
class ClaimForm:
    """A form by its `name`, as facilities and batches have it; `label` names files of it.

    `required_columns` and `required_line_columns` are beside those of `content`, which both need.
    """

    name: str
    label: str
    guide: Guide
    loops: Callable[[], pl.Expr]
    max_lines: int
    max_diagnoses: int
    required_columns: tuple[str, ...]
    required_line_columns: tuple[str, ...]
    has_pointers: bool
    has_clia: bool


PROFESSIONAL: Final = ClaimForm(
    name="professional",
    label="837P",
    guide=Guide("837", "HC", "005010X222A1"),
    loops=professional.claim_loop,
    max_lines=50,  # TR3 005010X222A1, loop 2400
    max_diagnoses=12,  # TR3, HI segment
    required_columns=("place_of_service",),
    required_line_columns=(),
    has_pointers=True,
    has_clia=True,
)
INSTITUTIONAL: Final = ClaimForm(
    name="institutional",
    label="837I",
    guide=Guide("837", "HC", "005010X223A2"),
    loops=institutional.claim_loop,
    max_lines=999,  # TR3 005010X223A2, loop 2400
    max_diagnoses=25,  # TR3: the principal one and two HI segments of 12
    required_columns=(
        *("facility_code", "statement_from", "statement_to", "admission_type", "patient_status"),
        *("attending_npi", "attending_entity_code", "attending_last_name_or_organization"),
    ),
    required_line_columns=("revenue_code",),
    has_pointers=False,
    has_clia=False,
)
FORMS: Final = MappingProxyType({form.name: form for form in (PROFESSIONAL, INSTITUTIONAL)})
