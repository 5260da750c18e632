"""One day of service, and spans about it: in force on that day, not yet, or no more."""

from datetime import date

import polars as pl

BEFORE, DAY, AFTER = date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2)
SPAN = {"valid_from": pl.Date, "valid_to": pl.Date, "edition_from": pl.Date, "edition_to": pl.Date}
EVER, EVEN, NOT_YET, NO_MORE = (None, None), (DAY, DAY), (AFTER, None), (None, BEFORE)
