"""A plan may look ahead over the coming working days."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # plainly added: a table made anew would lose its partial indexes on SQLite
    op.add_column("plan", sa.Column("look_ahead", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("plan", "look_ahead")
