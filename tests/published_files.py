"""Small code files in the exact layouts of their publishers, written by hand.

What each must be read as stands in `test_formats.py`; wording that is another's is invented.
"""

from collections.abc import Mapping


def order_line(number: int, code: str, flag: str, short: str, long: str) -> str:
    return f"{number:05d} {code:<7} {flag} {short:<60} {long}"


def anweb_line(
    code: str, sequence: int, record: str, text: str, fields: Mapping[int, str] | None = None
) -> str:
    """320 characters; `fields` by their first column."""
    line = f"{code:>5}{sequence:03d}00{record}{text:<80}".ljust(320)
    for start, value in (fields or {}).items():
        line = line[: start - 1] + value + line[start - 1 + len(value) :]
    return line


ICD10CM_ORDER = "\n".join(
    [
        order_line(1, "A00", "0", "Cholera", "Cholera"),
        order_line(2, "A000", "1", "Cholera due to V. cholerae 01", "Cholera due to Vibrio 01"),
        order_line(
            3, "T4145XA", "1", "Adverse effect of unsp anesthetic", "Adverse effect, initial"
        ),
        "",
    ]
)
ICD10CM_CODES = "A000    Cholera due to Vibrio 01\r\nT4145XA Adverse effect, initial\r\n"

_G0019 = {92: "Comm hlth intg svs sdoh 60mn", 120: "13", 230: "C", 257: "M5D", 261: "1",
          269: "20240101", 277: "20240101", 293: "N"}  # fmt: skip
_A4397 = {92: "Irrigation supply sleeve", 230: "D", 257: "D1F", 261: "P",
          269: "19900101", 277: "20220101", 285: "20211231", 293: "D"}  # fmt: skip
_AS = {92: "Assistant at surgery service", 230: "C", 269: "19880101", 293: "N"}
HCPCS_ANWEB = "\n".join(
    [
        "Note regarding coverage and payment indicators for codes in the update",
        "",
        anweb_line("AS", 1, "7", "Physician assistant services", _AS),
        anweb_line("AS", 2, "8", "for assistant at surgery").rstrip(),
        anweb_line("A4397", 1, "3", "Irrigation supply; sleeve, each", _A4397),
        anweb_line("G0019", 1, "3", "Community health integration services performed by", _G0019),
        anweb_line("G0019", 2, "4", "auxiliary personnel, 60 minutes").rstrip(),
        "",
    ]
)
_SHEET_HEADINGS = (
    "HCPC,SEQNUM,RECID,LONG DESCRIPTION,SHORT DESCRIPTION,PRICE1,PRICE2,PRICE3,PRICE4,MULT_PI,CIM1,"
    "CIM2,CIM3,MCM1,MCM2,MCM3,STATUTE,LABCERT1,LABCERT2,LABCERT3,LABCERT4,LABCERT5,LABCERT6,"
    "LABCERT7,LABCERT8,XREF1,XREF2,XREF3,XREF4,XREF5,COV,ASC_GRP,ASC_DT,OPPS,OPPS_PI,OPPS_DT,"
    "PROCNOTE,BETOS,TOS1,TOS2,TOS3,TOS4,TOS5,ANEST_BU,ADD DT,ACT EFF DT,TERM DT,ACTION CD"
)


def _sheet_row(**cells: str) -> str:
    names = _SHEET_HEADINGS.split(",")
    known = {name.replace(" ", "_"): name for name in names}
    filled = {known[name]: value for name, value in cells.items()}
    return ",".join(filled.get(name, "") for name in names)


HCPCS_SHEET = "\n".join(
    [
        _SHEET_HEADINGS,
        _sheet_row(HCPC="AS", RECID="7", LONG_DESCRIPTION='"Physician assistant, at surgery"',
                   SHORT_DESCRIPTION="Assistant at surgery", COV="C", ADD_DT="19880101"),
        _sheet_row(HCPC="G0019", RECID="3", LONG_DESCRIPTION="Community health integration",
                   SHORT_DESCRIPTION="Comm hlth intg", COV="C", BETOS="M5D", TOS1="1",
                   ADD_DT="20240101", ACT_EFF_DT="20240101"),
        "",
    ]
)  # fmt: skip

NUCC_TAXONOMY = """\
Code,Grouping,Classification,Specialization,Definition,Notes,Display Name,Section
101Y00000X,Group of theirs,Class,,"Words,
of theirs",,Name of theirs,Individual
261QP2300X,Group of theirs,Class,Special,Words of theirs,,Name of theirs,Non-Individual
"""
PLACE_OF_SERVICE = """\
Place of Service Code(s),Place of Service Name,Place of Service Description
09,Prison/Correctional Facility,"A prison, jail or similar."
28-30,Unassigned,N/A
31,Skilled Nursing Facility,A facility
"""
CARC = """\
Code,Description,Start Date,Last Modified,Stop Date,Notes
1,Words of theirs,01/01/1995,,,
15,"Words, of theirs",01/01/1995,11/01/2017,05/01/2018,
B7,Words of theirs,01/01/1995,07/01/2017,,
"""
RARC = """\
Code,Description
M4,"Alert: words of theirs.
Start: 01/01/1997 | Last Modified: 04/01/2007"
MA02,"Words of theirs.
Start: 01/01/1997 | Stop: 12/31/2007"
"""
_NOTICE = (
    '"Codes and other data only are copyright of their owner.\r\n\r\nNo fee schedules.",,,\r\n'
)
MUE_PRACTITIONER = (
    _NOTICE
    + '"HCPCS/\r\nCPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,'
    + "MUE Rationale\r\n"
    + "10060,1,2 Date of Service Edit: Policy,Code Descriptor / CPT Instruction\r\n"
    + "J0571,8,3 Date of Service Edit: Clinical,Prescribing Information\r\n"
)
MUE_OUTPATIENT = (
    _NOTICE
    + '"HCPCS/\r\nCPT Code",Outpatient Hospital Services MUE Values,MUE Adjudication Indicator,'
    + "MUE Rationale\r\n"
    + "10060,2,3 Date of Service Edit: Clinical,Clinical: Data\r\n"
    + "36415,2,3 Date of Service Edit: Clinical,Clinical: Data\r\n"
)
MUE_MEDICAID = (
    '"Codes are copyright of their owner."\t\t\n'
    "HCPCS/CPT Code\tPractitioner Services MUE Values\tMUE Rationale\n"
    "10060\t3\tCode Descriptor\n"
)
PTP_MEDICARE = """\
Codes and other data only are copyright of their owner.\t\t\t\t\t\t
Column1/Column2 Edits\t\t\t\t\t\t
Column 1\tColumn 2\t*=in existence prior to 1996\tEffective Date\tDeletion Date\tModifier\t\
PTP Edit Rationale
\t\t\t\t\t0=not allowed\t
\t\t\t\t*=no data\t1=allowed\t
\t\t\t\t\t9=not applicable\t
10060\t11720\t*\t19960101\t*\t1\tStandards of medical / surgical practice
80305\tG0480\t\t20230101\t20230701\t9\tMisuse of Column Two code
"""
PTP_MEDICAID = """\
Codes and other data only are copyright of their owner.
Column 1\tColumn 2\tEffective Date\tDeletion Date\tModifier Indicator\tPTP Edit Rationale
H0020\t80305\t20230101\t\t0\tMisuse of Column Two code
"""
NDC_PACKAGE = (
    "PRODUCTID\tPRODUCTNDC\tNDCPACKAGECODE\tPACKAGEDESCRIPTION\tSTARTMARKETINGDATE\t"
    "ENDMARKETINGDATE\tNDC_EXCLUDE_FLAG\tSAMPLE_PACKAGE\n"
    "a\t0002-1433\t0002-1433-61\t2 SYRINGE in 1 CARTON\t20141107\t\tN\tY\n"
    'b\t12496-100\t12496-100-01\t1 SYRINGE, 5" needle\t20171130\t20261231\tN\tN\n'
    "c\t12496-100\t12496-100-01\t1 SYRINGE\t20180101\t20271231\tN\tN\n"
    "d\t57664-0101\t57664-0101-1\t30 TABLET in 1 BOTTLE\t20190101\t\tN\tN\n"
)
MEDI_CAL_RATES = """\
Medi-Cal Rates as of a day,,,,
Proc Type,Proc Code,Procedure Description,Unit Value,Basic Rate
N,99213,words of others,1,$47.43
N,G0019,words,1,"$1,024.10"
N,X0000,words,1,---
"""
AID_CODE_CHART = """\
Code,Benefits,SOC,Program/Description
01,Full,No,words
C1,"Restricted to pregnancy-related, postpartum and emergency services",No,words
0N,BCCTP services,N/A,words
"""

# Format, set, text; each is read in test_formats.py and refused by every other set.
PUBLISHED = [
    ("icd10cm_order", "icd10cm", ICD10CM_ORDER),
    ("icd10cm_codes", "icd10cm", ICD10CM_CODES),
    ("hcpcs_anweb", "hcpcs", HCPCS_ANWEB),
    ("hcpcs_anweb", "hcpcs_modifiers", HCPCS_ANWEB),
    ("hcpcs_anweb_csv", "hcpcs", HCPCS_SHEET),
    ("nucc_taxonomy", "provider_taxonomy", NUCC_TAXONOMY),
    ("cms_place_of_service", "place_of_service", PLACE_OF_SERVICE),
    ("x12_carc", "carc", CARC),
    ("x12_rarc", "rarc", RARC),
    ("ncci_mue", "ncci_mue", MUE_PRACTITIONER),
    ("ncci_mue", "ncci_mue", MUE_OUTPATIENT),
    ("ncci_mue", "ncci_mue", MUE_MEDICAID),
    ("ncci_ptp", "ncci_ptp", PTP_MEDICARE),
    ("ncci_ptp", "ncci_ptp", PTP_MEDICAID),
    ("fda_ndc_package", "ndc", NDC_PACKAGE),
    ("medi_cal_rates", "rates", MEDI_CAL_RATES),
    ("dhcs_aid_codes", "aid_codes", AID_CODE_CHART),
]
