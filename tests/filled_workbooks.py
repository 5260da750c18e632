"""Worklists as people return them: cells entered in the issued workbook, saved by LibreOffice."""

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from python_calamine import CalamineWorkbook

from reports.worklist_sheets import COLUMNS

Entry = Mapping[str, str | None]  # column name to the text that is entered
PLACES = {column.name: place for place, column in enumerate(COLUMNS)}
SOFFICE = shutil.which("soffice")


def sheets_of(book: bytes) -> dict[str, list[dict[str, object]]]:
    """Rows of each sheet of work, by column name; `row` is the sheet's row."""
    opened = CalamineWorkbook.from_filelike(io.BytesIO(book))
    names = [name for name in opened.sheet_names if name not in ("Summary", "Fields")]
    return {
        name: [
            {"row": number, **dict(zip(PLACES, row, strict=True))}
            for number, row in enumerate(opened.get_sheet_by_name(name).to_python()[1:], 2)
        ]
        for name in names
    }


def filled(book: bytes, entries: Mapping[tuple[str, int], Entry]) -> bytes:
    """The workbook with texts entered, by sheet and row; None empties a cell."""
    names = CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names
    changed: dict[str, dict[str, str | None]] = {}
    for (sheet, row), entry in entries.items():
        cells = changed.setdefault(f"xl/worksheets/sheet{names.index(sheet) + 1}.xml", {})
        cells |= {f"{letters(PLACES[name])}{row}": text for name, text in entry.items()}
    return rewritten(book, lambda part, text: _entered(text, changed.get(part, {})))


def rewritten(book: bytes, change: Callable[[str, str], str]) -> bytes:
    """The workbook with the text of each part as `change(part, text)` makes it."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(made, "w", 8) as new:
        for part in old.namelist():
            new.writestr(part, change(part, old.read(part).decode()))
    return made.getvalue()


def letters(place: int) -> str:
    return chr(ord("A") + place)


def _entered(text: str, cells: Mapping[str, str | None]) -> str:
    def cell(found: re.Match[str]) -> str:
        if found["at"] not in cells:
            return found[0]
        told = cells[found["at"]]
        if told is None:
            return f'<c r="{found["at"]}"/>'
        said = f'<is><t xml:space="preserve">{escape(told)}</t></is>'
        return f'<c r="{found["at"]}"{found["style"] or ""} t="inlineStr">{said}</c>'

    pattern = r'<c r="(?P<at>[A-Z]+\d+)"(?P<style> s="\d+")?[^>]*?(/>|>.*?</c>)'
    return re.sub(pattern, cell, text)


def saved_by_libreoffice(book: bytes, folder: Path) -> bytes:
    """Opened and saved as XLSX by LibreOffice."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "worklist.xlsx").write_bytes(book)
    assert SOFFICE is not None
    subprocess.run(
        [SOFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "saved"),
         str(folder / "worklist.xlsx")],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return (folder / "saved" / "worklist.xlsx").read_bytes()
