"""By which rules an office releases documents, kind by kind and from a date on."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import JsonColumn, OfficeRow, own


class ReleasePolicy(OfficeRow, Base):
    """One rule as it was decided. Rows are only ever added: the newest that has begun counts, the older ones stay."""

    __tablename__ = "release_policy"
    __table_args__ = (
        own("release_policy"),
        UniqueConstraint("office", "kind", "valid_from", "revision"),
        CheckConstraint("attempts >= 1 AND waiting_days >= 0 AND fee_rupiah >= 0 AND revision >= 1", name="bounds"),
    )

    kind: Mapped[str] = mapped_column(String(20), default="")  # empty: every kind without a rule of its own
    valid_from: Mapped[date]
    revision: Mapped[int] = mapped_column(default=1)  # of the same first day the last word counts
    practice: Mapped[str] = mapped_column(String(40), default="")  # the shipped practice it was taken from
    receivers: Mapped[list[str]] = mapped_column(JsonColumn)
    attempts: Mapped[int]
    waiting_place: Mapped[str] = mapped_column(String(16))
    waiting_days: Mapped[int]  # working days after the last attempt; 0: straight back to the office
    swap_old_card: Mapped[bool]
    fee_rupiah: Mapped[int]
    payer: Mapped[str] = mapped_column(String(8))
    photo: Mapped[str] = mapped_column(String(8))  # required, optional, off
    signature: Mapped[str] = mapped_column(String(8))
    code: Mapped[str] = mapped_column(String(8))
    scan: Mapped[str] = mapped_column(String(8))
    decided_by: Mapped[str] = mapped_column(String(40))
    decided_at: Mapped[datetime]
