"""What happens before a courier leaves: days and hours, queue numbers, printers, blanks, promises and backlog plans."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import Json, JsonColumn, OfficeRow, in_village, own, points_at


class CalendarChange(OfficeRow, Base):
    """Somebody's word on a range of days: who, when, why. Never changed; what it did is in the days' own rows.

    `place`: empty for the office, a depot's id, a village's code. `verdict`: open, closed, or usual (as the public
    calendar says). `weekdays`: 0 (Monday) … 6; empty: every day of the range."""

    __tablename__ = "calendar_change"

    place: Mapped[str] = mapped_column(String(16), default="")
    first_day: Mapped[date]
    last_day: Mapped[date]
    weekdays: Mapped[list[int]] = mapped_column(JsonColumn)
    verdict: Mapped[str] = mapped_column(String(8))
    desks_open: Mapped[bool] = mapped_column(default=False)
    why: Mapped[str] = mapped_column(String(200))
    decided_by: Mapped[str] = mapped_column(String(40))
    decided_at: Mapped[datetime]


class PlaceDay(OfficeRow, Base):
    """A day on which one print point or one village office differs from the office's calendar."""

    __tablename__ = "place_day"
    __table_args__ = (UniqueConstraint("office", "place", "day"),)

    place: Mapped[str] = mapped_column(String(16))
    day: Mapped[date]
    is_open: Mapped[bool]
    note: Mapped[str] = mapped_column(String(200), default="")


class OpeningHours(OfficeRow, Base):
    """Hours from a day on, perhaps only to a day; the newest decision that covers a day counts. Never changed.

    `place`: counter, desks, a depot's id or a village's code. `season`: "" or ramadan (only on its days).
    `hours`: weekday "0" (Monday) … "6" → [[start, end], …] seconds after local midnight."""

    __tablename__ = "opening_hours"
    __table_args__ = (UniqueConstraint("office", "revision"),)

    revision: Mapped[int]
    place: Mapped[str] = mapped_column(String(16))
    season: Mapped[str] = mapped_column(String(8), default="")
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    hours: Mapped[Json] = mapped_column(JsonColumn)
    why: Mapped[str] = mapped_column(String(200))
    decided_by: Mapped[str] = mapped_column(String(40))
    decided_at: Mapped[datetime]


class RamadanDays(OfficeRow, Base):
    """Ramadan of one Hijri year as decreed, where that differs from the computed days; the newest word counts."""

    __tablename__ = "ramadan_days"
    __table_args__ = (UniqueConstraint("office", "hijri_year", "revision"),)

    hijri_year: Mapped[int]
    revision: Mapped[int]
    first_day: Mapped[date]
    last_day: Mapped[date]
    why: Mapped[str] = mapped_column(String(200))
    decided_by: Mapped[str] = mapped_column(String(40))
    decided_at: Mapped[datetime]


class Quota(OfficeRow, Base):
    """How many people and prints a day takes, from a day on. Rows are only added; the newest that has begun counts."""

    __tablename__ = "quota"
    __table_args__ = (UniqueConstraint("office", "valid_from", "revision"),)

    valid_from: Mapped[date]
    revision: Mapped[int]
    queue_per_day: Mapped[int]
    prints_per_day: Mapped[int]
    urgent_per_village: Mapped[int]
    urgent_needs_grant: Mapped[bool]
    why: Mapped[str] = mapped_column(String(200))
    decided_by: Mapped[str] = mapped_column(String(40))
    decided_at: Mapped[datetime]


class Appointment(OfficeRow, Base):
    """One queue number of one day. No name and no NIK: the request number is enough to call somebody."""

    __tablename__ = "appointment"
    __table_args__ = (
        Index(
            "ux_appointment_number",
            "office",
            "day",
            "number",
            unique=True,
            sqlite_where=text("cancelled_at IS NULL"),
            postgresql_where=text("cancelled_at IS NULL"),
        ),
        Index(
            "ux_appointment_request",
            "office",
            "request_number",
            unique=True,
            sqlite_where=text("cancelled_at IS NULL AND came_at IS NULL"),
            postgresql_where=text("cancelled_at IS NULL AND came_at IS NULL"),
        ),
        in_village(),
    )

    day: Mapped[date]
    number: Mapped[int]
    asked_for: Mapped[date]
    channel: Mapped[str] = mapped_column(String(12))
    request_number: Mapped[str] = mapped_column(String(60))
    village_code: Mapped[str | None] = mapped_column(String(13))
    booked_by: Mapped[str] = mapped_column(String(40))
    booked_at: Mapped[datetime]
    came_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class UrgentGrant(OfficeRow, Base):
    """A person let one request through the urgent lane, on two recommendations."""

    __tablename__ = "urgent_grant"
    __table_args__ = (
        UniqueConstraint("office", "request_number"),
        Index("ix_urgent_grant_day", "office", "day", "village_code"),
        in_village(),
    )

    day: Mapped[date]
    village_code: Mapped[str] = mapped_column(String(13))
    request_number: Mapped[str] = mapped_column(String(60))
    need: Mapped[str] = mapped_column(String(20))
    village_reference: Mapped[str] = mapped_column(String(80))
    district_reference: Mapped[str] = mapped_column(String(80))
    approved_by: Mapped[str] = mapped_column(String(40))
    approved_at: Mapped[datetime]


class Printer(OfficeRow, Base):
    """A card printer at a print point."""

    __tablename__ = "printer"
    __table_args__ = (UniqueConstraint("office", "depot_id", "name"), points_at("depot_id", "depot"))

    depot_id: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(60))
    cards_per_hour: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)
    note: Mapped[str] = mapped_column(String(200), default="")


class BlankStock(OfficeRow, Base):
    """How many blanks of a kind lie at a print point now: always the sum of its movements."""

    __tablename__ = "blank_stock"
    __table_args__ = (
        UniqueConstraint("office", "depot_id", "blank"),
        points_at("depot_id", "depot"),
        CheckConstraint("pieces >= 0", name="not_negative"),
    )

    depot_id: Mapped[str] = mapped_column(String(16))
    blank: Mapped[str] = mapped_column(String(12))
    pieces: Mapped[int] = mapped_column(default=0)


class BlankTransfer(OfficeRow, Base):
    """Blanks on their way between two print points: counted when they leave and when they arrive."""

    __tablename__ = "blank_transfer"
    __table_args__ = (own("blank_transfer"), points_at("from_depot_id", "depot"), points_at("to_depot_id", "depot"))

    blank: Mapped[str] = mapped_column(String(12))
    from_depot_id: Mapped[str] = mapped_column(String(16))
    to_depot_id: Mapped[str] = mapped_column(String(16))
    sent: Mapped[int]
    received: Mapped[int | None]
    sent_by: Mapped[str] = mapped_column(String(40))
    sent_at: Mapped[datetime]
    received_by: Mapped[str] = mapped_column(String(40), default="")
    received_at: Mapped[datetime | None]


class BlankMovement(OfficeRow, Base):
    """Blanks came or went at a print point. Never changed. `pieces` is negative when they went.

    `kind`: receipt, print, unused (back from a print run), sent, arrived, counted (a person's count differed)."""

    __tablename__ = "blank_movement"
    __table_args__ = (
        points_at("depot_id", "depot"),
        points_at("transfer_id", "blank_transfer"),
        points_at("run_id", "print_run"),
        Index("ix_blank_movement_depot", "office", "depot_id", "blank"),
    )

    depot_id: Mapped[str] = mapped_column(String(16))
    blank: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(10))
    pieces: Mapped[int]
    reference: Mapped[str] = mapped_column(String(80), default="")
    transfer_id: Mapped[str | None] = mapped_column(String(16))
    run_id: Mapped[str | None] = mapped_column(String(16))
    moved_by: Mapped[str] = mapped_column(String(40))
    moved_at: Mapped[datetime]


class BlankDelivery(OfficeRow, Base):
    """Blanks that somebody announced for a day; closed when they came, or never will."""

    __tablename__ = "blank_delivery"
    __table_args__ = (points_at("depot_id", "depot"),)

    depot_id: Mapped[str] = mapped_column(String(16))
    blank: Mapped[str] = mapped_column(String(12))
    expected_on: Mapped[date]
    pieces: Mapped[int]
    reference: Mapped[str] = mapped_column(String(80), default="")
    announced_by: Mapped[str] = mapped_column(String(40))
    announced_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class PrintRun(OfficeRow, Base):
    """What one print point set out to print together; a line for each document."""

    __tablename__ = "print_run"
    __table_args__ = (own("print_run"), points_at("depot_id", "depot"))

    depot_id: Mapped[str] = mapped_column(String(16))
    day: Mapped[date]
    documents: Mapped[int]
    begun_by: Mapped[str] = mapped_column(String(40))
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PrintLine(OfficeRow, Base):
    """One document of a print run. `blank` empty: plain paper. `outcome`: empty, printed, spoiled or unused."""

    __tablename__ = "print_line"
    __table_args__ = (
        UniqueConstraint("run_id", "document_id"),
        points_at("run_id", "print_run"),
        points_at("document_id", "document"),
    )

    run_id: Mapped[str] = mapped_column(String(16))
    document_id: Mapped[str] = mapped_column(String(16), index=True)
    blank: Mapped[str] = mapped_column(String(12), default="")
    outcome: Mapped[str] = mapped_column(String(8), default="")


class PromiseChange(OfficeRow, Base):
    """A document's promised day was moved: what was told before, what is told now, and why. Never changed.

    Told by a person (`told_at`), or by a message of the outbox as the settings of that moment want it.

    The first promise is the `was` of the first change, or the document's own day where there is none."""

    __tablename__ = "promise_change"
    __table_args__ = (
        UniqueConstraint("document_id", "seq"),
        points_at("document_id", "document"),
        points_at("message_id", "message"),
        Index("ix_promise_change_untold", "office", "told_at"),
    )

    document_id: Mapped[str] = mapped_column(String(16))
    seq: Mapped[int]
    was: Mapped[date]
    becomes: Mapped[date]
    cause: Mapped[str] = mapped_column(String(12))
    changed_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    settings_revision: Mapped[int] = mapped_column(default=0, server_default="0")  # of the messages; 0: none decided
    message_id: Mapped[str | None] = mapped_column(String(16), index=True)


class BacklogPlan(OfficeRow, Base):
    """A question about the coming weeks and its answer: when a backlog will be gone, and what would make it sooner."""

    __tablename__ = "backlog_plan"
    __table_args__ = (own("backlog_plan"),)

    name: Mapped[str] = mapped_column(String(80), default="")
    question: Mapped[Json] = mapped_column(JsonColumn)
    status: Mapped[str] = mapped_column(String(8), default="waiting")  # waiting, working, done, failed
    progress_pct: Mapped[int] = mapped_column(default=0)
    answer: Mapped[Json | None] = mapped_column(JsonColumn)
    problem: Mapped[str] = mapped_column(String(300), default="")
    requested_by: Mapped[str] = mapped_column(String(40))
    requested_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
