"""The packet of an inquiry or appeal: one page to print, and its letter as text.

What goes into it is gathered at the rim; here are its words, ours, and its form.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from textwrap import fill
from typing import Any, Final

from reports.page import render
from reports.words import day, label

_WIDTH: Final = 88  # characters of a line of the letter
_GROUNDS: Final = {
    "ineligible_person": "Our records show that the member was enrolled and eligible for services "
    "before release on that day.",
    "not_authorized": "The service was covered by an authorization, or needed none.",
    "documentation_incomplete": "The service is documented and signed. The records are enclosed.",
    "incorrect_codes": "The claim describes the service as the record enclosed does.",
    "timely_filing": "The claim was received in time, or late for a reason that the rules accept.",
    "duplicate": "The service was given and billed once. It repeats no other service.",
    "payer_setup": "The providers named on the claim were enrolled and entitled to give the "
    "service on that day.",
}
_ASKS: Final = {
    "appeal": "We ask you to reverse the denial and to pay the line.",
    "inquiry": "We ask you to look into the line, to correct its adjudication, and to pay it.",
}
_NAMES: Final = {"appeal": "Appeal", "inquiry": "Claim inquiry"}


def packet_page(told: Mapping[str, Any]) -> bytes:
    """The packet as one HTML file that refers to nothing outside. Same input, same bytes."""
    return render(
        "packet.html",
        told=told,
        title=title(told),
        letter=letter(told),
        facts=_facts(told),
        shown=_shown,
    )


def title(told: Mapping[str, Any]) -> str:
    """What the packet is."""
    return f"{_NAMES[told['kind']]} of denial {told['denial']['denial_id']}"


def letter_text(told: Mapping[str, Any]) -> str:
    """The letter as plain text."""
    return "\n\n".join(_wrapped(part) for part in letter(told)) + "\n"


def letter(told: Mapping[str, Any]) -> list[str]:
    """The letter's parts in order; lines within a part are kept."""
    who, denial = told["who"], told["denial"]
    enclosed = [f"- {one['what']}" for one in told["checklist"] if one["is_there"]]
    ground = _GROUNDS.get(denial["category"], "")
    return [
        _sender(who),
        f"{day(told['as_of'])}",
        f"To: {who['payer_name']}, claims",
        "\n".join(["Re: " + title(told), *(f"{n}: {v}" for n, v in _facts(told).items())]),
        _told_of(told),
        *([ground] if ground else []),
        *([f"In detail: {told['reason']}"] if told["reason"] else []),
        _ASKS[told["kind"]],
        "\n".join(["Enclosed:", *enclosed]),
        "\n".join(["", "_" * 40, who["billing_contact_name"] or "", who["billing_name"] or ""]),
    ]


def _sender(who: Mapping[str, Any]) -> str:
    place = f"{who['billing_city']}, {who['billing_state']} {who['billing_zip']}"
    lines = [who["billing_name"], who["billing_address_line"], place,
             f"NPI {who['billing_npi']}", f"Telephone {who['billing_contact_phone']}"]  # fmt: skip
    return "\n".join(str(line) for line in lines if line)


def _told_of(told: Mapping[str, Any]) -> str:
    denial, line = told["denial"], told["line"]
    said = told["sections"]["came_back"]
    trace = f"remittance {said[-1]['trace_number']}" if said else "the remittance"
    words = " ".join(_reasons(denial, told["labels"]))
    return (
        f"By {trace} of {_day_of(denial['remitted_on'])} you denied line "
        f"{denial['line_ordinal']} of the claim named above, procedure {line['procedure_code']}, "
        f"{denial['amount']:,.2f} dollars{', for ' if words else ''}{words}."
    )


def _reasons(denial: Mapping[str, Any], labels: Mapping[str, str | None]) -> Iterator[str]:
    """The payer's codes with our words for them, as far as it gave any."""
    for name, called in (("carc", "reason"), ("rarc", "with remark")):
        if denial[name]:
            yield f"{called} {denial[name]}"
            yield from _in_words(labels[name])


def _in_words(words: str | None) -> list[str]:
    return [f"({words})"] if words else []


def _facts(told: Mapping[str, Any]) -> dict[str, str]:
    denial, line, who = told["denial"], told["line"], told["who"]
    name = f"{who['subscriber_last_name']}, {who['subscriber_first_name']}"
    served = datetime.strptime(line["service_from"], "%Y%m%d").date()  # noqa: DTZ007 - a date
    rows = {
        "Member": f"{name}, {who['subscriber_cin']}",
        "Claim control number of the payer": denial["payer_claim_number"],
        "Our claim number": denial["patient_control_number"],
        "Date of service": day(served),
        "Procedure": " ".join([line["procedure_code"], *(line["modifiers"] or [])]),
        "Charge of the line": f"{Decimal(line['charge_amount']):,.2f}",
    }
    return {name: str(value) for name, value in rows.items() if value}


def _day_of(on: date | None) -> str:
    return day(on) if on else "an unknown day"


def _wrapped(part: str) -> str:
    return "\n".join(fill(line, _WIDTH) for line in part.split("\n"))


def _shown(facts: Mapping[str, Any]) -> str:
    """Facts of a row on one line."""
    return "; ".join(f"{label(name)}: {_value(value)}" for name, value in facts.items())


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
