"""The first tables."""

import sqlalchemy as sa
from alembic import op

from dispatch.store.db import UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("endpoint", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("office", "actor", "endpoint", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "office",
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("province", sa.String(length=80), nullable=False),
        sa.Column("timezone", sa.String(length=40), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_office")),
    )
    op.create_table(
        "throttle_count",
        sa.Column("bucket", sa.String(length=120), nullable=False),
        sa.Column("window_start", UTCDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_throttle_count")),
    )
    op.create_table(
        "api_client",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_api_client_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_client_key_hash")),
        sa.UniqueConstraint("office", "id", name="uq_api_client_office_id"),
        sa.UniqueConstraint("office", "name", name=op.f("uq_api_client_office_name")),
    )
    with op.batch_alter_table("api_client", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_client_office"), ["office"], unique=False)

    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_calendar_day_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("office", "day", name=op.f("uq_calendar_day_office_day")),
    )
    with op.batch_alter_table("calendar_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_day_office"), ["office"], unique=False)

    op.create_table(
        "chain_head",
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_chain_head_office")),
        sa.PrimaryKeyConstraint("office", name=op.f("pk_chain_head")),
    )
    op.create_table(
        "delivery_default",
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("destination", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_delivery_default_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_default")),
        sa.UniqueConstraint(
            "office", "village_code", "kind", name=op.f("uq_delivery_default_office_village_code_kind")
        ),
    )
    with op.batch_alter_table("delivery_default", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_default_office"), ["office"], unique=False)

    op.create_table(
        "depot",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("is_estimate", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_depot_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_depot")),
        sa.UniqueConstraint("office", "id", name="uq_depot_office_id"),
        sa.UniqueConstraint("office", "name", name=op.f("uq_depot_office_name")),
    )
    with op.batch_alter_table("depot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_depot_office"), ["office"], unique=False)

    op.create_table(
        "event",
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_id", sa.String(length=40), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("evidence", sa.String(length=40), nullable=False),
        sa.Column("holder_kind", sa.String(length=16), nullable=False),
        sa.Column("holder_id", sa.String(length=16), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_event_office")),
        sa.PrimaryKeyConstraint("office", "seq", name=op.f("pk_event")),
        sa.UniqueConstraint(
            "subject_kind", "subject_id", "version", name=op.f("uq_event_subject_kind_subject_id_version")
        ),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_subject", ["office", "subject_kind", "subject_id"], unique=False)

    op.create_table(
        "exception_case",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("closed_by", sa.String(length=40), nullable=False),
        sa.Column("decision", sa.String(length=200), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_exception_case_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exception_case")),
        sa.UniqueConstraint("office", "id", name="uq_exception_case_office_id"),
    )
    with op.batch_alter_table("exception_case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exception_case_office"), ["office"], unique=False)
        batch_op.create_index("ix_exception_case_open", ["office", "closed_at"], unique=False)

    op.create_table(
        "import",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("is_dry_run", sa.Boolean(), nullable=False),
        sa.Column("depot_id", sa.String(length=16), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("problem", sa.String(length=400), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("review", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_import_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import")),
        sa.UniqueConstraint("office", "id", name="uq_import_office_id"),
    )
    with op.batch_alter_table("import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_office"), ["office"], unique=False)
        batch_op.create_index(
            "ux_import_file",
            ["office", "sha256", "is_dry_run"],
            unique=True,
            sqlite_where=sa.text("sha256 <> ''"),
            postgresql_where=sa.text("sha256 <> ''"),
        )

    op.create_table(
        "job",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=40), nullable=False),
        sa.Column("dedup_key", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("run_after", UTCDateTime(), nullable=False),
        sa.Column("rung_at", UTCDateTime(), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=400), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_job_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_due", ["state", "run_after"], unique=False)
        batch_op.create_index(
            "ux_job_open",
            ["dedup_key"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "old_card_count",
        sa.Column("holder_kind", sa.String(length=16), nullable=False),
        sa.Column("holder_id", sa.String(length=16), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("counted_by", sa.String(length=40), nullable=False),
        sa.Column("counted_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_old_card_count_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_card_count")),
        sa.UniqueConstraint("office", "id", name="uq_old_card_count_office_id"),
    )
    with op.batch_alter_table("old_card_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_old_card_count_office"), ["office"], unique=False)

    op.create_table(
        "paper",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_paper_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
        sa.UniqueConstraint("code", name=op.f("uq_paper_code")),
        sa.UniqueConstraint("office", "id", name="uq_paper_office_id"),
        sa.UniqueConstraint("office", "kind", "subject_id", name=op.f("uq_paper_office_kind_subject_id")),
        sa.UniqueConstraint("office", "kind", "year", "number", name=op.f("uq_paper_office_kind_year_number")),
        sa.UniqueConstraint("office", "label", name=op.f("uq_paper_office_label")),
    )
    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "paper_settings",
        sa.Column("letterhead", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(length=160), nullable=False),
        sa.Column("signed_in", sa.String(length=60), nullable=False),
        sa.Column("giver_name", sa.String(length=80), nullable=False),
        sa.Column("giver_number", sa.String(length=30), nullable=False),
        sa.Column("giver_position", sa.String(length=120), nullable=False),
        sa.Column("knows_name", sa.String(length=80), nullable=False),
        sa.Column("knows_number", sa.String(length=30), nullable=False),
        sa.Column("knows_position", sa.String(length=120), nullable=False),
        sa.Column("bast_template", sa.String(length=60), nullable=False),
        sa.Column("cards_template", sa.String(length=60), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_paper_settings_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_settings")),
        sa.UniqueConstraint("office", name=op.f("uq_paper_settings_office")),
    )
    with op.batch_alter_table("paper_settings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_settings_office"), ["office"], unique=False)

    op.create_table(
        "partner_account",
        sa.Column("partner", sa.String(length=20), nullable=False),
        sa.Column("base_url", sa.String(length=200), nullable=False),
        sa.Column("secrets_sealed", sa.String(length=2000), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_partner_account_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_account")),
        sa.UniqueConstraint("office", "partner", name=op.f("uq_partner_account_office_partner")),
    )
    with op.batch_alter_table("partner_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partner_account_office"), ["office"], unique=False)

    op.create_table(
        "partner_message",
        sa.Column("partner", sa.String(length=20), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("is_direct", sa.Boolean(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("applied_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_partner_message_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_message")),
        sa.UniqueConstraint("office", "id", name="uq_partner_message_office_id"),
        sa.UniqueConstraint("office", "partner", "event_id", name=op.f("uq_partner_message_office_partner_event_id")),
    )
    with op.batch_alter_table("partner_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partner_message_office"), ["office"], unique=False)

    op.create_table(
        "plan",
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("requested_by", sa.String(length=40), nullable=False),
        sa.Column("requested_at", UTCDateTime(), nullable=False),
        sa.Column("seconds_allowed", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("depot_ids", sa.JSON(), nullable=False),
        sa.Column("courier_ids", sa.JSON(), nullable=False),
        sa.Column("with_post", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("solution", sa.JSON(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=True),
        sa.Column("stop_early", sa.Boolean(), nullable=False),
        sa.Column("travel_source", sa.String(length=40), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=True),
        sa.Column("ojek_rupiah", sa.Integer(), nullable=True),
        sa.Column("post_rupiah", sa.Integer(), nullable=True),
        sa.Column("waiting_rupiah", sa.Integer(), nullable=True),
        sa.Column("all_post_rupiah", sa.Integer(), nullable=True),
        sa.Column("failure", sa.String(length=400), nullable=False),
        sa.Column("replaces_id", sa.String(length=16), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_plan_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("office", "id", name="uq_plan_office_id"),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_state"), ["state"], unique=False)

    op.create_table(
        "recipient",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("nik_sealed", sa.String(length=120), nullable=False),
        sa.Column("nik_match", sa.String(length=64), nullable=False),
        sa.Column("nik_last4_match", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("landmark", sa.String(length=150), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("household", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_recipient_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient")),
        sa.UniqueConstraint("office", "id", name="uq_recipient_office_id"),
    )
    with op.batch_alter_table("recipient", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recipient_nik_last4_match"), ["nik_last4_match"], unique=False)
        batch_op.create_index(batch_op.f("ix_recipient_office"), ["office"], unique=False)
        batch_op.create_index("ix_recipient_office_nik", ["office", "nik_match"], unique=False)

    op.create_table(
        "release_policy",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("practice", sa.String(length=40), nullable=False),
        sa.Column("receivers", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("waiting_place", sa.String(length=16), nullable=False),
        sa.Column("waiting_days", sa.Integer(), nullable=False),
        sa.Column("swap_old_card", sa.Boolean(), nullable=False),
        sa.Column("fee_rupiah", sa.Integer(), nullable=False),
        sa.Column("payer", sa.String(length=8), nullable=False),
        sa.Column("photo", sa.String(length=8), nullable=False),
        sa.Column("signature", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("scan", sa.String(length=8), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.CheckConstraint(
            "attempts >= 1 AND waiting_days >= 0 AND fee_rupiah >= 0 AND revision >= 1",
            name=op.f("ck_release_policy_bounds"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_release_policy_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_policy")),
        sa.UniqueConstraint("office", "id", name="uq_release_policy_office_id"),
        sa.UniqueConstraint(
            "office", "kind", "valid_from", "revision", name=op.f("uq_release_policy_office_kind_valid_from_revision")
        ),
    )
    with op.batch_alter_table("release_policy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_release_policy_office"), ["office"], unique=False)

    op.create_table(
        "rules",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("release_documents", sa.Integer(), nullable=False),
        sa.Column("release_working_days", sa.Integer(), nullable=False),
        sa.Column("promise_working_days", sa.Integer(), nullable=False),
        sa.Column("bag_documents", sa.Integer(), nullable=False),
        sa.Column("shift_start_s", sa.Integer(), nullable=False),
        sa.Column("shift_end_s", sa.Integer(), nullable=False),
        sa.Column("max_stops", sa.Integer(), nullable=False),
        sa.Column("max_metres", sa.Integer(), nullable=False),
        sa.Column("speed_kmh", sa.Integer(), nullable=False),
        sa.Column("area_factor_pct", sa.Integer(), nullable=False),
        sa.Column("stop_s", sa.Integer(), nullable=False),
        sa.Column("per_document_s", sa.Integer(), nullable=False),
        sa.Column("home_stop_s", sa.Integer(), nullable=False),
        sa.Column("home_max_stops", sa.Integer(), nullable=False),
        sa.Column("home_leg_metres", sa.Integer(), nullable=False),
        sa.Column("home_leg_s", sa.Integer(), nullable=False),
        sa.Column("travel", sa.JSON(), nullable=False),
        sa.Column("village_hours", sa.JSON(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_rules_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
        sa.UniqueConstraint("office", "valid_from", name=op.f("uq_rules_office_valid_from")),
    )
    with op.batch_alter_table("rules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rules_office"), ["office"], unique=False)

    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_stored_file_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("office", "id", name="uq_stored_file_office_id"),
        sa.UniqueConstraint("office", "sha256", name=op.f("uq_stored_file_office_sha256")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_office"), ["office"], unique=False)

    op.create_table(
        "tariff",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("base_fare", sa.Integer(), nullable=False),
        sa.Column("base_metres", sa.Integer(), nullable=False),
        sa.Column("per_km", sa.Integer(), nullable=False),
        sa.Column("per_stop", sa.Integer(), nullable=False),
        sa.Column("per_hour", sa.Integer(), nullable=False),
        sa.Column("platform_fee_bp", sa.Integer(), nullable=False),
        sa.Column("return_paid", sa.Boolean(), nullable=False),
        sa.Column("post_near", sa.Integer(), nullable=False),
        sa.Column("post_far", sa.Integer(), nullable=False),
        sa.Column("post_near_metres", sa.Integer(), nullable=False),
        sa.Column("post_per_document", sa.Integer(), nullable=False),
        sa.Column("waiting_per_document", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_tariff_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariff")),
        sa.UniqueConstraint("office", "valid_from", name=op.f("uq_tariff_office_valid_from")),
    )
    with op.batch_alter_table("tariff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tariff_office"), ["office"], unique=False)

    op.create_table(
        "village",
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("code", sa.String(length=13), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("district", sa.String(length=80), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("has_own_point", sa.Boolean(), nullable=False),
        sa.Column("postal_code", sa.String(length=5), nullable=False),
        sa.Column("contact_name", sa.String(length=80), nullable=False),
        sa.Column("contact_phone", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_village_office")),
        sa.PrimaryKeyConstraint("office", "code", name=op.f("pk_village")),
    )
    with op.batch_alter_table("village", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_village_district_code"), ["district_code"], unique=False)

    op.create_table(
        "batch",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("destination", sa.String(length=16), nullable=False),
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("household", sa.String(length=64), nullable=False),
        sa.Column("depot_id", sa.String(length=16), nullable=False),
        sa.Column("released_by", sa.String(length=10), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("sealed_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "depot_id"], ["depot.office", "depot.id"], name=op.f("fk_batch_office_depot_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "village_code"], ["village.office", "village.code"], name=op.f("fk_batch_office_village_code")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_batch_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("office", "code", name=op.f("uq_batch_office_code")),
        sa.UniqueConstraint("office", "id", name="uq_batch_office_id"),
    )
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batch_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_batch_state"), ["state"], unique=False)

    op.create_table(
        "courier",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("depot_id", sa.String(length=16), nullable=False),
        sa.Column("bag_documents", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "depot_id"], ["depot.office", "depot.id"], name=op.f("fk_courier_office_depot_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_courier_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courier")),
        sa.UniqueConstraint("office", "id", name="uq_courier_office_id"),
    )
    with op.batch_alter_table("courier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_courier_office"), ["office"], unique=False)

    op.create_table(
        "enquiry",
        sa.Column("case_id", sa.String(length=16), nullable=False),
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "case_id"],
            ["exception_case.office", "exception_case.id"],
            name=op.f("fk_enquiry_office_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "village_code"], ["village.office", "village.code"], name=op.f("fk_enquiry_office_village_code")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_enquiry_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry")),
        sa.UniqueConstraint("case_id", name=op.f("uq_enquiry_case_id")),
        sa.UniqueConstraint("office", "id", name="uq_enquiry_office_id"),
    )
    with op.batch_alter_table("enquiry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enquiry_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_enquiry_village_code"), ["village_code"], unique=False)

    op.create_table(
        "paper_bundle",
        sa.Column("plan_id", sa.String(length=16), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.String(length=40), nullable=False),
        sa.Column("requested_at", UTCDateTime(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("failure", sa.String(length=200), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "plan_id"], ["plan.office", "plan.id"], name=op.f("fk_paper_bundle_office_plan_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_paper_bundle_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_bundle")),
        sa.UniqueConstraint("office", "id", name="uq_paper_bundle_office_id"),
    )
    with op.batch_alter_table("paper_bundle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_bundle_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_bundle_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "paper_revision",
        sa.Column("paper_id", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("old_cards", sa.Integer(), nullable=True),
        sa.Column("after_handover", sa.Boolean(), nullable=False),
        sa.Column("head_seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "paper_id"], ["paper.office", "paper.id"], name=op.f("fk_paper_revision_office_paper_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_paper_revision_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_revision")),
        sa.UniqueConstraint("office", "id", name="uq_paper_revision_office_id"),
        sa.UniqueConstraint("paper_id", "revision", name=op.f("uq_paper_revision_paper_id_revision")),
    )
    with op.batch_alter_table("paper_revision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_revision_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_paper_revision_paper_id"), ["paper_id"], unique=False)

    op.create_table(
        "user_account",
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("village_code", sa.String(length=13), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "village_code"],
            ["village.office", "village.code"],
            name=op.f("fk_user_account_office_village_code"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_user_account_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("office", "id", name="uq_user_account_office_id"),
        sa.UniqueConstraint("username", name=op.f("uq_user_account_username")),
    )
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_account_office"), ["office"], unique=False)

    op.create_table(
        "document",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("request_number", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("recipient_id", sa.String(length=16), nullable=False),
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("destination", sa.String(length=16), nullable=False),
        sa.Column("depot_id", sa.String(length=16), nullable=False),
        sa.Column("printed_on", sa.Date(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("batch_id", sa.String(length=16), nullable=True),
        sa.Column("holder_kind", sa.String(length=16), nullable=False),
        sa.Column("holder_id", sa.String(length=16), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_document_version")),
        sa.ForeignKeyConstraint(
            ["office", "batch_id"], ["batch.office", "batch.id"], name=op.f("fk_document_office_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "depot_id"], ["depot.office", "depot.id"], name=op.f("fk_document_office_depot_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "recipient_id"],
            ["recipient.office", "recipient.id"],
            name=op.f("fk_document_office_recipient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "village_code"], ["village.office", "village.code"], name=op.f("fk_document_office_village_code")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_document_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("office", "code", name=op.f("uq_document_office_code")),
        sa.UniqueConstraint("office", "id", name="uq_document_office_id"),
        sa.UniqueConstraint(
            "office", "source", "request_number", name=op.f("uq_document_office_source_request_number")
        ),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_office"), ["office"], unique=False)
        batch_op.create_index("ix_document_office_state_village", ["office", "state", "village_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_state"), ["state"], unique=False)

    op.create_table(
        "handover",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("batch_id", sa.String(length=16), nullable=False),
        sa.Column("received_by", sa.String(length=120), nullable=False),
        sa.Column("counted", sa.JSON(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "batch_id"], ["batch.office", "batch.id"], name=op.f("fk_handover_office_batch_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_handover_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("office", "id", name="uq_handover_office_id"),
        sa.UniqueConstraint("office", "source", "event_id", name=op.f("uq_handover_office_source_event_id")),
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_office"), ["office"], unique=False)

    op.create_table(
        "login",
        sa.Column("user_id", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "user_id"], ["user_account.office", "user_account.id"], name=op.f("fk_login_office_user_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_login_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_token_hash")),
    )
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_login_user_id"), ["user_id"], unique=False)

    op.create_table(
        "plan_batch",
        sa.Column("plan_id", sa.String(length=16), nullable=False),
        sa.Column("batch_id", sa.String(length=16), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("rupiah", sa.Integer(), nullable=True),
        sa.Column("reason", sa.JSON(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "batch_id"], ["batch.office", "batch.id"], name=op.f("fk_plan_batch_office_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "plan_id"], ["plan.office", "plan.id"], name=op.f("fk_plan_batch_office_plan_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_plan_batch_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_batch")),
        sa.UniqueConstraint("plan_id", "batch_id", name=op.f("uq_plan_batch_plan_id_batch_id")),
    )
    with op.batch_alter_table("plan_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_batch_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_batch_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(
            "ux_plan_batch_live",
            ["batch_id"],
            unique=True,
            sqlite_where=sa.text("is_live"),
            postgresql_where=sa.text("is_live"),
        )

    op.create_table(
        "route",
        sa.Column("plan_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("courier_id", sa.String(length=16), nullable=False),
        sa.Column("depot_id", sa.String(length=16), nullable=False),
        sa.Column("leaves_s", sa.Integer(), nullable=False),
        sa.Column("returns_s", sa.Integer(), nullable=False),
        sa.Column("metres", sa.Integer(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("fare", sa.Integer(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "courier_id"], ["courier.office", "courier.id"], name=op.f("fk_route_office_courier_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "depot_id"], ["depot.office", "depot.id"], name=op.f("fk_route_office_depot_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "plan_id"], ["plan.office", "plan.id"], name=op.f("fk_route_office_plan_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_route_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route")),
        sa.UniqueConstraint("office", "id", name="uq_route_office_id"),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_route_plan_id_number")),
    )
    with op.batch_alter_table("route", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_route_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_route_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_route_state"), ["state"], unique=False)

    op.create_table(
        "shipment",
        sa.Column("plan_id", sa.String(length=16), nullable=False),
        sa.Column("batch_id", sa.String(length=16), nullable=False),
        sa.Column("partner", sa.String(length=20), nullable=False),
        sa.Column("rupiah", sa.Integer(), nullable=False),
        sa.Column("resi", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "batch_id"], ["batch.office", "batch.id"], name=op.f("fk_shipment_office_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "plan_id"], ["plan.office", "plan.id"], name=op.f("fk_shipment_office_plan_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_shipment_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        sa.UniqueConstraint("office", "id", name="uq_shipment_office_id"),
    )
    with op.batch_alter_table("shipment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shipment_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shipment_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_shipment_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shipment_state"), ["state"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("route_id", sa.String(length=16), nullable=True),
        sa.Column("shipment_id", sa.String(length=16), nullable=True),
        sa.Column("partner", sa.String(length=20), nullable=False),
        sa.Column("courier_id", sa.String(length=16), nullable=True),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("partner_reference", sa.String(length=60), nullable=False),
        sa.Column("last_event", sa.String(length=20), nullable=False),
        sa.Column("last_event_at", UTCDateTime(), nullable=True),
        sa.Column("rupiah", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "courier_id"], ["courier.office", "courier.id"], name=op.f("fk_assignment_office_courier_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "route_id"], ["route.office", "route.id"], name=op.f("fk_assignment_office_route_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "shipment_id"], ["shipment.office", "shipment.id"], name=op.f("fk_assignment_office_shipment_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_assignment_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint("office", "id", name="uq_assignment_office_id"),
        sa.UniqueConstraint("reference", name=op.f("uq_assignment_reference")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_state"), ["state"], unique=False)
        batch_op.create_index(
            "ux_assignment_live_route",
            ["route_id"],
            unique=True,
            sqlite_where=sa.text("state in ('offered','intent','sending','unknown','accepted')"),
            postgresql_where=sa.text("state in ('offered','intent','sending','unknown','accepted')"),
        )
        batch_op.create_index(
            "ux_assignment_live_shipment",
            ["shipment_id"],
            unique=True,
            sqlite_where=sa.text("state in ('offered','intent','sending','unknown','accepted')"),
            postgresql_where=sa.text("state in ('offered','intent','sending','unknown','accepted')"),
        )

    op.create_table(
        "batch_item",
        sa.Column("batch_id", sa.String(length=16), nullable=False),
        sa.Column("document_id", sa.String(length=16), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "batch_id"], ["batch.office", "batch.id"], name=op.f("fk_batch_item_office_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "document_id"], ["document.office", "document.id"], name=op.f("fk_batch_item_office_document_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_batch_item_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_item")),
        sa.UniqueConstraint("batch_id", "document_id", name=op.f("uq_batch_item_batch_id_document_id")),
        sa.UniqueConstraint("batch_id", "line_no", name=op.f("uq_batch_item_batch_id_line_no")),
    )
    with op.batch_alter_table("batch_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batch_item_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_batch_item_office"), ["office"], unique=False)

    op.create_table(
        "handover_line",
        sa.Column("handover_id", sa.String(length=16), nullable=False),
        sa.Column("document_id", sa.String(length=16), nullable=True),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "document_id"],
            ["document.office", "document.id"],
            name=op.f("fk_handover_line_office_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "handover_id"],
            ["handover.office", "handover.id"],
            name=op.f("fk_handover_line_office_handover_id"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_handover_line_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_line")),
    )
    with op.batch_alter_table("handover_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_line_handover_id"), ["handover_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_line_office"), ["office"], unique=False)

    op.create_table(
        "import_row",
        sa.Column("import_id", sa.String(length=16), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("document_id", sa.String(length=16), nullable=True),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("request_key", sa.String(length=60), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("row_sealed", sa.String(length=4000), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "document_id"], ["document.office", "document.id"], name=op.f("fk_import_row_office_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "import_id"], ["import.office", "import.id"], name=op.f("fk_import_row_office_import_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_import_row_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_row")),
        sa.UniqueConstraint("import_id", "row_no", name=op.f("uq_import_row_import_id_row_no")),
        sa.UniqueConstraint("office", "id", name="uq_import_row_office_id"),
    )
    with op.batch_alter_table("import_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_row_office"), ["office"], unique=False)
        batch_op.create_index("ix_import_row_office_outcome", ["office", "outcome"], unique=False)

    op.create_table(
        "link",
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("route_id", sa.String(length=16), nullable=True),
        sa.Column("village_code", sa.String(length=13), nullable=True),
        sa.Column("device_hash", sa.String(length=64), nullable=True),
        sa.Column("bound_at", UTCDateTime(), nullable=True),
        sa.Column("public_key", sa.String(length=88), nullable=False),
        sa.Column("act_until", UTCDateTime(), nullable=False),
        sa.Column("sync_until", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.Column("refused_devices", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "route_id"], ["route.office", "route.id"], name=op.f("fk_link_office_route_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "village_code"], ["village.office", "village.code"], name=op.f("fk_link_office_village_code")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_link_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("device_hash", name=op.f("uq_link_device_hash")),
        sa.UniqueConstraint("office", "id", name="uq_link_office_id"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_token_hash")),
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_link_route_id"), ["route_id"], unique=False)

    op.create_table(
        "load_check",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("route_id", sa.String(length=16), nullable=False),
        sa.Column("taken", sa.JSON(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("device_at", UTCDateTime(), nullable=True),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "route_id"], ["route.office", "route.id"], name=op.f("fk_load_check_office_route_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_load_check_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_load_check")),
        sa.UniqueConstraint("office", "id", name="uq_load_check_office_id"),
        sa.UniqueConstraint("office", "source", "event_id", name=op.f("uq_load_check_office_source_event_id")),
    )
    with op.batch_alter_table("load_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_load_check_office"), ["office"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("document_id", sa.String(length=16), nullable=True),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "document_id"], ["document.office", "document.id"], name=op.f("fk_reminder_office_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "village_code"], ["village.office", "village.code"], name=op.f("fk_reminder_office_village_code")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_reminder_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminder_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminder_village_code"), ["village_code"], unique=False)

    op.create_table(
        "stop",
        sa.Column("route_id", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("arrival_s", sa.Integer(), nullable=False),
        sa.Column("departure_s", sa.Integer(), nullable=False),
        sa.Column("metres", sa.Integer(), nullable=False),
        sa.Column("arrived_at", UTCDateTime(), nullable=True),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "route_id"], ["route.office", "route.id"], name=op.f("fk_stop_office_route_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "village_code"], ["village.office", "village.code"], name=op.f("fk_stop_office_village_code")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_stop_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop")),
        sa.UniqueConstraint("office", "id", name="uq_stop_office_id"),
        sa.UniqueConstraint("route_id", "position", name=op.f("uq_stop_route_id_position")),
    )
    with op.batch_alter_table("stop", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stop_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_stop_route_id"), ["route_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stop_state"), ["state"], unique=False)

    op.create_table(
        "proof",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("stop_id", sa.String(length=16), nullable=True),
        sa.Column("shipment_id", sa.String(length=16), nullable=True),
        sa.Column("received_by", sa.String(length=120), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("received_sha", sa.String(length=64), nullable=False),
        sa.Column("stored_sha", sa.String(length=64), nullable=False),
        sa.Column("signature_sha", sa.String(length=64), nullable=False),
        sa.Column("code_checked", sa.Boolean(), nullable=False),
        sa.Column("scanned", sa.Boolean(), nullable=False),
        sa.Column("old_cards", sa.Integer(), nullable=False),
        sa.Column("device_at", UTCDateTime(), nullable=True),
        sa.Column("tapped_at", UTCDateTime(), nullable=True),
        sa.Column("is_signed", sa.Boolean(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("is_conflict", sa.Boolean(), nullable=False),
        sa.Column("gaps", sa.String(length=80), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "shipment_id"], ["shipment.office", "shipment.id"], name=op.f("fk_proof_office_shipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "stop_id"], ["stop.office", "stop.id"], name=op.f("fk_proof_office_stop_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_proof_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof")),
        sa.UniqueConstraint("office", "id", name="uq_proof_office_id"),
        sa.UniqueConstraint("office", "source", "event_id", name=op.f("uq_proof_office_source_event_id")),
    )
    with op.batch_alter_table("proof", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_shipment_id"), ["shipment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_stop_id"), ["stop_id"], unique=False)

    op.create_table(
        "stop_batch",
        sa.Column("stop_id", sa.String(length=16), nullable=False),
        sa.Column("batch_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "batch_id"], ["batch.office", "batch.id"], name=op.f("fk_stop_batch_office_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "stop_id"], ["stop.office", "stop.id"], name=op.f("fk_stop_batch_office_stop_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_stop_batch_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_batch")),
        sa.UniqueConstraint("stop_id", "batch_id", name=op.f("uq_stop_batch_stop_id_batch_id")),
    )
    with op.batch_alter_table("stop_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stop_batch_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stop_batch_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_stop_batch_stop_id"), ["stop_id"], unique=False)

    op.create_table(
        "attempt",
        sa.Column("document_id", sa.String(length=16), nullable=False),
        sa.Column("stop_id", sa.String(length=16), nullable=True),
        sa.Column("shipment_id", sa.String(length=16), nullable=True),
        sa.Column("proof_id", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("next_step", sa.String(length=8), nullable=False),
        sa.Column("next_place", sa.String(length=16), nullable=False),
        sa.Column("next_until", sa.Date(), nullable=True),
        sa.Column("policy_id", sa.String(length=16), nullable=True),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office", "document_id"], ["document.office", "document.id"], name=op.f("fk_attempt_office_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "policy_id"],
            ["release_policy.office", "release_policy.id"],
            name=op.f("fk_attempt_office_policy_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "proof_id"], ["proof.office", "proof.id"], name=op.f("fk_attempt_office_proof_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "shipment_id"], ["shipment.office", "shipment.id"], name=op.f("fk_attempt_office_shipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "stop_id"], ["stop.office", "stop.id"], name=op.f("fk_attempt_office_stop_id")
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_attempt_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("document_id", "shipment_id", name=op.f("uq_attempt_document_id_shipment_id")),
        sa.UniqueConstraint("document_id", "stop_id", name=op.f("uq_attempt_document_id_stop_id")),
        sa.UniqueConstraint("office", "id", name="uq_attempt_office_id"),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempt_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempt_shipment_id"), ["shipment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempt_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempt_stop_id"), ["stop_id"], unique=False)

    op.create_table(
        "old_cards",
        sa.Column("proof_id", sa.String(length=16), nullable=False),
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("route_id", sa.String(length=16), nullable=True),
        sa.Column("count_id", sa.String(length=16), nullable=True),
        sa.Column("cards", sa.Integer(), nullable=False),
        sa.Column("holder_kind", sa.String(length=16), nullable=False),
        sa.Column("holder_id", sa.String(length=16), nullable=False),
        sa.Column("collected_at", UTCDateTime(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("cards >= 1", name=op.f("ck_old_cards_cards")),
        sa.ForeignKeyConstraint(
            ["office", "count_id"],
            ["old_card_count.office", "old_card_count.id"],
            name=op.f("fk_old_cards_office_count_id"),
        ),
        sa.ForeignKeyConstraint(
            ["office", "proof_id"], ["proof.office", "proof.id"], name=op.f("fk_old_cards_office_proof_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "route_id"], ["route.office", "route.id"], name=op.f("fk_old_cards_office_route_id")
        ),
        sa.ForeignKeyConstraint(
            ["office", "village_code"],
            ["village.office", "village.code"],
            name=op.f("fk_old_cards_office_village_code"),
        ),
        sa.ForeignKeyConstraint(["office"], ["office.code"], name=op.f("fk_old_cards_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_cards")),
        sa.UniqueConstraint("office", "id", name="uq_old_cards_office_id"),
    )
    with op.batch_alter_table("old_cards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_old_cards_count_id"), ["count_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_old_cards_office"), ["office"], unique=False)
        batch_op.create_index(batch_op.f("ix_old_cards_proof_id"), ["proof_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_old_cards_route_id"), ["route_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_old_cards_state"), ["state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("old_cards", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_old_cards_state"))
        batch_op.drop_index(batch_op.f("ix_old_cards_route_id"))
        batch_op.drop_index(batch_op.f("ix_old_cards_proof_id"))
        batch_op.drop_index(batch_op.f("ix_old_cards_office"))
        batch_op.drop_index(batch_op.f("ix_old_cards_count_id"))

    op.drop_table("old_cards")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_stop_id"))
        batch_op.drop_index(batch_op.f("ix_attempt_state"))
        batch_op.drop_index(batch_op.f("ix_attempt_shipment_id"))
        batch_op.drop_index(batch_op.f("ix_attempt_office"))
        batch_op.drop_index(batch_op.f("ix_attempt_document_id"))

    op.drop_table("attempt")
    with op.batch_alter_table("stop_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stop_batch_stop_id"))
        batch_op.drop_index(batch_op.f("ix_stop_batch_office"))
        batch_op.drop_index(batch_op.f("ix_stop_batch_batch_id"))

    op.drop_table("stop_batch")
    with op.batch_alter_table("proof", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_stop_id"))
        batch_op.drop_index(batch_op.f("ix_proof_shipment_id"))
        batch_op.drop_index(batch_op.f("ix_proof_office"))

    op.drop_table("proof")
    with op.batch_alter_table("stop", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stop_state"))
        batch_op.drop_index(batch_op.f("ix_stop_route_id"))
        batch_op.drop_index(batch_op.f("ix_stop_office"))

    op.drop_table("stop")
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reminder_village_code"))
        batch_op.drop_index(batch_op.f("ix_reminder_office"))
        batch_op.drop_index(batch_op.f("ix_reminder_document_id"))

    op.drop_table("reminder")
    with op.batch_alter_table("load_check", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_load_check_office"))

    op.drop_table("load_check")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_route_id"))
        batch_op.drop_index(batch_op.f("ix_link_office"))

    op.drop_table("link")
    with op.batch_alter_table("import_row", schema=None) as batch_op:
        batch_op.drop_index("ix_import_row_office_outcome")
        batch_op.drop_index(batch_op.f("ix_import_row_office"))

    op.drop_table("import_row")
    with op.batch_alter_table("handover_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handover_line_office"))
        batch_op.drop_index(batch_op.f("ix_handover_line_handover_id"))

    op.drop_table("handover_line")
    with op.batch_alter_table("batch_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_batch_item_office"))
        batch_op.drop_index(batch_op.f("ix_batch_item_document_id"))

    op.drop_table("batch_item")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(
            "ux_assignment_live_shipment",
            sqlite_where=sa.text("state in ('offered','intent','sending','unknown','accepted')"),
            postgresql_where=sa.text("state in ('offered','intent','sending','unknown','accepted')"),
        )
        batch_op.drop_index(
            "ux_assignment_live_route",
            sqlite_where=sa.text("state in ('offered','intent','sending','unknown','accepted')"),
            postgresql_where=sa.text("state in ('offered','intent','sending','unknown','accepted')"),
        )
        batch_op.drop_index(batch_op.f("ix_assignment_state"))
        batch_op.drop_index(batch_op.f("ix_assignment_office"))

    op.drop_table("assignment")
    with op.batch_alter_table("shipment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shipment_state"))
        batch_op.drop_index(batch_op.f("ix_shipment_plan_id"))
        batch_op.drop_index(batch_op.f("ix_shipment_office"))
        batch_op.drop_index(batch_op.f("ix_shipment_batch_id"))

    op.drop_table("shipment")
    with op.batch_alter_table("route", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_route_state"))
        batch_op.drop_index(batch_op.f("ix_route_plan_id"))
        batch_op.drop_index(batch_op.f("ix_route_office"))

    op.drop_table("route")
    with op.batch_alter_table("plan_batch", schema=None) as batch_op:
        batch_op.drop_index("ux_plan_batch_live", sqlite_where=sa.text("is_live"), postgresql_where=sa.text("is_live"))
        batch_op.drop_index(batch_op.f("ix_plan_batch_plan_id"))
        batch_op.drop_index(batch_op.f("ix_plan_batch_office"))

    op.drop_table("plan_batch")
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_user_id"))
        batch_op.drop_index(batch_op.f("ix_login_office"))

    op.drop_table("login")
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handover_office"))
        batch_op.drop_index(batch_op.f("ix_handover_batch_id"))

    op.drop_table("handover")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_document_state"))
        batch_op.drop_index("ix_document_office_state_village")
        batch_op.drop_index(batch_op.f("ix_document_office"))
        batch_op.drop_index(batch_op.f("ix_document_batch_id"))

    op.drop_table("document")
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_account_office"))

    op.drop_table("user_account")
    with op.batch_alter_table("paper_revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_revision_paper_id"))
        batch_op.drop_index(batch_op.f("ix_paper_revision_office"))

    op.drop_table("paper_revision")
    with op.batch_alter_table("paper_bundle", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_bundle_plan_id"))
        batch_op.drop_index(batch_op.f("ix_paper_bundle_office"))

    op.drop_table("paper_bundle")
    with op.batch_alter_table("enquiry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enquiry_village_code"))
        batch_op.drop_index(batch_op.f("ix_enquiry_office"))

    op.drop_table("enquiry")
    with op.batch_alter_table("courier", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_courier_office"))

    op.drop_table("courier")
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_batch_state"))
        batch_op.drop_index(batch_op.f("ix_batch_office"))

    op.drop_table("batch")
    with op.batch_alter_table("village", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_village_district_code"))

    op.drop_table("village")
    with op.batch_alter_table("tariff", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tariff_office"))

    op.drop_table("tariff")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_file_office"))

    op.drop_table("stored_file")
    with op.batch_alter_table("rules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rules_office"))

    op.drop_table("rules")
    with op.batch_alter_table("release_policy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_release_policy_office"))

    op.drop_table("release_policy")
    with op.batch_alter_table("recipient", schema=None) as batch_op:
        batch_op.drop_index("ix_recipient_office_nik")
        batch_op.drop_index(batch_op.f("ix_recipient_office"))
        batch_op.drop_index(batch_op.f("ix_recipient_nik_last4_match"))

    op.drop_table("recipient")
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_state"))
        batch_op.drop_index(batch_op.f("ix_plan_office"))

    op.drop_table("plan")
    with op.batch_alter_table("partner_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partner_message_office"))

    op.drop_table("partner_message")
    with op.batch_alter_table("partner_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partner_account_office"))

    op.drop_table("partner_account")
    with op.batch_alter_table("paper_settings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_settings_office"))

    op.drop_table("paper_settings")
    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_subject_id"))
        batch_op.drop_index(batch_op.f("ix_paper_office"))

    op.drop_table("paper")
    with op.batch_alter_table("old_card_count", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_old_card_count_office"))

    op.drop_table("old_card_count")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(
            "ux_job_open", sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'")
        )
        batch_op.drop_index("ix_job_due")

    op.drop_table("job")
    with op.batch_alter_table("import", schema=None) as batch_op:
        batch_op.drop_index(
            "ux_import_file", sqlite_where=sa.text("sha256 <> ''"), postgresql_where=sa.text("sha256 <> ''")
        )
        batch_op.drop_index(batch_op.f("ix_import_office"))

    op.drop_table("import")
    with op.batch_alter_table("exception_case", schema=None) as batch_op:
        batch_op.drop_index("ix_exception_case_open")
        batch_op.drop_index(batch_op.f("ix_exception_case_office"))

    op.drop_table("exception_case")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_subject")

    op.drop_table("event")
    with op.batch_alter_table("depot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_depot_office"))

    op.drop_table("depot")
    with op.batch_alter_table("delivery_default", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_default_office"))

    op.drop_table("delivery_default")
    op.drop_table("chain_head")
    with op.batch_alter_table("calendar_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_day_office"))

    op.drop_table("calendar_day")
    with op.batch_alter_table("api_client", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_client_office"))

    op.drop_table("api_client")
    op.drop_table("throttle_count")
    op.drop_table("office")
    op.drop_table("idempotency_key")
