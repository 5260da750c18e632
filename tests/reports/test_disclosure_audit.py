"""The audit and the choice of masks, on drawn tables: what each leak is, and what mends it."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from soak_profile import IS_SOAK

from reports.disclosure import Line, Rate, Relation, Release, Table
from reports.disclosure_audit import faults
from reports.disclosure_knowledge import vintages
from reports.disclosure_record import from_record, to_record
from reports.suppression import choose, primary_only, utility

FACILITIES = Table("by facility", "all", (Line("all", ("A", "B", "C")),))
SHARES = Table(
    "served by facility",
    "all",
    (
        Line("all", ("A", "B")),
        Line("served", ("A served", "B served")),
        Line("all", ("served", "not")),
        Line("A", ("A served", "A not")),
        Line("B", ("B served", "B not")),
    ),
    (("served", "all"), ("A served", "A"), ("B served", "B")),
    frozenset({"not", "A not", "B not"}),
    listed=frozenset({"A", "B"}),
)
CROSSED = Table(
    "by facility and sex",
    "all",
    (
        Line("all", ("A", "B", "C")),
        Line("all", ("f", "m", "u")),
        *(Line(one, tuple(f"{one} {sex}" for sex in "fmu")) for one in "ABC"),
        *(Line(sex, tuple(f"{one} {sex}" for one in "ABC")) for sex in "fmu"),
    ),
)


def drawn(**counts: int) -> dict[str, int]:
    return {name.replace("_", " "): count for name, count in counts.items()}


def released(
    table: Table, counts: dict[str, int], masked: str, rates: tuple[Rate, ...] = ()
) -> Release:
    """A release with these cells masked, whatever comes of it; cells are parted by commas."""
    return Release((table,), counts, frozenset(filter(None, masked.split(","))), frozenset(rates))


def told(*releases: Release) -> list[str]:
    return [fault.cell for fault in faults(releases)]


def grid(*rows: tuple[int, int, int]) -> dict[str, int]:
    """Counts of the crossed table: rows are facilities, columns sexes."""
    cells = {f"{one} {sex}": n for one, row in zip("ABC", rows, strict=True)
             for sex, n in zip("fmu", row, strict=True)}  # fmt: skip
    sums = {one: sum(row) for one, row in zip("ABC", rows, strict=True)}
    sums |= {sex: sum(column) for sex, column in zip("fmu", zip(*rows, strict=True), strict=True)}
    return cells | sums | {"all": sum(cells.values())}


def test_a_total_gives_one_masked_part_away_and_a_second_mask_saves_it() -> None:
    counts = drawn(all=100, A=5, B=45, C=50)
    assert told(released(FACILITIES, counts, "A")) == ["A"]
    assert told(released(FACILITIES, counts, "A,B")) == []
    chosen = choose([FACILITIES], counts)
    assert chosen.masked == {"A", "B"}  # the smallest that mends it


def test_two_masks_that_hold_too_little_between_them_give_each_other_away() -> None:
    counts = drawn(all=55, A=2, B=3, C=50)
    assert told(released(FACILITIES, counts, "A,B")) == ["A", "B"]  # 5 in all: none can be 10
    assert choose([FACILITIES], counts).masked == {"A", "B", "C"}


def test_margins_of_a_two_way_table_give_cells_away_that_a_square_of_masks_saves() -> None:
    counts = grid((5, 30, 40), (31, 32, 60), (41, 61, 62))
    assert told(released(CROSSED, counts, "A f")) == ["A f"]
    assert told(released(CROSSED, counts, "A f,A m")) == ["A f", "A m"]  # their columns tell
    assert told(released(CROSSED, counts, "A f,A m,B f")) == ["A f", "A m", "B f"]
    chosen = choose([CROSSED], counts)
    assert chosen.masked == {"A f", "A m", "B f", "B m"}
    assert told(chosen) == []


def test_a_rounded_share_gives_a_masked_count_away() -> None:
    counts = drawn(all=400, A=200, B=200, served=300, not_=100) | {"not": 100}
    counts |= {"A served": 150, "A not": 50, "B served": 150, "B not": 50}
    counts |= {"A served": 4, "A not": 196, "served": 154, "not": 246}
    masked = "A served,B served"
    assert told(released(SHARES, counts, masked)) == []
    # 2 percent of 200 are 3, 4 or 4.99 people: not 10.
    assert told(released(SHARES, counts, masked, (("A served", "A"),))) == ["A served"]
    # 75 percent of 200 are 149 to 150: with the total it tells of the others.
    assert told(released(SHARES, counts, masked, (("B served", "B"),))) == ["A served"]
    chosen = choose([SHARES], counts)
    assert chosen.masked == {"A served", "B served"}
    assert chosen.rates == {("served", "all")}


def test_few_who_are_not_served_are_as_small_as_few_who_are() -> None:
    counts = drawn(all=90, A=40, B=50, served=60)
    counts |= {"not": 30, "A served": 37, "A not": 3, "B served": 23, "B not": 27}
    assert told(released(SHARES, counts, "")) == ["A not"]
    assert choose([SHARES], counts).masked == {"A served", "B served"}


def test_everybody_and_nobody_are_shown() -> None:
    counts = drawn(all=90, A=40, B=50, served=40)
    counts |= {"not": 50, "A served": 40, "A not": 0, "B served": 0, "B not": 50}
    assert choose([SHARES], counts).masked == frozenset()


def test_a_zero_under_a_masked_total_is_masked_with_it() -> None:
    counts = drawn(all=90, A=7, B=33, C=50, A_f=0, A_m=7, B_f=0, B_m=33)
    halves = [Table(f"{one} by sex", one, (Line(one, (f"{one} f", f"{one} m")),)) for one in "AB"]
    chosen = choose([FACILITIES, halves[0]], counts)
    assert chosen.masked == {"A", "B", "A f", "A m"}
    assert chosen.floors["A m"] == 0  # for all that anybody can tell
    assert choose([halves[1]], counts).masked == frozenset()  # a zero under a shown total


def test_two_releases_that_differ_by_one_person_tell_who_was_masked() -> None:
    before = drawn(all=100, A=10, B=40, C=50)
    after = before | {"all": 101, "A": 11}
    first = choose([FACILITIES], before)
    assert first.masked == {"A", "B"}
    # Alone each is safe; side by side 11 now is 10 or 11 then, and cannot have been 1.
    alone = choose([FACILITIES], after)
    assert alone.masked == frozenset()
    assert told(first, alone) == ["A"]
    second = choose([FACILITIES], after, [first])
    assert "A" in second.masked
    assert told(first, second) == []


def test_what_one_release_masks_no_other_of_the_same_counts_shows() -> None:
    counts = drawn(all=100, A=5, B=45, C=50)
    first = released(FACILITIES, counts, "A,B")
    assert set(told(first, released(FACILITIES, counts, "A,C"))) == {"A", "B", "C"}
    assert choose([FACILITIES], counts, [first]).masked == first.masked
    assert len(vintages([first, first])) == 1


def test_what_cannot_be_made_safe_is_withheld() -> None:
    """Two sums of the same people: the second splits what the first has masked."""
    finer = Table("finer", "all", (Line("all", ("A", "rest")), Line("rest", ("B", "C"))))
    counts = drawn(all=100, A=5, B=45, C=50, rest=95)
    first = released(FACILITIES, counts, "A,B")
    chosen = choose([FACILITIES, finer], counts, [first])
    assert told(first, chosen) == []
    small = drawn(all=7, A=3, B=4, C=0)
    kept = choose([FACILITIES], small)
    assert told(kept) == []
    assert kept.shown == {}


def test_who_is_within_another_figure_tells_of_it() -> None:
    """30 of the 33 of A got something: then A is no fewer than 30, and B, of 38, no more than 8."""
    some = Table("of these", "some", (Line("some", ("some A", "some B")),),
                 ties=(Line("A", ("some A",), Relation.WITHIN),))  # fmt: skip
    every = Table("every", "all", (Line("all", ("A", "B")),))
    counts = {"all": 38, "A": 33, "B": 5, "some": 42, "some A": 30, "some B": 12}
    bare = Release((every,), {c: counts[c] for c in every.cells}, frozenset({"A", "B"}))
    assert told(bare) == []
    assert told(Release((every, some), counts, frozenset({"A", "B"}))) == ["B"]
    chosen = choose([every, some], counts)
    assert told(chosen) == []


def test_a_group_that_overlaps_others_is_no_less_than_their_total_needs() -> None:
    overlap = Table("kinds", "all", (Line("all", ("A", "B"), Relation.COVER),))
    counts = {"all": 40, "A": 34, "B": 9}
    assert told(released(overlap, counts, "B")) == ["B"]  # at least 6
    assert choose([overlap], counts).masked == {"A", "B"}


def test_the_record_of_a_release_is_read_back_as_it_was() -> None:
    counts = grid((5, 30, 40), (31, 32, 60), (41, 61, 62))
    chosen = choose([CROSSED], counts)
    assert from_record(to_record(chosen)) == chosen


def test_plain_suppression_shows_more_and_protects_less() -> None:
    counts = grid((5, 30, 40), (31, 32, 60), (41, 61, 62))
    chosen = choose([CROSSED], counts)
    shown = utility([CROSSED], counts, chosen)
    assert (shown.shown, shown.plain, shown.every) == (12, 15, 16)
    assert told(primary_only([CROSSED], counts)) == ["A f"]


@settings(max_examples=500 if IS_SOAK else 30, derandomize=not IS_SOAK, deadline=None)
@given(
    st.lists(st.integers(0, 12), min_size=4, max_size=4),
    st.sets(st.sampled_from(["A f", "A m", "B f", "B m", "A", "B", "f", "m"])),
    st.booleans(),
)
def test_the_audit_says_what_trying_every_table_says(
    cells: list[int],
    masked: set[str],
    has_rate: bool,  # noqa: FBT001 - drawn
) -> None:
    """Every table of four cells up to the total is tried; the audit must agree cell by cell."""
    table = Table("square", "all", (Line("all", ("A", "B")), Line("all", ("f", "m")),
                  Line("A", ("A f", "A m")), Line("B", ("B f", "B m")),
                  Line("f", ("A f", "B f")), Line("m", ("A m", "B m"))))  # fmt: skip

    def sums(four: tuple[int, ...]) -> dict[str, int]:
        a, b, c, d = four
        return {"A f": a, "A m": b, "B f": c, "B m": d, "A": a + b, "B": c + d, "f": a + c,
                "m": b + d, "all": a + b + c + d}  # fmt: skip

    counts = sums(tuple(cells))
    small = {cell for cell in counts if 0 < counts[cell] <= 10 and cell != "all"}
    hidden = (masked | small) - {cell for cell in counts if not counts[cell]}
    if 0 < counts["all"] <= 10:
        return
    rates = (("f", "all"),) if has_rate and counts["all"] else ()
    release = Release((table,), counts, frozenset(hidden), frozenset(rates))
    every = [
        tried
        for four in itertools.product(range(counts["all"] + 1), repeat=4)
        if sum(four) == counts["all"]
        for tried in [sums(four)]
        if all(tried[c] == counts[c] for c in counts if c not in hidden)
        and all(tried[c] >= release.floors[c] for c in hidden)
        and (not rates or _percent(tried) == _percent(counts))
    ]
    found = set()
    for cell in hidden:
        reach = {tried[cell] for tried in every}
        is_safe = {1, 10} <= reach if counts[cell] <= 10 else len(reach) > 1
        found |= set() if is_safe else {cell}
    # Between the smallest and the largest number there may be gaps; the criterion asks for ends.
    assert set(told(release)) == found


def _percent(counts: dict[str, int]) -> int:
    return int(100 * counts["f"] / counts["all"] + 0.5)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_tables_of_other_people_changes_nothing(seed: int) -> None:
    one, other = grid((5, 30, 40), (31, 32, 60), (41, 61, 62)), drawn(all=100, A=5, B=45, C=50)
    apart = Table("apart", "all!", (Line("all!", ("A!", "B!", "C!")),))
    counts = one | {f"{cell}!": count + seed for cell, count in other.items()}
    counts["all!"] = counts["A!"] + counts["B!"] + counts["C!"]
    assert choose([CROSSED, apart], counts).masked == choose([apart, CROSSED], counts).masked
