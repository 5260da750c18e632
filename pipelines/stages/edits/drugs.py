"""Edits of category incorrect_codes, of national drug codes and their quantities."""

from functools import partial

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(Edit, category="incorrect_codes")

NDC = "Medi-Cal physician-administered drugs: HCPCS with NDC; 005010X222A1, loop 2410"
CROSSWALK = "Code set ndc_hcpcs: which NDC is billed under which procedure, with units"

is_covered = pl.col("procedure_is_covered")
ndc = pl.col("ndc")
is_formed = ndc.str.contains(r"^\d{11}$") & (ndc != "00000000000")

DRUGS = (
    _edit(
        id="ndc_missing",
        severity="reject",
        owner="pharmacy",
        message="The procedure is a drug that needs a national drug code, and the line has none.",
        remedy="Add the NDC of the package that was given, with quantity and unit.",
        source=NDC,
        fires=(pl.col("needs_ndc") == "yes") & ndc.is_null(),
        judged=~is_covered | pl.col("needs_ndc").is_in(["yes", "no"]),
    ),
    _edit(
        id="ndc_malformed",
        severity="reject",
        owner="pharmacy",
        message="The national drug code is not 11 digits, or is all zeros.",
        remedy="Write the NDC as 11 digits, 5-4-2, each part filled with zeros from the left.",
        source=NDC,
        fires=~is_formed,
    ),
    _edit(
        id="ndc_quantity_missing",
        severity="reject",
        owner="pharmacy",
        message="The line names a national drug code without its quantity or unit.",
        remedy="Add the quantity given and its unit: F2, GR, ML or UN.",
        source=NDC,
        fires=ndc.is_not_null()
        & (pl.col("ndc_quantity").fill_null(0).le(0) | pl.col("ndc_unit").is_null()),
    ),
    _edit(
        id="ndc_unknown",
        severity="warn",  # the list at hand is old and partial
        owner="pharmacy",
        message="The national drug code is not in the list at hand.",
        remedy="Compare it with the package; import a newer list: `reentry codes import ndc`.",
        source="FDA National Drug Code Directory; code set ndc",
        fires=pl.col("ndc_is_unlisted") & is_formed,
        judged=ndc.is_null() | pl.col("ndc_is_unlisted").is_not_null(),
    ),
    _edit(
        id="ndc_of_other_procedure",
        severity="warn",
        owner="pharmacy",
        message="The national drug code belongs to another procedure than the line's.",
        remedy="Correct the NDC or the procedure: they must name the same drug.",
        source=CROSSWALK,
        fires=pl.col("ndc_is_of_other_procedure"),
        judged=ndc.is_null() | pl.col("ndc_is_of_other_procedure").is_not_null(),
    ),
    _edit(
        id="ndc_quantity_unlike_units",
        severity="warn",
        owner="pharmacy",
        message="Quantity and unit of the national drug code do not amount to the line's units.",
        remedy="Count the units again: quantity of the package times units in one of it.",
        source=CROSSWALK,
        fires=pl.col("ndc_quantity_is_off"),
        judged=ndc.is_null() | pl.col("ndc_is_of_other_procedure").is_not_null(),
    ),
)

EDITS = DRUGS
