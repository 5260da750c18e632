"""Whereabouts: for each segment of two claims, what it belongs to."""

import pytest
from claim_specimens import claim, content, envelope, full_claim

from contracts.errors import UsageError
from pipelines.x12.claim_sets import render
from pipelines.x12.whereabouts import place_of, segment_at, segment_in_set

DATA = b"".join(one.content for one in render(content(claim(), full_claim()), envelope()))
SEGMENTS = [one.strip() for one in DATA.decode().split("~")][:-1]
FIRST, SECOND = "PCN0000000000001", "PCN0000000000002"

# segment, where it begins: loop, claim, line, party, its number, other payer
PLACES = [
    ("ISA*", "envelope", None, None, None, None, None),
    ("SE*", "envelope", None, None, None, None, None),
    ("BHT*", "heading", None, None, None, None, None),
    ("NM1*40*", "heading", None, None, None, None, None),
    ("REF*EI*", "billing", None, None, "85", "1234567893", None),
    ("NM1*87*", "billing", None, None, "85", "1234567893", None),
    ("DMG*", "subscriber", FIRST, None, None, None, None),
    ("CLM*PCN0000000000001", "claim", FIRST, None, None, None, None),
    ("SV1*HC:99213", "line", FIRST, 1, None, None, None),
    ("PWK*", "claim", SECOND, None, None, None, None),
    ("REF*G1*", "claim", SECOND, None, None, None, None),
    ("PRV*PE*", "provider", SECOND, None, "82", "1679576722", None),
    ("N4*GALT", "provider", SECOND, None, "77", "1234567893", None),
    ("NM1*DQ*", "provider", SECOND, None, "DQ", "1245319599", None),
    ("SBR*P*18*G77", "other_payer", SECOND, None, None, None, "MUT01"),
    ("NM1*IL*1*DOE*JOHN", "other_payer", SECOND, None, None, None, "OLD02"),
    ("SV1*HC:J0577", "line", SECOND, 1, None, None, None),
    ("LIN*", "line", SECOND, 1, None, None, None),
    ("NM1*DK*", "provider", SECOND, 1, "DK", "1679576722", None),
    ("SVD*OLD02", "other_payment", SECOND, 1, None, None, "OLD02"),
    ("CAS*CO*45", "other_payment", SECOND, 1, None, None, "MUT01"),
    ("DTP*573*D8*20250620", "other_payment", SECOND, 1, None, None, "MUT01"),
]


@pytest.mark.parametrize("drawn", PLACES, ids=lambda drawn: drawn[0])
def test_a_segment_is_told_by_its_loop_and_numbers(drawn: tuple[str, ...]) -> None:
    at = next(n for n, one in enumerate(SEGMENTS, 1) if one.startswith(drawn[0]))
    place = place_of(DATA, at)
    assert place.text == SEGMENTS[at - 1]
    assert place.segment == at
    told = (
        place.loop, place.patient_control_number, place.line_ordinal, place.party_code,
        place.party_id, place.payer_id,
    )  # fmt: skip
    assert told == drawn[1:]


def test_every_segment_of_the_file_has_a_place() -> None:
    places = [place_of(DATA, number) for number in range(1, len(SEGMENTS) + 1)]
    assert [place.text for place in places] == SEGMENTS
    claims = [place.patient_control_number for place in places if place.patient_control_number]
    assert claims == sorted(claims)


def test_a_byte_and_a_number_within_the_set_name_the_same_segment() -> None:
    byte = 0
    for number, text in enumerate(SEGMENTS, 1):
        assert segment_at(DATA, byte) == segment_at(DATA, byte + len(text)) == number
        assert segment_at(DATA, byte + len(text) + 1) == number  # the line break after it
        byte += len(text) + len("~\n")
        if in_set := place_of(DATA, number).set_segment:
            assert segment_in_set(DATA, "0001", in_set) == number


def test_what_the_file_does_not_have_is_said() -> None:
    for wrong in (0, len(SEGMENTS) + 1):
        with pytest.raises(UsageError, match=f"segments 1 to {len(SEGMENTS)}"):
            place_of(DATA, wrong)
    with pytest.raises(UsageError, match="no set 0002"):
        segment_in_set(DATA, "0002", 1)
    with pytest.raises(UsageError, match="has segments 1 to 82"):
        segment_in_set(DATA, "0001", 83)
    with pytest.raises(UsageError, match=f"bytes 0 to {len(DATA) - 1}"):
        segment_at(DATA, len(DATA))
