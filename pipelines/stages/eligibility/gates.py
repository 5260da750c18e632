"""Gates: the eight rules that make a day billable, each with the reason that it gives.

Belongs here: the rules, over the counts of open spans. Not here: the spans themselves (gate_spans),
the sweep (timeline), the rows it ends in (days).
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from pipelines.stages.eligibility.evidence import Evidence
from pipelines.stages.eligibility.gate_spans import gate_spans
from pipelines.stages.eligibility.timeline import swept
from pipelines.stages.eligibility.window_policy import WindowPolicy

GATES: Final = (
    "deceased",
    "custody",
    "facility",
    "enrolled",
    "ji_aid_code",
    "ninety_days",
    "screening",
    "share_of_cost",
)


def bits(*gates: str) -> int:
    """The number that says these gates fail: bit i stands for GATES[i]."""
    return sum(1 << GATES.index(gate) for gate in gates)


def reason_turns(evidence: Evidence, window: WindowPolicy) -> pl.DataFrame:
    """For each stay the days on which its failing gates change: stay, from_on, moment, failing.

    `failing` (bits of gates) holds until the stay's next turn; the first turn lies before all days.
    """
    spans = gate_spans(evidence, window)
    return swept(evidence.stays, spans, _failing(window).alias("failing"))


def reasons_of(failing: pl.Series) -> pl.Series:
    """The names of failing gates, in their order; an empty list where all hold."""
    lists = [[gate for gate in GATES if number & bits(gate)] for number in range(1 << len(GATES))]
    return pl.Series("reasons", lists, pl.List(pl.String)).gather(failing)


def _failing(window: WindowPolicy) -> pl.Expr:
    return pl.sum_horizontal(
        fails.cast(pl.Int32) * bits(gate) for gate, fails in _rules(window).items()
    ).cast(pl.UInt8)


def _rules(window: WindowPolicy) -> Mapping[str, pl.Expr]:
    """When each gate fails."""
    return {
        "deceased": _some("dead"),
        "custody": _none("booked") | _some("lost"),
        "facility": _none("live"),
        "enrolled": _none("enrolled"),
        "ji_aid_code": _none("aid_code") & window.needs_activation,
        "ninety_days": _none("clock") & (window.looks_back | _is_news()),
        "screening": _none("meets"),
        "share_of_cost": _some("unmet"),
    }


def _is_news() -> pl.Expr:
    """That no clock runs: one ran out, or an aid code holds that no activation times.

    Before an activation, and where there is none, `ji_aid_code` says it all.
    """
    return (_some("begun") & _none("recent")) | _some("aid_code")


def _some(kind: str) -> pl.Expr:
    return pl.col(kind) > 0


def _none(kind: str) -> pl.Expr:
    return pl.col(kind) == 0
