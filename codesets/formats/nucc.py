"""Provider taxonomy of the NUCC: `nucc_taxonomy_VVV.csv`.

Headings Code, Grouping, Classification, Specialization, Definition, Notes, Display Name, Section
(older files lack the last two), as six public readers of versions 24.0 and 25.1 have them.
The NUCC's text is its copyright, so none of it is kept: of the file only code numbers and the
section are taken; labels and groupings stay our own.
"""

import polars as pl

from codesets.formats.layout import Format
from codesets.formats.text import CodeText, Layout, headings, refuse, table

_LAYOUT = Layout(
    {
        "code": "code",
        "grouping": "grouping",
        "classification": "classification",
        "specialization": "specialization",
        "definition": "definition",
        "section": "section",
    },
    optional=("section",),
)
_ENTITIES = {"individual": "individual", "non-individual": "organization"}


def read(text: CodeText, _: str) -> pl.DataFrame:
    """code, entity."""
    rows = table(text, _LAYOUT)
    is_code = pl.col("code").str.contains(r"^[0-9A-Z]{9}X$").fill_null(value=False)
    refuse(text, rows, ~is_code, "Code", "ten characters that end in X")
    section = pl.col("section").str.to_lowercase()
    entity = section.replace_strict(_ENTITIES, default=None, return_dtype=pl.String)
    return rows.select("code", entity=entity)


TAXONOMY = Format(
    name="nucc_taxonomy",
    title="NUCC taxonomy CSV",
    file="nucc_taxonomy_VVV.csv",
    sets=("provider_taxonomy",),
    matches=lambda text: headings(text, _LAYOUT) is not None,
    read=read,
    own=("label", "grouping", "entity", "is_base_code", "valid_from", "valid_to"),
)
