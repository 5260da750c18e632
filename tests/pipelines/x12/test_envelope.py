"""Settings that no interchange can carry are refused by name."""

from datetime import UTC, datetime

import pytest
from claim_specimens import envelope
from x12_edi_tools.x12_generator import X12Generator

from contracts.errors import BrokenInvariantError, UsageError
from pipelines.x12.envelope import Guide, SetOutline, frame

GUIDE = Guide("270", "HS", "005010X279A1")


def test_one_frame_is_a_whole_interchange() -> None:
    around = frame(envelope(), GUIDE, SetOutline(1, 1, [("BHT", ["0022", "13"])], 10))
    assert around.opening.endswith("GS*HS*RIVERGS*610442*20250701*2230*78*X*005010X279A1~\n")
    assert around.heading == "ST*270*0001*005010X279A1~\nBHT*0022*13~\n"
    assert around.closing == "SE*13*0001~\n"
    assert around.ending == "GE*1*78~\nIEA*1*000000077~\n"


def test_times_are_those_of_los_angeles() -> None:
    winter = envelope(created_at=datetime(2025, 1, 1, 7, 59, tzinfo=UTC))
    assert f"{winter.local_time:%Y%m%d %H%M}" == "20241231 2359"


def test_the_generator_is_the_one_that_was_examined() -> None:
    generator = X12Generator()
    for name in ("ISA", "GS", "ST", "SE", "GE", "IEA"):
        generator.add_segment(name, ["1", "2"])
    assert generator.generate() == "ISA*1*2~GS*1*2~ST*1*2~SE*1*2~GE*1*2~IEA*1*2~"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("submitter_name", ""),
        ("submitter_name", "CONDADO DE PEÑA"),
        ("contact_name", "ANN*CLERK"),
        ("contact_phone", " 9165550100"),
        ("isa_sender_id", "LONGER THAN FIFTEEN"),
        ("isa_receiver_qualifier", "ZZZ"),
        ("isa_receiver_qualifier", "Z"),
        ("usage", "X"),
    ],
)
def test_a_setting_that_cannot_be_written_is_refused(setting: str, value: str) -> None:
    with pytest.raises(UsageError, match=rf"setting {setting}:"):
        envelope(**{setting: value})


@pytest.mark.parametrize("number", [0, -1, 1_000_000_000])
def test_a_control_number_of_more_than_nine_digits_is_refused(number: int) -> None:
    with pytest.raises(BrokenInvariantError, match="interchange_control_number"):
        envelope(interchange_control_number=number)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(BrokenInvariantError, match="time zone"):
        envelope(created_at=datetime(2025, 7, 1, 12, 0))  # noqa: DTZ001
