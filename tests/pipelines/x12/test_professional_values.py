"""Every value of an 837P comes back from the wire, whatever it is."""

from itertools import pairwise
from typing import Any

import polars as pl
from claim_specimens import claim, content, line, rendered_text
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.x12 import wire

CARRIED = st.text(
    alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz0123456789!\"&'()+,-./;?=%@[]_{}\\|<>#$`",
    min_size=1,
    max_size=20,
)
MAYBE = st.none() | CARRIED
CLAIM_VALUES = {  # where each value must come back: segment, its fixed elements, element
    "patient_control_number": ("CLM", {}, 1),
    "delay_reason_code": ("CLM", {}, 20),
    "authorization_number": ("REF", {1: "G1"}, 2),
    "referral_number": ("REF", {1: "9F"}, 2),
    "payer_claim_control_number": ("REF", {1: "F8"}, 2),
    "clia_number": ("REF", {1: "X4"}, 2),
    "claim_note": ("NTE", {1: "ADD"}, 2),
    "subscriber_last_name": ("NM1", {1: "IL"}, 3),
    "subscriber_first_name": ("NM1", {1: "IL"}, 4),
    "subscriber_suffix": ("NM1", {1: "IL"}, 7),
    "subscriber_cin": ("NM1", {1: "IL"}, 9),
    "rendering_last_name_or_organization": ("NM1", {1: "82"}, 3),
    "rendering_npi": ("NM1", {1: "82"}, 9),
    "rendering_taxonomy_code": ("PRV", {1: "PE"}, 3),
    "supervising_first_name": ("NM1", {1: "DQ"}, 4),
}
LINE_VALUES = {
    "line_control_number": ("REF", {1: "6R"}, 2),
    "ndc": ("LIN", {2: "N4"}, 3),
    "ndc_unit": ("CTP", {}, 5),
    "prescription_number": ("REF", {1: "XZ"}, 2),
    "ordering_npi": ("NM1", {1: "DK"}, 9),
}
REQUIRED = {"patient_control_number", "subscriber_last_name", "subscriber_cin"}
LINES = st.fixed_dictionaries(
    {name: MAYBE for name in LINE_VALUES if name != "line_control_number"}
    | {
        "line_control_number": CARRIED,
        "procedure_code": CARRIED,
        "procedure_description": MAYBE,
        "modifiers": st.lists(CARRIED, max_size=4),
        "diagnosis_pointers": st.lists(CARRIED, min_size=1, max_size=4),
    }
).map(lambda changes: line(**changes))
CLAIMS = st.fixed_dictionaries(
    {name: CARRIED if name in REQUIRED else MAYBE for name in CLAIM_VALUES}
    | {
        "diagnosis_codes": st.lists(CARRIED, min_size=1, max_size=12),
        "lines": st.lists(LINES, min_size=1, max_size=4),
    }
).map(lambda changes: claim(**changes))


def found(rows: list[list[str]], where: tuple[str, dict[int, str], int]) -> str | None:
    """The value at `where` among segments, by looking at each in turn."""
    segment_id, fixed, number = where
    for row in rows:
        if row[0] == segment_id and all(row[n : n + 1] == [code] for n, code in fixed.items()):
            return (row[number] or None) if len(row) > number else None
    return None


def parts(rows: list[list[str]], segment_id: str) -> list[list[list[str]]]:
    """The rows cut before each `segment_id`; what comes before the first is dropped."""
    at = [n for n, row in enumerate(rows) if row[0] == segment_id]
    return [rows[start:end] for start, end in pairwise([*at, len(rows)])]


def procedure(service: dict[str, Any]) -> str:
    padded = [*service["modifiers"], "", "", "", ""][:4]
    return ":".join(
        ["HC", service["procedure_code"], *padded, service["procedure_description"] or ""]
    ).rstrip(":")


@settings(max_examples=60, deadline=None)
@given(st.lists(CLAIMS, min_size=1, max_size=4))
def test_every_value_comes_back_from_the_wire(claims: list[dict[str, Any]]) -> None:
    text = rendered_text(content(*claims), claims_per_set=3)
    result = wire.read(text.encode(), file_id="f1")
    assert not result.transaction_sets["is_damaged"].any()
    rows = result.tokens.filter(pl.col("set_ordinal").is_not_null())["elements"].to_list()
    levels = [part for part in parts(rows, "HL") if part[0][3] == "22"]
    for wanted, level in zip(claims, levels, strict=True):
        header = level[: next(n for n, row in enumerate(level) if row[0] == "LX")]
        assert {name: found(header, at) for name, at in CLAIM_VALUES.items()} == {
            name: wanted[name] for name in CLAIM_VALUES
        }
        (hi,) = (row for row in header if row[0] == "HI")
        assert [code[4:] for code in hi[1:]] == wanted["diagnosis_codes"]
        for service, segments in zip(wanted["lines"], parts(level, "LX"), strict=True):
            assert {name: found(segments, at) for name, at in LINE_VALUES.items()} == {
                name: service[name] for name in LINE_VALUES
            }
            assert found(segments, ("SV1", {}, 1)) == procedure(service)
            assert found(segments, ("SV1", {}, 7)) == ":".join(service["diagnosis_pointers"])
