"""Settled claims at the rim: what ledger and lake know of the lines of claims that were paid,
denied or taken back, and whether facts or another edition made them differ.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from contracts.decisions import HELD, LINE_HELD
from contracts.feeds import FEEDS, facts
from pipelines.io.bundles import READ
from pipelines.io.decided import decisions_known, denied_lines, lines_held
from pipelines.io.ledger import claim_lines, submissions
from pipelines.io.workspace import View
from pipelines.stages.bundles.anchors import anchors_of
from pipelines.stages.decisions.in_force import line_subject, released_as_is
from pipelines.stages.plan.by_line import concerned, lines_beside
from pipelines.stages.plan.replacements import parts

_ASKED_AT_ONCE: Final = 10_000  # numbers in one statement
# Feeds that decide whether a line is billed and what its claim says, each by one of its columns.
_BEARING: Final[Mapping[str, str | None]] = {
    "encounters": None,  # by the line's whole key
    "other_payer_payments": None,
    "custody_stays": "stay_id",
    "people": "person_id",
    "ji_activations": "person_id",
    "screenings": "person_id",
    "facilities": "facility_id",
    "coverage": "cin",
    "eligibility_answers": "cin",
    "other_coverage": "cin",
    "cin_aliases": "cin",
    "providers": "npi",
    "billing_providers": "billing_npi",
    "authorizations": "authorization_number",
}
Feeds = list[tuple[pl.DataFrame, Mapping[str, str | None]]]
"""Lines, and the feeds that bear on them, each by one of its columns."""
_PERSONAL: Final = ("person_id", "stay_id", "cin", "facility_id")
# A bundle rests on many rows of a person and a facility: by the first of these that a feed has.
_OF_BUNDLES: Final[Mapping[str, str | None]] = {
    feed: next(name for name in _PERSONAL if name in FEEDS[feed].names)
    for feed in dict.fromkeys((*READ, *_BEARING))
    if set(_PERSONAL) & set(FEEDS[feed].names)
}
_NPIS: Final = ("rendering_npi", "supervising_npi", "referring_npi", "ordering_npi")


def settled_parts(
    view: View,
    desired: pl.DataFrame,
    lines: pl.DataFrame,
    sent: pl.DataFrame,
    disposed: pl.DataFrame,
    service_lines: pl.DataFrame,
) -> pl.DataFrame | None:
    """What is done about the lines of settled claims (`replacements.parts`); None without any.

    `desired`, `lines`: tables `claims` and `claim_lines`; `service_lines`: that table, of held ones
    at least; `sent`: submissions as `answered` tells them; `disposed`: decisions in force on what
    becomes of claims.
    """
    of_lines = denied_lines(view)
    ids = concerned(desired, sent, of_lines)
    if ids.is_empty():
        return None
    mine = pl.col("claim_id").is_in(ids.implode())
    claims, submitted = desired.filter(mine), sent.filter(mine)
    contents, submitted_lines = _as_sent(view, submitted)
    beside = lines_beside(claims, lines.filter(mine), submitted, contents, submitted_lines)
    policy = view.workspace.policy
    held = claims.select("claim_id", "reasons")
    released = _released(claims, submitted, disposed)
    by_edition = _by_edition(view, beside, submitted, released)
    waiting = _waiting(view, service_lines)
    return parts(beside, held, policy, view.as_of, by_edition, of_lines, released, waiting)


def _waiting(view: View, service_lines: pl.DataFrame) -> pl.DataFrame:
    """Lines that an edit or a person holds, and what for: they are no reason to void anything."""
    by_people = pl.col("subject_id").is_in(lines_held(view).implode())
    held = service_lines.filter(verdict="held").with_columns(line_subject())
    why = pl.when(by_people).then(pl.lit(HELD)).otherwise(pl.lit(LINE_HELD))
    return held.select(*FEEDS["encounters"].key, waits_for=why)


def _as_sent(view: View, submitted: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Frozen contents and lines of submissions."""
    agency, numbers = view.workspace.agency.id, submitted.select("patient_control_number")
    contents, lines = [], []
    with view.workspace.ledger.read() as connection:
        for some in numbers.iter_slices(_ASKED_AT_ONCE):
            asked = some.to_series().to_list()
            contents.append(submissions.contents(connection, agency, view.known_at, asked))
            lines.append(claim_lines.submitted(connection, agency, view.known_at, asked))
    return pl.concat(contents), pl.concat(lines)


def _by_edition(
    view: View, beside: pl.DataFrame, submitted: pl.DataFrame, released: pl.Series
) -> pl.Series:
    """Claims of whose facts nothing was received, nor anything decided, since they went out, less
    those that a person released as they are.
    """
    since = submitted.group_by("claim_id").agg(since=pl.col("created_at").max())
    keys = beside.select("claim_id", *FEEDS["encounters"].key).unique()
    since_sent = moved(view, keys.join(since, on="claim_id"))
    free = pl.concat([since_sent, released])
    return since.filter(~pl.col("claim_id").is_in(free.implode()))["claim_id"]


def _released(claims: pl.DataFrame, submitted: pl.DataFrame, disposed: pl.DataFrame) -> pl.Series:
    """Claims that a person released as they are now."""
    out = submitted.select("claim_id").unique()
    versions = out.join(claims.select("claim_id", "content_hash"), on="claim_id", how="left")
    told = disposed.join(versions, left_on="subject_id", right_on="claim_id")
    as_is = released_as_is(pl.col("action"), pl.col("seen_version"), pl.col("content_hash"))
    return told.filter(as_is)["subject_id"]


def moved(view: View, keys: pl.DataFrame) -> pl.Series:
    """Claims of which some fact, or a decision, came after they went out: `keys` has claim_id, the
    key of each line, and `since`.
    """
    first = keys.select(pl.col("since").min()).item()
    ids = [file.file_id for file in view.files if file.received_at > first]
    lines = view.newest("encounters", keys.select(FEEDS["encounters"].key).unique())
    known = keys.join(lines, on=FEEDS["encounters"].key, how="left")
    cins = view.current("people").select("person_id", "cin")
    wide = known.drop("cin", strict=False).join(cins, on="person_id", how="left")
    stays = view.current("custody_stays").select("stay_id", "person_id", "facility_id")
    bundled = anchors_of(keys).join(stays, on="stay_id", how="left")
    cared = bundled.join(cins, on="person_id", how="left")
    every: Feeds = [(wide, _BEARING), (cared, _OF_BUNDLES)]
    asked = every if ids else []
    found = [
        _of_feed(view, feed, known, ids, by)
        for known, feeds in asked
        if known.height
        for feed, by in feeds.items()
    ]
    return pl.concat([*found, _decided(view, keys)]).unique()


def _of_feed(
    view: View, feed: str, known: pl.DataFrame, ids: list[str], column: str | None
) -> pl.Series:
    names = FEEDS["encounters"].key if column is None else [column]
    pairs = _pairs(known, names)
    rows = view.workspace.lake.read_files(
        facts(feed), ids, [*names, "received_at"], among=pairs.select(names).unique()
    )
    met = pairs.join(rows.select(*names, came="received_at"), on=names)
    return met.filter(pl.col("came") > pl.col("since"))["claim_id"]


def _pairs(known: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """claim_id and since with the values by which a feed knows the claim."""
    if names == ["npi"]:
        every = [known.select("claim_id", "since", npi=name) for name in _NPIS]
        return pl.concat(every).drop_nulls().unique()
    held = [name for name in names if name not in known.columns]
    told = known.with_columns(pl.lit(None, pl.String).alias(name) for name in held)
    return told.select("claim_id", "since", *names).drop_nulls().unique()


def _decided(view: View, keys: pl.DataFrame) -> pl.Series:
    """Claims of whose lines, or of which, a person decided something since."""
    made = decisions_known(view).filter(pl.col("action") != "release")
    lines = keys.with_columns(
        subject_id=pl.concat_str(*FEEDS["encounters"].key, separator="/")
    ).select("claim_id", "since", "subject_id")
    whole = keys.select("claim_id", "since", subject_id="claim_id").unique()
    asked = pl.concat([lines, whole])
    met = asked.join(made.select("subject_id", "recorded_at"), on="subject_id")
    return met.filter(pl.col("recorded_at") > pl.col("since"))["claim_id"]
