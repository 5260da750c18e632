"""Guide rules: what both guides, or one of them, require of a claim, and what X12 carries.

A value that X12 cannot carry or has no room for is held as it is, never mangled or cut.
"""

from collections.abc import Iterator

import polars as pl

from contracts.decisions import MOST_ATTACHMENT_NUMBER, REPORT_TYPES, TRANSMISSIONS
from pipelines.stages.claims.rule import (
    GUIDE,
    Rule,
    all_carried,
    any_absent,
    fits,
    in_all,
    members_carried,
    of_member,
    size,
    whole,
)
from pipelines.x12.charset import carries
from pipelines.x12.claim_forms import PROFESSIONAL, ClaimForm
from pipelines.x12.content import (
    CODES,
    CONTENT,
    LINE,
    MAX_ADJUSTMENT_GROUPS,
    MAX_ATTACHMENTS,
    MAX_BILL_CODES,
    OTHER_PAYER,
    REQUIRED_OTHER_PAYER_COLUMNS,
    longest,
)

_PLACE = ("address_line", "city", "state", "zip")
_ROLES = ("referring", "rendering", "supervising", "attending", "operating")
_LINE_ROLES = ("ordering", "rendering", "referring")
_NAMES = [name for name in CONTENT if "name" in name and CONTENT[name] == pl.String]
_OTHER_TEXTS = [name for name in CONTENT if CONTENT[name] == pl.String and name not in _NAMES]
_LINE_NAMES = [name for name in LINE if "name" in name]
_LINE_TEXTS = [n for n in LINE if LINE[n] == pl.String and n not in _LINE_NAMES]
_CODE_LISTS = [name for name in LINE if LINE[name] == CODES]
_PAYER_NAMES = [name for name in OTHER_PAYER if "name" in name]
_PAYER_TEXTS = [name for name in OTHER_PAYER if name not in _PAYER_NAMES]
_STEWARD, _ENROLLMENT, _BILLER = "data_steward", "provider_enrollment", "biller"


def guide_rules(form: ClaimForm) -> tuple[Rule, ...]:
    """Rules of level 2."""
    own = _of_professional() if form is PROFESSIONAL else _of_institutional()
    return (*_of_characters(), *_of_parties(), *_of_sizes(form), *own)


def _of_characters() -> Iterator[Rule]:
    yield Rule(
        "name_not_carried", GUIDE, "NM103",
        "a name has letters that X12 does not carry",
        _STEWARD, "Correct the name to letters that X12 carries.",
        ~(all_carried(_NAMES) & members_carried("lines", _LINE_NAMES)
          & members_carried("other_payers", _PAYER_NAMES)),
    )  # fmt: skip
    yield Rule(
        "text_not_carried", GUIDE, "",
        "a text has characters that X12 does not carry",
        _STEWARD, "Correct the text that X12 does not carry.",
        ~(all_carried(_OTHER_TEXTS) & members_carried("lines", _LINE_TEXTS)
          & members_carried("other_payers", _PAYER_TEXTS)),
    )  # fmt: skip
    yield Rule(
        "code_not_carried", GUIDE, "HI01",
        "a diagnosis code, modifier or condition code has characters that X12 does not carry",
        _STEWARD, "Correct the code that X12 does not carry.",
        ~(_codes_carried(pl.col("diagnosis_codes")) & _line_codes_carried()
          & _codes_carried(pl.col("condition_codes"))),
    )  # fmt: skip
    yield Rule(
        "value_too_long", GUIDE, "",
        "a name, address or number is longer than its element",
        _STEWARD, "Shorten the value in its source: 60 letters of a name, 55 of an address line.",
        ~(pl.all_horizontal(fits(pl.col(n), longest(n)) for n in (*_NAMES, *_OTHER_TEXTS))
          & in_all("lines", _all_fit([*_LINE_NAMES, *_LINE_TEXTS]))
          & in_all("other_payers", _all_fit([*OTHER_PAYER]))),
    )  # fmt: skip


def _of_parties() -> Iterator[Rule]:
    yield Rule(
        "subscriber_incomplete", GUIDE, "NM109",
        "the subscriber lacks CIN, name, birth date or sex",
        _STEWARD, "Send CIN, name, birth date and sex in the people feed.",
        any_absent(f"subscriber_{part}" for part in ("cin", "last_name", "birth_date", "sex")),
    )  # fmt: skip
    yield Rule(
        "address_missing", GUIDE, "N301",
        "the subscriber, who is the patient, has no whole address",
        _STEWARD, "Send the person's whole address in the people feed.",
        any_absent(f"subscriber_{part}" for part in _PLACE),
    )  # fmt: skip
    yield Rule(
        "billing_provider_incomplete", GUIDE, "NM1*85",
        "the billing provider lacks NPI, name, tax id or address",
        _ENROLLMENT, "Send NPI, name, tax id and address in the billing_providers feed.",
        any_absent(f"billing_{part}" for part in ("npi", "name", "tax_id", *_PLACE)),
    )  # fmt: skip
    yield Rule(
        "provider_unknown", GUIDE, "NM103",
        "a provider or place is known by NPI alone",
        _ENROLLMENT, "Send the provider in the providers feed.",
        pl.any_horizontal(
            *(_is_nameless(f"{role}_npi", f"{role}_last_name_or_organization") for role in _ROLES),
            _is_nameless("service_facility_npi", "service_facility_name"),
            *(_any_line_nameless(role) for role in _LINE_ROLES),
        ),
    )  # fmt: skip
    yield Rule(
        "other_payer_incomplete", GUIDE, "SBR",
        "another payer's policy lacks something that the guide requires",
        _BILLER, "Send the other payer's policy whole in the other_coverage feed.",
        ~whole("other_payers", REQUIRED_OTHER_PAYER_COLUMNS),
    )  # fmt: skip
    yield Rule(
        "attachment_malformed", GUIDE, "PWK01",
        "a document's report type, transmission or number is none that PWK takes",
        _BILLER, "Correct report type (PWK01), transmission (PWK02) or number of the document.",
        ~in_all("attachments", _is_attachment()),
    )  # fmt: skip


def _of_sizes(form: ClaimForm) -> Iterator[Rule]:
    most = pl.any_horizontal(
        size(name) > MAX_BILL_CODES for name in ("occurrences", "values", "condition_codes")
    )
    yield Rule("diagnosis_missing", GUIDE, "HI01", "the claim has no diagnosis",
               "clinician", "Enter the diagnosis in the encounter.",
               (size("diagnosis_codes") == 0).fill_null(True))  # fmt: skip
    yield Rule("too_many_diagnoses", GUIDE, "HI", "more diagnoses than the form takes",
               _BILLER, "Have the encounter's diagnoses reduced to what X12 holds.",
               size("diagnosis_codes") > form.max_diagnoses)  # fmt: skip
    yield Rule("too_many_attachments", GUIDE, "PWK", "the claim has more than ten documents",
               _BILLER, "Send or set fewer documents for the claim's lines.",
               size("attachments") > MAX_ATTACHMENTS)  # fmt: skip
    yield Rule("too_many_lines", GUIDE, "LX", "the claim has more lines than the form takes",
               _BILLER, "Have the encounter's lines parted.",
               size("lines") > form.max_lines)  # fmt: skip
    yield Rule("too_many_adjustments", GUIDE, "CAS", "adjustments need too many CAS",
               _BILLER, "Join the other payer's adjustments: a line has no room for so many.",
               ~in_all("lines", _most_adjustments() <= MAX_ADJUSTMENT_GROUPS))  # fmt: skip
    yield Rule("too_many_bill_codes", GUIDE, "HI", "more than 24 codes of one kind",
               _BILLER, "Keep 24 occurrence, value and condition codes each.", most)  # fmt: skip


def _of_professional() -> Iterator[Rule]:
    yield Rule("pointers_out_of_range", GUIDE, "SV107", "a line points at no diagnosis",
               _BILLER, "Have the diagnoses of the line corrected.",
               ~_pointers_in_range())  # fmt: skip


def _of_institutional() -> Iterator[Rule]:
    """Of 005010X223A2; the codes themselves are the NUBC's, whose lists we do not have whole."""
    yield Rule(
        "bill_malformed", GUIDE, "CLM05",
        "type of bill, days, hours, admission type, patient status or codes are not well formed",
        _BILLER, "Correct type of bill, days, status and codes in institutional_claims.",
        ~(
            pl.col("facility_code").is_not_null()
            & pl.col("admission_type").str.contains(r"^[0-9]$")
            & pl.col("patient_status").str.contains(r"^[0-9]{2}$")
            & (pl.col("statement_from") <= pl.col("statement_to"))
            & pl.col("discharged_at").str.contains(r"^[0-9]{4}$").fill_null(True)
            & whole("occurrences", ("code", "on"))
            & whole("values", ("code", "amount"))
        ).fill_null(False),
    )  # fmt: skip
    yield Rule(
        "attending_not_person", GUIDE, "NM1*71",
        "the attending provider is unknown, or no person",
        _ENROLLMENT, "Send the attending provider, a person, in the providers feed.",
        pl.col("attending_entity_code").ne_missing("1"),
    )  # fmt: skip
    yield Rule("revenue_code_missing", GUIDE, "SV201", "a line has no revenue code",
               _BILLER, "Add the revenue code to the encounter.",
               ~whole("lines", ("revenue_code",)))  # fmt: skip


def _all_fit(names: list[str]) -> pl.Expr:
    return pl.all_horizontal(fits(of_member(name), longest(name)) for name in names)


def _is_nameless(number: str, name: str) -> pl.Expr:
    return pl.col(number).is_not_null() & pl.col(name).is_null()


def _any_line_nameless(role: str) -> pl.Expr:
    number, name = of_member(f"{role}_npi"), of_member(f"{role}_last_name_or_organization")
    return ~in_all("lines", number.is_null() | name.is_not_null())


def _codes_carried(codes: pl.Expr) -> pl.Expr:
    return carries(codes.list.join(""))


def _line_codes_carried() -> pl.Expr:
    codes = (_codes_carried(of_member(name)) for name in _CODE_LISTS)
    return in_all("lines", pl.all_horizontal(codes))


def _is_attachment() -> pl.Expr:
    number = of_member("attachment_control_number")
    return pl.all_horizontal(
        of_member("report_type_code").is_in(REPORT_TYPES),
        of_member("transmission_code").is_in(TRANSMISSIONS),
        carries(number),
        number.str.len_chars() <= MOST_ATTACHMENT_NUMBER,
    ).fill_null(False)


def _most_adjustments() -> pl.Expr:
    groups = of_member("adjustments").list.len()
    return of_member("other_payments").list.eval(groups).list.max()


def _pointers_in_range() -> pl.Expr:
    """Each line points at one of the claim's diagnoses or more, and at none beyond them."""
    last = of_member("diagnosis_pointers").list.eval(pl.element().cast(pl.Int64)).list.max()
    lasts = pl.col("lines").list.eval(last.fill_null(0))
    return (lasts.list.max() <= size("diagnosis_codes")) & (lasts.list.min() > 0)
