"""Reports: promised, made again, compared; of a past instant whatever arrives later."""

import hashlib
import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest
from stories import AGENCY, APPROVER, NOW, Homes, done, reentry

from pipelines.io.reporting import NAMES

KNOWN_AT, LATER, TODAY = "2026-10-31T18:30:00Z", "2026-10-31T20:00:00Z", "2026-10-31T21:00:00Z"
PERIOD = ("--period", "2026-Q3")
EVERY = ("--format", "html,xlsx,csv,json")
CopyOf = Callable[[str], Path]


def made(home: Path, *words: str, now: str = TODAY) -> dict[str, bytes]:
    """The files that a report command wrote, by name."""
    files = done(home, "report", *words, now=now)["files"]
    return {Path(path).name: Path(path).read_bytes() for path in files}


def redelivered(home: Path, feed: str, path: Path, **changed: pl.Expr) -> None:
    """A feed's file once more, with some of its columns changed."""
    (sent,) = (home / "archive" / AGENCY / feed).iterdir()
    is_parquet = sent.suffix == ".parquet"
    rows = pl.read_parquet(sent) if is_parquet else pl.read_csv(sent, infer_schema=False)
    rows.with_columns(**changed).write_csv(path)
    (row,) = done(home, "intake", str(path), "--feed", feed, now=LATER)
    assert row["state"] == "accepted", row


def test_a_report_of_a_past_instant_stays_as_files_and_decisions_arrive(
    copy_of: CopyOf, tmp_path: Path
) -> None:
    home, then = copy_of("derived"), ("--known-at", KNOWN_AT)
    line, before = _a_line(home), some(home, *then)

    gone = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("deleted"))
    for feed in ("care_milestones", "encounters", "people"):
        redelivered(home, feed, tmp_path / f"{feed}.csv", record_status=gone)
    words = ("decisions", "make", "encounter", line, "hold", "--reason", "asked")
    done(home, *words, now=LATER)
    listed = tmp_path / "languages.csv"
    listed.write_text(
        "code,label,iso639_3,iso639_2b,code_set,is_medi_cal_threshold\nen,X,eng,,639-1,false\n"
    )
    done(home, "codes", "import", "languages", str(listed), "--edition", "new", "--effective",
         "2026-01-01", "--source", "a test", now=LATER)  # fmt: skip

    after = some(home, *then)
    assert [name for name in before if after[name] != before[name]] == []
    now = some(home, "--known-at", TODAY)
    assert [name for name in before if now[name] == before[name]] == []


def some(home: Path, *words: str, now: str = TODAY) -> dict[str, bytes]:
    """Reports of each kind, in every format that needs nothing installed."""
    kinds = ("care_handoffs", "services_delivered", "data_quality")
    return {
        name: content
        for kind in kinds
        for name, content in made(home, kind, *PERIOD, *EVERY, *words, now=now).items()
    }


def _a_line(home: Path) -> str:
    (sent,) = (home / "archive" / AGENCY / "encounters").iterdir()
    row = pl.read_csv(sent, infer_schema=False).row(5, named=True)
    return f"main/{row['encounter_id']}/{row['line_number']}"


def test_tables_of_the_run_and_tables_made_again_give_the_same_bytes(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    by_run = made(home, "all", *PERIOD, *EVERY, now=NOW)
    assert len(by_run) == len(NAMES) * 5
    run = json.loads(by_run["readiness-2026-07-01-2026-09-30.manifest.json"])
    then = ("--known-at", run["known_at"], "--as-of", run["as_of"])
    by_facts = made(home, "all", *PERIOD, *EVERY, *then)
    assert by_facts == by_run


def test_what_is_published_is_kept_and_made_again(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    told = done(home, "report", "publish", "care_handoffs", *PERIOD, *EVERY)
    (kept,) = done(home, "report", "published")
    assert kept["publication"] == told["publication_id"]
    assert (kept["report"], kept["period"]) == ("care_handoffs", "2026-07-01..2026-09-30")

    beginning = told["publication_id"][:6]
    rows = done(home, "report", "reproduce", beginning, now=TODAY)
    assert {row["file"]: row["same"] for row in rows} == {
        "html": True, "xlsx": True, "csv": True, "json": True, "manifest.json": True,
    }  # fmt: skip
    assert {row["in_home"] for row in rows} == {"same"}
    files = {Path(path).name.partition(".")[2]: Path(path) for path in told["files"]}
    files["csv"].write_bytes(files["csv"].read_bytes() + b"x")
    files["html"].unlink()
    rows = done(home, "report", "reproduce", beginning, now=TODAY)
    assert {row["in_home"] for row in rows if row["file"] == "csv"} == {"other"}
    assert {row["file"] for row in rows if row["in_home"] == "missing"} == {"html"}
    assert all(row["same"] for row in rows)
    assert not reentry(home, "report", "reproduce", "nothing").out
    assert reentry(home, "report", "reproduce", "nothing").exit_code == 2


def test_made_otherwise_it_is_told_what_differs(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    told = done(home, "report", "publish", "readiness", *PERIOD, "--format", "csv")
    policy = home / "policy.toml"
    policy.write_text(
        policy.read_text()
        + '\n[[report.targets]]\nvalue = { "R01.screened" = 90 }\nstatus = "unverified"\n'
        'source = "a test"\nvalid_from = 2026-01-01\n'
    )
    ended = reentry(home, "report", "reproduce", told["publication_id"])
    assert ended.exit_code == 2
    assert "policy_hash" in ended.err
    report = made(home, "readiness", *PERIOD, "--format", "csv", now=NOW)
    assert b",90\r\n" in report["readiness-2026-07-01-2026-09-30.csv"]


def test_only_who_may_publishes(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    refused = reentry(home, "report", "publish", "readiness", *PERIOD, user=APPROVER)
    assert refused.exit_code == 4
    assert "right_missing" in refused.err
    assert done(home, "report", "published") == []


def test_a_public_quarter_stands_until_it_is_revised(copy_of: CopyOf, tmp_path: Path) -> None:
    home, public = copy_of("derived"), ("care_handoffs", *PERIOD, "--form", "public")
    formats = ("--format", "csv,json")
    first = done(home, "report", "publish", *public, *formats)
    cells = "care-handoffs-public-2026-07-01-2026-09-30.csv"
    before = Path(first["files"][0]).read_bytes()
    assert Path(first["files"][0]).name == cells

    gone = pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("deleted"))
    redelivered(home, "care_milestones", tmp_path / "care_milestones.csv", record_status=gone)
    done(home, "run", now=TODAY)
    assert made(home, *public, *formats)[cells] == before  # late records wait

    known = ("--known-at", TODAY, "--as-of", "2026-10-31")
    second = done(home, "report", "publish", *public, *formats, *known, now=TODAY)
    assert Path(second["files"][0]).read_bytes() != before
    for one in (first, second):
        rows = done(home, "report", "reproduce", one["publication_id"], now=TODAY)
        assert all(row["same"] for row in rows), rows
    ids = (first["publication_id"], second["publication_id"])
    told = done(home, "report", "compare", *ids, now=TODAY)
    assert told["figures"]
    assert {row["cause"] for row in told["figures"]} <= {
        "care_milestones: care_milestones.csv", "masked otherwise",
    }  # fmt: skip
    printed = {value for row in told["figures"] for value in (row["before"], row["after"])}
    assert not {one for one in printed if one.isdigit() and 1 <= int(one) <= 10}
    forms = {one["form"] for one in done(home, "report", "published", now=TODAY)}
    assert forms == {"public"}


@pytest.mark.parametrize(
    ("words", "code", "remedy"),
    [
        (("readiness", "--period", "2026-09"), "public_period", "--period 2026-Q3"),
        (("readiness", "--period", "2026-07-01..2026-10-31"), "public_period", "--period 2026-Q3"),
        (("readiness", "--period", "2026-Q4"), "quarter_open", "after 2026-12-31"),
        (("data_quality", *PERIOD), "no_public_form", "screening_enrollment"),
    ],
)
def test_what_has_no_public_form_is_refused(
    homes: Homes, words: tuple[str, ...], code: str, remedy: str
) -> None:
    for command in (("report",), ("report", "publish")):
        told = reentry(homes.at("derived"), *command, *words, "--form", "public")
        assert told.exit_code == 2
        assert told.err.startswith(code), told.err
        assert remedy in told.err


def test_compare_names_the_file_that_changed_each_figure(copy_of: CopyOf, tmp_path: Path) -> None:
    home = copy_of("derived")
    then = ("--known-at", KNOWN_AT, "--as-of", "2026-10-31")
    for kind in ("care_handoffs", "services_delivered"):
        made(home, kind, *PERIOD, *then)
    folder = home / "reports" / AGENCY / "2026-10-31"
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    for path in folder.glob("*-2026-07-01-*"):
        (earlier / path.name).write_bytes(path.read_bytes())
    # Credentials that bundles ask for, then every other naloxone, then nothing that is counted.
    redelivered(home, "providers", tmp_path / "providers.csv", credential=pl.lit("OTHER"))
    gone = pl.when(pl.col("milestone") == "naloxone_supplied").then(pl.lit("deleted"))
    redelivered(home, "care_milestones", tmp_path / "care_milestones.csv", record_status=gone)
    redelivered(home, "licences", tmp_path / "licences.csv", kind=pl.lit("XX"))
    done(home, "run", now=TODAY)
    for kind in ("care_handoffs", "services_delivered"):
        made(home, kind, *PERIOD)

    name = "services-delivered-2026-07-01-2026-09-30.csv"
    told = done(home, "report", "compare", str(earlier / name), str(folder / name), now=TODAY)
    assert {(row["figure"], row["cause"]) for row in told["figures"]} == {
        ("Billable", "providers: providers.csv"),
        ("Held", "providers: providers.csv"),
    }

    name = "care-handoffs-2026-07-01-2026-09-30.csv"
    told = done(home, "report", "compare", str(earlier / name), str(folder / name), now=TODAY)
    assert {row["feed"] for row in told["files_between"]} == {
        "providers", "care_milestones", "licences",
    }  # fmt: skip
    assert [row["input"] for row in told["inputs"]] == ["known_at"]
    assert {(row["measure"], row["cause"]) for row in told["figures"]} == {
        ("L04", "providers: providers.csv"),
        ("R12", "care_milestones: care_milestones.csv"),
    }
    assert all(row["before"] != row["after"] for row in told["figures"])

    backwards = reentry(home, "report", "compare", str(folder / name), str(earlier / name))
    assert (backwards.exit_code, backwards.err.split(":")[0]) == (2, "compare_order")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("readiness", "--format", "docx"), "format_unknown"),
        (("readiness", "--period", "soon"), "period"),
        (("readiness", "--known-at", "2027-01-01T00:00:00Z"), "known_at_to_come"),
        (("compare", "none.csv", "none.csv"), "publication_unknown"),
    ],
)
def test_what_cannot_be_reported_is_refused(
    homes: Homes, words: tuple[str, ...], code: str
) -> None:
    told = reentry(homes.at("derived"), "report", *words)
    assert told.exit_code == 2
    assert told.err.startswith(code), told.err


def test_pdf_is_written_or_its_remedy_told(copy_of: CopyOf) -> None:
    told = reentry(copy_of("derived"), "report", "data_quality", "--format", "pdf", "--json")
    if find_spec("weasyprint") is None:
        assert told.exit_code == 2
        assert "reentry-ledger[pdf]" in told.err
        return
    path = Path(told.json["files"][0])
    printed = path.read_bytes()
    assert printed.startswith(b"%PDF-")
    again = reentry(path.parents[3], "report", "data_quality", "--format", "pdf")
    assert again.exit_code == 0
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(printed).digest()
