"""Facts behind closed findings: what became of each row that a finding's subject rests on.

Reading and linking. Which of it counts for which edit is the stage's to say (closing).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from contracts.feeds import FEEDS, facts
from pipelines.io.key_history import told
from pipelines.io.workspace import View
from pipelines.stages.edits.closing import EVENTS, turns
from pipelines.stages.edits.run import SUBJECT, SUBJECT_ID
from pipelines.stages.identifiers import cin_of
from pipelines.stages.people import numbers, survivors

_SUBJECT: Final = ["subject", "subject_id"]
_HELD: Final = ("person_id", "stay_id", "facility_id")
_OF_LINE: Final = (
    *_HELD, "service_date", "rendering_npi", "referring_npi", "ordering_npi",
    "signed_by_staff_id", "authorization_number",
)  # fmt: skip
# Where a feed names what a link leads to; `cin_aliases` names it twice.
_NAMED_BY: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "line": (("source_system", "encounter_id", "line_number"),),
    "encounter": (("encounter_id",),),
    "person": (("person_id",),),
    "person_day": (("person_id", "service_date"),),
    "provider_day": (("rendering_npi", "service_date"),),
    "stay": (("stay_id",),),
    "stays": (("stay_id",),),
    "facility": (("facility_id",),),
    "billing": (("billing_npi",),),
    "npi": (("npi",),),
    "staff": (("staff_id",),),
    "authorization": (("authorization_number",),),
    "cin": (("cin",), ("alias_cin",)),
}


@dataclass(frozen=True)
class Links:
    """What the subjects of findings are linked to, in any version of their own rows.

    `lines` and `stays`: subject, subject_id and the key columns of the feed.
    """

    view: View
    lines: pl.DataFrame
    stays: pl.DataFrame

    def of(self, link: str) -> pl.DataFrame:
        """subject, subject_id and the columns by which a feed names what the link leads to."""
        frame: pl.DataFrame = getattr(self, f"_{link}")
        return frame.unique().drop_nulls()

    def rows(self, feed: str, file_ids: list[str], among: pl.DataFrame) -> pl.DataFrame:
        """All versions of a feed's rows that hold any of these values."""
        return self.view.workspace.lake.read_files(facts(feed), file_ids, among=among)

    def file_ids(self, feed: str) -> list[str]:
        return [file.file_id for file in self.view.files_of(feed)]

    @property
    def _line(self) -> pl.DataFrame:
        return self.lines

    @property
    def _encounter(self) -> pl.DataFrame:
        return self.lines.select(*_SUBJECT, "encounter_id")

    @cached_property
    def _held(self) -> pl.DataFrame:
        """A row a version of the subjects' own rows: what it names."""
        own = self.rows(SUBJECT + "s", self.file_ids("encounters"), self.lines.drop(_SUBJECT))
        lines = own.select(SUBJECT_ID, pl.lit(SUBJECT).alias("subject"), *_OF_LINE)
        held = self.rows("custody_stays", self.file_ids("custody_stays"), self.stays.drop(_SUBJECT))
        stays = held.select(
            pl.col("stay_id").alias("subject_id"), pl.lit("stay").alias("subject"), *_HELD
        )
        return pl.concat([lines, stays], how="diagonal")

    def _naming(self, column: str, name: str | None = None) -> pl.DataFrame:
        return self._held.select(*_SUBJECT, pl.col(column).alias(name or column)).drop_nulls()

    @cached_property
    def _person(self) -> pl.DataFrame:
        """Everybody who survives as one of the persons named, and these themselves."""
        people = survivors(self.view.current("people"))
        named = self._naming("person_id").join(people, on="person_id", how="left")
        alike = people.rename({"person_id": "alike"})
        merged = named.join(alike, on="surviving_person_id").select(*_SUBJECT, person_id="alike")
        return pl.concat([named.select(*_SUBJECT, "person_id"), merged]).unique()

    @cached_property
    def _cin(self) -> pl.DataFrame:
        """Every number that stands for them, or that a version of their records had."""
        people = self.view.current("people")
        known = numbers(people, self.view.current("cin_aliases"))
        standing = known.rename({"surviving_person_id": "person_id"})
        among = self._person.select("person_id").unique()
        versions = self.rows("people", self.file_ids("people"), among)
        had = versions.select("person_id", cin_of(pl.col("cin"))).drop_nulls()
        every = pl.concat([standing.select("person_id", "cin"), had]).unique()
        return self._person.join(every, on="person_id").select(*_SUBJECT, "cin")

    @property
    def _stay(self) -> pl.DataFrame:
        return self._naming("stay_id")

    @cached_property
    def _stays(self) -> pl.DataFrame:
        among = self._person.select("person_id").unique()
        held = self.rows("custody_stays", self.file_ids("custody_stays"), among)
        theirs = self._person.join(held.select("person_id", "stay_id"), on="person_id")
        return pl.concat([self._stay, theirs.select(*_SUBJECT, "stay_id")])

    @cached_property
    def _facility(self) -> pl.DataFrame:
        ids = self._stay.select("stay_id").unique()
        held = self.rows("custody_stays", self.file_ids("custody_stays"), ids)
        of_stay = self._stay.join(held.select("stay_id", "facility_id"), on="stay_id")
        return pl.concat([self._naming("facility_id"), of_stay.drop("stay_id")])

    @property
    def _billing(self) -> pl.DataFrame:
        ids = self._facility.select("facility_id").unique()
        known = self.rows("facilities", self.file_ids("facilities"), ids)
        bills = known.select("facility_id", "billing_npi").unique()
        return self._facility.join(bills, on="facility_id").drop("facility_id")

    @cached_property
    def _npi(self) -> pl.DataFrame:
        return pl.concat(
            self._naming(name, "npi") for name in ("rendering_npi", "referring_npi", "ordering_npi")
        )

    @property
    def _staff(self) -> pl.DataFrame:
        npis = self._npi.select("npi").unique()
        known = self.rows("providers", self.file_ids("providers"), npis)
        theirs = self._npi.join(known.select("npi", "staff_id").unique(), on="npi").drop("npi")
        return pl.concat([self._naming("signed_by_staff_id", "staff_id"), theirs])

    @property
    def _authorization(self) -> pl.DataFrame:
        return self._naming("authorization_number")

    @property
    def _person_day(self) -> pl.DataFrame:
        days = self._naming("service_date").unique()
        return self._person.join(days, on=_SUBJECT)

    @property
    def _provider_day(self) -> pl.DataFrame:
        return self._held.select(*_SUBJECT, "rendering_npi", "service_date")


def events(links: Links, sources: Iterable[tuple[str, str]]) -> pl.DataFrame:
    """What became of the rows that the subjects rest on: `EVENTS`. `sources`: feed and link."""
    parts = [_events_of(links, feed, link) for feed, link in sorted(set(sources))]
    return pl.concat([EVENTS.to_frame(), *parts])


def _events_of(links: Links, feed: str, link: str) -> pl.DataFrame:
    linked = _linked_keys(links, feed, link)
    key = FEEDS[feed].key
    versions = links.rows(feed, links.file_ids(feed), linked.select(key).unique())
    if versions.is_empty():
        return EVENTS.to_frame()
    history = told(links.view, feed, versions).join(
        versions.select("file_id", "row_number", "record_status"), on=["file_id", "row_number"]
    )
    files = [(file.file_id, file.received_at) for file in links.view.files_of(feed)]
    received = pl.DataFrame(
        files, {"file_id": pl.String, "received_at": EVENTS["at"]}, orient="row"
    )
    became = turns(FEEDS[feed], history, received)
    joined = pl.concat_str([pl.col(name).cast(pl.String) for name in key], separator="/")
    told_of = linked.select(*_SUBJECT, feed_key=joined).unique().join(became, on="feed_key")
    return told_of.with_columns(feed=pl.lit(feed), link=pl.lit(link)).select(EVENTS.names())


def _linked_keys(links: Links, feed: str, link: str) -> pl.DataFrame:
    """The keys of a feed that in any version name what the link leads to, beside the subject."""
    table, held, ids = facts(feed), links.of(link), links.file_ids(feed)
    key, parts = FEEDS[feed].key, []
    for names in _NAMED_BY[link]:
        if not set(names) <= set(table.names):
            continue
        wanted = list(dict.fromkeys([*key, *names]))
        if link == "cin":
            there = links.view.workspace.lake.read_files(table, ids, wanted).unique()
            there = there.with_columns(named=cin_of(pl.col(names[0])))
            parts.append(there.join(held, left_on="named", right_on="cin").select(*_SUBJECT, *key))
        else:
            among = held.select(names).unique()
            there = links.view.workspace.lake.read_files(table, ids, wanted, among=among).unique()
            parts.append(there.join(held, on=names).select(*_SUBJECT, *key))
    return pl.concat(parts).unique()
