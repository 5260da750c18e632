"""What every test shares: Hypothesis profiles, and a home of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pipelines.io.home import Home
from pipelines.io.ledger import users
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.workspace import Workspace

NOW = datetime(2026, 10, 31, 18, 0, tzinfo=UTC)
AGENCY = "34"

slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=slow)
settings.register_profile("soak", deadline=None, max_examples=2_000, suppress_health_check=slow)
settings.load_profile("ci")

LONGEST = ("_kills", "test_postgres", "stories/", "pipelines/io/", "reports/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules of the kinds that take longest come first, so that the workers end together."""
    items.sort(key=lambda item: _turn(item.nodeid.partition("::")[0]))


def _turn(module: str) -> int:
    return next((n for n, part in enumerate(LONGEST) if part in module), len(LONGEST))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A sandbox of one agency, with a ledger and three users."""
    made = Home.init(tmp_path / "home", AGENCY, "34", sandbox=True)
    monkeypatch.setenv("REENTRY_HOME", str(made.root))
    ledger = Ledger.create_or_upgrade(made.ledger_url, now=NOW, is_sandbox=True)
    with ledger.write(AGENCY, "admin") as tx:
        users.save(tx, "admin", users.RIGHTS)
        users.save(
            tx,
            "biller",
            ("view", "decide", "propose", "write"),
        )
        users.save(tx, "approver", ("view", "approve"))
    ledger.close()
    return made


@pytest.fixture
def workspace(home: Home) -> Iterator[Workspace]:
    """The home's agency, open for the administrator."""
    with Workspace.open(home, AGENCY, now=NOW, user_id="admin") as opened:
        yield opened
