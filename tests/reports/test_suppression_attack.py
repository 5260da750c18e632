"""The suppression attack: in random counties and pairs of releases no masked cell leaves the
criterion, whoever reads; what is shown is printed beside what plain suppression would show.
"""

from collections import Counter
from collections.abc import Iterator

import pytest
import release_attack as attack
from hypothesis import given, settings
from hypothesis import strategies as st
from release_attack import Shape
from soak_profile import IS_SOAK

from reports.disclosure import Release
from reports.suppression import choose, primary_only, utility

examples = settings(max_examples=500 if IS_SOAK else 25, derandomize=not IS_SOAK, deadline=None)
TALLY: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    yield
    print(  # noqa: T201 - shown by pytest -s
        f"\n{TALLY['pairs']} pairs of releases: {TALLY['shown'] / TALLY['every']:.0%} of "
        f"{TALLY['every']} counts shown, {TALLY['plain'] / TALLY['every']:.0%} by plain "
        f"suppression, which gave {TALLY['given away']} masked counts away"
    )


@st.composite
def counties(draw: st.DrawFn) -> tuple[Shape, attack.People, attack.People]:
    """A county, and the same one when a few more records have come."""
    shape = Shape(tuple("ABCD"[: draw(st.integers(1, 4))]), tuple("fmu"[: draw(st.integers(1, 3))]))
    numbers = st.one_of(st.just(0), st.integers(1, 12), st.integers(11, 60))
    people = {kind: draw(numbers) for kind in shape.kinds}
    late = draw(st.dictionaries(st.sampled_from(shape.kinds), st.integers(1, 4), max_size=3))
    return shape, people, {kind: count + late.get(kind, 0) for kind, count in people.items()}


def released(shape: Shape, people: attack.People, earlier: list[Release]) -> Release:
    counts = attack.counted(shape, people)
    tables = attack.tables(shape, counts)
    release = choose(tables, counts, earlier)
    told = utility(tables, counts, release)
    TALLY.update(shown=told.shown, plain=told.plain, every=told.every)
    return release


@examples
@given(counties())
def test_no_masked_cell_leaves_the_criterion(
    county: tuple[Shape, attack.People, attack.People],
) -> None:
    shape, before, after = county
    came = [sum(after.values()) - sum(before.values())]
    first = released(shape, before, [])
    second = released(shape, after, [first])
    assert list(attack.broken(shape, [first], [])) == []
    assert list(attack.broken(shape, [first, second], came)) == []
    plain = primary_only(
        attack.tables(shape, first_counts := attack.counted(shape, before)), first_counts
    )
    TALLY.update({"pairs": 1, "given away": len(list(attack.broken(shape, [plain], [])))})


def test_the_attack_finds_what_plain_suppression_gives_away_and_most_counts_are_shown() -> None:
    assert TALLY["given away"] > TALLY["pairs"]
    assert TALLY["shown"] > TALLY["plain"] / 2
