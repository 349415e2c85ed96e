"""The office's money: lines of its budget, the ledger that moves rupiah between accounts, the ladder of carriers."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import JsonColumn, OfficeRow, own, points_at


class BudgetLine(OfficeRow, Base):
    """One line of a year's budget: its ceiling is what is available, committed and realised together.

    The three are the sums of the line's ledger entries; no one but the ledger writes them, and the database itself
    refuses a line that is overdrawn.

    `channels` and `kinds` say what it pays (empty: everything); of several that could, the one of the lowest `position`
    that has enough left does."""

    __tablename__ = "budget_line"
    __table_args__ = (
        own("budget_line"),
        UniqueConstraint("office", "year", "source", "activity", "account"),
        CheckConstraint("available >= 0 AND committed >= 0 AND realised >= 0", name="not_overdrawn"),
    )

    year: Mapped[int]
    source: Mapped[str] = mapped_column(String(12))  # APBD, DAK, …
    activity: Mapped[str] = mapped_column(String(40))  # code of the kegiatan
    account: Mapped[str] = mapped_column(String(40))  # code of the rekening
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(default=1)
    channels: Mapped[list[str]] = mapped_column(JsonColumn, default=list)  # ojek, post, partner
    kinds: Mapped[list[str]] = mapped_column(JsonColumn, default=list)  # of documents
    is_active: Mapped[bool] = mapped_column(default=True)
    available: Mapped[int] = mapped_column(BigInteger, default=0)
    committed: Mapped[int] = mapped_column(BigInteger, default=0)
    realised: Mapped[int] = mapped_column(BigInteger, default=0)
    created_by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]


class LedgerEntry(OfficeRow, Base):
    """So many rupiah of one line move from one account to another. Rows are only ever added, numbered per office.

    An entry takes from one account exactly what it gives to the other, so the sum over all accounts is always 0."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("office", "number"),
        points_at("line_id", "budget_line"),
        points_at("assignment_id", "assignment"),
        CheckConstraint("rupiah > 0 AND taken_from <> given_to", name="moves"),
    )

    number: Mapped[int]
    line_id: Mapped[str] = mapped_column(String(16), index=True)
    taken_from: Mapped[str] = mapped_column(String(10))  # granted, available, committed, realised
    given_to: Mapped[str] = mapped_column(String(10))
    rupiah: Mapped[int] = mapped_column(BigInteger)
    act: Mapped[str] = mapped_column(String(10))  # grant, commit, realise, reverse, correct
    item: Mapped[str] = mapped_column(String(10), default="")  # of an assignment: fare or rounding
    assignment_id: Mapped[str | None] = mapped_column(String(16), index=True)
    day: Mapped[date]  # the office's date
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(40))
    why: Mapped[str] = mapped_column(String(200), default="")


class FallbackLadder(OfficeRow, Base):
    """To whom work goes that its carrier did not take, from a date on; the newest row that has begun counts."""

    __tablename__ = "fallback_ladder"
    __table_args__ = (UniqueConstraint("office", "valid_from", "revision"),)

    valid_from: Mapped[date]
    revision: Mapped[int] = mapped_column(default=1)
    steps: Mapped[list[str]] = mapped_column(JsonColumn)  # partners by name, "post_counter", "next_day"
    decided_by: Mapped[str] = mapped_column(String(40))
    decided_at: Mapped[datetime]
