"""What `reentry intake --check` prints: columns, proposals, rows by rule, a mapping to paste."""

from typing import Any

import click

from pipelines.commands.session import Session, grid
from pipelines.io.rehearsal import Rehearsal
from pipelines.stages.proposals import Proposal

_COLUMNS = ("feed", "recognized", "missing", "unknown", "rows", "taken", "quarantined")
_PROPOSED = ("column", "may_be", "by", "score", "fits")
_BROKEN = ("column", "rule", "rows", "first_row", "reason", "remedy")


def show(session: Session, seen: list[Rehearsal]) -> None:
    """Print what would become of the files; names and values of theirs go to this terminal only."""
    session.show(
        [_told(one) for one in seen],
        lambda: grid("Check", _COLUMNS, _counts(seen)) if seen else "No file waits.",
    )
    if not session.as_json:
        for one in seen:
            _details(session, one)


def _proposal(one: Proposal) -> dict[str, Any]:
    fits = f"{one.fit.share:.0%}"
    return {
        "column": one.theirs, "may_be": one.ours, "by": one.by,
        "score": round(one.score, 2), "fits": fits,
    }  # fmt: skip


def _told(one: Rehearsal) -> dict[str, Any]:
    return {
        "feed": one.feed,
        "mapping": one.mapping,
        "is_mapped": one.is_mapped,
        "refusal": one.refusal,
        "recognized": one.recognized,
        "missing": one.missing,
        "unknown": one.unknown,
        "rows": one.row_count,
        "taken": one.taken_count,
        "quarantined": one.quarantined_count,
        "broken": _broken(one),
        "proposals": [_proposal(each) for each in one.proposals],
        "snippet": one.snippet,
    }


def _counts(seen: list[Rehearsal]) -> list[dict[str, Any]]:
    lists = ("recognized", "missing", "unknown")
    return [_told(one) | {name: len(getattr(one, name)) for name in lists} for one in seen]


def _broken(one: Rehearsal) -> list[dict[str, Any]]:
    return [{"column": row["column_name"], **row} for row in one.broken]


def _details(session: Session, one: Rehearsal) -> None:
    if one.missing:
        session.say(f"Missing: {', '.join(one.missing)}")
    if one.unknown:
        session.say(f"Unknown: {', '.join(one.unknown)}")
    if one.proposals:
        rows = [_proposal(each) for each in one.proposals]
        session.console.print(grid("Proposed", _PROPOSED, rows))
    if one.broken:
        rows = _broken(one)
        session.console.print(grid("Quarantined", _BROKEN, rows))
    if one.refusal:
        session.say(f"Would be refused: {one.refusal}")
    if one.snippet:
        session.say(f"{'Add to' if one.is_mapped else 'Paste into'} {one.mapping}:")
        click.echo(one.snippet)
