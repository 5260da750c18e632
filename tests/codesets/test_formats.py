"""Published code files: what each layout is read as, and how another's file is refused."""

from datetime import date
from decimal import Decimal

import polars as pl
import published_files as given
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from codesets.errors import CodeSetFileError, UnknownCodeSetError
from codesets.formats.catalogue import FORMATS, chosen, detect, read
from codesets.formats.completion import completed
from codesets.formats.fda_ndc import eleven_digits
from codesets.formats.text import decoded
from codesets.loader import CodeSets

SETS = CodeSets()
D = date.fromisoformat

# fmt: off
READ = [
    ("icd10cm", given.ICD10CM_ORDER, ("code", "label", "billable"), [
        ("A00",     "Cholera",                  False),   # a header: known, not billable
        ("A000",    "Cholera due to Vibrio 01", True),
        ("T4145XA", "Adverse effect, initial",  True),
    ]),
    ("icd10cm", given.ICD10CM_CODES, ("code", "label", "billable"), [
        ("A000",    "Cholera due to Vibrio 01", True),
        ("T4145XA", "Adverse effect, initial",  True),
    ]),
    ("hcpcs", given.HCPCS_ANWEB,
     ("code", "label", "long_label", "coverage", "betos", "tos", "valid_from", "valid_to"), [
        ("A4397", "Irrigation supply sleeve", "Irrigation supply; sleeve, each",
         "D", "D1F", "P", D("1990-01-01"), D("2021-12-31")),
        ("G0019", "Comm hlth intg svs sdoh 60mn",
         "Community health integration services performed by auxiliary personnel, 60 minutes",
         "C", "M5D", "1", D("2024-01-01"), None),
    ]),
    ("hcpcs_modifiers", given.HCPCS_ANWEB,
     ("code", "label", "long_label", "level", "valid_from", "valid_to"), [
        ("AS", "Assistant at surgery service",
         "Physician assistant services for assistant at surgery", "II", D("1988-01-01"), None),
    ]),
    ("hcpcs", given.HCPCS_SHEET, ("code", "label", "long_label", "betos", "tos", "valid_from"), [
        ("G0019", "Comm hlth intg", "Community health integration", "M5D", "1", D("2024-01-01")),
    ]),
    ("hcpcs_modifiers", given.HCPCS_SHEET, ("code", "long_label", "level"), [
        ("AS", "Physician assistant, at surgery", "II"),
    ]),
    ("provider_taxonomy", given.NUCC_TAXONOMY, ("code", "entity"), [
        ("101Y00000X", "individual"),
        ("261QP2300X", "organization"),
    ]),
    ("place_of_service", given.PLACE_OF_SERVICE, ("code", "label"), [
        ("09", "Prison/Correctional Facility"),
        ("31", "Skilled Nursing Facility"),
    ]),
    ("carc", given.CARC, ("code", "valid_from", "last_modified", "valid_to"), [
        ("1",  D("1995-01-01"), None,            None),
        ("15", D("1995-01-01"), D("2017-11-01"), D("2018-05-01")),
        ("B7", D("1995-01-01"), D("2017-07-01"), None),
    ]),
    ("rarc", given.RARC, ("code", "valid_from", "last_modified", "valid_to", "is_alert"), [
        ("M4",   D("1997-01-01"), D("2007-04-01"), None,            True),
        ("MA02", D("1997-01-01"), None,            D("2007-12-31"), False),
    ]),
    ("ncci_mue", given.MUE_PRACTITIONER, ("code", "mue_practitioner", "mai"), [
        ("10060", 1, "2"),
        ("J0571", 8, "3"),
    ]),
    ("ncci_mue", given.MUE_MEDICAID, ("code", "mue_practitioner", "mai", "rationale"), [
        ("10060", 3, None, "Code Descriptor"),
    ]),
    ("ncci_ptp", given.PTP_MEDICARE,
     ("column1", "column2", "modifier_indicator", "valid_from", "valid_to"), [
        ("10060", "11720", "1", D("1996-01-01"), None),
        ("80305", "G0480", "9", D("2023-01-01"), D("2023-07-01")),
    ]),
    ("ncci_ptp", given.PTP_MEDICAID,
     ("column1", "column2", "modifier_indicator", "valid_from", "valid_to"), [
        ("H0020", "80305", "0", D("2023-01-01"), None),
    ]),
    ("ndc", given.NDC_PACKAGE, ("code", "package", "is_sample", "valid_from", "valid_to"), [
        ("00002143361", "2 SYRINGE in 1 CARTON", True,  D("2014-11-07"), None),              # 4-4-2
        ("12496010001", '1 SYRINGE, 5" needle',  False, D("2017-11-30"), D("2027-12-31")),   # 5-3-2
        ("57664010101", "30 TABLET in 1 BOTTLE", False, D("2019-01-01"), None),              # 5-4-1
    ]),
    ("rates", given.MEDI_CAL_RATES, ("code_from", "modifiers", "rate_amount"), [
        ("99213", None, Decimal("47.43")),
        ("G0019", None, Decimal("1024.10")),
    ]),
    ("aid_codes", given.AID_CODE_CHART, ("code", "benefit_scope", "share_of_cost", "confidence"), [
        ("01", "full",       "no", "seen"),
        ("C1", "restricted", "no", "seen"),
        ("0N", None,         None, "seen"),
    ]),
]
# fmt: on


@pytest.mark.parametrize(("name", "text", "columns", "expected"), READ)
def test_a_published_file_is_read_in_the_sets_own_columns(
    name: str, text: str, columns: tuple[str, ...], expected: list[tuple]
) -> None:
    form = chosen(name, [text.encode()])
    assert form is not None
    rows = read(form, name, [text.encode()])
    assert rows.select(columns).rows() == expected
    dtypes = SETS.schemas[name].dtypes
    assert rows.schema == {column: dtypes[column] for column in rows.columns}


def test_every_format_is_given_here_and_recognised_as_itself_only() -> None:
    assert {name for name, *_ in given.PUBLISHED} == {form.name for form in FORMATS}
    for name, _, text in given.PUBLISHED:
        content = decoded(text.encode())
        assert [form.name for form in FORMATS if form.matches(content)] == [name]


@pytest.mark.parametrize(("name", "home", "text"), given.PUBLISHED)
def test_each_file_is_refused_by_name_where_another_is_wanted(
    name: str, home: str, text: str
) -> None:
    form = next(form for form in FORMATS if form.name == name)
    others = {other for known in FORMATS for other in known.sets} - {*form.sets}
    assert home in form.sets
    for other in others:
        with pytest.raises(CodeSetFileError) as refusal:
            chosen(other, [text.encode()])
        said = refusal.value.message
        assert f"file 1 is the {form.title}" in said
        assert f"which is for {' and '.join(form.sets)}" in said
        wanted = next(known for known in FORMATS if other in known.sets)
        assert f"{other} takes the {wanted.title}" in said


def test_a_format_that_is_asked_for_is_the_one_that_must_be_there() -> None:
    with pytest.raises(
        CodeSetFileError, match=r"is the ICD-10-CM code list .*, not the ICD-10-CM order"
    ):
        chosen("icd10cm", [given.ICD10CM_CODES.encode()], "icd10cm_order")
    with pytest.raises(CodeSetFileError, match="has none of the known layouts, not the ICD-10-CM"):
        chosen("icd10cm", [b"code,label\nA00,x\n"], "icd10cm_order")
    with pytest.raises(UnknownCodeSetError, match="Use auto, own, icd10cm_order, icd10cm_codes"):
        chosen("icd10cm", [b""], "ncci_ptp")
    assert chosen("icd10cm", [given.ICD10CM_ORDER.encode()], "own") is None
    assert chosen("icd10cm", [b"code,label\nA00,x\n"]) is None
    assert detect(b"PAR1rest") is None
    with pytest.raises(CodeSetFileError, match="ZIP archive or a workbook"):
        detect(b"PK\x03\x04rest")


# fmt: off
BROKEN = [
    # set, file, what becomes what, what is said
    ("icd10cm", given.ICD10CM_ORDER, ("A000    1", "A0-0    1"), "row 2, column code"),
    ("icd10cm", given.ICD10CM_ORDER, ("A000    1", "A000    2"), "row 2, column header flag"),
    ("icd10cm", given.ICD10CM_ORDER, ("00003 ", "0003  "),       "row 3, column order number"),
    ("icd10cm", given.ICD10CM_CODES, ("T4145XA ", "T4145XAB"),   "row 2, column code"),
    ("hcpcs", given.HCPCS_ANWEB, ("G001900100", "9921300100"),   "row 6, column code"),
    ("hcpcs", given.HCPCS_ANWEB, ("20240101", "20241301"),       "row 6, column valid_from"),
    ("hcpcs", given.HCPCS_SHEET, ("G0019,,3", "G0019,,5"),       "row 2, column RECID"),
    ("provider_taxonomy", given.NUCC_TAXONOMY, ("261QP2300X", "261QP2300"), "row 2, column Code"),
    ("place_of_service", given.PLACE_OF_SERVICE, ("09,", "9,"),  "row 1, column Place of"),
    ("carc", given.CARC, ("11/01/2017", "2017-11-01"),           "row 2, column last_modified"),
    ("rarc", given.RARC, ("MA02", "B7"),                         "row 2, column Code"),
    ("ncci_mue", given.MUE_PRACTITIONER, ("J0571,8", "J0571,x"), "row 2, column MUE Values"),
    ("ncci_mue", given.MUE_PRACTITIONER, (",3 Date", ",4 Date"), "row 2, column MUE Adjud"),
    ("ncci_ptp", given.PTP_MEDICARE, ("G0480", "G048"),          "row 5, column Column 2"),
    ("ncci_ptp", given.PTP_MEDICARE, ("20230701", "2023"),       "row 5, column valid_to"),
    ("ncci_ptp", given.PTP_MEDICARE, ("\t9\tMis", "\t7\tMis"),   "row 5, column Modifier"),
    ("ndc", given.NDC_PACKAGE, ("12496-100-01\t1 SYRINGE\t", "12496-100-1\t1 SYRINGE\t"),
     "row 3, column NDCPACKAGECODE"),
    ("rates", given.MEDI_CAL_RATES, ("$47.43", "$47.435"),       "row 1, column Basic Rate"),
    ("rates", given.MEDI_CAL_RATES, ("N,G0019", "N,99213"),      "several rates"),
    ("aid_codes", given.AID_CODE_CHART, ("01,Full", "1,Full"),   "row 1, column Code"),
]
# fmt: on


@pytest.mark.parametrize(("name", "text", "change", "said"), BROKEN)
def test_a_value_that_is_not_of_the_layout_is_refused_with_row_and_column(
    name: str, text: str, change: tuple[str, str], said: str
) -> None:
    form = chosen(name, [text.encode()])
    broken = text.replace(*change)
    assert form is not None
    assert broken != text
    with pytest.raises(CodeSetFileError) as refusal:
        read(form, name, [broken.encode()])
    assert "file 1" in refusal.value.message
    assert said in refusal.value.message


def test_parts_of_a_table_are_put_together() -> None:
    both = [given.MUE_PRACTITIONER.encode(), given.MUE_OUTPATIENT.encode()]
    rows = read(chosen("ncci_mue", both), "ncci_mue", both)
    columns = ("code", "mue_practitioner", "mai", "mue_outpatient_hospital", "mai_outpatient")
    # fmt: off
    assert rows.select(columns).rows() == [
        ("10060", 1,    "2",  2,    "3"),
        ("36415", None, None, 2,    "3"),
        ("J0571", 8,    "3",  None, None),
    ]
    # fmt: on
    parts = [given.PTP_MEDICARE.encode(), given.PTP_MEDICARE.replace("10060", "10061").encode()]
    assert read(chosen("ncci_ptp", parts), "ncci_ptp", parts)["column1"].to_list() == [
        "10060", "80305", "10061", "80305",
    ]  # fmt: skip
    with pytest.raises(CodeSetFileError, match="file 2 is not of the same layout as file 1"):
        chosen("icd10cm", [given.ICD10CM_ORDER.encode(), given.ICD10CM_CODES.encode()])


def test_a_file_in_windows_1252_is_read() -> None:
    text = given.PLACE_OF_SERVICE.replace("Skilled", "Patient\u2019s")
    raw = text.encode("cp1252")
    assert (
        read(detect(raw), "place_of_service", [raw])["label"]
        .to_list()[-1]
        .startswith("Patient\u2019s")
    )


def test_our_own_words_stay_and_their_words_do_not_come_in() -> None:
    schema = SETS.schemas["provider_taxonomy"]
    before = SETS.rows(SETS.newest("provider_taxonomy"))
    form = detect(given.NUCC_TAXONOMY.encode())
    rows = read(form, schema.name, [given.NUCC_TAXONOMY.encode()])
    whole = completed(schema, form, rows, before)
    old = before.filter(code="101Y00000X").row(0, named=True)
    new = whole.filter(code="101Y00000X").row(0, named=True)
    assert new["label"] == old["label"] == "counselor"
    assert "theirs" not in whole.write_csv()
    assert whole.height == 2


def test_numeric_modifiers_are_not_the_publishers_to_end() -> None:
    schema = SETS.schemas["hcpcs_modifiers"]
    before = SETS.rows(SETS.newest(schema.name))
    form = detect(given.HCPCS_ANWEB.encode())
    rows = read(form, schema.name, [given.HCPCS_ANWEB.encode()])
    whole = completed(schema, form, rows, before)
    levels = dict(whole.group_by("level").len().iter_rows())
    assert levels == {"II": 1, "I": before.filter(level="I").height}


DIGITS = st.text("0123456789", min_size=10, max_size=10)


@drawn(DIGITS, st.sampled_from([(4, 4), (5, 3), (5, 4)]))
def test_eleven_digits_are_the_ten_with_one_zero_before_its_part(
    ten: str, cut: tuple[int, int]
) -> None:
    first, second = cut
    parts = [ten[:first], ten[first : first + second], ten[first + second :]]
    frame = pl.DataFrame({"ndc": ["-".join(parts)]})
    eleven = frame.select(eleven_digits(pl.col("ndc"))).item()
    expected = "".join(
        "0" * (width - len(part)) + part for width, part in zip((5, 4, 2), parts, strict=True)
    )
    assert eleven == expected
    assert len(eleven) == 11
