"""Where Medi-Cal's 271 carries what the guide 005010X279A1 gives no place to.

Here: one table, each row with its source. Not here: how it is read (`places`).
No published 271 of Medi-Cal was seen: a county that has the companion guide passes its own table,
and until then an absent value is null, never a guess.
"""

from typing import Final

from pipelines.x12.places import Place

PERSON: Final = "person"  # 2000C or D, 2100C or D
BENEFIT: Final = "benefit"  # 2110C or D
RELATED: Final = "related"  # 2120C or D

_MESSAGE: Final = "wording of Medi-Cal's eligibility messages, as providers quote it"
_GUIDE: Final = "005010X279A1"

PLACES: Final = (
    Place("cin", PERSON, "NM1", None, 9, "^(.+)$", "verified", _GUIDE),
    Place("cin", PERSON, "REF", "NQ", 2, "^(.+)$", "unverified", f"{_GUIDE}: Medicaid recipient"),
    Place("evc_number", BENEFIT, "MSG", None, 1, r"\bEVC ?#:? ?([0-9A-Z]{10})\b",
          "unverified", _MESSAGE),
    Place("evc_number", PERSON, "MSG", None, 1, r"\bEVC ?#:? ?([0-9A-Z]{10})\b",
          "unverified", _MESSAGE),
    Place("evc_number", PERSON, "TRN", "1", 2, "^(.+)$", "unverified",
          f"{_GUIDE}: the source's own number of its answer"),
    Place("aid_code", BENEFIT, "MSG", None, 1, r"\bAID CODE:? ?([0-9A-Z]{2})\b",
          "unverified", _MESSAGE),
    Place("aid_code", PERSON, "MSG", None, 1, r"\bAID CODE:? ?([0-9A-Z]{2})\b",
          "unverified", _MESSAGE),
    Place("aid_code", BENEFIT, "EB", None, 5, r"^([0-9A-Z]{2})$", "unset", "none"),
    Place("aid_code", BENEFIT, "REF", None, 2, r"^([0-9A-Z]{2})$", "unset", "none"),
    Place("plan_code", RELATED, "NM1", "Y2", 9, "^(.+)$", "verified",
          f"{_GUIDE}: managed care organization"),
    Place("plan_code", RELATED, "NM1", "PR", 9, "^(.+)$", "unset",
          f"{_GUIDE}: a payer, which may be other coverage"),
    Place("plan_name", RELATED, "NM1", "Y2", 3, "^(.+)$", "verified",
          f"{_GUIDE}: managed care organization"),
)  # fmt: skip
