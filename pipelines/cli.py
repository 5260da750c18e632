"""The `reentry` command: its groups, and the one place where an error becomes an exit code."""

import sys

import click

from codesets.errors import CodeSetError, CodeSetFileError
from contracts.errors import ReentryError
from pipelines.commands import (
    batch,
    bench,
    codes,
    demo,
    doctor,
    findings,
    home,
    intake,
    plan,
    report,
    run,
    status,
    users,
    verify,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="reentry-ledger", prog_name="reentry")
def cli() -> None:
    """From a county's extracts to clean Medi-Cal reentry claims, worklists and reports."""


for module in (
    home, users, demo, intake, codes, run, status, findings, plan, batch, report, verify, doctor,
    bench,
):  # fmt: skip
    module.register(cli)


def _exit_code(error: Exception) -> int:
    if isinstance(error, CodeSetError):
        return 3 if isinstance(error, CodeSetFileError) else 2
    return getattr(error, "exit_code", 1)


def main() -> None:
    """Run the command. Exit codes: 2 usage, 3 refused input, 4 held by policy, 5 broken invariant."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
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
