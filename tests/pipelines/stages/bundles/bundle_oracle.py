"""The oracle: bundles judged in plain Python, from the words of a timeline and the rows of the code
set's file. Slow and obvious; it shares no code with the stage.
"""

import csv
import re
from pathlib import Path
from typing import Any

LONG_AGO, FAR = -10_000, 10_000
FILE = Path("codesets/data/care_bundles/illustrative-1.csv")
MEANS = {
    "assigned": "care_manager_assigned", "meet": "first_meeting", "assess": "needs_assessment",
    "consent": "consent_signed", "consult": "consultation", "start": "care_plan_started",
    "final": "care_plan_finalized", "share": "care_plan_shared_with_post_release_manager",
    "handoff": "warm_handoff", "meds": "medications_supplied", "link": "behavioral_health_link",
    "appoint": "appointment_scheduled", "follow": "follow_up",
}  # fmt: skip
PEOPLE = {"c": "client", "p": "pre_release_manager", "o": "post_release_manager", "x": "other"}


def rules_of(path: Path = FILE) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


def listed(text: str) -> list[str]:
    return text.split("|") if text else []


def number(text: str) -> int | None:
    return int(text) if text else None


class Life:
    """What the words say: days of custody and of activation, and rows that may prove something."""

    def __init__(self, timeline: str, as_of: int) -> None:
        self.as_of = as_of
        self.rows: list[dict[str, Any]] = []
        self.flags: set[str] = set()
        self.activated: list[int] = []
        self.out: list[int] = []
        self.expect: int | None = None
        self.declined: int | None = None
        self.consents: list[int] = []
        self.managers: dict[str, list[tuple[int, str]]] = {"pre": [], "post": []}
        for word in timeline.split():
            self.take(word)
        if self.declined is not None and any(day > self.declined for day in self.consents):
            self.declined = None
        self.activated.sort()

    def take(self, word: str) -> None:
        what, day, until, amount, mark, who = re.match(
            r"([a-z]+)(?:@(-?\d+))?(?:-(-?\d+))?(?:/(\d+))?([!~]?)(?:\((\w+)\))?$", word
        ).groups()
        if day is None:
            self.flags.add(what)
        elif what in ("act", "out", "expect", "refuse"):
            self.custody(what, int(day))
        elif what in MEANS:
            self.milestone(what, int(day), amount, mark, who)
        else:
            self.other(what, int(day), until, amount)

    def custody(self, what: str, day: int) -> None:
        if what == "act":
            self.activated.append(day)
        elif what == "out":
            self.out.append(day)
        elif what == "expect":
            self.expect = day
        elif day <= self.as_of:
            self.declined = max(day, self.declined or day)

    def other(self, what: str, day: int, until: str | None, amount: str | None) -> None:
        if what in ("mgr", "post", "same"):
            phase = "pre" if what == "mgr" else "post"
            if day <= self.as_of:
                self.managers[phase].append((day, "other" if what == "post" else "nurse"))
            self.add(f"manager:{phase}_release", day, standing=True)
        elif what == "sign":
            ends = FAR if until is None else int(until) - 1
            if day <= self.as_of:
                self.consents.append(day)
            if ends >= max(day, 0):
                self.add("consent:information_sharing", max(day, 0), standing=True, ends=ends)
        elif what == "fill":
            self.add("fill:any", day, supply=int(amount or 30))
            self.add("fill:release_supply", day, supply=int(amount or 30))
        else:
            self.add("service:case_management", day, note=True, minutes=int(amount or 30))

    def milestone(
        self, what: str, day: int, amount: str | None, mark: str, who: str | None
    ) -> None:
        if what == "consent" and day <= self.as_of:
            self.consents.append(day)
        supply = what == "meds"
        self.add(
            f"milestone:{MEANS[what]}", day, note=True, signed=mark != "!", licensed=mark == "",
            minutes=0 if supply else int(amount or 45), supply=int(amount or 30) if supply else 0,
            people={PEOPLE[letter] for letter in who or "cpo"},
        )  # fmt: skip

    def add(self, word: str, day: int, **values: Any) -> None:
        plain = {
            "standing": False, "ends": FAR, "note": False, "signed": True, "licensed": True,
            "minutes": 0, "supply": 0, "people": set(),
        }  # fmt: skip
        if day <= self.as_of:
            self.rows.append(plain | values | {"word": word, "day": day})

    @property
    def released(self) -> int | None:
        final = max(self.out) if self.out else None
        return final if final is not None and final <= self.as_of else None

    @property
    def release(self) -> int | None:
        if self.released is not None:
            return self.released
        return None if self.expect is None else max(self.expect, self.as_of)

    def holds(self, condition: str) -> bool:
        newest = {phase: max(held)[1] if held else None for phase, held in self.managers.items()}
        return {
            "same_manager": newest["pre"] is not None and newest["pre"] == newest["post"],
            "declined": self.declined is not None,
            "no_release_medication": "rx" not in self.flags,
            "no_behavioral_need": "smi" not in self.flags,
        }[condition]

    def billable(self, day: int) -> bool:
        within = 0 <= day <= (200 if self.released is None else self.released)
        return within and any(first <= day <= first + 89 for first in self.activated)


class Trial:
    """One bundle judged from one activation."""

    def __init__(self, life: Life, bundle: dict[str, str], parts: Any, start: int, last: int,
                 *, is_later: bool) -> None:  # fmt: skip
        self.life, self.bundle, self.start = life, bundle, start
        self.by_window = bundle["limit_scope"] == "window"
        self.scope = (start if self.by_window and is_later else LONG_AGO,
                      last if self.by_window else FAR)  # fmt: skip
        self.parts = {
            p["element"]: p for p in parts if not any(map(life.holds, listed(p["unless"])))
        }

    def bounds(self, part: dict[str, str]) -> tuple[int, int, int | None]:
        """First and last day that count, and the day from which it can be done at all."""
        days = ("day_anchor", "earliest_day", "due_day", "latest_day")
        said = part if any(part[name] for name in days) else self.bundle
        anchor = {"booking": 0, "activation": self.start, "release": self.life.release}[
            said["day_anchor"]
        ]
        early, late = number(said["earliest_day"]), number(said["latest_day"])
        first = LONG_AGO if early is None or anchor is None else anchor + early
        last = FAR if late is None or anchor is None else anchor + late
        opens = self.start if early is None else None if anchor is None else anchor + early
        if opens is not None:
            opens = max(opens, self.scope[0])
        elif self.scope[0] > LONG_AGO:
            opens = self.scope[0]
        return max(first, self.scope[0]), min(last, self.gate_end(), self.scope[1]), opens

    def gate_end(self) -> int:
        release = self.life.release
        if release is None or self.bundle["service_date_rule"] == "release":
            return FAR
        return {"pre_release": release, "post_release_30": release + 30}[self.bundle["gate"]]

    def counting(self, name: str) -> list[tuple[int, int]]:
        """(day, last day in force) of each row that proves an element."""
        part = self.parts[name]
        first, last, _ = self.bounds(part)
        found = []
        for row in self.life.rows:
            day = max(row["day"], first) if row["standing"] else row["day"]
            if row["word"] not in listed(part["evidence"]) or row["ends"] < day:
                continue
            if first <= day <= last and self.is_sound(part, row) and self.in_order(part, day):
                found.append((day, row["ends"]))
        return sorted(found)

    def is_sound(self, part: dict[str, str], row: dict[str, Any]) -> bool:
        if row["supply"] < int(part["least_days_supply"] or 0):
            return False
        if not row["note"]:
            return True
        signers = listed(part["signers"])
        signed = not signers or (row["signed"] and (row["licensed"] or "any" in signers))
        enough = row["minutes"] >= int(part["least_minutes"] or 0)
        return signed and enough and set(listed(part["participants"])) <= row["people"]

    def in_order(self, part: dict[str, str], day: int) -> bool:
        priors = [name for name in listed(part["after"]) if name in self.parts]
        return all(
            any(there <= day <= ends for there, ends in self.counting(name)) for name in priors
        )

    def judge(self, before: dict[str, Any]) -> dict[str, Any]:
        """`before`: how the bundles stand that come first."""
        life, done = self.life, {}
        for name in self.parts:
            rows = self.counting(name)
            if rows:
                done[name] = rows[0][0]
        missing = {name for name in self.parts if name not in done}
        others = [before[n] for n in listed(self.bundle["requires"]) if n in before]
        waits = [o for o in others if o["state"] not in ("complete", "exempt")]
        completed = None
        if not missing and not waits and self.parts:
            completed = max([*done.values(), *(o["on"] for o in others if o["on"] is not None)])
        rule = self.bundle["service_date_rule"]
        billed = completed if rule != "release" else life.released
        billed = None if completed is None else billed
        state = self.state(completed, missing, waits)
        return {
            "state": state, "on": completed, "billed": billed,
            "billable": billed is not None and self.passes(billed),
            "missing": missing if state in ("open", "missed", "not_due") else set(),
        }  # fmt: skip

    def passes(self, day: int) -> bool:
        if self.bundle["gate"] == "pre_release":
            return self.life.billable(day)
        out = self.life.released
        return out is not None and out <= day <= out + 30 and "uncovered" not in self.life.flags

    def state(self, completed: int | None, missing: set[str], waits: list[Any]) -> str:
        life = self.life
        declines = "declined" in listed(self.bundle["unless"]) and life.declined is not None
        if declines and (completed is None or completed > life.declined):
            return "exempt"
        if life.released is not None and "dead" in life.flags and completed is None:
            return "exempt"
        if completed is not None:
            return "complete"
        lost = any(self.bounds(self.parts[name])[1] < life.as_of for name in missing)
        if lost or any(other["state"] == "missed" for other in waits):
            return "missed"
        starts = [self.bounds(self.parts[name])[2] for name in missing]
        can = any(day is not None and day <= life.as_of for day in starts)
        return "open" if can or (waits and not missing) else "not_due"


def judged(timeline: str, as_of: int, rules: list[dict[str, str]]) -> dict[Any, Any]:
    """(bundle, ordinal) to state, completed, billed, billable, missing."""
    life = Life(timeline, as_of)
    end = FAR if life.released is None else life.released
    starts = [day for day in life.activated if day <= min(as_of, end)]
    told, before = {}, {}
    heads = sorted((r for r in rules if r["element"] == "bundle"), key=lambda r: int(r["position"]))
    for bundle in heads:
        parts = [r for r in rules if r["bundle"] == bundle["bundle"] and r["element"] != "bundle"]
        if not starts:
            if bundle["release_model"] != "short_term":
                state = "exempt" if life.released is not None else "not_due"
                told[bundle["bundle"], 1] = {
                    "state": state, "on": None, "billed": None, "billable": False, "missing": set(),
                }  # fmt: skip
            continue
        trials = []
        for place, start in enumerate(starts):
            short = "unknown" in life.flags or (
                life.release is not None and life.release - start < 14
            )
            if bundle["release_model"] in ("any", "short_term" if short else "standard"):
                last = starts[place + 1] - 1 if place + 1 < len(starts) else FAR
                trial = Trial(life, bundle, parts, start, last, is_later=place > 0)
                trials.append((place, trial.judge(before)))
        if not trials:
            continue
        if bundle["limit_scope"] == "window":
            chosen = [found for _, found in trials]
        else:
            whole = [t for t in trials if t[1]["on"] is not None]
            best = min(whole, key=lambda t: (not t[1]["billable"], t[1]["on"], t[0]), default=None)
            chosen = [(best or trials[-1])[1]]
        for ordinal, found in enumerate(chosen, start=1):
            told[bundle["bundle"], ordinal] = found
        rank = ["complete", "exempt", "open", "not_due", "missed"]
        before[bundle["bundle"]] = min(chosen, key=lambda f: rank.index(f["state"]))
    return told
