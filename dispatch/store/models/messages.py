"""What people are told: the office's settings, the outbox, which change each message tells of, and who wants none."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, PrimaryKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import JsonColumn, OfficeRow, own, points_at


class MessageSettings(OfficeRow, Base):
    """What the office tells its citizens, how and when. Appended only; `from_seq`: the first event it counts for."""

    __tablename__ = "message_settings"
    __table_args__ = (own("message_settings"), UniqueConstraint("office", "revision"))

    revision: Mapped[int]
    from_seq: Mapped[int]
    is_on: Mapped[bool]
    news: Mapped[list[str]] = mapped_column(JsonColumn)
    channels: Mapped[list[str]] = mapped_column(JsonColumn)  # in the order they are tried
    templates: Mapped[dict[str, str]] = mapped_column(JsonColumn)
    whatsapp_templates: Mapped[dict[str, str]] = mapped_column(JsonColumn)  # news → name of the approved template
    # seconds after the office's midnight between which nothing is sent; equal: never quiet
    quiet_start_s: Mapped[int]
    quiet_end_s: Mapped[int]
    decided_by: Mapped[str] = mapped_column(String(40))
    decided_at: Mapped[datetime]


class Message(OfficeRow, Base):
    """One message to one person about one change. Name and number stay in the recipient's row; the text is put
    together from both when it is sent or shown."""

    __tablename__ = "message"
    __table_args__ = (
        own("message"),
        points_at("settings_id", "message_settings"),
        points_at("recipient_id", "recipient"),
        points_at("document_id", "document"),
        Index("ix_message_office_status", "office", "status", "created_at"),
    )

    settings_id: Mapped[str] = mapped_column(String(16))
    news: Mapped[str] = mapped_column(String(12))
    recipient_id: Mapped[str] = mapped_column(String(16), index=True)
    document_id: Mapped[str] = mapped_column(String(16), index=True)  # the one whose request number is named
    documents: Mapped[int]
    is_named: Mapped[bool]  # False where the name itself would say too much
    place: Mapped[str] = mapped_column(String(120), default="")
    fee_rupiah: Mapped[int]
    promised_on: Mapped[date | None]  # the new day, where a moved promise is told
    # waiting, sent, delivered, read, failed, by_hand, no_contact, opted_out, stopped
    status: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(10), default="")
    step: Mapped[int] = mapped_column(default=0)  # which of the office's channels is tried
    tries: Mapped[int] = mapped_column(default=0)  # on this channel
    round: Mapped[int] = mapped_column(default=0)  # counts the jobs, so that an old one changes nothing
    partner_reference: Mapped[str] = mapped_column(String(128), default="", index=True)
    error: Mapped[str] = mapped_column(String(80), default="")
    sent_by: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class Announced(Base):
    """Which message tells of a change; no change is told twice."""

    __tablename__ = "announced"
    __table_args__ = (
        PrimaryKeyConstraint("office", "event_seq"),
        ForeignKeyConstraint(["office", "event_seq"], ["event.office", "event.seq"]),
        points_at("message_id", "message"),
    )

    office: Mapped[str] = mapped_column(String(5))
    event_seq: Mapped[int]
    message_id: Mapped[str] = mapped_column(String(16), index=True)


class ChannelAccount(OfficeRow, Base):
    """The office's account with one way to reach people; what is secret in it is sealed."""

    __tablename__ = "channel_account"
    __table_args__ = (UniqueConstraint("office", "channel"),)

    channel: Mapped[str] = mapped_column(String(10))
    settings_sealed: Mapped[str] = mapped_column(String(4000))
    changed_at: Mapped[datetime]


class ChannelEvent(OfficeRow, Base):
    """What a channel told us, kept before it is answered: a message's fate, or what a person wrote (sealed)."""

    __tablename__ = "channel_event"
    __table_args__ = (UniqueConstraint("office", "channel", "event_id"),)

    channel: Mapped[str] = mapped_column(String(10))
    event_id: Mapped[str] = mapped_column(String(64))  # a hash of the channel's own id, which may hold a number
    kind: Mapped[str] = mapped_column(String(8))  # fate, asked
    content_sealed: Mapped[str] = mapped_column(String(8000))  # emptied once it is applied
    received_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(10), default="waiting")  # waiting, applied, stored, unknown
    applied_at: Mapped[datetime | None]


class Complaint(OfficeRow, Base):
    """A citizen's report about a document. The case holds the answer; what was written is sealed."""

    __tablename__ = "complaint"
    __table_args__ = (
        own("complaint"),
        points_at("case_id", "exception_case"),
        points_at("document_id", "document"),
    )

    case_id: Mapped[str] = mapped_column(String(16), index=True)
    document_id: Mapped[str] = mapped_column(String(16), index=True)
    kind: Mapped[str] = mapped_column(String(24))  # asked_for_money, complaint
    who: Mapped[str] = mapped_column(String(10), default="")
    rupiah: Mapped[int] = mapped_column(default=0)
    note_sealed: Mapped[str] = mapped_column(String(4000), default="")
    received_at: Mapped[datetime]
    due_on: Mapped[date]


class OptOut(OfficeRow, Base):
    """A number or address that wants no messages; only its keyed hash is kept."""

    __tablename__ = "opt_out"
    __table_args__ = (UniqueConstraint("office", "contact_match"),)

    contact_match: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(40))  # "message", or the user who wrote it down
    since: Mapped[datetime]
