"""Claim rules beyond the guide's form: sums, situations between segments, and Medi-Cal's own."""

from collections.abc import Iterator

import polars as pl

from contracts.fields import MONEY, QUANTITY
from pipelines.stages.claims.rule import (
    BALANCE,
    COMPANION,
    SITUATION,
    Rule,
    in_all,
    of_member,
    size,
)
from pipelines.stages.identifiers import cin_form, npi_is_valid, ssn_form
from pipelines.x12.claim_forms import PROFESSIONAL, ClaimForm
from pipelines.x12.content import CONTENT, LINE, MAX_ADJUSTMENTS

REPLACING = ("7", "8")  # CLM05-3: replacement and void
MOST_AMOUNT = "99999999.99"  # TR3: amounts hold ten characters, cents included
ZIP_DIGITS = 9

_ADJUSTED = [f"amount_{n}" for n in range(1, MAX_ADJUSTMENTS + 1)]
_NPIS = [name for name in CONTENT if name.endswith("_npi")]
_LINE_NPIS = [name for name in LINE if name.endswith("_npi")]
_BILLER, _STEWARD, _ENROLLMENT = "biller", "data_steward", "provider_enrollment"


def claim_rules(form: ClaimForm) -> tuple[Rule, ...]:
    """Rules of levels 3, 4 and 7 that content alone can answer."""
    own = () if form is PROFESSIONAL else _of_bills()
    return (*_of_sums(), *_of_situations(), *own, *_of_the_payer())


def _of_sums() -> Iterator[Rule]:
    charge = pl.col("claim_charge_amount").cast(MONEY)
    yield Rule(
        "charge_unlike_lines", BALANCE, "CLM02",
        "the claim's charge is not the sum of its lines'",
        "operator", "Run `reentry verify`: money does not add up.",
        _line_sum("charge_amount") != charge,
    )  # fmt: skip
    yield Rule(
        "amount_out_of_range", BALANCE, "CLM02",
        "the charge of a claim is not above zero, a line's is below, or one has too many digits",
        _BILLER, "Correct the charge in the encounter, or part the claim.",
        (charge > pl.lit(MOST_AMOUNT).cast(MONEY)) | (charge < 0)
        | ((charge == 0) & pl.col("claim_or_encounter").is_null())
        | ~in_all("lines", of_member("charge_amount").cast(MONEY) >= 0),
    )  # fmt: skip
    yield Rule(
        "other_payment_unbalanced", BALANCE, "SVD02",
        "what another payer paid and adjusted is not the line's charge",
        _BILLER, "Make what the other payer paid and adjusted add up to the line's charge.",
        ~in_all("lines", _is_balanced()),
    )  # fmt: skip
    yield Rule(
        "other_payer_unlike_lines", BALANCE, "AMT*D",
        "what other payers paid for the claim is not what they paid for its lines",
        "operator", "Run `reentry verify`: money does not add up.",
        # One line of a claim is replaced or voided, and still tells what was paid for all of them.
        ~pl.col("frequency_code").is_in(REPLACING).fill_null(False)
        & (_payer_sum().fill_null(0) != _line_payer_sum()),
    )  # fmt: skip


def _of_situations() -> Iterator[Rule]:
    first, last = of_member("service_from"), of_member("service_to")
    ndc, quantity, unit = (of_member(name) for name in ("ndc", "ndc_quantity", "ndc_unit"))
    together = (ndc.is_null() == quantity.is_null()) & (ndc.is_null() == unit.is_null())
    yield Rule(
        "replaced_number_missing", SITUATION, "REF*F8",
        "a replacement or void names no claim of the payer's",
        _BILLER, "Await the payer's number of the claim: `reentry claims show ID`.",
        pl.col("frequency_code").is_in(REPLACING) & pl.col("payer_claim_control_number").is_null(),
    )  # fmt: skip
    yield Rule(
        "drug_incomplete", SITUATION, "CTP04",
        "an NDC without quantity and unit, or these without an NDC",
        "pharmacy", "Send NDC, quantity and unit of the drug, or none of them.",
        ~in_all("lines", together),
    )  # fmt: skip
    yield Rule(
        "service_ends_before_start", SITUATION, "DTP*472",
        "a service ends before it begins",
        "clinician", "Correct service_date or service_end_date.",
        ~in_all("lines", (last >= first).fill_null(True)),
    )  # fmt: skip
    yield Rule(
        "responsibility_without_payer", SITUATION, "SBR01",
        "the payer's place among payers does not follow from the other payers",
        "operator", "Run the line again; the claim's own payers disagree.",
        pl.col("responsibility").is_not_null() != (size("other_payers").fill_null(0) > 0),
    )  # fmt: skip


def _of_bills() -> Iterator[Rule]:
    """Between segments of an institutional claim."""
    yield Rule(
        "bill_not_original", SITUATION, "CLM05-3",
        "the bill came as a replacement or void",
        _BILLER, "Export the bill as an original: what replaces or voids one is planned here.",
        pl.col("bill_frequency_code").is_in(REPLACING),
    )  # fmt: skip
    yield Rule(
        "procedure_date_missing", SITUATION, "HI*BBR",
        "the principal procedure has no day",
        _BILLER, "Write the principal procedure as code:YYYY-MM-DD.",
        pl.col("principal_procedure").is_not_null() & pl.col("principal_procedure_on").is_null(),
    )  # fmt: skip
    yield Rule(
        "line_outside_statement", SITUATION, "DTP*434",
        "a line was given before or after the days of the statement",
        _BILLER, "Correct from_on and through_on of the bill, or the encounters that it lists.",
        _lines_outside_statement(),
    )  # fmt: skip


def _of_the_payer() -> Iterator[Rule]:
    cin = pl.col("subscriber_cin")
    units = of_member("units").cast(QUANTITY)
    zip_code = pl.col("service_facility_zip")
    yield Rule(
        "cin_malformed", COMPANION, "NM109",
        "the subscriber's number is no Medi-Cal number, or looks like a social security number",
        _STEWARD, "Correct the CIN in the people feed; a claim never carries an SSN.",
        ~cin_form(cin) | ssn_form(cin),
    )  # fmt: skip
    yield Rule(
        "billing_zip_not_nine_digits", COMPANION, "N403",
        "the billing provider's ZIP has not nine digits",
        _ENROLLMENT, "Send the ZIP code of nine digits in the billing_providers feed.",
        pl.col("billing_zip").str.len_chars() != ZIP_DIGITS,
    )  # fmt: skip
    yield Rule(
        "service_zip_not_nine_digits", COMPANION, "N403",
        "the ZIP of the place of service has not nine digits",
        _STEWARD, "Send the ZIP code of nine digits in the facilities feed.",
        zip_code.str.len_chars() != ZIP_DIGITS,
    )  # fmt: skip
    yield Rule(
        "npi_check_digit", COMPANION, "NM109",
        "an NPI is not ten digits, or its check digit is wrong",
        _STEWARD, "Correct the NPI where it was sent.",
        ~(pl.all_horizontal(_is_npi(pl.col(name)) for name in _NPIS)
          & in_all("lines", pl.all_horizontal(_is_npi(of_member(n)) for n in _LINE_NPIS))),
    )  # fmt: skip
    yield Rule(
        "units_not_above_zero", COMPANION, "SV104",
        "the units of a line are not above zero",
        _BILLER, "Correct the units in the encounter.",
        ~in_all("lines", units > 0),
    )  # fmt: skip


def _is_npi(number: pl.Expr) -> pl.Expr:
    return npi_is_valid(number).fill_null(True)


def _line_sum(name: str) -> pl.Expr:
    return pl.col("lines").list.eval(of_member(name).cast(MONEY)).list.sum()


def _payer_sum() -> pl.Expr:
    return pl.col("other_payers").list.eval(of_member("paid_amount").cast(MONEY)).list.sum()


def _line_payer_sum() -> pl.Expr:
    paid = of_member("other_payments").list.eval(of_member("paid_amount").cast(MONEY)).list.sum()
    return pl.col("lines").list.eval(paid).list.sum()


def _is_balanced() -> pl.Expr:
    """Whether each other payer's payment and adjustments of a line add up to the line's charge."""
    adjusted = pl.sum_horizontal(of_member(name).cast(MONEY) for name in _ADJUSTED)
    told = of_member("adjustments").list.eval(adjusted).list.sum().fill_null(0)
    answered = of_member("other_payments").list.eval(of_member("paid_amount").cast(MONEY) + told)
    charge = of_member("charge_amount").cast(MONEY)
    is_equal = (answered.list.min() == charge) & (answered.list.max() == charge)
    return is_equal.fill_null(True)


def _lines_outside_statement() -> pl.Expr:
    last = pl.coalesce(of_member("service_to"), of_member("service_from"))
    first = pl.col("lines").list.eval(of_member("service_from")).list.min()
    latest = pl.col("lines").list.eval(last).list.max()
    return (first < pl.col("statement_from")) | (latest > pl.col("statement_to"))
