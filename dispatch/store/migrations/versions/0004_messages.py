"""Messages to people: settings, outbox, which change is told, who wants none."""

import sqlalchemy as sa
from alembic import op

from dispatch.store.db import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_account",
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("settings_sealed", sa.String(length=4000), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_channel_account_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_account")),
        sa.UniqueConstraint("office", "channel", name=op.f("uq_channel_account_office_channel")),
    )
    with op.batch_alter_table("channel_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_channel_account_office"), ["office"], unique=False)

    op.create_table(
        "channel_event",
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("content_sealed", sa.String(length=8000), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("applied_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_channel_event_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_event")),
        sa.UniqueConstraint("office", "channel", "event_id", name=op.f("uq_channel_event_office_channel_event_id")),
    )
    with op.batch_alter_table("channel_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_channel_event_office"), ["office"], unique=False)

    op.create_table(
        "message_settings",
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("from_seq", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("news", sa.JSON(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("templates", sa.JSON(), nullable=False),
        sa.Column("whatsapp_templates", sa.JSON(), nullable=False),
        sa.Column("quiet_start_s", sa.Integer(), nullable=False),
        sa.Column("quiet_end_s", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_message_settings_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_settings")),
        sa.UniqueConstraint("office", "id", name="uq_message_settings_office_id"),
        sa.UniqueConstraint("office", "revision", name=op.f("uq_message_settings_office_revision")),
    )
    with op.batch_alter_table("message_settings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_settings_office"), ["office"], unique=False)

    op.create_table(
        "opt_out",
        sa.Column("contact_match", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_opt_out_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_out")),
        sa.UniqueConstraint("office", "contact_match", name=op.f("uq_opt_out_office_contact_match")),
    )
    with op.batch_alter_table("opt_out", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opt_out_office"), ["office"], unique=False)

    op.create_table(
        "webhook_endpoint",
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("states", sa.JSON(), nullable=False),
        sa.Column("secrets_sealed", sa.String(length=1000), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("disabled_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_webhook_endpoint_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
        sa.UniqueConstraint("office", "id", name="uq_webhook_endpoint_office_id"),
        sa.UniqueConstraint("office", "url", name=op.f("uq_webhook_endpoint_office_url")),
    )
    with op.batch_alter_table("webhook_endpoint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_endpoint_office"), ["office"], unique=False)

    op.create_table(
        "webhook_delivery",
        sa.Column("endpoint_id", sa.String(length=16), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=40), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "endpoint_id"],
            ["webhook_endpoint.office", "webhook_endpoint.id"],
            name=op.f("fk_webhook_delivery_office_endpoint_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "event_seq"], ["event.office", "event.seq"], name=op.f("fk_webhook_delivery_office_event_seq")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_webhook_delivery_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("endpoint_id", "event_seq", name=op.f("uq_webhook_delivery_endpoint_id_event_seq")),
    )
    with op.batch_alter_table("webhook_delivery", schema=None) as batch_op:
        batch_op.create_index("ix_webhook_delivery_newest", ["office", "endpoint_id", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_webhook_delivery_office"), ["office"], unique=False)

    op.create_table(
        "complaint",
        sa.Column("case_id", sa.String(length=16), nullable=False),
        sa.Column("document_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("who", sa.String(length=10), nullable=False),
        sa.Column("rupiah", sa.Integer(), nullable=False),
        sa.Column("note_sealed", sa.String(length=4000), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "case_id"],
            ["exception_case.office", "exception_case.id"],
            name=op.f("fk_complaint_office_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "document_id"], ["document.office", "document.id"], name=op.f("fk_complaint_office_document_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_complaint_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("office", "id", name="uq_complaint_office_id"),
    )
    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaint_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaint_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaint_office"), ["office"], unique=False)

    op.create_table(
        "message",
        sa.Column("settings_id", sa.String(length=16), nullable=False),
        sa.Column("news", sa.String(length=12), nullable=False),
        sa.Column("recipient_id", sa.String(length=16), nullable=False),
        sa.Column("document_id", sa.String(length=16), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("fee_rupiah", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("partner_reference", sa.String(length=128), nullable=False),
        sa.Column("error", sa.String(length=80), nullable=False),
        sa.Column("sent_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "document_id"], ["document.office", "document.id"], name=op.f("fk_message_office_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "recipient_id"],
            ["recipient.office", "recipient.id"],
            name=op.f("fk_message_office_recipient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "settings_id"],
            ["message_settings.office", "message_settings.id"],
            name=op.f("fk_message_office_settings_id"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_message_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("office", "id", name="uq_message_office_id"),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_office"), ["office"], unique=False)
        batch_op.create_index("ix_message_office_status", ["office", "status", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_partner_reference"), ["partner_reference"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_recipient_id"), ["recipient_id"], unique=False)

    op.create_table(
        "announced",
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "event_seq"], ["event.office", "event.seq"], name=op.f("fk_announced_office_event_seq")
        ),
        sa.ForeignKeyConstraint(
            ["office", "message_id"], ["message.office", "message.id"], name=op.f("fk_announced_office_message_id")
        ),
        sa.PrimaryKeyConstraint("office", "event_seq", name=op.f("pk_announced")),
    )
    with op.batch_alter_table("announced", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_announced_message_id"), ["message_id"], unique=False)

    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index("ix_document_request_number", ["request_number"], unique=False)

    with op.batch_alter_table("recipient", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email", sa.String(length=120), server_default="", nullable=False))

    # ### end Alembic commands ###


def downgrade() -> None:
    with op.batch_alter_table("recipient", schema=None) as batch_op:
        batch_op.drop_column("email")

    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index("ix_document_request_number")

    with op.batch_alter_table("announced", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_announced_message_id"))

    op.drop_table("announced")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_recipient_id"))
        batch_op.drop_index(batch_op.f("ix_message_partner_reference"))
        batch_op.drop_index("ix_message_office_status")
        batch_op.drop_index(batch_op.f("ix_message_office"))
        batch_op.drop_index(batch_op.f("ix_message_document_id"))

    op.drop_table("message")
    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_complaint_office"))
        batch_op.drop_index(batch_op.f("ix_complaint_document_id"))
        batch_op.drop_index(batch_op.f("ix_complaint_case_id"))

    op.drop_table("complaint")
    with op.batch_alter_table("webhook_delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_webhook_delivery_office"))
        batch_op.drop_index("ix_webhook_delivery_newest")

    op.drop_table("webhook_delivery")
    with op.batch_alter_table("webhook_endpoint", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_webhook_endpoint_office"))

    op.drop_table("webhook_endpoint")
    with op.batch_alter_table("opt_out", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opt_out_office"))

    op.drop_table("opt_out")
    with op.batch_alter_table("message_settings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_settings_office"))

    op.drop_table("message_settings")
    with op.batch_alter_table("channel_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_channel_event_office"))

    op.drop_table("channel_event")
    with op.batch_alter_table("channel_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_channel_account_office"))

    op.drop_table("channel_account")
    # ### end Alembic commands ###
