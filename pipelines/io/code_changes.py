"""The difference between two editions of a code set, and what of ours it touches.

Reads only: editions, the current facts and the claims of the last complete run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from codesets.changes import CHANGES, edition_changes
from codesets.editions import Edition
from codesets.manifests import known_name
from contracts.errors import UsageError
from pipelines.io.code_uses import LINE, USES, Use, touched
from pipelines.io.workspace import View, Workspace


@dataclass(frozen=True)
class Touch:
    """How many current rows of a feed use an ended or changed code, and in how many claims."""

    feed: str
    column: str
    rows: int
    claims: int


@dataclass(frozen=True)
class Difference:
    """Two editions, what changes from the first to the second, and what of ours it touches.

    `changes` is as `codesets.changes` gives it; `touches` is None where no run is complete yet.
    """

    before: Edition
    after: Edition
    changes: pl.DataFrame
    touches: tuple[Touch, ...] | None

    def counts(self) -> dict[str, int]:
        """How many codes each kind of change has, zero too."""
        return {name: self.changes.filter(change=name).height for name in CHANGES}


def difference(workspace: Workspace, name: str, editions: Sequence[str] = ()) -> Difference:
    """The difference between two editions; of one to the edition before; of none, the newest.

    Raises UsageError where there is no edition before it; UnknownCodeSetError, NoEditionError.
    """
    sets = workspace.code_sets
    known_name(name, sets.schemas)
    chosen = [sets.edition(name, edition) for edition in editions] or [sets.newest(name)]
    after = chosen[-1]
    before = chosen[0] if len(chosen) > 1 else sets.before(after)
    if before is None:
        raise UsageError(
            "no_edition_before",
            f"code set {name}: nothing answered before edition {after.edition}. "
            "Name two by --edition.",
        )
    changes = edition_changes(sets, before, after)
    run = workspace.last_run()
    touches = None if run is None else tuple(_touches(workspace.view(run), after, changes))
    return Difference(before, after, changes, touches)


def _touches(view: View, after: Edition, changes: pl.DataFrame) -> Iterator[Touch]:
    claims = view.derived("claim_lines").select("claim_id", *LINE)
    for use in USES.get(after.set_name, ()):
        rows = touched(use, view.current(use.feed), changes, after.effective_from)
        yield Touch(use.feed, _column(use), rows.height, _claims(use, rows, claims))


def _claims(use: Use, rows: pl.DataFrame, claims: pl.DataFrame) -> int:
    if use.feed != "encounters":
        return 0
    return claims.join(rows, on=list(LINE), how="semi")["claim_id"].n_unique()


def _column(use: Use) -> str:
    return ", ".join(dict.fromkeys(use.columns.values()))
