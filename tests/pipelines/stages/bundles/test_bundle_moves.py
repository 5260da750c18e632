"""A release that moves: due dates move, and what became impossible is listed."""

from bundle_timelines import drawn, on

from codesets.loader import CodeSets
from contracts.policy import Policy, shipped_text
from pipelines.stages.bundles.evaluation import bundles
from pipelines.stages.bundles.moves import moved

RULES, POLICY = CodeSets().table("care_bundles"), Policy(shipped_text())
READY = "act@1 mgr@1 meet@3 assess@5 consent@5 start@10 post@30 final@40 share@41"


def differ(before: str, after: str, day: int) -> list[tuple[object, ...]]:
    earlier, later = (
        bundles(drawn(f"{READY} {timeline}"), RULES, POLICY, on(day)).bundles
        for timeline in (before, after)
    )
    told = moved(earlier, later).filter(bundle_id="plan_and_handoff")
    return told.select("state_before", "state", "due_on_before", "due_on", "is_lost").rows()


def test_a_later_release_moves_what_is_due() -> None:
    assert differ("expect@60", "expect@70", 45) == [("open", "open", on(46), on(56), False)]


def test_an_earlier_release_makes_the_handoff_impossible() -> None:
    assert differ("expect@60", "out@44", 45) == [("open", "missed", on(46), on(44), True)]


def test_a_release_that_stays_is_not_told() -> None:
    assert differ("expect@60", "expect@60", 45) == []
