"""Hostile files that are refused as a whole: their bytes, and the code of each refusal."""

import gzip
import zipfile

from hostile_content import (
    CANARY,
    HEAD,
    ONE,
    PERSON,
    SHEET,
    archive,
    before_sheet,
    bomb,
    encrypted,
    laughs,
    link,
    parquet,
    part,
    twice,
)
from workbook_parts import cells, row, text, workbook

OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + PERSON.encode()
INTERCHANGE = b"ISA*00*          *00*          *ZZ*SMITH".ljust(103) + b"*:~"

# What it is, its name's ending, its bytes, and the code of its refusal.
REFUSED: list[tuple[str, str, bytes | str, str]] = [
    # text of another encoding
    ("UTF-16 with its mark", "csv", CANARY.encode("utf-16"), "wrong_kind"),
    ("UTF-16 without it", "csv", CANARY.encode("utf-16-le"), "wrong_kind"),
    ("UTF-16 the other way round", "csv", CANARY.encode("utf-16-be"), "wrong_kind"),
    ("Latin-1", "csv", ONE.encode() + b"SMITH MU\xd1OZ,C2,merged,2026-01-01\n", "not_utf8"),
    ("Windows-1252", "csv", ONE.encode() + b"\x93SMITH\x94,C3,merged,2026-01-01\n", "not_utf8"),
    ("one bad byte far down", "csv",
     (ONE + "A2,C2,merged,2026-01-01\n" * 5_000).encode() + b"SM\xffTH,1,merged,2026-01-01\n",
     "not_utf8"),
    # text that is no table
    ("nothing", "csv", b"", "empty_file"),
    ("blank lines", "csv", "\n\r\n\n", "empty_file"),
    ("a header of nothing", "csv", ",,,\n", "empty_file"),
    ("an open quote", "csv", f'{ONE}"{PERSON},C2,merged,2026-01-01\n', "not_csv"),
    ("a stray quote", "csv", f'{ONE}"{PERSON}"x,C2,merged,2026-01-01\n', "not_csv"),
    ("a field without end", "csv", f"{ONE}{PERSON * 200_001},C2,merged,2026-01-01\n", "not_csv"),
    ("a row without end", "csv", f'{ONE}{f"{PERSON}," * 700_000}', "row_too_long"),
    ("line breaks without end in a quoted value", "csv",
     ONE + f'"{PERSON}' + "\n" * 1_000_001 + '",C2,merged,2026-01-01\n', "not_csv"),
    ("ten thousand columns", "csv", f"{HEAD}{',SMITH' * 10_000}\n", "too_many_columns"),
    ("a column without a row's name", "csv", f"{HEAD},{PERSON}\n", "unknown_column"),
    ("a column twice", "csv", f"{HEAD},cin\n", "repeated_column"),
    ("a name without end", "csv", f"{HEAD},x_{PERSON * 30}\n", "column_name"),
    ("a name with a control character", "csv", f"{HEAD},x_\x1b[2J{PERSON}\n", "column_name"),
    ("a name with a NUL", "csv", f"{HEAD},x_\0\n", "column_name"),
    # names that tell something else than the content
    ("a workbook named CSV", "csv", workbook(SHEET + row(2, PERSON)), "wrong_kind"),
    ("an archive named CSV", "csv", archive(("a.csv", CANARY)), "wrong_kind"),
    ("Parquet named CSV", "csv", parquet(alias_cin=[PERSON]), "wrong_kind"),
    ("X12 named CSV", "csv", INTERCHANGE, "wrong_kind"),
    ("a page named CSV", "csv", f"<html><td>{PERSON}</td></html>", "wrong_kind"),
    ("packed by gzip", "csv", gzip.compress(CANARY.encode(), mtime=0), "wrong_kind"),
    ("PDF", "csv", f"%PDF-1.7 {PERSON}", "wrong_kind"),
    ("CSV named Parquet", "parquet", CANARY, "wrong_kind"),
    ("CSV named XLSX", "xlsx", CANARY, "wrong_kind"),
    ("CSV named ZIP", "zip", CANARY, "wrong_kind"),
    ("a workbook named ZIP", "zip", workbook(SHEET + row(2, PERSON, "2")), "wrong_kind"),
    ("an old or encrypted workbook", "xlsx", OLD, "wrong_kind"),
    ("an archive named XLSX", "xlsx", archive(("a.csv", CANARY + "\n")), "wrong_kind"),
    ("an old workbook under its name", "xls", OLD + b"\0", "unknown_kind"),
    ("a workbook with macros", "xlsm", workbook(SHEET), "unknown_kind"),
    # Parquet
    ("Parquet's mark and no more", "parquet", f"PAR1{PERSON}PAR1", "unreadable"),
    ("Parquet without its end", "parquet", parquet(alias_cin=[PERSON] * 99)[:-30], "unreadable"),
    ("Parquet of bytes", "parquet", parquet(
        alias_cin=[b"\xff"], cin=["1"], reason=["merged"], valid_from=["2026-01-01"]
    ), "column_type"),
    # workbooks
    ("a workbook without a cell", "xlsx", workbook(""), "empty_file"),
    ("a workbook without a sheet", "xlsx", workbook(), "empty_file"),
    ("a workbook of hidden sheets", "xlsx", workbook(SHEET, states=("hidden",)), "empty_file"),
    ("a formula", "xlsx", workbook(
        SHEET + cells(2, f'<c r="A2"><f>"{PERSON}"</f><v>1</v></c>')
    ), "formula"),
    ("an error cell", "xlsx", workbook(
        SHEET + cells(2, text("A2", PERSON), '<c r="B2" t="e"><v>#REF!</v></c>')
    ), "cell_error"),
    ("a number of which digits are lost", "xlsx", workbook(
        SHEET + cells(2, '<c r="A2"><v>12345678901234567</v></c>')
    ), "number_length"),
    ("a thousand million laughs", "xlsx", before_sheet(laughs(), "&a9;"), "document_type"),
    ("one long entity, often", "xlsx", before_sheet(
        f'<!ENTITY a "{PERSON * 10_000}">', "&a;" * 10_000
    ), "document_type"),
    ("an entity from elsewhere", "xlsx", before_sheet(
        '<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;"
    ), "document_type"),
    ("laughs in the shared texts", "xlsx", part(
        "xl/sharedStrings.xml", f"<!DOCTYPE x [{laughs()}]><sst><si><t>&a9;</t></si></sst>"
    ), "document_type"),
    ("cells as far apart as can be", "xlsx", workbook(
        SHEET + row(2, PERSON) + cells(1_048_576, text("XFD1048576", PERSON))
    ), "too_large"),
    ("a cell beyond any sheet", "xlsx", workbook(
        SHEET + cells(2, text("ZZZZ99999999", PERSON))
    ), "unreadable"),
    ("a tag without end", "xlsx", part(
        "xl/worksheets/sheet1.xml", b'<worksheet a="' + b"x" * (40 << 20)
    ), "unreadable"),
    ("a sheet that stops", "xlsx", part(
        "xl/worksheets/sheet1.xml", f"<worksheet><sheetData><row><c><v>{PERSON}"
    ), "unreadable"),
    ("a shared text that is not there", "xlsx", workbook(
        SHEET + cells(2, '<c r="A2" t="s"><v>7</v></c>')
    ), "unreadable"),
    ("a workbook cut off", "xlsx", workbook(SHEET)[:-400], "wrong_kind"),
    ("a part that unpacks to far more", "xlsx", part(
        "xl/media/image1.png", bytes(600 << 20)
    ), "too_large"),
    # archives
    ("an archive without a file", "zip", archive(), "empty_file"),
    ("an archive of folders", "zip", archive(("a/", b""), ("__MACOSX/._a.csv", b"x")),
     "empty_file"),
    ("an archive in an archive", "zip", archive(("a.csv", ONE), ("b.zip", bomb(1))),
     "nested_archive"),
    ("one that hides under another name", "zip", archive(("a.csv", bomb(2))), "nested_archive"),
    ("a name that climbs", "zip", archive((f"../../{PERSON}.csv", ONE)), "member_name"),
    ("an absolute name", "zip", archive((f"/{PERSON}.csv", ONE)), "member_name"),
    ("a name with a drive", "zip", archive((f"C:\\{PERSON}.csv", ONE)), "member_name"),
    ("a link", "zip", archive((link("a.csv"), f"/home/{PERSON}")), "link_member"),
    ("one name twice", "zip", twice("a.csv"), "repeated_member"),
    ("a password", "zip", encrypted(archive(("a.csv", CANARY))), "encrypted_member"),
    ("packed by another method", "zip", archive(("a.csv", CANARY), method=zipfile.ZIP_LZMA),
     "member_method"),
    ("too many members", "zip", archive(*((f"{number}.csv", b"") for number in range(1_001))),
     "too_many_members"),
    ("what unpacks to a thousand times as much", "zip", bomb(256), "archive_ratio"),
    ("an archive cut off", "zip", archive(("a.csv", CANARY * 9))[:-20], "unreadable"),
    ("a damaged member after a sound one", "zip", archive(
        ("a.csv", ONE), ("b.csv", CANARY), method=zipfile.ZIP_STORED
    ).replace(PERSON.encode(), b"SMYTH"), "unreadable"),
]  # fmt: skip
