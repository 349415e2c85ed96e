"""Moved promises told by a message (which settings held, which message, the day it says), and each office's rounds."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("promised_on", sa.Date(), nullable=True))
    with op.batch_alter_table("promise_change", schema=None) as batch_op:
        batch_op.add_column(sa.Column("settings_revision", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("message_id", sa.String(length=16), nullable=True))
        batch_op.create_index(batch_op.f("ix_promise_change_message_id"), ["message_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_promise_change_office_message_id"), "message", ["office", "message_id"], ["office", "id"]
        )

    op.create_table(
        "daily_round",
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_daily_round_office")),
        sa.PrimaryKeyConstraint("office", name=op.f("pk_daily_round")),
    )


def downgrade() -> None:
    op.drop_table("daily_round")
    with op.batch_alter_table("promise_change", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_promise_change_office_message_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_promise_change_message_id"))
        batch_op.drop_column("message_id")
        batch_op.drop_column("settings_revision")
    op.drop_column("message", "promised_on")
