"""Each category of denial, from the encounter's row to the denial, to the claim that is mended, to
its payment; and the month that was closed before a payment came late.

One home lives through all of it; the tests look at what was told on the way.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import remittances_drawn as drawn
from filled_workbooks import filled
from stories import AGENCY, APPROVER, Homes, done, opened, reentry, submitted

from contracts.errors import BrokenInvariantError
from pipelines.io import deciding
from pipelines.io.home import Home
from pipelines.io.ledger.decisions import Decision
from pipelines.io.returned import entered
from pipelines.stages.decisions.judging import ENTERED, Judged

DENIED, MENDED, GONE, PAID = (f"2026-11-{day}T18:00:00Z" for day in (12, 13, 14, 27))
# category | reason and remark | what mends it | what becomes of it
SEEDS = {
    "incorrect_codes": ("4", "N517", "corrected extract"),
    "documentation_incomplete": ("16", "MA04", "inquiry"),
    "ineligible_person": ("177", "", "resubmit"),
    "not_authorized": ("15", "N517", "correct"),
    "timely_filing": ("29", "N30", "appeal"),
    "duplicate": ("16", "N547", "write_off"),
    "payer_setup": ("163", "N706", "resubmit"),
}
PAID_LATE = "paid_late"


@dataclass
class Story:
    """The home, the claim of each category, and what commands said at each station."""

    home: Path
    sent: dict[str, dict[str, Any]]
    said: dict[str, Any] = field(default_factory=dict)

    def tell(self, name: str, *words: str, now: str) -> Any:
        self.said[name] = done(self.home, *words, now=now)
        return self.said[name]

    def denial(self, category: str) -> str:
        (one,) = (d for d in self.said["denials"] if d["category"] == category)
        return str(one["denial_id"])


def claims_of(home: Path) -> Iterator[dict[str, Any]]:
    """Claims of one service line that encounters have, with their frozen content."""
    with opened(home) as workspace, workspace.ledger.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT patient_control_number, claim_id, content FROM batch_claims"
        ).fetchall()
        lines = connection.exec_driver_sql(
            "SELECT patient_control_number, source_system, encounter_id, line_number "
            "FROM submission_lines"
        ).fetchall()
    keys: dict[str, list[Any]] = {}
    for number, *key in lines:
        keys.setdefault(number, []).append(key)
    for number, claim_id, text in sorted(rows):
        content, own = json.loads(text), keys[number]
        if len(own) == 1 and own[0][0] == "main" and not content.get("authorization_number"):
            yield {"number": number, "claim_id": claim_id, "key": own[0], **content}


def remitted(claim: dict[str, Any], denial: tuple[str, str] | None, *, status: str = "",
             number: str = "", back: bool = False) -> drawn.Claim:  # fmt: skip
    """A claim denied for a reason, or paid whole; `back`: what was denied is taken back first."""
    (line,) = claim["lines"]
    cents = int(Decimal(line["charge_amount"]) * 100) * (-1 if back else 1)
    carc, rarc = denial or ("", "")
    told = drawn.Line(
        cents, (("CO", carc, cents),) if denial else (), f"HC:{line['procedure_code']}",
        number=f"{number or claim['number']}1", on=line["service_from"],
        units=line["units"], remarks=(rarc,) if rarc else (),
    )  # fmt: skip
    kind = status or ("22" if back else "4" if denial else "1")
    return drawn.Claim(number or claim["number"], (told,), status=kind,
                       payer_number=f"ICN{claim['number'][:8]}")  # fmt: skip


def received(home: Path, name: str, *claims: drawn.Claim, paid_on: str, now: str) -> None:
    settings = Home.open(home).agency(AGENCY)
    payee = pl.read_csv(next((home / "archive" / AGENCY / "billing_providers").iterdir()),
                        infer_schema=False)["billing_npi"][0]  # fmt: skip
    made = drawn.Remittance(claims, trace=name, paid_on=paid_on, payee=payee)
    text = drawn.text(made).replace(drawn.payer.US.ljust(15), settings.isa_sender_id.ljust(15))
    text = text.replace(f"*{drawn.payer.US}*", f"*{settings.gs_sender_code}*")
    laid(home, "x12", f"{name}.x12", text, now)


def laid(home: Path, feed: str, name: str, text: str, now: str) -> None:
    (Home.open(home).inbox(AGENCY, feed) / name).write_text(text)
    (told,) = done(home, "intake", now=now)
    assert told["state"] == "accepted", told


def extract(home: Path) -> pl.DataFrame:
    """The extract of encounters as it landed, before any was mended."""
    files = (home / "archive" / AGENCY / "encounters").iterdir()
    return max((pl.read_csv(path, infer_schema=False) for path in files), key=len)


def encounter(home: Path, claim: dict[str, Any]) -> pl.DataFrame:
    """The row of the extract behind a claim."""
    _, encounter_id, line_number = claim["key"]
    return extract(home).filter(encounter_id=encounter_id, line_number=str(line_number))


@pytest.fixture(scope="module")
def told(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Story:
    home = homes.copy("written", tmp_path_factory.mktemp("denied") / "home")
    _allow_resubmission(home / "policy.toml")
    done(home, "batch", "sent", "demo-000001")
    found = claims_of(home)
    story = Story(home, {name: next(found) for name in (*SEEDS, PAID_LATE)})
    _deny(story)
    _mend(story)
    _pay(story)
    return story


def _allow_resubmission(policy: Path) -> None:
    choices, unset = 'choices = ["resubmit", "replace"]\n', 'status = "unset"'
    assert f"{choices}{unset}" in policy.read_text()
    value = 'value = "resubmit"\nstatus = "unverified"'
    policy.write_text(policy.read_text().replace(f"{choices}{unset}", f"{choices}{value}"))


def _deny(story: Story) -> None:
    refused = [remitted(story.sent[name], SEEDS[name][:2]) for name in SEEDS]
    received(story.home, "R1", *refused, paid_on="20261112", now=DENIED)
    done(story.home, "run", now=DENIED)
    story.tell("denials", "denials", now=DENIED)
    story.tell("closed", "close", "2026-10", now=DENIED)


def _mend(story: Story) -> None:
    home = story.home
    row = encounter(home, story.sent["incorrect_codes"])
    others = (encounter(home, one)["diagnosis_codes"].item() for one in story.sent.values())
    right = next(codes for codes in others if codes != row["diagnosis_codes"].item())
    gone = encounter(home, story.sent[PAID_LATE])  # withdrawn once its month was closed
    rows = [row.with_columns(diagnosis_codes=pl.lit(right)),
            gone.with_columns(record_status=pl.lit("deleted"))]  # fmt: skip
    mended = pl.concat(rows, how="diagonal")
    laid(home, "encounters", "mended.csv", mended.write_csv(), MENDED)
    authorized = encounter(home, story.sent["not_authorized"])
    person, day, code = authorized.select("person_id", "service_date", "procedure_code").row(0)
    laid(home, "authorizations", "granted.csv",
         "authorization_number,line_number,authorization_type,person_id,procedure_code,starts_on,"
         "ends_on,units_requested,units_approved,decision,requested_on,decided_on\n"
         f"12345678901,1,TAR,{person},{code},{day},{day},9,9,approved,{day},{day}\n",
         MENDED)  # fmt: skip
    _decide(story)
    story.tell("argued", "denials", "show", story.denial("timely_filing"), now=MENDED)
    done(home, "run", now=MENDED)
    story.tell("plan", "plan", now=MENDED)
    story.tell("claims", "claims", now=MENDED)
    for name in ("timely_filing", "documentation_incomplete", "duplicate"):
        done(home, "denials", "record", story.denial(name), "sent", now=MENDED)
    story.tell("open", "denials", "disputes", now=MENDED)
    (batch,) = done(home, "batch", "propose", now=GONE)
    done(home, "batch", "approve", batch["batch_id"], user=APPROVER, now=GONE)
    done(home, "batch", "write", batch["batch_id"], now=GONE)
    done(home, "batch", "sent", batch["batch_id"], now=GONE)


def _decide(story: Story) -> None:
    """The worklist comes back with a decision about each denial."""
    why = {"reason": "mended"}
    ways = {
        "resubmit": {"decision": "resubmit"},
        "correct": {"decision": "correct", "field": "authorization_number",
                    "value": "12345678901"},
        "appeal": {"decision": "appeal"},
        "inquiry": {"decision": "inquiry"},
        "write_off": {"decision": "inquiry"},
    }  # fmt: skip
    book = story.home / "worklist.xlsx"
    done(story.home, "worklist", "--to", str(book), now=MENDED)
    rows = {row["subject_id"]: row["row_number"] for row in entered(book).to_dicts()
            if row["sheet"] == "Denials"}  # fmt: skip
    cells = {("Denials", rows[story.denial(name)] + 1): ways[way] | why
             for name, (_, _, way) in SEEDS.items() if way in ways}  # fmt: skip
    book.write_bytes(filled(book.read_bytes(), cells))
    taken = done(story.home, "decisions", "take", str(book), now=MENDED)
    assert (taken["recorded"], taken["refused"]) == (len(cells), 0)


def _pay(story: Story) -> None:
    home, sent = story.home, story.sent
    again = {row["claim_id"]: row["patient_control_number"] for row in submitted(home)
             if row["submission_number"] == 2}  # fmt: skip
    story.said["again"] = {name for name in SEEDS if sent[name]["claim_id"] in again}
    paid = [remitted(sent[name], None, number=again[sent[name]["claim_id"]])
            for name in SEEDS if name in story.said["again"]]  # fmt: skip
    won = ("timely_filing", "documentation_incomplete")
    for name in won:
        paid += [remitted(sent[name], SEEDS[name][:2], back=True), remitted(sent[name], None)]
        done(home, "denials", "record", story.denial(name), "overturned", now=PAID)
    done(home, "denials", "record", story.denial("duplicate"), "upheld", now=PAID)
    story.tell("written_off", "decisions", "make", "denial", story.denial("duplicate"),
               "write_off", "--reason", "billed twice indeed", now=PAID)  # fmt: skip
    received(home, "R2", *paid, paid_on="20261126", now=PAID)
    received(home, "R3", remitted(sent[PAID_LATE], None), paid_on="20261031", now=PAID)


@pytest.mark.parametrize("category", SEEDS)
def test_a_denial_leads_back_to_the_row_of_the_encounter(category: str, told: Story) -> None:
    (one,) = (d for d in told.said["denials"] if d["category"] == category)
    claim, (carc, rarc, _) = told.sent[category], SEEDS[category]
    assert (one["carc"], one["rarc"] or "", one["claim_id"]) == (carc, rarc, claim["claim_id"])
    _, encounter_id, line_number = claim["key"]
    assert (one["encounter_id"], one["line_number"]) == (encounter_id, line_number)
    row = extract(told.home).row(one["row_number"] - 1, named=True)
    assert (row["encounter_id"], row["line_number"]) == (encounter_id, str(line_number))


SENT_AGAIN = {"incorrect_codes", "ineligible_person", "not_authorized", "payer_setup"}


def test_what_is_mended_goes_out_again_and_nothing_that_is_argued(told: Story) -> None:
    actions = {row["claim_id"]: row for row in told.said["plan"]}
    mine = {name: actions[told.sent[name]["claim_id"]] for name in SEEDS}
    assert {name for name in SEEDS if mine[name]["action"] == "resubmit"} == SENT_AGAIN
    assert told.said["again"] == SENT_AGAIN
    for name in set(SEEDS) - SENT_AGAIN:
        assert mine[name]["action"] == "hold"
        assert mine[name]["reasons"] == ["dispute_open", "denied"]
    disputes = {row["claim_id"]: row["dispute"] for row in told.said["claims"]}
    assert {name: disputes[told.sent[name]["claim_id"]] for name in SEEDS} == {
        **dict.fromkeys(SEEDS, "none"), "timely_filing": "appeal",
        "documentation_incomplete": "inquiry", "duplicate": "inquiry",
    }  # fmt: skip


def test_in_the_end_each_is_paid_or_written_off_and_the_equation_holds(told: Story) -> None:
    claims = {row["claim_id"]: row for row in done(told.home, "claims", now=PAID)}
    for name in SEEDS:
        row = claims[told.sent[name]["claim_id"]]
        given_up = name == "duplicate"
        charge, nothing = row["charge_amount"], "0.00"
        found = (row["state"], row["paid_amount"], row["adjusted_amount"])
        expected = ("written_off", nothing, charge) if given_up else ("paid", charge, nothing)
        assert (found, row["dispute"]) == (expected, "none"), name
    assert done(told.home, "denials", "disputes", now=PAID) == []
    assert all(one["holds"] for one in done(told.home, "verify", now=PAID))


def test_a_packet_holds_what_was_sent_what_came_back_and_what_proves_it_the_same_each_time(
    told: Story, tmp_path: Path
) -> None:
    home = told.home
    packet = ("denials", "packet", told.denial("timely_filing"), "--to")
    made = [done(home, *packet, str(tmp_path / n), now=PAID)["files"] for n in ("one", "two")]
    pages = [[Path(one).read_bytes() for one in paths] for paths in made]
    assert pages[0] == pages[1]
    page, letter = (text.decode() for text in pages[0])
    claim = told.sent["timely_filing"]
    for words in (f"CLM*{claim['number']}*", "R1", "row ", claim["subscriber_cin"], "29"):
        assert words in page, words
    assert "http" not in page
    assert claim["subscriber_last_name"] in letter
    assert {Path(one).stat().st_mode & 0o777 for one in made[0]} == {0o600}


def test_a_packet_is_of_what_is_open_and_ticks_what_proves_something(told: Story) -> None:
    show = ("denials", "show", told.denial("timely_filing"))
    argued, closed = told.said["argued"], done(told.home, *show, now=PAID)
    assert (argued["kind"], argued["reason"]) == ("appeal", "mended")
    assert (closed["kind"], closed["reason"]) == ("inquiry", None)  # what still can be
    assert [one["event"] for one in closed["events"]] == ["opened", "sent", "overturned"]
    answers = [one for one in closed["sections"]["proofs"] if one["about"] == "coverage"]
    assert answers
    for one in answers:
        facts = one["facts"]
        assert one["proves"] == (facts["eligible"] is True and "evc_number" in facts)
    past = reentry(told.home, *show, "--as-of", "2026-11-13", now=PAID)
    assert (past.exit_code, "as_of_past" in past.err) == (2, True)


def test_denials_of_a_past_day_tell_what_was_open_then(told: Story) -> None:
    def open_about(*words: str) -> dict[str, str]:
        rows = done(told.home, "denials", *words, now=PAID)
        return {row["denial_id"]: row["dispute"] for row in rows if row["dispute"]}

    assert open_about() == {}
    assert open_about("--as-of", "2026-11-13") == {
        told.denial("timely_filing"): "appeal sent",
        told.denial("documentation_incomplete"): "inquiry sent",
        told.denial("duplicate"): "inquiry sent",
    }


def test_a_decision_tells_which_earlier_one_it_replaces(told: Story) -> None:
    denial_id = told.denial("duplicate")
    (earlier,) = told.said["written_off"]["replaced"]
    assert (earlier["subject_id"], earlier["action"]) == (denial_id, "inquiry")
    life = done(told.home, "denials", "show", denial_id, now=PAID)["decisions"]
    assert [one["action"] for one in life] == ["inquiry", "write_off"]
    assert [one["replaced_by"] for one in life] == [life[1]["decision_id"], None]
    assert earlier["replaced_by"] == life[1]["decision_id"]


def test_decisions_that_another_process_took_meanwhile_are_not_taken_again(told: Story) -> None:
    with opened(told.home, PAID) as workspace:
        known = deciding._known(workspace, workspace.last_view())
        named = [field.name for field in fields(Decision) if not field.name.startswith("decided_")]
        appeals = known.recorded.filter(subject="denial", action="appeal").select(named)
        judged = Judged(appeals, ENTERED.to_frame(), 0)  # as before the other had recorded them
        with pytest.raises(BrokenInvariantError, match="at the same time"):
            deciding._settled(workspace, judged, known)


@pytest.mark.parametrize("command", ["denials", "findings", "plan", "bundles"])
def test_a_facility_that_nobody_knows_is_refused_with_those_that_are(
    command: str, told: Story
) -> None:
    refused = reentry(told.home, command, "--facility", "nowhere", now=PAID)
    assert (refused.exit_code, "no_such_facility" in refused.err) == (2, True)
    known = refused.err.rpartition("There are: ")[2].strip().rstrip(".").split(", ")
    assert done(told.home, command, "--facility", known[-1], now=PAID) is not None


def test_a_month_before_anything_is_not_closed(told: Story) -> None:
    refused = reentry(told.home, "close", "2020-01", now=PAID)
    assert (refused.exit_code, "month_empty" in refused.err) == (2, True)
    first = refused.err.strip().rstrip(".")[-len("2026-10") :]
    assert done(told.home, "close", first, now=PAID)["is_new"]


def test_a_workbook_of_receivables_is_told_with_its_rows(told: Story, tmp_path: Path) -> None:
    path = tmp_path / "owed.xlsx"
    sections = done(told.home, "receivables", now=PAID)
    expected = {"path": str(path), "rows": sum(map(len, sections.values()))}
    assert done(told.home, "receivables", "--to", str(path), now=PAID) == expected
    wrong = reentry(told.home, "receivables", "--to", str(tmp_path / "owed.csv"), now=PAID)
    assert (wrong.exit_code, ".xlsx" in wrong.err) == (2, True)


def test_what_comes_late_for_a_closed_month_is_told_and_closes_it_again_for_a_reason(
    told: Story,
) -> None:
    home, closed = told.home, told.said["closed"]
    assert (closed["is_new"], closed["ordinal"]) == (True, 1)
    (everything, *_) = closed["figures"]["totals"]
    assert everything["paid_amount"] == "0.00"  # what is denied in November is open in October
    assert everything["open_amount"] == everything["charge_amount"]
    changed = done(home, "close", "compare", "2026-10", now=PAID)
    charge = told.sent[PAID_LATE]["lines"][0]["charge_amount"]
    changes = {(row["section"], row["row"], row["figure"]): row["change"]
               for row in changed["changes"]}  # fmt: skip
    assert Decimal(changes["totals", None, "paid_amount"]) == Decimal(charge)
    assert [row["trace_number"] for row in changed["came_after"]] == ["R3"]
    # The line that was paid late has been withdrawn meanwhile: it stays where it was.
    assert {row["figure"] for row in changed["changes"] if row["section"] in ("totals", "months")
            } == {"paid_amount", "open_amount"}  # fmt: skip
    again = reentry(home, "close", "2026-10", now=PAID)
    assert (again.exit_code, "month_closed" in again.err) == (4, True)
    reopened = done(home, "close", "2026-10", "--reopen", "a remittance came late", now=PAID)
    assert (reopened["is_new"], reopened["ordinal"]) == (True, 2)
    assert done(home, "close", "compare", "2026-10", now=PAID)["changes"] == []
    closes = [one for one in done(home, "close", now=PAID) if one["month"] == "2026-10"]
    assert [one["ordinal"] for one in closes] == [1, 2]
