"""PDF: a report's page on paper, by WeasyPrint, which the extra `pdf` brings.

The same page gives the same bytes: one font of our own, no date, nothing fetched.
"""

import os
from importlib.resources import files
from typing import Any

from contracts.errors import UsageError

_FONTS = {"normal": "LiberationSans-Regular.ttf", "bold": "LiberationSans-Bold.ttf"}
_FONT = "Report Sans"
_EPOCH = "946684800"  # 2000-01-01: a font's subset bears the time that this variable gives
_ORIGIN = "font:"


def pdf_bytes(page: bytes) -> bytes:
    """The page as PDF. Raises UsageError where WeasyPrint is not installed."""
    html, css = _weasyprint()
    os.environ["SOURCE_DATE_EPOCH"] = _EPOCH
    style = css(string=_style(), url_fetcher=_font)
    printed: bytes = html(string=page.decode(), url_fetcher=_nothing).write_pdf(stylesheets=[style])
    return printed


def _weasyprint() -> tuple[Any, Any]:
    try:
        from weasyprint import CSS, HTML  # noqa: PLC0415 - an extra, and slow to load
    except (ImportError, OSError):  # OSError: without the Pango library of the system
        raise UsageError(
            "pdf_missing",
            "PDF needs WeasyPrint and the system's Pango library. Install them: "
            "pip install 'reentry-ledger[pdf]'; apt-get install libpangoft2-1.0-0. "
            "Or ask for other formats: --format html,xlsx,csv.",
        ) from None
    return HTML, CSS


def _style() -> str:
    faces = "".join(
        f"@font-face {{ font-family: '{_FONT}'; font-weight: {weight}; "
        f"src: url({_ORIGIN}{file}); }}\n"
        for weight, file in _FONTS.items()
    )
    return f"{faces}* {{ font-family: '{_FONT}' !important; }}"


def _font(url: str) -> dict[str, object]:
    """Our own fonts and nothing else."""
    name = url.removeprefix(_ORIGIN)
    if name not in _FONTS.values():
        return _nothing(url)
    font = files("reports").joinpath("fonts", name).read_bytes()
    return {"string": font, "mime_type": "font/ttf"}


def _nothing(url: str) -> dict[str, object]:  # noqa: ARG001 - WeasyPrint's signature
    """A page refers to nothing outside itself."""
    raise ValueError
