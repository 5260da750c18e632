"""Values: whether what a person entered for a field is what the field's contract admits."""

from collections.abc import Callable, Sequence

import polars as pl

from contracts.decisions import (
    ATTACHMENT_PARTS,
    ATTACHMENT_SEPARATOR,
    CORRECTABLE,
    EMPTY,
    MOST_ATTACHMENT_NUMBER,
    MOST_REMARK,
    REPORT_TYPES,
    TRANSMISSIONS,
)
from contracts.feeds import FEEDS
from pipelines.stages.decisions.corrections import parsed_value
from pipelines.x12.charset import carries, clean_text

Words = tuple[pl.Expr, str, str]  # broken, why, remedy

_value = pl.col("value")
_AS_TOLD = "Enter it as the data dictionary says: days as YYYY-MM-DD, dollars plain, lists with |."
_CONTROL = r"\p{Cc}|\p{Cf}"


def with_value_verdicts(rows: pl.DataFrame, delay_reasons: Sequence[str]) -> pl.DataFrame:
    """`rows` with `value_why` and `value_remedy`, null where the value is admitted or none is."""
    numbered = rows.with_row_index("place")
    found = [*_of_corrections(numbered), *_of_values_set(numbered, delay_reasons)]
    schema = {"place": pl.UInt32, "value_why": pl.String, "value_remedy": pl.String}
    verdicts = pl.concat([pl.DataFrame(schema=schema), *found]).unique("place", keep="first")
    return numbered.join(verdicts, on="place", how="left", maintain_order="left").drop("place")


def _of_corrections(rows: pl.DataFrame) -> list[pl.DataFrame]:
    asked = rows.filter(
        pl.col("action") == "correct", pl.col("field").is_in(CORRECTABLE), _value.is_not_null()
    )
    return [
        _unread(asked.filter(pl.col("field") == field), field)
        for field in asked["field"].unique().sort()
    ]


def _unread(rows: pl.DataFrame, field: str) -> pl.DataFrame:
    """What the contract of the encounters says of the texts that it refuses."""
    if FEEDS["encounters"].column(field).is_optional:
        refused = rows.clear()
    else:
        refused = rows.filter(_value == EMPTY)
    failures = parsed_value(field, rows["value"]).failures
    told = rows["place"].gather(failures["row_number"])
    must_be = pl.DataFrame({"place": refused["place"]}).with_columns(
        value_why=pl.lit("is empty and must not be"), value_remedy=pl.lit("Enter a value.")
    )
    read = failures.select(
        told.alias("place"),
        value_why=_with_verb(pl.col("reason")),
        value_remedy=pl.lit(_AS_TOLD),
    )
    return pl.concat([must_be, read])


def _with_verb(reason: pl.Expr) -> pl.Expr:
    """The contract's reason as the end of a sentence about the value."""
    has_verb = reason.str.contains(r"^(is|does|holds) ")
    return pl.when(has_verb).then(reason).otherwise(pl.lit("is ") + reason)


def _of_values_set(rows: pl.DataFrame, delay_reasons: Sequence[str]) -> list[pl.DataFrame]:
    asked = rows.filter(pl.col("action") == "set", _value.is_not_null())
    judged: dict[str, Callable[[], list[Words]]] = {
        "delay_reason_code": lambda: _delay_reason(delay_reasons),
        "attachment": _attachment,
        "remark": _remark,
    }
    return [
        asked.filter(pl.col("field") == field, broken).select(
            "place", value_why=pl.lit(why), value_remedy=pl.lit(remedy)
        )
        for field, words in judged.items()
        for broken, why, remedy in words()
    ]


def _delay_reason(codes: Sequence[str]) -> list[Words]:
    accepted = ", ".join(codes)
    return [(~_value.is_in(codes), "is no delay reason that the payer accepts",
             f"Enter one of: {accepted}.")]  # fmt: skip


def _attachment() -> list[Words]:
    parts = _value.str.split(ATTACHMENT_SEPARATOR)
    kind, way, number = (parts.list.get(n, null_on_oob=True) for n in range(3))
    plain = number.str.contains(r"^[A-Za-z0-9]+([A-Za-z0-9 .\-/_]*[A-Za-z0-9])?$")
    fits = number.str.len_chars() <= MOST_ATTACHMENT_NUMBER
    asked = ATTACHMENT_SEPARATOR.join(ATTACHMENT_PARTS)
    return [
        (parts.list.len() != len(ATTACHMENT_PARTS), "has not three parts", f"Write {asked}."),
        (~kind.is_in(REPORT_TYPES), "begins with no report type of PWK01", "Such as OZ|FX|123."),
        (
            ~way.is_in(TRANSMISSIONS),
            "names no way of transmission (PWK02)",
            f"Second part: one of {', '.join(TRANSMISSIONS)}.",
        ),
        (~(plain & fits), "has a control number that a claim cannot carry",
         f"Third part: letters and digits, {MOST_ATTACHMENT_NUMBER} at most."),
    ]  # fmt: skip


def _remark() -> list[Words]:
    written = clean_text(_value)
    return [
        (_value.str.contains(_CONTROL), "holds a control character", "Write plain text."),
        (written.is_null() | ~carries(written), "has letters that a claim cannot carry",
         "Write it in plain letters."),
        (written.str.len_chars() > MOST_REMARK, f"is longer than {MOST_REMARK} characters",
         "Shorten it."),
    ]  # fmt: skip
