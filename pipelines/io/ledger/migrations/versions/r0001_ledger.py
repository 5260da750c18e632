"""Everything the ledger holds, as of its first version.

Columns are written `name:kind`, with a trailing `?` where they may be empty. Names of constraints
follow the convention in `metadata.py`.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from pipelines.io.ledger import triggers

revision = "0001"
down_revision = None

_KINDS: dict[str, TypeEngine[Any]] = {
    "text": sa.Text(),
    "text16": sa.String(16),
    "json": sa.Text(),
    "int": sa.Integer(),
    "big": sa.BigInteger(),
    "cents": sa.BigInteger(),
    "flag": sa.Boolean(),
    "date": sa.Date(),
    "time": sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql"),
}
_APPEND_ONLY = (
    "audit_events",
    "finding_events",
    "worklist_issues",
    "decisions",
    "publications",
    "control_numbers",
)
_FROZEN = {
    "batch_claims": """
        batch_id claim_id part position agency submission_number patient_control_number
        frequency_code replaces_submission_id content content_hash row_hash charge_amount""",
    "submissions": """
        submission_id agency claim_id submission_number patient_control_number batch_id usage
        claim_form frequency_code content_hash row_hash charge_amount interchange_control_number
        group_control_number set_control_number set_position replaces_submission_id created_at
        recorded_at""",
}


def upgrade() -> None:
    """Make the tables, then the triggers that keep their rows."""
    _make_clocks_and_users()
    _make_files_and_runs()
    _make_batches()
    _make_submissions()
    _make_batch_claims()
    _make_findings()
    _make_decisions_and_publications()
    _keep_rows(op.get_bind().dialect.name)


def _make_clocks_and_users() -> None:
    _table(
        "agencies",
        "agency",
        """agency:text last_recorded_at:time last_received_at:time? audit_sequence:int
        audit_digest:text""",
    )
    _table("users", "user_id", "user_id:text rights:json is_active:flag recorded_at:time")
    _table(
        "audit_events",
        "agency sequence",
        """agency:text sequence:int recorded_at:time user_id:text event:text detail:json
        previous_digest:text digest:text""",
        _of_agency(),
    )


def _make_files_and_runs() -> None:
    _table(
        "files",
        "file_id",
        """file_id:text16 agency:text sha256:text ordinal:int feed:text file_name:text
        size_bytes:big received_at:time state:text refusal_code:text? refusal_message:text?
        mapping_hash:text? row_count:int? accepted_count:int? quarantined_count:int?
        duplicate_count:int? recorded_at:time""",
        _of_agency(),
        sa.UniqueConstraint("agency", "sha256", "ordinal"),
        sa.UniqueConstraint("agency", "received_at"),
        _one_of("state", "receiving accepted refused"),
        sa.CheckConstraint(
            "row_count = accepted_count + quarantined_count + duplicate_count", name="counts"
        ),
    )
    _table(
        "runs",
        "run_id",
        """run_id:text agency:text as_of:date known_at:time lake_snapshot:big? fingerprint:text
        is_complete:flag policy_hash:text codesets_hash:text code_version:text warnings:json
        counts:json recorded_at:time completed_at:time? findings_recorded_at:time?""",
        _of_agency(),
        sa.CheckConstraint("NOT is_complete OR lake_snapshot IS NOT NULL", name="snapshot"),
    )


def _make_batches() -> None:
    _table(
        "batches",
        "batch_id",
        """batch_id:text agency:text ordinal:int state:text usage:text claim_form:text route:text
        proposed_by:text proposed_at:time approved_by:text? approved_at:time? created_at:time?
        interchange_control_number:int? group_control_number:int? written_at:time? file_name:text?
        file_size:big? file_sha256:text? claim_count:int charge_amount:cents sent_at:time?
        sent_by:text? withdrawn_at:time? withdrawn_by:text? withdraw_reason:text?""",
        _of_agency(),
        sa.UniqueConstraint("agency", "ordinal"),
        _one_of("state", "proposed approved writing written sent withdrawn"),
        _one_of("usage", "T P"),
    )
    _table(
        "control_numbers",
        "agency kind number",
        "agency:text kind:text number:int batch_id:text recorded_at:time",
        _of_agency(),
        _refers("batch_id", "batches.batch_id"),
        _one_of("kind", "interchange group"),
        sa.CheckConstraint("number BETWEEN 1 AND 999999999", name="number"),
    )


def _make_submissions() -> None:
    _table(
        "submissions",
        "submission_id",
        """submission_id:text agency:text claim_id:text submission_number:int
        patient_control_number:text batch_id:text usage:text claim_form:text frequency_code:text
        content_hash:text row_hash:text charge_amount:cents state:text
        interchange_control_number:int group_control_number:int set_control_number:text
        set_position:int replaces_submission_id:text? created_at:time sent_at:time?
        withdrawn_at:time? recorded_at:time""",
        _of_agency(),
        _refers("batch_id", "batches.batch_id"),
        _refers("replaces_submission_id", "submissions.submission_id"),
        sa.UniqueConstraint("agency", "patient_control_number"),
        sa.UniqueConstraint("agency", "claim_id", "submission_number"),
        sa.UniqueConstraint(
            "agency",
            "interchange_control_number",
            "group_control_number",
            "set_control_number",
            "set_position",
            name="uq_submissions_place",
        ),
        _one_of("state", "written sent withdrawn"),
    )
    op.create_index(op.f("ix_submissions_batch_id"), "submissions", ["batch_id"])
    _table(
        "submission_lines",
        "agency patient_control_number line_ordinal",
        """agency:text patient_control_number:text line_ordinal:int source_system:text
        encounter_id:text line_number:int charge_amount:cents""",
        _of_agency(),
    )


def _make_batch_claims() -> None:
    _table(
        "batch_claims",
        "batch_id claim_id part",
        """batch_id:text claim_id:text part:int position:int agency:text submission_number:int
        patient_control_number:text frequency_code:text replaces_submission_id:text? content:text
        content_hash:text row_hash:text charge_amount:cents is_open:flag left_reason:text?
        closed_at:time?""",
        _refers("batch_id", "batches.batch_id"),
        _of_agency(),
        _refers("replaces_submission_id", "submissions.submission_id"),
        sa.UniqueConstraint("batch_id", "position"),
        sa.CheckConstraint("part >= 1", name="part"),
        sa.CheckConstraint("is_open = (closed_at IS NULL)", name="closed"),
    )
    _open_key("uq_batch_claims_open_claim", ["agency", "claim_id", "part"])
    _open_key("uq_batch_claims_open_number", ["agency", "patient_control_number"])
    _table(
        "claim_lines",
        "agency source_system encounter_id line_number",
        """agency:text source_system:text encounter_id:text line_number:int claim_id:text
        line_ordinal:int recorded_at:time""",
        _of_agency(),
    )
    op.create_index(op.f("ix_claim_lines_agency_claim_id"), "claim_lines", ["agency", "claim_id"])


def _make_findings() -> None:
    _table(
        "finding_events",
        "agency finding_id recorded_at",
        """agency:text finding_id:text recorded_at:time event:text edit_id:text category:text
        severity:text amount:cents? run_id:text as_of:date""",
        _of_agency(),
        _refers("run_id", "runs.run_id"),
        _one_of("event", "opened closed"),
    )


def _make_decisions_and_publications() -> None:
    _table(
        "worklist_issues",
        "issue_id",
        "issue_id:text agency:text user_id:text run_id:text recorded_at:time",
        _of_agency(),
        _refers("user_id", "users.user_id"),
        _refers("run_id", "runs.run_id"),
        sa.UniqueConstraint("agency", "issue_id"),
    )
    _table(
        "decisions",
        "agency decision_id",
        """agency:text decision_id:text issue_id:text? subject:text subject_id:text action:text
        field:text? value:text? reason:text decided_by:text decided_at:time seen_version:text
        recorded_at:time""",
        _of_agency(),
        _refers("decided_by", "users.user_id"),
        sa.ForeignKeyConstraint(
            ["agency", "issue_id"],
            ["worklist_issues.agency", "worklist_issues.issue_id"],
            name="fk_decisions_issue",
        ),
        _one_of("subject", "encounter claim denial bundle"),
    )
    op.create_index(
        op.f("ix_decisions_agency_subject_subject_id"),
        "decisions",
        ["agency", "subject", "subject_id"],
    )
    _table(
        "publications",
        "publication_id",
        """publication_id:text agency:text report:text form:text period:text manifest:json
        sha256:text published_by:text recorded_at:time""",
        _of_agency(),
        _one_of("form", "operational public"),
    )


def _keep_rows(dialect: str) -> None:
    if dialect == "postgresql":
        op.execute(triggers.POSTGRESQL_FUNCTION)
        for table in (*_APPEND_ONLY, *_FROZEN):
            op.execute(triggers.no_truncate(table))
    for table in _APPEND_ONLY:
        op.execute(triggers.no_update(dialect, table))
        op.execute(triggers.no_delete(dialect, table))
    for table, columns in _FROZEN.items():
        op.execute(triggers.no_update(dialect, table, columns.split()))
        op.execute(triggers.no_delete(dialect, table))
    op.execute(triggers.no_update(dialect, "submission_lines"))


def _table(name: str, key: str, columns: str, *constraints: sa.Constraint) -> None:
    pairs = (word.split(":") for word in columns.split())
    op.create_table(
        name,
        *(
            sa.Column(
                column, _KINDS[kind.rstrip("?")], nullable=kind.endswith("?"), autoincrement=False
            )
            for column, kind in pairs
        ),
        *constraints,
        sa.PrimaryKeyConstraint(*key.split()),
    )


def _of_agency() -> sa.ForeignKeyConstraint:
    return _refers("agency", "agencies.agency")


def _refers(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target])


def _one_of(column: str, values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values.split())
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _open_key(name: str, columns: list[str]) -> None:
    is_open = sa.text("is_open")
    op.create_index(
        name,
        "batch_claims",
        columns,
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
