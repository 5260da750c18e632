"""An inbox on a real ledger and a real lake: files put into it, taken, and what is kept of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from contracts.feeds import EXACT_DUPLICATES, FEEDS, QUARANTINE, facts
from pipelines.io.home import Home
from pipelines.io.lake import Lake
from pipelines.io.ledger import files
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.outcome import Outcome
from pipelines.io.receipts import receipts
from pipelines.io.workspace import Workspace
from pipelines.stages import facts as stage_facts

START = datetime(2026, 11, 1, 18, tzinfo=UTC)
AGENCY, FEED = "34", "cin_aliases"
TABLE = facts(FEED)
HEADER = "alias_cin,cin,reason,valid_from"
NAMED = "SMITH_JOHN_19800101"
SOUND = "ST*277*0001~HL*1**20*1~SE*3*0001~"

LAKES: dict[Path, Lake] = {}  # of each home's root, opened once


@contextmanager
def at_work(home: Home, *, hour: int = 0) -> Iterator[Workspace]:
    """The home, open some hours after the start."""
    now = START + timedelta(hours=hour)
    ledger = Ledger.open(home.ledger_url, now=now, is_sandbox=home.settings.sandbox)
    try:
        yield Workspace(home, home.agency(AGENCY), "admin", ledger, LAKES[home.root])
    finally:
        ledger.close()


def rows(*drawn: str) -> bytes:
    """A file of `alias cin` pairs; anything else after them stands for reason and valid_from."""
    lines = []
    for row in drawn:
        alias, cin, *more = row.split()
        lines.append(",".join([alias, cin, *(more or ["merged", "2026-01-01"])]))
    return "\n".join([HEADER, *lines, ""]).encode()


def put(home: Home, content: bytes, name: str = "export.csv", feed: str = FEED) -> Path:
    path = home.inbox(AGENCY, feed) / name
    path.write_bytes(content)
    return path


def take_all(home: Home, **when: Any) -> list[Outcome]:
    with at_work(home, **when) as workspace:
        return list(workspace.inbox.take_all())


def told(outcome: Outcome) -> tuple[Any, ...]:
    """State, then accepted, quarantined and duplicates, or the code of the refusal."""
    counts = outcome.counts
    if counts is None:
        return (outcome.state, outcome.code)
    return (
        outcome.state,
        *(counts.accepted_count, counts.quarantined_count, counts.duplicate_count),
    )


def state(home: Home) -> dict[str, Any]:
    """All that is kept of the feed, and where the files lie."""
    with at_work(home) as one, one.ledger.read() as connection:
        assert all(seen.is_conserved for seen in receipts(one).values())
        columns = ["file_id", "received_at", "row_number", "alias_cin", "cin"]
        return {
            "facts": one.lake.read(TABLE, columns=columns).sort(columns).rows(),
            "quarantine": one.lake.read(QUARANTINE).sort(QUARANTINE.key).rows(),
            "files": [
                (f.file_id, f.state, f.received_at, f.row_count)
                for f in files.everything(connection, AGENCY)
            ],
            "inbox": sorted(path.name for path in home.inbox(AGENCY, FEED).iterdir()),
            "archive": sorted(
                str(path.relative_to(home.archive(AGENCY)))
                for path in home.archive(AGENCY).rglob("*")
                if path.is_file() and path.suffix != ".lock"
            ),
        }


def current(home: Home) -> dict[str, str]:
    """Key to value of the rows that hold."""
    with at_work(home) as one:
        kept, again = one.lake.read(TABLE), one.lake.read(EXACT_DUPLICATES)
        held = stage_facts.current(FEEDS[FEED], kept, again, one.agency.feed(FEED))
    return dict(held.select("alias_cin", "cin").rows())


def interchange(*sets: str, ends: str = "GE*{count}*5~IEA*1*000000001~") -> bytes:
    isa = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*COUNTY         *250701*1200"
    head = f"{isa}*^*00501*000000001*0*T*:~GS*HN*PAYER*COUNTY*20250701*1200*5*X*005010X214A1~"
    return (head + "".join(sets) + ends.format(count=len(sets))).encode()
