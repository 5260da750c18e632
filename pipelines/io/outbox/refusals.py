"""Refusals: what keeps a batch from being written although every claim in it was approved, and its
file from being sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from contracts.errors import BrokenInvariantError, HeldByPolicyError
from contracts.policy import Policy
from contracts.policy_entries import Status
from contracts.settings import Route
from pipelines.io.gate import check_837
from pipelines.io.ledger.batch_claims import FrozenClaim
from pipelines.io.ledger.batches import BatchRow
from pipelines.io.outbox.folder import Folder, sha256_of
from pipelines.io.outbox.rendering import file_name
from pipelines.stages.bundles.anchors import SOURCE
from pipelines.stages.claims.validation import violations
from pipelines.x12.claim_forms import PROFESSIONAL, ClaimForm
from pipelines.x12.content import thaw

PRODUCTION = "P"  # ISA15
_NOT_FOR_PRODUCTION = (Status.ILLUSTRATIVE, Status.UNSET)
_TOLD_AT_MOST = 5


def refuse_illustrative(
    usage: str,
    route: Route,
    policy: Policy,
    as_of: date,
    code_sets: Mapping[str, str],
    bundles: Sequence[str] = (),
) -> None:
    """Keep illustrative and unset values out of production interchanges (ISA15 = P).

    `code_sets` gives the status of each code set that claims carry values of, `bundles` are what
    `stand_ins` found. Raises HeldByPolicyError naming each value; test interchanges may carry them.
    """
    if usage != PRODUCTION:
        return
    sets = [name for name, status in sorted(code_sets.items()) if status in _NOT_FOR_PRODUCTION]
    bad = [f"policy {name}" for name in policy.illustrative(as_of)]
    bad += [f"code set {name}" for name in sets]
    bad += [f"route {route.name}"] if route.status in _NOT_FOR_PRODUCTION else []
    bad += [f"bundle {one}" for one in bundles]
    if bad:
        names = [*sets, *([SOURCE] if bundles and SOURCE not in sets else [])]
        imports = "".join(f" `reentry codes import {name} FILE`" for name in names)
        raise HeldByPolicyError(
            "illustrative_in_production",
            f"a production interchange cannot carry what is illustrative or unset: "
            f"{', '.join(bad)}. Set them, with their source, or set usage to T."
            f"{' Import the codes:' + imports + '.' if imports else ''}",
        )


def stand_ins(content: pl.Series, care_bundles: pl.DataFrame) -> list[str]:
    """Bundles, with their codes, that frozen claims bill by an edition that only holds a place.

    `care_bundles`: that code set's table.
    """
    day = pl.col("day")
    codes = care_bundles.filter(
        pl.col("procedure_code").is_not_null(),
        pl.col("edition_status").is_in(list(_NOT_FOR_PRODUCTION)),
    )
    billed = thaw(content).select(line=pl.col("lines")).explode("line").unnest("line")
    dated = billed.select("procedure_code", day=pl.col("service_from").str.to_date("%Y%m%d"))
    found = (
        dated.unique()
        .join(codes, on="procedure_code")
        .filter(
            *((pl.col(name) <= day).fill_null(True) for name in ("edition_from", "valid_from")),
            *((pl.col(name) >= day).fill_null(True) for name in ("edition_to", "valid_to")),
        )
    )
    named = found.select(pl.format("{} ({})", "bundle", "procedure_code")).to_series()
    return named.unique().sort().to_list()


def refuse_broken_claims(
    claims: Sequence[FrozenClaim], content: pl.DataFrame, form: ClaimForm = PROFESSIONAL
) -> None:
    """Ask the claims' own rules again of what was frozen, and compare it with the ledger.

    Raises BrokenInvariantError naming the first claims and the rules that they break.
    """
    found = [*_unlike_ledger(claims, content), *_broken(content, form)]
    if found:
        told = "; ".join(found[:_TOLD_AT_MOST])
        raise BrokenInvariantError(
            "claim_breaks_rule",
            f"{told} ({len(found)} in all). Nothing was written. `reentry batch show ID` lists "
            "them; withdraw the batch, run the plan again and propose from that.",
        )


def _broken(content: pl.DataFrame, form: ClaimForm) -> Iterator[str]:
    for row in violations(content, form).iter_rows(named=True):
        yield f"claim {row['claim_id']}: {row['rule']}, {row['message']}"


def _unlike_ledger(claims: Sequence[FrozenClaim], content: pl.DataFrame) -> Iterator[str]:
    recorded = pl.DataFrame(
        [(claim.patient_control_number, str(claim.charge_amount)) for claim in claims],
        schema={"number_recorded": pl.String, "charge_recorded": pl.String},
        orient="row",
    )
    number, charge = pl.col("patient_control_number"), pl.col("claim_charge_amount")
    conditions = {
        "patient_control_number_repeated": number.is_duplicated(),
        "patient_control_number_unlike_ledger": number.ne_missing(pl.col("number_recorded")),
        "charge_unlike_ledger": charge.ne_missing(pl.col("charge_recorded")),
    }
    checked = content.hstack(recorded)
    for slug, broken in conditions.items():
        for claim_id in checked.filter(broken)["claim_id"]:
            yield f"claim {claim_id}: {slug}"


def refuse_changed_file(batch: BatchRow, folder: Folder) -> None:
    """Raises BrokenInvariantError where a written batch's file has other bytes than recorded."""
    if batch.state == "written" and sha256_of(folder.file(file_name(batch))) != batch.file_sha256:
        raise BrokenInvariantError(
            "file_changed",
            f"{batch.file_name} has changed since batch {batch.batch_id} was written. If it has "
            "not gone out, remove it: `reentry batch list` makes it again as it was written.",
        )


def refuse_at_gate(paths: Sequence[Path]) -> None:
    """Raises BrokenInvariantError with what pyx12 objects to in a file, by segment and element."""
    for path, verdict in zip(paths, check_837(paths), strict=True):
        if not verdict.is_accepted:
            told = "; ".join(
                f"segment {e.segment_ordinal} {e.element or e.segment_id}: {e.message}"
                for e in verdict.errors[:_TOLD_AT_MOST]
            )
            raise BrokenInvariantError(
                "gate_refused",
                f"pyx12 refuses {path.name} in {len(verdict.errors)} places: {told}. "
                "Nothing was written; the batches are approved as before.",
            )
