"""From an edition's file to a typed frame: digest, columns, kinds. Which edition is meant is not
decided here, and no date is compared.
"""

import hashlib

import polars as pl

from codesets.bundle_rows import SET as BUNDLES
from codesets.bundle_rows import fault
from codesets.editions import Edition
from codesets.errors import CodeSetFileError
from codesets.schema import KINDS, Column, SetSchema
from codesets.spans import not_a_span, spread

FLAGS = {"true": True, "false": False}
FORMS = {
    "date": "a date (YYYY-MM-DD)",
    "flag": "true or false",
    "integer": "a whole number",
    "money": "dollars with at most two decimals",
}


def read_frame(schema: SetSchema, edition: Edition) -> pl.DataFrame:
    """The edition's rows, typed as the schema says (spans spread to one row a code).

    Errors: `CodeSetFileError` for a missing file, other bytes than the manifest's, missing or
    unknown columns, a value that is not of its column's kind, or two ends that are no span.
    """
    _check_digest(edition)
    return typed_frame(schema, edition, _read(edition))


def typed_frame(schema: SetSchema, edition: Edition, raw: pl.DataFrame) -> pl.DataFrame:
    """A file's columns, typed as the schema says. Errors: as for `read_frame`, the bytes aside."""
    _check_columns(schema, edition, raw)
    typed = raw.select(_typed(column, edition, raw) for column in schema.columns)
    if (code := schema.key[0]) in typed.columns:
        _refuse_rows(edition, typed[code].is_null(), f"{code}: empty")
    for column in schema.columns:
        _refuse_texts(column, edition, typed[column.name])
    if schema.name == BUNDLES and (found := fault(typed)):
        raise _bad_file(edition, found)
    if schema.span_of is None:
        return typed
    _refuse_rows(edition, typed.select(not_a_span()).to_series(), "code_from, code_to: no span")
    return spread(typed, schema.span_of)


def _check_digest(edition: Edition) -> None:
    if not edition.path.is_file():
        raise _bad_file(edition, "the data file is missing")
    with edition.path.open("rb") as handle:
        if hashlib.file_digest(handle, "sha256").hexdigest() != edition.sha256:
            raise _bad_file(edition, "the file's SHA-256 is not the one in its manifest")


def _read(edition: Edition) -> pl.DataFrame:
    try:
        if edition.path.suffix == ".parquet":
            return pl.read_parquet(edition.path)
        return pl.read_csv(edition.path, infer_schema=False, null_values="")
    except (pl.exceptions.PolarsError, OSError):  # its text quotes the file
        raise _bad_file(edition, "no whole CSV (UTF-8, RFC 4180) or Parquet file") from None


def _check_columns(schema: SetSchema, edition: Edition, raw: pl.DataFrame) -> None:
    missing = schema.required - {*raw.columns}
    if missing:
        raise _bad_file(
            edition,
            f"column {', '.join(sorted(missing))} is missing, and the file has no other layout "
            "that is known for the set",
        )
    unknown = {*raw.columns} - {*schema.dtypes}
    if unknown:
        raise _bad_file(edition, f"column {', '.join(sorted(unknown))} is not one of the set's")


def _typed(column: Column, edition: Edition, raw: pl.DataFrame) -> pl.Series:
    dtype = KINDS[column.kind]
    if column.name not in raw.columns:
        return pl.Series(column.name, [None] * raw.height, dtype=dtype)
    held = raw[column.name]
    if held.dtype == dtype == pl.String:
        return held.str.strip_chars()
    if held.dtype == dtype:
        return held
    parsed = raw.select(_parsed(column)).to_series()
    form = FORMS.get(column.kind, column.kind)
    _refuse_rows(edition, held.is_not_null() & parsed.is_null(), f"{column.name}: not {form}")
    return parsed


def _parsed(column: Column) -> pl.Expr:
    text = pl.col(column.name).cast(pl.String)
    match column.kind:
        case "date":
            return text.str.to_date("%Y-%m-%d", strict=False)
        case "flag":
            return text.replace_strict(FLAGS, default=None, return_dtype=pl.Boolean)
        case "text_list":
            return text.str.split("|")
        case "money":
            # A cast alone would round a third decimal away.
            dollars = pl.when(text.str.contains(r"^-?\d+(\.\d{1,2})?$")).then(text)
            return dollars.cast(KINDS["money"], strict=False)
        case kind:
            return text.cast(KINDS[kind], strict=False)


def _refuse_texts(column: Column, edition: Edition, held: pl.Series) -> None:
    """Texts that the column does not admit; of a list, one such member is enough."""
    text = pl.element() if column.kind == "text_list" else pl.col(column.name)
    rules = {
        f"not one of {', '.join(column.allowed or ())}": column.allowed
        and text.is_in(list(column.allowed)),
        "not of the form that its meaning tells": column.pattern
        and text.str.contains(column.pattern),
    }
    for told, holds in rules.items():
        if isinstance(holds, pl.Expr):
            listed = pl.col(column.name).list.eval(holds).list.all()
            is_held = listed if column.kind == "text_list" else holds
            bad = held.to_frame().select(~is_held.fill_null(True)).to_series()
            _refuse_rows(edition, bad, f"{column.name}: {told}")


def _refuse_rows(edition: Edition, is_bad: pl.Series, what: str) -> None:
    rows = is_bad.arg_true()
    if rows.len():
        raise _bad_file(edition, f"row {rows[0] + 1}, column {what}")


def _bad_file(edition: Edition, what: str) -> CodeSetFileError:
    again = "Reinstall the package" if edition.is_shipped else "Import the edition again"
    return CodeSetFileError(
        "bad_file", f"code set {edition.set_name}, edition {edition.edition}: {what}. {again}."
    )
