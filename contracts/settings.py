"""Settings: what `reentry.toml` says of a home, its agencies and their payer routes.

Parsing only; where the file lies is the rim's business.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from contracts.errors import UsageError
from contracts.feeds import FEEDS
from contracts.policy_entries import Status

AGENCY_ID = re.compile(r"^[a-z0-9_-]{1,20}\Z")
CLAIM_FORMS = ("professional", "institutional")
FEE_FOR_SERVICE = "medi_cal"
REPORTING = "RP"
CLAIM_OR_ENCOUNTER = ("CH", REPORTING)  # BHT06: chargeable, reporting


@dataclass(frozen=True)
class Route:
    """One payer that claims go to: fee-for-service Medi-Cal, or a managed care plan.

    `plan_codes`: the plans whose post-release services go this way. `claim_or_encounter` is BHT06.
    The receiver's codes on the envelope are the agency's where the route has none of its own.
    """

    name: str
    payer_id: str
    payer_name: str
    receiver: str
    claim_forms: tuple[str, ...] = ("professional",)
    filing_indicator: str = "MC"
    status: str = "unverified"
    takes_278: bool = False
    plan_codes: tuple[str, ...] = ()
    claim_or_encounter: str = "CH"
    isa_receiver_qualifier: str = ""
    isa_receiver_id: str = ""
    gs_receiver_code: str = ""

    @property
    def is_reporting(self) -> bool:
        """Whether what goes this way tells of services and asks for no money."""
        return self.claim_or_encounter == REPORTING


# What no plan's route may leave to a default: which of it a plan wants is the plan's to say.
_TOLD_BY_PLANS = (
    *("claim_or_encounter", "isa_receiver_qualifier", "isa_receiver_id", "gs_receiver_code"),
)


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

    @property
    def fee_for_service(self) -> Route:
        """The route of fee-for-service Medi-Cal. Raises UsageError where settings have none."""
        route = self.routes.get(FEE_FOR_SERVICE)
        if route is None:
            raise UsageError(
                "route_missing",
                f"reentry.toml has no [agency.{self.id}.route.{FEE_FOR_SERVICE}]. "
                "Add it: payer_id, payer_name, receiver, claim_forms, status.",
            )
        return route

    @property
    def plan_routes(self) -> list[Route]:
        """The routes of managed care plans."""
        return [route for route in self.routes.values() if route.plan_codes]

    @property
    def reporting_routes(self) -> list[str]:
        """Names of the routes by which encounters go that nobody pays."""
        return [name for name, route in self.routes.items() if route.is_reporting]


@dataclass(frozen=True)
class Settings:
    """A home's settings. `sandbox` allows receipt in the past; never true in production."""

    sandbox: bool
    ledger_url: str | None
    lake_catalog_url: str | None
    lake_data_url: str | None
    agencies: dict[str, Agency]


def _refused(told: str) -> UsageError:
    return UsageError("settings", f"reentry.toml{told}")


def _is_of(kind: Any, value: object) -> bool:  # noqa: ANN401 - the annotation of a field
    if kind in (str, bool):
        return isinstance(value, kind)
    if kind == tuple[str, ...]:
        return isinstance(value, tuple) and all(isinstance(one, str) for one in value)
    return True


def _build(cls: type, where: str, values: dict[str, Any]) -> Any:  # noqa: ANN401 - cls decides
    known = {f.name: f for f in fields(cls)}
    troubles = {
        "unknown": set(values) - set(known),
        "missing": {
            name
            for name, f in known.items()
            if f.default is MISSING and f.default_factory is MISSING and name not in values
        },
        "of the wrong kind": {
            name for name in set(values) & set(known) if not _is_of(known[name].type, values[name])
        },
    }
    told = [f"{trouble} {', '.join(sorted(found))}" for trouble, found in troubles.items() if found]
    if told:
        raise _refused(
            f", {where}: {'; '.join(told)}. "
            "Mend the section; `reentry init` in an empty folder shows a complete one."
        )
    return cls(**values)


def _one_of(where: str, name: str, value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        raise _refused(f", {where}: {name} must be one of: {', '.join(choices)}.")


def _section(where: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _refused(f": {where} is no section. Write it as [{where}] with its lines below.")
    return dict(value)


def _route(where: str, name: str, spec: object) -> Route:
    values = _section(where, spec)
    for listed in ("claim_forms", "plan_codes"):
        if isinstance(values.get(listed), list):
            values[listed] = tuple(values[listed])
    route: Route = _build(Route, f"[{where}]", {"name": name, **values})
    for form in route.claim_forms:
        _one_of(f"[{where}]", "claim_forms", form, CLAIM_FORMS)
    _one_of(f"[{where}]", "status", route.status, tuple(Status))
    _one_of(f"[{where}]", "claim_or_encounter", route.claim_or_encounter, CLAIM_OR_ENCOUNTER)
    if route.plan_codes:
        _refuse_silent_plan(where, route, values)
    return route


def _refuse_silent_plan(where: str, route: Route, values: dict[str, Any]) -> None:
    """A plan's route says all that is the plan's to say, once it is more than a name."""
    if route.name == FEE_FOR_SERVICE:
        raise _refused(f", [{where}]: fee-for-service takes no plan_codes. Give the plan its own.")
    untold = [name for name in _TOLD_BY_PLANS if not values.get(name)]
    if untold and route.status != Status.UNSET:
        raise _refused(
            f", [{where}]: a plan's route needs {', '.join(untold)}. "
            'Enter what its companion guide says, or set status = "unset".'
        )


def _refuse_shared_plans(where: str, routes: Iterable[Route]) -> None:
    """A plan's services go one way."""
    seen: dict[str, str] = {}
    for route in routes:
        for code in route.plan_codes:
            if seen.setdefault(code, route.name) != route.name:
                raise _refused(
                    f", [{where}.route.{route.name}]: plan_codes {code} is in route.{seen[code]} "
                    "too. Leave it in one."
                )


def _feed(where: str, name: str, spec: object) -> FeedSettings:
    _one_of(f"[{where}]", "the feed", name, FEEDS)
    feed: FeedSettings = _build(FeedSettings, f"[{where}]", _section(where, spec))
    _one_of(f"[{where}]", "version_order", feed.version_order, ("received", "source_updated_at"))
    _one_of(f"[{where}]", "mode", feed.mode, ("delta", "snapshot"))
    return feed


def _agency(agency_id: str, spec: object) -> Agency:
    if not AGENCY_ID.match(agency_id):
        raise _refused(f": agency id {agency_id!r} must be 1 to 20 of a-z, 0-9, _ and -.")
    where = f"agency.{agency_id}"
    values = _section(where, spec)
    routes = _section(f"{where}.route", values.pop("route", {}))
    feeds = _section(f"{where}.feed", values.pop("feed", {}))
    built: Agency = _build(
        Agency,
        f"[{where}]",
        {
            **values,
            "id": agency_id,
            "routes": {k: _route(f"{where}.route.{k}", k, v) for k, v in routes.items()},
            "feeds": {k: _feed(f"{where}.feed.{k}", k, v) for k, v in feeds.items()},
        },
    )
    _one_of(f"[{where}]", "usage", built.usage, ("T", "P"))
    _refuse_shared_plans(where, built.routes.values())
    return built


def _flat(where: str, value: object, names: Iterable[str]) -> dict[str, str]:
    """A section of texts. Raises UsageError for another name or a value that is no text."""
    section = _section(where, value)
    for name, text in section.items():
        _one_of(f"[{where}]", "a name", name, names)
        if not isinstance(text, str):
            raise _refused(f", [{where}]: {name} must be a text in quotes.")
    return section


def parse_settings(text: str) -> Settings:
    """Read reentry.toml. Raises UsageError that names the section and the remedy."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        raise _refused(f": {trouble}. Mend the line.") from None
    for name in tree:
        _one_of("at its top", "a name", name, ("sandbox", "ledger", "lake", "agency"))
    sandbox = tree.get("sandbox", False)
    if not isinstance(sandbox, bool):
        raise _refused(": sandbox must be true or false, without quotes.")
    ledger = _flat("ledger", tree.get("ledger", {}), ("url",))
    lake = _flat("lake", tree.get("lake", {}), ("catalog_url", "data_url"))
    agencies = _section("agency", tree.get("agency", {}))
    return Settings(
        sandbox=sandbox,
        ledger_url=ledger.get("url"),
        lake_catalog_url=lake.get("catalog_url"),
        lake_data_url=lake.get("data_url"),
        agencies={name: _agency(name, spec) for name, spec in agencies.items()},
    )
