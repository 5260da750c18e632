"""Decisions: what people may decide of a line, a claim or a denial, and what `set` may write.

The words of the worklist's cells. Whether one of them holds for a row is for the stages.
"""

from contracts.feeds import FEEDS
from contracts.fields import field_of

# Of what the ledger admits (`inquiry` and `void` too), that which takes effect: the drop-downs.
ACTIONS: dict[str, tuple[str, ...]] = {
    "encounter": ("hold", "release", "correct", "write_off", "set"),
    "claim": ("hold", "release", "resubmit", "write_off", "set"),
    "denial": ("appeal", "inquiry", "correct", "resubmit", "write_off", "release"),
}
OF_A_DENIED_LINE = ("resubmit", "write_off")
"""What is decided of a denial and is about its line; the value names it."""

NAME_A_FIELD = ("correct", "set")

SET_FIELDS = ("delay_reason_code", "attachment", "remark")

CORRECTABLE = tuple(
    name for name in FEEDS["encounters"].names if name not in FEEDS["encounters"].key
)

EMPTY = "(empty)"
"""Written as the value of `correct`: the field has none."""

MOST_REASON = 500  # characters of a reason
MOST_REMARK = 80  # NTE02

ATTACHMENT_SEPARATOR = "|"
ATTACHMENT_PARTS = ("report_type_code", "transmission_code", "attachment_control_number")

# PWK01 and PWK02 of loop 2300 in 005010X222A1.
# fmt: off
REPORT_TYPES = (
    "03", "04", "05", "06", "07", "08", "09", "10", "11", "13", "15", "21", "A3", "A4", "AM",
    "AS", "B2", "B3", "B4", "BR", "BS", "BT", "CB", "CK", "CT", "D2", "DA", "DB", "DG", "DJ",
    "DS", "EB", "HC", "HR", "I5", "IR", "LA", "M1", "MT", "NN", "OB", "OC", "OD", "OE", "OX",
    "OZ", "P4", "P5", "PE", "PN", "PO", "PQ", "PY", "PZ", "RB", "RR", "RT", "RX", "SG", "V5",
    "XP",
)
# fmt: on
TRANSMISSIONS = ("AA", "BM", "EL", "EM", "FT", "FX")
MOST_ATTACHMENT_NUMBER = 50  # PWK06

GONE = "gone"
"""The version of a claim that facts no longer make."""

EDITION_CHANGED = "edition_changed"
"""The plan's hold where only code sets or policy make another claim of a sent one: releasable."""

SPLIT_LINE = "split_line"
"""The plan's hold where a line that stands in several parts would go: releasable, once done."""

ENCOUNTER_CHANGED = "encounter_changed"
"""The plan's hold where an encounter that nobody pays has changed after the plan took it, for no
remittance gives it a number to be replaced by: releasable, once done.
"""

UNCHARGED_LINE = "uncharged_line"
"""The plan's hold where a line that charges nothing would go alone, which no claim may: releasable,
once done.
"""

LINE_HELD = "line_held"
"""The plan's hold where a line of a settled claim is held by an edit: what waits is not voided."""

HELD, WRITTEN_OFF, LAPSED = "held_by_decision", "written_off", "correction_lapsed"
"""The edits that tell of decisions; the first two are the plan's reasons as well."""


def owners() -> tuple[str, ...]:
    """Whose sheets a worklist may have."""
    return field_of("findings", "owner").allowed
