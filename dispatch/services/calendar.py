"""On which days an office works, and how ages and promises are counted.

Three sources, the later one wins: the weekend, Indonesia's public holidays and joint leave (python `holidays`), and the
office's own exceptions (`CalendarDay`): open on a Sunday, closed for a ceremony. Islamic holidays of coming years are
estimates until the yearly decree, so the exceptions are how an office corrects them.

A day on which only the office works (a Sunday of weekend service) is one for prints, homes and keyholders: village
offices keep the public calendar unless the exception says that they are open, too. One print point or one village may
differ for a day of its own (`PlaceDay`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.services.offices import rules_on
from dispatch.store.db import now
from dispatch.store.models import CalendarDay, Office, PlaceDay

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
    desks_open: bool = False
    """Whether village offices are open on a day that the public calendar closes."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one office, as they stand now. A value: it asks no database."""

    zone: ZoneInfo
    exceptions: Mapping[date, OfficeDay]
    place_days: Mapping[tuple[str, date], OfficeDay] = field(default_factory=dict)
    """What single print points and village offices said of a day."""

    def local_date(self, instant: datetime) -> date:
        """The office's date at an aware instant."""
        return instant.astimezone(self.zone).date()

    def is_working_day(self, day: date) -> bool:
        """Whether the office works on this day."""
        own = self.exceptions.get(day)
        if own is not None:
            return own.is_open
        return is_public_working_day(day)

    def desks_receive(self, day: date, village_code: str = "") -> bool:
        """Whether village offices (or this very one) receive on this day."""
        single = self.place_days.get((village_code, day))
        if single is not None:
            return single.is_open
        own = self.exceptions.get(day)
        if own is not None:
            return own.is_open and (own.desks_open or is_public_working_day(day))
        return is_public_working_day(day)

    def prints_at(self, depot_id: str, day: date) -> bool:
        """Whether a print point works on this day."""
        single = self.place_days.get((depot_id, day))
        return self.is_working_day(day) if single is None else single.is_open

    def desk_day(self, day: date, village_code: str = "") -> date:
        """The first day from this one on, on which village offices (or this one) receive and the office works."""
        found = day
        while not (self.desks_receive(found, village_code) and self.is_working_day(found)):
            found += _DAY
            if found - day > _FARTHEST:
                raise ValueError(f"no village office receives within {_FARTHEST.days} days after {day}")
        return found

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


def is_public_working_day(day: date) -> bool:
    """Monday to Friday without public holidays and joint leave."""
    return day.weekday() < _SATURDAY and day not in holidays_of(day.year)


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
    places = session.scalars(select(PlaceDay).where(PlaceDay.office == office))
    return Calendar(
        ZoneInfo(zone),
        {row.day: OfficeDay(row.is_open, row.note, row.desks_open) for row in own},
        {(row.place, row.day): OfficeDay(row.is_open, row.note) for row in places},
    )


def today(session: Session, calendar: Calendar) -> date:
    """The office's date now."""
    return calendar.local_date(now(session))


def promised_day(session: Session, office: str, calendar: Calendar, printed_on: date, *, at_desk: bool = False) -> date:
    """The day by which a document printed on this day should be with its village, by the rules of its print day.

    `at_desk`: a village office brings it about, so it has to be a day on which these receive."""
    day = calendar.add_working_days(printed_on, rules_on(session, office, printed_on).promise_working_days)
    return calendar.desk_day(day) if at_desk else day


def weekday_name(day: date) -> str:
    """ "Senin" … "Minggu"."""
    return _WEEKDAYS[day.weekday()]


def short_date(day: date) -> str:
    """A date as people here write it in a list: "Sel 24 Nov 2026"."""
    return f"{_WEEKDAYS_SHORT[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"
