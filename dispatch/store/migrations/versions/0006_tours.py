"""Jemput bola: mobile services, tours, invitations; holders who live elsewhere."""

import sqlalchemy as sa
from alembic import op

from dispatch.store.db import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tour_plan",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.String(length=40), nullable=False),
        sa.Column("requested_at", UTCDateTime(), nullable=False),
        sa.Column("seconds_allowed", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=True),
        sa.Column("travel_source", sa.String(length=40), nullable=False),
        sa.Column("failure", sa.String(length=400), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_tour_plan_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_plan")),
        sa.UniqueConstraint("office", "id", name="uq_tour_plan_office_id"),
    )
    with op.batch_alter_table("tour_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tour_plan_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_tour_plan_state"), ["state"], unique=False)

    op.create_table(
        "outreach_place",
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("market_days", sa.String(length=60), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "village_code"],
            ["village.office", "village.code"],
            name=op.f("fk_outreach_place_office_village_code"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_outreach_place_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach_place")),
        sa.UniqueConstraint("office", "id", name="uq_outreach_place_office_id"),
        sa.UniqueConstraint("office", "village_code", "name", name=op.f("uq_outreach_place_office_village_code_name")),
    )
    with op.batch_alter_table("outreach_place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outreach_place_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_outreach_place_village_code"), ["village_code"], unique=False)

    op.create_table(
        "village_contact",
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "village_code"],
            ["village.office", "village.code"],
            name=op.f("fk_village_contact_office_village_code"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_village_contact_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_contact")),
        sa.UniqueConstraint("office", "id", name="uq_village_contact_office_id"),
        sa.UniqueConstraint("office", "village_code", "role", name=op.f("uq_village_contact_office_village_code_role")),
    )
    with op.batch_alter_table("village_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_village_contact_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_village_contact_village_code"), ["village_code"], unique=False)

    op.create_table(
        "village_work",
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("unrecorded", sa.Integer(), nullable=False),
        sa.Column("unprinted", sa.Integer(), nullable=False),
        sa.Column("vulnerable", sa.Integer(), nullable=False),
        sa.Column("counted_by", sa.String(length=40), nullable=False),
        sa.Column("counted_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.CheckConstraint(
            "unrecorded >= 0 AND unprinted >= 0 AND vulnerable >= 0", name=op.f("ck_village_work_counts")
        ),
        sa.ForeignKeyConstraint(
            ["office", "village_code"],
            ["village.office", "village.code"],
            name=op.f("fk_village_work_office_village_code"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_village_work_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_work")),
        sa.UniqueConstraint("office", "village_code", name=op.f("uq_village_work_office_village_code")),
    )
    with op.batch_alter_table("village_work", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_village_work_office"), ["office"], unique=False)

    op.create_table(
        "service_vehicle",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("depot_id", sa.String(length=16), nullable=False),
        sa.Column("crew_lead_id", sa.String(length=16), nullable=False),
        sa.Column("crew", sa.String(length=200), nullable=False),
        sa.Column("printers", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.CheckConstraint("printers >= 1", name=op.f("ck_service_vehicle_printers")),
        sa.ForeignKeyConstraint(
            ["office", "crew_lead_id"],
            ["courier.office", "courier.id"],
            name=op.f("fk_service_vehicle_office_crew_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "depot_id"], ["depot.office", "depot.id"], name=op.f("fk_service_vehicle_office_depot_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_service_vehicle_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_vehicle")),
        sa.UniqueConstraint("office", "id", name="uq_service_vehicle_office_id"),
        sa.UniqueConstraint("office", "name", name=op.f("uq_service_vehicle_office_name")),
    )
    with op.batch_alter_table("service_vehicle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_vehicle_office"), ["office"], unique=False)

    op.create_table(
        "outreach",
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("place_kind", sa.String(length=12), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("starts_s", sa.Integer(), nullable=False),
        sa.Column("ends_s", sa.Integer(), nullable=False),
        sa.Column("vehicle_id", sa.String(length=16), nullable=False),
        sa.Column("depot_id", sa.String(length=16), nullable=False),
        sa.Column("crew_lead_id", sa.String(length=16), nullable=False),
        sa.Column("crew", sa.String(length=200), nullable=False),
        sa.Column("printers", sa.Integer(), nullable=False),
        sa.Column("service_s", sa.Integer(), nullable=False),
        sa.Column("tour_plan_id", sa.String(length=16), nullable=True),
        sa.Column("people_planned", sa.Integer(), nullable=False),
        sa.Column("metres", sa.Integer(), nullable=True),
        sa.Column("rupiah", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("planned_by", sa.String(length=40), nullable=False),
        sa.Column("planned_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=80), nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("left_at", UTCDateTime(), nullable=True),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("recorded", sa.Integer(), nullable=False),
        sa.Column("printed", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("printers >= 1 AND service_s >= 1 AND ends_s > starts_s", name=op.f("ck_outreach_bounds")),
        sa.ForeignKeyConstraint(
            ["office", "crew_lead_id"], ["courier.office", "courier.id"], name=op.f("fk_outreach_office_crew_lead_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "depot_id"], ["depot.office", "depot.id"], name=op.f("fk_outreach_office_depot_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "tour_plan_id"],
            ["tour_plan.office", "tour_plan.id"],
            name=op.f("fk_outreach_office_tour_plan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "vehicle_id"],
            ["service_vehicle.office", "service_vehicle.id"],
            name=op.f("fk_outreach_office_vehicle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "village_code"], ["village.office", "village.code"], name=op.f("fk_outreach_office_village_code")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_outreach_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach")),
        sa.UniqueConstraint("office", "id", name="uq_outreach_office_id"),
    )
    with op.batch_alter_table("outreach", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outreach_office"), ["office"], unique=False)
        batch_op.create_index("ix_outreach_office_day", ["office", "service_date"], unique=False)
        batch_op.create_index(batch_op.f("ix_outreach_state"), ["state"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("outreach_id", sa.String(length=16), nullable=True),
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("document_id", sa.String(length=16), nullable=False),
        sa.Column("starts_s", sa.Integer(), nullable=False),
        sa.Column("ends_s", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "document_id"], ["document.office", "document.id"], name=op.f("fk_invitation_office_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "outreach_id"], ["outreach.office", "outreach.id"], name=op.f("fk_invitation_office_outreach_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "village_code"],
            ["village.office", "village.code"],
            name=op.f("fk_invitation_office_village_code"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_invitation_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("document_id", "day", name=op.f("uq_invitation_document_id_day")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitation_outreach_id"), ["outreach_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitation_village_code"), ["village_code"], unique=False)

    op.create_table(
        "outreach_notice",
        sa.Column("outreach_id", sa.String(length=16), nullable=False),
        sa.Column("contact_id", sa.String(length=16), nullable=False),
        sa.Column("told_by", sa.String(length=40), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "contact_id"],
            ["village_contact.office", "village_contact.id"],
            name=op.f("fk_outreach_notice_office_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "outreach_id"],
            ["outreach.office", "outreach.id"],
            name=op.f("fk_outreach_notice_office_outreach_id"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_outreach_notice_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach_notice")),
        sa.UniqueConstraint("outreach_id", "contact_id", name=op.f("uq_outreach_notice_outreach_id_contact_id")),
    )
    with op.batch_alter_table("outreach_notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outreach_notice_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_outreach_notice_outreach_id"), ["outreach_id"], unique=False)

    op.create_table(
        "outreach_village",
        sa.Column("outreach_id", sa.String(length=16), nullable=False),
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("starts_s", sa.Integer(), nullable=False),
        sa.Column("ends_s", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "outreach_id"],
            ["outreach.office", "outreach.id"],
            name=op.f("fk_outreach_village_office_outreach_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "village_code"],
            ["village.office", "village.code"],
            name=op.f("fk_outreach_village_office_village_code"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_outreach_village_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach_village")),
        sa.UniqueConstraint("outreach_id", "village_code", name=op.f("uq_outreach_village_outreach_id_village_code")),
    )
    with op.batch_alter_table("outreach_village", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outreach_village_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_outreach_village_outreach_id"), ["outreach_id"], unique=False)

    op.create_table(
        "power_of_attorney",
        sa.Column("proof_id", sa.String(length=16), nullable=False),
        sa.Column("document_id", sa.String(length=16), nullable=False),
        sa.Column("form_number", sa.String(length=60), nullable=False),
        sa.Column("giver_name", sa.String(length=120), nullable=False),
        sa.Column("proxy_name", sa.String(length=120), nullable=False),
        sa.Column("giver_checked", sa.Boolean(), nullable=False),
        sa.Column("proxy_checked", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "document_id"],
            ["document.office", "document.id"],
            name=op.f("fk_power_of_attorney_office_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "proof_id"], ["proof.office", "proof.id"], name=op.f("fk_power_of_attorney_office_proof_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_power_of_attorney_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_power_of_attorney")),
        sa.UniqueConstraint("proof_id", "document_id", name=op.f("uq_power_of_attorney_proof_id_document_id")),
    )
    with op.batch_alter_table("power_of_attorney", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_power_of_attorney_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_power_of_attorney_office"), ["office"], unique=False)

    op.add_column("attempt", sa.Column("outreach_id", sa.String(length=16), nullable=True))
    op.create_index(op.f("ix_attempt_outreach_id"), "attempt", ["outreach_id"], unique=False)
    op.create_index("ux_attempt_outreach", "attempt", ["document_id", "outreach_id"], unique=True)

    op.add_column("batch", sa.Column("outreach_id", sa.String(length=16), nullable=True))
    op.create_index(op.f("ix_batch_outreach_id"), "batch", ["outreach_id"], unique=False)

    op.add_column("document", sa.Column("circumstance", sa.String(length=12), nullable=False, server_default=""))
    op.add_column("document", sa.Column("by_officer", sa.Boolean(), nullable=False, server_default=sa.false()))

    op.add_column("proof", sa.Column("outreach_id", sa.String(length=16), nullable=True))
    op.create_index(op.f("ix_proof_outreach_id"), "proof", ["outreach_id"], unique=False)

    op.add_column("recipient", sa.Column("regency", sa.String(length=80), nullable=False, server_default=""))

    op.add_column("rules", sa.Column("officer_stop_s", sa.Integer(), nullable=False, server_default="900"))

    op.add_column("tariff", sa.Column("post_outside", sa.Integer(), nullable=False, server_default="20000"))


def downgrade() -> None:
    op.drop_column("tariff", "post_outside")

    op.drop_column("rules", "officer_stop_s")

    op.drop_column("recipient", "regency")

    op.drop_index(op.f("ix_proof_outreach_id"), table_name="proof")
    op.drop_column("proof", "outreach_id")

    op.drop_column("document", "by_officer")
    op.drop_column("document", "circumstance")

    op.drop_index(op.f("ix_batch_outreach_id"), table_name="batch")
    op.drop_column("batch", "outreach_id")

    op.drop_index("ux_attempt_outreach", table_name="attempt")
    op.drop_index(op.f("ix_attempt_outreach_id"), table_name="attempt")
    op.drop_column("attempt", "outreach_id")

    with op.batch_alter_table("power_of_attorney", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_power_of_attorney_office"))
        batch_op.drop_index(batch_op.f("ix_power_of_attorney_document_id"))

    op.drop_table("power_of_attorney")
    with op.batch_alter_table("outreach_village", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outreach_village_outreach_id"))
        batch_op.drop_index(batch_op.f("ix_outreach_village_office"))

    op.drop_table("outreach_village")
    with op.batch_alter_table("outreach_notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outreach_notice_outreach_id"))
        batch_op.drop_index(batch_op.f("ix_outreach_notice_office"))

    op.drop_table("outreach_notice")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_village_code"))
        batch_op.drop_index(batch_op.f("ix_invitation_outreach_id"))
        batch_op.drop_index(batch_op.f("ix_invitation_office"))

    op.drop_table("invitation")
    with op.batch_alter_table("outreach", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outreach_state"))
        batch_op.drop_index("ix_outreach_office_day")
        batch_op.drop_index(batch_op.f("ix_outreach_office"))

    op.drop_table("outreach")
    with op.batch_alter_table("service_vehicle", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_vehicle_office"))

    op.drop_table("service_vehicle")
    with op.batch_alter_table("village_work", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_village_work_office"))

    op.drop_table("village_work")
    with op.batch_alter_table("village_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_village_contact_village_code"))
        batch_op.drop_index(batch_op.f("ix_village_contact_office"))

    op.drop_table("village_contact")
    with op.batch_alter_table("outreach_place", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outreach_place_village_code"))
        batch_op.drop_index(batch_op.f("ix_outreach_place_office"))

    op.drop_table("outreach_place")
    with op.batch_alter_table("tour_plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tour_plan_state"))
        batch_op.drop_index(batch_op.f("ix_tour_plan_office"))

    op.drop_table("tour_plan")
