"""Arrow: a frame as DuckDB scans it, by its Arrow stream, without pyarrow."""

import polars as pl


class ArrowFrame:
    """Wrap a frame under a name that a DuckDB query mentions, or register it."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)
