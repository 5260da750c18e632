"""Sources: which facts each edit rests on, and how they belong to its subject.

An edit's own expression says which columns of the context it reads; here stands where each of
these comes from. What changed in them, and when, is not told here (closing).
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from contracts.feeds import FEEDS
from pipelines.stages.edits.catalogue import ALL_EDITS, BUNDLE_EDITS, STAY_EDITS
from pipelines.stages.eligibility.causes import BEARS_ON, READ


class Mark(StrEnum):
    """What an edit rests on besides facts. `TIME`: the as-of day decides it; `DAYS_REACHED`: so
    it does once the service date is reached; `MAYBE_TIME`: spans of facts meet the as-of day.
    """

    CODES = "codes"
    DECISIONS = "decisions"
    ANSWERS = "answers"
    POLICY = "policy"
    TIME = "time"
    DAYS_REACHED = "days_reached"
    MAYBE_TIME = "maybe_time"


@dataclass(frozen=True)
class Source:
    """Rows of a feed that meet the subject by `link`; `columns` that count, none: all do."""

    feed: str
    link: str
    columns: tuple[str, ...] = ()


def _line(*columns: str) -> Source:
    return Source("encounters", "line", columns)


def _read(feed: str) -> Source:
    return Source(feed, LINK_OF[feed], READ.get(feed, ()))


LINK_OF: Final = {
    "people": "person",
    "custody_stays": "person",
    "cin_aliases": "cin",
    "facilities": "facility",
    "coverage": "cin",
    "ji_activations": "person",
    "screenings": "stays",
    "eligibility_answers": "cin",
}

GATES_OF: Final = {
    "person_deceased": ("deceased",),
    "not_in_custody": ("custody",),
    "facility_not_live": ("facility",),
    "not_enrolled": ("enrolled",),
    "ji_aid_code_missing": ("ji_aid_code",),
    "outside_ninety_days": ("ninety_days",),
    "not_screened": ("screening",),
    "share_of_cost_unmet": ("share_of_cost",),
    "payer_says_ineligible": ("enrolled", "share_of_cost"),
}
"""The gates of billable_days that an edit reads in `gate_reasons`."""

_PERSON: Final = _line("person_id")
_MERGE: Final = Source("people", "person", ("merged_into",))
_NUMBERS: Final = (Source("people", "person", ("cin", "merged_into")), Source("cin_aliases", "cin"))
_ANSWERS: Final = (*_NUMBERS, Source("eligibility_answers", "cin"))
_CODED: Final = (_line("procedure_code", "modifiers", "service_date"), Mark.CODES)
_DRUG: Final = (
    _line("ndc", "ndc_quantity", "ndc_unit", "procedure_code", "units", "service_date"),
    Mark.CODES,
)
_DIAGNOSED: Final = (_line("diagnosis_codes", "service_date"), Mark.CODES)
_FILING: Final = (_line("service_date"), Mark.POLICY, Mark.TIME)
_BY_POLICY: Final = (_line("service_date"), Mark.POLICY)
_RENDERING: Final = (_line("rendering_npi"), Source("providers", "npi"))
_ENROLLED: Final = (
    Source("providers", "npi"), Source("provider_enrollments", "staff"), Mark.POLICY,
)  # fmt: skip
_REFERRING: Final = (_line("referring_npi", "ordering_npi", "service_date"), *_ENROLLED)
_AUTHORIZED: Final = (
    _line("authorization_number", "person_id", "service_date", "procedure_code", "units"),
    Source("authorizations", "authorization"),
    _MERGE,
)
_CLOCK: Final = ("service_date", "start_time", "minutes", "encounter_id")
_BESIDE: Final = (
    _line("person_id", "rendering_npi", "procedure_code", "modifiers", *_CLOCK),
    Source("encounters", "person_day"),
    _MERGE,
    Mark.CODES,
)


_COVERED: Final = (Source("coverage", "cin"), *_NUMBERS, Mark.CODES, Mark.MAYBE_TIME)
_BUNDLED: Final[tuple[Source | Mark, ...]] = (
    *_COVERED, _read("ji_activations"), Source("screenings", "stays"),
    *(Source(feed, "stays") for feed in ("care_milestones", "care_managers")),
    *(Source(feed, "stays") for feed in ("orders", "pharmacy_fills")),
    Source("consents", "person"), _read("custody_stays"),
)  # fmt: skip


def _record(*columns: str) -> tuple[Source, ...]:
    return (_PERSON, Source("people", "person", (*columns, "merged_into")))


def _facility(*columns: str) -> tuple[Source, ...]:
    return (_line("facility_id", "service_date"), Source("facilities", "facility", columns))


_OF_LINES: Final[dict[str, tuple[Source | Mark, ...]]] = {
    **dict.fromkeys(
        ("attachment", "delay_reason_code", "hold_note", "lapse_note", "write_off_note"),
        (Mark.DECISIONS,),
    ),
    "contradiction": (Mark.ANSWERS,),
    "delay_document": (Mark.DECISIONS, Mark.CODES),
    **dict.fromkeys(
        (
            "allowed_credentials", "covered_category", "is_bundle_code", "is_bundle_part",
            "is_evaluation", "is_group_session", "minutes_per_unit", "needs_authorization",
            "needs_ndc", "post_release_kind", "procedure_has_expired", "procedure_is_covered",
            "procedure_is_unknown", "rate_amount", "rate_varies", "unit_limits_are_set",
            "units_limit",
        ),
        _CODED,
    ),
    **dict.fromkeys(
        (
            "authorization_covers_day", "authorization_is_approved", "authorization_is_formed",
            "authorization_is_known", "authorization_is_of_code", "authorization_is_own",
            "authorization_is_pending",
        ),
        _AUTHORIZED,
    ),
    "is_attached": (_line("encounter_id"), Source("attachments", "encounter")),
    **dict.fromkeys(
        ("is_billed", "type_of_bill_is_unknown"),
        (_line("encounter_id"), Source("institutional_claims", "stay"), Mark.CODES),
    ),
    "is_institutional": _facility("claim_form"),
    "revenue_code_is_unknown": (_line("revenue_code"), Mark.CODES),
    "authorization_is_exhausted": (*_AUTHORIZED, Source("encounters", "authorization")),
    "birth_date": _record("birth_date"),
    "birth_date_is_unlike_payer": (*_record("birth_date"), *_ANSWERS),
    "cin_has_doubtful_letter": _record("cin"),
    "cin_is_sound": _record("cin"),
    "cin_is_ssn": _record("cin"),
    "credential_is_allowed": (*_RENDERING, *_CODED),
    "days_left": _FILING,
    "diagnoses": (_line("diagnosis_codes"),),
    "diagnosis_is_not_billable": _DIAGNOSED,
    "diagnosis_is_not_in_force": _DIAGNOSED,
    "diagnosis_is_unknown": _DIAGNOSED,
    "expected_place_of_service": _BY_POLICY,
    "facility_is_enrolled": _facility("enrolled_from", "enrolled_to"),
    "first_late_percent": _FILING,
    "has_address": _record("address_line", "city", "state", "zip"),
    "has_cin": _record("cin"),
    "has_clia": _facility("clia_number", "clia_from", "clia_to"),
    "is_billing_provider_known": (
        *_facility("billing_npi"), Source("billing_providers", "billing"),
    ),
    "is_excluded_by_pair": _BESIDE,
    "is_facility_known": _facility(),
    "is_filed": (Mark.ANSWERS,),
    "is_inpatient": (_line("place_of_service", "revenue_code"), Mark.CODES),
    "is_laboratory": (*_CODED, _line("service_category")),
    "is_of_second_source": _BESIDE,
    "is_person_known": (_PERSON, Source("people", "person", ("merged_into",))),
    "is_rendering_known": _RENDERING,
    "is_repetition": _BESIDE,
    "is_billed_before": _BESIDE,
    "is_second_evaluation": _BESIDE,
    "is_in_bundle": (_line("stay_id", "service_date", "note_status"), *_BUNDLED),
    "is_stay_known": (_line("stay_id"), Source("custody_stays", "stay", ("person_id",))),
    "is_to_come": (_line("service_date"), Mark.DAYS_REACHED),
    "last_unit_percent": _BY_POLICY,
    "late_percent": _FILING,
    "late_signature_days": _BY_POLICY,
    "modifier_is_unknown": (_line("modifiers", "service_date"), Mark.CODES),
    "month_is_verified": (_line("person_id", "service_date"), *_ANSWERS),
    "name_is_unlike_payer": (*_record("last_name", "first_name"), *_ANSWERS),
    "ndc_is_of_other_procedure": _DRUG,
    "ndc_is_unlisted": _DRUG,
    "ndc_quantity_is_off": _DRUG,
    "npi_is_sound": (_line("rendering_npi"),),
    "other_coverage_is_unbilled": (
        _line("person_id", "service_date"), *_NUMBERS, Source("other_coverage", "cin"),
        Source("other_payer_payments", "line"),
    ),
    "payer_says_ineligible": (_line("person_id", "service_date"), *_ANSWERS),
    "person_is_elsewhere": _BESIDE,
    "person_is_merged": (_PERSON, _MERGE),
    "place_is_unknown": (_line("place_of_service"), Mark.CODES),
    "program": _BY_POLICY,
    "provider_is_elsewhere": (*_BESIDE, Source("encounters", "provider_day")),
    "referrer_is_no_person": _REFERRING,
    "referrer_is_not_enrolled": _REFERRING,
    "referrer_is_unknown": _REFERRING,
    "referrer_is_unsound": _REFERRING,
    "rendering_is_enrolled": (*_RENDERING, _line("service_date"), *_ENROLLED),
    "rendering_is_person": _RENDERING,
    "sex_is_unlike_payer": (*_record("sex"), *_ANSWERS),
    "signed_on": (_line("signed_at"),),
    "signer_is_known": (_line("signed_by_staff_id"), Source("providers", "staff")),
    "signer_is_licensed": (
        _line("signed_by_staff_id", "service_date"), Source("licences", "staff"),
    ),
    "stay_is_own": (
        _line("stay_id", "person_id"), Source("custody_stays", "stay", ("person_id",)), _MERGE,
    ),
    "telehealth_consent_needed": _BY_POLICY,
    "warn_days": _BY_POLICY,
}  # fmt: skip

_CUSTODY: Final = (_read("custody_stays"), _MERGE, Mark.MAYBE_TIME)
_SCREENED: Final = (Source("screenings", "stays"), *_CUSTODY)
_APPLIED: Final = (Source("applications", "person"), _MERGE, Mark.MAYBE_TIME)

_OF_STAYS: Final[dict[str, tuple[Source | Mark, ...]]] = {
    **dict.fromkeys(
        (
            "booked_on", "expected_release_on", "in_custody", "is_newest", "is_overlapped",
            "released_on", "released_to",
        ),
        _CUSTODY,
    ),
    **dict.fromkeys(
        ("asked_on", "criteria", "has_declined", "medi_cal_status", "screened_on"), _SCREENED
    ),
    **dict.fromkeys(
        ("activation_days", "application_days", "pending_days", "screen_days"), (Mark.POLICY,)
    ),
    "applied_on": _APPLIED,
    "pending_since": _APPLIED,
    "as_of": (Mark.MAYBE_TIME,),
    "conflict_row_number": _COVERED,
    "is_covered": _COVERED,
    "is_suspended": _COVERED,
    "is_activated": (*_COVERED, _read("ji_activations")),
    "unlisted_row_number": (
        Source("ji_activations", "person", ("aid_code", "activated_on")), _MERGE, Mark.CODES,
    ),
    "needs_no_criteria": (Source("facilities", "facility", ("facility_type",)),),
    "unsuspended_on": (Source("care_milestones", "person"), _MERGE, Mark.MAYBE_TIME),
    "bundle_warn_days": (Mark.POLICY,),
    "unbillable_amount": _BUNDLED,
    "waiting_amount": _BUNDLED,
    "waiting_due_on": _BUNDLED,
}  # fmt: skip


@cache
def columns_of(edit_id: str) -> frozenset[str]:
    """The columns of the context that an edit's expressions read."""
    edit = ALL_EDITS[edit_id]
    parts = [part for part in (edit.fires, edit.judged, edit.due) if part is not None]
    return frozenset(name for part in parts for name in part.meta.root_names())


@cache
def sources_of(edit_id: str) -> frozenset[Source | Mark]:
    """All that an edit rests on. Raises KeyError for a column nobody has told the source of."""
    if edit_id in STAY_EDITS | BUNDLE_EDITS:
        return frozenset(one for name in columns_of(edit_id) for one in _OF_STAYS[name])
    return frozenset(one for name in columns_of(edit_id) for one in _of_line(edit_id, name))


def _of_line(edit_id: str, column: str) -> tuple[Source | Mark, ...]:
    if column == "gate_reasons":
        feeds = {feed for gate in GATES_OF[edit_id] for feed in BEARS_ON[gate]}
        reached = (Mark.DAYS_REACHED,) if "custody" in GATES_OF[edit_id] else ()
        read = (_read(feed) for feed in sorted(feeds))
        return (_line("stay_id", "service_date"), *read, Mark.POLICY, *reached)
    if column in _OF_LINES:
        return _OF_LINES[column]
    if column in FEEDS["encounters"].names:
        return (_line(column),)
    raise KeyError(column)
