"""Reports in a browser: at the width of a desk and of a phone nothing is cut off or lies over
something else, and printed to PDF every page has its words.
"""

import base64
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import report_scenario as scenario
from headless_chromium import chromium, needs_chromium

PDF_TEXT = shutil.which("pdftotext")
WIDTHS = {"desk": 1280, "phone": 390}
pytestmark = needs_chromium

# Measures each page in a frame of its width: what reaches beyond the frame (a table in a region
# that scrolls may), text beyond its drawing, labels of an axis that touch.
_LOOK = """<!doctype html><meta charset="utf-8"><body><script>
const pages = PAGES, found = [];
function look(name, frame, width) {
  const doc = frame.contentDocument, say = (what, e) =>
    found.push([name, what, (e.textContent || "").trim().slice(0, 40)]);
  if (doc.documentElement.scrollWidth > width) say("the page is wider", doc.body);
  for (const e of doc.body.querySelectorAll("*")) {
    if (e.closest(".unseen, svg")) continue;
    const box = e.getBoundingClientRect(), region = e.closest(".scroll");
    if (region && region !== e) continue;
    if (box.width && (box.right > width + 1 || box.left < -1)) say(e.tagName, e);
  }
  for (const region of doc.querySelectorAll(".scroll"))
    if (region.getBoundingClientRect().height + 1 < region.firstElementChild.offsetHeight)
      say("a table is cut", region);
  for (const svg of doc.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll("text")];
    for (const text of texts) {
      const box = text.getBoundingClientRect();
      if (box.width && (box.right > frame.right + 2 || box.left < frame.left - 2 ||
          box.top < frame.top - 2 || box.bottom > frame.bottom + 2)) say("a label is cut", text);
    }
    for (const axis of svg.querySelectorAll(".role-axis-label")) {
      const texts = [...axis.querySelectorAll("text")];
      const seen = texts.filter(t => t.getAttribute("opacity") !== "0");
      const boxes = seen.map(t => t.getBoundingClientRect()).filter(b => b.width);
      boxes.forEach((one, i) => boxes.slice(i + 1).forEach(other => {
        if (one.left < other.right && other.left < one.right &&
            one.top < other.bottom && other.top < one.bottom) say("labels touch", axis);
      }));
    }
  }
}
let waiting = pages.length;
for (const [name, width, page] of pages) {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width:${width}px;height:900px;border:0`;
  frame.onload = () => {
    look(name, frame, width);
    if (!--waiting) document.body.dataset.found = JSON.stringify(found);
  };
  frame.srcdoc = new TextDecoder().decode(Uint8Array.from(atob(page), c => c.charCodeAt(0)));
  document.body.append(frame);
}
</script></body>"""


def _found(pages: list[tuple[str, int, str]], folder: Path) -> list[list[str]]:
    path = folder / "look.html"
    path.write_text(_LOOK.replace("PAGES", json.dumps(pages)), encoding="utf-8")
    shown = chromium("--window-size=1400,1000", "--virtual-time-budget=60000", "--dump-dom",
                      path.as_uri())  # fmt: skip
    told = re.search(r'<body data-found="([^"]*)"', shown)
    assert told, "the pages were not looked at"
    found: list[list[str]] = json.loads(told[1].replace("&quot;", '"').replace("&amp;", "&"))
    return found


def _page(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_nothing_is_cut_off_on_a_desk_or_a_phone(tmp_path: Path) -> None:
    pages = [
        (f"{name} on a {place}", width, _page(report.html))
        for name, report in {
            **scenario.every_report(),
            "public": scenario.public_pack("readiness"),
        }.items()
        for place, width in WIDTHS.items()
    ]
    assert _found(pages, tmp_path) == []


def test_what_is_cut_off_would_be_found(tmp_path: Path) -> None:
    page = scenario.pack("care_handoffs").html
    wide = page.replace(b'<p class="question">', b'<p style="width:900px">')
    cut = page.replace(b'viewBox="0 0 4', b'viewBox="60 0 4')
    pages = [("wide", 390, _page(wide)), ("cut", 1280, _page(cut))]
    found = {(name, what) for name, what, _ in _found(pages, tmp_path)}
    assert found == {("wide", "the page is wider"), ("wide", "P"), ("cut", "a label is cut")}


@pytest.mark.skipif(PDF_TEXT is None and "CI" not in os.environ, reason="no pdftotext")
@pytest.mark.parametrize("name", ["care_handoffs", "billing", "post_release", "data_quality"])
def test_printed_to_paper_every_column_is_there(name: str, tmp_path: Path) -> None:
    page, paper = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_bytes(scenario.every_report()[name].html)
    chromium("--no-pdf-header-footer", f"--print-to-pdf={paper}", page.as_uri())
    inside = subprocess.run(
        [str(PDF_TEXT), "-layout", str(paper), "-"], capture_output=True, text=True, check=True
    ).stdout
    words = " ".join(inside.split())
    html = page.read_text(encoding="utf-8")
    headings = {
        re.sub(r"<[^>]+>", "", one) for one in re.findall(r'<th scope="col"[^>]*>(.*?)</th>', html)
    }
    missing = {one for one in headings if not all(word in words for word in one.split())}
    assert missing == set()
