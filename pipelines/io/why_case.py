"""The case of `why`: one service line as all of its sections see it, and what a section is."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from pipelines.io.acknowledgements import submission_states
from pipelines.io.answered import answered
from pipelines.io.payments import Settled, settled
from pipelines.io.workspace import View


@dataclass(frozen=True)
class Key:
    """The key of a service line."""

    source_system: str
    encounter_id: str
    line_number: int

    @property
    def values(self) -> dict[str, Any]:
        """By the names of the feed's columns."""
        return dict(vars(self))

    @property
    def subject_id(self) -> str:
        return f"{self.source_system}/{self.encounter_id}/{self.line_number}"


@dataclass(frozen=True)
class Obstacle:
    """What is in the way, who can clear it, and what that person does."""

    what: str
    who: str
    do: str


@dataclass(frozen=True)
class Section:
    """What a stage has to say: in lines for people, in facts for programs."""

    name: str
    lines: list[str]
    facts: dict[str, Any] = field(default_factory=dict)
    obstacle: Obstacle | None = None


@dataclass(frozen=True)
class Case:
    """`view`: the last run's; `now`: all that is recorded by now, or was at the end
    of a past day that is asked about. `versions`: the line's history,
    None where it was only ever quarantined; `row`: its newest version; `quarantined`: rows that
    name its key.
    """

    view: View
    now: View
    key: Key
    versions: pl.DataFrame | None
    row: dict[str, Any] | None
    quarantined: pl.DataFrame

    @cached_property
    def files(self) -> dict[str, str]:
        """file_id to the name under which the file arrived."""
        return {file.file_id: file.file_name for file in self.now.files}

    @cached_property
    def judged(self) -> dict[str, Any] | None:
        """The line as the run judged it (`service_lines`), None where the run knew it not."""
        return self.one("service_lines")

    @cached_property
    def sent(self) -> pl.DataFrame:
        """Every submission of the agency, in the state that answers gave it by now."""
        return answered(self.now, submission_states(self.now, self.payments.outcomes))

    @cached_property
    def payments(self) -> Settled:
        """What remittances have made of lines by now."""
        return settled(self.now)

    def one(self, table: str) -> dict[str, Any] | None:
        """The row of a derived table that has the line's key."""
        condition = "source_system = ? AND encounter_id = ? AND line_number = ?"
        values = list(self.key.values.values())
        rows = self.view.derived(table, where=condition, values=values)
        return rows.row(0, named=True) if rows.height else None

    def place(self, row: dict[str, Any]) -> str:
        """A row's file and number, in words."""
        return f"{self.files.get(row['file_id'], row['file_id'])} row {row['row_number']}"
