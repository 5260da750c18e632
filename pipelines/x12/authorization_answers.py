"""The 278 response (005010X217) as answers: one row a service, or an event that names none.

Here: what HCR, AAA and the segments beside them say. Not here: whose request it answers, or what
becomes of the authorization. Requests for review, which have the same ST01, are passed over.
"""

from typing import Final

import polars as pl

from pipelines.x12.reading import first_of, iso_date, joined, latest, segments_of
from pipelines.x12.wire import component, element

_RESPONSE: Final = "11"  # BHT02
# HL03 and what it stands for; a dependent is the patient where there is one.
_LEVELS: Final = {"22": "patient", "23": "patient", "EV": "event", "SS": "service"}
_OUTER: Final = ("20", "21")
# HCR01 (code list 306) and what it decides.
_DECISIONS: Final = {
    "A1": "approved", "A2": "modified", "A6": "modified", "A3": "denied", "A4": "pending",
    "CT": "pending", "C": "cancelled", "NA": "not_needed",
}  # fmt: skip
_OURS: Final = "2"  # TRN01 of the number that the request had
_DATES: Final = {"AAH": "event", "435": "event", "472": "event", "007": "begins", "036": "ends"}
_MODIFIERS: Final = (3, 4, 5, 6)
# What a service says for itself, or its event for all of them.
_OF_EITHER: Final = (
    "trace_number", "action_code", "decision_reason", "authorization_number", "supersedes_number",
    "administrative_number", "request_category", "certification_type", "service_type_code",
)  # fmt: skip


def read(tokens: pl.DataFrame) -> pl.DataFrame:
    """Read the 278 responses among `wire.Interchanges` tokens; other sets are passed over.

    Text as it arrived but for the ordinals; null where absent. Columns: set_ordinal,
    segment_ordinal (of the HL), service_ordinal (1-based in its event), trace_number (of our
    request), outcome (`approved`, `modified`, `denied`, `pending`, `cancelled`, `not_needed`;
    `rejected`: an AAA and no decision; `unanswered`: neither), action_code, decision_reason,
    reject_codes (`|`-joined, with those of the levels above), authorization_number,
    supersedes_number, administrative_number, cin, procedure_code, modifiers (`|`-joined), units,
    starts_on, ends_on, decided_on, request_category, certification_type, service_type_code.
    """
    segments = _placed(_responses(segments_of(tokens, "278")))
    rows = _rows(segments)
    events, services = (_said(segments, by) for by in ("event", "service"))
    said = joined(rows, [services], "service")
    told = joined(
        said, [events.select("event", pl.exclude("event").name.prefix("event_"))], "event"
    )
    whole = joined(told, [_patients(segments)], "patient")
    dated = joined(whole, [_decided_on(segments)], "set_ordinal")
    return joined(dated, [_rejected(segments, rows)], "row").sort("segment_ordinal").select(
        *("set_ordinal", "segment_ordinal", "service_ordinal"),
        *(_nearest(name) for name in _OF_EITHER),
        *("reject_codes", "cin", "procedure_code", "modifiers", "decided_on"),
        outcome=_outcome(),
        # Days in a facility, which an event may grant, are no units of a service in it.
        units=pl.when(level="service").then("units").otherwise("event_units"),
        starts_on=pl.coalesce("begins", "from", "event_begins", "event_from"),
        ends_on=pl.coalesce("ends", "to", "event_ends", "event_to"),
    )  # fmt: skip


def _responses(segments: pl.DataFrame) -> pl.DataFrame:
    begins = segments.filter(pl.col("segment_id") == "BHT").filter(element(2) == _RESPONSE)
    answering = begins.get_column("set_ordinal").unique()
    return segments.filter(pl.col("set_ordinal").is_in(answering.implode()))


def _placed(segments: pl.DataFrame) -> pl.DataFrame:
    """With level, and the numbers of the patient, event and service that a segment stands under.

    Levels are told by the order of the HL segments: the guide sets that order.
    """
    identity = pl.col("segment_id")
    begins = identity.is_in(["ST", "HL"])
    code = latest(begins, pl.when(identity == "HL").then(element(3)))
    is_level = identity == "HL"

    def number(*codes: str) -> pl.Expr:
        """A new one of these begins with its own HL and with that of every level above."""
        return ((identity == "ST") | (is_level & pl.col("hl_code").is_in(codes))).cum_sum()

    return segments.with_columns(hl_code=code).with_columns(
        level=pl.col("hl_code").replace_strict(_LEVELS, default="outer", return_dtype=pl.String),
        patient=number(*_OUTER, "22", "23"),
        event=number(*_OUTER, "22", "23", "EV"),
        service=number(*_OUTER, "22", "23", "EV", "SS"),
    )


def _rows(segments: pl.DataFrame) -> pl.DataFrame:
    """The deepest HLs: one for each service, else for the event, the patient, or, where all is
    rejected above these, the last level of the set.
    """
    levels = segments.filter(pl.col("segment_id") == "HL")
    follows = pl.col("level").shift(-1).over("set_ordinal")
    deeper = (
        (pl.col("level").is_in(["outer", "patient"]) & follows.is_not_null())
        | ((pl.col("level") == "event") & (follows == "service"))
    ).fill_null(value=False)
    place = pl.when(pl.col("level") == "service").then(
        (pl.col("level") == "service").cum_sum().over("event")
    )
    return levels.filter(~deeper).select(
        *("set_ordinal", "segment_ordinal", "patient", "event", "service", "level"),
        service_ordinal=place.fill_null(1).cast(pl.Int64),
        row=pl.col("segment_ordinal"),
    )


def _said(every: pl.DataFrame, by: str) -> pl.DataFrame:
    """One row an event or service (`by`): what its own segments say."""
    segments = every.filter(level=by)
    identity, qualifier = pl.col("segment_id"), pl.col("qualifier")

    def of(name: str, number: int, first: str | None = None) -> pl.Expr:
        where = identity == name
        return pl.when(where & (qualifier == first) if first else where).then(element(number))

    service = pl.coalesce(
        pl.when(identity == "SV1").then(component(1, 2)),
        pl.when(identity == "SV2").then(component(2, 2)),
    )
    modifiers = pl.concat_list(
        pl.coalesce(
            pl.when(identity == "SV1").then(component(1, place)),
            pl.when(identity == "SV2").then(component(2, place)),
        )
        for place in _MODIFIERS
    ).list.drop_nulls()
    is_service = identity.is_in(["SV1", "SV2"])
    said = first_of(
        segments,
        by,
        trace_number=of("TRN", 2, _OURS),
        action_code=of("HCR", 1),
        authorization_number=of("HCR", 2),
        decision_reason=of("HCR", 3),
        supersedes_number=of("REF", 2, "BB"),
        administrative_number=of("REF", 2, "NT"),
        request_category=of("UM", 1),
        certification_type=of("UM", 2),
        service_type_code=of("UM", 3),
        quantity=of("HSD", 2),
        service_units=of("SV1", 4),
        procedure_code=service,
        modifiers=pl.when(is_service & (modifiers.list.len() > 0)).then(modifiers.list.join("|")),
    )
    return joined(
        said.with_columns(units=pl.coalesce("quantity", "service_units")),
        [_dates(segments, by)],
        by,
    ).drop("quantity", "service_units")


def _dates(segments: pl.DataFrame, by: str) -> pl.DataFrame:
    """One row an event or service: from and to of its day or days, and when it begins and ends."""
    days = segments.filter(pl.col("segment_id") == "DTP").select(
        by,
        kind=pl.col("qualifier").replace_strict(_DATES, default=None, return_dtype=pl.String),
        first=iso_date(element(3).str.split("-").list.first()),
        last=iso_date(element(3).str.split("-").list.last()),
    )
    kind = pl.col("kind")
    return first_of(
        days,
        by,
        **{
            "from": pl.when(kind == "event").then("first"),
            "to": pl.when(kind == "event").then("last"),
            "begins": pl.when(kind == "begins").then("first"),
            "ends": pl.when(kind == "ends").then("last"),
        },
    )


def _patients(segments: pl.DataFrame) -> pl.DataFrame:
    """patient, and the member id (NM1*IL, else of the dependent)."""
    is_member = (pl.col("segment_id") == "NM1") & (pl.col("level") == "patient")
    number = pl.when(is_member & (element(8) == "MI")).then(element(9))
    return first_of(segments, "patient", cin=number)


def _decided_on(segments: pl.DataFrame) -> pl.DataFrame:
    """The date of the response (BHT04)."""
    return first_of(
        segments.filter(pl.col("segment_id") == "BHT"),
        "set_ordinal",
        decided_on=iso_date(element(4)),
    )


def _rejected(segments: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """row, reject_codes: AAA03 of its own level and of those above it."""
    found = segments.filter(pl.col("segment_id") == "AAA").select(
        *("set_ordinal", "patient", "event", "service", "level"), code=element(3)
    )
    keys = {"outer": "set_ordinal", "patient": "patient", "event": "event", "service": "service"}
    parts = [
        rows.join(found.filter(level=level).select(key, "code"), on=key).select("row", "code")
        for level, key in keys.items()
    ]
    listed = pl.col("code").drop_nulls().unique(maintain_order=True).str.join("|")
    return (
        pl.concat(parts)
        .group_by("row", maintain_order=True)
        .agg(reject_codes=pl.when(listed != "").then(listed), is_rejected=pl.lit(value=True))
    )


def _nearest(name: str) -> pl.Expr:
    """What the service says, else its event."""
    return pl.coalesce(name, f"event_{name}").alias(name)


def _outcome() -> pl.Expr:
    decided = _nearest("action_code").replace_strict(
        _DECISIONS, default=None, return_dtype=pl.String
    )
    return (
        pl.when(decided.is_not_null())
        .then(decided)
        .when(pl.col("is_rejected").fill_null(value=False))
        .then(pl.lit("rejected"))
        .otherwise(pl.lit("unanswered"))
    )
