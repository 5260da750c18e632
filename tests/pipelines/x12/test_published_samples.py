"""Interchanges that others have published: each 271, 834, 835, 999, 277CA and 277 of them is read.

They are not part of the project. `X12_SAMPLES=folder make test` reads a folder of them; what they
contain that matters is drawn in the tests of the readers, so that nothing rests on them alone.
"""

import os
from codecs import BOM_UTF8
from decimal import Decimal
from pathlib import Path

import polars as pl

from contracts.remittances import REMITTED
from pipelines.stages.payments.balancing import balanced
from pipelines.x12 import answers, eligibility_answers, enrollment, remittance, wire
from pipelines.x12.enrollment_places import COVERAGE, MEMBER
from pipelines.x12.places import Place

FOLDER = Path(os.environ["X12_SAMPLES"])


def of_samples(transaction_set: str) -> list[Path]:
    """Published files whose first set is of that kind."""
    files = sorted(path for path in FOLDER.rglob("*") if path.is_file())
    marks = [f"ST{mark}{transaction_set}{mark}".encode() for mark in "*|"]
    return [path for path in files if any(mark in path.read_bytes() for mark in marks)]


def segments_of(path: Path) -> list[list[str]]:
    text = path.read_bytes().removeprefix(BOM_UTF8).decode("latin-1").strip()
    return [one.strip("\r\n ").split(text[3]) for one in text.split(text[105])]


def test_every_published_271_is_read() -> None:
    paths = of_samples("271")
    for path in paths:
        drawn = segments_of(path)
        read = eligibility_answers.read(wire.read(path.read_bytes(), file_id="x").tokens)
        asked = [one[2] for one in drawn if one[0] == "TRN" and one[1] == "2"]
        assert read.answers["trace_number"].to_list() == asked
        assert read.rejections.height == sum(one[0] == "AAA" for one in drawn)
        assert set(read.answers["outcome"]) <= {"active", "inactive", "rejected"}
        (made_on,) = {one[4] for one in drawn if one[0] == "BHT"}
        assert set(read.answers["month"]) <= {f"{made_on[:4]}-{made_on[4:6]}"}
    assert paths


def test_no_published_834_has_a_cin_and_every_member_says_so() -> None:
    paths = of_samples("834")
    for path in paths:
        read = enrollment.read(wire.read(path.read_bytes(), file_id="x").tokens)
        members = sum(one[0] == "INS" for one in segments_of(path))
        assert read.coverage.is_empty()
        assert read.unreadable["reason"].to_list() == ["no CIN where one is looked for"] * members
    assert paths


def test_every_published_834_is_read_where_its_own_places_are_named() -> None:
    places = [
        *(Place("cin", MEMBER, "REF", code, 2, "^(.+)$", "verified", "x") for code in ("0F", "WH")),
        Place("aid_code", COVERAGE, "HD", None, 3, "^(.+)$", "verified", "x"),
    ]
    paths = of_samples("834")
    for path in paths:
        segments = segments_of(path)
        read = enrollment.read(wire.read(path.read_bytes(), file_id="x").tokens, places)
        assert read.coverage.select("cin", "aid_code", "starts_on").rows() == by_hand(segments)
    assert paths


def by_hand(segments: list[list[str]]) -> list[tuple[str, str, str | None]]:
    """Segment by segment, in the order of the file; spans that are cancelled have ends."""
    member, own_start, spans = "", None, []
    for one in segments:
        if one[0] == "INS":
            member, own_start = "", None
        elif one[0] == "REF" and one[1] in ("0F", "WH") and not member:
            member = one[2]
        elif one[0] == "DTP" and one[1] == "356":
            own_start = iso(one[3])
        elif one[0] == "HD":
            spans.append([member, one[3], own_start])
        elif one[0] == "DTP" and one[1] == "348":
            spans[-1][2] = iso(one[3])
    return [tuple(span) for span in spans]


def iso(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


# Segments that make a statement, in each kind of set.
STATEMENTS = {"999": ("AK9", "IK5", "IK3", "IK4"), "277": ("STC",)}


def test_every_published_acknowledgement_is_read_segment_by_segment() -> None:
    seen = 0
    for kind, names in STATEMENTS.items():
        for path in of_samples(kind):
            read = wire.read(path.read_bytes(), file_id="x")
            found = answers.read(read)
            damaged = read.transaction_sets.filter("is_damaged", transaction_set=kind)
            if damaged.is_empty():  # a damaged set says nothing, and says why
                drawn = [one for one in segments_of(path) if one[0] in names]
                assert found.height == len(drawn), path.name
                codes = [one[1].split(":")[0].split("|")[0] for one in drawn
                         if one[0] in ("AK9", "IK5", "STC")]  # fmt: skip
                assert found["verdict_code"].drop_nulls().to_list() == codes
            assert damaged["reason"].is_not_null().all()
            seen += 1
    assert seen >= 12


def test_published_acknowledgements_amount_to_what_their_files_are_called() -> None:
    expected = {
        "x12_999_accepted.txt": {"received"},
        "x12_999_rejected.txt": {"rejected", "noted"},
        "x12_277CA_accepted.txt": {"accepted"},
        "x12_277CA_rejected.txt": {"accepted", "rejected"},  # received whole, its claim refused
        "claim-response.edi": {"pended", "finalized"},
    }
    found = {}
    for path in [*of_samples("999"), *of_samples("277")]:
        read = answers.read(wire.read(path.read_bytes(), file_id="x"))
        found[path.name] = set(read["outcome"])
    assert {name: found[name] for name in expected} == expected


def test_every_published_835_gives_the_claims_of_its_own_segments_and_says_what_is_out() -> None:
    paths = of_samples("835")
    out = {}
    for path in paths:
        segments = segments_of(path)
        received = remittance.read(wire.read(path.read_bytes(), file_id="x"))
        stamp = {"file_id": pl.lit("x"), "received_at": pl.datetime(2026, 1, 1, time_zone="UTC")}
        rows = {k: REMITTED[k].conform(v.with_columns(**stamp)) for k, v in received.items()}
        sets = balanced(rows)
        for mark, name in MARKS.items():
            assert rows[name].height == sum(one[0] == mark for one in segments), (path.name, name)
        assert sets["claims_read"].sum() == sum(one[0] == "CLP" for one in segments)
        told = sets.drop_nulls("level").select("level", "difference")
        assert sets["transaction_difference"].null_count() == 0
        out |= {path.name: told.rows()} if told.height else {}
    assert paths
    assert out == OUT_OF_BALANCE


MARKS = {"ST": "remittance_sets", "CLP": "remittance_claims", "SVC": "remittance_lines"}
# By hand: 385.21 less 385.20 is not 0; 4199.68 less 1201.68 is not 4000; a charge stands in the
# element of the procedure, so that 24599 less 1579 is not 1766.50.
OUT_OF_BALANCE = {
    "sample1.txt": [("claim", Decimal("0.01"))],
    "sample2.txt": [("claim", Decimal("-1002.00"))],
    "tertiary-payment.835": [("line", Decimal("21253.50"))],
}
