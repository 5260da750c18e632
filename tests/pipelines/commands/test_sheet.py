"""A table that must be narrow folds words; a date or an amount that folds would be misread."""

from datetime import date
from decimal import Decimal

import pytest
from rich.console import Console

from pipelines.commands.session import grid

ROW = {
    "stay_id": "S000017",
    "window_number": 1,
    "starts_on": date(2026, 1, 2),
    "ends_on": date(2026, 4, 1),
    "reasons": ["ji_aid_code", "ninety_days", "screening"],
    "lost_amount": Decimal("14804.00"),
}
WHOLE = ("2026-01-02", "2026-04-01", "14,804.00")


def drawn(width: int, *rows: dict[str, object]) -> list[str]:
    console = Console(width=width, markup=False)
    with console.capture() as told:
        console.print(grid("Windows", tuple(ROW), rows))
    return told.get().splitlines()


@pytest.mark.parametrize("width", [72, 80, 100, 120, 200])
def test_dates_and_amounts_stand_whole_on_one_line(width: int) -> None:
    lines = drawn(width, ROW)
    assert max(map(len, lines)) <= width
    assert sum(all(value in line for value in WHOLE) for line in lines) == 1


@pytest.mark.parametrize("width", [40, 60])
def test_where_not_even_they_fit_nothing_is_cut_off(width: int) -> None:
    cells = "".join("".join(line.split("│")) for line in drawn(width, ROW) if "│" in line)
    for value in WHOLE:
        assert all(cells.count(sign) >= value.count(sign) for sign in value)
    assert max(map(len, drawn(width, ROW))) <= width


def test_a_table_without_rows_is_drawn() -> None:
    assert "stay id" in "".join(drawn(80))
