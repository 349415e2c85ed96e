"""Reports: who looked for whom, and what lets a period be counted without reading the whole trail."""

import sqlalchemy as sa
from alembic import op

from dispatch.store.db import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_event_told", "event", ("office", "subject_kind", "to_state", "at", "from_state", "subject_id")),
    ("ix_event_at", "event", ("office", "subject_kind", "at", "from_state", "to_state", "subject_id")),
    ("ix_document_office_number", "document", ("office", "request_number")),
    ("ix_document_recipient", "document", ("recipient_id",)),
    ("ix_document_office_printed", "document", ("office", "printed_on", "village_code")),
    ("ix_document_office_promised", "document", ("office", "promised_on", "state")),
)


def upgrade() -> None:
    op.create_table(
        "access_event",
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("second", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_access_event_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_event")),
    )
    op.create_index(op.f("ix_access_event_office"), "access_event", ["office"])
    op.create_index("ix_access_event_office_at", "access_event", ["office", "at"])
    for name, table, columns in _INDEXES:
        op.create_index(name, table, list(columns))


def downgrade() -> None:
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
    op.drop_table("access_event")
