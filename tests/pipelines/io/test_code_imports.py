"""Importing an edition: what is taken, what is refused, and what past runs keep."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from codesets.errors import CodeSetFileError
from codesets.loader import CodeSets
from contracts.errors import RefusedInputError, UsageError
from pipelines.io.code_imports import Import, import_edition

RECEIVED = datetime(2026, 10, 5, tzinfo=UTC)
TOLD = Import("ji_aid_codes", "2026-10", date(2026, 10, 1), None, "verified", 'DHCS "chart"')


def file_of(folder: Path, text: str, name: str = "codes.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_edition_answers_from_its_first_day_and_not_for_an_earlier_known_at(
    tmp_path: Path,
) -> None:
    home = tmp_path / "codesets"
    text = "code,label,population,valid_from,valid_to\nX9,adults,adult,2026-10-01,\n"
    import_edition(home, file_of(tmp_path, text), TOLD, RECEIVED)
    sets = CodeSets(home=home)
    assert sets.in_force("ji_aid_codes", date(2026, 10, 1)).frame["code"].to_list() == ["X9"]
    before = sets.in_force("ji_aid_codes", date(2026, 10, 1), datetime(2026, 10, 4, tzinfo=UTC))
    assert before.status == "illustrative"
    assert {p.stat().st_mode & 0o777 for p in home.rglob("*") if p.is_file()} == {0o600}


@pytest.mark.parametrize(
    ("name", "text", "error", "code"),
    [
        ("codes.xls", "code\nX9\n", RefusedInputError, "unknown_kind"),
        ("codes.csv", "kode\nX9\n", CodeSetFileError, "bad_file"),
        ("codes.csv", "code,valid_from\nX9,1 Oct\n", CodeSetFileError, "bad_file"),
        ("codes.csv", "code,valid_from\nX9,\nX9,\n", RefusedInputError, "key_repeated"),
    ],
)
def test_a_file_that_is_not_the_sets_is_refused_and_nothing_is_kept(
    tmp_path: Path, name: str, text: str, error: type[Exception], code: str
) -> None:
    home = tmp_path / "codesets"
    with pytest.raises(error) as refusal:
        import_edition(home, file_of(tmp_path, text, name), TOLD, RECEIVED)
    assert refusal.value.code == code  # type: ignore[attr-defined]
    assert not home.exists()


def test_an_edition_id_is_given_once(tmp_path: Path) -> None:
    home, file = tmp_path / "codesets", file_of(tmp_path, "code,label\nX9,adults\n")
    import_edition(home, file, TOLD, RECEIVED)
    with pytest.raises(UsageError, match="has an edition 2026-10"):
        import_edition(home, file, TOLD, RECEIVED)
