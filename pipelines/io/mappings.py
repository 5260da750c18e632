"""Mappings of a home: where they lie, and the copies kept of those that files were taken by.

Reading and keeping files only; what a mapping says is the contract's business.
"""

from pathlib import Path

from contracts.errors import UsageError
from contracts.feeds import FEEDS
from contracts.mapping import Mapping
from contracts.mapping_text import parse_mapping
from pipelines.io.home import Home, write_private


def place_of(agency: str, feed: str) -> str:
    """Where the mapping of a feed lies, from the home's folder."""
    return f"mappings/{agency}/{feed}.toml"


def read(home: Home, agency: str, feed: str) -> Mapping | None:
    """The agency's mapping of a feed, None where there is none. Raises UsageError for a bad one."""
    if feed not in FEEDS:
        return None
    place = place_of(agency, feed)
    try:
        text = (home.root / place).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            "mapping", f"{place} cannot be read. Let this user read it, and save it as UTF-8."
        ) from None
    return parse_mapping(text, FEEDS[feed], place)


def keep(home: Home, agency: str, mapping: Mapping) -> Path:
    """Keep a mapping's text under the digest that its facts carry."""
    kept = home.archive(agency) / "mappings" / f"{mapping.digest}.toml"
    return kept if kept.exists() else write_private(kept, mapping.text.encode())
