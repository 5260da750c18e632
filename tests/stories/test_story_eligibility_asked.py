"""Questions about eligibility that have no answer: what is said to them, and the exit code."""

from pathlib import Path

import pytest
from stories import AGENCY, BILLER, NOW, Homes, done, reentry, typed

UNKNOWN = "SECRET-STAY"
ALL_STAYS = [("windows",), ("windows", "--days"), ("eligibility", "gaps"),
             ("eligibility", "unanswered")]  # fmt: skip


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An agency that has sent nothing, and ran all the same."""
    home = tmp_path_factory.mktemp("empty") / "home"
    told = typed(home, "init", str(home), "--agency", AGENCY, "--sandbox", "--now", NOW,
                 "--user", BILLER)  # fmt: skip
    assert told.exit_code == 0, told
    done(home, "run")
    return home


@pytest.mark.parametrize(
    "words",
    [("windows", "--stay"), ("windows", "--days", "--stay"), ("eligibility", "timeline")],
)
def test_a_stay_that_nobody_sent_is_2_and_not_repeated(
    words: tuple[str, ...], homes: Homes
) -> None:
    told = reentry(homes.at("derived"), *words, UNKNOWN)
    assert (told.exit_code, told.out) == (2, "")
    assert told.err.startswith("stay_unknown: ")
    assert UNKNOWN not in told.err


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("2026-11-01", "since_to_come: --since 2026-11-01 is later than today."),
        ("yesterday", "write a day as YYYY-MM-DD"),
        ("2026-02-30", "write a day as YYYY-MM-DD"),
        ("", "write a day as YYYY-MM-DD"),
    ],
)
def test_a_day_that_cannot_be_compared_with_is_2(since: str, said: str, homes: Homes) -> None:
    told = reentry(homes.at("derived"), "eligibility", "changes", "--since", since)
    assert (told.exit_code, told.out) == (2, "")
    assert said in told.err


@pytest.mark.parametrize(
    "words",
    [
        ("windows",),
        ("windows", "compare"),
        ("eligibility", "gaps"),
        ("eligibility", "changes", "--since", "2026-10-30"),
        ("eligibility", "unanswered"),
        ("eligibility", "request"),
    ],
)
def test_an_as_of_day_to_come_is_2(words: tuple[str, ...], homes: Homes) -> None:
    told = reentry(homes.at("derived"), *words, "--as-of", "2026-11-01")
    assert (told.exit_code, told.out) == (2, "")
    assert told.err == "as_of_to_come: --as-of 2026-11-01 is later than today, 2026-10-31.\n"


def test_changes_as_of_a_past_day_are_those_known_at_its_end(homes: Homes) -> None:
    """All files came on 2026-10-31, or the day before: nothing was known in September."""
    words = ("eligibility", "changes", "--since", "2026-09-01", "--as-of", "2026-09-15")
    found = done(homes.at("derived"), *words)
    assert (found["spans"], found["lines"]) == ([], [])
    told = reentry(homes.at("derived"), *words[:3], "2026-09-16", *words[4:])
    assert told.exit_code == 2
    assert told.err == "since_to_come: --since 2026-09-16 is later than --as-of 2026-09-15.\n"


def test_a_past_day_without_a_run_is_2_and_says_how_to_make_one(homes: Homes) -> None:
    told = reentry(homes.at("derived"), "windows", "--as-of", "2026-09-15")
    assert told.exit_code == 2
    assert "`reentry run --as-of 2026-09-15`" in told.err


@pytest.mark.parametrize("words", [("--stay", "s1"), ("--days",)])
def test_compare_takes_no_other_question(words: tuple[str, ...], homes: Homes) -> None:
    told = reentry(homes.at("derived"), "windows", "compare", *words)
    assert (told.exit_code, told.out) == (2, "")
    assert "compare takes neither --stay nor --days" in told.err


def test_a_policy_that_changed_since_the_run_is_told_beside_the_answer(
    homes: Homes, tmp_path: Path
) -> None:
    home = homes.copy("derived", tmp_path / "home")
    assert reentry(home, "windows", "compare").err == ""
    policy = home / "policy.toml"
    policy.write_text(policy.read_text().replace("value = 90", "value = 60", 1))
    told = reentry(home, "windows", "compare", "--json")
    assert told.exit_code == 0
    assert told.json["policy"] == "activation_clock"
    assert told.err.startswith("policy.toml has changed since that run")


def test_a_stay_without_a_name_is_not_every_stay(homes: Homes) -> None:
    told = reentry(homes.at("derived"), "windows", "--stay", "")
    assert (told.exit_code, told.err.split(":")[0]) == (2, "stay_unknown")


def test_changes_without_a_day_is_2(homes: Homes) -> None:
    told = reentry(homes.at("derived"), "eligibility", "changes")
    assert told.exit_code == 2
    assert "--since" in told.err


def test_since_today_nothing_has_changed(homes: Homes) -> None:
    found = done(homes.at("derived"), "eligibility", "changes", "--since", "2026-10-31")
    assert (found["spans"], found["lines"]) == ([], [])


@pytest.mark.parametrize(
    "words",
    [
        ("windows",),
        ("windows", "--days"),
        ("windows", "compare"),
        ("windows", "--stay", UNKNOWN),
        ("eligibility", "gaps"),
        ("eligibility", "timeline", UNKNOWN),
    ],
)
def test_before_the_first_run_is_2_and_says_to_run(words: tuple[str, ...], homes: Homes) -> None:
    told = reentry(homes.at("landed"), *words)
    assert (told.exit_code, told.out) == (2, "")
    assert told.err == "no_run: no run is complete yet. Run `reentry run` first.\n"


def test_changes_need_no_run(homes: Homes) -> None:
    """They compare facts; here no file has been taken yet."""
    found = done(homes.at("landed"), "eligibility", "changes", "--since", "2026-10-30")
    assert (found["spans"], found["lines"]) == ([], [])


@pytest.mark.parametrize("words", ALL_STAYS)
def test_an_agency_without_stays_has_nothing_to_list(words: tuple[str, ...], empty: Path) -> None:
    assert done(empty, *words) == []
    assert reentry(empty, *words).exit_code == 0


def test_an_agency_without_stays_has_nothing_to_compare(empty: Path) -> None:
    changed = done(empty, "eligibility", "changes", "--since", "2026-10-30")
    assert (changed["spans"], changed["lines"]) == ([], [])
    found = done(empty, "windows", "compare")
    totals = [found[name] for name in ("gained_amount", "lost_amount", "waiting_amount")]
    assert (found["stays"], found["lines"], totals) == ([], [], ["0.00"] * 3)
    for words in (("eligibility", "changes", "--since", "2026-10-30"), ("windows", "compare")):
        told = reentry(empty, *words)
        assert told.exit_code == 0, told
        assert "0.00 dollars gained" in told.out


def test_an_agency_without_stays_knows_no_stay(empty: Path) -> None:
    told = reentry(empty, "windows", "--stay", UNKNOWN)
    assert (told.exit_code, told.err.split(":")[0]) == (2, "stay_unknown")
