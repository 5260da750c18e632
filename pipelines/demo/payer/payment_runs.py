"""Payment runs: every Thursday, what is ready is settled and paid, what was overpaid taken back.

Here: who is paid what in a run. Not here: the judgement of a claim, or the text of an 835.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pipelines.demo.payer.adjudication import Adjudicator, Settled, Waiting
from pipelines.demo.payer.books import Record
from pipelines.demo.payer.claims import Party
from pipelines.demo.payer.remittance import FORWARD, RECOVERY, ProviderAdjustment, Remittance

RUN_ON = 3  # Thursday; synthetic: the payer's own calendar is a code set yet to be loaded
Account = tuple[str, str]  # usage and NPI of the payee
NOTHING = Decimal(0)


@dataclass(slots=True)
class Payments:
    """What is owed across runs, by account: more was taken back than was due."""

    _owed: dict[Account, tuple[str, Decimal]] = field(default_factory=dict)

    def run(
        self, ready: Sequence[Waiting], adjudicator: Adjudicator, on: date
    ) -> Iterator[Remittance]:
        """A remittance for each account with a claim that is ready, in order of acceptance.

        What is to be taken back waits for a run in which the account has claims.
        """
        accounts: dict[Account, list[Waiting]] = {}
        for one in ready:
            accounts.setdefault(_account(one.usage, one.claim.billing), []).append(one)
        for ordinal, (account, mine) in enumerate(sorted(accounts.items()), 1):
            overpaid = list(_recovered(adjudicator, account))
            settled = [clp for one in mine for clp in adjudicator.settle(one)]
            trace = f"{on:%y%m%d}{account[0]}{ordinal:03d}"
            yield self._remittance(account, trace, on, settled, overpaid)

    def _remittance(
        self,
        account: Account,
        trace: str,
        on: date,
        settled: list[Settled],
        overpaid: list[ProviderAdjustment],
    ) -> Remittance:
        claim = settled[-1].claim
        adjustments = [*self._brought_forward(account), *overpaid]
        told = Remittance(
            trace, account[0], on, claim.payer, claim.billing, tuple(settled), tuple(adjustments)
        )
        if told.amount >= 0:
            return told
        self._owed[account] = (trace, -told.amount)
        left = ProviderAdjustment(FORWARD, trace, told.amount)
        return Remittance(
            trace, account[0], on, claim.payer, claim.billing, told.claims, (*adjustments, left)
        )

    def _brought_forward(self, account: Account) -> Iterator[ProviderAdjustment]:
        if account in self._owed:
            yield ProviderAdjustment(FORWARD, *self._owed.pop(account))


def _account(usage: str, payee: Party) -> Account:
    return (usage, payee.number)


def _recovered(adjudicator: Adjudicator, account: Account) -> Iterator[ProviderAdjustment]:
    """Payments for members who, as is known now, were not eligible on the day."""
    for record in adjudicator.books.records.values():
        if _account(record.usage, record.claim.billing) == account:
            amount = _overpaid(adjudicator, record)
            if amount:
                yield ProviderAdjustment(RECOVERY, record.number, amount)


def _overpaid(adjudicator: Adjudicator, record: Record) -> Decimal:
    amount = NOTHING
    for one in list(record.standing()):
        day = one.line.service_on or record.remitted_on
        eligible = adjudicator.is_eligible(record.claim.cin, one.line, day)
        if one.paid_amount and not eligible:
            adjudicator.books.settle(record, one)
            amount += one.paid_amount
    return amount
