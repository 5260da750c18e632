"""Stay faults: what ails a whole stay or its person, and which row of which feed carries it.

The frames of stays, persons and membership are told with these faults in mind; here is the list.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.demo.organizations import NOT_ENROLLED, NOT_LIVE, WITHOUT_BILLER, WITHOUT_CLIA


@dataclass(frozen=True)
class StayFault:
    """`carrier`: feed and the column of a line that finds the row in it; `rows`: which of several.

    `lines`: which lines of the stay are at fault; `follows`: a further edit that must fire with it.
    """

    edit_id: str
    carrier: tuple[str, str]
    note: str
    rows: pl.Expr | None = None
    lines: pl.Expr | None = None
    follows: str | None = None


_PERSON, _STAY, _FACILITY = ("people", "person_id"), "stay_id", ("facilities", "facility_id")
_ENCOUNTER = ("encounters", "encounter_id")
_OVERLAY = pl.col("is_ji_aid_code")
_ANSWERS = ("eligibility_answers", _STAY)
_ACCESS = pl.col("screening_type") == "pre_release_access"

STAY_FAULTS = (
    StayFault(
        "person_deceased",
        ("ji_activations", _STAY),
        "an earlier activation was closed as deceased",
        pl.col("deactivation_reason") == "deceased",
    ),
    StayFault("facility_not_live", _FACILITY, "the facility goes live after the period"),
    StayFault(
        "not_enrolled", ("coverage", _STAY), "coverage ends before the first service", ~_OVERLAY
    ),
    StayFault(
        "ji_aid_code_missing",
        ("ji_activations", _STAY),
        "the aid code was taken back on the day of its activation",
    ),
    StayFault(
        "outside_ninety_days",
        ("ji_activations", _STAY),
        "activated more than 90 days before the first service",
    ),
    StayFault("not_screened", ("screenings", _STAY), "the screening says does_not_meet", _ACCESS),
    StayFault(
        "share_of_cost_unmet",
        ("eligibility_answers", _STAY),
        "a share of cost without the day on which it was met",
    ),
    StayFault("cin_missing", _PERSON, "no CIN on the record", follows="not_enrolled"),
    StayFault("ssn_as_cin", _PERSON, "nine digits in place of the CIN", follows="not_enrolled"),
    StayFault("name_unlike_payer", _ANSWERS, "the payer knows another last name"),
    StayFault("birth_date_unlike_payer", _ANSWERS, "the payer knows another date of birth"),
    StayFault("sex_unlike_payer", _ANSWERS, "the payer knows the other sex"),
    StayFault("payer_says_ineligible", _ANSWERS, "not eligible, the payer answers"),
    StayFault("month_not_verified", _PERSON, "no month was asked"),
    StayFault("facility_not_enrolled", _FACILITY, "the facility's enrollment has ended"),
    StayFault("cin_malformed", _PERSON, "ten characters with a wrong check digit"),
    StayFault("cin_doubtful_letter", _PERSON, "a CIN that ends in I or S"),
    StayFault("address_missing", _PERSON, "no street on the record"),
    StayFault("birth_after_service", _PERSON, "born after the last service"),
    StayFault(
        "lab_without_clia",
        _FACILITY,
        "the facility has no CLIA certificate",
        lines=pl.col("service_category").eq("lab_radiology") & pl.col("visit").ne("imaging"),
    ),
    StayFault("billing_provider_unknown", _FACILITY, "billing_npi is no billing provider's"),
    StayFault("filing_limit_passed", _ENCOUNTER, "served seven months before the period's end"),
    StayFault("filing_limit_near", _ENCOUNTER, "served six months before the period's end"),
)

_FACILITY_OF = {
    "facility_not_live": NOT_LIVE,
    "facility_not_enrolled": NOT_ENROLLED,
    "lab_without_clia": WITHOUT_CLIA,
    "billing_provider_unknown": WITHOUT_BILLER,
}


def stay_faults(stay_count: int, fault_rate: float, *, has_room: bool) -> list[str]:
    """The faults to plant, in turn: that share of the stays, each kind once if there is room."""
    if fault_rate == 0:
        return []
    kinds = [fault.edit_id for fault in STAY_FAULTS]
    wanted = max(round(fault_rate * stay_count), len(kinds) if has_room else 0)
    return [kinds[n % len(kinds)] for n in range(wanted)]


def moved(stays: pl.DataFrame) -> pl.DataFrame:
    """Stays at fault by their facility moved to the one that lacks what it should have."""
    facility = pl.col("stay_fault").replace_strict(_FACILITY_OF, default=None)
    return stays.with_columns(facility_id=pl.coalesce(facility, "facility_id"))


def stay_truth(files: dict[str, pl.DataFrame], lines: pl.DataFrame) -> pl.DataFrame:
    """One row for each line at fault by its stay and each edit that must fire.

    `files`: feeds with row_number. `lines`: encounter lines with row_number and stay_fault.
    """
    told = [_truth_of(fault, files, lines) for fault in STAY_FAULTS]
    return pl.concat(told)


def _truth_of(
    fault: StayFault, files: dict[str, pl.DataFrame], lines: pl.DataFrame
) -> pl.DataFrame:
    chosen = lines.filter(pl.col("stay_fault") == fault.edit_id)
    chosen = chosen if fault.lines is None else chosen.filter(fault.lines)
    feed, column = fault.carrier
    carriers = files[feed] if fault.rows is None else files[feed].filter(fault.rows)
    rows = _carrying(chosen, feed, column, carriers).with_columns(feed=pl.lit(feed))
    edits = [(fault.edit_id, fault.note)]
    if fault.follows:
        edits.append((fault.follows, f"follows from {fault.edit_id}"))
    return pl.concat(
        rows.select(pl.lit(edit).alias("edit_id"), "subject_id", "feed", "carried_by",
                    pl.lit(note).alias("note"))
        for edit, note in edits
    )  # fmt: skip


def _carrying(lines: pl.DataFrame, feed: str, column: str, carriers: pl.DataFrame) -> pl.DataFrame:
    """subject_id and `carried_by`, the row of the feed; of several rows the last that applies."""
    if feed == "encounters":
        return lines.select("subject_id", carried_by="row_number")
    on = [column, "month"] if feed == "eligibility_answers" else [column]
    own = lines.with_columns(
        person_id="own_person_id", month=pl.col("service_date").dt.to_string("%Y-%m")
    )
    last = carriers.group_by(on).agg(carried_by=pl.col("row_number").max())
    return own.join(last, on=on, maintain_order="left").select("subject_id", "carried_by")
