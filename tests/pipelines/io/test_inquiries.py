"""Asking the payer about eligibility, from the 270 to the facts that its answer makes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from x12_text import group, interchange, transaction

from contracts.errors import HeldByPolicyError, UsageError
from contracts.feeds import QUARANTINE
from pipelines.io import evaluation, inquiries
from pipelines.io.home import Home
from pipelines.io.key_history import key_history
from pipelines.io.ledger import inquiries as ledger_inquiries
from pipelines.io.quarantined import quarantined
from pipelines.io.receipts import receipts
from pipelines.io.verification import verify
from pipelines.io.workspace import Workspace
from pipelines.x12 import wire

NOW = datetime(2026, 11, 10, 18, tzinfo=UTC)
AGENCY = "34"
PERSON = "person_id,cin,last_name,first_name,birth_date,sex"
STAY = "stay_id,person_id,facility_id,booking_number,booked_at,release_certainty,released_at"
FACILITY = (
    "facility_id,name,county_code,facility_type,npi,billing_npi,taxonomy_code,address_line,city,"
    "state,zip,live_from,enrolled_from,claim_form"
)
PROVIDER = (
    "billing_npi,organization_name,tax_id,taxonomy_code,address_line,city,state,zip,contact_name,"
    "contact_phone"
)
PLACE = "261QP2400X,1 Main,Town,CA,958140000"
FEEDS = {
    "people": f"""{PERSON}
        p1,90000001A,Núñez,Ana,1990-01-01,F
        p2,90000002A,Stone,Bo,1991-01-01,M
        p3,,Numberless,Cy,1992-01-01,U
        p4,90000004A,Free,Di,1993-01-01,F
        p5,90000005A,Ж,Ed,1994-01-01,M""",
    "custody_stays": f"""{STAY}
        s1,p1,jail,b1,2026-09-01T08:00,unknown,
        s2,p2,jail,b2,2026-09-02T08:00,unknown,
        s3,p3,jail,b3,2026-09-03T08:00,unknown,
        s4,p4,jail,b4,2026-09-04T08:00,known,2026-10-01T08:00
        s5,p5,jail,b5,2026-09-05T08:00,unknown,""",
    "facilities": f"""{FACILITY}
        jail,Jail,34,county_jail,1234567893,1234567893,{PLACE},2024-10-01,2024-10-01,professional""",
    "billing_providers": f"""{PROVIDER}
        1234567893,County,123456789,{PLACE},Desk,9165550100""",
}


@pytest.fixture
def at_work(home: Home) -> Workspace:
    with Workspace.open(home, AGENCY, now=NOW, user_id="biller") as opened:
        for feed, drawn in FEEDS.items():
            land(opened, feed, "\n".join(line.strip() for line in drawn.splitlines()))
        yield opened


def land(workspace: Workspace, feed: str, text: str, name: str = "a.csv") -> str | None:
    """Take a file at the next instant; it must be accepted. What is said of it."""
    path = workspace.home.inbox(AGENCY, feed) / name
    path.write_text(text)
    outcome = workspace.inbox.take(feed, path)
    assert outcome.state == "accepted", outcome.message
    return outcome.message


def ask(workspace: Workspace) -> tuple[str, pl.DataFrame]:
    """The 270 that is written, and who is held."""
    asked = inquiries.request(workspace, workspace.view_now())
    (one,) = asked.written
    return Path(inquiries.requests_path(workspace, one.file_name)).read_text(), asked.held


def traces(text: str) -> dict[str, str]:
    """CIN to trace number, as the 270 has them."""
    tokens = wire.read(text.encode(), file_id="f").tokens
    values = {"TRN": 2, "NM1": 9}
    found: dict[str, str] = {}
    for name, elements in tokens.select("segment_id", "elements").iter_rows():
        if name == "TRN":
            trace = elements[values[name]]
        elif name == "NM1" and elements[1] == "IL":
            found[elements[values[name]]] = trace
    return found


def answer(*people: tuple[str, ...]) -> str:
    """A 271: for each person the trace, the NM1 and what is said."""
    levels = [
        f"HL*{number}*2*22*0~TRN*2*{trace}*1999999999~{name}~{told}"
        for number, (trace, name, told) in enumerate(people, 3)
    ]
    heading = "BHT*0022*11*x*20261110*1200~HL*1**20*1~NM1*PR*2*M*****PI*1~HL*2*1*21*1~NM1*1P*2*C"
    segments = "~".join([heading, *levels]).split("~")
    return interchange(group(transaction("271", *segments)))


def unanswered(workspace: Workspace) -> list[tuple[str, str | None, int]]:
    later = workspace.view_now(NOW.date() + timedelta(days=2))
    rows = inquiries.unanswered(later)
    return rows.select("cin", "outcome", "days_waiting").sort("cin").rows()


def test_what_was_unanswered_on_a_past_day_is_what_was_known_then(at_work: Workspace) -> None:
    ask(at_work)
    assert inquiries.unanswered(at_work.view_on(NOW.date() - timedelta(days=1))).is_empty()
    assert inquiries.unanswered(at_work.view_on()).height == 2


def test_nobody_is_asked_about_for_a_day_to_come(at_work: Workspace) -> None:
    with pytest.raises(UsageError, match="later than today"):
        inquiries.request(at_work, at_work.view_now(NOW.date() + timedelta(days=30)))


def test_people_in_custody_with_a_number_are_asked_about_and_the_rest_are_told(
    at_work: Workspace,
) -> None:
    text, held = ask(at_work)
    assert set(traces(text)) == {"90000001A", "90000002A"}
    assert "NM1*IL*1*NUNEZ*ANA****MI*90000001A~" in text.replace("\n", "")
    assert "DTP*291*RD8*20261101-20261130~" in text
    assert held.select("person_id", "column_name").rows() == [("p5", "last_name")]
    assert unanswered(at_work) == [("90000001A", None, 2), ("90000002A", None, 2)]
    assert inquiries.request(at_work, at_work.view_now()).written == []


def test_an_answer_becomes_facts_and_settles_its_request(at_work: Workspace) -> None:
    asked = traces(ask(at_work)[0])
    text = answer(
        (asked["90000001A"], "NM1*IL*1*N*A****MI*90000001A", "EB*Y**30***23*250~EB*Y**30***29*90"),
        # no number comes back: the trace says whose answer it is
        (asked["90000002A"], "NM1*IL*1*S*B", "EB*1**30"),
    )
    land(at_work, "x12", text, "r.271")
    view = at_work.view_now()
    answers = view.current("eligibility_answers").select("cin", "month", "eligible")
    assert answers.rows() == [("90000001A", "2026-11", False), ("90000002A", "2026-11", True)]
    assert unanswered(at_work) == []
    assert all(one.is_conserved for one in receipts(at_work).values())
    assert all(verdict.holds for verdict in verify(at_work))
    days = evaluation.billable_days(view).filter(stay_id="s1")
    unmet = days.filter(pl.col("reasons").list.contains("share_of_cost"))["day"]
    assert (unmet.min(), unmet.max()) == (datetime(2026, 11, 1).date(), NOW.date())  # noqa: DTZ001


def test_a_rejection_is_no_answer_and_wipes_none(at_work: Workspace) -> None:
    asked = traces(ask(at_work)[0])
    row = "90000001A,2026-11,2026-11-01,yes,250.00"
    land(
        at_work,
        "eligibility_answers",
        f"cin,month,verified_on,eligible,share_of_cost_amount\n{row}",
    )
    text = answer((asked["90000001A"], "NM1*IL*1*N*A****MI*90000001A", "AAA*N**75*C"))
    land(at_work, "x12", text, "r.271")
    (kept,) = at_work.view_now().current("eligibility_answers").to_dicts()
    assert (kept["eligible"], str(kept["share_of_cost_amount"])) == (True, "250.00")
    assert unanswered(at_work) == [("90000001A", "rejected", 2), ("90000002A", None, 2)]


def test_why_the_payer_rejects_is_told_at_every_level(at_work: Workspace) -> None:
    asked = traces(ask(at_work)[0])
    beginning = ("BHT*0022*11*x*20261110*1200", "HL*1**20*1")
    receiver = ("NM1*PR*2*M*****PI*1", "HL*2*1*21*1", "NM1*1P*2*C")
    trace = asked["90000001A"]
    sets = (
        transaction("271", *beginning, "AAA*Y**42*Y", number=1),  # nobody stands under it
        transaction("271", *beginning, *receiver, "AAA*N**43*C", "HL*3*2*22*0",
                    f"TRN*2*{trace}*1999999999", "NM1*IL*1*N*A****MI*90000001A", "AAA*N**72*C",
                    number=2),
        transaction("271", *beginning, *receiver, "HL*3*2*22*1", "NM1*IL*1*S*B", "HL*4*3*23*0",
                    f"TRN*2*{asked['90000002A']}*1999999999", "NM1*03*1*S*C", "AAA*N***C",
                    number=3),
    )  # fmt: skip
    said = land(at_work, "x12", interchange(group(*sets)), "r.271")
    assert said is not None
    assert said.endswith(
        ": The payer rejects: 42 of source (1), 43 of receiver (1), 72 of subscriber (1), "
        "no code of dependent (1). See `reentry eligibility unanswered`."
    )
    rows = inquiries.unanswered(at_work.view_on()).select("cin", "reject_codes").sort("cin")
    assert rows.rows() == [("90000001A", "43|72"), ("90000002A", None)]


def test_an_answer_that_breaks_the_contract_is_quarantined_beside_its_neighbour(
    at_work: Workspace,
) -> None:
    asked = traces(ask(at_work)[0])
    text = answer(
        ("STRANGER", "NM1*IL*1*X*Y", "EB*1**30"),
        (asked["90000002A"], "NM1*IL*1*S*B****MI*90000002A", "EB*1**30"),
    )
    said = land(at_work, "x12", text, "r.271")
    assert said is not None
    assert said.endswith(": 1 rows within its sets are quarantined: see `reentry quarantine`.")
    view = at_work.view_now()
    assert view.current("eligibility_answers")["cin"].to_list() == ["90000002A"]
    (kept,) = quarantined(view, "eligibility_answers").to_dicts()
    assert (kept["rule"], kept["remedy"]) == (
        "required_value",
        "Send the row in the eligibility_answers feed, or ask the sender for the file again.",
    )
    assert all(one.is_conserved for one in receipts(at_work).values())


MEMBERS = (
    *("BGN*00*1*20261001*1200****2", "N1*IN*A PLAN*FI*65"),
    *("INS*Y*18*021*20*A", "REF*0F*90000001A", "REF*3H*34;10;1;;", "HD*021**HLT*010;51"),
    *("DTP*348*D8*20260101", "REF*CE*M1;401;;;;;;"),
    *("INS*Y*18*021*20*A", "REF*0F*nobody", "HD*021**HLT*010;51", "DTP*348*D8*20260101"),
    *("INS*Y*18*021*20*A", "REF*0F*90000002A", "REF*3H*34;10;1;;", "HD*021**HLT*010;51"),
    *("DTP*348*D8*20260901", "REF*CE*Z1;401;;;;;;"),
)


def test_an_834_fills_coverage_and_keeps_what_it_cannot_read(at_work: Workspace) -> None:
    land(at_work, "x12", interchange(group(transaction("834", *MEMBERS))), "r.834")
    view = at_work.view_now()
    rows = view.current("coverage").select("cin", "aid_code", "starts_on", "is_ji_aid_code")
    assert [(a, b, str(c), d) for a, b, c, d in rows.rows()] == [
        ("90000001A", "M1", "2026-01-01", False),
        ("90000002A", "Z1", "2026-09-01", True),
    ]
    (kept,) = quarantined(view, "coverage").to_dicts()
    assert (kept["rule"], kept["row_text"]) == ("enrollment_member", "INS*Y*18*021*20*A")
    assert all(one.is_conserved for one in receipts(at_work).values())


def test_a_snapshot_of_coverage_withdraws_nothing_that_an_834_brought(home: Home) -> None:
    settings = home.root / "reentry.toml"
    settings.write_text(
        settings.read_text() + f'\n[agency.{AGENCY}.feed.coverage]\nmode = "snapshot"\n'
    )
    header = "cin,aid_code,starts_on,county_code,coverage_status,is_ji_aid_code\n"
    with Workspace.open(Home.open(home.root), AGENCY, now=NOW, user_id="biller") as one:
        land(one, "coverage", header + "90000007A,M1,2026-01-01,34,active,no")
        land(one, "x12", interchange(group(transaction("834", *MEMBERS))), "r.834")
        land(one, "coverage", header + "90000007A,M1,2026-01-01,34,suspended,no")
        view = one.view_now()
        rows = view.current("coverage").select("cin", "coverage_status").rows()
        (told,) = key_history(view, "coverage", "90000001A/M1/2026-01-01").to_dicts()
    assert rows == [("90000001A", "active"), ("90000002A", "active"), ("90000007A", "suspended")]
    assert (told["status"], told["withdrawn_by"]) == ("current", [])


def test_a_file_received_again_records_its_replies_once(at_work: Workspace) -> None:
    asked = traces(ask(at_work)[0])
    text = answer((asked["90000001A"], "NM1*IL*1*N*A****MI*90000001A", "EB*1**30"))
    land(at_work, "x12", text, "r.271")
    path = at_work.home.root / "again.271"
    path.write_text(text)
    assert at_work.inbox.take("x12", path, again=True).state == "accepted"
    assert unanswered(at_work) == [("90000002A", None, 2)]
    assert at_work.view_now().current("eligibility_answers").height == 1
    assert all(one.is_conserved for one in receipts(at_work).values())


def kill_at(step: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(step, killed)
        with pytest.raises(KeyboardInterrupt):
            inquiries.request(workspace, workspace.view_now())


def test_a_kill_between_record_and_rename_loses_no_file(
    at_work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_at("pipelines.io.outbox.folder.Folder.release", at_work, monkeypatch)
    (recorded,) = _written(at_work)
    path = Path(inquiries.requests_path(at_work, recorded.file_name))
    assert not path.exists()
    assert inquiries.request(at_work, at_work.view_now()).written == []
    assert path.exists()


def test_a_kill_before_the_record_loses_nothing_but_the_temporary_file(
    at_work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_at("pipelines.io.ledger.inquiries.write", at_work, monkeypatch)
    assert _written(at_work) == []
    ask(at_work)
    folder = at_work.home.outbox(AGENCY) / "eligibility"
    assert len(list(folder.rglob("270-*"))) == 1
    assert _written(at_work)[0].interchange_control_number == 1


def _written(workspace: Workspace) -> list[ledger_inquiries.InquiryRow]:
    with workspace.ledger.read() as connection:
        return ledger_inquiries.written(connection, AGENCY)


def test_asking_needs_the_right_to_propose(at_work: Workspace) -> None:
    with (
        Workspace.open(at_work.home, AGENCY, now=NOW, user_id="approver") as other,
        pytest.raises(HeldByPolicyError, match="no right to propose"),
    ):
        inquiries.request(other, other.view_now())


def test_with_nobody_to_ask_nothing_is_written(home: Home) -> None:
    with Workspace.open(home, AGENCY, now=NOW, user_id="biller") as one:
        asked = inquiries.request(one, one.view_now())
        assert asked.written == []
        assert asked.held.is_empty()
        assert _written(one) == []


def test_nothing_of_a_person_is_in_names_or_audit(at_work: Workspace) -> None:
    ask(at_work)
    (one,) = _written(at_work)
    assert one.file_name == "270-34-T-000000001.x12"
    assert at_work.lake.read(QUARANTINE).is_empty()
