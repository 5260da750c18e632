"""Evidence: every row that can prove an element, brought into one form.

Belongs here: whose row it is, its word, its day, who did and signed it. Not here: what it counts
for (candidates).
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from pipelines.stages.bundles.care import Care
from pipelines.stages.people import with_survivor

_ROW: Final = pl.Schema(
    {
        "word": pl.String(),
        "day": pl.Date(),
        "ends_on": pl.Date(),
        "is_standing": pl.Boolean(),
        "has_note": pl.Boolean(),
        "minutes": pl.Int64(),
        "note_status": pl.String(),
        "performed_by_staff_id": pl.String(),
        "signed_by_staff_id": pl.String(),
        "days_supplied": pl.Int64(),
        "participants": pl.List(pl.String()),
        "organization": pl.String(),
        "recipient_npi": pl.String(),
        "rendering_npi": pl.String(),
        "diagnosis_codes": pl.List(pl.String()),
        "is_part_2": pl.Boolean(),
        "feed": pl.String(),
        "source_system": pl.String(),
        "encounter_id": pl.String(),
        "line_number": pl.Int64(),
        "file_id": pl.String(),
        "row_number": pl.Int64(),
    }
)
"""`word` as in the code set. `is_standing`: it holds from its day on (to `ends_on`), as a consent
does, and need not happen again. `has_note`: minutes, credentials and signatures can be asked of it.
"""
_FLAGS: Final = frozenset({"is_standing", "has_note", "is_part_2"})
_JUDGED: Final = (
    "word", "day", "ends_on", "is_standing", "has_note", "minutes", "note_status", "days_supplied",
    "participants",
)  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """`judged`: rows in order of day and receipt, their place there as `proof`: episode_id, what
    can be asked of each, `credential` and `signer` of who did and signed it. `rows`: all that is
    told of them, in the order received; `place`: of each proof its row there.
    """

    judged: pl.DataFrame
    rows: pl.DataFrame
    place: pl.Series

    def beside(self, frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
        """The frame with columns of what its `proof` stands for, null where it is null."""
        place = self.place.gather(frame["proof"])
        told = self.rows.select(pl.col(columns).gather(place))
        return pl.concat([frame, told], how="horizontal")


def evidence(
    care: Care, stays: pl.DataFrame, heads: pl.DataFrame, words: pl.Series, as_of: date
) -> Evidence:
    """Rows of episodes by the as-of day with one of the `words`."""
    whose = stays.select("stay_id", "episode_id")
    of_stays = [
        _milestones(care.care_milestones),
        _managers(care.care_managers),
        _fills(care.pharmacy_fills),
        _services(care.encounters, words),
    ]
    consents = _consents(care, heads)
    chosen = [_wanted(part, words, as_of) for part in (*of_stays, consents)]
    ids = [part.select("stay_id").join(whose, on="stay_id", how="left", maintain_order="left")
           for part in chosen[:-1]]  # fmt: skip
    episode = pl.concat([*(part["episode_id"] for part in ids), chosen[-1]["episode_id"]])
    rows = pl.concat([_conformed(part) for part in chosen], rechunk=True)
    did, signed = _credentials(rows, care.providers)
    judged = _ordered(
        pl.concat([rows.select(_JUDGED), _files(rows), did.select("credential"),
                   signed.select("signer"), episode.to_frame()], how="horizontal")
    )  # fmt: skip
    npi = pl.DataFrame({"own": did["own_npi"], "signer": signed["signer_npi"]})
    billed = npi.select(pl.coalesce(rows["rendering_npi"], "own", "signer")).to_series()
    return Evidence(
        judged.drop("place"),
        rows.with_columns(did["performed_by_staff_id"], rendering_npi=billed),
        judged["place"],
    )


def _ordered(told: pl.DataFrame) -> pl.DataFrame:
    """What belongs to an episode, in order: `proof`, and `place` before."""
    return (
        told.with_row_index("place")
        .filter(pl.col("episode_id").is_not_null())
        .sort("day", "file", "row_number", "word")
        .with_row_index("proof")
    )


def _files(rows: pl.DataFrame) -> pl.DataFrame:
    """file, row_number: the file as its place by id."""
    ids = pl.Enum(rows["file_id"].unique().drop_nulls().sort())
    return rows.select("row_number", file=pl.col("file_id").cast(ids))


def _wanted(part: pl.DataFrame, words: pl.Series, as_of: date) -> pl.DataFrame:
    return part.filter(pl.col("word").is_in(words.implode()), pl.col("day") <= as_of)


def _conformed(part: pl.DataFrame) -> pl.DataFrame:
    there = {
        name: (pl.col(name) if name in part.columns else pl.lit(None)).cast(dtype)
        for name, dtype in _ROW.items()
    }
    return part.select(
        (told.fill_null(False) if name in _FLAGS else told).alias(name)
        for name, told in there.items()
    )


def _milestones(care_milestones: pl.DataFrame) -> pl.DataFrame:
    return care_milestones.with_columns(
        word="milestone:" + pl.col("milestone"),
        day="occurred_on",
        has_note=True,
        feed=pl.lit("care_milestones"),
    )


def _managers(care_managers: pl.DataFrame) -> pl.DataFrame:
    return care_managers.with_columns(
        word="manager:" + pl.col("phase"),
        day="assigned_on",
        is_standing=True,
        performed_by_staff_id="manager_staff_id",
        recipient_npi="manager_npi",
        feed=pl.lit("care_managers"),
    )


def _fills(pharmacy_fills: pl.DataFrame) -> pl.DataFrame:
    """Fills handed over; one for release counts as any fill, too."""
    handed = pharmacy_fills.drop_nulls("handed_over_on").with_columns(
        day="handed_over_on", days_supplied="days_supply", feed=pl.lit("pharmacy_fills")
    )
    for_release = handed.filter(pl.col("is_release_supply").fill_null(False))
    return pl.concat(
        [
            handed.with_columns(word=pl.lit("fill:any")),
            for_release.with_columns(word=pl.lit("fill:release_supply")),
        ]
    )


def _services(encounters: pl.DataFrame, words: pl.Series) -> pl.DataFrame:
    """Encounter lines by category and by procedure code, whoever rendered them having done it."""
    named = words.filter(words.str.starts_with("service:")).str.strip_prefix("service:").implode()
    by = ("service_category", "procedure_code")
    lines = encounters.filter(pl.any_horizontal(pl.col(name).is_in(named) for name in by))
    told = lines.with_columns(day="service_date", has_note=True, feed=pl.lit("encounters"))
    return pl.concat([told.with_columns(word="service:" + pl.col(name)) for name in by])


def _consents(care: Care, heads: pl.DataFrame) -> pl.DataFrame:
    """Consents of the person, one given before booking in force from booking on."""
    ends = pl.min_horizontal("expires_on", pl.col("revoked_on") - pl.duration(days=1))
    given = with_survivor(care.consents, care.people).join(
        heads.select("episode_id", "person_id", "booked_on"), on="person_id"
    )
    return given.with_columns(
        word="consent:" + pl.col("consent_type"),
        day=pl.max_horizontal("granted_on", "booked_on"),
        ends_on=ends,
        is_standing=True,
        feed=pl.lit("consents"),
    ).filter((pl.col("ends_on") >= pl.col("day")).fill_null(True))


def _credentials(rows: pl.DataFrame, providers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A row a row: credential, own_npi and staff id of who did it or rendered it, signer and
    signer_npi of who signed it.
    """
    staff = providers.sort("staff_id").unique("staff_id", keep="first", maintain_order=True)
    did = staff.select(
        performed_by_staff_id="staff_id", credential="credential", own_npi=_person_npi()
    )
    signed = staff.select(
        signed_by_staff_id="staff_id", signer="credential", signer_npi=_person_npi()
    )
    rendered = (
        staff.filter(_person_npi().is_not_null())
        .unique("npi", keep="first", maintain_order=True)
        .select(rendering_npi="npi", rendered="credential", rendered_by="staff_id")
    )
    by = _beside(rows.select("performed_by_staff_id", "rendering_npi"), did, rendered)
    return (
        by.with_columns(
            pl.coalesce("credential", "rendered"),
            pl.coalesce("performed_by_staff_id", "rendered_by"),
        ),
        _beside(rows.select("signed_by_staff_id"), signed),
    )


def _beside(rows: pl.DataFrame, *others: pl.DataFrame) -> pl.DataFrame:
    """The rows with what others know of their first column."""
    for other in others:
        rows = rows.join(other, on=other.columns[0], how="left", maintain_order="left")
    return rows


def _person_npi() -> pl.Expr:
    return pl.when(pl.col("entity_type") == "person").then("npi")
