"""Who looked for whom, and who took figures or names out of the system."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import OfficeRow


class AccessEvent(OfficeRow, Base):
    """One look at people's data that somebody may have to answer for. Appended only; nothing ever changes a row.

    What was asked is kept as a keyed hash: the same search is seen to be the same, and no name is kept twice.
    """

    __tablename__ = "access_event"
    __table_args__ = (Index("ix_access_event_office_at", "office", "at"),)

    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(16))  # search_name, search_nik, search_last4, export
    subject: Mapped[str] = mapped_column(String(64), default="")  # keyed hash of a search, the list of an export
    found: Mapped[int]  # documents on the answer, or rows of the file
    reason: Mapped[str] = mapped_column(String(200), default="")
    second: Mapped[str] = mapped_column(String(40), default="")  # whoever vouched for a large export
