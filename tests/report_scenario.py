"""A quarter of a small county: every row is there for the reason that its comment names.

Run as a program it prints the digest of each output, to compare processes with each other.
"""

import hashlib
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.util import find_spec

import measured_county
import polars as pl

from contracts.derived import DERIVED
from contracts.feeds import FEEDS
from contracts.policy import Policy, shipped_text
from pipelines.io.pdf import pdf_bytes
from reports.data_quality import data_quality
from reports.disclosure import Release
from reports.figures import Labels, Targets
from reports.manifest import Form, Manifest
from reports.measure import measures, parameters
from reports.measuring import measure
from reports.pack import pack_report
from reports.packs import packs
from reports.period import parse_period
from reports.public_counts import Counted, count_public
from reports.public_report import PublicReport, public_report
from reports.public_tables import public_packs, public_tables
from reports.report import FORMATS, Report, Surroundings
from reports.services_counts import count_services
from reports.services_delivered import services_delivered
from reports.suppression import choose
from reports.worklist import Worklist, worklist_workbook
from reports.worklist_meta import WorklistMeta

# Passed over where WeasyPrint is not installed; in CI it is.
CAN_PRINT = find_spec("weasyprint") is not None or "CI" in os.environ
KNOWN_AT = datetime(2026, 10, 7, 3, 30, tzinfo=UTC)  # still October 6 in Los Angeles
WINDOW_DAYS = 90

FACILITIES = FEEDS["facilities"].conform(
    pl.DataFrame(
        [("A", "Main Jail"), ("B", "Annex <North & South>"), ("C", "=Youth Center")],
        schema=["facility_id", "name"],
        orient="row",
    )
)

ACTIVATIONS = FEEDS["ji_activations"].conform(
    pl.DataFrame(
        [
            ("P1", date(2026, 7, 1), None, None),  # in force until the 90th day, September 28
            ("P2", date(2026, 8, 10), date(2026, 8, 20), "released"),
            ("P3", date(2026, 3, 1), None, None),  # never ended, yet its 90 days lie in spring
            ("P4", date(2026, 9, 30), None, None),  # last day of the quarter, nothing received
            ("P5", date(2026, 7, 10), date(2026, 7, 20), "error"),  # withdrawn
        ],
        schema=["person_id", "activated_on", "deactivated_on", "deactivation_reason"],
        orient="row",
    )
)

_SERVICES = [
    # person facility day category minutes verdict
    ("P1", "A", date(2026, 6, 30), "chw", 60, "clean"),  # the day before the quarter
    ("P1", "A", date(2026, 7, 5), "consultation", 30, "clean"),
    ("P1", "B", date(2026, 7, 6), "consultation", 15, "held"),  # a second facility
    ("P1", "A", date(2026, 9, 29), "mat", None, "rejected"),  # the day after the window
    ("P2", "A", date(2026, 8, 20), "medication", 20, "clean"),  # last day in force
    ("P2", "A", date(2026, 8, 21), "medication", 20, "clean"),  # the day after
    ("P3", "A", date(2026, 7, 31), "chw", 60, "clean"),  # served without activation
    ("P5", "B", date(2026, 7, 15), "consultation", 10, "rejected"),  # activated in error only
    ("P6", "A", date(2026, 10, 1), "chw", 60, "clean"),  # the day after the quarter
]


def service_lines(services: list[tuple[object, ...]]) -> pl.DataFrame:
    """Service lines of (person, facility, day, category, minutes, verdict), encounters E1, E2 …"""
    names = ["person_id", "facility_id", "service_date", "service_category", "minutes", "verdict"]
    frame = pl.DataFrame(services, schema=names, orient="row", infer_schema_length=None)
    numbers = pl.int_range(1, pl.len() + 1)
    return DERIVED["service_lines"].conform(
        frame.with_columns(
            pl.lit("main").alias("source_system"),
            pl.concat_str(pl.lit("E"), numbers).alias("encounter_id"),
            pl.lit(1).alias("line_number"),
            pl.lit("99213").alias("procedure_code"),
        )
    )


SERVICE_LINES = service_lines(_SERVICES)

_FINDINGS = [
    # id  subject_id severity owner      category          dollars   days person part 2
    ("f1", "main/E2/1", "reject", "biller", "incorrect_codes", "100.10", 40, "P1", False),
    ("f2", "main/E2/1", "warn", "biller", "timely_filing", "100.10", 40, "P1", False),  # same line
    ("f3", "main/E3/1", "reject", "biller", "not_authorized", "250.00", -1, "P1", False),  # late
    ("f4", "main/E5/1", "hold", "finance", "timely_filing", "80.05", 30, "P2", False),  # near
    ("f5", "main/E4/1", "reject", "clinician", "incorrect_codes", "60.00", 9, "P1", True),
    ("f6", "main/E8/1", "reject", "clinician", "incorrect_codes", "70.00", 9, "P5", True),
    ("f7", "B", "reject", "biller", "payer_setup", None, None, None, False),  # about a facility
]


def findings() -> pl.DataFrame:
    """f5 and f6 are Part 2 records; only P1 has consented. f3's message looks like a formula."""
    names = ["finding_id", "subject_id", "severity", "owner", "category", "amount", "days_left"]
    frame = pl.DataFrame(
        [(*row[:5], row[5] and Decimal(row[5]), *row[6:]) for row in _FINDINGS],
        schema=[*names, "person_id", "is_part_2"],
        orient="row",
    )
    is_facility = pl.col("finding_id") == "f7"
    return DERIVED["findings"].conform(
        frame.with_columns(
            pl.when(is_facility).then(pl.lit("facility")).otherwise(pl.lit("encounter"))
            .alias("subject"),
            (pl.lit(date(2026, 10, 6)) + pl.duration(days="days_left")).alias("deadline_on"),
            pl.when(pl.col("finding_id") == "f3").then(pl.lit('=HYPERLINK("http://x","y")'))
            .otherwise(pl.lit("What is wrong.")).alias("message"),
            pl.lit("What to do.").alias("remedy"),
            pl.lit("an_edit").alias("edit_id"),
            pl.when(is_facility).then(pl.lit("B")).otherwise(pl.lit("A")).alias("facility_id"),
            pl.when(~is_facility).then(pl.lit("file1")).alias("file_id"),
            pl.when(~is_facility).then(pl.lit(17)).alias("row_number"),
        )
    )  # fmt: skip


LABELS: Labels = {"facility_id": {"A": "Main Jail", "Y": "<Hall>"}}
TARGETS: Targets = {
    ("r01_screened_at_booking", "screened"): 57,  # 4 of 7 are 57.1 percent
    ("r09_assessed_and_planned", "planned"): 81,  # 4 of 5 are 80
}


def manifest(period: str = "2026-Q3", report: str = "services_delivered") -> Manifest:
    """What the scenario's report follows from."""
    return Manifest(
        report=report,
        agency="demo",
        county="58 Yuba",
        period=parse_period(period),
        as_of=date(2026, 10, 6),
        known_at=KNOWN_AT,
        ledger_sequence=1234,
        files=("bb", "aa", "bb"),
        code_set_editions={"icd10cm": "2027"},
        policy_hash="cc",
        code_version="0.1.0",
    )


@cache
def measured() -> pl.DataFrame:
    """All measures of the measured county."""
    asked = parameters(measures(), Policy(shipped_text()), measured_county.AS_OF)
    return measure(measures(), measured_county.facts(), measured_county.PARAMETERS | asked)


def surroundings(*, has_targets: bool = True) -> Surroundings:
    return Surroundings(LABELS, TARGETS if has_targets else {})


def report(period: str = "2026-Q3", facilities: pl.DataFrame = FACILITIES) -> Report:
    """The scenario's report of another period, or with other facilities, too."""
    told = manifest(period)
    counts = count_services(SERVICE_LINES, facilities, ACTIVATIONS, WINDOW_DAYS, told.period)
    return services_delivered(counts, measured(), surroundings(), told)


def pack(name: str, *, has_targets: bool = True) -> Report:
    """A pack over the measured county."""
    told = surroundings(has_targets=has_targets)
    return pack_report(packs()[name], measured(), told, manifest(report=name))


def quality_report() -> Report:
    """Cards of two feeds: a file that came twice, the later one better; a feed without an event."""
    names = ["feed", "file_id", "received_at", "dimension", "counted", "of", "value", "grade",
             "before", "trend", "worst"]  # fmt: skip
    early, late = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 9, 30, 6, tzinfo=UTC)
    after = datetime(2026, 10, 2, tzinfo=UTC)  # not of the quarter
    rows = [
        (feed, f"{feed}{number}", at, dimension, 9, 10, value, grade, None, trend, worst)
        for feed in ("encounters", "people")
        for number, (at, trend) in enumerate([(early, None), (late, "better"), (after, "worse")])
        for dimension, value, grade, worst in [
            ("timely", None if feed == "people" else 4.0, None if feed == "people" else "A", None),
            ("complete", 0.9, "C", "minutes"),
            ("valid", 1.0, "A", None),
            ("unique", 1.0, "A", None),
            ("consistent", 0.95, "B", "stay_id"),
        ]
    ]
    cards = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    return data_quality(cards, manifest(report="data_quality"))


@cache
def public_counted() -> Counted:
    """The public tables of the grown county."""
    asked = parameters(public_tables(), Policy(shipped_text()), measured_county.AS_OF)
    return count_public(measured_county.grown(), measured_county.PARAMETERS | asked)


@cache
def public_release() -> Release:
    counted = public_counted()
    return choose(list(counted.tables.values()), counted.counts)


def public_pack(name: str) -> PublicReport:
    """A pack of the grown county in its public form."""
    told = replace(manifest(report=name), form=Form.PUBLIC, earlier_releases=("one",))
    return public_report(packs()[name], public_counted(), public_release(), LABELS, told)


def every_report() -> dict[str, Report]:
    made = {name: pack(name) for name in packs() if name != "services_delivered"}
    return made | {"services_delivered": report(), "data_quality": quality_report()}


def worklist(
    found: pl.DataFrame | None = None, row_limit: int = 50_000, **claims: pl.DataFrame
) -> Worklist:
    """The worklist of the scenario's findings, or of others."""
    found = findings() if found is None else found
    meta = WorklistMeta(
        "demo", date(2026, 10, 6), KNOWN_AT, "run1", "pat & sam", "issue1", warn_days=30
    )
    return worklist_workbook(
        found,
        service_lines=SERVICE_LINES,
        files=pl.DataFrame({"file_id": ["file1"], "file_name": ["+encounters.csv"]}),
        facilities=FACILITIES,
        opened=found.select("finding_id", pl.lit(date(2026, 9, 1)).alias("opened_on")),
        versions=found.select("subject", "subject_id")
        .unique()
        .with_columns(pl.lit("v1").alias("seen_version")),
        consented={"P1"},
        meta=meta,
        row_limit=row_limit,
        **claims,
    )


def digests() -> dict[str, str]:
    """SHA-256 of every output."""
    outputs = {
        f"{name}.{kind}": made
        for name, told in every_report().items()
        for kind, made in vars(told).items()
    }
    for name in public_packs():
        made = vars(public_pack(name))
        outputs |= {f"{name}-public.{kind}": made[kind] for kind in (*FORMATS, "manifest")}
    outputs["worklist"] = worklist().workbook
    if CAN_PRINT:
        outputs["printed"] = pdf_bytes(pack("care_handoffs").html)
    return {name: hashlib.sha256(made).hexdigest() for name, made in outputs.items()}


if __name__ == "__main__":
    if hasattr(
        os, "sched_setaffinity"
    ):  # DuckDB takes as many threads as there are cores to run on
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for name, digest in digests().items():
        print(name, digest)  # noqa: T201 - the comparing test reads it
