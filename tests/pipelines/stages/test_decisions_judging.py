"""What can be recorded of what was entered: one sound line, and each way to be refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from contracts.decisions import CORRECTABLE, MOST_REASON, SET_FIELDS
from contracts.feeds import FEEDS
from pipelines.stages.decisions.decidable import DECIDABLE
from pipelines.stages.decisions.judging import ENTERED, Judged, Known, judge

TEXT = pl.String
NONE_RECORDED = pl.DataFrame(
    schema=dict.fromkeys(("decision_id", "subject", "subject_id", "action", "field", "value"), TEXT)
    | dict.fromkeys(("decided_at", "recorded_at"), pl.Datetime("us", "UTC"))
)
FINDINGS = [
    # finding, subject, edit, severity
    ("f1", "main/E1/1", "filing_limit_passed", "hold"),
    ("f2", "main/E1/1", "diagnosis_missing", "reject"),
    ("f3", "main/E1/1", "address_missing", "hold"),
    ("f4", "main/E2/1", "diagnosis_missing", "reject"),
]
PLAN = [
    ("c_new", None, []),
    ("c_held", None, ["held_by_decision"]),
    ("c_edition", "paid", ["edition_changed"]),
    ("c_split", "paid", ["denied", "split_line"]),
    ("c_reported", "accepted", ["encounter_changed"]),
    ("c_sent", "sent", []),
    ("c_written", "written", []),
    ("c_gone", "sent", []),
]
# denial | appeal is barred | inquiry is barred | argued | another of its line | the line's version
_DENIED = [
    ("d_free", None, None, False, False, "v1"),
    ("d_ncci", None, "appeal_only", False, False, "v1"),
    ("d_open", None, None, True, False, "v1"),
    ("d_beside", None, None, False, True, "v1"),
    ("d_late", "passed", "passed", False, False, "v1"),
    ("d_unset", "unset", "unset", False, False, "v1"),
    ("d_bundle", None, None, False, False, None),
]
DENIALS = pl.DataFrame(
    [{"subject_id": name, "version": "n1", "claim_id": "c_sent", "submission_id": "s",
      "patient_control_number": "PCN1", "line_ordinal": 2, "appeal_bar": appeal,
      "inquiry_bar": inquiry, "is_disputed": argued,
      "is_line_disputed": argued or beside, "appeal_by": date(2026, 4, 1),
      "inquiry_by": date(2026, 4, 2), "line_subject_id": "main/E1/1", "line_version": line}
     for name, appeal, inquiry, argued, beside, line in _DENIED],
    schema=DECIDABLE,
)  # fmt: skip
KNOWN = Known(
    user_id="ana",
    issues=pl.DataFrame({"issue_id": ["i1", "i2"], "issued_to": ["ana", "bo"]}),
    versions=pl.DataFrame(
        {
            "subject": ["encounter"] * 2 + ["claim"] * len(PLAN) + ["denial"] * DENIALS.height,
            "subject_id": [
                "main/E1/1", "main/E2/1", *(row[0] for row in PLAN), *DENIALS["subject_id"],
            ],
            "version": ["v1", "v2", *["h1"] * (len(PLAN) - 1), "gone", *DENIALS["version"]],
        }
    ),
    findings=pl.DataFrame(
        FINDINGS, schema=["finding_id", "subject_id", "edit_id", "severity"], orient="row"
    ).with_columns(subject=pl.lit("encounter")),
    plan=pl.DataFrame(
        PLAN,
        schema={"claim_id": TEXT, "newest_state": TEXT, "reasons": pl.List(TEXT)},
        orient="row",
    ),
    submissions=pl.DataFrame(
        {"claim_id": ["c_sent", "c_gone"], "state": ["sent"] * 2, "submission_number": [1] * 2,
         "patient_control_number": ["PCN1", "PCN2"]}
    ),
    recorded=NONE_RECORDED,
    denials=DENIALS,
    delay_reasons=("1", "3"),
)  # fmt: skip
ROW = {
    "sheet": "Biller", "row_number": 1, "subject": "encounter", "subject_id": "main/E1/1",
    "finding_id": "f1", "issue_id": "i1", "seen_version": "v1",
}  # fmt: skip
CLAIM = {"subject": "claim", "subject_id": "c_new", "finding_id": "c_new", "seen_version": "h1"}
HOLD = {"action": "hold", "reason": "ask"}
AGAIN = {"action": "resubmit", "reason": "no trace"}
RELEASE = {"action": "release", "reason": "seen"}


def correct(field: str | None, value: str | None, action: str = "correct") -> dict[str, Any]:
    return {"action": action, "field": field, "value": value, "reason": "chart"}


def denied(name: str, action: str, **cells: str) -> dict[str, Any]:
    return {"subject": "denial", "subject_id": name, "finding_id": name, "seen_version": "n1",
            "action": action, "reason": "so", **cells}  # fmt: skip


def judged(*rows: Mapping[str, Any], known: Known = KNOWN) -> Judged:
    whole = [ROW | {"row_number": n} | dict(row) for n, row in enumerate(rows, 1)]
    return judge(pl.DataFrame(whole, schema=ENTERED), known)


REFUSED = {
    "decision_missing": {"reason": "thinking"},
    "issue_unknown": HOLD | {"issue_id": "i9"},
    "issue_of_another": HOLD | {"issue_id": "i2"},
    "row_mixed_up": HOLD | {"finding_id": "f4"},
    "subject_undecidable": HOLD | {"subject": "stay", "subject_id": "S1", "finding_id": "f9"},
    "stale": HOLD | {"seen_version": "v0"},
    "reason_missing": HOLD | {"reason": "  "},
    "reason_too_long": HOLD | {"reason": "x" * (MOST_REASON + 1)},
    "field_not_asked": HOLD | {"value": "3"},
    "value_missing": correct("units", None),
    "release_of_reject": RELEASE | {"finding_id": "f2"},
    "action_without_effect": CLAIM | {"action": "void", "reason": "x"},
    "nothing_to_resubmit": CLAIM | {"action": "resubmit", "reason": "x"},
}
REFUSED |= {
    "dispute_open": denied("d_open", "write_off"),
    "deadline_unset": denied("d_unset", "appeal"),
    "deadline_passed": denied("d_late", "inquiry"),
    "appeal_only": denied("d_ncci", "inquiry"),
    "nothing_to_correct": denied("d_bundle", "correct", field="units", value="2"),
    "nothing_to_release": denied("d_free", "release"),
}
ALSO_REFUSED = [
    ("subject_unknown", denied("d_gone", "appeal")),
    ("dispute_open", denied("d_open", "inquiry")),
    ("dispute_open", denied("d_open", "resubmit")),
    ("action_unknown", denied("d_free", "hold")),
    ("subject_unknown", HOLD | {"subject_id": "main/E9/1", "finding_id": "f9"}),
    ("dispute_open", denied("d_beside", "write_off")),
    ("subject_undecidable", HOLD | {"subject": "bundle", "subject_id": "b1", "finding_id": "f9"}),
    ("subject_unknown", CLAIM | HOLD | {"subject_id": "c9"}),
    ("stale", HOLD | {"seen_version": None}),
    ("stale", CLAIM | HOLD | {"seen_version": "h0"}),
    ("action_unknown", {"action": "resubmit", "reason": "x"}),
    ("action_unknown", {"action": "=1+1", "reason": "x"}),
    ("action_unknown", CLAIM | correct("units", "2")),
    ("field_unknown", correct(None, "2")),
    ("field_unknown", correct("encounter_id", "2")),
    ("field_unknown", correct("units", "2", "set")),
    ("value_refused", correct("units", "two")),
    ("value_refused", correct("service_date", "04/02/2026")),
    ("value_refused", correct("service_category", "surgery")),
    ("value_refused", correct("units", "(empty)")),
    ("value_refused", correct("is_emergency", "perhaps")),
    ("value_refused", correct("procedure_code", "99\u200b213")),
    ("value_refused", correct("delay_reason_code", "2", "set")),
    ("value_refused", correct("attachment", "OZ|FX", "set")),
    ("value_refused", correct("attachment", "QQ|FX|1", "set")),
    ("value_refused", correct("attachment", "OZ|QQ|1", "set")),
    ("value_refused", correct("attachment", "OZ|FX|1*2", "set")),
    ("value_refused", correct("remark", "x" * 81, "set")),
    ("value_refused", correct("remark", "\u0418\u0432\u0430\u043d", "set")),
    ("nothing_to_release", CLAIM | RELEASE),
    ("nothing_to_resubmit", CLAIM | AGAIN | {"subject_id": "c_written"}),
    ("nothing_to_resubmit", CLAIM | AGAIN | {"subject_id": "c_gone", "seen_version": "gone"}),
    ("action_without_effect", CLAIM | {"action": "inquiry", "reason": "x"}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "row"), [*REFUSED.items(), *ALSO_REFUSED])
def test_an_impossible_decision_is_refused_with_reason_and_remedy(code: str, row: Any) -> None:
    made = judged(row, HOLD | {"subject_id": "main/E2/1", "finding_id": "f4", "seen_version": "v2"})
    assert made.refused["code"].to_list() == [code]
    assert made.accepted["subject_id"].to_list() == ["main/E2/1"]  # the good one is none the worse
    for words in ("why", "remedy"):
        said = made.refused[words].item()
        assert said[0].isupper()
        assert said.endswith(".")
        if value := row.get("value"):
            assert len(value) < 4 or value not in said


def test_a_stale_decision_names_both_versions() -> None:
    said = judged(REFUSED["stale"]).refused["why"].item()
    assert "v0" in said
    assert "v1" in said


@pytest.mark.parametrize(
    "row",
    [
        HOLD,
        {"action": "write_off", "reason": "old"},
        {"action": " Hold ", "reason": "ask"},
        correct("units", "2"),
        correct("modifiers", "(empty)"),
        correct("service_date", " 2026-04-02 "),
        correct("delay_reason_code", "3", "set"),
        correct("attachment", "OZ|FX|AB-1", "set"),
        correct("remark", "see the chart, p. 3", "set"),
        CLAIM | HOLD,
        CLAIM | correct("remark", "late", "set"),
        CLAIM | RELEASE | {"subject_id": "c_held"},
        CLAIM | RELEASE | {"subject_id": "c_edition"},
        CLAIM | RELEASE | {"subject_id": "c_split"},
    ],
)
def test_a_sound_decision_is_accepted(row: Any) -> None:
    made = judged(row)
    assert made.refused.is_empty()
    assert made.accepted.height == 1


def test_each_field_that_may_be_named_has_a_contract() -> None:
    assert set(CORRECTABLE) == set(FEEDS["encounters"].names) - set(FEEDS["encounters"].key)
    assert not set(CORRECTABLE) & set(SET_FIELDS)


def test_a_release_lifts_the_holds_that_the_worklist_showed_and_no_other() -> None:
    shown = judged(RELEASE, {"finding_id": "f2"})
    assert shown.accepted["value"].to_list() == ["filing_limit_passed"]
    shown = judged(RELEASE, {"finding_id": "f2"}, {"finding_id": "f3"})
    assert shown.accepted["value"].to_list() == ["address_missing|filing_limit_passed"]


def test_to_resubmit_is_about_the_newest_submission() -> None:
    made = judged(CLAIM | {"subject_id": "c_sent", "action": "resubmit", "reason": "no trace"})
    assert made.accepted["value"].to_list() == ["PCN1"]


@pytest.mark.parametrize(
    "rows",
    [
        (HOLD, RELEASE),
        (correct("units", "2"), correct("units", "3")),
        (HOLD, {"action": "write_off", "reason": "old"}),
        ({"action": "write_off", "reason": "old"}, correct("units", "2")),
    ],
)
def test_decisions_that_contradict_each_other_are_all_refused(rows: Any) -> None:
    made = judged(*rows)
    assert made.accepted.is_empty()
    assert made.refused["code"].to_list() == ["contradictory"] * 2


def test_decisions_about_different_things_of_one_line_stand_together() -> None:
    made = judged(HOLD, correct("units", "2"), correct("minutes", "30"))
    assert made.accepted.height == 3


def test_the_same_said_on_several_rows_is_one_decision_with_all_its_reasons() -> None:
    made = judged(HOLD, HOLD | {"reason": "chart", "finding_id": "f3"})
    assert made.accepted["reason"].to_list() == ["ask; chart"]


def recorded(*accepted: pl.DataFrame) -> Known:
    at = [datetime(2026, 5, n, tzinfo=UTC) for n in range(1, len(accepted) + 1)]
    stamped = [frame.with_columns(decided_at=pl.lit(when).dt.cast_time_unit("us"),
               recorded_at=pl.lit(when).dt.cast_time_unit("us"))
               for frame, when in zip(accepted, at, strict=True)]  # fmt: skip
    return replace(KNOWN, recorded=pl.concat(stamped).select(NONE_RECORDED.columns))


def test_what_was_recorded_is_not_recorded_again_even_if_it_is_stale_by_now() -> None:
    before = recorded(judged(HOLD).accepted)
    newer = replace(before, versions=KNOWN.versions.with_columns(version=pl.lit("v7")))
    for known in (before, newer):
        again = judged(HOLD, known=known)
        assert again.accepted.is_empty()
        assert again.refused.is_empty()
        assert again.repeated_count == 1


def test_what_another_decision_has_replaced_cannot_be_entered_again() -> None:
    known = recorded(judged(HOLD).accepted, judged(RELEASE).accepted)
    again = judged(HOLD, known=known)
    assert again.refused["code"].to_list() == ["overtaken"]
    assert again.repeated_count == 0


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("units", "two", "The value is not a number with at most three decimals."),
        ("is_emergency", "perhaps", "The value is neither yes nor no."),
        ("units", "(empty)", "The value is empty and must not be."),
        (
            "procedure_code",
            "99\u200b213",
            "The value holds a control character or an invisible one.",
        ),
    ],
)
def test_what_the_contract_says_of_a_value_is_a_sentence(field: str, value: str, said: str) -> None:
    assert judged(correct(field, value)).refused["why"].to_list() == [said]


@pytest.mark.parametrize(
    ("entered", "meant"),
    [
        (correct("Units", "2"), ("units", "2")),
        (correct("ndc", "(Empty)"), ("ndc", "(empty)")),  # as autocorrection writes it
        (correct("ndc", "(EMPTY)"), ("ndc", "(empty)")),
        (correct("procedure_code", "h0001"), ("procedure_code", "h0001")),
        (correct("remark", "(Empty)", "set"), ("remark", "(Empty)")),
    ],
)
def test_words_of_the_lists_count_in_capitals_too(
    entered: dict[str, Any], meant: tuple[str, str]
) -> None:
    assert judged(entered).accepted.select("field", "value").rows() == [meant]


TAKEN = [
    (denied("d_free", "appeal"), ("denial", "d_free", "appeal", None, "n1")),
    (denied("d_ncci", "appeal"), ("denial", "d_ncci", "appeal", None, "n1")),
    (denied("d_late", "resubmit"), ("denial", "d_late", "resubmit", "PCN1/2", "n1")),
    (denied("d_free", "write_off"), ("denial", "d_free", "write_off", "PCN1/2", "n1")),
    (
        denied("d_open", "correct", field="units", value="2"),
        ("encounter", "main/E1/1", "correct", "2", "v1"),
    ),
]


@pytest.mark.parametrize(("row", "expected"), TAKEN)
def test_a_denial_is_decided_of_by_its_line(row: dict[str, Any], expected: tuple[Any, ...]) -> None:
    made = judged(row).accepted
    assert made.select("subject", "subject_id", "action", "value", "seen_version").rows() == [
        expected
    ]


def test_to_correct_a_denial_and_its_line_differently_is_a_contradiction() -> None:
    field = {"field": "units"}
    both = judged(denied("d_free", "correct", value="2", **field), correct("units", "3"))
    assert set(both.refused["code"]) == {"contradictory"}


def test_a_write_off_of_a_denial_is_taken_back_by_a_release() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    row = {"decision_id": "x", "subject": "denial", "subject_id": "d_free", "action": "write_off",
           "decided_at": at, "recorded_at": at}  # fmt: skip
    before = pl.concat([NONE_RECORDED, pl.DataFrame([row])], how="diagonal_relaxed")
    made = judged(denied("d_free", "release"), known=replace(KNOWN, recorded=before))
    assert made.accepted["action"].to_list() == ["release"]


def test_an_appeal_beside_another_denial_of_the_line_is_taken() -> None:
    assert judged(denied("d_beside", "appeal")).refused.is_empty()


def test_of_one_line_its_denials_are_not_decided_differently() -> None:
    made = judged(denied("d_free", "write_off"), denied("d_ncci", "resubmit"))
    assert made.refused["code"].to_list() == ["contradictory"] * 2
    same = judged(denied("d_free", "write_off"), denied("d_ncci", "write_off"))
    assert same.refused.is_empty()
