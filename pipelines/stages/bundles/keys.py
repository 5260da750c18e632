"""Keys: care as bundles read it, with no other columns, and stay ids that sort and join as numbers.

An Enum in the order of the ids is such a number; the tables tell the ids as text again.
"""

from dataclasses import fields
from typing import Final

import polars as pl

from pipelines.stages.bundles.care import Care

_NOTE: Final = (
    "minutes", "note_status", "signed_by_staff_id", "is_part_2", "file_id", "row_number",
)  # fmt: skip
_READ: Final = {
    "people": ("person_id", "cin", "merged_into"),
    "facilities": ("facility_id", "facility_type"),
    "providers": ("staff_id", "npi", "entity_type", "credential"),
    "coverage": ("cin", "is_ji_aid_code", "starts_on", "ends_on"),
    "ji_activations": ("person_id", "activated_on", "deactivated_on"),
    "screenings": ("stay_id", "qualifying_conditions"),
    "care_milestones": (
        "stay_id", "milestone", "occurred_on", "performed_by_staff_id", "days_supplied",
        "participants", "organization", "recipient_npi", *_NOTE,
    ),
    "billable_days": ("stay_id", "day"),
    "orders": ("stay_id", "order_type", "order_status", "continue_at_release"),
    "encounters": (
        "stay_id", "service_date", "service_category", "procedure_code", "rendering_npi",
        "diagnosis_codes", "source_system", "encounter_id", "line_number", *_NOTE,
    ),
}  # fmt: skip


def keyed(care: Care) -> Care:
    """The same care, narrower; what is not a stay in custody or billed has no stay id. Of
    `billable_days` there is only the key, with its place in the table.
    """
    ids = pl.concat([care.custody_stays["stay_id"], care.billed["stay_id"]]).unique().sort()
    stay_ids = pl.Enum(ids)
    return Care(**{f.name: _keyed(f.name, getattr(care, f.name), stay_ids) for f in fields(care)})


def _keyed(name: str, frame: pl.DataFrame, stay_ids: pl.Enum) -> pl.DataFrame:
    kept = frame.select(n for n in _READ.get(name, frame.columns) if n in frame.columns)
    if name == "billable_days":
        kept = kept.with_row_index("place")
    if "stay_id" not in kept.columns:
        return kept
    return kept.with_columns(pl.col("stay_id").cast(stay_ids, strict=False))
