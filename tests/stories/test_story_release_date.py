"""A release date that moves: what each move gains and loses, to the cent, with the file.

One stay under `release_lookback`, real files through the command line. The window is the release
and the 89 days before it:

    received     release                     window                   services within
    1 June       expected 15 June            18 March  to 15 June     10 April, 20 May
    2 June       expected 20 July            22 April  to 20 July     20 May
    3 June       expected 25 May (overdue)   25 February to 25 May    10 March, 10 April, 20 May
    4 June       released 10 May             10 February to 10 May    10 February to 10 April
"""

from pathlib import Path
from typing import Any

import pytest
from stories import AGENCY, BILLER, done, reentry, typed

PLACE = "261QP2400X,1 Main,Town,CA,958140000"
FACILITY = (
    "facility_id,name,county_code,facility_type,npi,billing_npi,taxonomy_code,address_line,city,"
    "state,zip,live_from,enrolled_from,claim_form"
)
SERVICE = (
    "encounter_id,service_date,charge_amount,line_number,person_id,stay_id,facility_id,"
    "service_category,procedure_code,units,place_of_service,modality,rendering_npi,note_status"
)
ALIKE = "1,p1,s1,jail,case_management,T1016,1,09,in_person,1234567893,signed"
FEEDS = {
    "people": """person_id,cin,last_name,first_name,birth_date,sex
        p1,90000001A,Stone,Ana,1990-01-01,F""",
    "facilities": f"""{FACILITY}
        jail,Jail,34,county_jail,1234567893,1234567893,{PLACE},2024-10-01,2024-10-01,professional""",
    "coverage": """cin,aid_code,starts_on,county_code,coverage_status,is_ji_aid_code
        90000001A,M1,2025-01-01,34,suspended,no""",
    "ji_activations": """activation_id,person_id,aid_code,activated_on
        a1,p1,Z1,2026-01-06""",
    "screenings": """screening_id,stay_id,person_id,screening_type,screened_on,declined,outcome
        c1,s1,p1,pre_release_access,2026-01-05,no,meets""",
    "encounters": f"""{SERVICE}
        january,2026-01-20,100.10,{ALIKE}
        february,2026-02-10,200.20,{ALIKE}
        march,2026-03-10,400.40,{ALIKE}
        april,2026-04-10,800.80,{ALIKE}
        may,2026-05-20,1600.16,{ALIKE}""",
}
STAY = """stay_id,person_id,facility_id,booking_number,booked_at,release_certainty,\
expected_release_on,released_at,released_to
    s1,p1,jail,b1,2026-01-05T08:00,{certainty},{expected},{released},{to}"""
WAITING = ["release_not_final"]
EXPECTED = {"certainty": "estimated", "released": "", "to": ""}

# Day of receipt, the stay, its window, the window's reasons, and what the move turned: first and
# last day, gained (+) or lost (-), dollars, reasons before and after.
MOVES: list[tuple[str, dict[str, str], tuple[str, str], list[str], list[tuple[str, ...]]]] = [
    ("2026-06-01", {"expected": "2026-06-15"} | EXPECTED, ("2026-03-18", "2026-06-15"), WAITING, [
        ("2026-03-18", "2026-06-01", "+", "2400.96", "custody", ""),
    ]),
    ("2026-06-02", {"expected": "2026-07-20"} | EXPECTED, ("2026-04-22", "2026-07-20"), WAITING, [
        ("2026-03-18", "2026-04-21", "-", "800.80", "", "ninety_days"),
    ]),
    ("2026-06-03", {"expected": "2026-05-25"} | EXPECTED, ("2026-02-25", "2026-05-25"), WAITING, [
        ("2026-02-25", "2026-04-21", "+", "1201.20", "ninety_days", ""),
        ("2026-05-26", "2026-06-03", "-", "0.00", "", "ninety_days"),
    ]),
    ("2026-06-04",
     {"expected": "2026-05-25", "certainty": "known", "released": "2026-05-10T10:00",
      "to": "community"},
     ("2026-02-10", "2026-05-10"), [], [
        ("2026-02-10", "2026-02-24", "+", "200.20", "ninety_days", ""),
        ("2026-05-11", "2026-05-25", "-", "1600.16", "", "custody"),
    ]),
]  # fmt: skip
WINDOW_KEYS = {
    "stay_id", "person_id", "facility_id", "window_number", "starts_on", "ends_on", "state",
    "reasons", "policy",
}  # fmt: skip


def noon(day: str) -> str:
    return f"{day}T12:00:00-07:00"


def land(home: Path, feed: str, name: str, text: str, day: str) -> None:
    path = home / "inbox" / AGENCY / feed / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(line.strip() for line in text.splitlines()) + "\n")
    (row,) = done(home, "intake", str(path), now=noon(day))
    assert (row["state"], row["quarantined"]) == ("accepted", 0), row


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that counts back from the release and holds everything but the stay."""
    made = tmp_path_factory.mktemp("release") / "home"
    start = noon("2026-05-30")
    told = typed(made, "init", str(made), "--agency", AGENCY, "--sandbox", "--now", start,
                 "--user", BILLER)  # fmt: skip
    assert told.exit_code == 0, told
    policy = made / "policy.toml"
    text = policy.read_text()
    assert text.count('value = "activation_clock"') == 1
    policy.write_text(text.replace('value = "activation_clock"', 'value = "release_lookback"'))
    for feed, rows in FEEDS.items():
        land(made, feed, f"{feed}.csv", rows, "2026-05-31")
    return made


@pytest.fixture(scope="module")
def told(home: Path) -> list[dict[str, Any]]:
    """After each delivery of the stay: what changed since the day before, and the stay's page."""
    since, pages = "2026-05-31", []
    for day, stay, *_ in MOVES:
        land(home, "custody_stays", f"stay-{day}.csv", STAY.format(**stay), day)
        done(home, "run", now=noon(day))
        page = {
            "changes": done(home, "eligibility", "changes", "--since", since, now=noon(day)),
            "stay": done(home, "windows", "--stay", "s1", now=noon(day)),
            "text": reentry(home, "eligibility", "changes", "--since", since, now=noon(day)).out,
        }
        pages.append(page)
        since = day
    return pages


def turned(span: dict[str, Any]) -> tuple[str, ...]:
    reasons = (" ".join(span[f"reasons_{when}"]) for when in ("before", "after"))
    sign = "+" if span["billable"] else "-"
    return (span["starts_on"], span["ends_on"], sign, span["charge_amount"], *reasons)


def test_each_move_gains_and_loses_to_the_cent(told: list[dict[str, Any]]) -> None:
    found = [[turned(span) for span in page["changes"]["spans"]] for page in told]
    assert found == [spans for *_, spans in MOVES]


def test_the_lines_of_each_move_add_up_to_its_dollars(told: list[dict[str, Any]]) -> None:
    gained = [
        sorted((line["encounter_id"], line["billable"]) for line in page["changes"]["lines"])
        for page in told
    ]
    assert gained == [
        [("april", True), ("may", True)],
        [("april", False)],
        [("april", True), ("march", True)],
        [("february", True), ("may", False)],
    ]


def test_each_move_names_the_file_and_the_row_that_did_it(told: list[dict[str, Any]]) -> None:
    moved = ["expected_release_on"]
    columns = [[], moved, moved, ["released_at", "released_to"]]
    for (day, *_), named, page in zip(MOVES, columns, told, strict=True):
        for span in page["changes"]["spans"]:
            (cause,) = span["causes"]
            assert (cause["feed"], cause["feed_key"]) == ("custody_stays", "s1")
            assert (cause["file"], cause["row_number"]) == (f"stay-{day}.csv", 1)
            assert cause["columns"] == named


def test_the_move_is_told_in_words(told: list[dict[str, Any]]) -> None:
    last = " ".join(told[-1]["text"].split())
    assert "custody_stays s1: released_at, released_to (stay-2026-06-04.csv row 1)" in last
    assert "In all 200.20 dollars gained, 1,600.16 lost." in last


def test_the_window_follows_the_release(told: list[dict[str, Any]]) -> None:
    found = [
        ((window["starts_on"], window["ends_on"]), window["reasons"], window["policy"])
        for page in told
        for window in page["stay"]["windows"]
    ]
    assert found == [(days, why, "release_lookback") for _, _, days, why, _ in MOVES]


def test_the_page_of_the_stay_tells_what_each_service_is_worth(told: list[dict[str, Any]]) -> None:
    billable = [
        {row["encounter_id"]: row["charge_amount"] for row in page["stay"]["services"]
         if row["billable"]}
        for page in told
    ]  # fmt: skip
    assert billable == [
        {"april": "800.80", "may": "1600.16"},
        {"may": "1600.16"},
        {"march": "400.40", "april": "800.80", "may": "1600.16"},
        {"february": "200.20", "march": "400.40", "april": "800.80"},
    ]


@pytest.mark.usefixtures("told")
def test_the_other_policy_is_worth_so_much_less(home: Path) -> None:
    """By the clock 6 January to 5 April: January is gained, April lost; nothing is waited for."""
    found = done(home, "windows", "compare", now=noon("2026-06-04"))
    assert (found["policy"], found["other"]) == ("release_lookback", "activation_clock")
    totals = ("gained_amount", "lost_amount", "waiting_amount")
    assert [found[name] for name in totals] == ["100.10", "800.80", "0.00"]
    lines = [(line["encounter_id"], line["other_billable"]) for line in found["lines"]]
    assert lines == [("april", False), ("january", True)]
    (stay,) = found["stays"]
    assert (stay["days_gained"], stay["days_lost"]) == (35, 35)


@pytest.mark.usefixtures("told")
def test_windows_and_days_have_their_keys_and_no_others(home: Path) -> None:
    now = noon("2026-06-04")
    (window,) = done(home, "windows", now=now)
    assert set(window) == WINDOW_KEYS
    days = done(home, "windows", "--days", "--stay", "s1", now=now)
    assert {frozenset(day) for day in days} == {
        frozenset({"stay_id", "day", "billable", "reasons"})
    }
    assert [days[0]["day"], days[-1]["day"]] == ["2026-01-05", "2026-05-10"]
    assert sum(day["billable"] for day in days) == 90
