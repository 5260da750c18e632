"""Eligibility decided slowly: one person, one stay, one day at a time, in plain Python.

Written from the design alone; shares nothing with the stage but the rows it is given.
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

Row = dict[str, Any]
Span = tuple[date, date | None]
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
ONE_DAY = timedelta(days=1)


def local_day(instant: datetime | None) -> date | None:
    return instant and instant.astimezone(LOS_ANGELES).date()


def covers(first: date, last: date | None, day: date) -> bool:
    return first <= day and (last is None or day <= last)


class Oracle:
    def __init__(
        self,
        frames: dict[str, pl.DataFrame],
        *,
        look_back: bool = False,
        needs_activation: bool = True,
        days: int = 90,
        as_of: date,
    ) -> None:
        self.rows = {feed: frame.to_dicts() for feed, frame in frames.items()}
        self.look_back = look_back
        self.needs_activation = needs_activation
        self.reach = timedelta(days=days - 1)
        self.as_of = as_of
        self.people = {row["person_id"]: row for row in self.rows["people"]}
        self.facilities = {row["facility_id"]: row for row in self.rows["facilities"]}
        self.stays = {row["stay_id"]: row for row in self.rows["custody_stays"]}

    def survivor(self, person_id: str) -> str:
        walked = [person_id]
        while True:
            target = self.people.get(walked[-1], {}).get("merged_into")
            if target not in self.people:
                return walked[-1]
            if target in walked:
                return min(walked[walked.index(target) :])
            walked.append(target)

    def numbers(self, person_id: str) -> set[str]:
        found = {
            row["cin"][:9]
            for row in self.rows["people"]
            if row["cin"] and self.survivor(row["person_id"]) == person_id
        }
        for _ in self.rows["cin_aliases"]:
            for alias in self.rows["cin_aliases"]:
                pair = {alias["cin"][:9], alias["alias_cin"][:9]}
                if alias["reason"] != "typo" and pair & found:
                    found |= pair
        return found

    def person_of(self, stay_id: str) -> str:
        return self.survivor(self.stays[stay_id]["person_id"])

    def stays_of(self, person_id: str) -> list[Row]:
        mine = [
            stay for stay in self.stays.values() if self.person_of(stay["stay_id"]) == person_id
        ]
        return sorted(mine, key=lambda stay: (stay["booked_at"], stay["stay_id"]))

    def overlap(self, earlier: Row, later: Row) -> bool:
        return earlier["released_at"] is None or later["booked_at"] < earlier["released_at"]

    def joined(self, earlier: Row, later: Row) -> bool:
        if self.overlap(earlier, later):
            return True
        gap = local_day(later["booked_at"]) - local_day(earlier["released_at"])
        return earlier["released_to"] == "transfer" and gap in (timedelta(0), ONE_DAY)

    def episode(self, stay_id: str) -> list[str]:
        """Ids of all stays of the episode, in order of booking."""
        ordered = self.stays_of(self.person_of(stay_id))
        group = {stay_id}
        for _ in ordered:
            for i, earlier in enumerate(ordered):
                for later in ordered[i + 1 :]:
                    ends = {earlier["stay_id"], later["stay_id"]}
                    if ends & group and self.joined(earlier, later):
                        group |= ends
        return [stay["stay_id"] for stay in ordered if stay["stay_id"] in group]

    def in_stay(self, stay: Row, day: date) -> bool:
        return covers(local_day(stay["booked_at"]), local_day(stay["released_at"]), day)

    def coverage(self, person_id: str, *, is_overlay: bool) -> list[Span]:
        mine = self.numbers(person_id)
        return [
            (row["starts_on"], row["ends_on"])
            for row in self.rows["coverage"]
            if row["cin"][:9] in mine and row["is_ji_aid_code"] == is_overlay
        ]

    def activations(self, person_id: str) -> list[Span]:
        own = [
            (row["activated_on"], row["deactivated_on"])
            for row in self.rows["ji_activations"]
            if self.survivor(row["person_id"]) == person_id
        ]
        return own or self.merged_spans(self.coverage(person_id, is_overlay=True))

    def merged_spans(self, spans: list[Span]) -> list[Span]:
        """Days painted one by one; each unbroken run is one span."""
        horizon = max((last or first for first, last in spans), default=date.min) + ONE_DAY
        painted = set()
        for first, last in spans:
            for offset in range((min(last or horizon, horizon) - first).days + 1):
                painted.add(first + offset * ONE_DAY)
        starts = sorted(day for day in painted if day - ONE_DAY not in painted)
        runs = []
        for start in starts:
            end = start
            while end + ONE_DAY in painted:
                end += ONE_DAY
            is_open = any(last is None and start <= first <= end for first, last in spans)
            runs.append((start, None if is_open else end))
        return runs

    def died_before(self, person_id: str, day: date) -> bool:
        releases = [
            local_day(stay["released_at"])
            for stay in self.stays_of(person_id)
            if stay["released_to"] == "deceased"
        ]
        deactivations = [
            row["deactivated_on"]
            for row in self.rows["ji_activations"]
            if row["deactivation_reason"] == "deceased"
            and self.survivor(row["person_id"]) == person_id
        ]
        return any(died is not None and died < day for died in releases + deactivations)

    def has_custody(self, stay: Row, day: date) -> bool:
        if not self.in_stay(stay, day):
            return False
        ordered = self.stays_of(self.person_of(stay["stay_id"]))
        later = ordered[ordered.index(stay) + 1 :]
        return not any(self.in_stay(other, day) and self.overlap(stay, other) for other in later)

    def in_time(self, stay: Row, day: date) -> bool:
        if self.look_back:
            release = local_day(stay["released_at"]) or stay["expected_release_on"]
            return release is not None and release - self.reach <= day <= release
        person_id = self.person_of(stay["stay_id"])
        known = self.activations(person_id)
        if any(covers(*span, day) and day <= span[0] + self.reach for span in known):
            return True
        if any(covers(*span, day) for span in known + self.coverage(person_id, is_overlay=True)):
            return False
        begun = [first for first, _ in known if first <= day]
        return not begun or day <= max(begun) + self.reach

    def screened(self, stay: Row, day: date) -> bool:
        facility = self.facilities.get(stay["facility_id"], {})
        if facility.get("facility_type") == "youth_correctional":
            return True
        episode = self.episode(stay["stay_id"])
        answers = [
            row
            for row in self.rows["screenings"]
            if row["stay_id"] in episode
            and row["screening_type"] == "pre_release_access"
            and not row["declined"]
            and row["screened_on"] <= day
        ]
        if not answers:
            return False
        newest = max(answers, key=lambda r: (r["screened_on"], r["received_at"], r["row_number"]))
        return newest["outcome"] == "meets"

    def share_met(self, person_id: str, day: date) -> bool:
        mine = self.numbers(person_id)
        return not any(
            row["cin"][:9] in mine
            and row["month"] == f"{day:%Y-%m}"
            and (row["share_of_cost_amount"] or 0) > 0
            and row["share_of_cost_met_on"] is None
            for row in self.rows["eligibility_answers"]
        )

    def reasons(self, stay_id: str, day: date) -> list[str]:
        if stay_id not in self.stays:
            return ["custody"]
        stay = self.stays[stay_id]
        person_id = self.person_of(stay_id)
        live_from = self.facilities.get(stay["facility_id"], {}).get("live_from", date.max)
        codes = self.activations(person_id) + self.coverage(person_id, is_overlay=True)
        has_code = any(covers(*span, day) for span in codes)
        holds = {
            "deceased": not self.died_before(person_id, day),
            "custody": self.has_custody(stay, day),
            "facility": live_from <= day,
            "enrolled": any(covers(*s, day) for s in self.coverage(person_id, is_overlay=False)),
            "ji_aid_code": has_code or (self.look_back and not self.needs_activation),
            "ninety_days": self.in_time(stay, day),
            "screening": self.screened(stay, day),
            "share_of_cost": self.share_met(person_id, day),
        }
        return [gate for gate, held in holds.items() if not held]

    def billable_days(self) -> list[Row]:
        rows = []
        for stay_id, stay in sorted(self.stays.items()):
            day = local_day(stay["booked_at"])
            while day <= min(local_day(stay["released_at"]) or self.as_of, self.as_of):
                reasons = self.reasons(stay_id, day)
                rows.append(
                    {"stay_id": stay_id, "day": day, "billable": not reasons, "reasons": reasons}
                )
                day += ONE_DAY
        return rows
