"""The second leg and what travels back: where documents of a kind go, old cards, enquiries, reminders."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import OfficeRow, Stated, in_village, own, points_at


class DeliveryDefault(OfficeRow, Base):
    """Where documents go that do not say it themselves. An empty village or kind means any; the closest row counts."""

    __tablename__ = "delivery_default"
    __table_args__ = (UniqueConstraint("office", "village_code", "kind"),)

    village_code: Mapped[str] = mapped_column(String(13), default="")
    kind: Mapped[str] = mapped_column(String(20), default="")
    destination: Mapped[str] = mapped_column(String(16))  # village_office, district_office, home


class OldCards(OfficeRow, Stated, Base):
    """Old cards given up on one occasion, counted by whoever took them; they have one holder until the office's count.

    Cards taken at a desk have its code; `route_id` is the route that brings them."""

    __tablename__ = "old_cards"
    __table_args__ = (
        own("old_cards"),
        points_at("proof_id", "proof"),
        points_at("route_id", "route"),
        points_at("count_id", "old_card_count"),
        in_village(),
        CheckConstraint("cards >= 1", name="cards"),
    )

    proof_id: Mapped[str] = mapped_column(String(16), index=True)
    village_code: Mapped[str] = mapped_column(String(13))
    route_id: Mapped[str | None] = mapped_column(String(16), index=True)
    count_id: Mapped[str | None] = mapped_column(String(16), index=True)
    cards: Mapped[int]
    holder_kind: Mapped[str] = mapped_column(String(16))
    holder_id: Mapped[str] = mapped_column(String(16))
    collected_at: Mapped[datetime]


class OldCardCount(OfficeRow, Base):
    """The office counted the old cards of one courier or desk: what was to come, and what was there."""

    __tablename__ = "old_card_count"
    __table_args__ = (own("old_card_count"),)

    holder_kind: Mapped[str] = mapped_column(String(16))
    holder_id: Mapped[str] = mapped_column(String(16))
    expected: Mapped[int]
    found: Mapped[int]
    counted_by: Mapped[str] = mapped_column(String(40))
    counted_at: Mapped[datetime]


class Enquiry(OfficeRow, Base):
    """A desk asks the office where something is. The case holds the answer; the office owes it until `due_on`."""

    __tablename__ = "enquiry"
    __table_args__ = (own("enquiry"), points_at("case_id", "exception_case"), in_village())

    case_id: Mapped[str] = mapped_column(String(16), unique=True)
    village_code: Mapped[str] = mapped_column(String(13), index=True)
    note: Mapped[str] = mapped_column(String(200), default="")
    asked_by: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime]
    due_on: Mapped[date]


class Reminder(OfficeRow, Base):
    """Somebody was reminded: a citizen of one document by the desk, or the desk of all that waits by the office."""

    __tablename__ = "reminder"
    __table_args__ = (points_at("document_id", "document"), in_village())

    village_code: Mapped[str] = mapped_column(String(13), index=True)
    document_id: Mapped[str | None] = mapped_column(String(16), index=True)
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
