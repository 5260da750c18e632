"""What Dagster shows of a table: its columns, its blocking contract check, its counts."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TypeAlias

import dagster as dg
import polars as pl

from contracts.derived import DERIVED
from contracts.schemas import broken_rules
from contracts.tables import Column, Table
from pipelines.defs.partition import AGENCIES

CONTRACT = "contract"

Emitted: TypeAlias = dg.Output[pl.DataFrame] | dg.AssetCheckResult


def _shown(column: Column) -> dg.TableColumn:
    constraints = dg.TableColumnConstraints(
        nullable=column.is_optional, other=["key"] if column.is_key else []
    )
    return dg.TableColumn(
        column.name,
        str(column.dtype),
        description=column.field.meaning,
        constraints=constraints,
        tags={"privacy": column.field.privacy.value},
    )


def column_schema(table: Table) -> dict[str, dg.TableSchema]:
    """Definition metadata: the columns tab."""
    return {"dagster/column_schema": dg.TableSchema([_shown(c) for c in table.columns])}


def contract_check(name: str) -> dg.AssetCheckSpec:
    """The blocking check that a derived table is what its contract says."""
    return blocking_check(
        CONTRACT, name, "Columns, types, required values, allowed values and the key hold."
    )


def blocking_check(check: str, asset: str, description: str) -> dg.AssetCheckSpec:
    """A check that stops what is downstream, kept apart for each agency.

    Without its partitions the results of agencies would overwrite each other; Dagster calls that
    option a preview, and warns.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return dg.AssetCheckSpec(
            check,
            asset=asset,
            blocking=True,
            partitions_def=AGENCIES,
            description=description,
        )


def dollars(frame: pl.DataFrame, column: str) -> float:
    """A money column's total as a figure for charts; the ledger and the lake keep it exact."""
    return float(frame[column].sum() or Decimal(0))


def emitted(
    name: str,
    frame: pl.DataFrame,
    metadata: Mapping[str, int | float | str] | None = None,
    output: str = "result",
) -> list[Emitted]:
    """A derived table with its counts, and the outcome of its contract check."""
    broken = broken_rules(DERIVED[name], frame)
    told: dict[str, int | float | str] = {"dagster/partition_row_count": frame.height}
    return [
        dg.Output(frame, output, metadata=told | dict(metadata or {})),
        dg.AssetCheckResult(
            passed=not broken, check_name=CONTRACT, asset_key=name, metadata=dict(broken)
        ),
    ]


def derived_asset(
    name: str, group: str, deps: Iterable[str] = ()
) -> Callable[[Callable[..., Iterator[Emitted]]], dg.AssetsDefinition]:
    """Declare the asset of one derived table: its columns, its contract check, its partitions."""

    def declare(body: Callable[..., Iterator[Emitted]]) -> dg.AssetsDefinition:
        made: dg.AssetsDefinition = dg.asset(
            name=name,
            group_name=group,
            deps=list(deps),
            partitions_def=AGENCIES,
            check_specs=[contract_check(name)],
            metadata=column_schema(DERIVED[name]),
            description=DERIVED[name].meaning,
        )(body)
        return made

    return declare


def outs(names: Iterable[str], group: str) -> dict[str, dg.AssetOut]:
    """Outputs of a multi-asset that makes several derived tables."""
    return {
        name: dg.AssetOut(
            key=name,
            group_name=group,
            description=DERIVED[name].meaning,
            metadata=column_schema(DERIVED[name]),
        )
        for name in names
    }
