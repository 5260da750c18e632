"""Version: which code made a result. The release number and a digest of the code as it stands."""

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

PACKAGES = ("codesets", "contracts", "pipelines", "reports")
SUFFIXES = {".py", ".sql", ".toml", ".j2", ".html", ".css"}


@cache
def code_version() -> str:
    """Release and twelve digits of SHA-256 over the packages' own text files."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        root = Path(str(files(package)))
        for path in sorted(p for p in root.rglob("*") if p.suffix in SUFFIXES):
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return f"{version('reentry-ledger')}+{digest.hexdigest()[:12]}"
