"""The catalogue: every edit by its id, in the order of the categories."""

from difflib import get_close_matches

from pipelines.stages.edits import (
    answers,
    bundles,
    decided,
    documentation_incomplete,
    drugs,
    duplicate,
    identity,
    incorrect_codes,
    incorrect_values,
    ineligible_person,
    institutional,
    not_authorized,
    payer_setup,
    stays,
    timely_filing,
)
from pipelines.stages.edits.edit import Edit

_CATEGORIES = (
    incorrect_codes,
    incorrect_values,
    drugs,
    documentation_incomplete,
    institutional,
    identity,
    ineligible_person,
    not_authorized,
    timely_filing,
    duplicate,
    payer_setup,
    decided,
)

EDITS: dict[str, Edit] = {edit.id: edit for category in _CATEGORIES for edit in category.EDITS}
"""Those of service lines."""

STAY_EDITS: dict[str, Edit] = {edit.id: edit for edit in stays.EDITS}

BUNDLE_EDITS: dict[str, Edit] = {edit.id: edit for edit in bundles.EDITS}
"""Those of care-management bundles, told of their stay."""

CLAIM_EDITS: dict[str, Edit] = {edit.id: edit for edit in answers.EDITS}
"""Those of claims that were sent."""

ALL_EDITS: dict[str, Edit] = EDITS | STAY_EDITS | BUNDLE_EDITS | CLAIM_EDITS


def nearest(edit_id: str) -> str:
    """Ids that are written much like this one, in words."""
    return ", ".join(get_close_matches(edit_id, ALL_EDITS, n=3)) or "none"
