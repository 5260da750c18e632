"""Commands as they are typed, run in this process: what they said and how they ended."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli import main
from pipelines.partitions import HOME_VARIABLE


@dataclass(frozen=True)
class Told:
    """What a command said and how it ended."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def typed(home: Path, *words: str) -> Told:
    """Run a command as it is typed; the environment is put back afterwards."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["reentry", *words])
        patch.setenv(HOME_VARIABLE, str(home))
        patch.setenv("DAGSTER_HOME", str(home / "dagster"))
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return Told(code, out.getvalue(), err.getvalue())
