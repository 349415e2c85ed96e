"""A month of an office day by day: who works, at which hours, how many numbers are given out."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.services.calendar import calendar_of
from dispatch.services.hours import Spans, hours_of
from dispatch.services.quotas import quota_on
from dispatch.store.models import Appointment, Depot, Village


@dataclass(frozen=True, slots=True, kw_only=True)
class OneDay:
    """One day. `why`: the reason it is closed, or the office's own word on an open one."""

    day: date
    is_open: bool
    desks_open: bool
    is_own: bool
    why: str
    counter: Spans
    desks: Spans
    is_ramadan: bool
    booked: int
    cap: int
    elsewhere: tuple[str, ...]
    """What single print points and villages said of the day."""


def month_of(session: Session, office: str, month: date) -> Sequence[OneDay]:
    """Every day of the month that holds this date."""
    first = month.replace(day=1)
    last = month.replace(day=monthrange(month.year, month.month)[1])
    calendar = calendar_of(session, office)
    hours = hours_of(session, office, first)
    booked = _booked(session, office, first, last)
    names = _names(session, office, {place for place, day in calendar.place_days if first <= day <= last})
    days = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        own = calendar.exceptions.get(day)
        is_open, desks_open = calendar.is_working_day(day), calendar.desks_receive(day)
        elsewhere = tuple(
            f"{names.get(place, place)}: {'buka' if said.is_open else 'tutup'}"
            for (place, on), said in sorted(calendar.place_days.items())
            if on == day
        )
        days.append(
            OneDay(
                day=day,
                is_open=is_open,
                desks_open=desks_open,
                is_own=own is not None,
                why=(own.note if own else "") if is_open else calendar.why_closed(day),
                counter=hours.counter(day) if is_open else (),
                desks=hours.desk(day) if desks_open else (),
                is_ramadan=hours.is_ramadan(day),
                booked=booked.get(day, 0),
                cap=quota_on(session, office, day).queue_per_day if is_open else 0,
                elsewhere=elsewhere,
            )
        )
    return days


def _booked(session: Session, office: str, first: date, last: date) -> dict[date, int]:
    rows = session.execute(
        select(Appointment.day, func.count())
        .where(Appointment.office == office, Appointment.day.between(first, last), Appointment.cancelled_at.is_(None))
        .group_by(Appointment.day)
    )
    return {row[0]: row[1] for row in rows}


def _names(session: Session, office: str, places: set[str]) -> dict[str, str]:
    depots = session.execute(select(Depot.id, Depot.name).where(Depot.office == office, Depot.id.in_(places)))
    villages = session.execute(
        select(Village.code, Village.name).where(Village.office == office, Village.code.in_(places))
    )
    return {row[0]: row[1] for row in [*depots, *villages]}
