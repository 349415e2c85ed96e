"""Tariffs with their whole story, budget lines with their ledger, and the ladder of carriers."""

import sqlalchemy as sa
from alembic import op

from dispatch.store.db import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NUMBERS = {
    "revision": "1", "minimum": "0", "rounding": "0", "grams_per_document": "10", "hired_month": "2450000",
    "hired_days": "22", "hired_per_km": "500",
}  # fmt: skip
_WORDS = {
    "post_service": (20, "reguler"), "post_urgent_service": (20, "reguler"), "reason": (300, ""),
    "decided_by": (40, "system:antar"),
}  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("tariff", schema=None) as batch_op:
        for name, value in _NUMBERS.items():
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default=value))
        for name, (length, word) in _WORDS.items():
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=word))
        batch_op.add_column(sa.Column("post_rules", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("decided_at", UTCDateTime(), nullable=True))
        batch_op.drop_constraint("uq_tariff_office_valid_from", type_="unique")
        batch_op.create_unique_constraint("uq_tariff_office_valid_from_revision", ["office", "valid_from", "revision"])
    template = sa.Column(
        "service_template", sa.String(length=60), nullable=False, server_default="470/{number:03}/BAST-JASA/{year}"
    )
    op.add_column("paper_settings", template)
    for name in ("rounding", "uncovered"):
        # plainly added: a table made anew would lose its partial indexes on SQLite
        op.add_column("assignment", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "budget_line",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("activity", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("committed", sa.BigInteger(), nullable=False),
        sa.Column("realised", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.CheckConstraint(
            "available >= 0 AND committed >= 0 AND realised >= 0", name=op.f("ck_budget_line_not_overdrawn")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_budget_line_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_line")),
        sa.UniqueConstraint("office", "id", name="uq_budget_line_office_id"),
        sa.UniqueConstraint(
            "office", "year", "source", "activity", "account",
            name=op.f("uq_budget_line_office_year_source_activity_account"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_budget_line_office"), "budget_line", ["office"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.String(length=16), nullable=False),
        sa.Column("taken_from", sa.String(length=10), nullable=False),
        sa.Column("given_to", sa.String(length=10), nullable=False),
        sa.Column("rupiah", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("item", sa.String(length=10), nullable=False),
        sa.Column("assignment_id", sa.String(length=16), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.CheckConstraint("rupiah > 0 AND taken_from <> given_to", name=op.f("ck_ledger_entry_moves")),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_ledger_entry_office")),
        sa.ForeignKeyConstraint(
            ["office", "line_id"], ["budget_line.office", "budget_line.id"], name=op.f("fk_ledger_entry_office_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "assignment_id"],
            ["assignment.office", "assignment.id"],
            name=op.f("fk_ledger_entry_office_assignment_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("office", "number", name=op.f("uq_ledger_entry_office_number")),
    )
    for column in ("office", "line_id", "assignment_id"):
        op.create_index(op.f(f"ix_ledger_entry_{column}"), "ledger_entry", [column], unique=False)
    op.create_table(
        "fallback_ladder",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_fallback_ladder_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fallback_ladder")),
        sa.UniqueConstraint(
            "office", "valid_from", "revision", name=op.f("uq_fallback_ladder_office_valid_from_revision")
        ),
    )
    op.create_index(op.f("ix_fallback_ladder_office"), "fallback_ladder", ["office"], unique=False)


def downgrade() -> None:
    op.drop_table("fallback_ladder")
    op.drop_table("ledger_entry")
    op.drop_table("budget_line")
    op.drop_column("paper_settings", "service_template")
    for name in ("uncovered", "rounding"):
        op.drop_column("assignment", name)
    op.execute(
        "DELETE FROM tariff WHERE revision < (SELECT MAX(t.revision) FROM tariff t "
        "WHERE t.office = tariff.office AND t.valid_from = tariff.valid_from)"
    )
    with op.batch_alter_table("tariff", schema=None) as batch_op:
        batch_op.drop_constraint("uq_tariff_office_valid_from_revision", type_="unique")
        batch_op.create_unique_constraint("uq_tariff_office_valid_from", ["office", "valid_from"])
        for name in (*_NUMBERS, *_WORDS, "post_rules", "decided_at"):
            batch_op.drop_column(name)
