"""835: the sound sets of a file as tables, read by oxedi, each row with its place in the file.

Here: which columns are read, and the way from oxedi's rows to our segments. Not here: whether a
remittance balances (`stages.payments`), or whose claims it is about.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import oxedi
import polars as pl
import polars.selectors as cs

from contracts.fields import MONEY, QUANTITY
from contracts.remittances import REMITTED
from pipelines.x12.remittance_text import Piece, pieces
from pipelines.x12.wire import Interchanges

Tables = dict[str, pl.DataFrame]

# Remark codes of a claim stand in the elements of MOA and MIA; LQ has those of lines.
_REMARKS: Final = [
    *(("MOA", element) for element in (3, 4, 5, 6, 7)),
    *(("MIA", element) for element in (5, 20, 21, 22, 23)),
]
# What must be there for a set to be judged at all, by element: what is no amount is read as none.
# BPR02 and TRN02 are told as the set's, whose row stands at its ST.
_REQUIRED: Final[Mapping[str, Mapping[str, int | None]]] = {
    "payments": {"total_payment_amount": None, "trace_number": None},
    "claims": {"charge_amount": 3, "payment_amount": 4},
    "services": {"charge_amount": 2, "payment_amount": 3},
    "adjustments": {"amount": 3},
    "provider_adjustments": {"amount": 4},
}
# Where the file came from is told by intake.
_STAMPED: Final = ("file_id", "received_at")


def _spec() -> oxedi.Spec:
    """The reader's own, with the columns that it leaves out."""

    def at(segment: str, element: int, **more: object) -> dict[str, Any]:
        return {"segment": segment, "element": element, **more}

    remarks = {f"{segment}_{element}": at(segment, element) for segment, element in _REMARKS}
    claims = {**remarks, "received_on": at("DTM", 2, where={"1": "050"})}
    modifiers = {f"modifier_{place}": at("SVC", 1, component=place + 2) for place in range(1, 5)}
    services = {
        **modifiers,
        "submitted_code": at("SVC", 6, component=2),
        "begins_on": at("DTM", 2, where={"1": "150"}),
    }
    of_lines = {"loops": ["2110"], "segment": "LQ", "columns": {"rarc": {"element": 2}}}
    tables = {
        "claims": {"columns": claims},
        "services": {"columns": services},
        "remarks": of_lines,
    }
    return oxedi.Spec.builtin("5010").patch({"tables": tables})


_SPEC: Final = _spec()


def read(file: Interchanges) -> Tables:
    """The tables of `contracts.remittances`, but for file and receipt, in the file's order.

    `row_number` is the set's ordinal. An amount that is none is empty, and the set names the first
    segment in which that is so.
    """
    parts = [_tables(one, file) for one in pieces(file)]
    return {
        name: pl.concat([table.empty().drop(_STAMPED), *(part[name] for part in parts)])
        for name, table in REMITTED.items()
    }


def _tables(piece: Piece, file: Interchanges) -> Tables:
    found = oxedi.parse(piece.data, spec=_SPEC).tables
    raw = {name: _placed(pl.DataFrame(found[name]), piece) for name in found}
    of_claim, of_line = raw["claims"]["segment_ordinal"], raw["services"]["segment_ordinal"]
    linked = {
        name: rows.with_columns(
            claim_segment=_parents(rows, "claim", of_claim),
            line_segment=_parents(rows, "service", of_line),
        )
        for name, rows in raw.items()
    }
    made = {
        "remittance_sets": _sets(linked, piece, file),
        "remittance_claims": _claims(linked["claims"]),
        "remittance_lines": _lines(linked["services"]),
        "remittance_adjustments": _adjustments(linked["adjustments"]),
        "remittance_remarks": _remarks(linked),
        "provider_adjustments": _provider_adjustments(linked["provider_adjustments"]),
    }
    return {name: _conformed(name, rows) for name, rows in made.items()}


def _conformed(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    return REMITTED[name].conform(rows).drop(_STAMPED)


def _placed(rows: pl.DataFrame, piece: Piece) -> pl.DataFrame:
    """With row_number and segment_ordinal; texts as text, an empty one as none; money as ours."""
    of_set = piece.sets["at"].search_sorted(rows["segment"], side="right").cast(pl.Int64) - 1
    sets = piece.sets[of_set]
    text = cs.binary().cast(pl.String).str.strip_chars()
    return rows.with_columns(
        pl.when(text != "").then(text),
        cs.contains("amount").cast(MONEY, strict=False),
        cs.contains("units", "quantity").cast(QUANTITY, strict=False),
        row_number=sets["row_number"],
        segment_ordinal=rows["segment"] - sets["at"] + sets["begins"],
    )


def _parents(rows: pl.DataFrame, link: str, places: pl.Series) -> pl.Series:
    """The segment of the claim or line that a row belongs to."""
    if link not in rows.columns:
        return pl.repeat(None, rows.height, dtype=pl.Int64, eager=True)
    return places.gather(rows[link])


def _sets(raw: Tables, piece: Piece, file: Interchanges) -> pl.DataFrame:
    clp = file.tokens.filter(segment_id="CLP").group_by("set_ordinal").agg(claim_count=pl.len())
    claims = raw["claims"].group_by("row_number").agg(claims_read=pl.len())
    return (
        raw["payments"]
        .join(piece.sets.select("row_number", "body_hash"), on="row_number", how="left")
        .join(claims, on="row_number", how="left")
        .join(clp, left_on="row_number", right_on="set_ordinal", how="left")
        .join(_unreadable(raw), on="row_number", how="left")
        .with_columns(
            pl.col("claims_read", "claim_count").fill_null(0),
            payer_id=pl.coalesce("payer_id", "payer_identifier"),
            payee_npi=pl.when(pl.col("payee_id_qualifier") == "XX").then("payee_id"),
            paid_on=pl.coalesce("payment_date", "production_date"),
            amount="total_payment_amount",
        )
    )


def _unreadable(raw: Tables) -> pl.DataFrame:
    """Of each set the first segment without what it must have, and the element."""
    missing = [
        raw[name]
        .filter(pl.col(column).is_null())
        .select(
            "row_number",
            unreadable_segment="segment_ordinal",
            unreadable_element=pl.lit(at, pl.Int64),
        )
        for name, columns in _REQUIRED.items()
        for column, at in columns.items()
    ]
    first = pl.concat(missing).sort("unreadable_segment", "unreadable_element")
    return first.unique("row_number", keep="first", maintain_order=True)


def _claims(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.rename(
        {
            "claim_id": "patient_control_number",
            "claim_status": "claim_status_code",
            "payment_amount": "paid_amount",
            "patient_responsibility": "patient_amount",
            "payer_control_number": "payer_claim_number",
            "patient_id": "member_id",
            "rendering_provider_id": "rendering_npi",
            "received_on": "claim_received_on",
        }
    )


def _lines(rows: pl.DataFrame) -> pl.DataFrame:
    modifiers = pl.concat_list(f"modifier_{place}" for place in range(1, 5)).list.drop_nulls()
    return rows.rename(
        {
            "payment_amount": "paid_amount",
            "units_paid": "units",
            "original_units": "submitted_units",
            "line_item_control_number": "line_control_number",
        }
    ).with_columns(
        modifiers=modifiers,
        service_date=pl.coalesce("service_date", "begins_on"),
    )


def _adjustments(rows: pl.DataFrame) -> pl.DataFrame:
    return _numbered(rows).rename({"reason_code": "carc", "quantity": "units"})


def _provider_adjustments(rows: pl.DataFrame) -> pl.DataFrame:
    return _numbered(rows).rename(
        {
            "provider_id": "provider_npi",
            "reference_id": "reference",
            "fiscal_period_date": "fiscal_on",
        }
    )


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(position=pl.int_range(1, pl.len() + 1).over("segment_ordinal"))


def _remarks(raw: Tables) -> pl.DataFrame:
    return pl.concat(_remark_parts(raw))


def _remark_parts(raw: Tables) -> Iterator[pl.DataFrame]:
    kept = ("row_number", "segment_ordinal", "claim_segment", "line_segment", "position", "rarc")
    yield _numbered(raw["remarks"]).drop_nulls("rarc").select(kept)
    claims = raw["claims"]
    for place, (segment, element) in enumerate(_REMARKS, 1):
        named = claims.with_columns(
            claim_segment="segment_ordinal",
            position=pl.lit(place, pl.Int64),
            rarc=f"{segment}_{element}",
        )
        yield named.drop_nulls("rarc").select(kept)
