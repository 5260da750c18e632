"""Sheet: a table for the terminal that keeps dates and numbers whole where it must be narrow.

Belongs here: how wide columns are. Not here: what stands in them (session.grid).
"""

import textwrap
from collections.abc import Mapping

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table

_FRAME = 3  # what a column takes beside its text: a blank on either side and a line
_LEAST = 5  # characters left to a column of words


class Sheet(Table):
    """A rich table. `firm`: by the number of a column, the width below which it must not fold."""

    firm: Mapping[int, int] = {}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self._natural(console, options) > options.max_width >= self._narrowest():
            self._hold()
        yield from super().__rich_console__(console, options)

    def _natural(self, console: Console, options: ConsoleOptions) -> int:
        wide = options.update(width=10 * options.max_width)
        return console.measure(self, options=wide).maximum

    def _narrowest(self) -> int:
        widths = (self.firm.get(number, _LEAST) for number in range(len(self.columns)))
        return sum(width + _FRAME for width in widths) + 1

    def _hold(self) -> None:
        """Fold the headings of firm columns by hand: then nothing else of them will fold."""
        for number, width in self.firm.items():
            column = self.columns[number]
            column.header = textwrap.fill(str(column.header), width)
            column.no_wrap = True
