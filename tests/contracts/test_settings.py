"""Settings: a complete file is read whole; a faulty one is refused with section and remedy."""

import pytest

from contracts.errors import UsageError
from contracts.settings import FeedSettings, Route, parse_settings

SOUND = """
sandbox = true
[ledger]
url = "postgresql://user@host/ledger"
[lake]
data_url = "/mnt/shared/lake"
[agency.34]
county_code = "34"
submitter_name = "COUNTY 34"
contact_name = "BILLING"
contact_phone = "9165550100"
isa_sender_qualifier = "ZZ"
isa_sender_id = "REENTRY34"
gs_sender_code = "REENTRY34"
isa_receiver_qualifier = "ZZ"
isa_receiver_id = "610442"
gs_receiver_code = "610442"
trace_originator_id = "1000000034"
usage = "T"
[agency.34.route.medi_cal]
payer_id = "610442"
payer_name = "MEDI-CAL"
receiver = "MEDI-CAL"
status = "verified"
[agency.34.feed.people]
mode = "snapshot"
"""

PLAN = """
[agency.34.route.alfa]
payer_id = "1"
payer_name = "ALFA"
receiver = "ALFA"
plan_codes = ["A"]
"""


def test_a_complete_file_is_read_whole() -> None:
    settings = parse_settings(SOUND)
    agency = settings.agencies["34"]
    assert settings.sandbox
    assert settings.ledger_url == "postgresql://user@host/ledger"
    assert (settings.lake_catalog_url, settings.lake_data_url) == (None, "/mnt/shared/lake")
    assert (agency.id, agency.usage, agency.single_approver) == ("34", "T", False)
    assert agency.routes["medi_cal"] == Route(
        "medi_cal", "610442", "MEDI-CAL", "MEDI-CAL", ("professional",), "MC", "verified"
    )
    assert agency.feed("people") == FeedSettings("received", "snapshot")
    assert agency.feed("encounters") == FeedSettings("received", "delta")


def test_what_is_left_out_is_the_careful_choice() -> None:
    settings = parse_settings("")
    assert (settings.sandbox, settings.ledger_url, settings.agencies) == (False, None, {})


def test_a_plan_s_route_is_told_whole_or_unset() -> None:
    unset = parse_settings(f'{SOUND}{PLAN}status = "unset"').agencies["34"]
    assert (unset.plan_routes, unset.reporting_routes) == ([unset.routes["alfa"]], [])
    told = (
        f'{SOUND}{PLAN}claim_or_encounter = "RP"\nisa_receiver_qualifier = "30"\n'
        'isa_receiver_id = "ALFA"\ngs_receiver_code = "ALFA"'
    )
    agency = parse_settings(told).agencies["34"]
    assert agency.routes["alfa"].plan_codes == ("A",)
    assert agency.reporting_routes == ["alfa"]
    assert agency.fee_for_service == agency.routes["medi_cal"]


def test_both_claim_forms_may_go_one_route() -> None:
    both = SOUND.replace(
        'receiver = "MEDI-CAL"', 'receiver = "M"\nclaim_forms = ["professional", "institutional"]'
    )
    route = parse_settings(both).agencies["34"].routes["medi_cal"]
    assert route.claim_forms == ("professional", "institutional")


REFUSED = [
    # instead of               stands                     and the message says
    ("sandbox = true", "sandbox = ", "Mend the line"),
    ("sandbox = true", 'sandbox = "false"', "sandbox must be true or false"),
    ("sandbox = true", "sandbocks = true", "at its top: a name must be one of: sandbox"),
    ("data_url", "date_url", "[lake]: a name must be one of: catalog_url, data_url"),
    ('"/mnt/shared/lake"', "3", "[lake]: data_url must be a text"),
    ("[lake]", "[lakes]", "at its top: a name must be one of"),
    ("[agency.34]", '[agency."County 34"]', "agency id 'County 34' must be 1 to 20"),
    ("[agency.34]", '[agency."34\\n"]', "must be 1 to 20 of a-z"),
    ('county_code = "34"', "", "[agency.34]: missing county_code"),
    ('county_code = "34"', "county_code = 34", "[agency.34]: of the wrong kind county_code"),
    ('usage = "T"', 'usage = "X"', "[agency.34]: usage must be one of: T, P"),
    ('usage = "T"', 'usage = "T"\nsingle_approver = "no"', "of the wrong kind single_approver"),
    ('usage = "T"', 'usage = "T"\nuseage = "T"', "[agency.34]: unknown useage"),
    ('usage = "T"', "", "[agency.34]: missing usage"),
    ('payer_id = "610442"', "", "[agency.34.route.medi_cal]: missing payer_id"),
    ('status = "verified"', 'status = "sure"', "status must be one of: verified, unverified"),
    ('status = "verified"', 'claim_forms = "professional"', "of the wrong kind claim_forms"),
    ('status = "verified"', 'claim_forms = ["dental"]', "claim_forms must be one of"),
    ("feed.people", "feed.peple", "[agency.34.feed.peple]: the feed must be one of: facilities"),
    ('mode = "snapshot"', 'mode = "full"', "mode must be one of: delta, snapshot"),
    (
        'mode = "snapshot"',
        'version_order = "newest"',
        "version_order must be one of: received, source_updated_at",
    ),
    ('mode = "snapshot"', 'order = "received"', "[agency.34.feed.people]: unknown order"),
    ("[agency.34.feed.people]\nmode", "feed", "agency.34.route.medi_cal]: unknown feed"),
    ('status = "verified"', 'plan_codes = ["A"]', "route.medi_cal]: fee-for-service takes no plan"),
    (
        'status = "verified"',
        'claim_or_encounter = "X"',
        "claim_or_encounter must be one of: CH, RP",
    ),
    ("[agency.34.feed", f"{PLAN}[agency.34.feed", "needs claim_or_encounter, isa_receiver_qual"),
    (
        "[agency.34.feed",
        f'{PLAN}status = "unset"\n{PLAN.replace("alfa", "beta")}status = "unset"\n[agency.34.feed',
        "route.beta]: plan_codes A is in route.alfa too",
    ),
]


@pytest.mark.parametrize(("stood", "stands", "said"), REFUSED)
def test_a_faulty_file_is_refused_with_its_section(stood: str, stands: str, said: str) -> None:
    assert SOUND.count(stood) >= 1
    with pytest.raises(UsageError) as caught:
        parse_settings(SOUND.replace(stood, stands, 1))
    assert caught.value.message.startswith("reentry.toml")
    assert said in caught.value.message


NO_SECTIONS = [
    ("agency = 3", "agency is no section"),
    ("[agency]\n34 = 3", "agency.34 is no section"),
    ("lake = true", "lake is no section"),
    (SOUND.replace("[agency.34.feed.people]\nmode", "[agency.34.feed]\npeople"), "feed.people is"),
]


@pytest.mark.parametrize(("text", "said"), NO_SECTIONS)
def test_what_is_no_section_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_settings(text)
