"""The days a report is about: local dates of the office, first and last both counting."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dispatch.errors import Invalid

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip
LONGEST = timedelta(days=366)
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From the first day's midnight up to, not including, the midnight after the last."""

    first: date
    last: date
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if not self.first <= self.last < self.first + LONGEST:
            raise Invalid("a report covers at least one day and at most a year")

    @property
    def start(self) -> datetime:
        """The instant it begins."""
        return datetime.combine(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)

    @property
    def month(self) -> str:
        """ "2026-11" when it is exactly that month, else empty."""
        is_whole = self.first.day == 1 and self.last == _last_of(self.first)
        return f"{self.first:%Y-%m}" if is_whole else ""

    @property
    def words(self) -> str:
        """ "November 2026", or "1 sampai 15 November 2026"."""
        if self.month:
            return f"{MONTHS[self.first.month - 1]} {self.first.year}"
        if self.first == self.last:
            return _written(self.first)
        return f"{_written(self.first)} sampai {_written(self.last)}"


def month_of(text: str, zone: ZoneInfo) -> Period:
    """The month written "2026-11"; Invalid for anything else."""
    found = _MONTH.fullmatch(text)
    if found is None:
        raise Invalid("a month is written YYYY-MM")
    first = date(int(found[1]), int(found[2]), 1)
    return Period(first=first, last=_last_of(first), zone=zone)


def days_before(day: date, count: int, zone: ZoneInfo) -> Period:
    """So many days up to and including this one."""
    return Period(first=day - timedelta(days=count - 1), last=day, zone=zone)


def month_before(day: date) -> str:
    """The month before a day's, as it is written."""
    return f"{day.replace(day=1) - timedelta(days=1):%Y-%m}"


def _last_of(first: date) -> date:
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return following - timedelta(days=1)


def _written(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
