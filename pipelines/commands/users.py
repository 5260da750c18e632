"""`reentry users`: who may do what."""

import click

from pipelines.commands.session import Session, grid, session_command
from pipelines.io.ledger import users as ledger_users


@click.group("users")
def users() -> None:
    """Users and their rights."""


@users.command("list")
@session_command
def list_(session: Session) -> None:
    """List users."""
    with session.workspace() as workspace, workspace.ledger.read() as connection:
        rows = [
            {"user_id": user.user_id, "rights": list(user.rights), "is_active": user.is_active}
            for user in ledger_users.everyone(connection)
        ]
    session.show(rows, lambda: grid("Users", ("user_id", "rights", "is_active"), rows))


@users.command("set")
@click.argument("user_id")
@click.option("--right", "rights", multiple=True, type=click.Choice(ledger_users.RIGHTS))
@click.option("--inactive", is_flag=True, help="The user may do nothing any more.")
@session_command
def set_(session: Session, user_id: str, rights: tuple[str, ...], inactive: bool) -> None:
    """Make or change a user: exactly these rights."""
    with (
        session.workspace() as workspace,
        workspace.ledger.write(workspace.agency.id, session.user) as tx,
    ):
        user = ledger_users.save(tx, user_id, rights, is_active=not inactive)
    session.show({"user_id": user.user_id, "rights": user.rights, "is_active": user.is_active})
    session.say(f"{user.user_id}: {', '.join(user.rights) or 'no rights'}")
