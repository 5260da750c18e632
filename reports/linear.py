"""Linear programs over whole numbers: how far each unknown of a system of constraints can reach.

Asking HiGHS and checking its answers exactly belongs here; what the unknowns mean does not.
"""

from collections.abc import Sequence
from typing import TypeAlias

import highspy
import numpy as np

# Places of unknowns, their factors, and the least and most that the sum may be.
Row: TypeAlias = tuple[Sequence[int], Sequence[int], int | None, int | None]
_NEAR = 1e-6
_NODES_MOST = 20_000  # a search that takes longer counts as failed: the same on every machine


class Program:
    """Unknown whole numbers with a floor each, under rows; `truth` is one solution.

    An answer "yes" always rests on a solution in whole numbers that keeps every row exactly.
    """

    def __init__(self, truth: Sequence[int], floors: Sequence[int], rows: Sequence[Row]) -> None:
        self._floors = np.array(floors, dtype=np.int64)
        self._matrix = np.zeros((len(rows), len(truth)), dtype=np.int64)
        for number, (places, factors, _, _) in enumerate(rows):
            np.add.at(self._matrix[number], list(places), list(factors))
        # Far above everything that rows would bound: without it a search has no end.
        self._ceiling = 2 * sum(truth) + 100
        self._least = np.array([-_far() if row[2] is None else row[2] for row in rows])
        self._most = np.array([_far() if row[3] is None else row[3] for row in rows])
        self._lowest = self._highest = np.array(truth, dtype=np.int64)
        if not self._keeps(self._lowest):
            raise AssertionError("what is taken to be known is not true of the counts themselves")
        self._relaxed = self._model(is_whole=False)

    def reaches_up(self, place: int, count: int) -> bool:
        """Whether the unknown can be so much or more."""
        return self._highest[place] >= count or self._found(place, count, sign=-1)

    def reaches_down(self, place: int, count: int) -> bool:
        """Whether the unknown can be so much or less."""
        return self._lowest[place] <= count or self._found(place, count, sign=1)

    def _found(self, place: int, count: int, *, sign: int) -> bool:
        relaxed = self._extreme(place, sign)
        if relaxed is None or sign * (relaxed[place] - count) > _NEAR:
            return False
        if self._witnessed(relaxed) and sign * (round(relaxed[place]) - count) <= 0:
            return True
        return self._searched(place, count, sign)

    def _extreme(self, place: int, sign: int) -> Sequence[float] | None:
        """The relaxed solution in which the unknown is smallest (or largest, sign -1)."""
        self._relaxed.changeColCost(place, float(sign))
        told = _solved(self._relaxed)
        self._relaxed.changeColCost(place, 0.0)
        return told

    def _searched(self, place: int, count: int, sign: int) -> bool:
        """Look for a solution in whole numbers, where the relaxed one is none."""
        model = self._model(is_whole=True)
        low, high = (self._floors[place], count) if sign > 0 else (count, self._ceiling)
        if low > high:
            return False
        model.changeColBounds(place, float(low), float(high))
        told = _solved(model)
        return told is not None and self._witnessed(told)

    def _witnessed(self, solution: Sequence[float]) -> bool:
        """Keep a solution in whole numbers: what it reaches need not be asked again."""
        whole = np.rint(np.array(solution)).astype(np.int64)
        if not self._keeps(whole):
            return False
        self._lowest = np.minimum(self._lowest, whole)
        self._highest = np.maximum(self._highest, whole)
        return True

    def _keeps(self, whole: np.ndarray) -> bool:
        sums = self._matrix @ whole
        is_within = (sums >= self._least) & (sums <= self._most)
        return bool(is_within.all() and (whole >= self._floors).all())

    def _model(self, *, is_whole: bool) -> highspy.Highs:
        rows, columns = self._matrix.shape
        told = highspy.HighsLp()
        told.num_col_, told.num_row_ = columns, rows
        told.col_cost_ = np.zeros(columns)
        told.col_lower_ = self._floors.astype(float)
        told.col_upper_ = np.full(columns, float(self._ceiling))
        told.row_lower_ = np.where(self._least == -_far(), -highspy.kHighsInf, self._least)
        told.row_upper_ = np.where(self._most == _far(), highspy.kHighsInf, self._most)
        number, place = np.nonzero(self._matrix)
        told.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        told.a_matrix_.start_ = np.searchsorted(number, np.arange(rows + 1))
        told.a_matrix_.index_ = place
        told.a_matrix_.value_ = self._matrix[number, place].astype(float)
        if is_whole:
            told.integrality_ = [highspy.HighsVarType.kInteger] * columns
        model = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in _OPTIONS.items():
            model.setOptionValue(option, value)
        model.passModel(told)
        return model


_OPTIONS: dict[str, bool | int | str] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "presolve": "off",
    "mip_max_nodes": _NODES_MOST,
}


def _far() -> int:
    return 1 << 40


def _solved(model: highspy.Highs) -> Sequence[float] | None:
    model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    told: Sequence[float] = model.getSolution().col_value
    return told
