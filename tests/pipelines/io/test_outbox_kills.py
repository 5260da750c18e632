"""SIGKILL at the boundaries of propose, approve, write and send: no claim is sent twice, none lost.

A boundary is a commit of the ledger, an fsync or a rename, before it and behind it.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from boundary_kills import KILLED, NEVER, run, told
from outbox_kills import to_the_payer
from outbox_life import Life, a_ledger
from soak_profile import IS_SOAK

from pipelines.demo.payer.claims import claims
from pipelines.demo.payer.received import interchanges
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.tables_claims import control_numbers
from pipelines.io.workspace import EVER

KILLS = 2_000 if IS_SOAK else 20


def received(root: Path) -> Counter[str]:
    """Claims by their numbers, as the payer reads the files that lie in the outbox."""
    found: Counter[str] = Counter()
    for path in sorted((root / "outbox" / "sac").glob("*.x12")):
        for interchange in interchanges(path.read_text()):
            for group in interchange.groups:
                for one in group.sets:
                    found.update(claim.patient_control_number for claim in claims(one))
    return found


def ends_well(root: Path, whole: Counter[str]) -> None:
    told(run(to_the_payer, root, NEVER))
    assert received(root) == whole
    ledger = Ledger.open(f"sqlite:///{root / 'ledger.db'}", now=EVER.replace(year=2027))
    life = Life(ledger, root)
    batches = life.box("bob").batches()
    assert {batch.state for batch in batches} == {"sent"}
    with ledger.read() as connection:
        given = connection.execute(control_numbers.select()).all()
    assert len({(row.kind, row.number) for row in given}) == len(given)
    ledger.close()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Counter[str]]:
    """How many boundaries a whole life has, and what the payer then has."""
    root = tmp_path_factory.mktemp("whole")
    a_ledger(root).close()
    return told(run(to_the_payer, root, NEVER)).total(), received(root)


def test_killed_at_any_boundary_each_claim_reaches_the_payer_once(
    undisturbed: tuple[int, Counter[str]], tmp_path: Path
) -> None:
    boundaries, whole = undisturbed
    assert set(whole.values()) == {1}
    drawn, kills, life = random.Random(7), 0, 0  # noqa: S311 - a fixed seed
    while kills < KILLS:
        root = tmp_path / str(life)
        root.mkdir()
        a_ledger(root).close()
        for _ in range(10):  # of one life, one kill after another
            ended = run(to_the_payer, root, drawn.randint(1, min(boundaries, 9)))
            kills += ended.returncode == KILLED
            assert ended.returncode in (0, KILLED), ended.stderr
            if ended.returncode == 0:
                break
        ends_well(root, whole)
        life += 1


def test_several_at_once_take_a_claim_into_one_batch_only(
    undisturbed: tuple[int, Counter[str]], tmp_path: Path
) -> None:
    _, whole = undisturbed
    a_ledger(tmp_path).close()
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda _: run(to_the_payer, tmp_path, NEVER), range(4)))
    refused = ("in another open batch", "only one that is")
    for one in ended:
        assert one.returncode == 0 or any(words in one.stderr for words in refused), one.stderr
    ends_well(tmp_path, whole)
