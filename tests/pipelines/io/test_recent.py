"""What was read lately is not read again, within bounds."""

import polars as pl

from pipelines.io.recent import Recent


def frame(rows: int) -> pl.DataFrame:
    return pl.DataFrame({"number": range(rows)}, schema={"number": pl.Int64})  # 8 bytes a row


class Reader:
    def __init__(self, rows: int) -> None:
        self.rows, self.count = rows, 0

    def __call__(self) -> pl.DataFrame:
        self.count += 1
        return frame(self.rows)


def test_a_frame_is_read_once_by_its_key() -> None:
    recent, reader = Recent(), Reader(3)
    for _ in range(3):
        assert recent.get(("people", ("file1",)), reader).equals(frame(3))
    recent.get(("people", ("file1", "file2")), reader)
    assert reader.count == 2


def test_the_oldest_makes_room_and_is_read_again() -> None:
    recent = Recent(most_bytes=100)
    first, second = Reader(10), Reader(10)
    recent.get("first", first)
    recent.get("second", second)
    recent.get("second", second)
    recent.get("first", first)
    assert (first.count, second.count) == (2, 1)


def test_what_is_too_large_is_never_held_and_pushes_nothing_out() -> None:
    recent = Recent(most_bytes=100)
    small, large = Reader(10), Reader(1_000)
    recent.get("small", small)
    for _ in range(2):
        assert recent.get("large", large).height == 1_000
    recent.get("small", small)
    assert (small.count, large.count) == (1, 2)
