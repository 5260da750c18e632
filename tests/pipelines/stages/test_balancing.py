"""Balancing: every cent of a remittance is added up; one that is off is named with its place."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
import remittances_drawn as drawn
from hypothesis import given
from hypothesis import strategies as st

from contracts.remittances import REMITTED
from pipelines.stages.payments.balancing import Received, balanced
from pipelines.stages.payments.repeats import judged
from pipelines.x12 import remittance, wire

FIRST_AT = pl.datetime(2026, 11, 12, time_zone="UTC")
# Elements that hold an amount, by segment, and where a cent too much in them is out.
AMOUNTS = {"BPR": (2,), "CLP": (3, 4), "SVC": (2, 3), "CAS": (3,), "PLB": (4,)}


def received(*texts: str) -> Received:
    """The rows of files, in the order of their receipt."""
    parts = []
    for place, one in enumerate(texts, 1):
        rows = remittance.read(wire.read(one.encode(), file_id=f"f{place}"))
        stamp = {
            "file_id": pl.lit(f"f{place}"),
            "received_at": FIRST_AT + pl.duration(minutes=place),
        }
        parts.append({k: REMITTED[k].conform(v.with_columns(**stamp)) for k, v in rows.items()})
    return {name: pl.concat(part[name] for part in parts) for name in REMITTED}


def told(*texts: str, columns: str) -> list[tuple[Any, ...]]:
    return judged(balanced(received(*texts))).select(columns.split()).rows()


PLACE = "state level place_segment difference"


@given(drawn.remittances())
def test_what_balances_is_posted(one: drawn.Remittance) -> None:
    assert told(drawn.text(one), columns=PLACE) == [("posted", None, None, None)]


def changed(one: drawn.Remittance, cents: int, chosen: int) -> tuple[str, str, int]:
    """The text with one amount changed, and the level and segment where that is out."""
    parts = drawn.text(one).split("~")
    places = [
        (at, element)
        for at, segment in enumerate(parts)
        for element in AMOUNTS.get(segment.split("*")[0], ())
    ]
    at, element = places[chosen % len(places)]
    values = parts[at].split("*")
    values[element] = f"{Decimal(values[element]) + Decimal(cents) / 100:f}"
    parts[at] = "*".join(values)
    above = next((n for n in range(at, 0, -1) if parts[n][:3] in ("SVC", "CLP", "ST*")), 0)
    if values[0] in ("BPR", "PLB"):
        above = 2
    level = {"SVC": "line", "CLP": "claim", "ST*": "transaction"}[parts[above][:3]]
    return "~".join(parts), level, above + 1


@given(drawn.remittances(), st.sampled_from((-1, 1, 100, -12_345)), st.integers(0, 999))
def test_one_cent_changed_anywhere_is_refused_with_the_right_place(
    one: drawn.Remittance, cents: int, chosen: int
) -> None:
    text, level, segment = changed(one, cents, chosen)
    ((state, *place, difference),) = told(text, columns=PLACE)
    assert [state, *place] == ["quarantined", level, segment]
    assert abs(difference) == abs(Decimal(cents)) / 100


LINE = drawn.Line(10_000, (("CO", "45", 2_000),))
CLAIM = drawn.Claim("A", (LINE,))
ONE = drawn.Remittance((CLAIM,))


def test_the_lines_of_a_claim_charge_what_it_charges() -> None:
    text = drawn.text(ONE).replace("SVC*HC:99213*100*80", "SVC*HC:99213*90*70")
    assert told(text, columns=PLACE) == [("quarantined", "claim", 10, Decimal("10.00"))]


@pytest.mark.parametrize(
    ("written", "instead", "segment", "element"),
    [
        ("CLP*A*1*100*80", "CLP*A*1**80", 10, 3),
        ("SVC*HC:99213*100*80", "SVC*HC:99213*100*8O", 13, 3),
        ("SVC*HC:99213*100*80", "SVC*HC:99213*100.001*80", 13, 2),
        ("CAS*CO*45*20", "CAS*CO*45*", 15, 3),
        ("TRN*1*T1", "TRN*1*", 3, None),
        ("BPR*I*80", "BPR*I*99999999999", 3, None),
    ],
)
def test_an_amount_that_is_none_is_named_not_guessed(
    written: str, instead: str, segment: int, element: int | None
) -> None:
    text = drawn.text(ONE)
    assert written in text
    found = told(text.replace(written, instead), columns=f"{PLACE} place_element")
    assert found == [("quarantined", "reading", segment, None, element)]


def test_a_line_outside_any_claim_is_not_read_as_one() -> None:
    text = drawn.text(ONE).replace("LX*1~", "LX*1~SVC*HC:99213*5*5~").replace("SE*14", "SE*15")
    ((state, level, *_),) = told(text, columns=PLACE)
    assert (state, level) == ("quarantined", "reading")


def test_what_was_told_before_is_known_by_payer_trace_and_content() -> None:
    other = drawn.Remittance((drawn.Claim("B", (LINE,)),))
    later = drawn.Remittance((CLAIM,), trace="T2")
    of_another = drawn.Remittance((CLAIM,), payer_id="999999999")
    unbalanced = drawn.text(ONE).replace("BPR*I*80", "BPR*I*81")
    texts = [
        drawn.text(ONE),
        drawn.text(ONE, number=901).replace("~", "~\r\n"),
        drawn.text(other),
        drawn.text(later, of_another),
        unbalanced,
    ]
    columns = "file_id row_number state level first_file_id first_row_number"
    assert told(*texts, columns=columns) == [
        ("f1", 1, "posted", None, None, None),
        ("f2", 1, "duplicate", None, "f1", 1),
        ("f3", 1, "quarantined", "trace", "f1", 1),
        ("f4", 1, "posted", None, None, None),
        ("f4", 2, "posted", None, None, None),
        ("f5", 1, "quarantined", "transaction", None, None),
    ]


def test_a_corrected_remittance_is_posted_after_one_that_was_out() -> None:
    out = drawn.text(ONE).replace("BPR*I*80", "BPR*I*81")
    states = [row[0] for row in told(out, out, drawn.text(ONE), columns="state")]
    assert states == ["quarantined", "duplicate", "posted"]


def test_other_delimiters_say_the_same() -> None:
    other = drawn.text(ONE).translate(str.maketrans("*:~", "|>\n"))
    foreign = drawn.text(ONE).translate(str.maketrans("*:~", "|>§"))
    states = [row[0] for row in told(drawn.text(ONE), other, foreign, columns="state")]
    assert states == ["posted", "duplicate", "duplicate"]
