"""All answers to files of many claims: whole, balanced, one final word for each claim, repeatable.

The claims are those of a small county that is good and bad at billing; pyx12, oxedi and x12sdk read
what the payer says.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from payer_county import (
    ANN,
    BILLING,
    BOB,
    CAM,
    NOBODY,
    SENT_AT,
    Bill,
    Certain,
    answered,
    bill,
    enclosed,
    payer,
    segments,
    transaction,
)
from payer_readers import money, objections, patched_maps, tables
from x12sdk.io import X12ModelReader

from pipelines.demo.payer.chance import Chance
from pipelines.demo.payer.mischief import KINDS
from pipelines.demo.payer.simulation import Delivery, Mail
from pipelines.x12 import wire

UNTIL = date(2026, 9, 30)
OTHER_BILLING = "1679576722"
NOT_READ_BY_PYX12 = ("277",)  # of the claim status guide it has no registered map


def bills(prefix: str, count: int, seed: int = 0) -> list[Bill]:
    """Claims of which most are paid and the others fail in every way the payer knows."""
    draw, made = Random(seed), []  # noqa: S311
    for number in range(count):
        day = (date(2026, 7, 1) - timedelta(days=draw.choice((9, 30, 60, 250, 330, 400)))).strftime(
            "%Y%m%d"
        )
        lines = tuple(
            (
                draw.choice(("99213", "80053", "E0143", "96372")),
                f"{draw.randint(100, 30000) / 100}",
                day,
            )
            for _ in range(draw.randint(1, 3))
        )
        fault = draw.choice([*[{}] * 9, {"charge": "1"}, {"units": "0"}, {"doctor": "5"}])
        made.append(
            bill(
                f"{prefix}{number}", lines=lines, billing=draw.choice((OTHER_BILLING, BILLING)),
                cin=draw.choice((ANN, ANN, ANN, BOB, CAM, NOBODY)), **fault,
            )
        )  # fmt: skip
    return made


FIRST, SECOND = bills("A", 60), bills("B", 40, seed=1)
MAIL = (
    Mail(enclosed(transaction(*FIRST[:40]), transaction(*FIRST[40:], number=2)), SENT_AT),
    Mail(enclosed(transaction(*SECOND), number=2, usage="P"), SENT_AT + timedelta(days=3)),
)


def deliveries(
    *mail: Mail, until: date = UNTIL, seed: int = 7, mischief: float = 0
) -> list[Delivery]:
    return list(payer(Chance(seed), mischief).answers(mail, until))


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return patched_maps(tmp_path_factory.mktemp("pyx12"))


@pytest.fixture(scope="module")
def told() -> list[Delivery]:
    return deliveries(*MAIL)


def texts(told: list[Delivery], kind: str) -> list[str]:
    return [one.content.decode() for one in told if one.name.split("-")[1] == kind]


def test_pyx12_accepts_every_answer(
    told: list[Delivery], maps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = Counter(one.name.split("-")[1] for one in told)
    assert set(kinds) == {"TA1", "999", "277CA", "277", "835"}
    read = [one for one in told if one.name.split("-")[1] not in NOT_READ_BY_PYX12]
    found = {one.name: objections(one.content.decode(), maps, monkeypatch) for one in read}
    assert {name: errors for name, errors in found.items() if errors} == {}


def test_pyx12_accepts_a_999_that_rejects(maps: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = enclosed(transaction(*FIRST[:3])).replace("HI*ABK:F1120~", "K3*NO~")
    (text,) = texts(deliveries(Mail(broken, SENT_AT)), "999")
    assert segments(text, "IK5") == [["IK5", "R", "5"]]
    assert objections(text, maps, monkeypatch) == []


def test_oxedi_finds_every_835_balanced_and_the_dollars_tie(
    told: list[Delivery], tmp_path: Path
) -> None:
    remitted = texts(told, "835")
    assert len(remitted) > 2
    for place, text in enumerate(remitted):
        read, found = tables(text, tmp_path / f"{place}.x12")
        assert list(read.diagnostics) == []
        paid = [money(value) for value in found["claims"]["payment_amount"]]
        assert sum(paid, Decimal(0)) - at_provider_level(text) == amount_of(text)


def at_provider_level(text: str) -> Decimal:
    pairs = [Decimal(one[at]) for one in segments(text, "PLB") for at in range(4, len(one), 2)]
    return sum(pairs, Decimal(0))


def amount_of(text: str) -> Decimal:
    return Decimal(segments(text, "BPR")[0][2])


def test_x12sdk_reads_the_837_s_answers(told: list[Delivery]) -> None:
    for kind, count in (("835", "CLP"), ("277", "TRN")):
        for text in texts(told, kind):
            with X12ModelReader(text) as reader:
                models = list(reader.models())
            assert len(models) == len(segments(text, "ST"))
            assert segments(text, count)


def final_words(told: list[Delivery]) -> Counter[str]:
    """Claim to how often it was turned back or adjudicated."""
    words: Counter[str] = Counter()
    for text in texts(told, "835"):
        words.update(one[1] for one in segments(text, "CLP") if one[2] != "22")
    for text in texts(told, "277CA"):
        claim = ""
        for one in segments(text, "HL", "TRN", "STC"):
            claim = {"HL": "", "TRN": one[2]}.get(one[0], claim)
            if one[0] == "STC" and one[1][:2] not in ("A1", "A2") and claim:
                words[claim] += 1
                claim = ""
    return words


def test_each_claim_gets_exactly_one_final_word(told: list[Delivery]) -> None:
    assert final_words(told) == Counter({one.number: 1 for one in (*FIRST, *SECOND)})


def test_charges_of_claims_are_those_that_were_sent(told: list[Delivery]) -> None:
    sent = {one.number: sum(Decimal(line[1]) for line in one.lines) for one in (*FIRST, *SECOND)}
    answered_for = {
        one[1]: Decimal(one[3]) for text in texts(told, "835") for one in segments(text, "CLP")
    }
    assert answered_for == {number: sent[number] for number in answered_for}
    assert 20 < len(answered_for) < len(sent)


def test_every_line_of_every_remittance_balances(told: list[Delivery]) -> None:
    for text in texts(told, "835"):
        for chunk in text.split("~\nSVC*")[1:]:
            line = segments("SVC*" + chunk.split("~\nCLP*")[0], "SVC", "CAS")
            adjusted = sum(Decimal(one[3]) for one in line[1:])
            assert Decimal(line[0][2]) - adjusted == Decimal(line[0][3])


def test_our_reader_finds_no_damage_and_control_numbers_increase(told: list[Delivery]) -> None:
    for mischief in (told, deliveries(*MAIL, mischief=0.7)):
        numbers = []
        for one in mischief:
            sets = wire.read(one.content, file_id=one.name).transaction_sets
            assert not sets["is_damaged"].any()
            numbers.append(int(sets["interchange_control_number"][0]))
        assert numbers == list(range(1, len(numbers) + 1))
        assert [one.due_on for one in mischief] == sorted(one.due_on for one in mischief)


def test_each_usage_is_answered_with_its_own_indicator(told: list[Delivery]) -> None:
    for one in told:
        claims = {number[0] for number in claims_in(one)}
        assert claims <= {{"T": "A", "P": "B"}[one.content.decode()[102]]}


def claims_in(one: Delivery) -> list[str]:
    text = one.content.decode()
    found = [e[1] for e in segments(text, "CLP")] + [
        e[2] for e in segments(text, "TRN") if e[1] == "2"
    ]
    return [number for number in found if number[0] in "AB"]


def test_the_same_mail_and_seed_give_the_same_bytes(told: list[Delivery]) -> None:
    assert deliveries(*MAIL) == told
    assert deliveries(*reversed(MAIL)) == told
    assert deliveries(*MAIL, seed=8) != told


@pytest.mark.parametrize("mischief", [0, 0.5])
@pytest.mark.parametrize("days", [0, 1, 9, 20])
def test_answers_until_an_earlier_day_are_the_first_of_those_until_a_later_one(
    days: int, mischief: float
) -> None:
    earlier = SENT_AT.date() + timedelta(days=days)
    whole = deliveries(*MAIL, mischief=mischief)
    part = deliveries(*MAIL, mischief=mischief, until=earlier)
    assert part == [one for one in whole if one.due_on <= earlier]
    assert whole[: len(part)] == part


@pytest.mark.parametrize("mischief", [0, 0.5])
@pytest.mark.parametrize("days", [0, 1, 10, 30])
def test_a_file_sent_later_changes_no_answer_given_before(days: int, mischief: float) -> None:
    at = SENT_AT + timedelta(days=days, hours=2)
    later = Mail(enclosed(transaction(bill("Z1")), number=3), at)
    given = deliveries(*MAIL[:1], mischief=mischief, until=at.date())
    assert deliveries(MAIL[0], later, mischief=mischief)[: len(given)] == given


def test_every_kind_of_mischief_comes_about_and_claims_are_lost_or_told_twice() -> None:
    kinds: set[str] = set()
    for seed in range(12):
        calm, wild = deliveries(*MAIL, seed=seed), deliveries(*MAIL, seed=seed, mischief=1)
        said = Counter(one.name.split("-")[1] for one in wild)
        usual = Counter(one.name.split("-")[1] for one in calm)
        kinds |= {"lost"} if usual - said else set()
        kinds |= {"more"} if said - usual else set()
        words = final_words(wild)
        kinds |= {"told twice"} if max(words.values(), default=0) > 1 else set()
        kinds |= {"late"} if [one.due_on for one in wild] != [one.due_on for one in calm] else set()
    assert kinds == {"lost", "more", "told twice", "late"}
    assert len(KINDS) == 5


class Spoiling(Certain):
    """All answers meet with one kind of mischief."""

    def __init__(self, kind: str) -> None:
        super().__init__(0)
        object.__setattr__(self, "_place", KINDS.index(kind))

    _place: int

    def hits(self, stream: str, subject: str, per_mille: float) -> bool:  # noqa: ARG002
        return stream == "mischief"

    def below(self, stream: str, subject: str, limit: int) -> int:  # noqa: ARG002
        return self._place if stream == "kind of mischief" else 0


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("lost", {}),
        ("duplicated", {"TA1": 2, "999": 2, "277CA": 2, "835": 4}),
        ("late", {"TA1": 1, "999": 1, "277CA": 1, "835": 2}),
        ("split", {"TA1": 1, "999": 1, "277CA": 2, "835": 4}),
        ("contradicted", {"TA1": 2, "999": 2, "277CA": 2, "835": 4}),
    ],
)
def test_what_arrives_in_place_of_an_answer(kind: str, files: dict[str, int]) -> None:
    own = payer()
    object.__setattr__(own, "mischief", type(own.mischief)(1, Spoiling(kind)))
    many = [bill(f"C{n}", lines=(("99213", "100", f"202606{10 + n}"),)) for n in range(4)]
    others = [bill(f"D{n}", lines=(("99213", "100", f"202606{10 + n}"),), billing=OTHER_BILLING)
              for n in range(4)]  # fmt: skip
    said = answered(enclosed(transaction(*many, *others)), by=own)
    assert {name: len(found) for name, found in said.items()} == files
    if kind == "split":
        claims = [e[1] for text in said["835"] for e in segments(text, "CLP")]
        traces = {segments(text, "TRN")[0][2] for text in said["835"]}
        assert sorted(claims) == sorted(one.number for one in (*many, *others))
        assert len(traces) == 3 + 1
    if kind == "contradicted":
        verdicts = [{e[1] for e in segments(text, "IK5")} for text in said["999"]]
        assert verdicts == [{"A"}, {"R"}]


def test_money_of_a_year_of_mail_is_conserved() -> None:
    """What was paid, less what was taken back, is what claims in effect are worth."""
    mail = [
        Mail(enclosed(transaction(*bills(f"A{n}x", 25, seed=n)), number=n + 1),
             datetime(2026, 7, 6, 17, tzinfo=UTC) + timedelta(days=11 * n))
        for n in range(8)
    ]  # fmt: skip
    own = payer(Chance(3))
    sent = list(own.answers(mail, date(2026, 12, 31)))
    rows: list[Any] = []
    for text in texts(sent, "835"):
        paid = sum((Decimal(one[4]) for one in segments(text, "CLP")), Decimal(0))
        rows.append((paid, at_provider_level(text), amount_of(text)))
    frame = pl.DataFrame(rows, schema=["paid", "plb", "bpr"], orient="row")
    assert all(paid - plb == bpr >= 0 for paid, plb, bpr in frame.iter_rows())
    in_effect = sum(
        (line.paid_amount for one in own.books["T"].records.values() for line in one.standing()),
        Decimal(0),
    )
    owed = sum((amount for _, amount in own.payments._owed.values()), Decimal(0))
    assert frame["bpr"].sum() - owed == in_effect
