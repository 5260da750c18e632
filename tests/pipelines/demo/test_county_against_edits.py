"""The county and the stages hold each other to account: what was planted is found, no more."""

from datetime import date

import polars as pl
import pytest

from codesets.loader import CodeSets
from contracts.derived import DERIVED
from contracts.feeds import EXACT_DUPLICATES, FEEDS, facts
from contracts.policy import Policy, shipped_text
from contracts.settings import FeedSettings
from pipelines.demo.confusion import Confusion, confusion
from pipelines.demo.county import County, generate
from pipelines.io.bundles import CARED
from pipelines.stages.bundles.care import Care
from pipelines.stages.bundles.evaluation import Bundles, bundles
from pipelines.stages.claims.bundle_lines import lines_in_bundles
from pipelines.stages.edits.code_verdicts import CODE_SETS
from pipelines.stages.edits.context import SERVICES, service_context
from pipelines.stages.edits.run import EditResults, run_edits
from pipelines.stages.eligibility.days import billable_days
from pipelines.stages.facts import current, newest
from pipelines.stages.intake import Origin, Taken, take

START, END = date(2026, 6, 1), date(2026, 10, 31)
CODES = CodeSets()
POLICY = Policy(shipped_text())
UNREADABLE = pl.DataFrame(schema={"row_number": int, "reason": str, "row_text": str})
ELIGIBILITY = (
    "custody_stays", "people", "cin_aliases", "facilities", "coverage", "ji_activations",
    "screenings", "eligibility_answers",
)  # fmt: skip


def received(feed: str, texts: pl.DataFrame, before: pl.DataFrame, origin: Origin) -> Taken:
    raw = texts.with_row_index("row_number", 1).cast({"row_number": pl.Int64})
    return take(FEEDS[feed], raw, UNREADABLE, lambda _: before, FeedSettings(), origin)


def gathered(county: County) -> dict[str, list[Taken]]:
    """Every feed's files taken in order of arrival."""
    taken: dict[str, list[Taken]] = {feed: [] for feed in FEEDS}
    for delivery in county.deliveries:
        for feed, texts in delivery.files.items():
            held = newest(FEEDS[feed], *so_far(feed, taken[feed]), FeedSettings())
            origin = Origin(f"{feed}-{delivery.number}", delivery.received_at)
            taken[feed].append(received(feed, texts, held, origin))
    return taken


def so_far(feed: str, taken: list[Taken]) -> tuple[pl.DataFrame, pl.DataFrame]:
    kept = [facts(feed).empty(), *(file.facts for file in taken)]
    twice = [EXACT_DUPLICATES.empty(), *(file.duplicates for file in taken)]
    return pl.concat(kept), pl.concat(twice)


def held(feed: str, taken: list[Taken]) -> pl.DataFrame:
    """What holds of the feed once all its files are in."""
    rows = current(FEEDS[feed], *so_far(feed, taken), FeedSettings())
    return rows.select(FEEDS[feed].names)


def judged(taken: dict[str, list[Taken]]) -> EditResults:
    held = {
        feed: current(FEEDS[feed], *so_far(feed, files), FeedSettings())
        for feed, files in taken.items()
    }
    days = billable_days(*(held[feed] for feed in ELIGIBILITY), policy=POLICY, as_of=END)
    codes = {name: CODES.table(name) for name in CODE_SETS}
    made = bundled(held, days)
    context = service_context(
        **{feed: held[feed] for feed in SERVICES},
        billable_days=days,
        codes=codes,
        policy=POLICY,
        as_of=END,
        in_bundles=lines_in_bundles(made.bundles, made.bundle_elements),
    )
    return run_edits(context, "demo")


def bundled(held: dict[str, pl.DataFrame], days: pl.DataFrame) -> Bundles:
    """What the county's care management comes to."""
    whose = DERIVED["bundles"].empty()
    billed = whose.select("stay_id", "bundle_id", "ordinal", "service_date", "person_id")
    versions = held["custody_stays"].select("stay_id", "release_certainty", "received_at")
    care = Care(
        **{feed: held[feed] for feed in CARED},
        encounters=held["encounters"],
        stay_versions=versions,
        billable_days=days,
        billed=billed,
    )
    return bundles(care, CODES.table("care_bundles"), POLICY, END)


def findings(county: County) -> pl.DataFrame:
    return judged(gathered(county)).findings


def compared(county: County) -> Confusion:
    results = judged(gathered(county))
    return confusion(county.truth, results.findings, results.service_lines)


def misfits(county: County) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What was planted and not found, what was found and not planted."""
    told = compared(county)
    return told.missed.rows(), told.extra.rows()


@pytest.mark.parametrize(("seed", "stays", "rate"), [(7, 300, 0.05), (1, 120, 0.02), (5, 40, 0.3)])
def test_the_edits_find_what_was_planted_and_nothing_else(
    seed: int, stays: int, rate: float
) -> None:
    county = generate("demo", seed, stays, START, END, rate, CODES)
    assert misfits(county) == ([], [])
    assert compared(county).totals["found"] == county.truth.height > 0


def test_a_county_without_faults_has_no_findings() -> None:
    assert findings(generate("demo", 7, 300, START, END, 0, CODES)).rows() == []


@pytest.mark.parametrize("deliveries", [2, 4])
def test_after_all_deliveries_the_edits_find_what_was_planted(deliveries: int) -> None:
    county = generate("demo", 3, 150, START, END, 0.08, CODES, deliveries)
    assert misfits(county) == ([], [])


def test_the_truth_names_the_file_and_row_that_were_judged() -> None:
    county = generate("demo", 3, 120, START, END, 0.08, CODES, 3)
    told = county.truth.filter(feed="encounters").select(
        "edit_id", "subject_id", pl.format("encounters-{}", "delivery"), "row_number"
    )
    place = findings(county).select("edit_id", "subject_id", "file_id", "row_number")
    assert told.join(place, on=["edit_id", "subject_id"]).height == told.height > 20
    assert set(told.rows()) <= set(place.rows())
    assert told["delivery"].n_unique() > 1


def test_several_deliveries_amount_to_the_county_of_one() -> None:
    one, several = (
        gathered(generate("demo", 5, 100, START, END, 0, CODES, count)) for count in (1, 4)
    )
    for feed in FEEDS:
        assert held(feed, one[feed]).rows() == held(feed, several[feed]).rows(), feed


def test_later_deliveries_correct_put_back_and_delete() -> None:
    county = generate("demo", 5, 300, START, END, 0, CODES, 4)
    key = FEEDS["encounters"].key
    sent = pl.concat(
        [d.files["encounters"].with_columns(delivery=pl.lit(d.number)) for d in county.deliveries],
        how="diagonal",
    )
    deleted = sent.filter(record_status="deleted")
    assert deleted.join(sent.filter(pl.col("record_status").is_null()), on=key).height > 3
    again = (
        sent.filter(pl.col("record_status").is_null())
        .group_by(key)
        .agg(pl.col("note_status"), pl.col("charge_amount"), pl.len())
    )
    notes = again["note_status"].to_list()
    assert ["draft", "signed"] in notes
    charges = again.filter(pl.col("len") == 3)["charge_amount"].to_list()
    assert charges
    assert all(a == c != b for a, b, c in charges)


def test_intake_quarantines_what_was_broken_and_nothing_else() -> None:
    county = generate("demo", 7, 150, START, END, 0.05, CODES, 2)
    quarantined = [
        (row[0], number, *row[1:])
        for files in gathered(county).values()
        for number, taken in enumerate(files, 1)
        for row in taken.quarantine.select("feed", "row_number", "column_name", "rule").rows()
    ]
    assert sorted(quarantined) == sorted(county.quarantine_truth.iter_rows())
