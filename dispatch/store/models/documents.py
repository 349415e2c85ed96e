"""Finished documents, the persons they belong to, and the files they came in with."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dispatch.store.db import Base
from dispatch.store.models.common import JsonColumn, OfficeRow, Stated, in_village, own, points_at


class Document(OfficeRow, Stated, Base):
    """One finished civil document to deliver. Personal data is in the Recipient's row, which can be erased."""

    __tablename__ = "document"
    __table_args__ = (
        own("document"),
        UniqueConstraint("office", "source", "request_number"),
        UniqueConstraint("office", "code"),
        points_at("recipient_id", "recipient"),
        points_at("depot_id", "depot"),
        points_at("batch_id", "batch"),
        in_village(),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_document_request_number", "request_number"),
        Index("ix_document_office_state_village", "office", "state", "village_code"),
        Index("ix_document_office_number", "office", "request_number"),
        Index("ix_document_recipient", "recipient_id"),
        Index("ix_document_office_printed", "office", "printed_on", "village_code"),
        Index("ix_document_office_promised", "office", "promised_on", "state"),
    )

    source: Mapped[str] = mapped_column(String(40))
    # where there is none, a keyed hash of kind, NIK and print date stands in ("auto-…")
    request_number: Mapped[str] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(12))  # printed on the envelope; says nothing about the person
    kind: Mapped[str] = mapped_column(String(20))
    recipient_id: Mapped[str] = mapped_column(String(16))
    village_code: Mapped[str] = mapped_column(String(13))
    destination: Mapped[str] = mapped_column(String(16), default="village_office")  # district_office, home, outside
    depot_id: Mapped[str] = mapped_column(String(16))
    printed_on: Mapped[date]
    promised_on: Mapped[date]
    is_urgent: Mapped[bool] = mapped_column(default=False)
    # where its holder is when not at home here: elsewhere, abroad, moved, deceased
    circumstance: Mapped[str] = mapped_column(String(12), default="")
    # an officer brings it home and takes time; why is nobody's business and is kept nowhere
    by_officer: Mapped[bool] = mapped_column(default=False)
    channel: Mapped[str] = mapped_column(String(12), default="walk_in")
    batch_id: Mapped[str | None] = mapped_column(String(16), index=True)
    holder_kind: Mapped[str] = mapped_column(String(16))
    holder_id: Mapped[str] = mapped_column(String(16))
    fingerprint: Mapped[str] = mapped_column(String(64))  # keyed hash of the content it came with
    created_at: Mapped[datetime]

    recipient: Mapped["Recipient"] = relationship(
        lazy="raise", foreign_keys=[recipient_id], viewonly=True, primaryjoin="Document.recipient_id == Recipient.id"
    )


class Recipient(OfficeRow, Base):
    """The person a document belongs to. The NIK is sealed; the keyed hashes are for matching only."""

    __tablename__ = "recipient"
    __table_args__ = (own("recipient"), Index("ix_recipient_office_nik", "office", "nik_match"))

    name: Mapped[str] = mapped_column(String(120))
    nik_sealed: Mapped[str] = mapped_column(String(120))
    nik_match: Mapped[str] = mapped_column(String(64))
    nik_last4_match: Mapped[str] = mapped_column(String(64), index=True)
    phone: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(120), default="", server_default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    landmark: Mapped[str] = mapped_column(String(150), default="")
    lat: Mapped[float | None]  # of the house itself, where somebody measured it
    lon: Mapped[float | None]
    regency: Mapped[str] = mapped_column(String(80), default="")  # of an address outside the office's own
    household: Mapped[str] = mapped_column(String(64), default="")  # keyed hash: equal for one envelope


class Import(OfficeRow, Base):
    """One delivery of rows: a file, or a call of the API. Its sums always add up to its rows."""

    __tablename__ = "import"
    __table_args__ = (
        own("import"),
        Index(
            "ux_import_file",
            "office",
            "sha256",
            "is_dry_run",
            unique=True,
            sqlite_where=text("sha256 <> ''"),
            postgresql_where=text("sha256 <> ''"),
        ),
    )

    source: Mapped[str] = mapped_column(String(40))
    filename: Mapped[str] = mapped_column(String(200), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    is_dry_run: Mapped[bool] = mapped_column(default=False)
    depot_id: Mapped[str | None] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(12), default="waiting")  # waiting, reading, done, unreadable
    problem: Mapped[str] = mapped_column(String(400), default="")
    total: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    review: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class ImportRow(OfficeRow, Base):
    """One row of an import and what became of it: accepted, known, review or refused."""

    __tablename__ = "import_row"
    __table_args__ = (
        own("import_row"),
        UniqueConstraint("import_id", "row_no"),
        points_at("import_id", "import"),
        points_at("document_id", "document"),
        Index("ix_import_row_office_outcome", "office", "outcome"),
    )

    import_id: Mapped[str] = mapped_column(String(16))
    row_no: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(10))
    document_id: Mapped[str | None] = mapped_column(String(16))
    field: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    # while in review: what tells the row again when it comes once more (as in Document), the row as it came, sealed,
    # and the villages it may mean [{code, label, confidence}]
    request_key: Mapped[str] = mapped_column(String(60), default="")
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    row_sealed: Mapped[str] = mapped_column(String(4000), default="")
    candidates: Mapped[list[dict[str, str | float]] | None] = mapped_column(JsonColumn)
    decided_by: Mapped[str] = mapped_column(String(40), default="")
    decided_at: Mapped[datetime | None]
