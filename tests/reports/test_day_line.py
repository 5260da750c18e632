"""Day lines drawn: what a person would draw on squared paper."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reports.day_line import FULL, NONE, PART, Calendar, Lane, day_line

FIRST = date(2026, 1, 1)


def lane(*spans: tuple[int, int | None]) -> Lane:
    def on(day: int) -> date:
        return FIRST + timedelta(days=day - 1)

    return Lane("custody", tuple((on(a), None if b is None else on(b)) for a, b in spans))


def test_a_column_a_day() -> None:
    calendar = Calendar.of(FIRST, date(2026, 1, 25), width=30)
    drawn = day_line([lane((1, 3), (24, None)), Lane("x", ())], calendar)
    assert drawn == [
        "         2026-01-01     2026-01-25",
        "custody  " + "███" + "·" * 20 + "██",
        "x        " + "·" * 25,
    ]


def test_a_column_of_several_days_is_full_half_or_empty() -> None:
    calendar = Calendar.of(FIRST, date(2026, 1, 30), width=10)
    assert calendar.days_a_column == 3
    assert day_line([lane((1, 4), (30, 30))], calendar)[1] == "custody  █▒·······▒"


@given(st.integers(0, 400), st.lists(st.tuples(st.integers(-9, 420), st.integers(-5, 200))))
def test_each_column_says_how_many_of_its_days_are_covered(
    length: int, drawn: list[tuple[int, int]]
) -> None:
    spans = [(first, first + more) for first, more in drawn]
    calendar = Calendar.of(FIRST, FIRST + timedelta(days=length))
    blocks = day_line([lane(*spans)], calendar)[1].removeprefix("custody  ")
    covered = {day for first, last in spans for day in range(first, last + 1)}
    step = calendar.days_a_column
    days = range(1, length + 2)
    expected = ""
    for start in days[::step]:
        held = [day in covered for day in days[start - 1 : start - 1 + step]]
        expected += FULL if all(held) else PART if any(held) else NONE
    assert blocks == expected
    assert len(blocks) <= 64
