"""At which hours the counter, the print points and the village offices are open.

Shipped: Perpres 21/2023 (37.5 hours in five days from 07.30; in Ramadan 32.5 hours from 08.00), its Friday break, and
the village offices' hours of the office's rules. An office's own decision, dated and perhaps for a season, comes
before these; of two that cover a day the newer counts. The days of Ramadan are computed (`hijridate`) and therefore
estimates until the decree; the office corrects them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from hijridate import Gregorian, Hijri
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid
from dispatch.services.calendar import calendar_of, today
from dispatch.services.calendar_changes import is_place
from dispatch.services.offices import rules_on
from dispatch.store import audit
from dispatch.store.audit import Actor, Change
from dispatch.store.db import new_id, now
from dispatch.store.models import OpeningHours, RamadanDays

Spans = tuple[tuple[int, int], ...]
COUNTER, DESKS = "counter", "desks"
RAMADAN = "ramadan"
EVENT = "opening_hours"
_RAMADAN_MONTH = 9


def _spans(*hours: tuple[float, float]) -> Spans:
    return tuple((round(start * 3600), round(end * 3600)) for start, end in hours)


def _week(weekday: Spans, friday: Spans) -> Mapping[int, Spans]:
    return {day: friday if day == 4 else weekday for day in range(5)}


# Perpres 21/2023: breaks of 30 minutes, on Friday of 60
COUNTER_HOURS = _week(_spans((7.5, 12), (12.5, 15.5)), _spans((7.5, 11.5), (12.5, 16)))
COUNTER_RAMADAN = _week(_spans((8, 12), (12.5, 15)), _spans((8, 11.5), (12.5, 15.5)))
DESK_RAMADAN = _week(_spans((8, 13)), _spans((8, 11), (13, 14)))
_EXTRA_DAY = 0
"""A Saturday or Sunday that is open has a Monday's hours."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One row of the office's own hours."""

    place: str
    season: str
    first_day: date
    last_day: date | None
    hours: Mapping[str, Sequence[Sequence[int]]]

    def covers(self, place: str, day: date, *, is_ramadan: bool) -> bool:
        in_time = self.first_day <= day and (self.last_day is None or day <= self.last_day)
        return self.place == place and in_time and (self.season != RAMADAN or is_ramadan)

    def of(self, day: date) -> Spans:
        return tuple((int(start), int(end)) for start, end in self.hours.get(str(day.weekday()), ()))


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of one office, read once. A value: it asks no database."""

    decided: tuple[Decided, ...]
    """The newest first."""
    ramadans: Mapping[int, tuple[date, date]]
    desk_weeks: Mapping[int, Spans]
    """Village offices by the office's rules."""

    def is_ramadan(self, day: date) -> bool:
        """Whether the day is in Ramadan, as computed or as the office corrected it."""
        years = (_hijri_year(day) - 1, _hijri_year(day), _hijri_year(day) + 1)
        return any(first <= day <= last for first, last in (self.ramadan(year) for year in years))

    def ramadan(self, hijri_year: int) -> tuple[date, date]:
        """First and last day."""
        return self.ramadans.get(hijri_year) or computed_ramadan(hijri_year)

    def counter(self, day: date) -> Spans:
        """When the office's counter is open (on a day it works)."""
        return self._own(COUNTER, day) or _shipped(COUNTER_HOURS, COUNTER_RAMADAN, day, self.is_ramadan(day))

    def print_point(self, depot_id: str, day: date) -> Spans:
        """When a print point prints: at the counter's hours unless it has its own."""
        return self._own(depot_id, day) or self.counter(day)

    def desk(self, day: date, village_code: str = "") -> Spans:
        """When village offices, or this one, receive on a day on which they do."""
        own = (self._own(village_code, day) if village_code else None) or self._own(DESKS, day)
        return own or _shipped(self.desk_weeks, DESK_RAMADAN, day, self.is_ramadan(day))

    @property
    def villages(self) -> frozenset[str]:
        """The places that have hours of their own."""
        return frozenset(row.place for row in self.decided) - {COUNTER, DESKS}

    def _own(self, place: str, day: date) -> Spans | None:
        is_ramadan = self.is_ramadan(day)
        for row in self.decided:
            if row.covers(place, day, is_ramadan=is_ramadan):
                # hours said for Ramadan alone leave the other months to whatever was said before
                return row.of(day) or (row.of(_monday(day)) if day.weekday() > 4 else None)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHours:
    """Hours from a day on (`last_day` None: until further notice), always or only in Ramadan."""

    place: str
    first_day: date
    hours: Mapping[str, Sequence[Sequence[int]]]
    why: str
    last_day: date | None = None
    season: str = ""


def hours_of(session: Session, office: str, day: date) -> Hours:
    """The office's hours; `day` picks the rules that give the village offices theirs."""
    rows = session.scalars(
        select(OpeningHours).where(OpeningHours.office == office).order_by(OpeningHours.revision.desc())
    )
    decreed = session.scalars(
        select(RamadanDays).where(RamadanDays.office == office).order_by(RamadanDays.hijri_year, RamadanDays.revision)
    )
    week: Mapping[str, Sequence[Sequence[int]]] = rules_on(session, office, day).village_hours
    return Hours(
        tuple(Decided(row.place, row.season, row.first_day, row.last_day, row.hours) for row in rows),
        {row.hijri_year: (row.first_day, row.last_day) for row in decreed},
        {int(weekday): tuple((start, end) for start, end in spans) for weekday, spans in week.items()},
    )


def decide_hours(session: Session, office: str, new: NewHours, *, by: Actor) -> OpeningHours:
    """Other hours from a day on. What was decided before stays in the history."""
    wrong = _wrong_hours(session, office, new)
    if wrong:
        raise Invalid(fields=wrong)
    head = audit.begin(session, office)
    last = session.scalar(select(func.max(OpeningHours.revision)).where(OpeningHours.office == office)) or 0
    row = OpeningHours(
        id=new_id(),
        office=office,
        revision=last + 1,
        place=new.place,
        season=new.season,
        first_day=new.first_day,
        last_day=new.last_day,
        hours={day: [list(span) for span in spans] for day, spans in new.hours.items()},
        why=new.why,
        decided_by=str(by),
        decided_at=now(session),
    )
    session.add(row)
    session.flush()
    change = Change(subject_kind=EVENT, subject_id=row.id, version=1, from_state="", to_state="decided")
    audit.append(session, head, [change], by=by, at=row.decided_at)
    return row


def correct_ramadan(session: Session, office: str, first_day: date, last_day: date, why: str, *, by: Actor) -> None:
    """Ramadan as decreed, in place of the computed days."""
    hijri_year = _hijri_year(first_day + (last_day - first_day) / 2)
    guess, _ = computed_ramadan(hijri_year)
    wrong = []
    if not 28 <= (last_day - first_day).days + 1 <= 31:
        wrong.append(FieldError("last_day", "Ramadan lamanya 29 atau 30 hari"))
    if abs((first_day - guess).days) > 3:
        wrong.append(FieldError("first_day", "lebih dari tiga hari dari hitungan; periksa tanggalnya"))
    if not why.strip():
        wrong.append(FieldError("why", "isi dasarnya, misalnya nomor keputusan"))
    if wrong:
        raise Invalid(fields=wrong)
    audit.begin(session, office)
    asked = select(func.max(RamadanDays.revision)).where(
        RamadanDays.office == office, RamadanDays.hijri_year == hijri_year
    )
    session.add(
        RamadanDays(
            office=office,
            hijri_year=hijri_year,
            revision=(session.scalar(asked) or 0) + 1,
            first_day=first_day,
            last_day=last_day,
            why=why,
            decided_by=str(by),
            decided_at=now(session),
        )
    )
    session.flush()


def history(session: Session, office: str) -> Sequence[OpeningHours]:
    """Every decision about hours, the newest first."""
    return session.scalars(
        select(OpeningHours).where(OpeningHours.office == office).order_by(OpeningHours.revision.desc()).limit(100)
    ).all()


@lru_cache(maxsize=64)
def computed_ramadan(hijri_year: int) -> tuple[date, date]:
    """First and last day by the Umm al-Qura calendar: an estimate for Indonesia, mostly right to a day."""
    first, after = Hijri(hijri_year, _RAMADAN_MONTH, 1), Hijri(hijri_year, _RAMADAN_MONTH + 1, 1)
    return _date(first.to_gregorian()), _date(after.to_gregorian()) - timedelta(days=1)


def seconds(spans: Spans) -> int:
    """How long they are together."""
    return sum(end - start for start, end in spans)


def _date(day: Gregorian) -> date:
    return date(day.year, day.month, day.day)


def _hijri_year(day: date) -> int:
    return Gregorian(day.year, day.month, day.day).to_hijri().year


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _shipped(usual: Mapping[int, Spans], fasting: Mapping[int, Spans], day: date, is_ramadan: bool) -> Spans:
    week = fasting if is_ramadan else usual
    return week.get(day.weekday()) or week.get(_EXTRA_DAY, ())


def _wrong_hours(session: Session, office: str, new: NewHours) -> list[FieldError]:
    wrong = []
    if new.place not in (COUNTER, DESKS) and not is_place(session, office, new.place):
        wrong.append(FieldError("place", "bukan loket, kantor desa, titik cetak, atau desa kantor ini"))
    if new.season not in ("", RAMADAN):
        wrong.append(FieldError("season", "kosong atau ramadan"))
    if new.first_day < today(session, calendar_of(session, office)):
        wrong.append(FieldError("first_day", "jam kerja berlaku paling cepat mulai hari ini"))
    if new.last_day is not None and new.last_day < new.first_day:
        wrong.append(FieldError("last_day", "hari terakhir tidak boleh sebelum hari pertama"))
    if not new.why.strip():
        wrong.append(FieldError("why", "isi alasannya"))
    if not new.hours or any(day not in map(str, range(7)) for day in new.hours):
        wrong.append(FieldError("hours", "isi jam untuk setiap hari, 0 (Senin) sampai 6 (Minggu)"))
    for spans in new.hours.values():
        ends = [edge for span in spans for edge in span]
        is_fine = all(len(span) == 2 for span in spans) and ends == sorted(set(ends))
        if not is_fine or (ends and not (ends[0] >= 0 and ends[-1] <= 24 * 3600)):
            wrong.append(FieldError("hours", "jam buka harus sebelum jam tutup dan tidak bertumpuk"))
            break
    return wrong
