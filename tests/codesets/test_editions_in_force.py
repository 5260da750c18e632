"""Which edition answers for a day, with imported editions beside shipped ones."""

import hashlib
import pickle
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codesets.editions import Edition, timeline
from codesets.errors import CodeSetFileError, NoEditionError, UnknownCodeSetError
from codesets.loader import CodeSets

D = date.fromisoformat
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SET = """
title = "Fruit"
licence = "own"
key = ["code"]
[columns]
code = { kind = "text", meaning = "a fruit" }
label = { kind = "text", meaning = "its name" }
price_amount = { kind = "money", meaning = "dollars" }
is_ripe = { kind = "flag", meaning = "ripe" }
picked_on = { kind = "date", meaning = "day" }
names = { kind = "text_list", meaning = "other names" }
"""


def write(folder: Path, edition: str, csv: str, *, received: str = "", **manifest: str) -> str:
    """An edition's file; the manifest table that declares it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{edition}.csv").write_text(csv)
    held = {"effective_from": "2024-01-01", "status": '"verified"'} | manifest
    held |= {"received_at": received} if received else {}
    lines = [f"{key} = {value}" for key, value in held.items() if value]
    digest = hashlib.sha256(csv.encode()).hexdigest()
    return "\n".join(
        [
            f'edition = "{edition}"',
            f'file = "{edition}.csv"',
            'source = "test"',
            *lines,
            f"rows = {csv.count(chr(10)) - 1}",
            f'sha256 = "{digest}"',
            "",
        ]
    )


class Shelf:
    """A shipped folder and a home's folder with one set, `fruit`."""

    def __init__(self, root: Path) -> None:
        self.shipped, self.home = root / "shipped", root / "home"
        self.declared: list[str] = []
        (self.shipped / "fruit").mkdir(parents=True)
        self.home.mkdir()

    def ship(self, edition: str, csv: str = "code,label\n01,apple\n", **manifest: str) -> None:
        table = write(self.shipped / "fruit", edition, csv, **manifest)
        self.declared.append(f"[[edition]]\n{table}")
        (self.shipped / "fruit/set.toml").write_text(SET + "\n".join(self.declared))

    def load(self, edition: str, csv: str = "code,label\n01,pear\n", **manifest: str) -> None:
        manifest.setdefault("received", "2026-01-01T12:00:00Z")
        table = write(self.home / "fruit", edition, csv, **manifest)
        (self.home / f"fruit/{edition}.toml").write_text(table)

    def sets(self) -> CodeSets:
        return CodeSets(self.shipped, self.home)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


# fmt: off
PICTURE = [
    # day          edition  fallback
    ("2024-01-01", "2024",  False),
    ("2024-12-31", "2024",  False),
    ("2025-01-01", "2024",  True),    # nothing is in force until March: the newest earlier one
    ("2025-02-28", "2024",  True),
    ("2025-03-01", "2025",  False),   # imported
    ("2025-06-01", "2025b", False),   # the newer of two that cover the day
    ("2025-07-01", "2025",  False),   # the correction ended, the other goes on
    ("2030-01-01", "2025",  False),
]
# fmt: on


def fill(shelf: Shelf) -> None:
    shelf.ship("2024", effective_to="2024-12-31")
    shelf.load("2025", effective_from="2025-03-01")
    shelf.load("2025b", effective_from="2025-05-01", effective_to="2025-06-30")


def test_the_newest_edition_that_covers_the_day_answers_else_the_newest_earlier(
    shelf: Shelf,
) -> None:
    fill(shelf)
    sets = shelf.sets()
    found = [sets.in_force("fruit", D(day)) for day, *_ in PICTURE]
    assert [(f.edition, f.is_fallback) for f in found] == [tuple(rest) for _, *rest in PICTURE]
    assert [f.warning is not None for f in found] == [f.is_fallback for f in found]


def test_a_fallback_says_so_with_the_remedy(shelf: Shelf) -> None:
    fill(shelf)
    asked = pl.Series([D("2024-05-01"), D("2025-02-03"), None, D("2025-01-02"), D("2026-01-01")])
    sets = shelf.sets()
    sentence = (
        "code set fruit: no edition is in force on 2025-01-02; the newest earlier one, "
        "2024 (2024-01-01 to 2024-12-31), was taken. "
        "Load one with: reentry codes import fruit FILE --edition ID --effective 2025-01-02 "
        "--source TEXT"
    )
    assert sets.in_force("fruit", D("2025-01-02")).warning == sentence
    assert sets.warnings("fruit", asked) == (sentence,)
    assert sets.warnings("fruit", asked.tail(1)) == ()


def test_the_table_agrees_with_in_force_on_every_day(shelf: Shelf) -> None:
    fill(shelf)
    sets = shelf.sets()
    table = sets.table("fruit")
    for day in (D("2024-01-01") + timedelta(days=n) for n in range(600)):
        answers = table.filter(
            pl.col("edition_from").le(day) & pl.col("edition_to").fill_null(date.max).ge(day)
        )
        assert answers["edition_id"].to_list() == [sets.in_force("fruit", day).edition]


def test_no_edition_stops_with_the_remedy(shelf: Shelf) -> None:
    fill(shelf)
    with pytest.raises(NoEditionError, match=r"reentry codes import fruit FILE .*2023-12-31") as e:
        shelf.sets().in_force("fruit", D("2023-12-31"))
    assert e.value.code == "no_edition"
    assert str(pickle.loads(pickle.dumps(e.value))) == str(e.value)  # noqa: S301


def test_an_unknown_name_is_answered_with_the_nearest(shelf: Shelf) -> None:
    fill(shelf)
    with pytest.raises(UnknownCodeSetError, match=r"code set fruits: .*Nearest: fruit\."):
        shelf.sets().in_force("fruits", D("2024-01-01"))


def test_an_edition_is_unknown_before_it_was_received(shelf: Shelf) -> None:
    fill(shelf)
    sets, before = shelf.sets(), NOON - timedelta(seconds=1)
    assert sets.in_force("fruit", D("2025-03-01"), before).edition == "2024"
    assert sets.in_force("fruit", D("2025-03-01"), NOON).edition == "2025"
    assert list(sets.editions(before)) == ["fruit/2024"]
    assert sets.editions_hash(before) != sets.editions_hash(NOON) == sets.editions_hash()


def test_a_set_received_only_later_has_an_empty_table(shelf: Shelf) -> None:
    shelf.ship("2024")
    too_early = datetime(1999, 1, 1, tzinfo=UTC)
    assert shelf.sets().table("fruit", too_early).is_empty()
    assert shelf.sets().table("fruit", too_early).schema == shelf.sets().table("fruit").schema


def test_an_illustrative_edition_gives_way_to_a_real_one_that_began_earlier(shelf: Shelf) -> None:
    shelf.ship("demo", status='"illustrative"')
    shelf.load("real", effective_from="2023-06-01", effective_to="2025-12-31")
    shelf.load("empty", "code\n", effective_from="2023-01-01", status='"unset"')
    sets = shelf.sets()
    days = ("2023-01-01", "2023-06-01", "2024-05-01", "2026-05-01")
    found = [sets.in_force("fruit", D(day)) for day in days]
    assert [f.edition for f in found] == ["empty", "real", "real", "real"]
    assert [f.is_fallback for f in found] == [False, False, False, True]
    on = [sets.edition_on("fruit", D(day)) for day in ("2022-12-31", *days)]
    assert [one and one.edition for one in on] == [None, "empty", "real", "real", "real"]
    assert found[0].is_unset
    assert found[0].frame.is_empty()


def test_an_edition_received_again_replaces_the_one_before(shelf: Shelf) -> None:
    shelf.ship("2024")
    shelf.load("2024", "code,label\n01,quince\n")
    frame = shelf.sets().in_force("fruit", D("2024-01-01")).frame
    assert frame["label"].to_list() == ["quince"]
    assert shelf.sets().table("fruit").height == 1
    assert shelf.sets().catalogue()["is_shipped"].sort().to_list() == [False, True]


def test_values_are_typed_and_absent_columns_are_null(shelf: Shelf) -> None:
    header = "code,label,price_amount,is_ripe,picked_on,names\n"
    shelf.ship("2024", header + "007,,1.50,true,2024-02-29,apple|malum\n08,plum,,false,,\n")
    frame = shelf.sets().in_force("fruit", D("2024-01-01")).frame
    assert frame["code"].to_list() == ["007", "08"]
    assert str(frame["price_amount"][0]) == "1.50"
    assert frame["is_ripe"].to_list() == [True, False]
    assert frame["picked_on"].to_list() == [D("2024-02-29"), None]
    assert frame["names"].to_list() == [["apple", "malum"], None]
    shelf.load("2025", "code\n01\n", effective_from="2025-01-01")
    assert shelf.sets().in_force("fruit", D("2025-01-01")).frame.row(0) == ("01", *[None] * 5)


@pytest.mark.parametrize(
    ("csv", "says"),
    [
        ("label\napple\n", "column code is missing"),
        ("code,colour\n1,red\n", "column colour is not one of the set's"),
        ("code,picked_on\n1,2024-01-01\n2,01/02/2024\n", "row 2, column picked_on: not a date"),
        ("code,price_amount\n1,1.005\n", "row 1, column price_amount: not dollars"),
        ("code,is_ripe\n1,Y\n", "row 1, column is_ripe: not true or false"),
    ],
)
def test_a_file_that_is_not_as_declared_is_refused(shelf: Shelf, csv: str, says: str) -> None:
    shelf.ship("2023")
    shelf.load("2024", csv)
    with pytest.raises(CodeSetFileError, match=f"code set fruit, edition 2024: {says}.*Import"):
        shelf.sets().in_force("fruit", D("2024-06-01"))


def test_a_file_changed_after_import_is_refused(shelf: Shelf) -> None:
    shelf.ship("2024")
    (shelf.shipped / "fruit/2024.csv").write_text("code,label\n01,tampered\n")
    with pytest.raises(CodeSetFileError, match="SHA-256 is not the one in its manifest"):
        shelf.sets().table("fruit")
    (shelf.shipped / "fruit/2024.csv").unlink()
    with pytest.raises(CodeSetFileError, match="file is missing"):
        shelf.sets().table("fruit")


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ({"status": '"perhaps"'}, "status is not one of verified"),
        ({"status": ""}, "status is missing"),
        ({"effective_to": "2023-12-31"}, "effective_to lies before effective_from"),
        ({"effective_from": '"2024-01-01"'}, "effective_from or effective_to is not a date"),
        ({"received": "2026-01-01T12:00:00"}, "received_at is not an instant with offset"),
        ({"received": "2026-01-01"}, "received_at is not an instant with offset"),
    ],
)
def test_a_bad_manifest_is_refused(shelf: Shelf, manifest: dict[str, str], says: str) -> None:
    shelf.ship("2023")
    shelf.load("2024", **manifest)
    with pytest.raises(CodeSetFileError, match=f"code set fruit, edition 2024: {says}"):
        shelf.sets().catalogue()


def test_an_imported_folder_of_no_set_is_refused(shelf: Shelf) -> None:
    shelf.ship("2024")
    table = write(shelf.home / "vegetables", "1", "code\n1\n", received="2026-01-01T12:00:00Z")
    (shelf.home / "vegetables/1.toml").write_text(table)
    with pytest.raises(UnknownCodeSetError, match="code set vegetables"):
        shelf.sets().catalogue()


def test_a_manifest_that_is_not_toml_is_refused(shelf: Shelf) -> None:
    shelf.ship("2024")
    (shelf.home / "fruit").mkdir()
    (shelf.home / "fruit/2025.toml").write_text("edition = ")
    with pytest.raises(CodeSetFileError, match=r"fruit/2025\.toml: not valid TOML"):
        shelf.sets().catalogue()


def test_spans_are_spread_and_bad_ones_refused(shelf: Shelf) -> None:
    spans = SET.replace("code = {", "code_to = {").replace('["code"]', '["code"]\nspan_of = "code"')
    spans += 'code_from = { kind = "text", meaning = "first" }\n'
    good = "code_from,code_to,label\nJ0098,J0101,jab\n0591T,,single\n99211,99211,same\n"
    shelf.ship("2024", good)
    declared = shelf.declared[0]
    (shelf.shipped / "fruit/set.toml").write_text(spans + declared)
    rows = shelf.sets().table("fruit").select("code", "label").rows()
    assert sorted(rows) == [
        ("0591T", "single"), ("99211", "same"),
        ("J0098", "jab"), ("J0099", "jab"), ("J0100", "jab"), ("J0101", "jab"),
    ]  # fmt: skip
    for bad in ("J2,J1", "J1,K2", "J9,J10", "0591T,0593T"):
        table = write(shelf.shipped / "fruit", "2024", f"code_from,code_to\n1,2\n{bad}\n")
        (shelf.shipped / "fruit/set.toml").write_text(f"{spans}[[edition]]\n{table}")
        with pytest.raises(CodeSetFileError, match="row 2, column code_from, code_to: no span"):
            shelf.sets().table("fruit")


offsets = st.integers(0, 60)


@st.composite
def editions(draw: st.DrawFn) -> list[Edition]:
    made = []
    for number in range(draw(st.integers(0, 5))):
        start = date(2025, 1, 1) + timedelta(days=draw(offsets))
        end = draw(st.none() | st.integers(0, 30).map(lambda n, s=start: s + timedelta(days=n)))
        status = draw(st.sampled_from(["verified", "unverified", "illustrative", "unset"]))
        received = NOON + timedelta(hours=number)
        made.append(
            Edition("s", f"e{number}", Path("f"), start, end, received, status, "", "", "", 0, True)
        )
    return made


@given(editions())
def test_the_timeline_equals_asking_day_by_day(held: list[Edition]) -> None:
    spans = timeline(held)
    for day in (date(2024, 12, 30) + timedelta(days=n) for n in range(110)):
        begun = [e for e in held if e.effective_from <= day]
        real = [e for e in begun if e.status in ("verified", "unverified")]
        pool = real or begun
        alive = [e for e in pool if e.effective_to is None or e.effective_to >= day]
        expected = sorted(alive or pool, key=lambda e: (e.effective_from, e.received_at))[-1:]
        assert [span.edition for span in spans if span.holds(day)] == expected
