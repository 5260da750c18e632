"""The frozen content of a claim: one schema for assembly, ledger and writer, for both claim forms.

Every value is text as it stands in X12 (dates CCYYMMDD, amounts and units decimal text, codes
without dots); null means absent. Not here: how a value is found, how it is rendered, or what a
claim form requires and limits.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from types import MappingProxyType
from typing import Final

import polars as pl

MAX_MODIFIERS: Final = 4  # TR3, SV101-3 to SV101-6
MAX_POINTERS: Final = 4  # TR3 005010X222A1, SV107
MAX_BILL_CODES: Final = 24  # TR3 005010X223A2, two HI segments of 12 codes for each kind
MAX_ATTACHMENTS: Final = 10  # TR3, PWK in loop 2300
MAX_OTHER_PAYERS: Final = 10  # TR3, loop 2320
MAX_ADJUSTMENT_GROUPS: Final = 5  # TR3, CAS in loop 2430: one for each group code
MAX_ADJUSTMENTS: Final = 6  # TR3, reasons and amounts of one CAS

_PERSON: Final = (
    "npi",
    "entity_code",  # NM102: 1 person, 2 organization
    "last_name_or_organization",
    "first_name",
    "middle_name",
    "suffix",
)
_PLACE: Final = ("address_line", "city", "state", "zip")


def _names(prefix: str, fields: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{prefix}_{field}" for field in fields)


BILLING_COLUMNS: Final = (
    *_names("billing", ("npi", "taxonomy_code", "name", *_PLACE, "tax_id")),
    *_names("billing", ("contact_name", "contact_phone")),
    *_names("pay_to", _PLACE),
)
_CLAIM_COLUMNS: Final = (
    ("claim_id", "patient_control_number", "frequency_code"),
    BILLING_COLUMNS,
    _names("subscriber", ("cin", "last_name", "first_name", "middle_name", "suffix", *_PLACE)),
    _names("subscriber", ("birth_date", "sex")),
    ("payer_id", "payer_name", "filing_indicator"),
    ("claim_or_encounter",),  # BHT06: absent where it is chargeable
    ("responsibility",),  # SBR01: absent where no other payer comes first
    ("claim_charge_amount", "place_of_service", "delay_reason_code"),
    ("authorization_number", "referral_number", "payer_claim_control_number", "clia_number"),
    ("claim_note",),
    _names("referring", _PERSON),
    _names("rendering", (*_PERSON, "taxonomy_code")),
    _names("service_facility", ("npi", "name", *_PLACE)),
    _names("supervising", _PERSON),
    # Of institutional claims alone; times CCYYMMDDHHMM and HHMM.
    ("facility_code", "bill_frequency_code", "statement_from", "statement_to"),
    ("admitted_at", "discharged_at", "admission_type", "admission_source", "patient_status"),
    ("admitting_diagnosis", "external_cause_code"),
    ("principal_procedure", "principal_procedure_on"),
    _names("attending", (*_PERSON, "taxonomy_code")),
    _names("operating", _PERSON),
)
_LINE_COLUMNS: Final = (
    ("line_ordinal", "line_control_number", "procedure_code", "procedure_description"),
    ("charge_amount", "units", "place_of_service", "service_from", "service_to"),
    ("is_emergency", "is_epsdt", "is_family_planning"),  # Y or absent
    ("ndc", "ndc_quantity", "ndc_unit", "prescription_number"),
    _names("ordering", _PERSON),
    # Of institutional claims alone: there a provider belongs to a line where the claim has several.
    ("revenue_code",),
    _names("rendering", _PERSON),
    _names("referring", _PERSON),
)


def _texts(*groups: Sequence[str]) -> dict[str, pl.DataType]:
    return dict.fromkeys(chain(*groups), pl.String())


CODES: Final = pl.List(pl.String())
ADJUSTMENT: Final = MappingProxyType(
    _texts(
        ("group_code",),
        *((f"reason_code_{n}", f"amount_{n}") for n in range(1, MAX_ADJUSTMENTS + 1)),
    )
)
OTHER_PAYMENT: Final = MappingProxyType(
    {
        **_texts(("payer_id", "paid_amount", "procedure_code", "revenue_code")),
        **_texts(("units", "adjudicated_on")),
        "modifiers": CODES,
        "adjustments": pl.List(pl.Struct(dict(ADJUSTMENT))),
    }
)
OTHER_PAYER: Final = MappingProxyType(
    _texts(
        ("payer_id", "payer_name", "responsibility", "relationship", "group_number"),
        ("filing_indicator", "policy_number", "last_name", "first_name", "paid_amount"),
    )
)
LINE: Final = MappingProxyType(
    {
        **_texts(*_LINE_COLUMNS),
        "modifiers": CODES,
        "diagnosis_pointers": CODES,
        "other_payments": pl.List(pl.Struct(dict(OTHER_PAYMENT))),
    }
)
ATTACHMENT: Final = MappingProxyType(
    _texts(("report_type_code", "transmission_code", "attachment_control_number"))
)
OCCURRENCE: Final = MappingProxyType(_texts(("code", "on")))
VALUE: Final = MappingProxyType(_texts(("code", "amount")))
CONTENT: Final = pl.Schema(
    {
        **_texts(*_CLAIM_COLUMNS),
        "diagnosis_codes": CODES,  # principal first
        "attachments": pl.List(pl.Struct(dict(ATTACHMENT))),
        "other_payers": pl.List(pl.Struct(dict(OTHER_PAYER))),  # in the order in which they pay
        "lines": pl.List(pl.Struct(dict(LINE))),
        "occurrences": pl.List(pl.Struct(dict(OCCURRENCE))),
        "values": pl.List(pl.Struct(dict(VALUE))),
        "condition_codes": CODES,
    }
)

# What both guides require of a claim whose patient is the subscriber.
REQUIRED_COLUMNS: Final = (
    *("claim_id", "patient_control_number", "frequency_code", "claim_charge_amount"),
    *("payer_id", "payer_name", "filing_indicator"),
    *_names("billing", ("npi", "name", *_PLACE, "tax_id")),
    *_names("subscriber", ("cin", "last_name", *_PLACE, "birth_date", "sex")),
)
REQUIRED_LINE_COLUMNS: Final = (
    *("line_ordinal", "line_control_number", "procedure_code", "charge_amount", "units"),
    "service_from",
)
REQUIRED_OTHER_PAYER_COLUMNS: Final = (
    *("payer_id", "payer_name", "responsibility", "relationship", "filing_indicator"),
    *("policy_number", "last_name", "paid_amount"),
)
REQUIRED_OTHER_PAYMENT_COLUMNS: Final = (
    *("payer_id", "paid_amount", "procedure_code", "units", "adjudicated_on"),
)
REQUIRED_ADJUSTMENT_COLUMNS: Final = ("group_code", "reason_code_1", "amount_1")


# Most characters of an element, by the end of its column's name; the first that fits counts.
_LENGTHS: Final = (
    ("patient_control_number", 20),  # CLM01
    ("procedure_description", 80),  # SV101-7
    ("claim_note", 80),  # NTE02
    ("last_name_or_organization", 60),
    ("first_name", 35),
    ("middle_name", 25),
    ("last_name", 60),
    ("suffix", 10),
    ("address_line", 55),
    ("city", 30),
    ("state", 2),
    ("zip", 15),
    ("name", 60),
    ("contact_phone", 256),
    ("npi", 80),
    ("cin", 80),
)
_USUAL: Final = 50  # REF02, NM109 of payers, codes


def longest(column: str) -> int:
    """Most characters that the element of a content column holds (TR3 of both guides)."""
    return next((most for end, most in _LENGTHS if column.endswith(end)), _USUAL)


_ABSENT: Final = (
    (r'"[a-z0-9_]+":null,', ""),
    (r',?"[a-z0-9_]+":null\}', "}"),  # a quote within a value is escaped: no value reads so
)


def freeze(claims: pl.DataFrame) -> pl.Series:
    """One canonical JSON text a claim from a `CONTENT` frame.

    Keys stand in the order of `CONTENT`; those of absent values are left out, as reading them back
    costs more than all the rest.
    """
    texts = claims.select(pl.struct(CONTENT.names()).struct.json_encode()).to_series()
    for pattern, kept in _ABSENT:
        texts = texts.str.replace_all(pattern, kept)
    return texts


_AT_ONCE: Final = 400  # texts that are decoded within a core's cache; 100,000 take 3 times as long


def thaw(frozen: pl.Series) -> pl.DataFrame:
    """The `CONTENT` frame that `freeze` made the texts from; a key left out is absent."""
    starts = range(0, max(len(frozen), 1), _AT_ONCE)
    with ThreadPoolExecutor(pl.thread_pool_size()) as cores:
        decoded = cores.map(lambda start: _decoded(frozen.slice(start, _AT_ONCE)), starts)
        return pl.concat(decoded, rechunk=True).struct.unnest()


def _decoded(frozen: pl.Series) -> pl.Series:
    return frozen.str.json_decode(pl.Struct(CONTENT))
