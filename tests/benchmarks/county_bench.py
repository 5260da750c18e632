"""One synthetic agency measured: from its files to claims, their text, the gate, the worklist."""

import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import claim_frames
import polars as pl
from bench import Bench, Measured
from rich.console import Console

from codesets.loader import CodeSets
from contracts.feeds import FEEDS, facts
from contracts.policy import Policy, shipped_text
from contracts.settings import FeedSettings, parse_settings
from pipelines.demo.county import generate
from pipelines.io.gate import check_837
from pipelines.io.home import settings_text
from pipelines.stages import facts as stage_facts
from pipelines.stages import intake
from pipelines.stages.claims.assembly import claims
from pipelines.stages.edits.code_verdicts import CODE_SETS
from pipelines.stages.edits.context import SERVICES, service_context
from pipelines.stages.edits.run import run_edits
from pipelines.stages.eligibility.days import billable_days
from pipelines.stages.eligibility.windows import prerelease_windows
from pipelines.x12 import wire
from pipelines.x12.claim_sets import render
from reports.period import parse_period
from reports.services_counts import count_services
from reports.worklist import worklist_workbook
from reports.worklist_meta import WorklistMeta

START, END = date(2026, 1, 1), date(2026, 10, 31)
EVIDENCE = (
    "custody_stays", "people", "cin_aliases", "facilities", "coverage", "ji_activations",
    "screenings", "eligibility_answers",
)  # fmt: skip
GATED_CLAIMS = 5_000
FINDINGS_LISTED = 50_000


@dataclass(frozen=True)
class Evaluated:
    """What the stages made of one synthetic agency."""

    current: dict[str, pl.DataFrame]
    service_lines: pl.DataFrame
    findings: pl.DataFrame
    claims: pl.DataFrame


def measure(agency: str, stays: int) -> list[Measured]:
    """Every stage over one synthetic agency."""
    bench = Bench()
    made = evaluated(bench, agency, stays)
    period = parse_period(f"{START}..{END}")
    with bench.stage("services-delivered measure", lambda: made.service_lines.height):
        count_services(
            made.service_lines, made.current["facilities"], made.current["ji_activations"], 90,
            period,
        )  # fmt: skip
    render_and_gate(bench, made.claims)
    found = findings_listed(made.findings)
    with bench.stage("worklist workbook", lambda: found.height):
        write_worklist(agency, found, made.service_lines, made.current["facilities"])
    return bench.measured


def evaluated(bench: Bench, agency: str, stays: int) -> Evaluated:
    """From a county's files to its claims."""
    code_sets, policy = CodeSets(), Policy(shipped_text())
    settings = parse_settings(settings_text(agency, "34", sandbox=True)).agencies[agency]
    with bench.stage("generate county", lambda: county.files["encounters"].height):
        county = generate(agency, 1, stays, START, END, 0.05, code_sets)
    current: dict[str, pl.DataFrame] = {}
    with bench.stage("intake: parse, check, hash", lambda: sum(f.height for f in current.values())):
        for feed in FEEDS:
            current[feed] = taken(feed, county.files.pop(feed))
    evidence = {feed: current[feed] for feed in EVIDENCE}
    with bench.stage("billable days", lambda: days.height):
        days = billable_days(**evidence, policy=policy, as_of=END)
    with bench.stage("pre-release windows", lambda: windows.height):
        windows = prerelease_windows(**evidence, policy=policy, as_of=END)
    codes = {name: code_sets.table(name) for name in CODE_SETS}
    with bench.stage("edits: context and catalogue", lambda: judged.service_lines.height):
        context = service_context(
            **{feed: current[feed] for feed in SERVICES}, billable_days=days, codes=codes,
            policy=policy, as_of=END,
        )  # fmt: skip
        judged = run_edits(context, agency)
    del context
    nothing_bound = pl.DataFrame(
        schema={
            "source_system": pl.String, "encounter_id": pl.String, "line_number": pl.Int64,
            "claim_id": pl.String, "line_ordinal": pl.Int64,
        }
    )  # fmt: skip
    wanted = ("encounters", "people", "cin_aliases", "facilities", "billing_providers",
              "providers", "custody_stays", "other_coverage", "other_payer_payments",
              "institutional_claims", "attachments")  # fmt: skip
    with bench.stage("claims", lambda: made.height):
        made, _ = claims(
            service_lines=judged.service_lines, **{feed: current[feed] for feed in wanted},
            bound=nothing_bound, rates=codes["rates"], agency=settings, policy=policy, as_of=END,
        )  # fmt: skip
    return Evaluated(current, judged.service_lines, judged.findings, made)


def findings_listed(found: pl.DataFrame) -> pl.DataFrame:
    """As many findings as one workbook holds: those of the county, again and again."""
    repeated = found[pl.int_range(FINDINGS_LISTED, eager=True) % found.height]
    number = pl.int_range(FINDINGS_LISTED).cast(pl.String)
    return repeated.with_columns(
        pl.concat_str("finding_id", number).alias("finding_id"), is_part_2=pl.lit(False)
    )


def write_worklist(
    agency: str, found: pl.DataFrame, service_lines: pl.DataFrame, facilities: pl.DataFrame
) -> None:
    known_at = datetime(2026, 11, 1, tzinfo=UTC)
    worklist_workbook(
        found,
        service_lines=service_lines,
        files=pl.DataFrame({"file_id": ["0" * 16], "file_name": ["encounters.csv"]}),
        facilities=facilities,
        opened=found.select("finding_id", opened_on=pl.lit(END)),
        versions=found.select("subject", "subject_id", seen_version=pl.lit("0" * 64)).unique(),
        consented=frozenset(),
        meta=WorklistMeta(agency, END, known_at, "run", "biller", "issue", warn_days=30),
    )


def taken(feed: str, texts: pl.DataFrame) -> pl.DataFrame:
    """A feed's file through intake, as current facts."""
    table, usual = FEEDS[feed], FeedSettings()
    origin = intake.Origin("0" * 16, datetime(2026, 11, 1, tzinfo=UTC))
    raw = texts.with_row_index("row_number", offset=1).cast({"row_number": pl.Int64})
    nothing = pl.DataFrame(
        schema={"row_number": pl.Int64, "reason": pl.String, "row_text": pl.String}
    )
    before = facts(feed).empty()
    rows = intake.take(table, raw, nothing, lambda _: before, usual, origin)
    return stage_facts.current(table, rows.facts, rows.duplicates, usual)


def render_and_gate(bench: Bench, made: pl.DataFrame) -> None:
    """From frozen content to 837 text, its tokens, and one full set through the gate; the same set
    by peers.
    """
    clean = made.filter(pl.col("reasons").list.len() == 0)
    with bench.stage("claims: thaw frozen content", lambda: content.height):
        content = claim_frames.numbered_claims(clean)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.x12"
        with bench.stage("837P text", lambda: content.height), path.open("wb") as out:
            for part in render(content, claim_frames.envelope()):
                out.write(part.content)
        with bench.stage("X12 reader, segments", lambda: segments):
            segments = wire.read(path.read_bytes(), file_id="bench").tokens.height
        first = content.head(GATED_CLAIMS)
        with bench.stage("837P text, one file", lambda: first.height):
            path.write_bytes(
                b"".join(part.content for part in render(first, claim_frames.envelope()))
            )
        with bench.stage("X12 reader, one file", lambda: first.height):
            wire.read(path.read_bytes(), file_id="bench")
        with bench.stage("pyx12 gate, one file", lambda: first.height):
            accepted = check_837([path])[0].is_accepted
        if not accepted:
            raise SystemExit("the gate refused the benchmark's own file")
        ours = [one.seconds for one in bench.measured[-3:-1]]
        for own, (peer, theirs) in zip(ours, claim_frames.beside_peers(path), strict=True):
            Console().print(f"{peer} takes {theirs / own:,.0f} times as long on one file")
