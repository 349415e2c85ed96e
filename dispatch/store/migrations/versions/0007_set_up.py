"""The history of an office's set-up."""

import sqlalchemy as sa
from alembic import op

from dispatch.store.db import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "set_up_change",
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=16), nullable=False),
        sa.Column("subject_name", sa.String(length=120), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_set_up_change_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_up_change")),
        sa.UniqueConstraint("office", "id", name="uq_set_up_change_office_id"),
    )
    op.create_index(op.f("ix_set_up_change_office"), "set_up_change", ["office"])
    op.create_index("ix_set_up_change_office_made", "set_up_change", ["office", "made_at"])


def downgrade() -> None:
    op.drop_table("set_up_change")
