"""Home: the folder of an installation, with its settings, inbox, archive, outbox, lake and ledger.

Only paths, settings and safe file writing; what lies in the lake or the ledger is theirs.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from contracts.errors import UsageError
from contracts.feeds import RECEIVED
from contracts.policy import Policy, shipped_text
from contracts.settings import AGENCY_ID, Agency, Settings, parse_settings
from pipelines.stages.edits.in_force import checked

FOLDERS = (
    "mappings", "codesets", "inbox", "archive", "outbox", "reports", "lake", "dagster", "log",
)  # fmt: skip

COUNTY_CODES = frozenset(f"{number:02d}" for number in range(1, 59))

_SETTINGS_HEAD = """# Settings of this home. See README.md, section "Settings".
# sandbox = true admits files with a time of receipt in the past: for trials only.
sandbox = {sandbox}

# Many machines: ledger and catalogs in PostgreSQL, the lake's data on a shared mount.
# [ledger]
# url = "postgresql+psycopg://user@host/database"
# [lake]
# catalog_url = "postgresql://user@host/database"
# data_url = "/mnt/shared/lake"
"""

_SETTINGS_AGENCY = """
[agency.{agency}]
county_code = "{county_code}"
submitter_name = "{submitter}"
contact_name = "BILLING OFFICE"
contact_phone = "9165550100"
isa_sender_qualifier = "ZZ"
isa_sender_id = "{sender}"
gs_sender_code = "{sender}"
isa_receiver_qualifier = "ZZ"
isa_receiver_id = "610442"
gs_receiver_code = "610442"
trace_originator_id = "1{sender_digits}"
usage = "T"               # T: test interchanges; P: production
single_approver = false   # true: the proposer of a batch may approve it

[agency.{agency}.route.medi_cal]
payer_id = "610442"
payer_name = "MEDI-CAL"
receiver = "MEDI-CAL"
claim_forms = ["professional"]
filing_indicator = "MC"
takes_278 = false             # true: authorizations are asked for by 278, else on a sheet
status = "verified"
"""


def private_folder(path: Path) -> Path:
    """The folder, made with mode 0700 where it is missing."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def sync_folder(path: Path) -> None:
    """Make renames in a folder survive a power failure."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def private_file(path: Path) -> Iterator[int]:
    """A file descriptor to write to; on success the file is in place, whole, with mode 0600."""
    private_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        try:
            yield handle
            os.fsync(handle)
        finally:
            os.close(handle)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_private(path: Path, content: bytes) -> Path:
    """Write a file by temporary name, fsync and rename; mode 0600."""
    with private_file(path) as handle:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
    return path


@dataclass(frozen=True)
class Home:
    """An installation. Construct it by `Home.open` or `Home.init`."""

    root: Path

    @classmethod
    def open(cls, root: Path) -> "Home":
        """An existing home. Raises UsageError where there is none."""
        os.umask(0o077)  # whatever this process writes is the owner's alone
        home = cls(root.resolve())
        if not home.settings_path.is_file():
            raise UsageError(
                "no_home",
                f"{root} is no home: it has no reentry.toml. Run `reentry init {root}`, or name "
                "another folder by --home or REENTRY_HOME.",
            )
        return home

    @classmethod
    def init(cls, root: Path, agency: str, county_code: str, *, sandbox: bool) -> "Home":
        """Make the folders and the two files that are missing; existing ones stay as they are."""
        if not AGENCY_ID.match(agency):
            raise UsageError("agency_id", "an agency id is 1 to 20 of a-z, 0-9, _ and -")
        if county_code not in COUNTY_CODES:
            raise UsageError("county_code", "a county code is 01 to 58, two digits")
        if root.exists() and not root.is_dir():
            raise UsageError("no_folder", f"{root} is a file. Name a folder that may be made.")
        os.umask(0o077)
        home = cls(root.resolve())
        private_folder(home.root)
        for folder in FOLDERS:
            private_folder(home.root / folder)
        if not home.settings_path.exists():
            text = settings_text(agency, county_code, sandbox=sandbox)
            write_private(home.settings_path, text.encode())
        if not home.policy_path.exists():
            write_private(home.policy_path, shipped_text().encode())
        for known in home.settings.agencies:
            home.make_inbox(known)
        return home

    def make_inbox(self, agency: str) -> None:
        for feed in RECEIVED:
            private_folder(self.inbox(agency, feed))

    @property
    def settings_path(self) -> Path:
        return self.root / "reentry.toml"

    @property
    def policy_path(self) -> Path:
        return self.root / "policy.toml"

    @cached_property
    def settings(self) -> Settings:
        return parse_settings(self.settings_path.read_text(encoding="utf-8"))

    @cached_property
    def policy(self) -> Policy:
        return checked(Policy(self.policy_path.read_text(encoding="utf-8")))

    @property
    def ledger_url(self) -> str:
        return self.settings.ledger_url or f"sqlite:///{self.root / 'ledger.db'}"

    def agency(self, name: str | None) -> Agency:
        """The named agency, or the only one. Raises UsageError that lists the choices."""
        agencies = self.settings.agencies
        if name is None and len(agencies) == 1:
            return next(iter(agencies.values()))
        if name not in agencies:
            known = ", ".join(sorted(agencies)) or "none"
            raise UsageError("agency", f"name one agency by --agency; this home has: {known}.")
        return agencies[name]

    def inbox(self, agency: str, feed: str) -> Path:
        return self.root / "inbox" / agency / feed

    def archive(self, agency: str) -> Path:
        return self.root / "archive" / agency

    def outbox(self, agency: str) -> Path:
        return self.root / "outbox" / agency

    def reports(self, agency: str) -> Path:
        return self.root / "reports" / agency

    def lake(self, agency: str) -> Path:
        return self.root / "lake" / agency


def settings_text(agency: str, county_code: str, *, sandbox: bool) -> str:
    """The reentry.toml of a new home of one agency: complete, for test interchanges."""
    sender = f"REENTRY{county_code}"
    return _SETTINGS_HEAD.format(sandbox=str(sandbox).lower()) + _SETTINGS_AGENCY.format(
        agency=agency,
        county_code=county_code,
        submitter=f"COUNTY {county_code} REENTRY",
        sender=sender,
        sender_digits=f"{int(county_code):09d}",
    )
