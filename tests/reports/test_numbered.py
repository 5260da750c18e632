"""Numbers that stand for ids sort, join and count as the ids do."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from reports.numbered import numbered, words

IDS = st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=12)


def test_one_id_is_one_number_in_every_frame_in_the_order_of_the_ids() -> None:
    frames = {
        "people": pl.DataFrame({"person_id": ["P10", "P2", None], "sex": ["F", "M", "M"]}),
        "lines": pl.DataFrame({"person_id": ["P2", "P1", "P10", "P2"]}),
        "codes": pl.DataFrame({"code": ["en"]}),
    }
    made = numbered(frames, ["person_id"])
    assert made["people"]["person_id"].to_list() == [1, 2, None]
    assert made["lines"]["person_id"].to_list() == [2, 0, 1, 2]
    assert made["people"]["sex"].to_list() == ["F", "M", "M"]
    assert made["codes"].equals(frames["codes"])


@given(IDS, IDS)
def test_numbers_compare_as_the_ids_do(one: list[str | None], other: list[str | None]) -> None:
    frames = {
        name: pl.DataFrame({"id": ids}, schema={"id": pl.String})
        for name, ids in (("one", one), ("other", other))
    }
    made = numbered(frames, ["id"])
    told = [*one, *other]
    numbers = [*made["one"]["id"], *made["other"]["id"]]
    pairs = dict(zip(told, numbers, strict=True))
    ids = sorted((one for one in pairs if one is not None), key=str.encode)
    assert [pairs[one] for one in ids] == list(range(len(ids)))
    assert [number is None for number in numbers] == [one is None for one in told]


def test_words_are_every_value_of_the_columns_once() -> None:
    frames = {
        "lines": pl.DataFrame({"verdict": ["held", "clean", None], "minutes": [1, 2, 3]}),
        "stays": pl.DataFrame({"facility_id": ["F2", "clean"]}),
    }
    assert words(frames, ["verdict", "facility_id"])["word"].to_list() == ["F2", "clean", "held"]
