"""Reports by axe: at the width of a desk and of a phone no page has a serious fault."""

import base64
import html
import json
import re
from importlib.resources import files
from pathlib import Path

import report_scenario as scenario
from headless_chromium import chromium, needs_chromium

WIDTHS = {"desk": 1280, "phone": 390}
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
pytestmark = needs_chromium

# Each page in a frame of its width, axe run within; what it says is written into this page.
_LOOK = """<!doctype html><meta charset="utf-8"><body><script>
const pages = PAGES, axe = AXE, found = [];
async function look(name, width, page) {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width:${width}px;height:900px;border:0`;
  frame.srcdoc = new TextDecoder().decode(Uint8Array.from(atob(page), c => c.charCodeAt(0)));
  const loaded = new Promise(done => { frame.onload = done; });
  document.body.append(frame);
  await loaded;
  frame.contentWindow.eval(axe);
  const told = await frame.contentWindow.axe.run(frame.contentDocument, {
    resultTypes: ["violations"], preload: false, elementRef: false, selectors: false,
  });
  if (!told.passes.length) found.push([name, "nothing was looked at", ""]);
  for (const one of told.violations)
    if (["serious", "critical"].includes(one.impact))
      for (const node of one.nodes) found.push([name, one.id, node.html.slice(0, 120)]);
  frame.remove();
}
(async () => {
  for (const [name, width, page] of pages) await look(name, width, page);
  document.body.dataset.found = JSON.stringify(found);
})().catch(error => { document.body.dataset.found = JSON.stringify([["", String(error), ""]]); });
</script></body>"""


def _found(pages: list[tuple[str, int, bytes]], folder: Path) -> list[list[str]]:
    coded = [(name, width, base64.b64encode(page).decode()) for name, width, page in pages]
    script = json.dumps(AXE).replace("</", "<\\/")
    path = folder / "look.html"
    path.write_text(
        _LOOK.replace("PAGES", json.dumps(coded)).replace("axe = AXE", f"axe = {script}"),
        encoding="utf-8",
    )
    shown = chromium("--window-size=1400,1000", "--virtual-time-budget=600000", "--dump-dom",
                     path.as_uri())  # fmt: skip
    told = re.search(r'<body data-found="([^"]*)"', shown)
    assert told, "the pages were not looked at"
    found: list[list[str]] = json.loads(html.unescape(told[1]))
    return found


def test_axe_finds_no_serious_fault_in_any_report(tmp_path: Path) -> None:
    reports = scenario.every_report()
    pages = [
        (f"{name} on a {place}", width, report.html)
        for name, report in reports.items()
        for place, width in WIDTHS.items()
    ]
    assert _found(pages, tmp_path) == []


def test_serious_faults_would_be_found(tmp_path: Path) -> None:
    page, drawn = scenario.quality_report().html, scenario.pack("post_release").html
    pages = [
        ("no language", 1280, page.replace(b'<html lang="en-US">', b"<html>")),
        ("pale", 390, page.replace(b"--quiet: #", b"--quiet: #dddddd; --was: #")),
        ("nameless drawing", 1280, drawn.replace(b"aria-label=", b"data-label=")),
        ("no way in", 390, page.replace(b' tabindex="0"', b"")),
        ("as it is", 1280, page),
    ]
    found = {(name, rule) for name, rule, _ in _found(pages, tmp_path)}
    assert found == {
        ("no language", "html-has-lang"),
        ("pale", "color-contrast"),
        ("nameless drawing", "svg-img-alt"),
        ("no way in", "scrollable-region-focusable"),
    }
