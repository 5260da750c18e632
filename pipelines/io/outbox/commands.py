"""Commands of the outbox: each recovers first, then does one thing; one command at a time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from contracts.errors import ReentryError, UsageError
from contracts.policy import Policy
from contracts.settings import Agency
from pipelines.io.ledger import batch_claims, batches
from pipelines.io.ledger.batches import BatchRow
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.outbox import proposal, recovery, writing
from pipelines.io.outbox.folder import Folder
from pipelines.io.outbox.refusals import (
    PRODUCTION,
    refuse_changed_file,
    refuse_illustrative,
    stand_ins,
)
from pipelines.io.outbox.rendering import file_name


@dataclass(frozen=True, slots=True)
class Written:
    """A batch after writing: `path` is None where every claim left, `left` says why each did."""

    batch: BatchRow
    path: Path | None
    left: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outbox:
    """An agency's outbox in the hands of one user. `path` is its folder.

    Every command but `batches` needs a right, as the ledger says, and raises HeldByPolicyError
    without it; UsageError where the batch is in no state for it.
    """

    ledger: Ledger
    path: Path
    agency: Agency
    user_id: str

    def propose(
        self,
        plan: pl.DataFrame,
        claim_lines: pl.DataFrame,
        policy: Policy,
        as_of: date,
        code_sets: Mapping[str, str],
        care_bundles: pl.DataFrame | None = None,
    ) -> list[BatchRow]:
        """Freeze what the plan would send, one batch for each claim form and route.

        `code_sets` is the status of each code set whose values claims carry, `care_bundles` the
        table of that set. Raises UsageError
        where there is nothing new, HeldByPolicyError where production would carry illustrative
        values, BrokenInvariantError where a claim is in another batch by now.
        """
        chosen = list(proposal.proposals(plan))
        if not chosen:
            raise UsageError(
                "nothing_to_propose", "the plan has nothing to send: nothing to propose."
            )
        for _, route, rows in chosen:
            told = (self.agency.usage, route, policy, as_of, code_sets)
            self._refuse_illustrative(*told, rows["content"], care_bundles)
        with self._recovered(), self.ledger.write(self.agency.id, self.user_id) as tx:
            proposal.leave_earlier_batches(tx, plan)
            return [
                batches.propose(
                    tx,
                    usage=self.agency.usage,
                    claim_form=claim_form,
                    route=route,
                    claims=proposal.batch_claims_of(rows, claim_lines),
                )
                for claim_form, route, rows in chosen
            ]

    def approve(self, batch_id: str) -> BatchRow:
        """Approve a proposed batch; not one's own, unless settings allow one person for both."""
        with self._recovered(), self.ledger.write(self.agency.id, self.user_id) as tx:
            single = self.agency.single_approver
            return batches.approve(tx, batch_id, single_approver=single)

    def write(
        self,
        batch_ids: Sequence[str],
        plan: pl.DataFrame,
        policy: Policy,
        as_of: date,
        code_sets: Mapping[str, str],
        care_bundles: pl.DataFrame | None = None,
    ) -> list[Written]:
        """Write approved batches, less the claims that the `plan`, made anew, has otherwise. Their
        files pass the gate side by side; where a file does not, none of them is written.

        Raises HeldByPolicyError for illustrative values in production, BrokenInvariantError where
        a rule or pyx12 refuses; the batches are approved as before then.
        """
        with self._recovered():
            for batch_id in batch_ids:
                batch = self._batch(batch_id)
                told = (batch.usage, batch.route, policy, as_of, code_sets)
                self._refuse_illustrative(*told, self._frozen(batch_id), care_bundles)
            who = (self.ledger, self.agency.id)
            left = {
                batch_id: writing.leave_changed(*who, batch_id, plan, self.user_id)
                for batch_id in batch_ids
            }
            begun = [
                writing.start(*who, batch_id, self.user_id)
                for batch_id in batch_ids
                if self._batch(batch_id).claim_count
            ]
            files = writing.make_files(self.ledger, self._folder, self.agency, begun)
            for batch, rendered in zip(begun, files, strict=True):
                written = writing.finish(self.ledger, batch, rendered, self.user_id)
                writing.publish(self._folder, written)
            return [self._written(batch_id, left[batch_id]) for batch_id in batch_ids]

    def sent(self, batch_id: str) -> BatchRow:
        """Record that the file has gone. Only then may it be moved out of the outbox.

        Raises BrokenInvariantError where the file is not the one that was written.
        """
        with self._recovered():
            refuse_changed_file(self._batch(batch_id), self._folder)
            with self.ledger.write(self.agency.id, self.user_id) as tx:
                return batches.sent(tx, batch_id)

    def withdraw(self, batch_id: str, reason: str) -> BatchRow:
        """Give a batch up before it is sent; a written file is removed, its numbers stay used."""
        with self._recovered(sparing=batch_id):
            batch = self._batch(batch_id)
            if batch.state == "written":
                self._folder.set_aside(file_name(batch))
            try:
                with self.ledger.write(self.agency.id, self.user_id) as tx:
                    withdrawn = batches.withdraw(tx, batch_id, reason)
            except ReentryError:
                self._recover()
                raise
            if batch.file_name is not None:
                self._folder.discard(batch.file_name)
            return withdrawn

    def batches(self, *states: str) -> list[BatchRow]:
        """The agency's batches in order, only those in the given states if there are any."""
        with self._recovered(), self.ledger.read() as connection:
            return batches.listed(connection, self.agency.id, *states)

    def recover(self) -> list[str]:
        """Finish or undo what a killed command left; ids of the batches concerned."""
        with self._folder.locked():
            return self._recover()

    @property
    def _folder(self) -> Folder:
        return Folder(self.path)

    @contextmanager
    def _recovered(self, sparing: str | None = None) -> Iterator[None]:
        with self._folder.locked():
            self._recover(sparing)
            yield

    def _recover(self, sparing: str | None = None) -> list[str]:
        return recovery.recover(
            self.ledger, self._folder, self.agency, self.user_id, sparing=sparing
        )

    def _batch(self, batch_id: str) -> BatchRow:
        with self.ledger.read() as connection:
            return batches.get(connection, self.agency.id, batch_id)

    def _written(self, batch_id: str, left: dict[str, str]) -> Written:
        batch = self._batch(batch_id)
        path = self._folder.file(file_name(batch)) if batch.state == "written" else None
        return Written(batch, path, left)

    def _frozen(self, batch_id: str) -> pl.Series:
        with self.ledger.read() as connection:
            held = batch_claims.frozen(connection, batch_id)
        return pl.Series("content", [claim.content for claim in held], dtype=pl.String)

    def _refuse_illustrative(
        self,
        usage: str,
        route: str,
        policy: Policy,
        as_of: date,
        code_sets: Mapping[str, str],
        content: pl.Series,
        care_bundles: pl.DataFrame | None,
    ) -> None:
        asked = care_bundles if usage == PRODUCTION else None
        bundles = [] if asked is None else stand_ins(content, asked)
        refuse_illustrative(usage, self.agency.routes[route], policy, as_of, code_sets, bundles)
