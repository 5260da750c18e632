"""Resources: the workspace that assets work in, and the IO manager that keeps frames in lakes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime

import dagster as dg
import polars as pl
from pydantic import PrivateAttr

from contracts.derived import DERIVED
from pipelines.defs.failures import contained
from pipelines.io.copies import turn
from pipelines.io.home import Home
from pipelines.io.lake import Lake
from pipelines.io.ledger import runs
from pipelines.io.runs import begin_run
from pipelines.io.workspace import WRITTEN_BY, View, Workspace
from pipelines.partitions import home_root


class Workplace(dg.ConfigurableResource):  # type: ignore[type-arg] # Dagster leaves its value open
    """Opens the home for a run. Empty texts mean the defaults: today, everything, its start."""

    as_of: str = ""
    known_at: str = ""
    now: str = ""
    user: str = "nightly"
    _open: ExitStack = PrivateAttr(default_factory=ExitStack)
    _workspaces: dict[str, Workspace] = PrivateAttr(default_factory=dict)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Workplace"]:  # noqa: ARG002
        with self._open:
            yield self

    def workspace(self, agency: str, run_id: str, instance: dg.DagsterInstance) -> Workspace:
        """The agency's workspace; opened once for the run, which waits for another to end."""
        if agency not in self._workspaces:
            home = Home.open(home_root())
            self._open.enter_context(turn(home.lake(agency), "run"))
            now = self._now(run_id, instance)
            opened = Workspace.open(home, agency, now=now, user_id=self.user)
            self._workspaces[agency] = self._open.enter_context(opened)
        return self._workspaces[agency]

    def _now(self, run_id: str, instance: dg.DagsterInstance) -> datetime:
        """The time given, else the start that Dagster recorded: the same for all steps."""
        if self.now:
            return datetime.fromisoformat(self.now)
        record = instance.get_run_record_by_id(run_id)
        assert record is not None, "a run that executes is recorded"  # noqa: S101
        return record.create_timestamp.astimezone(UTC)

    def view(self, agency: str, run_id: str, instance: dg.DagsterInstance) -> View:
        """What this run sees; the first asset to ask decides, the others find the same."""
        workspace = self.workspace(agency, run_id, instance)
        as_of = date.fromisoformat(self.as_of) if self.as_of else None
        known_at = datetime.fromisoformat(self.known_at) if self.known_at else None
        return workspace.view(begin_run(workspace, run_id, as_of=as_of, known_at=known_at))

    def completed(self, context: dg.AssetExecutionContext) -> View:
        """This run as it was completed, its tables at their snapshot."""
        workspace = self.workspace(context.partition_key, context.run.run_id, context.instance)
        with workspace.ledger.read() as connection:
            return workspace.view(runs.get(connection, workspace.agency.id, context.run.run_id))


class LakeIOManager(dg.ConfigurableIOManager):
    """Derived tables go to the agency's lake and come back from it. Nothing is ever pickled."""

    workplace: dg.ResourceDependency[Workplace]

    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame) -> None:
        table = DERIVED[context.asset_key.path[-1]]
        with contained():
            workspace = self._workspace(context)

            def work(lake: Lake) -> None:
                lake.replace(table, obj)
                lake.remove(WRITTEN_BY, "table_name", table.name)
                row = {"table_name": table.name, "run_id": context.run_id}
                lake.append(WRITTEN_BY, WRITTEN_BY.conform(pl.DataFrame([row])))

            workspace.lake.transact(work)

    def load_input(self, context: dg.InputContext) -> pl.DataFrame:
        with contained():
            table = DERIVED[context.asset_key.path[-1]]
            return self._workspace(context).lake.read(table)

    def _workspace(self, context: dg.OutputContext | dg.InputContext) -> Workspace:
        step = context.step_context
        return self.workplace.workspace(step.partition_key, step.run_id, step.instance)


def view_of(context: dg.AssetExecutionContext, workplace: Workplace) -> View:
    """What the asset's run sees of its agency."""
    return workplace.view(context.partition_key, context.run.run_id, context.instance)
