"""Page: the catalogue of edits, told as Markdown.

Nothing is described here: the words are the edits' own. `python -m pipelines.stages.edits.page >
docs/edits.md` writes the page that the docs hold.
"""

import sys
from collections.abc import Iterable
from itertools import groupby

from pipelines.stages.edits.catalogue import BUNDLE_EDITS, CLAIM_EDITS, EDITS, STAY_EDITS
from pipelines.stages.edits.edit import Edit

_HEAD = """# Edits

What keeps a service from being paid, found before it is sent. Written by
`python -m pipelines.stages.edits.page > docs/edits.md`; change `pipelines/stages/edits/`, not this
page. An installation may set severity and dates of each in its `policy.toml`: `reentry edits list`
tells what is in force there, `reentry edits show ID` one of them with the counts of the last run.

| severity | what it does |
|---|---|
| reject | The line is not billed until its cause is mended. |
| hold | The line waits; a person may release it. |
| warn | The line goes out; somebody should look. |

An edit that needs a code set or a policy value which is unset finds nothing and counts its lines as
not evaluated. Those marked *federal* guard a federal rule: policy weakens them only with an
authority named as source and status `verified`.
"""


def render() -> str:
    """The whole page."""
    ordered = sorted(EDITS.values(), key=_category)
    parts = [_section(_title(name), edits) for name, edits in groupby(ordered, _category)]
    of_claims = _section("Of claims that were sent", CLAIM_EDITS.values())
    of_stays = _section("Of stays", STAY_EDITS.values())
    of_bundles = _section("Of care-management bundles", BUNDLE_EDITS.values())
    return "\n".join([_HEAD, *parts, of_stays, of_bundles, of_claims])


def _category(edit: Edit) -> int:
    return _CATEGORIES.index(edit.category)


_CATEGORIES = list(dict.fromkeys(edit.category for edit in EDITS.values()))


def _title(place: int) -> str:
    return _CATEGORIES[place].replace("_", " ").capitalize()


def _section(title: str, edits: Iterable[Edit]) -> str:
    rows = "".join(f"| {' | '.join(_cells(edit))} |\n" for edit in edits)
    heading = "| edit | severity | owner | message | remedy | source | service dates |\n"
    return f"## {title}\n\n{heading}{'|---' * 7}|\n{rows}"


def _cells(edit: Edit) -> list[str]:
    severity = f"{edit.severity}, federal" if edit.is_federal else edit.severity
    words = [edit.message, edit.remedy, edit.source]
    return [f"**{edit.id}**", severity, edit.owner, *words, dates(edit)]


def dates(edit: Edit) -> str:
    """The service dates for which it is in force."""
    if edit.valid_from is None and edit.valid_to is None:
        return "all"
    return f"{edit.valid_from or ''} to {edit.valid_to or ''}".strip()


if __name__ == "__main__":
    sys.stdout.write(render())
