"""Plans can be edited: what their stops stand for, their matrices' file, the draft, and the history of edits."""

import sqlalchemy as sa
from alembic import op

from dispatch.store.db import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("plan") as plan:
        plan.add_column(sa.Column("places", sa.JSON(), nullable=True))
        plan.add_column(sa.Column("matrix_sha", sa.String(length=64), nullable=False, server_default=""))
        plan.add_column(sa.Column("draft", sa.JSON(), nullable=True))
        plan.add_column(sa.Column("violations", sa.JSON(), nullable=True))
    with op.batch_alter_table("stop") as stop:
        stop.add_column(sa.Column("adds", sa.Integer(), nullable=True))
    with op.batch_alter_table("rules") as rules:
        rules.add_column(sa.Column("may_exceed", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "plan_edit",
        sa.Column("plan_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("said", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("cost_before", sa.Integer(), nullable=False),
        sa.Column("cost_after", sa.Integer(), nullable=False),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by", sa.String(length=40), nullable=False),
        sa.Column("undone_version", sa.Integer(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_plan_edit_office")),
        sa.ForeignKeyConstraint(
            ["office", "plan_id"], ["plan.office", "plan.id"], name=op.f("fk_plan_edit_office_plan_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_edit")),
        sa.UniqueConstraint("office", "id", name="uq_plan_edit_office_id"),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_edit_plan_id_number")),
    )
    op.create_index(op.f("ix_plan_edit_office"), "plan_edit", ["office"])
    op.create_index(op.f("ix_plan_edit_plan_id"), "plan_edit", ["plan_id"])


def downgrade() -> None:
    op.drop_table("plan_edit")
    with op.batch_alter_table("rules") as rules:
        rules.drop_column("may_exceed")
    with op.batch_alter_table("stop") as stop:
        stop.drop_column("adds")
    with op.batch_alter_table("plan") as plan:
        for column in ("violations", "draft", "matrix_sha", "places"):
            plan.drop_column(column)
