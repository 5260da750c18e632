"""Readers that are nobody's of ours: pyx12 with a sound map of the 277CA, oxedi, x12sdk."""

import io
import json
import logging
import re
import shutil
import warnings
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import oxedi
import polars as pl
import pytest
import pyx12
from pyx12.params import params
from pyx12.x12n_document import x12n_document


def patched_maps(folder: Path) -> Path:
    """pyx12's maps; its 277CA wants three loops that the guide leaves to the situation."""
    maps = folder / "map"
    shutil.copytree(Path(pyx12.__file__).parent / "map", maps)
    path = maps / "277.5010.X214.xml"
    text = path.read_text()
    for loop in ("2000C", "2200C", "2000D"):
        text, found = re.subn(
            rf'(<loop xid="{loop}".*?<usage>)R', r"\1S", text, count=1, flags=re.DOTALL
        )
        assert found == 1
    path.write_text(text)
    return maps


def objections(text: str, maps: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What pyx12 objects to."""
    monkeypatch.setattr(logging.root, "disabled", True)
    report = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        is_valid = x12n_document(
            param=params(), src_file=io.StringIO(text), fd_997=None, fd_html=None,
            fd_json=report, map_path=str(maps),
        )  # fmt: skip
    found = list(_errors(json.loads(report.getvalue())))
    return found if is_valid or found else ["refused"]


def _errors(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from node.get("errors", [])
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from _errors(one)


def tables(text: str, path: Path) -> Any:
    """oxedi's tables of an 835, text columns as text."""
    path.write_text(text)
    read = oxedi.parse_file(str(path))
    return read, {name: _texts(frame) for name, frame in read.tables.to_polars().items()}


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.Binary).cast(pl.String))


def money(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))
