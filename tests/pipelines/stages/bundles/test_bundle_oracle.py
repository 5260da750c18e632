"""The stage and a slow, plainly written oracle agree on histories that nobody thought of.

An example holds four to eight histories, half of them about the day of release.
"""

from datetime import timedelta
from functools import cache
from typing import Any

from bundle_oracle import judged, rules_of
from bundle_timelines import DAY_0, drawn, on
from hypothesis import given, settings
from hypothesis import strategies as st
from soak_profile import IS_SOAK

from codesets.loader import CodeSets
from contracts.policy import Policy, shipped_text
from pipelines.stages.bundles.evaluation import Bundles, bundles

RULES, ROWS = CodeSets().table("care_bundles"), rules_of()
POLICY = Policy(shipped_text())

examples = settings(max_examples=5_000 if IS_SOAK else 30, derandomize=not IS_SOAK, deadline=None)

# Few days, so that many fall together: on bounds, on the release, on each other.
anywhere = st.sampled_from([0, 1, 3, 5, 10, 14, 15, 16, 30, 45, 46, 60, 61, 67, 68, 90, 91])
# Bounds of the rules relative to the release, and a day to either side of them.
ABOUT_RELEASE = (-61, -60, -59, -15, -14, -13, -4, -3, -2, -1, 0, 1, 2, 6, 7, 8, 29, 30, 31)
noted_words = st.sampled_from(
    ["meet", "assess", "consult", "start", "final", "handoff", "follow", "link"]
)
plain_words = st.sampled_from(
    ["mgr", "post", "same", "consent", "share", "appoint", "casework", "assigned", "refuse"]
)


def about(release: int) -> st.SearchStrategy[int]:
    """Days near a release, none before custody."""
    return st.sampled_from([release + days for days in ABOUT_RELEASE if release + days >= 0])


@cache
def events(release: int | None) -> st.SearchStrategy[list[str]]:
    """Words of what happened, on any day or, where a release is named, about it."""
    days = anywhere if release is None else about(release)
    noted = st.builds(
        "{}@{}{}{}{}".format,
        noted_words,
        days,
        st.sampled_from(["", "", "", "/10", "/20"]),
        st.sampled_from(["", "", "", "!", "~"]),
        st.sampled_from(["", "", "(po)", "(cp)"]),
    )
    plain = st.builds("{}@{}".format, plain_words, days)
    signed = st.one_of(
        st.builds("sign@{}".format, days),
        st.tuples(st.integers(-30, 30), st.integers(0, 60)).map(lambda d: f"sign@{d[0]}-{sum(d)}"),
        st.tuples(st.integers(-30, 0), days).map(lambda d: f"sign@{d[0]}-{d[1]}"),
    )
    supplied = st.builds("{}@{}/{}".format, st.sampled_from(["meds", "fill"]), days,
                         st.sampled_from([7, 29, 30]))  # fmt: skip
    one = st.one_of(noted, noted, noted, plain, plain, signed, supplied)
    return st.lists(one, max_size=16)


# Most of what has to be done, in order, so that some bundles become complete.
SOUND = [
    "mgr@1",
    "meet@3",
    "assess@5",
    "consent@5",
    "start@10",
    "post@30",
    "final@40",
    "share@41",
    "handoff@46",
]
begun = st.lists(st.sampled_from(SOUND), unique=True, max_size=9) | st.just(SOUND)
flags = st.lists(
    st.sampled_from(["rx", "smi", "unknown", "uncovered", "dead"]), unique=True, max_size=2
)


@st.composite
def counties(draw: Any) -> tuple[list[str], int]:
    """Four to eight histories and the day on which they are judged, often about a release."""
    release = draw(st.none() | st.sampled_from([14, 15, 46, 60]))
    days = anywhere if release is None else about(release)
    histories = draw(st.lists(timelines(release), min_size=4, max_size=8))
    return histories, draw(days)


@st.composite
def timelines(draw: Any, release: int | None) -> str:
    activated = draw(st.lists(st.sampled_from([1, 3, 46, 60]), max_size=2, unique=True))
    if not draw(st.booleans()):
        activated = activated[:1] or [1]
    day = anywhere if release is None else st.sampled_from([release - 1, release, release + 1])
    first = max(activated, default=0)
    out = draw(st.none() | day.map(lambda drawn: max(drawn, first)))
    custody = [f"act@{day}" for day in sorted(activated)]
    custody += [f"out@{out}"] if out is not None else []
    custody += [f"expect@{draw(day)}"] if draw(st.booleans()) else []
    happened = draw(st.one_of(events(None), events(out if release else None)))
    return " ".join(_one_manager([*custody, *draw(flags), *draw(begun), *happened]))


def _one_manager(words: list[str]) -> list[str]:
    """Of a stay and phase the feed holds one manager: the last that is told."""
    last = {("post" if name == "same" else name): word for word in words
            if (name := word.partition("@")[0]) in ("mgr", "post", "same")}  # fmt: skip
    return [w for w in words if w.partition("@")[0] not in ("mgr", "post", "same")] + [
        *last.values()
    ]


@examples
@given(counties())
def test_the_oracle_agrees(county: tuple[list[str], int]) -> None:
    histories, as_of = county
    made = bundles(drawn(*histories), RULES, POLICY, on(as_of))
    for number, history in enumerate(histories, start=1):
        assert told(made, f"S{number}") == judged(history, as_of, ROWS), history


def told(made: Bundles, stay: str) -> dict[Any, Any]:
    """What the stage says of a stay, in the oracle's form."""
    missing = made.bundle_elements.filter(stay_id=stay, state="missing")
    of_bundle: dict[Any, set[str]] = {}
    for bundle, ordinal, element in missing.select("bundle_id", "ordinal", "element").rows():
        if not element.startswith("bundle:"):
            of_bundle.setdefault((bundle, ordinal), set()).add(element)
    return {
        (row["bundle_id"], row["ordinal"]): {
            "state": row["state"],
            "on": _place(row["completed_on"]),
            "billed": _place(row["service_date"]),
            "billable": bool(row["is_billable"]),
            "missing": of_bundle.get((row["bundle_id"], row["ordinal"]), set()),
        }
        for row in made.bundles.filter(stay_id=stay).iter_rows(named=True)
    }


def _place(day: Any) -> int | None:
    return None if day is None else (day - DAY_0) // timedelta(days=1)
