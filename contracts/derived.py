"""Derived tables: what each stage makes. Any of them may be deleted and built again.

A table, the asset that makes it and its contract share one name.
"""

from contracts.tables import Table, table

_DECLARED = (
    table(
        "custody_episodes",
        "Stays joined by transfer or overlap.",
        """
        *episode_id person_id stay_ids booked_on released_on?""",
    ),
    table(
        "billable_days",
        "For each day of a stay: may services be billed, and if not, why.",
        """
        *stay_id *day billable reasons?""",
    ),
    table(
        "prerelease_windows",
        "The hull of the billable days of each activation of a stay.",
        """
        *stay_id *window_number person_id facility_id starts_on? ends_on? state reasons? policy""",
    ),
    table(
        "enrollment_timeline",
        "What happened to a person's Medi-Cal in an episode of custody, in order.",
        """
        *episode_id *event_number person_id stay_id? facility_id? event occurred_on detail? feed
        file_id row_number""",
    ),
    table(
        "enrollment_gaps",
        "What is overdue in the enrollment of a person in custody or just released.",
        """
        *stay_id *gap episode_id person_id facility_id due_on? days_left? file_id row_number""",
    ),
    table(
        "acknowledgements",
        "What the payer said of submissions before it paid, each statement with its match.",
        """
        *file_id *segment_ordinal row_number received_at answer level outcome verdict_code? codes?
        stated_on? match submission_count submission_id? claim_id? patient_control_number?
        line_control_number? payer_claim_number? error_segment? error_position? error_loop?
        error_element? is_duplicate contradiction?""",
    ),
    table(
        "submission_states",
        "Where each submission stands, and by which statement of the payer.",
        """
        *submission_id claim_id submission_number patient_control_number batch_id state sent_on?
        answered_on? answer? verdict_code? codes? file_id? row_number? segment_ordinal?
        payer_claim_number? remitted_on? dispute is_not_found contradiction?""",
    ),
    table(
        "remittances",
        "Payments told by the payer: whether they balance, and whether they were posted.",
        """
        *file_id *row_number segment_ordinal received_at payer_id? payer_name? payee_npi?
        trace_number? paid_on? amount? state level? place_segment? place_element? difference?
        lines_out claims_out transaction_difference? claims_amount provider_amount claim_count
        line_count first_file_id? first_row_number?""",
    ),
    table(
        "bundles",
        "Care-management bundles of each episode of custody, and how each stands.",
        """
        *stay_id *bundle_id *ordinal episode_id person_id facility_id state reasons? release_model?
        activated_on? release_on? is_release_final completed_on? service_date? is_billable? due_on?
        days_left? missing_count gate detail_lines claim_form procedure_code modifiers? units
        charge_amount rate_amount? diagnosis_codes? place_of_service rendering_npi? edition_status
        is_part_2 file_id? row_number?""",
    ),
    table(
        "bundle_elements",
        "What each bundle is made of: the rows that prove it, what is missing and who owes it.",
        """
        *stay_id *bundle_id *ordinal *element *number state owner due_on? days_left? last_on?
        done_on? is_in_time? staff_id? signed_by_staff_id? minutes? participants? organization?
        recipient_npi? reason? reason_on? feed? source_system? encounter_id? line_number? is_part_2
        file_id? row_number?""",
    ),
    table(
        "remittance_postings",
        "What posted remittances say of service lines, each with the line that it pays.",
        """
        *file_id *segment_ordinal *part row_number claim_segment received_at trace_number? paid_on?
        state reason? matched_by? direction? submission_id? claim_id? patient_control_number?
        line_ordinal? told_number? payer_claim_number? claim_status_code? claim_received_on?
        procedure_code? modifiers? submitted_code? service_date? units? charge_amount paid_amount
        adjusted_amount late_amount allowed_amount? candidates?""",
    ),
    table(
        "line_adjustments",
        "Why lines were not paid whole, by group and reason, each posting apart.",
        """
        *file_id *segment_ordinal *part *position submission_id claim_id patient_control_number
        line_ordinal paid_on? group_code? carc? rarcs? amount""",
    ),
    table(
        "payment_outcomes",
        "What remittances make of submissions.",
        """
        *submission_id *outcome verdict_code? payer_claim_number? remitted_on? file_id row_number
        segment_ordinal received_at""",
    ),
    table(
        "line_accounts",
        "Of each service line sent: charged = paid + adjusted + denied + open, to the cent.",
        """
        *submission_id *line_ordinal claim_id submission_number patient_control_number
        frequency_code source_system encounter_id line_number facility_id? state is_in_effect
        charge_amount paid_amount adjusted_amount denied_amount open_amount late_amount
        recovered_amount allowed_amount? expected_amount? variance_amount? variance_reasons?
        units_paid? remitted_on? payer_claim_number? posting_count""",
    ),
    table(
        "denials",
        "Why lines in effect were denied: category, next step, owner, deadline.",
        """
        *denial_id submission_id claim_id patient_control_number line_ordinal source_system
        encounter_id line_number facility_id? person_id? group_code? carc? rarc? category standing
        route? next_step owner amount remitted_on? deadline_on? days_left? predicted edit_ids?
        payer_claim_number? is_part_2 file_id? row_number?""",
    ),
    table(
        "provider_level",
        "What payers added to or took from payments beside the claims.",
        """
        *file_id *segment_ordinal *position row_number trace_number? paid_on? reason_code? kind
        reference? amount submission_id? claim_id? patient_control_number?""",
    ),
    table(
        "deposit_matches",
        "Deposits against payments, by trace number.",
        """
        *trace_number payer_id? paid_on? amount? deposited_on? deposited_amount? difference state
        """,
    ),
    table(
        "service_lines",
        "Encounter lines with their person, their deadline and their verdict.",
        """
        *source_system *encounter_id *line_number person_id stay_id facility_id service_date
        service_category procedure_code modifiers? units charge_amount minutes? modality
        place_of_service rendering_npi verdict is_late? deadline_on is_part_2 file_id row_number""",
    ),
    table(
        "findings",
        "What keeps a service from being paid, and who can mend it.",
        """
        *finding_id subject subject_id edit_id category severity message remedy owner amount?
        deadline_on? days_left? facility_id? person_id? is_part_2 file_id? row_number?""",
    ),
    table(
        "edit_counts",
        "How often each edit looked, found, and could not judge.",
        """
        *edit_id category severity evaluated_count finding_count not_evaluated_count""",
    ),
    table(
        "authorization_uses",
        "Service lines that name an authorization, and what each leaves of its units.",
        """
        *source_system *encounter_id *line_number authorization_number part_line_number? person_id
        facility_id service_date procedure_code units charge_amount verdict is_counted faults?
        units_left? is_part_2 file_id row_number""",
    ),
    table(
        "authorization_balances",
        "What each authorization grants, how far it is used, and what wants looking at.",
        """
        *authorization_number *line_number authorization_type person_id procedure_code? starts_on
        ends_on requested_on decision standing units_granted? units_used units_left? use_count
        misuse_count days_left days_pending? attention? is_part_2 file_id row_number""",
    ),
    table(
        "authorizations_needed",
        "Orders of services that need an authorization and have none.",
        """
        *order_id person_id stay_id facility_id? procedure_code modifiers? units? diagnosis_codes?
        ordered_by_npi ordered_on starts_on? ends_on? reason authorization_number? waiting_count
        amount? deadline_on? is_part_2 file_id row_number""",
    ),
    table(
        "claims",
        "The claims that should exist.",
        """
        *claim_id person_id facility_id? billing_npi service_date claim_form route line_count
        charge_amount expected_amount? deadline_on? is_part_2 reasons? content content_hash
        claim_row_hash""",
    ),
    table(
        "claim_lines",
        "Service lines of the claims that should exist.",
        """
        *claim_id *line_ordinal source_system encounter_id line_number procedure_code units
        charge_amount expected_amount? file_id row_number""",
    ),
    table(
        "plan",
        "What would be sent, changed or held, and why.",
        """
        *claim_id *part action patient_control_number? submission_number? frequency_code?
        facility_id? claim_form? route? charge_amount expected_amount? deadline_on? send_by?
        inquiry_due_on? reasons? replaces? newest_state? content? content_hash? claim_row_hash?
        source_system? encounter_id? line_number?""",
    ),
)

DERIVED: dict[str, Table] = {declared.name: declared for declared in _DECLARED}
