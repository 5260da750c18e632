"""Evidence: the facts that decide eligibility, and the forms of them that several gates read.

Belongs here: the frames taken in and their shared forms. Not here: what they decide.
"""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipelines.stages.eligibility.coverage import activations, coverage_spans
from pipelines.stages.eligibility.stays import chained, dated_stays
from pipelines.stages.people import numbers


@dataclass(frozen=True)
class Evidence:
    """Current facts (contracts.feeds.facts) of the feeds that decide eligibility."""

    custody_stays: pl.DataFrame
    people: pl.DataFrame
    cin_aliases: pl.DataFrame
    facilities: pl.DataFrame
    coverage: pl.DataFrame
    ji_activations: pl.DataFrame
    screenings: pl.DataFrame
    eligibility_answers: pl.DataFrame

    @cached_property
    def stays(self) -> pl.DataFrame:
        """Stays of survivors with their Los Angeles days and their number, `stay`."""
        return dated_stays(self.custody_stays, self.people)

    @cached_property
    def episodes(self) -> pl.DataFrame:
        """The episode of each stay, named by the number of its first: stay_id, stay, episode."""
        return chained(self.stays).select("stay_id", "stay", "episode")

    @cached_property
    def numbers(self) -> pl.DataFrame:
        """Medi-Cal numbers of survivors."""
        return numbers(self.people, self.cin_aliases)

    @cached_property
    def enrollment(self) -> pl.DataFrame:
        """Spans of coverage that are no JI overlay."""
        return self._covered.filter(~pl.col("is_ji_aid_code")).drop("is_ji_aid_code")

    @cached_property
    def overlay(self) -> pl.DataFrame:
        """Spans of JI aid codes."""
        return self._covered.filter("is_ji_aid_code").drop("is_ji_aid_code")

    @cached_property
    def activations(self) -> pl.DataFrame:
        """Activations of a JI aid code."""
        return activations(self.ji_activations, self.people, self.overlay)

    @cached_property
    def _covered(self) -> pl.DataFrame:
        return coverage_spans(self.coverage, self.numbers)

    def over_stays(self, of_persons: pl.DataFrame) -> pl.DataFrame:
        """Spans of persons as spans of each of their stays: stay, from_on, to_on."""
        return self.stays.join(of_persons, on="person_id").select("stay", "from_on", "to_on")
