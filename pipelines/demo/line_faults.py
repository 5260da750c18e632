"""Line faults: single encounter lines made wrong in one way each.

A fault is data: its edit, the lines that can carry it, the columns that change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from pipelines.demo.identifiers import on

MODALITY = pl.col("modality")
DAY = pl.col("service_date")
HAS_DRUG = pl.col("ndc").is_not_null()
HAS_AUTHORIZATION = pl.col("authorization_number").is_not_null()
IS_REMOTE = MODALITY != "in_person"
IS_INSURED = pl.col("is_insured")
IS_PLAIN = ~HAS_DRUG & ~HAS_AUTHORIZATION & ~IS_REMOTE & pl.col("order_id").is_null()
TEXTS = pl.List(pl.String)
# A line that moves to another day, person or provider has no time to clash with theirs.
NO_TIME = {"start_time": pl.lit(None, pl.Time)}
LATE_DAYS = 21  # beyond the days that policy gives a signature


@dataclass(frozen=True)
class LineFault:
    """`among`: lines that can carry it. `feed`: where the wrong value stands."""

    edit_id: str
    note: str
    changes: Mapping[str, pl.Expr] = field(default_factory=dict)
    among: pl.Expr = IS_PLAIN
    feed: str = "encounters"


@dataclass(frozen=True)
class Wrong:
    """Values to plant: codes that are wrong in one way each, NPIs of nobody, ids of bystanders
    (persons with a CIN and without services).
    """

    codes: Mapping[str, str]
    unlisted_npi: str
    group_npi: str
    lapsed_npi: str
    nurse_npi: str
    unlicensed_staff_id: str
    bystanders: Sequence[str]
    end: date


def _texts(*values: str) -> pl.Expr:
    return pl.lit(list(values), dtype=TEXTS)


def _nothing(dtype: pl.DataType | type[pl.DataType] = pl.String) -> pl.Expr:
    return pl.lit(None, dtype=dtype)


def line_faults(wrong: Wrong) -> list[LineFault]:
    """Every kind, those that few lines can carry first."""
    return [
        *_records(),
        *_authorization(),
        *_drugs(wrong.codes),
        *_remote(),
        *_dates(wrong),
        *_diagnoses(wrong.codes),
        *_modifiers(wrong.codes),
        *_procedures(wrong.codes),
        *_elsewhere(wrong.codes),
        *_amounts(),
        *_minutes(),
        *_notes(wrong.unlicensed_staff_id),
        *_references(wrong),
        *_rendering(wrong),
        *_referrers(wrong),
        LineFault(
            "service_repeated",
            "the line stands again under another encounter",
            among=IS_PLAIN & ~IS_INSURED,
        ),
    ]


def _authorization() -> list[LineFault]:
    def own(edit_id: str, note: str, **changes: pl.Expr) -> LineFault:
        feed = "encounters" if changes else "authorizations"
        return LineFault(edit_id, note, changes, HAS_AUTHORIZATION, feed)

    return [
        own("authorization_missing", "no number", authorization_number=_nothing()),
        own("authorization_unknown", "nobody's number", authorization_number=pl.lit("59999999999")),
        own("authorization_of_other_person", "granted to another person"),
        own("authorization_outside_dates", "ended before the service"),
        own("authorization_of_other_code", "granted for another procedure"),
        own("authorization_pending", "not decided"),
        own("authorization_denied", "denied"),
        own("authorization_exhausted", "cut to no units"),
        own(
            "authorization_malformed",
            "a digit is missing, in both feeds",
            authorization_number=pl.col("authorization_number").str.head(10),
        ),
    ]


def _records() -> list[LineFault]:
    """What few persons have: a record that was merged, another payer."""
    return [
        LineFault(
            "person_merged",
            "the record that was merged",
            {"person_id": pl.col("old_person_id")},
            IS_PLAIN & pl.col("old_person_id").is_not_null(),
        ),
        LineFault("other_coverage_not_billed", "no answer of the payer", among=IS_INSURED),
    ]


def _drugs(codes: Mapping[str, str]) -> list[LineFault]:
    quantity = {"ndc_quantity": _nothing(pl.Decimal(15, 3))}
    twice = pl.col("ndc_quantity") * 2 + 2
    other = HAS_DRUG & (pl.col("procedure_code") != codes["its_procedure"])
    return [
        LineFault("ndc_unknown", "in no list", {"ndc": pl.lit(codes["unknown_ndc"])}, HAS_DRUG),
        LineFault(
            "ndc_of_other_procedure",
            "of another drug",
            {"ndc": pl.lit(codes["ndc_of_other"])},
            other,
        ),
        LineFault("ndc_quantity_unlike_units", "twice as much", {"ndc_quantity": twice}, HAS_DRUG),
        LineFault("modifier_340b_missing", "no UD", {"is_340b": pl.lit(True)}, HAS_DRUG),
        LineFault(
            "ndc_missing",
            "no NDC",
            {"ndc": _nothing(), "ndc_unit": _nothing(), **quantity},
            HAS_DRUG,
        ),
        LineFault("ndc_malformed", "all zero", {"ndc": pl.lit("00000000000")}, HAS_DRUG),
        LineFault("ndc_quantity_missing", "no quantity", quantity, HAS_DRUG),
    ]


def _remote() -> list[LineFault]:
    return [
        LineFault(
            "modifier_telehealth_missing", "no 95 or 93", {"modifiers": _nothing(TEXTS)}, IS_REMOTE
        ),
        LineFault(
            "telehealth_consent_missing",
            "consent is no",
            {"telehealth_consent": pl.lit(False)},
            IS_REMOTE,
        ),
        LineFault(
            "modifier_contradicts_modality", "95 in person", {"modifiers": _texts("95")}, IS_PLAIN
        ),
    ]


def _dates(wrong: Wrong) -> list[LineFault]:
    after = pl.col("released_on") + pl.duration(days=2)
    late = DAY + pl.duration(days=LATE_DAYS)
    return [
        LineFault(
            "not_in_custody",
            "two days after release",
            {"service_date": after, "signed_at": on(after, pl.lit(18)), **NO_TIME},
            IS_PLAIN
            & ~IS_INSURED
            & (after <= wrong.end)
            & (after.dt.month() == pl.col("released_on").dt.month())
            & pl.col("rendering_left_on").is_null(),
        ),
        LineFault(
            "note_signed_late",
            f"signed {LATE_DAYS} days after the service",
            {"signed_at": on(late, pl.lit(18))},
            IS_PLAIN & (late <= wrong.end),
        ),
    ]


def _diagnoses(codes: Mapping[str, str]) -> list[LineFault]:
    first = pl.col("diagnosis_codes").list.first()
    wrong = {
        "diagnosis_unknown": codes["unknown_diagnosis"],
        "diagnosis_not_billable": codes["header_diagnosis"],
        "diagnosis_not_in_force": codes["ended_diagnosis"],
    }
    return [
        LineFault("diagnosis_missing", "no diagnosis", {"diagnosis_codes": _nothing(TEXTS)}),
        LineFault(
            "diagnosis_repeated",
            "the first diagnosis twice",
            {"diagnosis_codes": pl.concat_list("diagnosis_codes", first)},
        ),
        LineFault(
            "diagnosis_external_cause_first",
            "an external cause before the diagnosis",
            {"diagnosis_codes": pl.concat_list(pl.lit(codes["external_cause"]), first)},
        ),
        *(
            LineFault(edit, f"diagnosis {code}", {"diagnosis_codes": _texts(code)})
            for edit, code in wrong.items()
        ),
    ]


def _modifiers(codes: Mapping[str, str]) -> list[LineFault]:
    wrong = {
        "modifier_unknown": (codes["unknown_modifier"],),
        "modifier_repeated": ("25", "25"),
        "modifier_components_together": ("26", "TC"),
        "modifier_too_many": ("25", "59", "76", "77", "GC"),
    }
    return [
        LineFault(edit, "modifiers " + ", ".join(listed), {"modifiers": _texts(*listed)})
        for edit, listed in wrong.items()
    ]


def _procedures(codes: Mapping[str, str]) -> list[LineFault]:
    return [
        LineFault(
            "procedure_not_covered",
            "a procedure that is not on the closed list",
            {"procedure_code": pl.lit(codes["foreign_procedure"])},
        ),
        LineFault(
            "procedure_wrong_category",
            "a consultation sent as medication",
            {"service_category": pl.lit("medication")},
            IS_PLAIN & (pl.col("service_category") == "consultation"),
        ),
        LineFault(
            "place_of_service_unexpected",
            "place 11 without a reason",
            {"place_of_service": pl.lit("11")},
        ),
        LineFault(
            "place_of_service_unknown",
            "a place that no list has",
            {"place_of_service": pl.lit("98")},
        ),
    ]


def _elsewhere(codes: Mapping[str, str]) -> list[LineFault]:
    """Services of another stream of payment."""
    kinds = {"community_support_before_release": "support", "ecm_before_release": "ecm"}
    return [
        LineFault("inpatient_service", "given to an inpatient", {"place_of_service": pl.lit("21")}),
        *(
            LineFault(
                edit,
                "a service of after the release",
                {
                    "procedure_code": pl.lit(codes[f"{kind}_procedure"]),
                    "modifiers": _texts(codes[f"{kind}_modifier"]),
                },
            )
            for edit, kind in kinds.items()
        ),
    ]


def _minutes() -> list[LineFault]:
    is_timed = IS_PLAIN & pl.col("minutes_per_unit").is_not_null()
    return [
        LineFault("minutes_missing", "no minutes", {"minutes": _nothing(pl.Int64)}, is_timed),
        LineFault("units_above_minutes", "a minute", {"minutes": pl.lit(1)}, is_timed),
    ]


def _amounts() -> list[LineFault]:
    above = pl.col("most_units") + 1
    is_limited = IS_PLAIN & pl.col("most_units").gt(0).fill_null(False)
    return [
        LineFault(
            "units_above_limit",
            "one unit above the limit",
            {"units": above, "charge_amount": pl.lit("9999.00")},
            is_limited & pl.col("minutes_per_unit").is_null(),
        ),
        LineFault("charge_below_rate", "a cent", {"charge_amount": pl.lit("0.01")}),
        LineFault("units_not_positive", "no units", {"units": pl.lit(0)}),
        LineFault("charge_not_positive", "no charge", {"charge_amount": pl.lit("0.00")}),
    ]


def _notes(unlicensed: str) -> list[LineFault]:
    before = on(DAY - pl.duration(days=1), pl.lit(18))
    return [
        LineFault("note_not_signed", "a draft", {"note_status": pl.lit("draft")}),
        LineFault(
            "signer_unknown", "signed by a stranger", {"signed_by_staff_id": pl.lit("C-NONE")}
        ),
        LineFault(
            "signer_not_licensed",
            "signed by somebody without a licence",
            {"signed_by_staff_id": pl.lit(unlicensed)},
            IS_PLAIN & pl.col("is_restricted"),
        ),
        LineFault("note_signature_missing", "signed by nobody", {"signed_by_staff_id": _nothing()}),
        LineFault("note_signed_before_service", "signed the day before", {"signed_at": before}),
    ]


def _references(wrong: Wrong) -> list[LineFault]:
    nth = pl.col("line_fault").eq("stay_of_other_person").fill_null(False).cum_sum()
    other = nth.cast(pl.Int64) % len(wrong.bystanders)
    return [
        LineFault(
            "person_unknown", "nobody's id", {"person_id": pl.format("NOBODY-{}", "encounter_id")}
        ),
        LineFault("stay_unknown", "no stay's id", {"stay_id": pl.lit("S-NONE")}),
        LineFault(
            "stay_of_other_person",
            "the person of another stay",
            {"person_id": pl.lit(pl.Series(wrong.bystanders)).gather(other), **NO_TIME},
        ),
        LineFault("facility_unknown", "no facility's id", {"facility_id": pl.lit("F-NONE")}),
    ]


def _rendering(wrong: Wrong) -> list[LineFault]:
    last = pl.col("rendering_npi").str.slice(9, 1).cast(pl.Int64)
    misread = pl.format("{}{}", pl.col("rendering_npi").str.slice(0, 9), (last + 1) % 10)
    return [
        LineFault("npi_check_digit", "the last digit misread", {"rendering_npi": misread}),
        LineFault(
            "credential_not_allowed",
            "given by a nurse",
            {"rendering_npi": pl.lit(wrong.nurse_npi), **NO_TIME},
            IS_PLAIN & pl.col("is_restricted"),
        ),
        *(
            LineFault(edit, note, {"rendering_npi": pl.lit(npi), **NO_TIME})
            for edit, note, npi in (
                ("rendering_provider_unknown", "an NPI that no provider has", wrong.unlisted_npi),
                ("rendering_not_person", "the NPI of a group", wrong.group_npi),
                ("rendering_not_enrolled", "whose enrollment has ended", wrong.lapsed_npi),
            )
        ),
    ]


def _referrers(wrong: Wrong) -> list[LineFault]:
    last = pl.lit(wrong.unlisted_npi).str.slice(9, 1).cast(pl.Int64)
    misread = pl.format("{}{}", pl.lit(wrong.unlisted_npi[:9]), (last + 1) % 10)
    kinds = (
        ("referrer_npi_check_digit", "the last digit misread", misread),
        ("referrer_unknown", "an NPI that no provider has", pl.lit(wrong.unlisted_npi)),
        ("referrer_not_person", "the NPI of a group", pl.lit(wrong.group_npi)),
        ("referrer_not_enrolled", "whose enrollment has ended", pl.lit(wrong.lapsed_npi)),
    )
    return [LineFault(edit, note, {"referring_npi": npi}) for edit, note, npi in kinds]
