"""Holds: what keeps an assembled claim from being written, told as slugs in a fixed order.

The rules read content alone, so that the writer can ask them again of what was frozen. A value
that X12 cannot carry is held as it is, never mangled.
"""

from collections.abc import Iterable

import polars as pl

from contracts.fields import MONEY
from pipelines.x12.charset import carries
from pipelines.x12.content import (
    CODES,
    CONTENT,
    LINE,
    MAX_ADJUSTMENT_GROUPS,
    MAX_ADJUSTMENTS,
    MAX_ATTACHMENTS,
    MAX_DIAGNOSES,
    MAX_LINES,
    OTHER_PAYER,
    REQUIRED_OTHER_PAYER_COLUMNS,
)

# Decided from more than the claim's content.
LATE = "filing_limit_passed"
OTHER_REASONS = (
    "lines_disagree", "release_not_final", "other_payment_split", "policy_unset", LATE,
)  # fmt: skip

_PLACE = ("address_line", "city", "state", "zip")
_ROLES = ("referring", "rendering", "supervising")
_NAMES = [name for name in CONTENT if "name" in name and CONTENT[name] == pl.String]
_OTHER_TEXTS = [name for name in CONTENT if CONTENT[name] == pl.String and name not in _NAMES]
_LINE_NAMES = [name for name in LINE if "name" in name]
_LINE_TEXTS = [n for n in LINE if LINE[n] == pl.String and n not in _LINE_NAMES]
_CODE_LISTS = [name for name in LINE if LINE[name] == CODES]
_PAYER_NAMES = [name for name in OTHER_PAYER if "name" in name]
_PAYER_TEXTS = [name for name in OTHER_PAYER if name not in _PAYER_NAMES]
_ADJUSTED = [f"amount_{n}" for n in range(1, MAX_ADJUSTMENTS + 1)]


def rules() -> dict[str, pl.Expr]:
    """Slug to the condition, over a `CONTENT` frame, under which a claim cannot go out."""
    return {
        "name_not_carried": ~(
            _all_carried(_NAMES)
            & _members_carried("lines", _LINE_NAMES)
            & _members_carried("other_payers", _PAYER_NAMES)
        ),
        "text_not_carried": ~(
            _all_carried(_OTHER_TEXTS)
            & _members_carried("lines", _LINE_TEXTS)
            & _members_carried("other_payers", _PAYER_TEXTS)
        ),
        "code_not_carried": ~(_codes_carried(pl.col("diagnosis_codes")) & _line_codes_carried()),
        "subscriber_incomplete": _any_absent(
            f"subscriber_{part}" for part in ("cin", "last_name", "birth_date", "sex")
        ),
        "address_missing": _any_absent(f"subscriber_{part}" for part in _PLACE),
        "billing_provider_incomplete": _any_absent(
            f"billing_{part}" for part in ("npi", "name", "tax_id", *_PLACE)
        ),
        "billing_zip_not_nine_digits": pl.col("billing_zip").str.len_chars() != 9,  # noqa: PLR2004
        "provider_unknown": pl.any_horizontal(
            *(_is_nameless(f"{role}_npi", f"{role}_last_name_or_organization") for role in _ROLES),
            _is_nameless("service_facility_npi", "service_facility_name"),
            _any_orderer_nameless(),
        ),
        "diagnosis_missing": _size("diagnosis_codes") == 0,
        "too_many_diagnoses": _size("diagnosis_codes") > MAX_DIAGNOSES,
        "too_many_attachments": _size("attachments").fill_null(0) > MAX_ATTACHMENTS,
        "too_many_lines": _size("lines") > MAX_LINES,
        "pointers_out_of_range": ~_pointers_in_range(),
        "charge_unlike_lines": _line_charges() != pl.col("claim_charge_amount").cast(MONEY),
        "other_payer_incomplete": ~_in_all(
            "other_payers",
            pl.all_horizontal(
                _of_member(name).is_not_null() for name in REQUIRED_OTHER_PAYER_COLUMNS
            ),
        ),
        "other_payment_unbalanced": ~_in_all("lines", _is_balanced()),
        "too_many_adjustments": ~_in_all("lines", _most_adjustments() <= MAX_ADJUSTMENT_GROUPS),
    }


def holds(content: pl.DataFrame, others: pl.DataFrame) -> pl.Series:
    """Reasons of each row of a `CONTENT` frame; `others` has the flags of `OTHER_REASONS`."""
    flags = content.hstack(others)
    conditions = {**rules(), **{slug: pl.col(slug) for slug in OTHER_REASONS}}
    slugs = [pl.when(broken).then(pl.lit(slug)) for slug, broken in conditions.items()]
    return flags.select(reasons=pl.concat_list(slugs).list.drop_nulls()).to_series()


def _any_absent(names: Iterable[str]) -> pl.Expr:
    return pl.any_horizontal(pl.col(name).is_null() for name in names)


def _is_nameless(number: str, name: str) -> pl.Expr:
    return pl.col(number).is_not_null() & pl.col(name).is_null()


def _size(name: str) -> pl.Expr:
    return pl.col(name).list.len()


def _all_carried(names: list[str]) -> pl.Expr:
    return carries(pl.concat_str(names, ignore_nulls=True))


def _codes_carried(codes: pl.Expr) -> pl.Expr:
    return carries(codes.list.join(""))


def _of_member(name: str) -> pl.Expr:
    return pl.element().struct.field(name)


def _in_all(members: str, condition: pl.Expr) -> pl.Expr:
    return pl.col(members).list.eval(condition).list.all().fill_null(True)


def _members_carried(members: str, names: list[str]) -> pl.Expr:
    texts = pl.concat_str([_of_member(name) for name in names], ignore_nulls=True)
    return _in_all(members, carries(texts))


def _line_codes_carried() -> pl.Expr:
    codes = (_codes_carried(_of_member(name)) for name in _CODE_LISTS)
    return _in_all("lines", pl.all_horizontal(codes))


def _is_balanced() -> pl.Expr:
    """Whether each other payer's payment and adjustments of a line add up to the line's charge."""
    adjusted = pl.sum_horizontal(_of_member(name).cast(MONEY) for name in _ADJUSTED)
    told = _of_member("adjustments").list.eval(adjusted).list.sum().fill_null(0)
    answered = _of_member("other_payments").list.eval(_of_member("paid_amount").cast(MONEY) + told)
    charge = _of_member("charge_amount").cast(MONEY)
    is_equal = (answered.list.min() == charge) & (answered.list.max() == charge)
    return is_equal.fill_null(True)


def _most_adjustments() -> pl.Expr:
    groups = _of_member("adjustments").list.len()
    return _of_member("other_payments").list.eval(groups).list.max().fill_null(0)


def _any_orderer_nameless() -> pl.Expr:
    number, name = _of_member("ordering_npi"), _of_member("ordering_last_name_or_organization")
    return ~_in_all("lines", number.is_null() | name.is_not_null())


def _pointers_in_range() -> pl.Expr:
    """Each line points at one of the claim's diagnoses or more, and at none beyond them."""
    last = _of_member("diagnosis_pointers").list.eval(pl.element().cast(pl.Int64)).list.max()
    lasts = pl.col("lines").list.eval(last.fill_null(0))
    return (lasts.list.max() <= _size("diagnosis_codes")) & (lasts.list.min() > 0)


def _line_charges() -> pl.Expr:
    return pl.col("lines").list.eval(_of_member("charge_amount").cast(MONEY)).list.sum()
