"""Members: what the payer knows of who is covered when, which is not quite what the county knows.

The county's coverage as delivered is the source; a seeded part of the members is known otherwise:
not at all, with another date of birth, or with coverage that ended without the county's knowing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pipelines.demo.payer.chance import Chance

# Of a thousand members; illustrative: no payer publishes how its files differ from a county's.
UNKNOWN, OTHER_BIRTH_DATE, ENDED, ENDS_LATER = 10, 10, 25, 15
MONTHS_BACK = 3  # an end that comes to light late lies up to so many months back


@dataclass(frozen=True, slots=True)
class Span:
    """Days covered, both included; `ends_on` None: still. `is_overlay`: of the JI aid code."""

    starts_on: date
    ends_on: date | None
    is_overlay: bool

    def holds(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True)
class Roll:
    """Members as known from an instant on: CIN to spans, CIN to birth date, old CIN to present."""

    known_at: datetime
    spans: Mapping[str, tuple[Span, ...]]
    birth_dates: Mapping[str, date]
    aliases: Mapping[str, str]


@dataclass
class Members:
    """All rolls in order of `known_at`, and the seeded difference.

    The first roll answers for everything before it, too.
    """

    rolls: list[Roll]
    chance: Chance
    _first_paid_on: dict[str, date] = field(default_factory=dict)

    def is_known(self, cin: str, at: datetime) -> bool:
        roll = self._roll(at)
        own = roll.aliases.get(cin, cin)
        return own in roll.spans and not self.chance.hits("unknown", own, UNKNOWN)

    def is_eligible(
        self, cin: str, day: date, at: datetime, *, after_release: bool = False
    ) -> bool:
        """Whether base coverage and, but after release, the justice-involved aid code hold on the
        day.
        """
        roll = self._roll(at)
        own = roll.aliases.get(cin, cin)
        held = {span.is_overlay for span in roll.spans.get(own, ()) if span.holds(day)}
        ended_on = self._ended_on(own, at)
        wanted = {False} if after_release else {True, False}
        return wanted <= held and (ended_on is None or day <= ended_on)

    def birth_date(self, cin: str, at: datetime) -> date | None:
        """The date of birth that the payer heard of first; None where it has none."""
        own = self._roll(at).aliases.get(cin, cin)
        heard = (roll.birth_dates.get(own) for roll in self.rolls if roll.known_at <= at)
        born = next(filter(None, heard), self.rolls[0].birth_dates.get(own))
        differs = self.chance.hits("birth date", own, OTHER_BIRTH_DATE)
        return born + timedelta(days=1) if born and differs else born

    def paid(self, cin: str, at: datetime) -> None:
        """Remember the first payment for a member: some endings come to light only after it."""
        self._first_paid_on.setdefault(self._roll(at).aliases.get(cin, cin), at.date())

    def _roll(self, at: datetime) -> Roll:
        known = [roll for roll in self.rolls if roll.known_at <= at]
        return known[-1] if known else self.rolls[0]

    def _ended_on(self, cin: str, at: datetime) -> date | None:
        """The last day of coverage that the county has not heard of."""
        if self.chance.hits("ended", cin, ENDED):
            return self._month_end(cin, self.rolls[0].known_at.date())
        paid_on = self._first_paid_on.get(cin)
        if paid_on and paid_on < at.date() and self.chance.hits("ends later", cin, ENDS_LATER):
            return self._month_end(cin, paid_on)
        return None

    def _month_end(self, cin: str, before: date) -> date:
        """The end of a month, one to `MONTHS_BACK` months before a day's own month."""
        month = before.replace(day=1)
        for _ in range(self.chance.below("month", cin, MONTHS_BACK)):
            month = (month - timedelta(days=1)).replace(day=1)
        return month - timedelta(days=1)
