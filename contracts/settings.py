"""Settings: what `reentry.toml` says of a home, its agencies and their payer routes.

Parsing only; where the file lies is the rim's business.
"""

import re
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from contracts.errors import UsageError

AGENCY_ID = re.compile(r"^[a-z0-9_-]{1,20}$")


@dataclass(frozen=True)
class Route:
    """One payer that claims go to: fee-for-service Medi-Cal, or a managed care plan."""

    name: str
    payer_id: str
    payer_name: str
    receiver: str
    claim_forms: tuple[str, ...] = ("professional",)
    filing_indicator: str = "MC"
    status: str = "unverified"


@dataclass(frozen=True)
class FeedSettings:
    """How a feed's versions are ordered and whether a file is a delta or a snapshot."""

    version_order: str = "received"
    mode: str = "delta"


@dataclass(frozen=True)
class Agency:
    """One agency: who it is on the wire, its routes, its feeds. Names follow `feeds.md`."""

    id: str
    county_code: str
    submitter_name: str
    contact_name: str
    contact_phone: str
    isa_sender_qualifier: str
    isa_sender_id: str
    gs_sender_code: str
    isa_receiver_qualifier: str
    isa_receiver_id: str
    gs_receiver_code: str
    trace_originator_id: str
    usage: str
    single_approver: bool = False
    routes: dict[str, Route] = field(default_factory=dict)
    feeds: dict[str, FeedSettings] = field(default_factory=dict)

    def feed(self, name: str) -> FeedSettings:
        return self.feeds.get(name, FeedSettings())


@dataclass(frozen=True)
class Settings:
    """A home's settings. `sandbox` allows receipt in the past; never true in production."""

    sandbox: bool
    ledger_url: str | None
    lake_catalog_url: str | None
    lake_data_url: str | None
    agencies: dict[str, Agency]


def _build(cls: type, where: str, values: dict[str, Any]) -> Any:  # noqa: ANN401 - cls decides
    known = {f.name: f for f in fields(cls)}
    unknown = sorted(set(values) - set(known))
    missing = sorted(
        name
        for name, f in known.items()
        if f.default is MISSING and f.default_factory is MISSING and name not in values
    )
    if unknown or missing:
        raise UsageError(
            "settings",
            f"reentry.toml, {where}: "
            + "; ".join(
                part
                for part in (
                    f"unknown {', '.join(unknown)}" if unknown else "",
                    f"missing {', '.join(missing)}" if missing else "",
                )
                if part
            )
            + ". Mend the section; `reentry init` in an empty folder shows a complete one.",
        )
    return cls(**values)


def _one_of(where: str, name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError("settings", f"reentry.toml, {where}: {name} must be one of {choices}.")


def _agency(agency_id: str, spec: dict[str, Any]) -> Agency:
    if not AGENCY_ID.match(agency_id):
        raise UsageError(
            "settings",
            f"reentry.toml: agency id {agency_id!r} must be 1 to 20 of a-z, 0-9, _ and -.",
        )
    where = f"[agency.{agency_id}]"
    _one_of(where, "usage", spec.get("usage", ""), ("T", "P"))
    routes = {
        name: _build(
            Route,
            f"[agency.{agency_id}.route.{name}]",
            {"name": name, **values, "claim_forms": tuple(values.get("claim_forms", ()))},
        )
        for name, values in spec.pop("route", {}).items()
    }
    feeds = {
        name: _build(FeedSettings, f"[agency.{agency_id}.feed.{name}]", values)
        for name, values in spec.pop("feed", {}).items()
    }
    for name, feed in feeds.items():
        at = f"[agency.{agency_id}.feed.{name}]"
        _one_of(at, "version_order", feed.version_order, ("received", "source_updated_at"))
        _one_of(at, "mode", feed.mode, ("delta", "snapshot"))
    built: Agency = _build(
        Agency, where, {**spec, "id": agency_id, "routes": routes, "feeds": feeds}
    )
    return built


def parse_settings(text: str) -> Settings:
    """Read reentry.toml. Raises UsageError that names the section and the remedy."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        raise UsageError("settings", f"reentry.toml: {trouble}. Mend the line.") from None
    lake = tree.get("lake", {})
    return Settings(
        sandbox=tree.get("sandbox", False),
        ledger_url=tree.get("ledger", {}).get("url"),
        lake_catalog_url=lake.get("catalog_url"),
        lake_data_url=lake.get("data_url"),
        agencies={name: _agency(name, dict(spec)) for name, spec in tree.get("agency", {}).items()},
    )
