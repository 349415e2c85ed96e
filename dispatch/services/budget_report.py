"""What the budget shows: each line's standing, when its money ends at the present pace, and its entries."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.services.calendar import Calendar
from dispatch.services.ledger import ceiling, lines_of
from dispatch.store.models import Assignment, BudgetLine, LedgerEntry

PACE_DAYS = 20  # working days over which the pace of spending is measured
SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One line now. `pace`: rupiah a working day; `ends`: the day on which it would have nothing left at that pace,
    None when it lasts to the end of its year, or nothing is spent."""

    line: BudgetLine
    ceiling: int
    pace: int
    ends: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All lines of a year and what they are together; `uncovered` is owed and stands in no line."""

    year: int
    standings: Sequence[Standing]
    ceiling: int
    available: int
    committed: int
    realised: int
    pace: int
    ends: date | None
    uncovered: int


def overview(session: Session, office: str, year: int, calendar: Calendar, today: date) -> Overview:
    """How the budget of a year stands, and until when it lasts."""
    lines = lines_of(session, office, year)
    spent = {line.id: _pace(session, line, calendar, today) for line in lines}
    standings = [
        Standing(
            line=line, ceiling=ceiling(line), pace=spent[line.id], ends=_end(line.available, spent[line.id], line.year,
            calendar, today),
        )
        for line in lines
    ]  # fmt: skip
    uncovered = select(func.coalesce(func.sum(Assignment.uncovered), 0)).where(Assignment.office == office)
    available = sum(line.available for line in lines)
    pace = sum(spent.values())
    return Overview(
        year=year,
        standings=standings,
        ceiling=sum(one.ceiling for one in standings),
        available=available,
        committed=sum(line.committed for line in lines),
        realised=sum(line.realised for line in lines),
        pace=pace,
        ends=_end(available, pace, year, calendar, today),
        uncovered=session.scalars(uncovered).one(),
    )


def years_of(session: Session, office: str) -> Sequence[int]:
    """The years that have lines, the latest first."""
    asked = select(BudgetLine.year).where(BudgetLine.office == office).distinct().order_by(BudgetLine.year.desc())
    return session.scalars(asked).all()


def entries_of(
    session: Session, office: str, year: int, *, line_id: str = "", most: int | None = SHOWN, offset: int = 0
) -> Sequence[tuple[LedgerEntry, BudgetLine, str]]:
    """Entries of a year with their line and the order's reference, the latest first."""
    asked = (
        select(LedgerEntry, BudgetLine, func.coalesce(Assignment.reference, ""))
        .join(BudgetLine, BudgetLine.id == LedgerEntry.line_id)
        .outerjoin(Assignment, Assignment.id == LedgerEntry.assignment_id)
        .where(LedgerEntry.office == office, BudgetLine.year == year)
        .order_by(LedgerEntry.number.desc())
    )
    if line_id:
        asked = asked.where(LedgerEntry.line_id == line_id)
    rows = session.execute(asked.limit(most).offset(offset)).all()
    return [(entry, line, reference) for entry, line, reference in rows]


def ledger_csv(session: Session, office: str, year: int) -> bytes:
    """The whole ledger of a year, oldest first, as a table for spreadsheets (semicolons would break none of ours)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["nomor", "tanggal", "sumber", "kegiatan", "rekening", "uraian", "mutasi", "dari", "ke", "pos", "rupiah",
         "pesanan", "oleh", "keterangan"]
    )  # fmt: skip
    for entry, line, reference in reversed(entries_of(session, office, year, most=None)):
        writer.writerow(
            [entry.number, entry.day, _plain(line.source), _plain(line.activity), _plain(line.account),
             _plain(line.name), entry.act, entry.taken_from, entry.given_to, entry.item, entry.rupiah, reference,
             entry.by, _plain(entry.why)]
        )  # fmt: skip
    return text.getvalue().encode("utf-8-sig")


def _plain(text: str) -> str:
    """A spreadsheet must not take what a person wrote for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _pace(session: Session, line: BudgetLine, calendar: Calendar, today: date) -> int:
    """Rupiah committed a working day, of the last working days on which the line was in use; given back counts off."""
    begun = session.scalar(
        select(func.min(LedgerEntry.day)).where(LedgerEntry.line_id == line.id, LedgerEntry.act == "commit")
    )
    if begun is None:
        return 0
    start, seen = today, 0
    while start > begun and seen < PACE_DAYS:
        seen += calendar.is_working_day(start)
        start -= timedelta(days=1)
    start = max(start, begun)
    days = max(1, sum(calendar.is_working_day(start + timedelta(n)) for n in range((today - start).days + 1)))
    sums = session.execute(
        select(LedgerEntry.taken_from, func.sum(LedgerEntry.rupiah))
        .where(LedgerEntry.line_id == line.id, LedgerEntry.act != "grant", LedgerEntry.day >= start)
        .where((LedgerEntry.taken_from == "available") | (LedgerEntry.given_to == "available"))
        .group_by(LedgerEntry.taken_from)
    ).all()
    spent = sum(int(amount) if taken_from == "available" else -int(amount) for taken_from, amount in sums)
    return max(0, round(spent / days))


def _end(available: int, pace: int, year: int, calendar: Calendar, today: date) -> date | None:
    """The working day on which a day's spending is no longer there; None when that is not in this year."""
    if pace <= 0:
        return None
    last = date(year, 12, 31)
    day, left = today, available
    while left >= pace:
        left -= pace
        day += timedelta(days=1)
        while day <= last and not calendar.is_working_day(day):
            day += timedelta(days=1)
        if day > last:
            return None
    return day
