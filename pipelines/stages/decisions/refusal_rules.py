"""Refusal rules: what makes an entered decision impossible, in the order in which it is told.

Each is an expression over rows as `judging` lays them out, with its words; none holds a value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from contracts.decisions import ACTIONS, CORRECTABLE, GONE, MOST_REASON, NAME_A_FIELD, SET_FIELDS
from pipelines.stages.acknowledgements.states import RESENDABLE

_action, _subject = pl.col("action"), pl.col("subject")
_ANEW: Final = "Decide again on a worklist that is issued now (reentry worklist)."
_NO_EFFECT: Final = {
    "void": "Nothing can be voided: the payer has given the claim no number of its own yet.",
    "inquiry": "An inquiry is about a denial: reentry denials inquire ID.",
}


@dataclass(frozen=True)
class Rule:
    """A reason to refuse: its slug, the rows that it refuses, why, and what to do about it."""

    code: str
    broken: pl.Expr
    why: pl.Expr
    remedy: pl.Expr


def rule(code: str, broken: pl.Expr, why: str | pl.Expr, remedy: str | pl.Expr) -> Rule:
    """A rule whose words may be plain text."""
    said = [pl.lit(text) if isinstance(text, str) else text for text in (why, remedy)]
    return Rule(code, broken, *said)


def rules(user_id: str) -> Iterator[Rule]:
    """All rules but contradiction, which looks at several rows."""
    yield from _about_the_row(user_id)
    yield from _about_the_subject()
    yield from _about_the_entry()
    yield from _about_the_action()


def _about_the_row(user_id: str) -> Iterator[Rule]:
    issued_to, issue = pl.col("issued_to"), pl.col("issue_id")
    yield rule(
        "decision_missing",
        _action.is_null(),
        "A field, value or reason is entered, but no decision.",
        "Choose a decision, or empty the row's other cells.",
    )
    yield rule(
        "issue_unknown",
        issue.is_not_null() & issued_to.is_null(),
        "No worklist with the row's issue id was issued to anybody here.",
        "Return the workbook that was issued, with its hidden columns as they were.",
    )
    yield rule(
        "issue_of_another",
        issued_to != user_id,
        pl.format("The worklist was issued to {}.", issued_to),
        pl.format("Let {} return it, or answer a worklist of your own.", issued_to),
    )
    yield rule(
        "row_mixed_up",
        pl.col("finding_subject_id") != pl.col("subject_id"),
        "The row's hidden finding is about another subject than the one it shows.",
        "Sort whole rows only, hidden columns with them, or start from the workbook as issued.",
    )


def _about_the_subject() -> Iterator[Rule]:
    yield rule(
        "subject_undecidable",
        ~_subject.is_in(list(ACTIONS)),
        pl.format("Nothing can be decided about a {}.", _subject),
        "Mend the record in its source system; the next run sees it.",
    )
    yield rule(
        "subject_unknown",
        pl.col("version").is_null(),
        pl.format("No current {} has this id: it was withdrawn, or never there.", _subject),
        _ANEW,
    )
    yield rule(
        "stale",
        pl.col("version") != pl.col("seen_version").fill_null(""),
        pl.format(
            "The {} has changed since: version {} was seen, version {} is current.",
            _subject,
            pl.col("seen_version").fill_null("none"),
            pl.col("version"),
        ),
        _ANEW,
    )


def _about_the_entry() -> Iterator[Rule]:
    field, names_field = pl.col("field"), _action.is_in(NAME_A_FIELD)
    has_more = field.is_not_null() | pl.col("value").is_not_null()
    for action, why in _NO_EFFECT.items():
        is_meant = (_subject == "claim") & (_action == action)
        yield rule("action_without_effect", is_meant, why, "Hold the claim, or write it off.")
    for subject, allowed in ACTIONS.items():
        yield rule(
            "action_unknown",
            (_subject == subject) & ~_action.is_in(allowed),
            f"That is no decision about a {subject}.",
            f"Choose one of: {', '.join(allowed)}.",
        )
    yield rule(
        "reason_missing",
        pl.col("reason").is_null(),
        "No reason is given.",
        "Say why, in a few words.",
    )
    yield rule(
        "reason_too_long",
        pl.col("reason").str.len_chars() > MOST_REASON,
        f"The reason is longer than {MOST_REASON} characters.",
        "Shorten it.",
    )
    yield rule(
        "field_not_asked",
        ~names_field & has_more,
        pl.format("To {} takes neither field nor value.", _action),
        "Empty both cells, or decide to correct or to set.",
    )
    for action, fields in (("correct", CORRECTABLE), ("set", SET_FIELDS)):
        yield rule(
            "field_unknown",
            (_action == action) & ~field.is_in(fields).fill_null(False),
            pl.format(
                "The field is {} one that {} may name.",
                pl.when(field.is_null()).then(pl.lit("missing:")).otherwise(pl.lit("not")),
                _action,
            ),
            f"Name one of: {', '.join(fields)}.",
        )
    yield rule(
        "value_missing",
        names_field & pl.col("value").is_null(),
        "No value is given.",
        "Enter the value; to leave an optional field without one, write (empty).",
    )
    yield Rule(
        "value_refused",
        names_field & pl.col("value_why").is_not_null(),
        pl.format("The value {}.", pl.col("value_why")),
        pl.col("value_remedy"),
    )


def _about_the_action() -> Iterator[Rule]:
    of_line, releases = _subject == "encounter", _action == "release"
    resends = (_subject == "claim") & (_action == "resubmit")
    yield rule(
        "release_of_reject",
        of_line & releases & (pl.col("severity") == "reject"),
        "Release lifts a hold, never a reject.",
        "Correct what the finding names, or mend it in the source system.",
    )
    yield rule(
        "nothing_to_release",
        of_line & releases & pl.col("holds_seen").is_null(),
        "None of the line's findings that the worklist shows is a hold that still stands.",
        "Nothing; or decide again on a worklist that is issued now.",
    )
    yield rule(
        "nothing_to_release",
        (_subject == "claim") & releases & ~pl.col("is_releasable").fill_null(False),
        "Nothing holds the claim that a person may release.",
        "Mend what the plan's reasons name (reentry plan).",
    )
    yield rule(
        "nothing_to_resubmit",
        resends & (pl.col("version") == GONE),
        "The facts make this claim no longer: there is nothing to send.",
        "Wait for the payer's answer; mend the service in its source system if it was given.",
    )
    yield rule(
        "nothing_to_resubmit",
        resends & ~pl.col("newest_state").is_in(RESENDABLE).fill_null(False),
        "Only a claim whose file has gone, and that the payer has not accepted, can be sent again.",
        "Propose it (reentry batch propose); withdraw a batch whose file has not gone.",
    )
