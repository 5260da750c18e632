"""The plan of settled claims of which one line went out in several parts for its units: nothing
while it stays as it is, else a person's, until that person says that it is done.
"""

from typing import Any

import polars as pl
import pytest
from claim_county import drawn
from settled_claim import Standing

from pipelines.stages.plan.cells import SENDS

# E1 is one unit of 80.00; E2, of 60.00, is of so many units, at most 99 in a part.
SPLIT = """
was | now | E1    | state    | decided | as it was sent     | released
250 | 250 | 80.00 | paid     |         | nothing            | nothing
250 | 250 | 81.00 | paid     |         | replace E1         | replace E1
250 | 251 | 80.00 | paid     |         | hold split_line    | nothing done_by_hand
250 | 251 | 81.00 | paid     |         | replace E1, hold split_line | replace E1
250 | 350 | 80.00 | paid     |         | hold split_line    | nothing done_by_hand
250 | 150 | 80.00 | paid     |         | hold split_line    | nothing done_by_hand
250 | 50  | 80.00 | paid     |         | hold split_line    | nothing done_by_hand
250 |     | 80.00 | paid     |         | hold split_line    | nothing done_by_hand
50  | 250 | 80.00 | paid     |         | hold split_line    | nothing done_by_hand
50  | 250 | 80.00 | replaced |         | hold split_line    | nothing done_by_hand
250 | 251 | 80.00 | sent     |         | hold awaiting_answer     | hold awaiting_answer
250 | 350 | 80.00 | accepted |         | hold awaiting_remittance | hold awaiting_remittance
250 | 250 | 80.00 | denied   |         | hold denied        | hold denied
250 | 250 | 80.00 | denied   | 3       | hold denied split_line | hold denied
250 | 251 | 80.00 | denied   |         | hold denied split_line | hold denied
"""


def picture(units: str | None, charge: str) -> str:
    other = f"\nE2 | 1 | {units} | 60.00" if units else ""
    return f"encounter | day | units | charge\nE1 | 1 | 1 | {charge}{other}"


def decided(ordinal: str | None) -> Any:
    """That a person sends a denied part again."""
    if ordinal is None:
        return None
    return pl.DataFrame(
        {"patient_control_number": ["PCN1"], "line_ordinal": [int(ordinal)], "action": ["resubmit"]}
    )


def told(rows: Any) -> str:
    """What goes out, and what is held; else that nothing is done."""
    said = []
    for row in rows.iter_rows(named=True):
        whose = [row["encounter_id"]] if row["action"] in SENDS else sorted(row["reasons"])
        said.append(" ".join([row["action"], *filter(None, whose)]))
    return ", ".join(said)


@pytest.mark.parametrize("row", drawn(SPLIT), ids=lambda r: f"{r['was']}-{r['now']}-{r['state']}")
@pytest.mark.parametrize("said", ["as it was sent", "released"])
def test_a_line_in_several_parts(row: Any, said: str) -> None:
    now = picture(row["now"], row["E1"])
    one = Standing(now, row["state"], was=picture(row["was"], "80.00"))
    made = one.plan(is_released=said == "released", denied=decided(row["decided"]))
    assert told(made) == row[said]


def test_a_part_never_goes_out_alone() -> None:
    for now in (None, "1", "99", "100", "198", "250", "251", "500"):
        for state in ("paid", "partly_paid", "denied", "replaced", "reversed"):
            one = Standing(picture(now, "81.00"), state, was=picture("250", "80.00"))
            made = one.plan(denied=decided("3"), plan__denied_changed='"resubmit"')
            gone = made.filter(pl.col("action").is_in(SENDS))
            assert "E2" not in gone["encounter_id"].to_list(), (now, state)
