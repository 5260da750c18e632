"""The tracking list of documents: which are sent, which still are to be."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from claim_county import assembled, drawn_lines, feed

from pipelines.stages.claims.attachments import tracked

SENT_AT = datetime(2026, 5, 2, tzinfo=UTC)
SUBMISSION = {
    "claim_id": pl.String, "patient_control_number": pl.String, "submission_number": pl.Int64,
    "state": pl.String, "sent_at": pl.Datetime("us", "UTC"),
}  # fmt: skip


def paper(number: str, encounter: str, sent_on: date | None = None) -> dict[str, Any]:
    return {
        "attachment_control_number": number, "encounter_id": encounter, "report_type": "OZ",
        "transmission_code": "BM", "sent_on": sent_on,
    }  # fmt: skip


def test_each_document_has_one_status() -> None:
    """
    claim   of   documents       sent
    first   E1   A1, A2 (sent)   yes, after one that was rejected; another was withdrawn
    second  E2   A3, A5          no
    none    E9   A4
    """
    papers = feed(
        "attachments",
        paper("A1", "E1"), paper("A2", "E1", date(2026, 5, 3)), paper("A3", "E2"),
        paper("A4", "E9"), paper("A5", "E2"),
    )  # fmt: skip
    claims, lines = assembled(drawn_lines("encounter | day\nE1 | 1\nE2 | 2"), attachments=papers)
    (first,) = lines.filter(encounter_id="E1")["claim_id"]
    submissions = pl.DataFrame(
        [
            (first, "P1", 1, "sent", SENT_AT),
            (first, "P2", 2, "withdrawn", None),
            (first, "P0", 0, "rejected", SENT_AT),
        ],
        schema=SUBMISSION, orient="row",
    )  # fmt: skip
    rows = tracked(claims, papers, submissions)
    told = rows.select("attachment_control_number", "status", "patient_control_number").rows()
    assert told == [
        ("A3", "waiting", None), ("A5", "waiting", None), ("A1", "to_send", "P1"),
        ("A2", "sent", "P1"), ("A4", "claimless", None),
    ]  # fmt: skip
    assert set(rows["source"]) == {"feed"}


def test_a_document_that_two_claims_name_stands_in_the_list_with_each() -> None:
    papers = feed("attachments", paper("A1", "E1"), paper("A1", "E2"))
    claims, _ = assembled(drawn_lines("encounter | day\nE1 | 1\nE2 | 2"), attachments=papers)
    nothing = pl.DataFrame(schema=SUBMISSION)
    for given in (claims, claims.reverse()):
        rows = tracked(given, papers.head(1), nothing)
        assert rows["claim_id"].to_list() == sorted(claims["claim_id"])
