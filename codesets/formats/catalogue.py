"""All formats; which one a file has, told by its content, and its rows for a set.

The bytes are given; where they lie and where the rows go is the caller's business.
"""

from collections.abc import Sequence

import polars as pl

from codesets.errors import CodeSetFileError, UnknownCodeSetError
from codesets.formats import (
    fda_ndc,
    hcpcs,
    icd10cm,
    medi_cal,
    ncci,
    nucc,
    place_of_service,
    x12_lists,
)
from codesets.formats.layout import Format
from codesets.formats.text import decoded

FORMATS: tuple[Format, ...] = (
    icd10cm.ORDER,
    icd10cm.CODES,
    hcpcs.PROCEDURES,
    hcpcs.SHEET,
    nucc.TAXONOMY,
    place_of_service.TABLE,
    x12_lists.REASONS,
    x12_lists.REMARKS,
    ncci.LIMITS,
    ncci.PAIRS,
    fda_ndc.PACKAGES,
    medi_cal.RATES,
    medi_cal.AID_CODES,
)
AUTO = "auto"
OWN = "own"
_OF_ONE_FILE = ("rationale",)  # each file's own words; the first one's stand
NAMES = (AUTO, OWN, *(form.name for form in FORMATS))
_PARQUET, _ZIP = b"PAR1", b"PK\x03\x04"


def formats_of(set_name: str) -> tuple[Format, ...]:
    """The formats that a set can be read from."""
    return tuple(form for form in FORMATS if set_name in form.sets)


def detect(raw: bytes, part: int = 1) -> Format | None:
    """The format whose layout the content has; None for any other file.

    Errors: CodeSetFileError for a ZIP archive or workbook, in which a published file comes.
    """
    if raw.startswith(_ZIP):
        raise CodeSetFileError(
            "packed",
            f"file {part} is a ZIP archive or a workbook. Unpack it, or save its sheet as CSV.",
        )
    if raw.startswith(_PARQUET):
        return None
    text = decoded(raw, part)
    return next((form for form in FORMATS if form.matches(text)), None)


def chosen(set_name: str, contents: Sequence[bytes], wanted: str = AUTO) -> Format | None:
    """The one format of all the files for the set; None: the set's own columns.

    Errors: UnknownCodeSetError where no such format is for the set, CodeSetFileError that says
    what the file is and what the set takes.
    """
    if wanted == OWN:
        return None
    asked = None if wanted == AUTO else _named(set_name, wanted)
    found = [detect(raw, part) for part, raw in enumerate(contents, 1)]
    for part, form in enumerate(found, 1):
        _refuse_other(set_name, part, form, asked)
        if form is not found[0]:
            raise _other(set_name, part, "is not of the same layout as file 1")
    return found[0]


def read(form: Format, set_name: str, contents: Sequence[bytes]) -> pl.DataFrame:
    """The files' rows in the set's own columns, those that the publisher fills."""
    parts = [form.read(decoded(raw, part), set_name) for part, raw in enumerate(contents, 1)]
    if not form.is_joined:
        return pl.concat(parts)
    whole = parts[0]
    for other in parts[1:]:
        whole = _joined(whole, other)
    return whole


def takes(set_name: str) -> str:
    """What a set takes, in words."""
    published = [f"the {form}" for form in formats_of(set_name)]
    return " or ".join([*published, "a CSV or Parquet file in the set's own columns"])


def _joined(whole: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    both = whole.join(other, on="code", how="full", coalesce=True, suffix="_other")
    shared = [name for name in other.columns if f"{name}_other" in both.columns]
    for name in (one for one in shared if one not in _OF_ONE_FILE):
        differing = both.filter(pl.col(name) != pl.col(f"{name}_other"))
        if not differing.is_empty():
            raise CodeSetFileError(
                "files_disagree",
                f"two files give code {differing['code'][0]} another {name}. Give one file of each "
                "kind.",
            )
    merged = [pl.coalesce(name, f"{name}_other").alias(name) for name in shared]
    return both.with_columns(merged).drop(f"{name}_other" for name in shared).sort("code")


def _named(set_name: str, wanted: str) -> Format:
    form = next((form for form in FORMATS if form.name == wanted), None)
    if form is None or set_name not in form.sets:
        usable = [AUTO, OWN, *(form.name for form in formats_of(set_name))]
        raise UnknownCodeSetError(
            "unknown_format",
            f"code set {set_name}: there is no format {wanted} for it. Use {', '.join(usable)}.",
        )
    return form


def _refuse_other(set_name: str, part: int, form: Format | None, asked: Format | None) -> None:
    if form is not None and set_name not in form.sets:
        other = f"is the {form}, which is for {' and '.join(form.sets)}"
        raise _other(set_name, part, other)
    if asked is not None and form is not asked:
        is_a = f"is the {form}" if form else "has none of the known layouts"
        raise _other(set_name, part, f"{is_a}, not the {asked}")


def _other(set_name: str, part: int, what: str) -> CodeSetFileError:
    return CodeSetFileError(
        "other_layout",
        f"code set {set_name}: file {part} {what}. {set_name} takes {takes(set_name)}.",
    )
