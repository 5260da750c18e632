"""Care: the facts that bundles are judged by, as one argument.

Belongs here: what is read. Not here: what it proves.
"""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Care:
    """Current facts by feed. `coverage` and `ji_activations` are without the rows that are held;
    `stay_versions` are all versions of custody_stays (stay_id, release_certainty, received_at).
    `billable_days` is the derived table, `billed` what the ledger says of bundles that are out
    (stay_id, bundle_id, ordinal, service_date, person_id).
    """

    custody_stays: pl.DataFrame
    stay_versions: pl.DataFrame
    people: pl.DataFrame
    cin_aliases: pl.DataFrame
    facilities: pl.DataFrame
    providers: pl.DataFrame
    coverage: pl.DataFrame
    ji_activations: pl.DataFrame
    screenings: pl.DataFrame
    care_milestones: pl.DataFrame
    care_managers: pl.DataFrame
    consents: pl.DataFrame
    orders: pl.DataFrame
    pharmacy_fills: pl.DataFrame
    encounters: pl.DataFrame
    billable_days: pl.DataFrame
    billed: pl.DataFrame
