"""Claims that Hypothesis makes, on both forms: pyx12 accepts the file, our reader and x12sdk give
the same values back.

Names come as people write them, with accents, apostrophes and delimiters, and are cleaned as claims
clean them. Under the soak profile 5,000 claims of each form, else 20.
"""

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from claim_specimens import BILL, BILL_LINE, bill, claim, content, envelope, line
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from soak_profile import IS_SOAK
from x12sdk.io import X12ModelReader

from pipelines.io.gate import check_837
from pipelines.stages.claims.validation import violations
from pipelines.x12 import wire
from pipelines.x12.charset import carries, clean_text
from pipelines.x12.claim_forms import FORMS
from pipelines.x12.claim_sets import render

CLAIMS_A_FILE = 10
FILES = 500 if IS_SOAK else 2
MOST_CENTS = 9_999_999_999  # 99,999,999.99

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
MARKS = "áéíóúñüçøßæłŁÑ'\u2019\u201c\u2013-.,&*:^~ \n"
RAW = st.text(alphabet=LETTERS + MARKS, min_size=1, max_size=60)


def cleaned(text: str, most: int) -> str | None:
    """The text as a claim carries it, cut so that it has room; null where nothing is left."""
    (written,) = pl.select(clean_text(pl.lit(text)).str.head(most).str.strip_chars()).to_series()
    assert pl.select(carries(pl.lit(written, pl.String))).item()
    return written or None


def names(most: int) -> Any:
    return RAW.map(lambda text: cleaned(text, most)).filter(lambda text: text is not None)


def amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


DRUG = st.fixed_dictionaries(
    {
        "ndc": st.integers(1, 10**11 - 1).map(lambda number: f"{number:011d}"),
        "ndc_quantity": st.decimals("0.001", 999999, places=3).map(str),
        "ndc_unit": st.sampled_from(["F2", "GR", "ML", "UN"]),
        "prescription_number": st.none() | st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True),
    }
)
LINE = st.fixed_dictionaries(
    {
        "procedure_code": st.sampled_from(["99213", "J0577", "T1016", "H0034"]),
        "modifiers": st.lists(st.sampled_from(["UD", "93", "95", "U1", "HK"]), max_size=4),
        "units": st.integers(1, 99).map(str),
    }
)


@st.composite
def claims(draw: st.DrawFn, made: Any, more: dict[str, Any]) -> dict[str, Any]:
    count = draw(st.sampled_from([1, 1, 2, 3, 50]))
    plain, drugs = draw(st.lists(LINE, min_size=1, max_size=3)), draw(st.lists(DRUG, max_size=3))
    codes = [f"F{n}" for n in range(100, 100 + draw(st.integers(1, 12)))]
    lines, total = [], 0
    for n in range(count):
        cents = draw(st.integers(1, MOST_CENTS // count))
        drug = drugs[n] if n < len(drugs) else {}
        if (
            drug and more
        ):  # x12sdk 2.2 wants a REF*XZ with every drug of an 837I, the guide does not
            drug = drug | {"prescription_number": drug["prescription_number"] or "RX1"}
        told = {"line_ordinal": str(n + 1), "line_control_number": f"L{n + 1}"} | more
        lines.append(line(**plain[n % len(plain)] | drug | told | {"charge_amount": amount(cents)}))
        total += cents
    return dict(
        made(
            subscriber_last_name=draw(names(60)), subscriber_first_name=draw(names(35)),
            subscriber_address_line=draw(names(55)), claim_charge_amount=amount(total),
            authorization_number=draw(st.none() | st.from_regex(r"[0-9]{11}", fullmatch=True)),
            diagnosis_codes=codes, lines=lines,
        )
    )  # fmt: skip


def as_told(row: dict[str, Any]) -> tuple[Any, ...]:
    """What must come back of a claim."""
    return (
        row["patient_control_number"], Decimal(row["claim_charge_amount"]),
        row["subscriber_last_name"], row["subscriber_first_name"], row["authorization_number"],
        row["diagnosis_codes"],
        [
            (one["procedure_code"], one["modifiers"], Decimal(one["charge_amount"]),
             Decimal(one["units"]), one["ndc"],
             one["ndc_quantity"] and Decimal(one["ndc_quantity"]), one["prescription_number"])
            for one in row["lines"]
        ],
    )  # fmt: skip


def parts(rows: list[list[str]], name: str) -> list[list[list[str]]]:
    found: list[list[list[str]]] = []
    for row in rows:
        if row[0] == name:
            found.append([])
        if found:
            found[-1].append(row)
    return found


def first(rows: list[list[str]], *begins: str) -> list[str]:
    return next((row for row in rows if row[: len(begins)] == list(begins)), [])


def element(row: list[str], number: int) -> str | None:
    return row[number] or None if len(row) > number else None


def read_line(rows: list[list[str]]) -> tuple[Any, ...]:
    """A line from its segments; SV2 stands one element further on than SV1."""
    service = first(rows, "SV1") or first(rows, "SV2")
    at = 1 if service[0] == "SV1" else 2
    _, code, *modifiers = service[at].split(":")
    quantity = element(first(rows, "CTP"), 4)
    return (
        code, modifiers, Decimal(service[at + 1]), Decimal(service[at + 3]),
        element(first(rows, "LIN"), 3), quantity and Decimal(quantity),
        element(first(rows, "REF", "XZ"), 2),
    )  # fmt: skip


def read_by_us(text: str) -> list[tuple[Any, ...]]:
    tokens = wire.read(text.encode(), file_id="f").tokens
    rows = tokens.filter(pl.col("set_ordinal").is_not_null())["elements"].to_list()
    told = []
    for level in (part for part in parts(rows, "HL") if part[0][3] == "22"):
        clm, member = first(level, "CLM"), first(level, "NM1", "IL")
        codes = [
            code.split(":")[1] for row in level if row[0] == "HI" for code in row[1:]
            if code.split(":")[0] in ("ABK", "ABF")
        ]  # fmt: skip
        told.append(
            (clm[1], Decimal(clm[2]), member[3], member[4], element(first(level, "REF", "G1"), 2),
             codes, [read_line(one) for one in parts(level, "LX")])
        )  # fmt: skip
    return told


def read_by_x12sdk(text: str) -> list[tuple[Any, ...]]:
    """Number, charge and names of each claim, and the charge of each line."""
    with X12ModelReader(text) as reader:
        (transaction_set,) = reader.models()
    told = []
    for level in (one for billing in transaction_set.loop_2000a for one in billing.loop_2000b):
        person, one = level.loop_2010ba.nm1_segment, level.loop_2300[0]
        charges = [getattr(each, "sv1_segment", None) or each.sv2_segment for each in one.loop_2400]
        told.append(
            (one.clm_segment.patient_control_number,
             Decimal(one.clm_segment.total_claim_charge_amount),
             person.name_last_or_organization_name, person.name_first,
             [Decimal(each.line_item_charge_amount) for each in charges])
        )  # fmt: skip
    return told


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_what_is_written_is_accepted_and_comes_back(form: Any) -> None:
    made, more = (claim, {}) if form.name == "professional" else (bill, BILL_LINE)
    quick = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

    @settings(
        max_examples=FILES, suppress_health_check=quick, deadline=None, phases=[Phase.generate]
    )
    @given(st.lists(claims(made, more), min_size=CLAIMS_A_FILE, max_size=CLAIMS_A_FILE))
    def round_trip(drawn: list[dict[str, Any]]) -> None:
        rows = [
            one | {"claim_id": f"c{n}", "patient_control_number": f"PCN{n}"}
            for n, one in enumerate(drawn)
        ]
        frame = content(*rows)
        assert violations(frame, form).to_dicts() == []
        text = b"".join(one.content for one in render(frame, envelope(), form)).decode("ascii")
        with TemporaryDirectory() as folder:
            path = Path(folder) / "claims.837"
            path.write_text(text, encoding="ascii")
            assert check_837([path])[0].errors == ()
        wanted = [as_told(one) for one in rows]
        assert read_by_us(text) == wanted
        assert read_by_x12sdk(text) == [(*one[:4], [each[2] for each in one[6]]) for one in wanted]

    round_trip()


def test_the_specimen_bill_is_what_the_form_requires() -> None:
    assert {*BILL} >= {*FORMS["institutional"].required_columns}
