"""Claims: what people set for lines and claims, and the documents that go with them."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import assembled, content_of, drawn_lines, feed, line, reasons_of

from pipelines.x12.content import thaw


def values_set(*rows: Any) -> Any:
    names = ("subject_id", "field", "value")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


TWO_LINES = "encounter | line\nE1 | 1\nE1 | 2"


def test_what_was_set_for_a_line_stands_in_its_claim_and_makes_another_row_of_it() -> None:
    plain, _ = assembled(drawn_lines(TWO_LINES))
    made, _ = assembled(
        drawn_lines(TWO_LINES),
        values_set=values_set(
            ("main/E1/1", "delay_reason_code", "3"),
            ("main/E1/1", "attachment", "OZ|FX|A1"),
            ("main/E1/2", "attachment", "B4|EL|B2"),
            ("main/E1/2", "remark", "see the chart"),
            ("main/E9/1", "remark", "of another line"),
        ),
    )
    content = thaw(made["content"]).row(0, named=True)
    assert (content["delay_reason_code"], content["claim_note"]) == ("3", "SEE THE CHART")
    assert [tuple(one.values()) for one in content["attachments"]] == [
        ("OZ", "FX", "A1"), ("B4", "EL", "B2"),
    ]  # fmt: skip
    assert made["reasons"].to_list() == [[]]
    assert made["content_hash"].equals(plain["content_hash"])  # no reason to replace what is out
    assert made["claim_row_hash"][0] != plain["claim_row_hash"][0]


def test_what_was_set_for_the_claim_goes_before_what_its_lines_have() -> None:
    (claim_id,) = assembled(drawn_lines(TWO_LINES))[0]["claim_id"]
    of_lines = values_set(("main/E1/1", "remark", "line"), ("main/E1/2", "delay_reason_code", "4"))
    made, _ = assembled(
        drawn_lines(TWO_LINES),
        values_set=of_lines,
        claim_values_set=values_set((claim_id, "remark", "claim"), ("gone", "remark", "none")),
    )
    content = thaw(made["content"]).row(0, named=True)
    assert (content["delay_reason_code"], content["claim_note"]) == ("4", "CLAIM")


@pytest.mark.parametrize("field", ["delay_reason_code", "remark"])
def test_lines_of_one_claim_with_different_ones_hold_it(field: Any) -> None:
    set_ = values_set(("main/E1/1", field, "3"), ("main/E1/2", field, "4"))
    assert reasons_of(drawn_lines(TWO_LINES), values_set=set_) == ["lines_disagree"]
    content = content_of(drawn_lines(TWO_LINES), values_set=set_)
    assert {content["delay_reason_code"], content["claim_note"]} == {"3", None}  # the first line's


def paper(number: str, **told: Any) -> dict[str, Any]:
    return {
        "attachment_control_number": number,
        "report_type": "OZ",
        "transmission_code": "BM",
    } | told


def test_documents_of_feed_and_people_stand_together_by_their_number() -> None:
    """
    feed: A1 OZ|BM of E1 · A2 OZ|BM of E9 · A3 OZ|BM of the claim · set: A1 B4|EL of E1/2
    """
    (claim_id,) = assembled(drawn_lines(TWO_LINES))[0]["claim_id"]
    papers = feed(
        "attachments",
        paper("A1", encounter_id="E1"),
        paper("A2", encounter_id="E9"),
        paper("A3", claim_id=claim_id),
    )
    given = values_set(("main/E1/2", "attachment", "B4|EL|A1"))
    said = content_of(drawn_lines(TWO_LINES), attachments=papers, values_set=given)
    assert [tuple(one.values()) for one in said["attachments"]] == [
        ("B4", "EL", "A1"), ("OZ", "BM", "A3"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"report_type": "ZZ"}, {"transmission_code": "AD"}, {"attachment_control_number": "é" * 51}],
)
def test_a_document_that_pwk_cannot_name_holds_the_claim(changes: dict[str, Any]) -> None:
    papers = feed("attachments", paper("A1", encounter_id="E1") | changes)
    assert reasons_of(drawn_lines(TWO_LINES), attachments=papers) == ["attachment_malformed"]


def test_a_claim_holds_no_more_documents_than_fit() -> None:
    lines = [line(encounter_id="E1", line_number=n) for n in range(1, 12)]
    set_ = values_set(*((f"main/E1/{n}", "attachment", f"OZ|FX|{n}") for n in range(1, 12)))
    assert reasons_of(lines, values_set=set_) == ["too_many_attachments"]
    assert reasons_of(lines[:10], values_set=set_) == []


def test_a_delay_reason_keeps_the_whole_expectation() -> None:
    late, excuse = date(2026, 12, 1), values_set(("main/E1/1", "delay_reason_code", "3"))
    lines = [line(encounter_id="E1")]
    assert assembled(lines, as_of=late)[0]["expected_amount"].to_list() == [Decimal(60)]
    told, _ = assembled(lines, as_of=late, values_set=excuse)
    assert told["expected_amount"].to_list() == [Decimal(80)]
