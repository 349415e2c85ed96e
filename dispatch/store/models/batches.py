"""Documents that go to one destination together."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import OfficeRow, Stated, in_village, own, points_at


class Batch(OfficeRow, Stated, Base):
    """The documents that go to one destination together, counted when it is sealed."""

    __tablename__ = "batch"
    __table_args__ = (
        own("batch"),
        UniqueConstraint("office", "code"),
        points_at("depot_id", "depot"),
        in_village(),
    )

    code: Mapped[str] = mapped_column(String(12))  # what people say and print: "K7-31"
    destination: Mapped[str] = mapped_column(String(16), default="village_office")
    # of a kecamatan office its own code, of a home the village it lies in
    village_code: Mapped[str] = mapped_column(String(13))
    household: Mapped[str] = mapped_column(String(64), default="")  # of a home batch, as in Recipient
    outreach_id: Mapped[str | None] = mapped_column(String(16), index=True)  # it rides to this mobile service
    depot_id: Mapped[str] = mapped_column(String(16))
    released_by: Mapped[str] = mapped_column(String(10), default="")  # fill, age, urgent, hand, outreach
    documents: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    sealed_at: Mapped[datetime | None]


class BatchItem(OfficeRow, Base):
    """One line of a batch's manifest; stays when the document has long moved on."""

    __tablename__ = "batch_item"
    __table_args__ = (
        UniqueConstraint("batch_id", "document_id"),
        UniqueConstraint("batch_id", "line_no"),
        points_at("batch_id", "batch"),
        points_at("document_id", "document"),
    )

    batch_id: Mapped[str] = mapped_column(String(16))
    document_id: Mapped[str] = mapped_column(String(16), index=True)
    line_no: Mapped[int]
