"""Pages: a template and values become one self-contained HTML file.

Rendering belongs here; what a page says is the template's and the report's business.
"""

from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports import palette, words
from reports.disclosure import is_small


def render(template: str, **values: object) -> bytes:
    """The page of `templates/<template>` in UTF-8. All text is escaped; nothing refers outside."""
    return _environment().get_template(template).render(values).encode()


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["colour"] = palette
    environment.tests["small"] = _is_small
    environment.filters["cell"] = _cell
    environment.filters["combine"] = _combine
    for write in (words.whole, words.label, words.day, words.instant, words.counted):
        environment.filters[write.__name__] = write
    environment.filters["month_label"] = words.month_label
    return environment


def _cell(value: int | str | None) -> str:
    return value if isinstance(value, str) else words.whole(value)


def _is_small(value: int | str | None) -> bool:
    return isinstance(value, int) and is_small(value)


def _combine(row: Mapping[str, object], **more: object) -> dict[str, object]:
    return {**row, **more}
