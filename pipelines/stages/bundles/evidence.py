"""Evidence: every row that can prove an element, brought into one form.

Belongs here: whose row it is, its word, its day, who did and signed it. Not here: what it counts
for (candidates).
"""

from datetime import date
from typing import Final

import polars as pl

from pipelines.stages.bundles.care import Care
from pipelines.stages.people import with_survivor

_NOTE: Final = (
    "minutes", "note_status", "performed_by_staff_id", "signed_by_staff_id",
)  # fmt: skip
EVIDENCE: Final = pl.Schema(
    {
        "episode_id": pl.String(),
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


def evidence(
    care: Care, stays: pl.DataFrame, heads: pl.DataFrame, words: pl.Series, as_of: date
) -> pl.DataFrame:
    """`EVIDENCE` rows by the as-of day with one of the `words`, in order of day and receipt."""
    whose = stays.select("stay_id", "episode_id")
    parts = [
        _milestones(care.care_milestones).join(whose, on="stay_id"),
        _managers(care.care_managers).join(whose, on="stay_id"),
        _fills(care.pharmacy_fills).join(whose, on="stay_id"),
        _services(care.encounters, words).join(whose, on="stay_id"),
        _consents(care, heads),
    ]
    told = pl.concat((_conformed(part, words, as_of) for part in parts), how="vertical")
    return _signed(told, care.providers).sort("day", "file_id", "row_number", "word")


def _conformed(part: pl.DataFrame, words: pl.Series, as_of: date) -> pl.DataFrame:
    wanted = part.filter(pl.col("word").is_in(words.implode()), pl.col("day") <= as_of)
    flags = {"is_standing", "has_note", "is_part_2"}
    return wanted.select(
        (pl.col(name) if name in part.columns else pl.lit(None))
        .cast(dtype)
        .fill_null(False if name in flags else None)
        .alias(name)
        if name in flags
        else (pl.col(name) if name in part.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in EVIDENCE.items()
    )


def _milestones(care_milestones: pl.DataFrame) -> pl.DataFrame:
    return care_milestones.with_columns(
        word="milestone:" + pl.col("milestone"),
        day="occurred_on",
        has_note=True,
        feed=pl.lit("care_milestones"),
        source_system=pl.lit(None, pl.String),
        encounter_id=pl.lit(None, pl.String),
        line_number=pl.lit(None, pl.Int64),
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


def _signed(told: pl.DataFrame, providers: pl.DataFrame) -> pl.DataFrame:
    """With credentials of who did and signed it (`credential`, `signer`), and the NPI to bill."""
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
        .select(rendering_npi="npi", rendered="credential")
    )
    return (
        told.join(did, on="performed_by_staff_id", how="left", maintain_order="left")
        .join(signed, on="signed_by_staff_id", how="left", maintain_order="left")
        .join(rendered, on="rendering_npi", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("credential", "rendered"),
            rendering_npi=pl.coalesce("rendering_npi", "own_npi", "signer_npi"),
        )
        .drop("own_npi", "signer_npi", "rendered")
    )


def _person_npi() -> pl.Expr:
    return pl.when(pl.col("entity_type") == "person").then("npi")
