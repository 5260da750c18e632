"""A facility that bills on institutional claims: held until a bill lists the service, then an 837I.

The services of one person in custody are the only ones with a revenue code and a bill; the other
services of the facility wait, each with its finding, and nothing of the other facilities changes.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stories import AGENCY, APPROVER, done, opened

from pipelines.io.gate import check_837

LATER = "2026-10-31T20:00:00Z"
ENDED = "2026-12-20T18:00:00Z"
BOTH_FORMS = 'claim_forms = ["professional", "institutional"]'


def received(home: Path, feed: str) -> pl.DataFrame:
    files = (home / "archive" / AGENCY / feed).glob("*.csv")
    return pl.concat((pl.read_csv(f, infer_schema=False) for f in sorted(files)), how="diagonal")


def land(home: Path, feed: str, rows: pl.DataFrame) -> None:
    rows.write_csv(home / "inbox" / AGENCY / feed / "institutional.csv")


def changed(home: Path) -> dict[str, Any]:
    """One facility bills on institutional claims from now on; the stay with most clean lines has
    a bill of all its encounters there. Gives what the bill says.
    """
    settings = home / "reentry.toml"
    text = settings.read_text().replace('claim_forms = ["professional"]', BOTH_FORMS)
    settings.write_text(text)
    with opened(home) as workspace:
        lines = workspace.last_view().derived("service_lines")
    clean = lines.filter(pl.col("verdict").eq("clean").all().over("stay_id"))
    facility = clean["facility_id"].mode().sort()[0]
    here = clean.filter(facility_id=facility)
    stay = here["stay_id"].mode().sort()[0]
    ids = here.filter(stay_id=stay)["encounter_id"].unique().sort().to_list()
    sites = received(home, "facilities").filter(facility_id=facility)
    land(home, "facilities", sites.with_columns(claim_form=pl.lit("institutional")))
    services = received(home, "encounters").filter(pl.col("encounter_id").is_in(ids))
    land(home, "encounters", services.with_columns(revenue_code=pl.lit("0510")))
    days = services["service_date"].sort()
    bill = {
        "institutional_claim_id": "BILL-1", "stay_id": stay, "facility_id": facility,
        "type_of_bill": "0131", "from_on": days[0], "through_on": days[-1], "admission_type": "3",
        "patient_status": "01", "attending_npi": services["rendering_npi"][0],
        "encounter_ids": "|".join(ids),
    }  # fmt: skip
    land(home, "institutional_claims", pl.DataFrame([bill]))
    return bill


@pytest.fixture
def county(copy_of: Callable[[str], Path]) -> tuple[Path, dict[str, Any]]:
    home = copy_of("derived")
    bill = changed(home)
    done(home, "run", now=LATER)
    return home, bill


def test_it_goes_out_as_an_837i_and_the_payer_answers(county: tuple[Path, dict[str, Any]]) -> None:
    home, bill = county
    waiting = done(home, "findings", "--edit", "not_on_institutional_claim", "--json", now=LATER)
    assert waiting
    assert {row["facility_id"] for row in waiting} == {bill["facility_id"]}
    listed = set(bill["encounter_ids"].split("|"))
    assert listed.isdisjoint(row["subject_id"].split("/")[1] for row in waiting)

    proposed = done(home, "batch", "propose", now=LATER)
    assert {row["claim_form"] for row in proposed} == {"institutional", "professional"}
    (institutional,) = (row for row in proposed if row["claim_form"] == "institutional")
    assert institutional["claims"] == 1
    batch_id = institutional["batch_id"]
    done(home, "batch", "approve", batch_id, user=APPROVER, now=LATER)
    (written,) = done(home, "batch", "write", batch_id, now=LATER)
    path = Path(written["path"])
    assert path.name == "837I-demo-T-000000001.x12"
    assert check_837([path])[0].errors == ()
    segments = [text.strip().split("*") for text in path.read_text().split("~")]
    assert sum(one[0] == "SV2" for one in segments) >= len(listed)
    done(home, "verify", now=LATER)

    at = next(n for n, one in enumerate(segments, 1) if one[0] == "CL1")
    told = done(home, "trace", str(path), str(at), now=LATER)
    assert "BILL-1" in {row["key"] for row in told["sources"]}

    done(home, "batch", "sent", batch_id, now=LATER)
    done(home, "simulate-payer", "--until", "2026-12-15", now=ENDED)
    done(home, "run", now=ENDED)
    claims = {row["claim_id"]: row for row in done(home, "claims", "--json", now=ENDED)}
    (claim,) = (row for row in claims.values() if row["submitted_on"])
    assert claim["state"] in ("accepted", "pended", "paid", "partly_paid")
