"""Examination of a home: file modes, versions, DuckDB's extensions, the ledger, the disk."""

import shutil
import stat
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from contracts.errors import ReentryError
from pipelines.io.home import Home
from pipelines.io.inbox import overlooked
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.workspace import open_lake

LEAST_FREE_BYTES = 2 * 1024**3
_SHARED = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Sign:
    """What one check found, and what to do where it is not well."""

    check: str
    is_well: bool
    found: str
    remedy: str = ""


def examine(home: Home, now: datetime) -> Iterator[Sign]:
    """Every check, each on its own: one that fails does not hide the next."""
    yield _modes(home)
    yield _python()
    yield from _packages()
    yield _disk(home)
    settings = _settings(home)
    yield settings
    if settings.is_well:  # without settings nobody knows where ledger and lakes are
        yield _ledger(home, now)
        for agency in _agencies(home):
            yield _lake(home, agency)
            yield _inbox(home, agency)


def _modes(home: Home) -> Sign:
    shared = [path for path in (home.root, *home.root.rglob("*")) if _is_shared(path)]
    inside = ", ".join(str(path.relative_to(home.root)) for path in _nameless(home, shared)[:3])
    remedy = f"chmod -R go= {home.root}"
    return Sign("file modes", not shared, f"{len(shared)} open to others: {inside}", remedy)


def _is_shared(path: Path) -> bool:
    return not path.is_symlink() and bool(path.stat().st_mode & _SHARED)


def _nameless(home: Home, paths: list[Path]) -> list[Path]:
    """Paths without those of inbound files, whose names may name a person."""
    inbox = home.root / "inbox"
    return [path if not path.is_relative_to(inbox) else inbox for path in paths]


def _python() -> Sign:
    found = ".".join(map(str, sys.version_info[:3]))
    return Sign("python", (3, 11) <= sys.version_info[:2] < (3, 14), found, "Use Python 3.11-3.13.")


def _packages() -> Iterator[Sign]:
    for text in requires("reentry-ledger") or []:
        requirement = Requirement(text)
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            found = ""
        if not found or not requirement.specifier.contains(found):
            remedy = "Install the packages of requirements.lock."
            yield Sign(f"package {requirement.name}", is_well=False, found=found, remedy=remedy)


def _settings(home: Home) -> Sign:
    try:
        agencies = _agencies(home)
        digest = home.policy.digest[:12]
    except (ReentryError, tomllib.TOMLDecodeError) as error:
        return Sign("settings and policy", is_well=False, found=str(error), remedy="Mend the file.")
    mode = "sandbox" if home.settings.sandbox else "production"
    return Sign(
        "settings and policy", is_well=True, found=f"{len(agencies)} agencies, {mode}, {digest}"
    )


def _agencies(home: Home) -> list[str]:
    return sorted(home.settings.agencies)


def _ledger(home: Home, now: datetime) -> Sign:
    try:
        Ledger.open(home.ledger_url, now=now, is_sandbox=home.settings.sandbox).close()
    except ReentryError as error:
        return Sign(
            "ledger", is_well=False, found=error.message, remedy=f"reentry init {home.root}"
        )
    return Sign("ledger", is_well=True, found="opens, tables of this version")


def _lake(home: Home, agency: str) -> Sign:
    try:
        with open_lake(home, agency) as lake:
            whole, tables = lake.is_whole(), len(lake.tables())
    except Exception as error:  # noqa: BLE001 - whatever DuckDB raises is a sign, its text is not
        return Sign(
            f"lake {agency}", is_well=False, found=type(error).__name__, remedy="Restore it."
        )
    return Sign(
        f"lake {agency}", whole, f"{tables} tables", "Data files are missing: restore them."
    )


def _inbox(home: Home, agency: str) -> Sign:
    count = len(overlooked(home, agency))
    remedy = f"Files go to inbox/{agency}/<feed>/ themselves: no folders below, no links."
    return Sign(f"inbox {agency}", count == 0, f"{count} files where none is taken", remedy)


def _disk(home: Home) -> Sign:
    free = shutil.disk_usage(home.root).free
    return Sign("disk", free > LEAST_FREE_BYTES, f"{free / 1024**3:.1f} GiB free", "Make room.")
