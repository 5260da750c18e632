"""National drug codes of the FDA: the package file of the NDC Directory, `package.txt`.

Tab-separated with headings PRODUCTID, PRODUCTNDC, NDCPACKAGECODE, PACKAGEDESCRIPTION,
STARTMARKETINGDATE, ENDMARKETINGDATE, NDC_EXCLUDE_FLAG, SAMPLE_PACKAGE (older files end after the
description), as four public loaders declare it; Windows-1252; days YYYYMMDD. A package code has
ten digits as 4-4-2, 5-3-2 or 5-4-1 and is written here with eleven, 5-4-2. The directory lists a
package under several products at times: it is one row from its first day to its last.
Names, strength and class are in the product file and are not read here.
"""

import polars as pl

from codesets.formats.layout import Format
from codesets.formats.text import CodeText, Layout, days, headings, refuse, table

_LAYOUT = Layout(
    {
        "product": "productid",
        "ndc": "ndcpackagecode",
        "package": "packagedescription",
        "valid_from": "startmarketingdate",
        "valid_to": "endmarketingdate",
        "sample": "sample_package",
    },
    optional=("valid_from", "valid_to", "sample"),
    separators=("\t",),
)
_CONFIGURATIONS = r"^(?:\d{4}-\d{4}-\d{2}|\d{5}-\d{3}-\d{2}|\d{5}-\d{4}-\d)$"


def eleven_digits(ndc: pl.Expr) -> pl.Expr:
    """A package code with hyphens as eleven digits, 5-4-2."""
    parts = ndc.str.split("-")
    return pl.concat_str(
        parts.list.get(place, null_on_oob=True).str.zfill(width)
        for place, width in enumerate((5, 4, 2))
    )


def read(text: CodeText, _: str) -> pl.DataFrame:
    """code, package, is_sample, valid_from, valid_to: one row a package code."""
    rows = table(text, _LAYOUT)
    is_code = pl.col("ndc").str.contains(_CONFIGURATIONS).fill_null(value=False)
    refuse(text, rows, ~is_code, "NDCPACKAGECODE", "4-4-2, 5-3-2 or 5-4-1 digits")
    for column in ("valid_from", "valid_to"):
        rows = days(text, rows, column, "%Y%m%d")
    coded = rows.with_columns(
        code=eleven_digits(pl.col("ndc")), is_open=pl.col("valid_to").is_null()
    )
    return coded.group_by("code", maintain_order=True).agg(
        pl.col("package").first(),
        is_sample=(pl.col("sample") == "Y").all(),
        valid_from=pl.col("valid_from").min(),
        valid_to=pl.when(~pl.col("is_open").any()).then(pl.col("valid_to").max()),
    )


PACKAGES = Format(
    name="fda_ndc_package",
    title="FDA NDC package file",
    file="package.txt of the NDC Directory",
    sets=("ndc",),
    matches=lambda text: headings(text, _LAYOUT) is not None,
    read=read,
    own=(
        *("label", "nonproprietary", "drug_class", "strength", "dosage_form", "route", "labeler"),
        *("dea", "is_otc", "is_repackager_guess"),
    ),
)
