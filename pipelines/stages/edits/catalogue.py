"""The catalogue: every edit by its id, in the order of the categories."""

from pipelines.stages.edits import (
    documentation_incomplete,
    duplicate,
    incorrect_codes,
    ineligible_person,
    not_authorized,
    payer_setup,
    timely_filing,
)
from pipelines.stages.edits.edit import Edit

_CATEGORIES = (
    incorrect_codes,
    documentation_incomplete,
    ineligible_person,
    not_authorized,
    timely_filing,
    duplicate,
    payer_setup,
)

EDITS: dict[str, Edit] = {edit.id: edit for category in _CATEGORIES for edit in category.EDITS}
