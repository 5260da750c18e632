"""The letter of a packet: what it says of the payer's reasons, as far as there are any."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reports.packet import letter_text


def told(carc: str | None, rarc: str | None) -> dict[str, Any]:
    who = dict.fromkeys(
        ("billing_name", "billing_npi", "billing_address_line", "billing_city", "billing_state",
         "billing_zip", "billing_contact_name", "billing_contact_phone", "payer_name",
         "subscriber_cin", "subscriber_last_name", "subscriber_first_name"), "X",
    )  # fmt: skip
    denial = {
        "denial_id": "n1", "claim_id": "c1", "category": "unmapped", "carc": carc, "rarc": rarc,
        "remitted_on": date(2026, 11, 12), "line_ordinal": 1, "amount": Decimal("50.00"),
        "payer_claim_number": None, "patient_control_number": "P1",
    }  # fmt: skip
    line = {
        "procedure_code": "99213", "modifiers": [], "units": "1", "charge_amount": "50.00",
        "service_from": "20261001",
    }  # fmt: skip
    return {
        "kind": "appeal", "as_of": date(2026, 11, 13), "who": who, "denial": denial, "line": line,
        "reason": None, "checklist": [], "sections": {"came_back": []},
        "labels": {"carc": "by contract", "rarc": None},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("carc", "rarc", "ends"),
    [
        ("45", None, "50.00 dollars, for reason 45 (by contract)."),
        ("45", "N1", "50.00 dollars, for reason 45 (by contract) with remark N1."),
        (None, None, "50.00 dollars."),
    ],
)
def test_only_reasons_that_the_payer_gave_are_named(
    carc: str | None, rarc: str | None, ends: str
) -> None:
    words = " ".join(letter_text(told(carc, rarc)).split())
    assert f"procedure 99213, {ends} " in words
    assert "None" not in words
