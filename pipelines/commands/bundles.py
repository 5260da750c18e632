"""`reentry bundles`: what of care management is complete, what is missing, what it is worth."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import polars as pl
from rich.table import Table as Grid

from contracts.errors import UsageError
from contracts.fields import field_of
from pipelines.commands.bundle_page import REASONS, checklist_page
from pipelines.commands.listing import (
    ROWS_SHOWN,
    Contents,
    fitting,
    formatted,
    hand_over,
    listing_options,
    of_facilities,
)
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.bundle_lists import (
    ACTIVATES,
    ACTIVATION,
    AT_RISK,
    Listed,
    at_risk,
    checklist,
    labels,
    listed,
    moved_since,
)
from pipelines.io.workspace import View
from pipelines.stages.bundles.anchors import ANCHOR
from reports.bundle_worklist import bundle_workbook
from reports.csvfile import csv_bytes

_TOLD = (
    "stay_id", "person_id", "facility_id", "bundle_id", "state", "completed_on", "amount",
    "missing", "proof",
)  # fmt: skip
_SHOWN = (
    "stay_id", "facility_id", "bundle_id", "state", "release_on", "missing", "due_on", "days_left",
    "amount", "manager",
)  # fmt: skip
_RELEASES = (
    "stay_id", "facility_id", "release_on", "days", "bundles", "missing", "first_due", "amount",
    "manager",
)  # fmt: skip
_MOVED = (
    "stay_id", "bundle_id", "release_on_before", "release_on", "state_before", "state",
    "due_on_before", "due_on", "amount", "is_lost",
)  # fmt: skip
_NOT_BEGUN = "activation of the aid code; care management counts from it on"
_OWNERS = [*field_of("bundle_elements", "owner").allowed, ACTIVATES]
_STAYS_NAMED = 10


def _day(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("write a day as YYYY-MM-DD") from None


@click.command("bundles")
@click.option("--stay", "stay_id", help="The checklist of one stay, as a care manager keeps it.")
@click.option("--due", "due", type=click.IntRange(0, 366), help="Releases in so many days.")
@click.option("--moved-since", callback=_day, help="What releases that moved since then changed.")
@click.option("--state", type=click.Choice(field_of("bundles", "state").allowed))
@click.option("--bundle", "bundle_id", help="One bundle, as code set care_bundles names it.")
@click.option("--facility", "facility_id", help="A facility_id.")
@click.option("--owner", type=click.Choice(_OWNERS))
@click.option("--manager", help="Care manager, as the list names one.")
@listing_options
@session_command
def bundles(
    session: Session, stay_id: str | None, due: int | None, moved_since: date | None,
    form: str | None, path: Path | None, owner: str | None, **filters: str | None,
) -> None:  # fmt: skip
    """Care-management bundles: what is complete, what is missing, who owes it, what it is worth.

    As the last complete run found them. --to FILE.xlsx writes the worklist, a sheet for each care
    manager, with dollars and days left.
    """
    narrowing = {"owner": owner, **filters}
    _refuse_beside(
        {"stay": stay_id, "moved-since": moved_since, "due": due},
        {"format": form, "to": path, **{n.removesuffix("_id"): v for n, v in narrowing.items()}},
    )
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        if stay_id is not None:
            told = checklist(view, stay_id)
            page = checklist_page(told, labels(view), view.as_of)
            session.show(vars(told), lambda: page)
        elif moved_since is not None:
            _moved(session, view, moved_since)
        else:
            found = listed(view)
            rows = _chosen(found, owner, filters, view)
            if due is not None:
                rows = at_risk(rows, view.as_of, due)
            chosen = formatted(session, form, path)
            contents = _contents(
                found, rows, view, is_forecast=due is not None, is_sheet=chosen == "xlsx"
            )
            is_whole = chosen != "table" or due is not None
            remarks = list(_remarks(0 if is_whole else rows.height - ROWS_SHOWN, found.withheld))
            if due is not None and chosen == "table":
                remarks = [*_not_activated(rows), *remarks]
            hand_over(session, chosen, path, contents, remarks)


def _refuse_beside(kinds: dict[str, object], others: dict[str, object]) -> None:
    """Raises UsageError for options that would be passed over: one list at a time, and neither
    the checklist nor the moves are filtered or written to a file.
    """
    given = [name for name, value in kinds.items() if value is not None]
    beside = given[1:]
    if given and given[0] != "due":
        beside += [name for name, value in others.items() if value is not None]
    if beside:
        raise UsageError(
            "options", f"--{given[0]} does not go with --{beside[0]}. Leave one of them out."
        )


def _chosen(
    found: Listed, owner: str | None, filters: dict[str, str | None], view: View
) -> pl.DataFrame:
    rows, wanted = found.rows, {n: v for n, v in filters.items() if v is not None}
    known = {bundle for bundle, _ in labels(view)}
    if wanted.get("bundle_id", next(iter(known), None)) not in known:
        told = f"there is no bundle {wanted['bundle_id']}. There are: {', '.join(sorted(known))}."
        raise UsageError("no_such_bundle", told)
    if owner is not None:
        rows = rows.join(found.missing.filter(owner=owner), on=ANCHOR, how="semi")
    rows = of_facilities(view, rows, wanted.pop("facility_id", None))
    return rows.filter(**wanted) if wanted else rows


def _contents(
    found: Listed, rows: pl.DataFrame, view: View, *, is_forecast: bool, is_sheet: bool
) -> Contents:
    waiting = found.missing.join(rows.filter(pl.col("state").is_in(AT_RISK)), on=ANCHOR, how="semi")
    return Contents(
        waiting.height if is_sheet else rows.height,
        lambda: _as_rows(rows),
        lambda: _releases(rows, view) if is_forecast else _table(rows),
        lambda: csv_bytes(_flat(rows)),
        lambda: _workbook(waiting, view),
    )


def _as_rows(rows: pl.DataFrame) -> list[dict[str, Any]]:
    told = rows.select(_TOLD).to_dicts()
    return [row | {name: row[name] or [] for name in ("missing", "proof")} for row in told]


def _flat(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(missing=_elements(), amount="charge_amount").select(
        "stay_id", "person_id", "facility_id", "bundle_id", "ordinal", "state", "completed_on",
        "service_date", "release_on", "amount", "missing", "due_on", "days_left", "manager",
    )  # fmt: skip


def _elements() -> pl.Expr:
    named = pl.col("missing").list.eval(pl.element().struct.field("element"))
    return named.list.join(", ")


def _table(rows: pl.DataFrame) -> Grid:
    shown = rows.head(ROWS_SHOWN).with_columns(missing=_elements())
    return grid(f"Bundles: {rows.height:,}", _SHOWN, shown.to_dicts())


def _releases(rows: pl.DataFrame, view: View) -> Grid:
    """A row a release, the dearest first."""
    of_stay = rows.group_by("episode_id", maintain_order=True).agg(
        pl.col("stay_id", "facility_id", "release_on", "manager").first(),
        amount=pl.col("stay_amount").first(),
        bundles=pl.len(),
        missing=pl.col("missing_count").sum(),
        first_due=pl.col("due_on").min(),
    )
    days = (pl.col("release_on") - pl.lit(view.as_of)).dt.total_days()
    shown = of_stay.with_columns(days=days)
    total = of_stay["amount"].sum() or Decimal(0)
    title = f"Releases with bundles at risk: {of_stay.height:,}, {total:,.2f} dollars"
    return grid(title, _RELEASES, shown.to_dicts())


def _workbook(waiting: pl.DataFrame, view: View) -> bytes:
    """What can still be done of the bundles that were chosen."""
    words = labels(view)
    names = pl.DataFrame(
        [(bundle, element, label) for (bundle, element), label in words.items()],
        schema=["bundle_id", "element", "told"], orient="row",
    )  # fmt: skip
    not_begun = pl.col("element") == ACTIVATION
    of_bundles = names.filter(element="bundle").select("bundle_id", bundle="told")
    missing = (
        waiting.join(names, on=["bundle_id", "element"], how="left")
        .join(of_bundles, on="bundle_id", how="left")
        .with_columns(
            pl.when(not_begun)
            .then(pl.lit(_NOT_BEGUN))
            .otherwise(pl.coalesce("told", "element"))
            .alias("told"),
            pl.col("owner").str.replace_all("_", " "),
            why_not=pl.col("reason").replace(REASONS),
        )
    )
    agency = view.workspace.agency.id
    return bundle_workbook(fitting(missing), agency, view.as_of, view.known_at)


def _moved(session: Session, view: View, since: date) -> None:
    rows = moved_since(view, since)
    lost = rows.filter("is_lost")
    title = f"Bundles of releases that moved since {since}: {rows.height:,}"
    session.show(
        rows.select(_MOVED).to_dicts(),
        lambda: grid(title, _MOVED, rows.head(ROWS_SHOWN).to_dicts()),
    )
    if rows.height > ROWS_SHOWN:
        session.say(f"{rows.height - ROWS_SHOWN:,} more: use --json.")
    session.say(
        f"{lost.height:,} became impossible, {sum(lost['amount'], Decimal(0)):,.2f} dollars."
    )


def _not_activated(rows: pl.DataFrame) -> Iterator[str]:
    """Whose first step is the activation, and who owes it."""
    first = pl.col("missing").list.first().struct.field("element") == ACTIVATION
    stays = rows.filter(first)["stay_id"].unique(maintain_order=True).to_list()
    if stays:
        owes = ACTIVATES.replace("_", " ")
        yield f"Missing first is the activation of the aid code, owed by the {owes}: {_few(stays)}."


def _few(stays: list[str]) -> str:
    more = len(stays) - _STAYS_NAMED
    return ", ".join(stays[:_STAYS_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _remarks(more: int, hidden: int) -> Iterator[str]:
    if more > 0:
        yield f"{more:,} more: use the filters, --to FILE or --json."
    if hidden:
        yield f"{hidden:,} bundles of Part 2 records are withheld: no consent in force."
