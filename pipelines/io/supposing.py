"""Supposing: the home as it would be with another policy, release date or code-set edition.

Everything is evaluated from the facts twice, as they are and as supposed; nothing is written to the
home. What the two plans differ in is the stage's to say.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from codesets.loader import CodeSets
from contracts.errors import UsageError
from contracts.fields import INSTANT
from contracts.parsing import LOCAL_ZONE
from contracts.policy import Policy, names
from pipelines.io.code_imports import Import, import_edition
from pipelines.io.evaluation import evaluated
from pipelines.io.workspace import View, Workspace
from pipelines.stages.edits.in_force import checked
from pipelines.stages.plan.difference import Difference, difference

STAYS: Final = "custody_stays"
_NOON: Final = time(12)
_HOW: Final = "Write a policy.toml, NAME=VALUE of policy, STAY=YYYY-MM-DD or CODE_SET=FILE."


@dataclass(frozen=True)
class Supposition:
    """`policy` and `code_sets` are None where they stay; `releases` are days by stay."""

    policy: Policy | None
    code_sets: CodeSets | None
    releases: Mapping[str, date]


@dataclass(frozen=True)
class _Supposed(Workspace):
    """The workspace with another policy and other code sets."""

    supposition: Supposition

    @property
    def policy(self) -> Policy:
        return self.supposition.policy or self.home.policy

    @cached_property
    def code_sets(self) -> CodeSets:
        return self.supposition.code_sets or CodeSets(home=self.home.root / "codesets")


@dataclass(frozen=True)
class _SupposedView(View):
    """The view in which stays end on other days."""

    releases: Mapping[str, date] = None  # type: ignore[assignment] # always given

    def current(self, feed: str) -> pl.DataFrame:
        rows = super().current(feed)
        return released(rows, self.releases, self.as_of) if feed == STAYS else rows


def what_if(view: View, words: Sequence[str], effective: date | None) -> Difference:
    """What the plan would differ in. `words` as the command line has them; `effective`: the first
    day of a code set's edition.

    Raises UsageError for a word that is none of the four, an unknown stay or a missing day.
    """
    with _supposition(view, words, effective) as supposed:
        workspace = view.workspace
        other = _Supposed(
            workspace.home, workspace.agency, workspace.user_id, workspace.ledger, workspace.lake,
            supposed,
        )  # fmt: skip
        imagined = _SupposedView(other, view.as_of, view.known_at, None, supposed.releases)
        before, after = evaluated(view), evaluated(imagined)
    return difference(
        (before.plan, before.claim_lines, before.findings),
        (after.plan, after.claim_lines, after.findings),
    )


def released(stays: pl.DataFrame, releases: Mapping[str, date], as_of: date) -> pl.DataFrame:
    """Stays of which some end otherwise: released by then, or expected to be later.

    Raises UsageError for a stay that there is not.
    """
    unknown = sorted(set(releases) - set(stays["stay_id"]))
    if unknown:
        raise UsageError("stay_unknown", f"no stay {unknown[0]}. Check its writing. {_HOW}")
    days = pl.DataFrame(
        [
            (stay, day, datetime.combine(day, _NOON, ZoneInfo(LOCAL_ZONE)))
            for stay, day in releases.items()
        ],
        schema={"stay_id": pl.String, "supposed_on": pl.Date, "supposed_at": INSTANT},
        orient="row",
    )
    is_over = pl.col("supposed_on") <= as_of
    moved = pl.col("supposed_on").is_not_null()
    return (
        stays.join(days, on="stay_id", how="left", maintain_order="left")
        .with_columns(
            released_at=pl.when(moved & is_over)
            .then("supposed_at")
            .when(~moved)
            .then("released_at"),
            expected_release_on=pl.coalesce("supposed_on", "expected_release_on"),
            release_certainty=pl.when(moved).then(pl.lit("known")).otherwise("release_certainty"),
        )
        .select(stays.columns)
    )


@contextmanager
def _supposition(view: View, words: Sequence[str], effective: date | None) -> Iterator[Supposition]:
    workspace = view.workspace
    policy, releases, editions = workspace.policy, dict[str, date](), dict[str, Path]()
    for word in words:
        name, is_pair, value = word.partition("=")
        if not is_pair:
            policy = _policy_of(word)
        elif name in names() or "." in name:
            policy = policy.supposing(name, value)
        elif name in workspace.code_sets.schemas:
            editions[name] = Path(value)
        else:
            releases[name] = _day(value)
    with _other_editions(view, editions, effective) as code_sets:
        yield Supposition(policy, code_sets, releases)


def _policy_of(word: str) -> Policy:
    path = Path(word)
    if path.suffix != ".toml" or not path.is_file():
        raise UsageError("what_if", f"{word} is no policy file. {_HOW}")
    return checked(Policy(path.read_text(encoding="utf-8")))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("what_if", f"{text} is no day. {_HOW}") from None


@contextmanager
def _other_editions(
    view: View, editions: Mapping[str, Path], effective: date | None
) -> Iterator[CodeSets | None]:
    """The home's code sets with further editions, in a folder that goes again."""
    if not editions:
        yield None
        return
    if effective is None:
        raise UsageError("what_if", "name the first day of the code set's edition by --effective.")
    with tempfile.TemporaryDirectory() as folder:
        held = view.workspace.home.root / "codesets"
        other = Path(folder) / "codesets"
        shutil.copytree(held, other)
        for name, path in editions.items():
            if not path.is_file():
                raise UsageError("what_if", f"code set {name}: there is no such file. {_HOW}")
            told = Import(name, "supposed", effective, None, "unverified", "supposed")
            import_edition(other, [path], told, view.workspace.ledger.now)
        yield CodeSets(home=other)
