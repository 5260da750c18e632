"""Organizations: facilities, the billing provider, staff with their licences and enrollments."""

from datetime import date

import polars as pl

from pipelines.demo.catalogue import COUNTY_CODE
from pipelines.demo.draw import Draws
from pipelines.demo.identifiers import npi, serial
from pipelines.demo.stays import BRANCH, MAIN, YOUTH

# The first day on which any facility of the state could bill.
FIRST_GO_LIVE = date(2024, 10, 1)
ENROLLED_FROM = date(2022, 7, 1)
LAPSED_ON = date(2023, 6, 30)

NOT_LIVE, WITHOUT_CLIA, WITHOUT_BILLER, NOT_ENROLLED = "F90", "F91", "F92", "F93"

_FACILITIES = [
    (MAIN, "Example County Main Jail", "county_jail"),
    (BRANCH, "Example County Branch Jail", "county_jail"),
    (YOUTH, "Example County Youth Center", "youth_correctional"),
]
# Small facilities that exist only where faults are planted.
_FAULTY = [
    (NOT_LIVE, "Example County Ranch Annex", "county_jail"),
    (WITHOUT_CLIA, "Example County Work Camp", "county_jail"),
    (WITHOUT_BILLER, "Example County Holding Annex", "county_jail"),
    (NOT_ENROLLED, "Example County Honor Farm", "county_jail"),
]

# staff number, role, credential, taxonomy, last name, first name
_STAFF = [
    (1, "prescriber", "MD", "207Q00000X", "Ashgrove", "Nadia"),
    (2, "prescriber", "MD", "207R00000X", "Quintanar", "Emory"),
    (3, "prescriber", "NP", "363L00000X", "Belmonte", "Thea"),
    (4, "prescriber", "PA", "363A00000X", "Farrow", "Silas"),
    (5, "prescriber", "DO", "207Q00000X", "Okonjo", "Imani"),
    (6, "psychiatrist", "MD", "2084P0800X", "Larrabee", "Greta"),
    (7, "psychiatrist", "MD", "2084P0800X", "Tamayo", "Rafael"),
    (8, "therapist", "LCSW", "1041C0700X", "Northcutt", "Lilia"),
    (9, "therapist", "LMFT", "106H00000X", "Dunmore", "Yusuf"),
    (10, "therapist", "PSYD", "103TC0700X", "Vang", "Mei"),
    (11, "nurse", "RN", "163W00000X", "Kaltenbach", "Hana"),
    (12, "nurse", "RN", "163W00000X", "Bravo", "Lamar"),
    (13, "nurse", "LVN", "164X00000X", "Ingleby", "Zora"),
    (14, "pathologist", "MD", "207ZP0105X", "Stavros", "Ilse"),
    (15, "navigator", "CHW", "172V00000X", "Salcido", "Perla"),
    (16, "navigator", "CHW", "172V00000X", "Winslow", "Darion"),
    (17, "navigator", "CHW", "172V00000X", "Ybarra", "Alma"),
    (18, "care_manager", "RN", "171M00000X", "Hartsook", "Edith"),
    (19, "care_aide", "OTHER", "171M00000X", "Mondragon", "Felix"),
    (20, "pharmacist", "PHARMD", "183500000X", "Nakagawa", "Keiko"),
    (21, "counselor", "RADT", "101YA0400X", "Redfern", "Jarvis"),
    (22, "custody", "OTHER", None, "Gorman", "Boyd"),
    (23, "custody", "OTHER", None, "Wetherby", "Odette"),
]
_OUTSIDE = [
    (31, "referrer", "MD", "207Q00000X", "Galbraith", "Vera"),
    (32, "plan_manager", "OTHER", "171M00000X", "Palomares", "Ines"),
]
_GROUP, _LAPSED = 41, 42
# Staff who leave, and after which share of the period, in per cent.
_LEAVING = {5: 55, 12: 70, 17: 40}


def build_facilities(draws: Draws, last: date, *, is_faulty: bool) -> pl.DataFrame:
    """The county's facilities; with faults, four more that each lack one thing."""
    rows = _FACILITIES + (_FAULTY if is_faulty else [])
    listed = pl.DataFrame(rows, ["facility_id", "name", "facility_type"], orient="row")
    number = listed.with_row_index("n").with_columns(pl.col("n").cast(pl.Int64))
    facility = pl.col("facility_id")
    has_laboratory = facility != WITHOUT_CLIA
    nobody = npi(draws.below("no biller", pl.lit(0), 10**8))
    return number.with_columns(
        county_code=pl.lit(COUNTY_CODE),
        npi=npi(draws.below("facility npi", pl.col("n"), 10**8)),
        billing_npi=pl.when(facility == WITHOUT_BILLER).then(nobody).otherwise(billing_npi(draws)),
        taxonomy_code=pl.lit("261QP2400X"),
        address_line=pl.format("{} Levee Road", pl.col("n") * 100 + 100),
        city=pl.lit("Exampleton"),
        state=pl.lit("CA"),
        zip=pl.lit("959010000"),
        phone=pl.lit("5305550100"),
        clia_number=pl.when(has_laboratory).then(serial("05D", pl.col("n") + 1, 7)),
        clia_from=pl.when(has_laboratory).then(pl.lit(ENROLLED_FROM)),
        live_from=pl.when(facility == NOT_LIVE)
        .then(pl.lit(last) + pl.duration(days=30))
        .otherwise(pl.lit(FIRST_GO_LIVE)),
        enrolled_from=pl.lit(ENROLLED_FROM),
        enrolled_to=pl.when(facility == NOT_ENROLLED).then(pl.lit(LAPSED_ON)),
        claim_form=pl.lit("professional"),
        in_house_lab=has_laboratory,
    )


def billing_npi(draws: Draws) -> pl.Expr:
    """The NPI of the county's one billing provider."""
    return npi(draws.below("billing npi", pl.lit(0), 10**8))


def build_billing_providers(draws: Draws) -> pl.DataFrame:
    """The county's health agency, which bills for all its facilities."""
    fixed = {
        "organization_name": "EXAMPLE COUNTY HEALTH AGENCY",
        "tax_id": "000000000",
        "taxonomy_code": "261QP2400X",
        "address_line": "1 Canal Street",
        "city": "Exampleton",
        "state": "CA",
        "zip": "959010001",
        "contact_name": "BILLING OFFICE",
        "contact_phone": "5305550101",
    }
    texts = [pl.lit(value).alias(name) for name, value in fixed.items()]
    return pl.select(billing_npi(draws).alias("billing_npi"), *texts)


def build_staff(draws: Draws, start: date, end: date) -> pl.DataFrame:
    """Staff by role: role, place in the role, role_count, left_on (last day of those who
    leave), staff_id, npi and the feed's columns.

    Besides people: a medical group, which is no person, and a clinician whose enrollment lapsed.
    """
    columns = [
        "n",
        "role",
        "credential",
        "taxonomy_code",
        "last_name_or_organization",
        "first_name",
    ]
    rows = [
        *_STAFF,
        *_OUTSIDE,
        (_GROUP, "group", None, "261QP2300X", "EXAMPLE MEDICAL GROUP", None),
        (_LAPSED, "lapsed", "MD", "207Q00000X", "Underhay", "Orrin"),
    ]
    is_outside = pl.col("role").is_in(["referrer", "plan_manager"])
    after = pl.col("n").replace_strict(_LEAVING, default=None) * (end - start).days // 100
    return pl.DataFrame(rows, columns, orient="row").with_columns(
        left_on=pl.lit(start) + pl.duration(days=after),
        staff_id=serial("C", pl.col("n"), 3),
        npi=pl.when(pl.col("taxonomy_code").is_not_null()).then(
            npi((draws.below("staff npi", pl.lit(0), 9 * 10**7) // 100 + pl.col("n")) % 10**8)
        ),
        entity_type=pl.when(pl.col("role") == "group")
        .then(pl.lit("organization"))
        .otherwise(pl.lit("person")),
        is_external=is_outside,
        facility_ids=pl.when(~is_outside).then(pl.lit([MAIN, BRANCH, YOUTH])),
        place=pl.int_range(pl.len()).over("role"),
        role_count=pl.len().over("role").cast(pl.Int64),
    )


def build_enrollments(staff: pl.DataFrame) -> pl.DataFrame:
    """Everybody with an NPI is enrolled in Medi-Cal, those who leave until they do."""
    ended = pl.when(pl.col("role") == "lapsed").then(pl.lit(LAPSED_ON))
    return staff.filter(pl.col("npi").is_not_null()).select(
        "staff_id",
        program=pl.lit("medi_cal"),
        enrolled_from=pl.lit(ENROLLED_FROM),
        enrolled_to=ended.otherwise("left_on"),
    )


def build_licences(staff: pl.DataFrame) -> pl.DataFrame:
    """A Californian licence for everybody with a credential that needs one, until they leave."""
    unlicensed = ["CHW", "OTHER"]
    licensed = staff.filter(pl.col("credential").is_in(unlicensed).not_())
    return licensed.select(
        "staff_id",
        licence_number=pl.format("DEMO-{}-{}", "credential", "n"),
        state=pl.lit("CA"),
        kind="credential",
        valid_from=pl.lit(date(2021, 1, 1)),
        valid_to="left_on",
    )
