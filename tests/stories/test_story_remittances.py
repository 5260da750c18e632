"""The payer's own books and ours: of every claim the same was paid, denied and taken back.

The payer decides by itself and remembers; what of its remittances is lost on the way we cannot
know, and say that it is open.
"""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from stories import AGENCY, done, opened, reentry

from pipelines.demo.banking import bank_payments
from pipelines.demo.payer.books import Record
from pipelines.demo.payer.post import remembered
from pipelines.io.home import Home

THEN, SOON = "2026-10-31T18:30:00Z", "2026-10-31T19:00:00Z"
UNTIL, LATER = date(2026, 12, 18), "2026-12-18T18:00:00Z"
SEED = 7
DENIAL = {
    "denial_id", "claim_id", "line_number", "carc", "rarc", "category", "next_step", "owner",
    "amount", "deadline_on", "predicted", "encounter_id", "file", "row_number",
}  # fmt: skip


def answered(home: Path, mischief: int) -> tuple[dict[str, Record], str]:
    """The payer's records by our number of the claim, and all that reached us of its payments."""
    words = ("--until", str(UNTIL), "--seed", str(SEED), "--mischief", str(mischief))
    told = done(home, "simulate-payer", *words, now=LATER)
    arrived = [Path(one) for one in told["files"] if "-835-" in one]
    texts = "".join(path.read_text() for path in arrived)
    with opened(home, LATER) as workspace:
        books = remembered(workspace, UNTIL, SEED)
    records = [record for one in books.values() for record in one.records.values()]
    return {record.claim.patient_control_number: record for record in records}, texts


def accounts(home: Path) -> dict[str, dict[str, Decimal]]:
    """Sums of the run's accounts, by our number of the claim."""
    with opened(home, LATER) as workspace:
        rows = workspace.last_view().derived("line_accounts").to_dicts()
    sums: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        assert row["is_in_effect"]
        mine = sums.setdefault(row["patient_control_number"], {})
        for name in ("paid", "adjusted", "denied", "open", "recovered"):
            mine[name] = mine.get(name, Decimal(0)) + row[f"{name}_amount"]
    return sums


def decided(record: Record) -> dict[str, Decimal]:
    """What the payer remembers of a claim, in the words of the account."""
    cuts = {True: Decimal(0), False: Decimal(0)}
    for line in record.lines:
        cuts[line.is_denied] += sum((amount for _, amount in line.adjustments), Decimal(0))
    recovered = (line for line in record.lines if line.line.position in record.settled)
    return {
        "paid": sum((line.paid_amount for line in record.lines), Decimal(0)),
        "adjusted": cuts[False],
        "denied": cuts[True],
        "open": Decimal(0),
        "recovered": sum((line.paid_amount for line in recovered), Decimal(0)),
    }


def told_of(records: dict[str, Record], texts: str) -> set[str]:
    """Numbers of the claims that the payments that reached us name."""
    return {number for number in records if f"CLP*{number}*" in texts}


def test_an_honest_payers_remittances_name_every_claim_in_its_books(
    copy_of: Callable[[str], Path],
) -> None:
    home = copy_of("written")
    done(home, "batch", "sent", "demo-000001")
    records, texts = answered(home, mischief=0)
    assert records
    assert told_of(records, texts) == records.keys()


def test_a_mischievous_payers_books_are_ours(copy_of: Callable[[str], Path]) -> None:
    home = copy_of("written")
    done(home, "batch", "sent", "demo-000001")
    before = billing(home, "--known-at", THEN, now=SOON)
    records, texts = answered(home, mischief=1)
    done(home, "intake", now=LATER)
    done(home, "run", now=LATER)
    ours = accounts(home)
    arrived = told_of(records, texts)
    for number, record in records.items():
        theirs = decided(record)
        if number not in arrived:
            assert ours[number]["paid"] == ours[number]["denied"] == 0
            continue
        if f"WO:{record.number}" not in texts:
            theirs["recovered"] = Decimal(0)
        assert ours[number] == theirs, number
    assert all(verdict["holds"] for verdict in done(home, "verify", now=LATER))
    _told_everywhere(home, ours)
    _reported_as_owed(home)
    assert billing(home, "--known-at", THEN, now=LATER) == before
    then = figures(before)
    assert then["R16.1", "claims"]["numerator"] == then["R16.1", "first_pass"]["open"] > 0
    owed = then["R16.7", "charged"]["amount"]
    assert then["R16.7", "still_open"]["amount"] == owed != "0.00"


def billing(home: Path, *words: str, now: str = LATER) -> dict[str, bytes]:
    """The files of the billing pack over all that was ever sent."""
    asked = ("--period", "2026-01-01..2026-12-18", "--format", "html,xlsx,csv,json")
    files = done(home, "report", "billing", *asked, *words, now=now)["files"]
    return {Path(path).name: Path(path).read_bytes() for path in files}


def figures(report: dict[str, bytes]) -> dict[tuple[str, str], dict[str, Any]]:
    """Rows of the whole period by id of the measure and name of the figure."""
    (told,) = (text for name, text in report.items() if name.endswith("-18.json"))
    rows = json.loads(told)["figures"]
    return {(row["measure_id"], row["part"]): row for row in rows if row["stratum"] == "all"}


def _reported_as_owed(home: Path) -> None:
    """The billing pack and `reentry receivables` tell the same dollars and rates."""
    told, found = done(home, "receivables", now=LATER), figures(billing(home))
    every = {f"{part}_amount": found["R16.7", part]["amount"]
             for part in ("charged", "paid", "adjusted", "denied", "recovered")}  # fmt: skip
    total = told["totals"][0] | {"charged_amount": told["totals"][0]["charge_amount"]}
    assert every.items() <= total.items()
    assert found["R16.7", "still_open"]["amount"] == total["open_amount"]
    rates = {row["measure"]: row for row in told["rates"]}
    for measure, part, rate in (
        ("R16.1", "first_pass", "first_pass"), ("R16.1", "denied", "initial_denial_zero_pay")
    ):  # fmt: skip
        mine = found[measure, part]
        assert (mine["numerator"], mine["denominator"]) == (
            rates[rate]["numerator"], rates[rate]["denominator"],
        )  # fmt: skip
    for rate in ("net_collection", "denial"):
        mine = found["R16.8", rate]
        assert (float(mine["amount"]), float(mine["amount_of"])) == (
            rates[rate]["numerator"], rates[rate]["denominator"],
        )  # fmt: skip
    assert found["R16.2", "days_to_pay"]["median_days"] == rates["days_to_pay"]["value"]
    at_risk = sum(Decimal(row["charge_amount"]) for row in told["at_risk"])
    assert Decimal(found["R16.9", "at_risk"]["amount"]) == at_risk > 0


def _told_everywhere(home: Path, ours: dict[str, dict[str, Decimal]]) -> None:
    """Status, claims and the list of remittances say the same dollars."""
    money = done(home, "status", now=LATER)["money"]
    for name in ("paid", "adjusted", "denied", "open"):
        assert Decimal(money[name]) == sum(mine[name] for mine in ours.values())
    claims = {row["patient_control_number"]: row for row in done(home, "claims", now=LATER)}
    for number, mine in ours.items():
        assert Decimal(claims[number]["paid_amount"]) == mine["paid"]
    with opened(home, LATER) as workspace:
        reasons = workspace.last_view().derived("denials")
    assert (reasons["amount"].sum() or 0) == sum(mine["denied"] for mine in ours.values())
    told = done(home, "denials", now=LATER)
    assert {row["denial_id"] for row in told} <= set(reasons["denial_id"])
    assert all(set(row) >= DENIAL for row in told)
    summed = done(home, "denials", "summary", "--by", "predicted", now=LATER)
    assert sum(Decimal(row["amount"]) for row in summed) == (reasons["amount"].sum() or 0)
    listed = done(home, "remits", now=LATER)
    cash = sum(Decimal(row["amount"]) for row in listed if row["state"] == "posted")
    assert cash == sum(mine["paid"] - mine["recovered"] for mine in ours.values())
    for row in listed:
        (page, *_) = done(home, "remits", "show", row["trace_number"], now=LATER)
        assert page["unmatched"] == []


def test_a_cent_less_in_a_line_is_named_by_file_segment_and_difference(
    copy_of: Callable[[str], Path],
) -> None:
    home = copy_of("written")
    done(home, "batch", "sent", "demo-000001")
    told = done(home, "simulate-payer", "--until", "2026-11-06", now=LATER)
    (path,) = (Path(one) for one in told["files"] if "-835-" in one)
    segments = path.read_text().split("~")
    at = next(n for n, one in enumerate(segments) if one.strip().startswith("CAS*"))
    values = segments[at].split("*")
    values[3] = str(Decimal(values[3]) - Decimal("0.01"))
    segments[at] = "*".join(values)
    path.write_text("~".join(segments))
    done(home, "intake", now=LATER)
    (row,) = done(home, "remits", now=LATER)
    assert (row["state"], row["difference"]) == ("quarantined", "0.01")
    (page,) = done(home, "remits", "show", row["trace_number"], now=LATER)
    line = next(n for n in range(at, 0, -1) if segments[n].strip().startswith("SVC*"))
    assert (page["level"], page["place_segment"]) == ("line", line + 1)
    assert [one["level"] for one in page["out_of_balance"]] == ["claim", "line"]
    assert page["postings"] == {}
    assert Decimal(done(home, "status", now=LATER)["money"]["paid"]) == 0
    assert "out of balance" in reentry(home, "remits", "show", row["trace_number"], now=LATER).out


def test_a_deposit_is_laid_beside_its_payment(copy_of: Callable[[str], Path]) -> None:
    home = copy_of("written")
    done(home, "batch", "sent", "demo-000001")
    done(home, "simulate-payer", "--until", "2026-11-06", now=LATER)
    done(home, "intake", now=LATER)
    (row,) = done(home, "remits", now=LATER)
    deposit = f"D-1,{row['trace_number']},2026-11-09,{Decimal(row['amount']) - 5},eft"
    path = Home.open(home).inbox(AGENCY, "deposits") / "bank.csv"
    path.write_text(f"deposit_id,trace_number,deposited_on,amount,method\n{deposit}\n")
    done(home, "intake", now=LATER)
    found: list[dict[str, Any]] = done(home, "remits", "deposits", now=LATER)
    states = {one["trace_number"]: (one["state"], one["difference"]) for one in found}
    assert states[row["trace_number"]] == ("different", "-5.00")
    assert {state for state, _ in states.values()} == {"different", "unexplained"}
    with opened(home, LATER) as workspace:
        banked = bank_payments(workspace)
        assert banked is not None
        (_, line) = banked.read_text().splitlines()
        assert line.split(",")[1:4] == [row["trace_number"], "2026-11-09", row["amount"]]
        workspace.inbox.take("deposits", banked)
        assert bank_payments(workspace) is None
