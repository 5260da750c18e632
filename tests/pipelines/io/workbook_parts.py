"""Workbooks written part by part, as no library would write them."""

import io
import zipfile
from collections.abc import Iterable

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SPACES = f'xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"'

# Styles 0 to 4: general, day, day and time, time, hours that count on.
_FORMATS = (0, 14, 22, 20, 46)

HEADER = ("alias_cin", "cin", "reason", "valid_from")
SOUND = ("A1", "C1", "merged", "2026-01-01")


def text(reference: str, value: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{value}</t></is></c>'


def row(number: int, *values: str) -> str:
    """A row of texts from column A on."""
    cells = (text(f"{chr(65 + place)}{number}", value) for place, value in enumerate(values))
    return f'<row r="{number}">{"".join(cells)}</row>'


def cells(number: int, *written: str) -> str:
    """A row of cells as they are written."""
    return f'<row r="{number}">{"".join(written)}</row>'


def packed(parts: Iterable[tuple[str, str | bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts:
            book.writestr(name, content)
    return buffer.getvalue()


def parts(
    *sheets: str, states: tuple[str, ...] = (), properties: str = "", shared: tuple[str, ...] = (),
    before: str = "",
) -> dict[str, str]:  # fmt: skip
    """The parts of a workbook whose sheets hold these rows. `before` stands before each sheet."""
    listed, related = "", ""
    for number in range(1, len(sheets) + 1):
        state = f'state="{states[number - 1]}"' if states else ""
        listed += f'<sheet name="S{number}" sheetId="{number}" {state} r:id="rId{number}"/>'
        target = f'Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"'
        related += f'<Relationship Id="rId{number}" {target}/>'
    for name in ("styles", "sharedStrings"):
        target = f'Type="{_RELATIONS}/{name}" Target="{name}.xml"'
        related += f'<Relationship Id="{name}" {target}/>'
    formats = "".join(f'<xf numFmtId="{one}"/>' for one in _FORMATS)
    strings = "".join(f"<si>{one}</si>" for one in shared)
    book = f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"'
    return {
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="a" {book}/>'
        "</Relationships>",
        "xl/workbook.xml": f"<workbook {_SPACES}>{properties}<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{related}'
        "</Relationships>",
        "xl/styles.xml": f"<styleSheet {_SPACES}><cellXfs>{formats}</cellXfs></styleSheet>",
        "xl/sharedStrings.xml": f"<sst {_SPACES}>{strings}</sst>",
        **{
            f"xl/worksheets/sheet{number}.xml": f"{before}<worksheet {_SPACES}><sheetData>{rows}"
            "</sheetData></worksheet>"
            for number, rows in enumerate(sheets, 1)
        },
    }


def workbook(*sheets: str, **more: object) -> bytes:
    return packed(parts(*sheets, **more).items())  # type: ignore[arg-type]
