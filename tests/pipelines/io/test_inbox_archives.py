"""Archives in the inbox: each member is a file of its own, taken once, whatever happens between."""

import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from workbook_parts import HEADER, row, workbook

from contracts.feeds import FEEDS, RESPONSES, facts
from pipelines.cli import cli
from pipelines.io import copies
from pipelines.io.home import Home
from pipelines.io.inbox import Inbox, landed
from pipelines.io.ledger import files
from pipelines.io.outcome import Outcome
from pipelines.io.readers import limits
from pipelines.io.receipts import receipts
from pipelines.io.rehearsal import rehearse_each
from pipelines.io.verification import verify
from pipelines.io.workspace import Workspace

START = datetime(2026, 11, 1, 18, tzinfo=UTC)
AGENCY, FEED, PERSON = "34", "cin_aliases", "SMITH"
HEAD = ",".join(HEADER)
X12 = (
    "ISA*00*          *00*          *ZZ*PAYER          *ZZ*COUNTY         *250701*1200*^*00501*"
    "000000001*0*T*:~GS*HN*PAYER*COUNTY*20250701*1200*5*X*005010X214A1~ST*277*0001~HL*1**20*1~"
    "SE*3*0001~GE*1*5~IEA*1*000000001~"
)


def rows(*pairs: str) -> str:
    return "\n".join([HEAD, *(f"{pair.replace(' ', ',')},merged,2026-01-01" for pair in pairs), ""])


def archive(**members: str | bytes) -> bytes:
    """Members by name, `_` before the ending for the dot; written in the order they are given."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(".".join(name.rsplit("_", 1)), content)
    return buffer.getvalue()


def put(home: Home, content: bytes, name: str = f"{PERSON}.zip", feed: str = FEED) -> Path:
    path = home.inbox(AGENCY, feed) / name
    path.write_bytes(content)
    return path


@contextmanager
def at_work(home: Home, *, hour: int = 0) -> Iterator[Workspace]:
    now = START + timedelta(hours=hour)
    with Workspace.open(home, AGENCY, now=now, user_id="admin") as workspace:
        yield workspace


def take_all(home: Home, *, hour: int = 0) -> list[tuple[Any, ...]]:
    with at_work(home, hour=hour) as workspace:
        return [told(one) for one in workspace.inbox.take_all()]


def told(outcome: Outcome) -> tuple[Any, ...]:
    counts = outcome.counts
    assert PERSON not in str(outcome)
    what = outcome.code if counts is None else counts.accepted_count
    return outcome.member, outcome.state, what


def kept(home: Home) -> dict[str, Any]:
    with at_work(home, hour=9) as one, one.ledger.read() as connection:
        assert all(seen.is_conserved for seen in receipts(one).values())
        return {
            "rows": sorted(one.lake.read(facts(FEED)).select("alias_cin", "row_number").rows()),
            "files": sorted(
                (file.file_name, file.state) for file in files.everything(connection, AGENCY)
            ),
            "archive": sorted(
                f"{path.parent.name}/*{path.suffix}"
                for path in home.archive(AGENCY).rglob("*")
                if path.is_file() and ".tmp" not in path.parts
            ),
            "waiting": len(landed(home, AGENCY)),
        }


SHEET = workbook(row(1, *HEADER) + row(2, "a", "1", "merged", "2026-01-01"))
THREE = archive(b_csv=rows("b 1"), a_xlsx=SHEET, c_csv="nothing,known\n", d_txt="x")
TAKEN = [(1, "accepted", 1), (2, "accepted", 1), (3, "refused", "missing_column"),
         (4, "refused", "unknown_kind")]  # fmt: skip
KEPT = {
    "rows": [("a", 1), ("b", 1)],
    "files": [(f"{PERSON}.zip/a.xlsx", "accepted"), (f"{PERSON}.zip/b.csv", "accepted"),
              (f"{PERSON}.zip/c.csv", "refused"), (f"{PERSON}.zip/d.txt", "refused")],
    "archive": ["cin_aliases/*.csv", "cin_aliases/*.xlsx", "cin_aliases/*.zip", "refused/*",
                "refused/*.csv"],
    "waiting": 0,
}  # fmt: skip


def test_members_are_taken_in_order_of_name_and_refused_alone(home: Home) -> None:
    put(home, THREE)
    assert take_all(home) == TAKEN
    assert kept(home) == KEPT
    with at_work(home, hour=2) as workspace:
        assert all(check.holds for check in verify(workspace))


KILLS = [
    ("before the second member", Inbox, "_take", 1),
    ("between lake and ledger", files, "accept", 1),
    ("before the archive is kept", copies.Copy, "keep", 4),
    ("before the landed archive goes", copies.Copy, "remove_landed", 0),
]


class Killed(BaseException):
    """Stands for a kill: nothing of ours catches it."""


@pytest.mark.parametrize(("said", "owner", "step", "after"), KILLS)
def test_a_kill_between_members_is_made_good_by_the_next_pass(
    home: Home, monkeypatch: pytest.MonkeyPatch, said: str, owner: Any, step: str, after: int
) -> None:
    put(home, THREE)
    done, real = [], getattr(owner, step)

    def until(*given: Any, **named: Any) -> Any:
        if len(done) == after:
            raise Killed
        done.append(step)
        return real(*given, **named)

    with monkeypatch.context() as fault:
        fault.setattr(owner, step, until)
        with pytest.raises(Killed):
            take_all(home)
    second = take_all(home, hour=1)
    assert {one[1] for one in second[:2]} <= {"accepted", "known"}, said
    assert kept(home) == KEPT, said


def test_the_same_archive_again_and_a_member_that_came_before_change_nothing(home: Home) -> None:
    put(home, rows("b 1").encode(), "b.csv")
    assert take_all(home) == [(None, "accepted", 1)]
    content = archive(a_csv=rows("a 1"), b_csv=rows("b 1"))
    put(home, content)
    assert take_all(home, hour=1) == [(1, "accepted", 1), (2, "known", None)]
    path = put(home, content)
    assert take_all(home, hour=2) == [(1, "known", None), (2, "known", None)]
    assert not path.exists()


def test_members_given_a_time_of_receipt_are_received_one_after_the_other(home: Home) -> None:
    path = put(home, archive(a_csv=rows("a 1"), b_csv=rows("a 2")))
    earlier = START - timedelta(days=1)
    with at_work(home) as workspace:
        outcome = workspace.inbox.take(FEED, path, received_at=earlier)
        assert [told(one) for one in outcome.each] == [(1, "accepted", 1), (2, "accepted", 1)]
        with workspace.ledger.read() as connection:
            times = [one.received_at for one in files.everything(connection, AGENCY)]
    assert times == [earlier, earlier + timedelta(microseconds=1)]


def test_answers_of_the_payer_may_come_packed_under_any_name(home: Home) -> None:
    put(home, archive(one_835=X12, two_edi=X12.replace("0001~", "0002~")), "answers.dat", "x12")
    assert take_all(home) == [(1, "accepted", 1), (2, "accepted", 1)]
    with at_work(home) as workspace:
        assert workspace.lake.read(RESPONSES).height == 2


def test_an_unsound_archive_is_refused_whole_and_may_come_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = archive(a_csv=rows("a 1"), b_csv=rows("b 1"))
    with monkeypatch.context() as limit:
        limit.setattr(limits, "MOST_MEMBERS", 1)
        put(home, content)
        assert take_all(home) == [(None, "refused", "too_many_members")]
    assert kept(home)["rows"] == []
    assert kept(home)["archive"] == ["refused/*.zip"]
    path = put(home, content)
    with at_work(home, hour=1) as workspace:
        outcome = workspace.inbox.take(FEED, path, again=True)
    assert [told(one) for one in outcome.each] == [(1, "accepted", 1), (2, "accepted", 1)]


def nothing_held(feed: str) -> pl.DataFrame:
    return FEEDS[feed].empty()


def test_an_archive_is_looked_at_without_a_trace(home: Home) -> None:
    path = put(home, THREE)
    seen = rehearse_each(home, AGENCY, FEED, path, nothing_held)
    assert [(one.row_count, one.refusal is None) for one in seen] == [
        (1, True), (1, True), (None, False), (None, False),
    ]  # fmt: skip
    assert "member 3" in str(seen[2].refusal)
    (broken,) = rehearse_each(home, AGENCY, FEED, put(home, THREE[:-9], "cut.zip"), nothing_held)
    assert str(broken.refusal).endswith("Pack or save it again.")
    assert [path.name for path in (home.archive(AGENCY) / ".tmp").iterdir()] == []


def test_the_command_tells_each_member_by_its_position(home: Home) -> None:
    path = put(home, THREE)
    call = ["intake", "--home", str(home.root), "--json", str(path)]
    checked = CliRunner().invoke(cli, [*call, "--check"])
    assert [one["rows"] for one in json.loads(checked.stdout)] == [1, 1, None, None]
    done = CliRunner().invoke(cli, call)
    assert (checked.exit_code, done.exit_code) == (3, 3)
    rows_of = [(one["member"], one["state"], one["accepted"]) for one in json.loads(done.stdout)]
    assert rows_of == [(1, "accepted", 1), (2, "accepted", 1), (3, "refused", None),
                       (4, "refused", None)]  # fmt: skip
    assert PERSON not in done.output


def test_a_file_that_grows_while_it_is_read_waits(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(home, rows("a 1").encode(), f"{PERSON}.csv")
    write = copies.written

    def grows(copy: Path, blocks: Iterable[bytes]) -> tuple[str, int]:
        told = write(copy, blocks)
        with path.open("a") as file:
            file.write("b,1,merged,2026-01-01\n")
        return told

    with monkeypatch.context() as race:
        race.setattr(copies, "written", grows)
        assert take_all(home) == [(None, "waiting", "still_written")]
    assert kept(home) == {"rows": [], "files": [], "archive": [], "waiting": 1}
    assert take_all(home, hour=1) == [(None, "accepted", 2)]
