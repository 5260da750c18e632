"""A written 837P: pyx12 accepts it, and three readers find in it what the ledger says was sent."""

import csv
import io
import logging
import warnings
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pyx12.params import params
from pyx12.x12n_document import x12n_document
from stories import WIRE_NAME, Homes, done, interchanges, opened, reentry, submitted
from x12sdk.io import X12ModelReader

from contracts.settings import REPORTING
from pipelines.io.acknowledgements import acknowledged
from pipelines.io.answered import answered
from pipelines.io.ledger import claim_lines
from pipelines.io.payments import line_accounts, owed, settled
from pipelines.io.workspace import EVER
from pipelines.stages.bundles.anchors import SOURCE as BUNDLES
from pipelines.x12 import wire


@pytest.fixture(scope="module")
def written(homes: Homes) -> Path:
    return homes.at("written")


@pytest.fixture(scope="module")
def sent(written: Path) -> bytes:
    (path,) = interchanges(written)
    return path.read_bytes()


def money(value: object) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def charges_of_ledger(home: Path) -> dict[str, Decimal]:
    return {row["patient_control_number"]: row["charge_amount"] for row in submitted(home)}


def lines_of_ledger(home: Path) -> list[tuple[str, str]]:
    """A line's own control number (REF*6R) is its claim's and its ordinal."""
    with opened(home) as workspace, workspace.ledger.read() as connection:
        lines = claim_lines.submitted(connection, workspace.agency.id, EVER)
    number = pl.col("patient_control_number")
    ordinal = pl.col("line_ordinal").cast(pl.String)
    return sorted(
        lines.select(number + ordinal, pl.col("charge_amount").cast(pl.String)).iter_rows()
    )


def test_pyx12_accepts_the_file_and_acknowledges_every_set(
    sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root, "disabled", True)
    acknowledgement = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        is_valid = x12n_document(
            param=params(), src_file=io.StringIO(sent.decode("ascii")),
            fd_997=acknowledgement, fd_html=None,
        )  # fmt: skip
    told = [segment.strip().split("*") for segment in acknowledgement.getvalue().split("~")]
    (group,) = [elements for elements in told if elements[0] == "AK9"]
    sets = str(sent.count(b"\nST*") + sent.count(b"~ST*"))
    assert is_valid
    assert group[1:] == ["A", sets, sets, sets]


def test_our_reader_finds_the_claims_and_charges_of_the_ledger(written: Path, sent: bytes) -> None:
    tokens = wire.read(sent, file_id="written").tokens
    claims = tokens.filter(segment_id="CLM").select(wire.element(1), charge=wire.element(2))
    found = {number: money(charge) for number, charge in claims.iter_rows()}
    assert found == charges_of_ledger(written)


def test_our_reader_finds_the_service_lines_of_the_ledger(written: Path, sent: bytes) -> None:
    tokens = wire.read(sent, file_id="written").tokens
    in_order = tokens.filter(pl.col("segment_id").is_in(["SV1", "REF"]))
    charges = in_order.filter(segment_id="SV1").select(wire.element(2)).to_series()
    numbers = in_order.filter(segment_id="REF").filter(wire.element(1) == "6R")
    found = zip(numbers.select(wire.element(2)).to_series(), map(money, charges), strict=True)
    assert sorted((number, str(charge)) for number, charge in found) == lines_of_ledger(written)


def test_x12sdk_reads_as_many_claims_with_the_same_charges(written: Path, sent: bytes) -> None:
    with X12ModelReader(sent.decode("ascii")) as reader:
        claims = [
            claim.clm_segment
            for transaction_set in reader.models()
            for billing in transaction_set.loop_2000a
            for subscriber in billing.loop_2000b
            for claim in subscriber.loop_2300
        ]
    found = {
        claim.patient_control_number: money(claim.total_claim_charge_amount) for claim in claims
    }
    assert len(claims) == len(found)
    assert found == charges_of_ledger(written)


def test_the_batch_tells_the_claims_and_dollars_of_its_file(written: Path) -> None:
    (batch,) = done(written, "batch", "list")
    charges = charges_of_ledger(written)
    assert (batch["claims"], batch["charge_amount"]) == (len(charges), str(sum(charges.values())))


def test_a_name_with_accents_and_an_apostrophe_is_carried(sent: bytes) -> None:
    tokens = wire.read(sent, file_id="written").tokens
    patients = tokens.filter(pl.col("segment_id") == "NM1", wire.element(1) == "IL")
    assert WIRE_NAME in patients.select(wire.element(3)).to_series()
    assert sent.isascii()


def archived(home: Path, source: dict[str, Any]) -> dict[str, str]:
    """The row of the archived file that a source names."""
    (path,) = home.glob(f"archive/*/{source['feed']}/{source['file_id']}.csv")
    with path.open(newline="") as text:
        rows = list(csv.DictReader(text))
    return rows[source["row_number"] - 1]


BEHIND = [  # a segment, its element, and the column of the row that must be behind it
    ("NM1*85*", 9, "billing_providers", "billing_npi"),
    ("NM1*IL*", 4, "people", "first_name"),
    ("CLM*", None, "encounters", "encounter_id"),
    ("NM1*82*", 9, "providers", "npi"),
    ("SV1*", 2, "encounters", "charge_amount"),
    ("REF*6R*", None, "encounters", "encounter_id"),
]


def place_of_service(segments: list[str], begins: str) -> int:
    """The number of such a segment in the first claim that bills a service, not a bundle."""
    claims = [n for n, one in enumerate(segments, 1) if one.startswith("CLM*")]
    heads = [max(n for n in range(at) if segments[n - 1].startswith("HL*")) for at in claims]
    ends = [*heads[1:], len(segments)]
    for first, last in zip(heads, ends, strict=True):
        inside = range(first, last)
        found = [n for n in inside if segments[n - 1].startswith(begins)]
        if found and not any(segments[n - 1].startswith("SV1*HC:N99") for n in inside):
            return found[0]
    return next(n for n, one in enumerate(segments, 1) if one.startswith(begins))


@pytest.mark.parametrize(("begins", "element", "feed", "column"), BEHIND)
def test_the_row_behind_a_segment_is_found(
    written: Path, sent: bytes, begins: str, element: int | None, feed: str, column: str
) -> None:
    segments = [one.strip() for one in sent.decode().split("~")]
    at = place_of_service(segments, begins)
    (path,) = interchanges(written)
    told = done(written, "trace", str(path), str(at), "--json")
    assert told["text"] == segments[at - 1]
    sources = told["sources"]
    assert {source["feed"] for source in sources} == {feed}
    rows = [archived(written, source) for source in sources]
    if element is None:
        assert [row[column] for row in rows] == [line["encounter_id"] for line in told["lines"]]
    else:
        value = told["text"].split("*")[element]
        assert {norm(row[column]) for row in rows} == {norm(value)}
    assert told["rules"]["policy_hash"]


def test_behind_a_bundle_stand_the_rows_that_prove_it(written: Path, sent: bytes) -> None:
    """The first claim of the file is a bundle's."""
    segments = [one.strip() for one in sent.decode().split("~")]
    service = next(n for n, one in enumerate(segments, 1) if one.startswith("SV1*HC:N99"))
    (path,) = interchanges(written)
    told = done(written, "trace", str(path), str(service), "--json")
    (line,) = told["lines"]
    assert line["source_system"] == BUNDLES
    feeds = {source["feed"] for source in told["sources"]}
    assert feeds & {"care_milestones", "consents", "care_managers"}
    assert all(source["file"] for source in told["sources"])
    person = max(n for n in range(service) if segments[n - 1].startswith("NM1*IL*"))
    named = done(written, "trace", str(path), str(person), "--json")["sources"]
    assert {source["feed"] for source in named} == {"people"}
    last = {archived(written, source)["last_name"].upper() for source in named}
    assert segments[person - 1].split("*")[3] in last | {WIRE_NAME}


def norm(text: str) -> str:
    """Amounts and names as X12 has them."""
    return text.rstrip("0").rstrip(".").upper() if "." in text else text.upper()


def test_a_place_is_named_by_segment_by_set_or_by_byte(written: Path, sent: bytes) -> None:
    (path,) = interchanges(written)
    one = done(written, "trace", str(path), "30", "--json")
    in_set = ("--set", one["set_control_number"], str(one["set_segment"]))
    byte = sent.index(one["text"].encode())
    assert done(written, "trace", str(path), *in_set, "--json") == one
    assert done(written, "trace", str(path), "--byte", str(byte), "--json")["text"] == one["text"]
    for words in (("0",), ("99999999",), ("--byte", "99999999"), ("--set", "0009", "1"), ()):
        assert reentry(written, "trace", str(path), *words).exit_code == 2


def test_a_file_that_was_not_written_so_is_refused(written: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.x12"
    changed.write_bytes(b"ISA")
    assert reentry(written, "trace", str(changed), "1").exit_code == 2
    assert reentry(written, "trace", str(tmp_path / "none"), "1").exit_code == 2


def test_encounters_that_nobody_pays_are_in_no_account(written: Path) -> None:
    with opened(written) as workspace:
        view = replace(workspace.last_view(), known_at=EVER)
        states = answered(view, acknowledged(view).submission_states)
        assert owed(view, states).equals(states)
        assert line_accounts(view, states, settled(view)).height

        route = replace(workspace.agency.fee_for_service, claim_or_encounter=REPORTING)
        told = replace(workspace, agency=replace(workspace.agency, routes={route.name: route}))
        view = replace(view, workspace=told)
        assert owed(view, states).is_empty()
        assert line_accounts(view, states, settled(view)).is_empty()
