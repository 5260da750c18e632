"""Mappings: how one agency's extract is brought into a feed's form.

What a mapping holds. Its text is read in `mapping_text.py`; applying it is the stage's business.
*Ours* are columns of the feed, *theirs* the columns of the file as it arrives.
"""

from dataclasses import dataclass, field

ASIDE = "x_"  # columns so named are kept aside, mapped or not


@dataclass(frozen=True)
class Filter:
    """Rows that belong to the feed: those whose text in their `column` is, or is not, of these."""

    column: str
    values: tuple[str, ...]
    is_negated: bool


@dataclass(frozen=True)
class Split:
    """One of their columns cut into several of ours: at a separator, or by a pattern's groups."""

    column: str
    into: tuple[str, ...]
    separator: str | None
    pattern: str | None


@dataclass(frozen=True)
class Join:
    """Several of their columns put together as one of ours; empty parts are left out."""

    into: str
    columns: tuple[str, ...]
    separator: str


@dataclass(frozen=True)
class Mapping:
    """A mapping. Dictionaries are keyed by our columns; `rename` tells theirs."""

    version: int = 1
    digest: str = ""
    text: str = field(default="", repr=False, compare=False)
    separator: str = ","
    ignore: tuple[str, ...] = ()
    rename: dict[str, str] = field(default_factory=dict)
    date_format: dict[str, str] = field(default_factory=dict)
    time_format: dict[str, str] = field(default_factory=dict)
    strip: dict[str, str] = field(default_factory=dict)
    list_separator: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    default: dict[str, str] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()
    splits: tuple[Split, ...] = ()
    joins: tuple[Join, ...] = ()

    @property
    def made(self) -> list[str]:
        """Our columns that rename, split and join make."""
        split = [name for one in self.splits for name in one.into]
        return [*self.rename, *split, *(one.into for one in self.joins)]

    @property
    def used(self) -> list[str]:
        """Their columns that rename, split and join read: not taken under their own name."""
        joined = [name for one in self.joins for name in one.columns]
        return [*self.rename.values(), *(one.column for one in self.splits), *joined]

    def read_for(self, ours: str) -> list[str]:
        """Their columns from which ours is made."""
        split = [one.column for one in self.splits if ours in one.into]
        joined = [name for one in self.joins if one.into == ours for name in one.columns]
        return [*filter(None, [self.rename.get(ours)]), *split, *joined]

    @property
    def tested(self) -> list[str]:
        """Their columns that filters read."""
        return [one.column for one in self.filters]
