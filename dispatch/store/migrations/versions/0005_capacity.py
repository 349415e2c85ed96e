"""Days and hours, queue numbers, printers, blanks, promises and backlog plans."""

import sqlalchemy as sa
from alembic import op

from dispatch.store.db import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backlog_plan",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("progress_pct", sa.Integer(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("requested_by", sa.String(length=40), nullable=False),
        sa.Column("requested_at", UTCDateTime(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_backlog_plan_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backlog_plan")),
        sa.UniqueConstraint("office", "id", name="uq_backlog_plan_office_id"),
    )
    with op.batch_alter_table("backlog_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_backlog_plan_office"), ["office"], unique=False)

    op.create_table(
        "calendar_change",
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("desks_open", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_calendar_change_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_change")),
    )
    with op.batch_alter_table("calendar_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_change_office"), ["office"], unique=False)

    op.create_table(
        "opening_hours",
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("season", sa.String(length=8), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_opening_hours_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_hours")),
        sa.UniqueConstraint("office", "revision", name=op.f("uq_opening_hours_office_revision")),
    )
    with op.batch_alter_table("opening_hours", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opening_hours_office"), ["office"], unique=False)

    op.create_table(
        "place_day",
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_place_day_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_day")),
        sa.UniqueConstraint("office", "place", "day", name=op.f("uq_place_day_office_place_day")),
    )
    with op.batch_alter_table("place_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_place_day_office"), ["office"], unique=False)

    op.create_table(
        "quota",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("queue_per_day", sa.Integer(), nullable=False),
        sa.Column("prints_per_day", sa.Integer(), nullable=False),
        sa.Column("urgent_per_village", sa.Integer(), nullable=False),
        sa.Column("urgent_needs_grant", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_quota_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota")),
        sa.UniqueConstraint("office", "valid_from", "revision", name=op.f("uq_quota_office_valid_from_revision")),
    )
    with op.batch_alter_table("quota", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quota_office"), ["office"], unique=False)

    op.create_table(
        "ramadan_days",
        sa.Column("hijri_year", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_ramadan_days_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ramadan_days")),
        sa.UniqueConstraint(
            "office", "hijri_year", "revision", name=op.f("uq_ramadan_days_office_hijri_year_revision")
        ),
    )
    with op.batch_alter_table("ramadan_days", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ramadan_days_office"), ["office"], unique=False)

    op.create_table(
        "appointment",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asked_for", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("request_number", sa.String(length=60), nullable=False),
        sa.Column("village_code", sa.String(length=13), nullable=True),
        sa.Column("booked_by", sa.String(length=40), nullable=False),
        sa.Column("booked_at", UTCDateTime(), nullable=False),
        sa.Column("came_at", UTCDateTime(), nullable=True),
        sa.Column("cancelled_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "village_code"],
            ["village.office", "village.code"],
            name=op.f("fk_appointment_office_village_code"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_appointment_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appointment_office"), ["office"], unique=False)
        batch_op.create_index(
            "ux_appointment_number",
            ["office", "day", "number"],
            unique=True,
            sqlite_where=sa.text("cancelled_at IS NULL"),
            postgresql_where=sa.text("cancelled_at IS NULL"),
        )
        batch_op.create_index(
            "ux_appointment_request",
            ["office", "request_number"],
            unique=True,
            sqlite_where=sa.text("cancelled_at IS NULL AND came_at IS NULL"),
            postgresql_where=sa.text("cancelled_at IS NULL AND came_at IS NULL"),
        )

    op.create_table(
        "blank_delivery",
        sa.Column("depot_id", sa.String(length=16), nullable=False),
        sa.Column("blank", sa.String(length=12), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("announced_by", sa.String(length=40), nullable=False),
        sa.Column("announced_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "depot_id"], ["depot.office", "depot.id"], name=op.f("fk_blank_delivery_office_depot_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_blank_delivery_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blank_delivery")),
    )
    with op.batch_alter_table("blank_delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blank_delivery_office"), ["office"], unique=False)

    op.create_table(
        "blank_stock",
        sa.Column("depot_id", sa.String(length=16), nullable=False),
        sa.Column("blank", sa.String(length=12), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.CheckConstraint("pieces >= 0", name=op.f("ck_blank_stock_not_negative")),
        sa.ForeignKeyConstraint(
            ["office", "depot_id"], ["depot.office", "depot.id"], name=op.f("fk_blank_stock_office_depot_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_blank_stock_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blank_stock")),
        sa.UniqueConstraint("office", "depot_id", "blank", name=op.f("uq_blank_stock_office_depot_id_blank")),
    )
    with op.batch_alter_table("blank_stock", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blank_stock_office"), ["office"], unique=False)

    op.create_table(
        "blank_transfer",
        sa.Column("blank", sa.String(length=12), nullable=False),
        sa.Column("from_depot_id", sa.String(length=16), nullable=False),
        sa.Column("to_depot_id", sa.String(length=16), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=True),
        sa.Column("sent_by", sa.String(length=40), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=False),
        sa.Column("received_by", sa.String(length=40), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "from_depot_id"],
            ["depot.office", "depot.id"],
            name=op.f("fk_blank_transfer_office_from_depot_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "to_depot_id"], ["depot.office", "depot.id"], name=op.f("fk_blank_transfer_office_to_depot_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_blank_transfer_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blank_transfer")),
        sa.UniqueConstraint("office", "id", name="uq_blank_transfer_office_id"),
    )
    with op.batch_alter_table("blank_transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blank_transfer_office"), ["office"], unique=False)

    op.create_table(
        "print_run",
        sa.Column("depot_id", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("begun_by", sa.String(length=40), nullable=False),
        sa.Column("begun_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "depot_id"], ["depot.office", "depot.id"], name=op.f("fk_print_run_office_depot_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_print_run_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_run")),
        sa.UniqueConstraint("office", "id", name="uq_print_run_office_id"),
    )
    with op.batch_alter_table("print_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_print_run_office"), ["office"], unique=False)

    op.create_table(
        "printer",
        sa.Column("depot_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("cards_per_hour", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "depot_id"], ["depot.office", "depot.id"], name=op.f("fk_printer_office_depot_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_printer_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printer")),
        sa.UniqueConstraint("office", "depot_id", "name", name=op.f("uq_printer_office_depot_id_name")),
    )
    with op.batch_alter_table("printer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_printer_office"), ["office"], unique=False)

    op.create_table(
        "urgent_grant",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("request_number", sa.String(length=60), nullable=False),
        sa.Column("need", sa.String(length=20), nullable=False),
        sa.Column("village_reference", sa.String(length=80), nullable=False),
        sa.Column("district_reference", sa.String(length=80), nullable=False),
        sa.Column("approved_by", sa.String(length=40), nullable=False),
        sa.Column("approved_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "village_code"],
            ["village.office", "village.code"],
            name=op.f("fk_urgent_grant_office_village_code"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_urgent_grant_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urgent_grant")),
        sa.UniqueConstraint("office", "request_number", name=op.f("uq_urgent_grant_office_request_number")),
    )
    with op.batch_alter_table("urgent_grant", schema=None) as batch_op:
        batch_op.create_index("ix_urgent_grant_day", ["office", "day", "village_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_urgent_grant_office"), ["office"], unique=False)

    op.create_table(
        "blank_movement",
        sa.Column("depot_id", sa.String(length=16), nullable=False),
        sa.Column("blank", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("transfer_id", sa.String(length=16), nullable=True),
        sa.Column("run_id", sa.String(length=16), nullable=True),
        sa.Column("moved_by", sa.String(length=40), nullable=False),
        sa.Column("moved_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "depot_id"], ["depot.office", "depot.id"], name=op.f("fk_blank_movement_office_depot_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "run_id"], ["print_run.office", "print_run.id"], name=op.f("fk_blank_movement_office_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "transfer_id"],
            ["blank_transfer.office", "blank_transfer.id"],
            name=op.f("fk_blank_movement_office_transfer_id"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_blank_movement_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blank_movement")),
    )
    with op.batch_alter_table("blank_movement", schema=None) as batch_op:
        batch_op.create_index("ix_blank_movement_depot", ["office", "depot_id", "blank"], unique=False)
        batch_op.create_index(batch_op.f("ix_blank_movement_office"), ["office"], unique=False)

    op.create_table(
        "print_line",
        sa.Column("run_id", sa.String(length=16), nullable=False),
        sa.Column("document_id", sa.String(length=16), nullable=False),
        sa.Column("blank", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "document_id"], ["document.office", "document.id"], name=op.f("fk_print_line_office_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "run_id"], ["print_run.office", "print_run.id"], name=op.f("fk_print_line_office_run_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_print_line_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_line")),
        sa.UniqueConstraint("run_id", "document_id", name=op.f("uq_print_line_run_id_document_id")),
    )
    with op.batch_alter_table("print_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_print_line_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_print_line_office"), ["office"], unique=False)

    op.create_table(
        "promise_change",
        sa.Column("document_id", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("was", sa.Date(), nullable=False),
        sa.Column("becomes", sa.Date(), nullable=False),
        sa.Column("cause", sa.String(length=12), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "document_id"],
            ["document.office", "document.id"],
            name=op.f("fk_promise_change_office_document_id"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_promise_change_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_change")),
        sa.UniqueConstraint("document_id", "seq", name=op.f("uq_promise_change_document_id_seq")),
    )
    with op.batch_alter_table("promise_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promise_change_office"), ["office"], unique=False)
        batch_op.create_index("ix_promise_change_untold", ["office", "told_at"], unique=False)

    with op.batch_alter_table("calendar_day", schema=None) as batch_op:
        batch_op.add_column(sa.Column("desks_open", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("calendar_day", schema=None) as batch_op:
        batch_op.drop_column("desks_open")

    with op.batch_alter_table("promise_change", schema=None) as batch_op:
        batch_op.drop_index("ix_promise_change_untold")
        batch_op.drop_index(batch_op.f("ix_promise_change_office"))

    op.drop_table("promise_change")
    with op.batch_alter_table("print_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_print_line_office"))
        batch_op.drop_index(batch_op.f("ix_print_line_document_id"))

    op.drop_table("print_line")
    with op.batch_alter_table("blank_movement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_blank_movement_office"))
        batch_op.drop_index("ix_blank_movement_depot")

    op.drop_table("blank_movement")
    with op.batch_alter_table("urgent_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_urgent_grant_office"))
        batch_op.drop_index("ix_urgent_grant_day")

    op.drop_table("urgent_grant")
    with op.batch_alter_table("printer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_printer_office"))

    op.drop_table("printer")
    with op.batch_alter_table("print_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_print_run_office"))

    op.drop_table("print_run")
    with op.batch_alter_table("blank_transfer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_blank_transfer_office"))

    op.drop_table("blank_transfer")
    with op.batch_alter_table("blank_stock", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_blank_stock_office"))

    op.drop_table("blank_stock")
    with op.batch_alter_table("blank_delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_blank_delivery_office"))

    op.drop_table("blank_delivery")
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_index(
            "ux_appointment_request",
            sqlite_where=sa.text("cancelled_at IS NULL AND came_at IS NULL"),
            postgresql_where=sa.text("cancelled_at IS NULL AND came_at IS NULL"),
        )
        batch_op.drop_index(
            "ux_appointment_number",
            sqlite_where=sa.text("cancelled_at IS NULL"),
            postgresql_where=sa.text("cancelled_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_appointment_office"))

    op.drop_table("appointment")
    with op.batch_alter_table("ramadan_days", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ramadan_days_office"))

    op.drop_table("ramadan_days")
    with op.batch_alter_table("quota", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quota_office"))

    op.drop_table("quota")
    with op.batch_alter_table("place_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_place_day_office"))

    op.drop_table("place_day")
    with op.batch_alter_table("opening_hours", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opening_hours_office"))

    op.drop_table("opening_hours")
    with op.batch_alter_table("calendar_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_change_office"))

    op.drop_table("calendar_change")
    with op.batch_alter_table("backlog_plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_backlog_plan_office"))

    op.drop_table("backlog_plan")
