"""SIGKILL at the boundaries of taking answers in (TA1, 999, 277CA, 277, 835): after retries every
answer is recorded once, every submission is in the one state of an undisturbed home.
"""

import hashlib
import random
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import payer_answers as payer
import polars as pl
import pytest
import remittances_drawn as remit
from answers_kills import AGENCY, taken_in
from boundary_kills import KILLED, NEVER, run, told
from outbox_kills import through
from outbox_life import LATER, Life, a_ledger, submitted
from soak_profile import IS_SOAK

from contracts.feeds import PAYER_ANSWERS, QUARANTINE, RESPONSES
from contracts.remittances import REMITTED
from pipelines.io.acknowledgements import acknowledged
from pipelines.io.home import Home
from pipelines.io.ledger import files
from pipelines.io.receipts import receipts
from pipelines.io.workspace import Workspace

KINDS = ("transact", "commit", "replace", "fsync", "unlink", "append")
KILLS = 2_000 if IS_SOAK else len(KINDS)
A_LIFE = len(KINDS)  # kills of one home, at a boundary of each kind
KEPT = (RESPONSES, PAYER_ANSWERS, QUARANTINE, *REMITTED.values())
EVENTUALLY = LATER + timedelta(days=300)


def texts(life: Life) -> dict[str, str]:
    """Answers by file name to the claims that are out: one is turned back, one pended, one paid."""
    rows = submitted(life).sort("charge_amount", descending=True).to_dicts()
    paid, pended, rejected = (row["patient_control_number"] for row in rows)
    isa, gs = (rows[0][f"{kind}_control_number"] for kind in ("interchange", "group"))
    told = payer.acknowledged({rejected: "A7:562:85", paid: "A2:20", pended: "A2:20"})
    line = remit.Line(10_000, (("CO", "45", 2_000),), number=f"{paid}01", on="20260401")
    claim = remit.Claim(paid, (line,), received="20260502")
    return {
        "1-ta1.x12": payer.ta1(isa),
        "2-999.x12": payer.syntax(gs, {"0001": "A"}),
        "3-277ca.x12": told,
        "4-835.x12": remit.text(remit.Remittance((claim,), paid_on="20260508")),
        "5-277ca-again.x12": told,
        "6-foreign.x12": payer.syntax(gs, {"0001": "R"}, "R", to="REENTRY99"),
        "7-no-answer.x12": "SMITH,JOHN\n",
        "9-contradiction.x12": payer.acknowledged({paid: "A7:562:85"}, dated="20260509"),
    } | {"8-277.zip": payer.status({pended: "P1:20"})}


def lay(home: Home, answers: dict[str, str]) -> None:
    for name, text in answers.items():
        path = home.inbox(AGENCY, "x12") / name
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("a.x12", text)
        else:
            path.write_text(text)


@dataclass(frozen=True)
class Answered:
    """A home with claims sent and answers laid, untouched; and what it is once they are taken."""

    template: Path
    boundaries: Counter[str]
    whole: dict[str, Any]

    def copy(self, root: Path) -> Path:
        shutil.copytree(self.template, root, symlinks=True)
        return root


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    template = tmp_path_factory.mktemp("answered") / "home"
    home = Home.init(template, AGENCY, "34", sandbox=True)
    ledger = a_ledger(template)
    life = Life(ledger, template)
    through(life)
    lay(home, texts(life))
    ledger.close()
    root = Path(shutil.copytree(template, template.with_name("whole"), symlinks=True))
    return Answered(template, told(run(taken_in, root, NEVER)), known(root))


def digests(*folders: Path) -> Counter[str]:
    """Files by their bytes, without locks and the private copies that a kill may leave."""
    paths = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return Counter(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if ".tmp" not in path.parts
    )


def timeless(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Rows in order, without the moments that differ from life to life."""
    names = [name for name, dtype in frame.schema.items() if not isinstance(dtype, pl.Datetime)]
    return frame.select(names).sort(names).rows()


def known(root: Path) -> dict[str, Any]:
    """All that is known of answers: files, rows, statements and states."""
    home = Home.open(root)
    with Workspace.open(home, AGENCY, now=EVENTUALLY, user_id="sue") as workspace:
        assert all(seen.is_conserved for seen in receipts(workspace).values())
        assert workspace.lake.is_whole()
        made = acknowledged(workspace.view_now())
        with workspace.ledger.read() as connection:
            taken = files.everything(connection, AGENCY)
        sent = workspace.submissions(EVENTUALLY)
        assert sorted(made.submission_states["submission_id"]) == sorted(sent["submission_id"])
        by_number = made.submission_states.select("patient_control_number", "state")
        return {
            "claims": dict(by_number.iter_rows()),
            "states": timeless(made.submission_states),
            "statements": timeless(made.acknowledgements),
            "files": [(one.file_id, one.state, one.row_count, one.refusal_code) for one in taken],
            "archive": digests(home.archive(AGENCY)),
            "inbox": digests(home.inbox(AGENCY, "x12")),
        } | {table.name: timeless(workspace.lake.read(table)) for table in KEPT}


def test_an_undisturbed_home_takes_each_answer_and_tells_one_state_of_each_claim(
    answered: Answered,
) -> None:
    whole = answered.whole
    assert [state for _, state, *_ in whole["files"]].count("accepted") == 7
    assert whole["inbox"] == Counter()
    laid = digests(Home(answered.template).inbox(AGENCY, "x12"))
    assert set(laid) <= set(whole["archive"])
    assert set(whole["archive"].values()) == {1}
    assert sorted(whole["claims"].values()) == ["paid", "pended", "rejected"]


def lives(answered: Answered, folder: Path) -> Iterator[Path]:
    """Homes, one after the other, each killed some times."""
    drawn, kills, life = random.Random(11), 0, 0  # noqa: S311 - a fixed seed
    while kills < KILLS:
        root = answered.copy(folder / str(life))
        for kind in drawn.sample(KINDS, A_LIFE):
            at = drawn.randint(1, answered.boundaries[kind] // 4)
            ended = run(taken_in, root, at, kind)
            assert ended.returncode in (0, KILLED), ended.stderr
            kills += ended.returncode == KILLED
            nothing_is_lost(answered, root)
        yield root
        life += 1


def nothing_is_lost(answered: Answered, root: Path) -> None:
    """Each file lies in the inbox still, or in the archive already."""
    laid = digests(Home(answered.template).inbox(AGENCY, "x12"))
    home = Home(root)
    assert set(laid) <= set(digests(home.inbox(AGENCY, "x12"), home.archive(AGENCY)))


def test_killed_at_any_boundary_each_answer_is_recorded_once(
    answered: Answered, tmp_path: Path
) -> None:
    for root in lives(answered, tmp_path):
        told(run(taken_in, root, NEVER))
        assert known(root) == answered.whole
        shutil.rmtree(root)
