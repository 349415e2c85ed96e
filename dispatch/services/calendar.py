"""On which days an office works, and how ages and promises are counted.

Three sources, the later one wins: the weekend, Indonesia's public holidays and joint leave (python `holidays`), and the
office's own exceptions (`CalendarDay`): open on a Sunday, closed for a ceremony. Islamic holidays of coming years are
estimates until the yearly decree, so the exceptions are how an office corrects them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.services.offices import rules_on
from dispatch.store.db import now
from dispatch.store.models import CalendarDay, Office

_WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_WEEKDAYS_SHORT = ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
_SATURDAY = 5
_DAY = timedelta(days=1)
# the longest Eid leave is under two weeks; beyond this the exceptions themselves make no sense
_FARTHEST = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class OfficeDay:
    """The office's own word on one day."""

    is_open: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one office, as they stand now. A value: it asks no database."""

    zone: ZoneInfo
    exceptions: Mapping[date, OfficeDay]

    def local_date(self, instant: datetime) -> date:
        """The office's date at an aware instant."""
        return instant.astimezone(self.zone).date()

    def is_working_day(self, day: date) -> bool:
        """Whether the office works on this day."""
        own = self.exceptions.get(day)
        if own is not None:
            return own.is_open
        return day.weekday() < _SATURDAY and day not in holidays_of(day.year)

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after a day (not before it: `count` is 0 or more; 0 gives the day itself).

        ValueError when the exceptions close the office for months."""
        if count < 0:
            raise ValueError(f"working days are counted forward, not by {count}")
        reached = day
        for _ in range(count):
            reached = self._next(reached)
        return reached

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; 0 when `end` is not after `start`."""
        days = (end - start).days
        return sum(self.is_working_day(start + timedelta(days=n)) for n in range(1, days + 1))

    def why_closed(self, day: date) -> str:
        """Indonesian words for why the office does not work on this day; empty when it does."""
        if self.is_working_day(day):
            return ""
        own = self.exceptions.get(day)
        if own is not None:
            return own.note or "kantor ditutup"
        return holidays_of(day.year).get(day, "") or f"hari {weekday_name(day)}"

    def _next(self, day: date) -> date:
        candidate = day + _DAY
        while not self.is_working_day(candidate):
            candidate += _DAY
            if candidate - day > _FARTHEST:
                raise ValueError(f"the office has no working day within {_FARTHEST.days} days after {day}")
        return candidate


@lru_cache(maxsize=64)
def holidays_of(year: int) -> Mapping[date, str]:
    """Indonesia's public holidays and joint leave of one year with their names."""
    return dict(holidays.country_holidays("ID", years=year, categories=("public", "government")))


def calendar_of(session: Session, office: str) -> Calendar:
    """The office's calendar with its own exceptions."""
    zone = session.scalar(select(Office.timezone).where(Office.code == office))
    if zone is None:
        raise NotFound(f"there is no office {office}")
    own = session.scalars(select(CalendarDay).where(CalendarDay.office == office))
    return Calendar(ZoneInfo(zone), {row.day: OfficeDay(row.is_open, row.note) for row in own})


def today(session: Session, calendar: Calendar) -> date:
    """The office's date now."""
    return calendar.local_date(now(session))


def promised_day(session: Session, office: str, calendar: Calendar, printed_on: date) -> date:
    """The day by which a document printed on this day should be with its village, by the rules of its print day."""
    return calendar.add_working_days(printed_on, rules_on(session, office, printed_on).promise_working_days)


def weekday_name(day: date) -> str:
    """ "Senin" … "Minggu"."""
    return _WEEKDAYS[day.weekday()]


def short_date(day: date) -> str:
    """A date as people here write it in a list: "Sel 24 Nov 2026"."""
    return f"{_WEEKDAYS_SHORT[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"
