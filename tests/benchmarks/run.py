"""`make bench`: each stage's seconds, rows a second and peak memory, at one county's or LA's size.

    make bench                      a county: 20,000 stays
    make bench BENCH="--stays 240000"   Los Angeles, one year: about 1.6 million encounter rows
    make bench BENCH="--state"      the state's year: 60 agencies of unequal size, one after another
    make bench BENCH="--state --generate-only"      only its files, generated and written
    make bench BENCH="--eligibility"    a million stays, each three spans of coverage, eight lines
    make bench BENCH="--bundles"    bundles of 400,000 stays, 3 million milestones
    make bench BENCH="--reports"    every measure and pack of a county's year (20,000 episodes) and
                                    of the state's (400,000), each beside its target
    make bench BENCH="--claims"     a plan of a million claims; 2.6 million claims as text of 837P
    make bench BENCH="--answers"    TA1, 999 and 277CA of 100,000 claims, read, matched, made states
    make bench BENCH="--remittance" an 835 of 100,000 claims: read, balanced, matched, posted; and
                                    5,000 of them beside x12sdk's reader

Stages run on frames in memory, in one process for each agency, without Dagster, ledger or lake;
ratios of one run are worth more than its seconds.
"""

import argparse
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import answered_frames
import bundle_frames
import claim_frames
import eligibility_frames
import measured_frames
import polars as pl
import remitted_frames
from bench import Bench, Measured, Target, show
from county_bench import END, START, evaluated, measure
from rich.console import Console
from rich.progress import track

from codesets.loader import CodeSets
from contracts.policy import Policy, shipped_text
from contracts.settings import parse_settings
from pipelines.demo.county import generate
from pipelines.demo.delivery import write_county
from pipelines.io.home import settings_text
from pipelines.stages.acknowledgements.acknowledge import acknowledge
from pipelines.stages.bundles.evaluation import bundles
from pipelines.stages.eligibility.changes import changes
from pipelines.stages.eligibility.comparison import windows_compared
from pipelines.stages.eligibility.days import billable_days, pairs_judged
from pipelines.stages.eligibility.evidence import Evidence
from pipelines.stages.eligibility.window_policy import window_policy
from pipelines.stages.eligibility.windows import prerelease_windows
from pipelines.stages.plan.planning import plan
from pipelines.x12.content import thaw
from reports.manifest import Manifest
from reports.measure import measures, parameters
from reports.measuring import measure as count_measures
from reports.pack import pack_report
from reports.packs import packs
from reports.period import parse_period
from reports.report import Surroundings
from reports.services_counts import NAME as SERVICES
from reports.services_counts import count_services
from reports.services_delivered import services_delivered

STATE_STAYS = 1_200_000
LARGEST_SHARE = 0.2
AGENCIES = 60
ANSWERED_CLAIMS = 100_000
STATE_REPORTED = Target(seconds=60, peak_mib=6 * 1024)
REPORTED = {20_000: Target(seconds=10, peak_mib=1024), 400_000: STATE_REPORTED}
BUNDLED_STAYS = 400_000
PLANNED = 1_000_000
CLAIMS_A_FILE, FILES = 100_000, 26
COMPARED_CLAIMS = 5_000  # what a slow reader can be asked to read


def eligibility(stays: int) -> list[Measured]:
    """The questions asked of eligibility, each from current facts, nothing kept in between."""
    bench, policy = Bench(), Policy(shipped_text())
    window, now = window_policy(policy, END), eligibility_frames.evidence(stays, END)
    custody = now["custody_stays"]
    before = now | {"custody_stays": eligibility_frames.releases_moved(custody)}
    lines = eligibility_frames.service_lines(custody)
    pairs = lines.select("stay_id", day="service_date")
    asked: dict[str, Callable[[], int]] = {
        "billable days": lambda: billable_days(**now, policy=policy, as_of=END).height,
        "verdict of each line": lambda: pairs_judged(pairs, Evidence(**now), window).height,
        "pre-release windows": lambda: prerelease_windows(**now, policy=policy, as_of=END).height,
        "changes: lines gained or lost": lambda: (
            changes(Evidence(**before), Evidence(**now), lines, window, END).lines.height
        ),
        "compare: lines that differ": lambda: (
            windows_compared(Evidence(**now), lines, policy, END).lines.height
        ),
    }
    rows: list[int] = []
    for name, answered in asked.items():
        with bench.stage(name, rows.pop):
            rows.append(answered())
    return bench.measured


def bundled(stays: int) -> list[Measured]:
    """Every bundle of every episode, from current facts."""
    bench, policy = Bench(), Policy(shipped_text())
    care, codes = bundle_frames.care(stays, policy, END), CodeSets().table("care_bundles")
    with bench.stage("bundles: evaluate", lambda: care.care_milestones.height):
        made = bundles(care, codes, policy, END)
    if not made.bundles.filter(state="complete").height:
        raise SystemExit("the benchmark's own bundles are never complete")
    return bench.measured


def reported(episodes: int) -> list[Measured]:
    """Every measure of a year and every pack of them in every format but PDF. The facts are drawn
    before the clock starts, and are part of the peak.
    """
    bench, period = Bench(), parse_period(f"{START}..{END}")
    facts = measured_frames.facts(episodes, END)
    asked = parameters(measures(), Policy(shipped_text()), END) | {
        "starts_on": START, "ends_on": END, "trend_from": START, "as_of": END,
    }  # fmt: skip
    with bench.stage("measures by every stratum", lambda: facts["service_lines"].height):
        result = count_measures(measures(), facts, asked)
    with bench.stage("packs: page, workbook, CSV, JSON", lambda: result.height):
        for name, pack in packs().items():
            told = Manifest(
                name, "bench", period, END, datetime(2026, 11, 1, tzinfo=UTC), 1, (), {}, "", "",
            )  # fmt: skip
            if name == SERVICES:
                with_services(facts, result, told)
            else:
                pack_report(pack, result, Surroundings(), told)
    return bench.measured


def with_services(facts: dict[str, pl.DataFrame], result: pl.DataFrame, told: Manifest) -> None:
    """The pack that counts services and people by facility besides."""
    activated = facts["activations"].select(
        "person_id",
        activated_on="from_on",
        deactivated_on="to_on",
        deactivation_reason=pl.lit(None, pl.String),
    )
    lines, places = facts["service_lines"], facts["facilities"]
    days = Policy(shipped_text()).entry("window.days", END).value
    counts = count_services(lines, places, activated, days, told.period)
    services_delivered(counts, result, Surroundings(), told)


def reports_beside_targets(asked: int | None) -> None:
    """A state's year and a county's; or as many episodes as are asked for, beside the state's."""
    sizes = {asked: STATE_REPORTED} if asked else REPORTED
    for episodes, target in sizes.items():
        made = reported(episodes)
        show(f"Reports, {episodes:,} episodes", made)
        Console().print(target.said(made))


def answered(claims: int) -> list[Measured]:
    """From the payer's files to the state of each claim."""
    bench, sent = Bench(), answered_frames.submissions(claims)
    texts = answered_frames.files(sent)
    settings = parse_settings(settings_text("bench", "34", sandbox=True)).agencies["bench"]
    nothing = pl.DataFrame(
        schema={"interchange_control_number": pl.Int64, "group_control_number": pl.Int64}
    )
    providers = pl.DataFrame(schema={"patient_control_number": pl.String, "billing_npi": pl.String})
    with bench.stage("acknowledgements: read", lambda: said.height):
        said = answered_frames.statements(texts)
    with bench.stage("acknowledgements: match, states", lambda: made.submission_states.height):
        made = acknowledge(said, sent, nothing, providers, settings)
    if set(made.submission_states["state"]) != {"accepted", "rejected"}:
        raise SystemExit("the benchmark's own answers did not reach its claims")
    return bench.measured


def remitted(claims: int, compared: int) -> list[Measured]:
    """From an 835 to the account of each line; reading beside a peer on a file of its size."""
    bench, data = Bench(), remitted_frames.text(claims).encode()
    submissions, lines = remitted_frames.sent(claims)
    with bench.stage("remittance: read", lambda: claims):
        told = remitted_frames.received(data)
    with bench.stage("remittance: balance, match, post", lambda: held.height):
        held = remitted_frames.settle(told, submissions, lines)
    small = remitted_frames.text(compared)
    with bench.stage("read by us, for comparison", lambda: compared):
        remitted_frames.received(small.encode())
    with bench.stage("read by x12sdk, the same file", lambda: found):
        found = remitted_frames.peer_claims(small)
    ours, theirs = (one.seconds for one in bench.measured[-2:])
    Console().print(f"x12sdk takes {theirs / ours:,.0f} times as long to read {compared:,} claims")
    return bench.measured


def generated(agency: str, stays: int) -> list[Measured]:
    """The agency's files and their truth, made and written to disk."""
    bench = Bench()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with bench.stage("generate county", lambda: county.files["encounters"].height):
            county = generate(agency, 1, stays, START, END, 0.05)
        with bench.stage("write its files", lambda: sum(f.height for f in county.files.values())):
            write_county(county, root / "inbox", root / "truth.csv", agency)
    return bench.measured


def claims_in_numbers(stays: int) -> list[Measured]:
    """Los Angeles' plan of three years, and a state's year as files of text."""
    bench, policy = Bench(), Policy(shipped_text())
    settings = parse_settings(settings_text("bench", "34", sandbox=True)).agencies["bench"]
    made = evaluated(Bench(), "bench", stays).claims
    desired = claim_frames.repeated(made.with_columns(content=pl.lit("")), PLANNED)
    out = claim_frames.sent(desired)
    waiting = pl.DataFrame(
        schema={
            "claim_id": pl.String, "patient_control_number": pl.String, "row_hash": pl.String,
            "charge_amount": pl.Decimal(12, 2),
        }
    )  # fmt: skip
    with bench.stage("plan, a million desired, a million sent", lambda: planned.height):
        planned = plan(desired, out, waiting, policy, END, settings)
    del desired, out
    clean = made.filter(pl.col("reasons").list.len() == 0)
    some = claim_frames.repeated(clean, CLAIMS_A_FILE)
    with bench.stage("numbers given, content frozen", lambda: len(frozen)):
        frozen = claim_frames.numbered_claims(some)
    with bench.stage("frozen content thawed", lambda: content.height):
        content = thaw(frozen)
    with bench.stage("837P text, one file", lambda: content.height):
        sum(claim_frames.files(content, 1))
    with bench.stage(f"837P text, {FILES} files", lambda: FILES * content.height):
        sum(claim_frames.files(content, FILES))
    return bench.measured


def shares() -> list[int]:
    """Stays of 60 agencies: the largest has a fifth, the others fall off."""
    weights = [1 / rank for rank in range(2, AGENCIES + 1)]
    rest = STATE_STAYS * (1 - LARGEST_SHARE)
    return [
        int(STATE_STAYS * LARGEST_SHARE), *(int(rest * w / sum(weights)) for w in weights)
    ]  # fmt: skip


def the_state(measured: Callable[[str, int], list[Measured]]) -> list[Measured]:
    """Sixty agencies, one after the other in this process: seconds added, the highest peak."""
    sums: dict[str, Measured] = {}
    for number, stays in enumerate(track(shares(), "agencies")):
        for one in measured(f"a{number:02d}", stays):
            before = sums.get(one.stage, Measured(one.stage, 0, 0.0, 0, 0.0))
            sums[one.stage] = Measured(
                one.stage, before.rows + one.rows, before.seconds + one.seconds,
                max(before.peak_mib, one.peak_mib), before.cpu_seconds + one.cpu_seconds,
            )  # fmt: skip
    return list(sums.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stays", type=int)
    parser.add_argument("--eligibility", action="store_true")
    parser.add_argument("--bundles", action="store_true")
    parser.add_argument("--claims", action="store_true")
    parser.add_argument("--answers", action="store_true")
    parser.add_argument("--reports", action="store_true")
    parser.add_argument("--remittance", action="store_true")
    parser.add_argument("--state", action="store_true")
    parser.add_argument("--generate-only", action="store_true")
    asked = parser.parse_args()
    measured = generated if asked.generate_only else measure
    stays = asked.stays or (1_000_000 if asked.eligibility else 20_000)
    if asked.bundles:
        stays = asked.stays or BUNDLED_STAYS
        show(f"Bundles, {stays:,} stays", bundled(stays))
    elif asked.reports:
        reports_beside_targets(asked.stays)
    elif asked.claims:
        show("Claims in numbers", claims_in_numbers(asked.stays or 2_000))
    elif asked.answers:
        show(f"Acknowledgements, {ANSWERED_CLAIMS:,} claims", answered(ANSWERED_CLAIMS))
    elif asked.remittance:
        title = f"A remittance of {ANSWERED_CLAIMS:,} claims, two lines each"
        show(title, remitted(ANSWERED_CLAIMS, COMPARED_CLAIMS))
    elif asked.eligibility:
        show(f"Eligibility, {stays:,} stays", eligibility(stays))
    elif asked.state:
        show("The state's year, 60 agencies", the_state(measured))
    else:
        show(f"One agency, {stays:,} stays", measured("bench", stays))


if __name__ == "__main__":
    main()
