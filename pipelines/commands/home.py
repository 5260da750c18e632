"""`reentry init` and `reentry feeds`: making a home, and what may land in it."""

from pathlib import Path

import click

from pipelines.commands.session import Session, homeless_command
from pipelines.io.home import Home
from pipelines.io.ledger import users
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.workspace import open_lake

NIGHTLY = "nightly"


def make_home(session: Session, root: Path, agency: str, county: str, *, sandbox: bool) -> Home:
    """A home with its ledger and lakes; the caller becomes its administrator if it has none."""
    home = Home.init(root, agency, county, sandbox=sandbox)
    ledger = Ledger.create_or_upgrade(
        home.ledger_url, now=session.now, is_sandbox=home.settings.sandbox
    )
    try:
        for known in home.settings.agencies:
            _first_users(ledger, known, session.user)
            open_lake(home, known).close()
    finally:
        ledger.close()
    return home


def _first_users(ledger: Ledger, agency: str, user_id: str) -> None:
    with ledger.read() as connection:
        if users.everyone(connection):
            return
    with ledger.write(agency, user_id) as tx:
        users.save(tx, NIGHTLY, ("view",))
        users.save(tx, user_id, users.RIGHTS)


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--county-code", default="34", help="California county, 01 to 58.")
@click.option("--sandbox", is_flag=True, help="Admit files received in the past. Trials only.")
@homeless_command
def init(session: Session, folder: Path, county_code: str, sandbox: bool) -> None:
    """Make a home: settings, policy, folders, ledger and lake. Existing files stay as they are."""
    home = make_home(session, folder, session.agency or "county", county_code, sandbox=sandbox)
    agencies = sorted(home.settings.agencies)
    session.show({"home": str(home.root), "agencies": agencies})
    session.say(f"Home ready: {home.root}")
    session.say(f"  agencies: {', '.join(agencies)}")
    session.say("  next: fill reentry.toml, lay files into inbox/<agency>/<feed>/, `reentry run`")
