"""Edits of lines of facilities that bill on institutional claims: on a bill, with its codes."""

import polars as pl

from pipelines.stages.edits.edit import Edit

_FORM = "005010X223A2"

is_institutional = pl.col("is_institutional")
is_billed = is_institutional & pl.col("is_billed")

EDITS = (
    Edit(
        id="not_on_institutional_claim",
        category="documentation_incomplete",
        severity="hold",
        owner="biller",
        message="The facility bills on institutional claims, and none of them lists the service.",
        remedy="Send the claim in the institutional_claims feed, with this encounter, stay and "
        "facility.",
        source=f"{_FORM}: lines stand under a claim with type of bill, statement and status",
        fires=is_institutional & ~pl.col("is_billed"),
    ),
    Edit(
        id="revenue_code_missing",
        category="incorrect_codes",
        severity="reject",
        owner="biller",
        message="The facility bills on institutional claims, and the line has no revenue code.",
        remedy="Add the revenue code to the encounter or to the charge master.",
        source=f"{_FORM}, loop 2400, SV201",
        fires=is_institutional & pl.col("revenue_code").is_null(),
    ),
    Edit(
        id="revenue_code_unknown",
        category="incorrect_codes",
        severity="warn",
        owner="biller",
        message="Neither the line's revenue code nor its category is in the list of revenue codes.",
        remedy="Correct the code, or add it to the list: what ships is a part of it.",
        source="Code set revenue_code, which is partial: this only warns",
        fires=is_institutional & pl.col("revenue_code_is_unknown"),
        judged=~is_institutional
        | pl.col("revenue_code").is_null()
        | pl.col("revenue_code_is_unknown").is_not_null(),
    ),
    Edit(
        id="type_of_bill_unknown",
        category="incorrect_codes",
        severity="warn",
        owner="biller",
        message="The bill that lists the line has a type of bill whose parts are not in the list.",
        remedy="Correct type_of_bill in the institutional_claims feed, or add it to the list.",
        source="Code set type_of_bill, which is unverified: this only warns",
        fires=is_billed & pl.col("type_of_bill_is_unknown"),
        judged=~is_billed | pl.col("type_of_bill_is_unknown").is_not_null(),
    ),
)
