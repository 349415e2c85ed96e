"""What was changed in an office's set-up, by whom and when."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import Json, JsonColumn, OfficeRow, own


class SetUpChange(OfficeRow, Base):
    """One change as it was made. Rows are only ever added; the trail carries a hash of each."""

    __tablename__ = "set_up_change"
    __table_args__ = (own("set_up_change"), Index("ix_set_up_change_office_made", "office", "made_at"))

    subject_kind: Mapped[str] = mapped_column(String(16))  # courier, depot, user, client, rules, partner
    subject_id: Mapped[str] = mapped_column(String(16))
    subject_name: Mapped[str] = mapped_column(String(120))
    changes: Mapped[Json] = mapped_column(JsonColumn)  # {field: [before, after]}; before is null for what is new
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
