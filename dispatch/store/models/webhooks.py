"""What the office's own programs are told: where they listen, and each delivery to them."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import JsonColumn, OfficeRow, own, points_at


class WebhookEndpoint(OfficeRow, Base):
    """An address of the office's own system (E-Siap, a SIAK front end); its secrets are sealed."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (own("webhook_endpoint"), UniqueConstraint("office", "url"))

    url: Mapped[str] = mapped_column(String(300))
    states: Mapped[list[str]] = mapped_column(JsonColumn)  # of documents; empty: all
    secrets_sealed: Mapped[str] = mapped_column(String(1000))  # [{"secret", "until"}], the newest first, at most two
    is_active: Mapped[bool] = mapped_column(default=True)
    created_by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class WebhookDelivery(OfficeRow, Base):
    """One event for one endpoint; its id is the webhook-id of every try."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_seq"),
        points_at("endpoint_id", "webhook_endpoint"),
        ForeignKeyConstraint(["office", "event_seq"], ["event.office", "event.seq"]),
        Index("ix_webhook_delivery_newest", "office", "endpoint_id", "created_at"),
    )

    endpoint_id: Mapped[str] = mapped_column(String(16))
    event_seq: Mapped[int]
    status: Mapped[str] = mapped_column(String(8))  # waiting, sent, failed, stopped
    tries: Mapped[int] = mapped_column(default=0)
    round: Mapped[int] = mapped_column(default=0)
    answer: Mapped[int] = mapped_column(default=0)  # the receiver's last status; 0: none came
    error: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
