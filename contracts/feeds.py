"""Feeds: the tables a county delivers. Their column names are a contract that others write against.

`FEEDS` holds what a file carries; `facts(feed)` is the same table as it lies in the lake, with
where each row came from. X12 responses are facts of their own kind: one row a transaction set.
"""

from functools import cache

import polars as pl

from contracts.fields import field_of
from contracts.tables import Column, Requirement, Table, table

OUTCOME_OF_SCREENING = Requirement(
    "required_value",
    "outcome",
    (pl.col("screening_type") != "pre_release_access")
    | pl.col("declined")
    | pl.col("outcome").is_not_null(),
    "a pre_release_access screening that was not declined has no outcome",
    "Export meets, does_not_meet or incomplete.",
)
ATTACHED_TO_SOMETHING = Requirement(
    "required_value",
    "encounter_id",
    pl.col("encounter_id").is_not_null() | pl.col("claim_id").is_not_null(),
    "an attachment names neither an encounter nor a claim",
    "Export encounter_id or claim_id.",
)
RELEASED_AFTER_BOOKING = Requirement(
    "range",
    "released_at",
    pl.col("released_at").is_null() | (pl.col("released_at") >= pl.col("booked_at")),
    "release lies before booking",
    "Correct the two times in the jail management system and export the row again.",
)
DEACTIVATED_AFTER_ACTIVATION = Requirement(
    "range",
    "deactivated_on",
    pl.col("deactivated_on").is_null() | (pl.col("deactivated_on") >= pl.col("activated_on")),
    "deactivation lies before activation",
    "Correct the two days in the eligibility system and export the row again.",
)

_DECLARED = (
    table(
        "facilities",
        "Correctional facilities that treat and bill.",
        """
        *facility_id name county_code facility_type npi billing_npi taxonomy_code address_line city
        state zip phone? clia_number? clia_from? clia_to? live_from enrolled_from enrolled_to?
        claim_form type_of_bill? in_house_lab?""",
    ),
    table(
        "billing_providers",
        "Organizations that bill.",
        """
        *billing_npi organization_name tax_id taxonomy_code address_line city state zip contact_name
        contact_phone pay_to_address_line? pay_to_city? pay_to_state? pay_to_zip?""",
    ),
    table(
        "providers",
        "Own staff, custody staff who screen, and outside referrers.",
        """
        *staff_id npi? entity_type is_external last_name_or_organization first_name? middle_name?
        suffix? credential? taxonomy_code? facility_ids?""",
    ),
    table(
        "provider_enrollments",
        "Spans in which a provider is enrolled in a programme.",
        """
        *staff_id *program *enrolled_from enrolled_to?""",
    ),
    table(
        "licences",
        "Licences of staff.",
        """
        *staff_id *licence_number state kind valid_from valid_to?""",
    ),
    table(
        "people",
        "Persons in custody.",
        """
        *person_id cin? last_name first_name middle_name? name_suffix? birth_date sex address_line?
        city? state? zip? county_of_residence? is_homeless? race? ethnicity? language? phone?
        bic_issue_code? merged_into?""",
    ),
    table(
        "cin_aliases",
        "Second Medi-Cal numbers of one person.",
        """
        *alias_cin cin reason valid_from""",
    ),
    table(
        "custody_stays",
        "Stays in a facility, from booking to release.",
        """
        *stay_id person_id facility_id booking_number booked_at expected_release_on?
        release_certainty released_at? released_to? transferred_from_stay_id?
        transferred_to_facility_id?""",
        [RELEASED_AFTER_BOOKING],
    ),
    table(
        "screenings",
        "Screenings for coverage and for pre-release criteria.",
        """
        *screening_id stay_id person_id screening_type screened_on screened_by_staff_id? declined
        medi_cal_status? qualifying_conditions? outcome? is_part_2?""",
        [OUTCOME_OF_SCREENING],
    ),
    table(
        "applications",
        "Medi-Cal applications.",
        """
        *application_id person_id stay_id? submitted_on received_by_county_on? channel decision
        decided_on? denial_reason_code? denial_reason_text?""",
    ),
    table(
        "coverage",
        "Spans of Medi-Cal coverage.",
        """
        *cin *aid_code *starts_on county_code ends_on? coverage_status is_ji_aid_code plan_code?
        plan_name?""",
    ),
    table(
        "ji_activations",
        "Activations of a justice-involved aid code.",
        """
        *activation_id person_id cin? stay_id? aid_code activated_on deactivated_on?
        deactivation_reason?""",
        [DEACTIVATED_AFTER_ACTIVATION],
    ),
    table(
        "eligibility_answers",
        "The payer's answers, month by month.",
        """
        *cin *month verified_on evc_number? eligible aid_codes? share_of_cost_amount?
        share_of_cost_met_on? payer_last_name? payer_first_name? payer_birth_date? payer_sex?
        plan_code? reject_codes?""",
    ),
    table(
        "other_coverage",
        "Coverage that pays before Medi-Cal.",
        """
        *cin *payer_id *policy_number *starts_on payer_name group_number? filing_indicator
        subscriber_relationship subscriber_last_name? subscriber_first_name? subscriber_birth_date?
        subscriber_sex? ends_on?""",
    ),
    table(
        "other_payer_payments",
        "What other payers paid for a service line.",
        """
        *source_system? *encounter_id *line_number *payer_id paid_amount adjustments? adjudicated_on
        outcome""",
    ),
    table(
        "consents",
        "Consents that a person gave.",
        """
        *consent_id person_id consent_type granted_on expires_on? revoked_on? recipients?
        signed_document_id?""",
    ),
    table(
        "encounters",
        "Service lines as the health record documents them.",
        """
        *source_system? *encounter_id *line_number person_id stay_id facility_id service_date
        service_end_date? start_time? minutes? service_category procedure_code
        procedure_description? modifiers? units charge_amount diagnosis_codes? external_cause_code?
        place_of_service place_of_service_reason? modality telehealth_consent? rendering_npi
        supervising_npi? attending_npi? referring_npi? ordering_npi? service_location_npi?
        revenue_code? note_status signed_by_staff_id? signed_at? ndc? ndc_quantity? ndc_unit?
        prescription_number? authorization_number? order_id? is_emergency? is_epsdt?
        is_family_planning? is_340b? is_part_2?""",
    ),
    table(
        "institutional_claims",
        "Institutional claims, where the facility bills 837I.",
        """
        *institutional_claim_id stay_id facility_id type_of_bill from_on through_on admitted_at?
        discharge_hour? admission_type admission_source? patient_status attending_npi
        operating_npi? admitting_diagnosis? occurrence_codes? value_codes? condition_codes?
        principal_procedure? encounter_ids""",
    ),
    table(
        "orders",
        "Orders of medication, equipment, tests and services.",
        """
        *order_id person_id stay_id order_type ndc? procedure_code? modifiers? units? days_supply?
        diagnosis_codes? ordered_by_npi ordered_on starts_on? ends_on? order_status
        continue_at_release is_part_2?""",
    ),
    table(
        "care_milestones",
        "Milestones of reentry care management.",
        """
        *milestone_id stay_id person_id facility_id? milestone occurred_on performed_by_staff_id?
        minutes? days_supplied? modality? participants? recipient_npi? organization? note_status?
        signed_by_staff_id? signed_at? encounter_id? line_number? is_part_2?""",
    ),
    table(
        "care_managers",
        "Care managers of a stay, before and after release.",
        """
        *stay_id *phase manager_staff_id? manager_npi? organization? assigned_on""",
    ),
    table(
        "pharmacy_fills",
        "Pharmacy fills.",
        """
        *fill_id person_id stay_id filled_on handed_over_on? ndc quantity ndc_unit? days_supply
        prescriber_npi? order_id? is_release_supply? is_otc? payer_status reject_code? paid_amount?
        prior_authorization? is_part_2?""",
    ),
    table(
        "authorizations",
        "Prior authorizations, line by line.",
        """
        *authorization_number *line_number authorization_type person_id procedure_code? modifiers?
        ndc? quantity? frequency? starts_on ends_on units_requested units_approved? decision
        requested_on decided_on? decision_reason? requesting_npi? servicing_npi? request_category?
        certification_type? service_type_code? place_of_service? urgency? diagnosis_codes? order_id?
        trace_number? supersedes_number? is_part_2?""",
    ),
    table(
        "attachments",
        "Documents sent to support a claim.",
        """
        *attachment_control_number encounter_id? claim_id? report_type transmission_code sent_on?
        """,
        [ATTACHED_TO_SOMETHING],
    ),
    table(
        "post_release_services",
        "ECM and Community Supports service lines.",
        """
        *service_id person_id service_date procedure_code modifiers? units charge_amount
        diagnosis_codes? place_of_service modality start_time? minutes? provider_npi billing_npi
        plan_code authorization_number? member_id_at_plan? population_of_focus? outreach_outcome?
        is_part_2?""",
    ),
    table(
        "deposits",
        "Money that reached the bank.",
        """
        *deposit_id trace_number deposited_on amount method""",
    ),
)

FEEDS: dict[str, Table] = {declared.name: declared for declared in _DECLARED}

# Values that stand in for an absent or empty column.
DEFAULTS: dict[str, str] = {"source_system": "main", "record_status": "active"}

RESPONSES = table(
    "x12_sets",
    "X12 responses as received, one row a transaction set.",
    """
    *file_id *row_number received_at transaction_set implementation? interchange_control_number?
    group_control_number? set_control_number? segment_count body""",
)

AUTHORIZATION_ANSWERS = table(
    "authorization_answers",
    "What the payer's 278 responses say of requests for authorization, one row a service.",
    """
    *file_id *segment_ordinal row_number received_at outcome trace_number? action_code?
    decision_reason? reject_codes? authorization_number? supersedes_number? administrative_number?
    cin? service_ordinal procedure_code? modifiers? units? starts_on? ends_on? decided_on?
    request_category? certification_type? service_type_code?""",
)

# Of which of our claims they speak is told by the ledger, at each run.
PAYER_ANSWERS = table(
    "payer_answers",
    "What the payer's TA1, 999, 277CA and 277 say, one row a statement.",
    """
    *file_id *segment_ordinal row_number received_at answer level outcome verdict_code? codes?
    stated_on? addressee_id? addressee_code? answered_function? answered_interchange?
    answered_group? answered_set? error_segment? error_position? error_loop? error_element?
    patient_control_number? line_control_number? payer_claim_number? trace_number? provider_npi?
    charge_amount? paid_amount? is_childless""",
)

# What responses say beside the feeds that some of them fill.
SAID = (PAYER_ANSWERS, AUTHORIZATION_ANSWERS)

QUARANTINE = table(
    "quarantine",
    "Rows that broke their contract, as they arrived: one row a broken rule.",
    """
    *file_id *row_number *column_name? *rule received_at feed reason remedy row_text""",
)

EXACT_DUPLICATES = table(
    "exact_duplicates",
    "Rows equal to the newest version of their key.",
    """
    *file_id *row_number received_at feed row_hash""",
)


def _common(name: str) -> Column:
    return Column(field_of("", name), is_key=False, is_optional=True)


# Every feed may carry these besides its own columns.
COMMON = (_common("record_status"), _common("source_updated_at"))

# Where a fact came from, and which version of its key it is.
ORIGIN = table("facts", "", "*file_id *row_number received_at row_hash mapping_hash?").columns


@cache
def facts(feed: str) -> Table:
    """The feed as it lies in the lake: where the row came from, its version, then its values."""
    values = tuple(
        Column(column.field, False, column.is_optional) for column in FEEDS[feed].columns
    )
    meaning = f"Every version received. {FEEDS[feed].meaning}"
    return Table(f"{feed}_facts", meaning, ORIGIN + values + COMMON)


X12 = "x12"

# Transaction sets of X12 files, and the feed that each also fills.
FILLED = {"271": "eligibility_answers", "834": "coverage"}


def sources(feed: str) -> frozenset[str]:
    """The folders of the inbox whose files bring rows of a feed."""
    return frozenset({feed, X12} if feed in FILLED.values() else {feed})


# Every table that files fill, by the folder of the inbox where its files land.
RECEIVED: dict[str, Table] = {feed: facts(feed) for feed in FEEDS} | {X12: RESPONSES}
