"""The `reentry` command: its groups, and the one place where an error becomes an exit code."""

import sys
from importlib import import_module

import click

from codesets.errors import CodeSetError, CodeSetFileError
from contracts.errors import ReentryError

# Command to the module that holds it: loaded when it is called, for charts and Dagster are slow.
COMMANDS = {
    "init": "home",
    "users": "users",
    "feeds": "feeds",
    "intake": "intake",
    "run": "run",
    "status": "status",
    "findings": "findings",
    "why": "why",
    "edits": "edits",
    "worklist": "findings",
    "decisions": "decisions",
    "quarantine": "quarantine",
    "history": "history",
    "quality": "quality",
    "windows": "windows",
    "bundles": "bundles",
    "eligibility": "eligibility",
    "authorizations": "authorizations",
    "plan": "plan",
    "claims": "claims",
    "remits": "remits",
    "denials": "disputes",
    "receivables": "receivables",
    "close": "close",
    "batch": "batch",
    "trace": "trace",
    "report": "report",
    "codes": "codes",
    "verify": "verify",
    "maintain": "verify",
    "doctor": "doctor",
    "generate": "demo",
    "simulate-payer": "payer",
    "demo": "demo",
}


class Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command's own module has it under its name."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(
            import_module(f"pipelines.commands.{COMMANDS[cmd_name]}"), cmd_name.replace("-", "_")
        )
        return found


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="reentry-ledger", prog_name="reentry")
def cli() -> None:
    """From a county's extracts to clean Medi-Cal reentry claims, worklists and reports."""


def _exit_code(error: Exception) -> int:
    if isinstance(error, CodeSetError):
        return 3 if isinstance(error, CodeSetFileError) else 2
    return getattr(error, "exit_code", 1)


def main() -> None:
    """Run the command. Exit codes: 2 usage, 3 refused, 4 held by policy, 5 broken invariant."""
    try:
        if code := cli(
            prog_name="reentry", standalone_mode=False
        ):  # click hands an Exit's code back, it raises none
            sys.exit(code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (ReentryError, CodeSetError) as error:
        click.echo(f"{error.code}: {error}", err=True)
        sys.exit(_exit_code(error))
    except Exception as error:  # noqa: BLE001 - nothing unexpected may print a person's value
        click.echo(_unexpected(error), err=True)
        sys.exit(getattr(error, "exit_code", 1))


def _unexpected(error: Exception) -> str:
    from pipelines.commands.failure import told  # noqa: PLC0415 - only when all else has failed

    return told(error)


if __name__ == "__main__":
    main()
