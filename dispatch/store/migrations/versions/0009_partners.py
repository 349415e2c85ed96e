"""Partners: the wish to call an order off, when it was last asked for, frozen accounts, the partner's regions."""

import sqlalchemy as sa
from alembic import op

from dispatch.store.db import UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # plainly added: a table made anew would lose its partial indexes on SQLite
    op.add_column("assignment", sa.Column("call_off_why", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("assignment", sa.Column("asked_at", UTCDateTime(), nullable=True))
    op.add_column("partner_account", sa.Column("frozen_at", UTCDateTime(), nullable=True))
    op.create_table(
        "partner_region",
        sa.Column("partner", sa.String(length=20), nullable=False),
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_partner_region_office")),
        sa.ForeignKeyConstraint(
            ["office", "village_code"], ["village.office", "village.code"],
            name=op.f("fk_partner_region_office_village_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_region")),
        sa.UniqueConstraint(
            "office", "partner", "village_code", name=op.f("uq_partner_region_office_partner_village_code")
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_partner_region_office"), "partner_region", ["office"], unique=False)


def downgrade() -> None:
    op.drop_table("partner_region")
    op.drop_column("partner_account", "frozen_at")
    op.drop_column("assignment", "asked_at")
    op.drop_column("assignment", "call_off_why")
