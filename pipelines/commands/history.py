"""`reentry history`: every version of a key, where it came from and what became of it."""

from typing import Any
from zoneinfo import ZoneInfo

import click

from contracts.parsing import LOCAL_ZONE
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.key_history import key_history
from pipelines.io.publishing import source_files

_SHOWN = (
    "version", "status", "received_at", "file", "row_number", "changed", "withdrawn_by",
    "seen_again",
)  # fmt: skip


@click.command("history")
@click.argument("feed")
@click.argument("key")
@session_command
def history(session: Session, feed: str, key: str) -> None:
    """Every version of KEY (its parts joined by /) that came in FEED.

    A snapshot file that no longer named the key, or a deleted record, withdraws it. The values are
    in the file and row that are named.
    """
    with session.workspace() as workspace:
        view = workspace.view_on(session.as_of)
        versions = key_history(view, feed, key)
        names = source_files(view)
    named = versions.join(names, on="file_id", how="left", maintain_order="left")
    told = named.select("file", *versions.columns).to_dicts()
    called = dict(names.iter_rows())
    session.show(
        told,
        lambda: grid(f"Versions: {len(told)}", _SHOWN, [_shown(row, called) for row in told]),
    )


def _shown(row: dict[str, Any], called: dict[str, str]) -> dict[str, Any]:
    """A version for the eyes of the agency's users: files by the names under which they came."""
    again = [f"{called[one['file_id']]} row {one['row_number']}" for one in row["seen_again"]]
    withdrawn_by = [called[one] for one in row["withdrawn_by"]]
    changed = "first received" if row["changed"] is None else row["changed"]
    received = row["received_at"].astimezone(ZoneInfo(LOCAL_ZONE)).strftime("%Y-%m-%d %H:%M")
    told = {"received_at": received, "changed": changed}
    return row | told | {"seen_again": again, "withdrawn_by": withdrawn_by}
