"""Importing an edition: what is taken, what is refused, and what past runs keep."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import published_files as given
import pytest
from sqlalchemy import select

from codesets.errors import CodeSetFileError
from codesets.loader import CodeSets
from codesets.lookup import lookup
from contracts.errors import RefusedInputError, UsageError
from pipelines.io import code_imports
from pipelines.io.code_imports import Import, import_edition, record_import
from pipelines.io.ledger.tables_intake import audit_events
from pipelines.io.runs import fingerprint
from pipelines.io.workspace import Workspace

RECEIVED = datetime(2026, 10, 5, tzinfo=UTC)
EARLIER = datetime(2026, 10, 4, tzinfo=UTC)
TOLD = Import("ji_aid_codes", "2026-10", date(2026, 10, 1), None, "verified", 'DHCS "chart"')
ICD = Import("icd10cm", "fy2028", date(2027, 10, 1), None, "verified", "CMS")


def file_of(folder: Path, text: str, name: str = "codes.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_an_edition_answers_from_its_first_day_and_not_for_an_earlier_known_at(
    tmp_path: Path,
) -> None:
    home = tmp_path / "codesets"
    text = "code,label,population,valid_from,valid_to\nX9,adults,adult,2026-10-01,\n"
    import_edition(home, [file_of(tmp_path, text)], TOLD, RECEIVED)
    sets = CodeSets(home=home)
    assert sets.in_force("ji_aid_codes", date(2026, 10, 1)).frame["code"].to_list() == ["X9"]
    before = sets.in_force("ji_aid_codes", date(2026, 10, 1), EARLIER)
    assert before.status == "illustrative"
    assert {p.stat().st_mode & 0o777 for p in home.rglob("*") if p.is_file()} == {0o600}


def test_a_published_file_changes_answers_from_its_first_day_on_only(tmp_path: Path) -> None:
    home = tmp_path / "codesets"
    file = file_of(tmp_path, given.ICD10CM_ORDER, "icd10cm_order_2028.txt")
    import_edition(home, [file], ICD, RECEIVED)
    sets = CodeSets(home=home)
    pairs = [("E119", "2027-09-30"), ("E119", "2027-10-01"), ("A000", "2027-10-01")]
    keys = pl.DataFrame(pairs, schema=["code", "on"], orient="row").with_columns(
        pl.col("on").str.to_date()
    )
    # fmt: off
    expected = {  # known at: is each pair in force?
        None:    [True, False, True],   # the file has no E119: ended with the edition before
        EARLIER: [True, True,  True],   # what was known before it was received
    }
    # fmt: on
    for known_at, in_force in expected.items():
        found = lookup(sets.table("icd10cm", known_at), keys, ["billable"])
        assert found["is_in_force"].to_list() == in_force
    assert sets.edition("icd10cm", "fy2028").note.startswith("Read as icd10cm_order; SHA-256: ")


@pytest.mark.parametrize(
    ("name", "text", "error", "code"),
    [
        ("codes.xls", "code\nX9\n", RefusedInputError, "unknown_kind"),
        ("codes.csv", "kode\nX9\n", CodeSetFileError, "bad_file"),
        ("codes.csv", "code,valid_from\nX9,1 Oct\n", CodeSetFileError, "bad_file"),
        ("codes.csv", "code,valid_from\nX9,\nX9,\n", RefusedInputError, "key_repeated"),
        ("codes.csv", given.NUCC_TAXONOMY, CodeSetFileError, "other_layout"),
    ],
)
def test_a_file_that_is_not_the_sets_is_refused_and_nothing_is_kept(
    tmp_path: Path, name: str, text: str, error: type[Exception], code: str
) -> None:
    home = tmp_path / "codesets"
    with pytest.raises(error) as refusal:
        import_edition(home, [file_of(tmp_path, text, name)], TOLD, RECEIVED)
    assert refusal.value.code == code  # type: ignore[attr-defined]
    assert not home.exists()


def test_a_code_that_a_published_file_has_twice_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "codesets"
    twice = given.ICD10CM_CODES + given.ICD10CM_CODES
    with pytest.raises(RefusedInputError, match="row 1 and another have the same code"):
        import_edition(home, [file_of(tmp_path, twice)], ICD, RECEIVED)
    assert not home.exists()


def test_an_edition_id_is_given_once_and_the_same_import_again_is_the_same(
    tmp_path: Path,
) -> None:
    home, file = tmp_path / "codesets", file_of(tmp_path, "code,label\nX9,adults\n")
    first = import_edition(home, [file], TOLD, RECEIVED)
    later = datetime(2026, 10, 6, tzinfo=UTC)
    assert import_edition(home, [file], TOLD, later) == first
    other = file_of(tmp_path, "code,label\nX8,adults\n")
    with pytest.raises(UsageError, match="has another edition 2026-10"):
        import_edition(home, [other], TOLD, later)


def test_a_kill_before_the_manifest_leaves_no_edition_and_can_be_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "codesets"
    file = file_of(tmp_path, given.ICD10CM_ORDER, "order.txt")

    def stopped(path: Path, content: bytes) -> Path:
        if path.suffix == ".toml":
            raise KeyboardInterrupt
        return original(path, content)

    original = code_imports.write_private
    with monkeypatch.context() as patched:
        patched.setattr(code_imports, "write_private", stopped)
        with pytest.raises(KeyboardInterrupt):
            import_edition(home, [file], ICD, RECEIVED)
    assert CodeSets(home=home).catalogue().filter(set="icd10cm").height == 1
    import_edition(home, [file], ICD, RECEIVED)
    assert CodeSets(home=home).in_force("icd10cm", date(2027, 10, 1)).edition == "fy2028"


def test_an_import_is_told_once_in_the_audit_chain_and_makes_another_run_due(
    workspace: Workspace, tmp_path: Path
) -> None:
    day = workspace.today()
    due = fingerprint(workspace, day, None)
    folder = workspace.home.root / "codesets"
    file = file_of(tmp_path, "code,label\nX9,adults\n")
    taken = import_edition(folder, [file], TOLD, workspace.ledger.now)
    record_import(workspace, taken)
    record_import(workspace, taken)
    del workspace.__dict__["code_sets"]  # what another process would see
    assert fingerprint(workspace, day, None) != due
    with workspace.ledger.read() as connection:
        told = connection.execute(
            select(audit_events.c.user_id, audit_events.c.detail).where(
                audit_events.c.event == "codes_imported"
            )
        ).all()
    assert [(row.user_id, row.detail["set"], row.detail["rows"]) for row in told] == [
        ("admin", "ji_aid_codes", 1)
    ]
    assert told[0].detail["sha256"] == taken.sha256


@pytest.mark.parametrize(("form", "name", "text"), given.PUBLISHED)
def test_every_published_file_becomes_an_edition_that_answers(
    tmp_path: Path, form: str, name: str, text: str
) -> None:
    home, day = tmp_path / "codesets", date(2028, 1, 1)
    told = Import(name, "new", day, None, "verified", "test", form)
    taken = import_edition(home, [file_of(tmp_path, text, "as_published.txt")], told, RECEIVED)
    sets = CodeSets(home=home)
    assert sets.in_force(name, day).edition == "new"
    assert sets.rows(sets.edition(name, "new")).height == taken.rows > 0
    assert sets.in_force(name, date(2027, 12, 31)).edition != "new"
