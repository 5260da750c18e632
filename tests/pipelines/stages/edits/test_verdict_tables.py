"""What a verdict says of lines to either side of its steps: lines drawn, the verdict beside.

Each table asks one function of the context; what edits make of it, their cases say.
"""

from decimal import Decimal
from typing import Any

import polars as pl
from claim_county import drawn
from edit_code_sets import code_sets
from edit_scenario import CLEAN_LINE, COUNTY, typed
from spans_in_force import AFTER, BEFORE, DAY, EVEN, EVER, NO_MORE, NOT_YET, SPAN

from pipelines.stages.edits.authorization import authorization_verdicts
from pipelines.stages.edits.bill_verdicts import bill_verdicts
from pipelines.stages.edits.drug_verdicts import drug_verdicts
from pipelines.stages.edits.procedure_verdicts import procedure_verdicts
from pipelines.stages.edits.rendering import (
    credential_verdicts,
    referrer_verdicts,
    rendering_verdicts,
)
from pipelines.stages.edits.same_day import same_day_verdicts
from pipelines.stages.edits.signing import signing_verdicts
from pipelines.stages.edits.special_codes import special_codes
from pipelines.stages.people import survivors

A, B, C = "1234567893", "1245319599", "1999999984"


def asked(picture: str) -> tuple[pl.DataFrame, list[str]]:
    """Service lines as drawn, and what is expected of each, the column `told`."""
    rows = drawn(picture)
    told = [row.pop("told") or "" for row in rows]
    lines = typed("encounters", [CLEAN_LINE | row for row in rows])
    return lines.with_columns(surviving_person_id="person_id", program=pl.lit("ffs")), told


def letters(verdicts: pl.DataFrame, **names: str) -> list[str]:
    """Of each line the letters of what is true, `?` for each that is null."""
    return [
        "".join("?" if is_so is None else names[name] * is_so for name, is_so in row.items())
        for row in verdicts.select(*names).iter_rows(named=True)
    ]


def frame(schema: dict[str, Any], *rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_a_drug_is_compared_with_the_rows_of_its_procedure_in_force() -> None:
    lines, told = asked("""
        ndc         | procedure_code | ndc_quantity | ndc_unit | units | told
                    | J0001          |              |          | 2     | ???
        00000000001 | J0001          | 1            | ML       | 2     |
        00000000001 | J0002          | 1            | ML       | 1     |
        00000000001 | J0001          | 1            | ML       | 3     |
        00000000001 | J0001          | 1            | ML       | 1     |
        00000000001 | J0001          | 1            | ML       | 3.001 | q
        00000000001 | J0001          | 1            | ML       | 0.999 | q
        00000000001 | J0001          | 1            | UN       | 2     | q
        00000000001 | J0001          |              | ML       | 2     | ?
        00000000001 | J0009          | 1            | ML       | 2     | o?
        00000000002 | J0001          | 1            | ML       | 2     |
        00000000003 | J0001          | 1            | ML       | 2     | ??
        00000000004 | J0001          | 1            | ML       | 2     | ??
        00000000005 | J0001          | 1            | ML       | 2     |
        00000000006 | J0001          | 1            | ML       | 2     | ??
        00000000007 | J0001          | 1            | ML       | 2     | ??
        00000000008 | J0001          | 1            | ML       | 2     | u??
        00000000009 | J0001          | 1            | ML       | 2     |
        00000000009 | J0001          | 1            | GR       | 5     |
        00000000009 | J0001          | 1            | GR       | 2     | q
    """)
    schema = {"ndc": pl.String, "procedure_code": pl.String, "ndc_unit": pl.String,
              "units_per_ndc_unit": pl.Decimal(18, 6), **SPAN}  # fmt: skip
    crosswalk = frame(
        schema,
        ("00000000001", "J0001", "ML", Decimal(2), *EVER, *EVER),
        ("00000000001", "J0002", "ML", Decimal(1), *EVER, *EVER),
        ("00000000002", "J0001", "ML", Decimal(2), *EVEN, *EVER),
        ("00000000003", "J0001", "ML", Decimal(2), *NOT_YET, *EVER),
        ("00000000004", "J0001", "ML", Decimal(2), *NO_MORE, *EVER),
        ("00000000005", "J0001", "ML", Decimal(2), *EVER, *EVEN),
        ("00000000006", "J0001", "ML", Decimal(2), *EVER, *NOT_YET),
        ("00000000007", "J0001", "ML", Decimal(2), *EVER, *NO_MORE),
        ("00000000009", "J0001", "ML", Decimal(2), *EVER, *EVER),
        ("00000000009", "J0001", "GR", Decimal(5), *EVER, *EVER),
    )
    listed = pl.DataFrame({"code": [f"0000000000{n}" for n in range(1, 10) if n != 8]})
    names = {"ndc_is_unlisted": "u", "ndc_is_of_other_procedure": "o", "ndc_quantity_is_off": "q"}
    assert letters(drug_verdicts(lines, listed, crosswalk), **names) == told
    assert set(drug_verdicts(lines, listed.clear(), crosswalk)["ndc_is_unlisted"]) == {None}


def test_lines_of_one_day_are_told_where_they_clash() -> None:
    """r: repetition. e: a second evaluation. s: of a second source. x: excluded by a pair.
    p: the person is elsewhere. v: the provider is."""
    lines, told = asked(f"""
        person_id | source_system | encounter_id | procedure_code | modifiers | rendering_npi | service_date | start_time | minutes | told
        P1        | main          | E1           | 99213          |           | {A}           | 2026-04-01   |            |         |
        P1        | main          | E2           | 99214          |           | {A}           | 2026-04-01   |            |         | e
        P1        | main          | E3           | 99214          |           | {B}           | 2026-04-01   |            |         |
        P1        | main          | E4           | 99214          |           | {A}           | 2026-04-02   |            |         |
        P2        | clinic        | E9           | 71045          |           | {A}           | 2026-04-01   |            |         |
        P2        | main          | E1           | 71045          |           | {B}           | 2026-04-01   |            |         | s
        P2        | pharmacy      | E1           | 71045          |           | {C}           | 2026-04-01   |            |         | s
        P2        | pharmacy      | E2           | 80053          |           | {B}           | 2026-04-01   |            |         |
        P3        | main          | E1           | 99213          | 25        | {A}           | 2026-04-01   |            |         |
        P3        | main          | E2           | 80053          | 59        | {A}           | 2026-04-01   |            |         | x
        P4        | main          | E1           | 99213          |           | {A}           | 2026-04-01   |            |         |
        P4        | main          | E2           | 96372          |           | {A}           | 2026-04-01   |            |         | x
        P5        | main          | E1           | 99213          | 25        | {A}           | 2026-04-01   |            |         |
        P5        | main          | E2           | 96372          |           | {A}           | 2026-04-01   |            |         |
        P6        | main          | E1           | 99213          |           | {A}           | 2026-04-01   |            |         |
        P6        | main          | E2           | 96372          | 59        | {A}           | 2026-04-01   |            |         |
        P7        | main          | E1           | 99213          |           | {A}           | 2026-04-01   |            |         |
        P7        | main          | E2           | 96372          |           | {B}           | 2026-04-01   |            |         |
        P8        | main          | E1           | 71045          |           | {A}           | 2026-04-01   | 07:00      | 60      |
        P8        | main          | E2           | 80053          |           | {B}           | 2026-04-01   | 07:59      | 1       | p
        P8        | main          | E3           | 71045          |           | {B}           | 2026-04-01   | 08:00      | 30      |
        P8        | main          | E4           | 71045          |           | {B}           | 2026-04-01   | 08:10      | 0       | r
        P14       | main          | E1           | 71045          |           | {A}           | 2026-04-01   | 12:00      | 60      |
        P14       | main          | E2           | 80053          |           | {B}           | 2026-04-01   | 12:30      | 0       |
        P9        | main          | E1           | 71045          |           | {C}           | 2026-04-01   | 23:30      | 60      |
        P10       | main          | E1           | 71045          |           | {C}           | 2026-04-02   | 00:29      | 5       | v
        P11       | main          | E1           | 71045          |           | {C}           | 2026-04-02   | 00:34      | 1       |
        P12       | main          | E1           | 71045          |           | {C}           | 2026-04-02   | 00:34      | 1       | v
        P13       | main          | E1           | 90853          |           | {C}           | 2026-04-02   | 00:34      | 1       |
    """)  # noqa: E501
    codes = code_sets()
    procedures = procedure_verdicts(lines, codes)
    names = {"is_repetition": "r", "is_second_evaluation": "e", "is_of_second_source": "s",
             "is_excluded_by_pair": "x", "person_is_elsewhere": "p",
             "provider_is_elsewhere": "v"}  # fmt: skip
    assert letters(same_day_verdicts(lines, procedures, codes["ncci_ptp"]), **names) == told
    unset = procedures.with_columns(is_group_session=pl.lit(None, pl.Boolean))
    last = letters(same_day_verdicts(lines, unset, codes["ncci_ptp"]), **names)[-2:]
    assert last == ["v", "v"]  # where nothing tells group sessions, none is taken for one


def test_a_procedure_is_told_by_the_lists_that_have_its_code() -> None:
    """l: of the laboratory. e: an evaluation. g: a group session. u: unknown. x: expired.
    v: its rate varies with modifiers."""
    lines, told = asked("""
        procedure_code | told
        99213          | e
        80046          |
        80047          | l
        80053          | lv
        89398          | l
        89399          |
        8005           |
        71045          |
        90853          | g
        J2315          |
        G9999          | u
        G0154          | x
        V0001          | u
        D0001          |
        W0001          |
    """)
    codes = code_sets()
    limits = codes["ncci_mue"]
    others = [
        limits.with_columns(code=pl.lit(code), mue_practitioner=pl.lit(most, pl.Int64))
        for code, most in (("80053", 1), ("71045", 0))
    ]
    found = procedure_verdicts(lines, codes | {"ncci_mue": pl.concat([limits, *others])})
    names = {"is_laboratory": "l", "is_evaluation": "e", "is_group_session": "g",
             "procedure_is_unknown": "u", "procedure_has_expired": "x",
             "rate_varies": "v"}  # fmt: skip
    assert letters(found, **names) == told
    assert found["units_limit"].to_list() == [2, None, None, 1, *[None] * 11]
    rated = dict(zip(lines["procedure_code"], found["rate_amount"], strict=True))
    assert {code: rate for code, rate in rated.items() if rate} == {
        "99213": Decimal("80.25"), "80053": Decimal("10.00"),
    }  # fmt: skip


PROVIDERS = frame(
    {"staff_id": pl.String, "npi": pl.String, "entity_type": pl.String, "credential": pl.String},
    ("S1", A, "person", "MD"),
    ("S2", A, "organization", "RN"),
    ("S3", B, "organization", None),
    ("S4", None, "person", "MD"),
)
ENROLLED = frame(
    {"staff_id": pl.String, "program": pl.String, "enrolled_from": pl.Date,
     "enrolled_to": pl.Date},
    ("S2", "ffs", DAY, DAY),
    ("S1", "ffs", AFTER, None),
    ("S1", "managed", BEFORE, None),
    ("S3", "ffs", BEFORE, BEFORE),
)  # fmt: skip


def test_a_provider_is_enrolled_in_the_program_on_the_day_under_any_staff_id() -> None:
    """s: a sound number. k: known. p: a person. e: enrolled."""
    lines, told = asked(f"""
        rendering_npi | service_date | told
        {A}           | 2026-03-31   | skp
        {A}           | 2026-04-01   | skpe
        {A}           | 2026-04-02   | skpe
        {B}           | 2026-03-31   | ske
        {B}           | 2026-04-01   | sk
        {C}           | 2026-04-01   | s?
        1999999980    | 2026-04-01   | ?
    """)
    names = {"npi_is_sound": "s", "is_rendering_known": "k", "rendering_is_person": "p",
             "rendering_is_enrolled": "e"}  # fmt: skip
    assert letters(rendering_verdicts(lines, PROVIDERS, ENROLLED), **names) == told


def test_a_number_is_of_the_form_that_all_its_lines_need() -> None:
    lines, told = asked("""
        authorization_number | told
        1                    |
        2                    | f
                             | ?
    """)
    (held,) = COUNTY["authorizations"]
    kinds = [("1", "TAR"), ("1", "PA"), ("2", "PA")]
    rows = [
        held | {"authorization_number": number, "authorization_type": kind, "line_number": str(n)}
        for n, (number, kind) in enumerate(kinds)
    ]
    found = authorization_verdicts(
        lines, typed("authorizations", rows), survivors(typed("people", COUNTY["people"]))
    )
    assert letters(found, authorization_is_formed="f") == told


def test_of_referring_and_ordering_provider_one_is_enough() -> None:
    """s: an unsound number. u: unknown. n: no person. e: not enrolled."""
    lines, told = asked(f"""
        referring_npi | ordering_npi | told
                      |              |
        {A}           |              |
        {A}           | {A}          |
                      | {B}          | ne
        {A}           | {B}          | ne
        {C}           | {A}          | u
        {A}           | 1999999980   | s
    """)
    found = referrer_verdicts(lines, PROVIDERS, ENROLLED)
    names = dict(zip(found.columns, "sune", strict=True))
    assert letters(found, **names) == told


def test_one_of_a_providers_credentials_is_enough() -> None:
    lines, told = asked(f"""
        rendering_npi | told
        {A}           | a
        {A}           | a
        {A}           |
        {A}           | ?
        {B}           | ?
    """)
    allowed = pl.Series("allowed_credentials", ["MD|PSYD", "RN", "PSYD|LCSW", None, "MD"])
    found = credential_verdicts(lines, allowed, PROVIDERS)
    assert letters(found, credential_is_allowed="a") == told


def test_a_signer_is_licensed_from_the_first_to_the_last_day_of_a_licence() -> None:
    lines, told = asked("""
        signed_by_staff_id | told
                           | ??
        S1                 | kl
        S2                 | k
        S3                 | k
        S4                 | kl
        S9                 |
    """)
    licences = frame(
        {"staff_id": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
        ("S1", DAY, DAY),
        ("S2", BEFORE, BEFORE),
        ("S3", AFTER, None),
        ("S4", BEFORE, None),
        ("S4", BEFORE, BEFORE),
    )
    found = signing_verdicts(lines, PROVIDERS, licences)
    assert letters(found, signer_is_known="k", signer_is_licensed="l") == told


def test_a_bundle_is_told_by_its_code_and_all_its_modifiers_while_in_force() -> None:
    """b: the code of a bundle. p: what a bundle is made of."""
    lines, told = asked("""
        procedure_code | service_category | told
        T0001          | chw              |
        T0001          | chw              |
        T0001          | chw              | b
        T0001          | chw              | b
        T0002          | chw              | b
        T0003          | chw              |
        T0004          | chw              |
        T0005          | chw              | b
        T0006          | chw              |
        T0007          | chw              |
        99213          | chw              |
        99213          | case_management  | p
        H0001          | chw              | p
        H0002          | chw              |
        H0003          | chw              |
        H0004          | chw              |
    """)
    some, both = [None, ["U1"], ["U1", "U2"], ["U2", "U1", "U3"]], ["U1", "U2"]
    carried = pl.Series("modifiers", [*some, *[None] * 6, both, *[None] * 5])
    texts = pl.List(pl.String)
    bundles = frame(
        {"procedure_code": pl.String, "modifiers": texts, "evidence": texts, **SPAN},
        ("T0001", ["U1", "U2"], ["service:H0001", "note:H0002"], *EVER, *EVER),
        ("T0002", None, ["service:case_management"], *EVEN, *EVER),
        ("T0003", None, ["service:H0003"], *NOT_YET, *EVER),
        ("T0004", None, None, *NO_MORE, *EVER),
        ("T0005", None, [], *EVER, *EVEN),
        ("T0006", None, [], *EVER, *NOT_YET),
        ("T0007", None, ["service:H0004"], *EVER, *NO_MORE),
        (None, None, None, *EVER, *EVER),
    )
    lines, codes = lines.with_columns(carried), code_sets()
    found = special_codes(lines, codes | {"care_bundles": bundles})
    assert letters(found, is_bundle_code="b", is_bundle_part="p") == told
    unset = special_codes(lines, codes | {"care_bundles": bundles.clear()})
    assert letters(unset, is_bundle_code="b", is_bundle_part="p") == ["??"] * lines.height


def test_a_post_release_service_is_told_by_its_code_and_modifiers() -> None:
    lines, _ = asked("""
        procedure_code | told
        H0044          |
        H0044          |
        H0044          |
        G9012          |
        99213          |
    """)
    carried = pl.Series("modifiers", [["U6"], ["U6", "U1"], ["U1"], None, ["U6"]])
    kinds = frame(
        {"kind": pl.String, "procedure_code": pl.String, "mod1": pl.String, "mod2": pl.String},
        ("ECM", "H0044", "U6", "U1"),
        ("CS", "H0044", "U6", None),
        ("ECM", "G9012", None, None),
    )
    codes = code_sets() | {"ecm_cs_codes": kinds}
    found = special_codes(lines.with_columns(carried), codes)
    assert found["post_release_kind"].to_list() == ["CS", "CS", "none", "none", "none"]
    unset = special_codes(lines, code_sets(without=("ecm_cs_codes",)))
    assert set(unset["post_release_kind"]) == {None}


def test_codes_of_a_bill_are_known_by_facility_and_frequency() -> None:
    lines, told = asked("""
        encounter_id | stay_id | told
        E1           | S1      | ib
        E2           | S1      | ib
        E3           | S1      | ibu
        E4           | S1      | ibu
        E5           | S1      | ibu
        E6           | S1      | i?
        E1           | S2      | i?
    """)
    (bill,) = COUNTY["institutional_claims"]
    kinds = enumerate(("0131", "131", "0132", "0141", "13"), 1)
    bills = [bill | {"institutional_claim_id": f"B{n}", "encounter_ids": f"E{n}",
                     "stay_id": "S1", "type_of_bill": kind} for n, kind in kinds]  # fmt: skip
    bills.append(bills[0] | {"institutional_claim_id": "B9", "encounter_ids": "E3"})
    sites = pl.DataFrame({"facility_id": ["f1"], "claim_form": ["institutional"]})
    found = bill_verdicts(lines, sites, typed("institutional_claims", bills), code_sets())
    names = {"is_institutional": "i", "is_billed": "b", "type_of_bill_is_unknown": "u"}
    assert letters(found, **names) == told
