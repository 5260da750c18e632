"""Remittances as received: what the 835 sets of a file say, one table for each kind of row.

Here: facts, as the payer wrote them. Not here: whether they balance, whose claims they are about,
or what they make of them (`derived`).
"""

from contracts.tables import Table, table

_DECLARED = (
    table(
        "remittance_sets",
        "Payments told by the payer's 835, one row a transaction set.",
        """
        *file_id *row_number segment_ordinal received_at payer_id? payer_name? payee_npi?
        trace_number? paid_on? amount? payment_method? claim_count claims_read unreadable_segment?
        unreadable_element? body_hash""",
    ),
    table(
        "remittance_claims",
        "Claims of a remittance as the payer tells them (CLP).",
        """
        *file_id *segment_ordinal row_number received_at patient_control_number? claim_status_code?
        charge_amount? paid_amount? patient_amount? payer_claim_number? frequency_code? member_id?
        rendering_npi? claim_received_on?""",
    ),
    table(
        "remittance_lines",
        "Service lines of a remittance as the payer tells them (SVC).",
        """
        *file_id *segment_ordinal row_number received_at claim_segment procedure_code? modifiers?
        submitted_code? charge_amount? paid_amount? allowed_amount? units? submitted_units?
        service_date? line_control_number?""",
    ),
    table(
        "remittance_adjustments",
        "Adjustments of claims and lines of a remittance (CAS), one row a reason.",
        """
        *file_id *segment_ordinal *position row_number received_at claim_segment line_segment?
        group_code? carc? amount? units?""",
    ),
    table(
        "remittance_remarks",
        "Remark codes of claims and lines of a remittance (LQ, MOA, MIA).",
        """
        *file_id *segment_ordinal *position row_number received_at claim_segment line_segment?
        rarc""",
    ),
    table(
        "provider_adjustments",
        "What a payer adds to or takes from a payment beside its claims (PLB), one row a reason.",
        """
        *file_id *segment_ordinal *position row_number received_at provider_npi? reason_code?
        reference? amount? fiscal_on?""",
    ),
)

REMITTED: dict[str, Table] = {declared.name: declared for declared in _DECLARED}
