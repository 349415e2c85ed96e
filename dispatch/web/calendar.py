"""The office's calendar as a month one can read, and the forms that open and close days and change hours."""

from datetime import date, timedelta

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.access import ADMIN, SUPERVISOR
from dispatch.auth import current_actor, current_office, visitor
from dispatch.errors import FieldError, Invalid
from dispatch.said import say
from dispatch.services import calendar, calendar_changes, hours
from dispatch.services.calendar_changes import NewDays
from dispatch.services.hours import NewHours
from dispatch.services.month import month_of
from dispatch.store.models import Depot
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, shows
from dispatch.words import _

WEEKDAYS = (say("Senin"), say("Selasa"), say("Rabu"), say("Kamis"), say("Jumat"), say("Sabtu"), say("Minggu"))
MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
          "November", "Desember")  # fmt: skip


@web.get("/calendar")
@shows
def calendar_month(session: Session) -> Response:
    """One month: every day's state, hours and numbers; below it what was changed, by whom and why."""
    office = current_office()
    this_day = calendar.today(session, calendar.calendar_of(session, office))
    month = _month_asked() or this_day.replace(day=1)
    days = month_of(session, office, month)
    return page(
        session,
        "calendar.html",
        place="calendar",
        month=month,
        month_name=f"{MONTHS[month.month - 1]} {month.year}",
        before=(month - timedelta(days=1)).replace(day=1),
        after=(month + timedelta(days=32)).replace(day=1),
        weeks=[[None] * month.weekday() + list(days[: 7 - month.weekday()])]
        + [list(days[n : n + 7]) for n in range(7 - month.weekday(), len(days), 7)],
        working=sum(one.is_open for one in days),
        weekdays=WEEKDAYS,
        changes=calendar_changes.history(session, office),
        hours=hours.history(session, office),
        depots=session.scalars(select(Depot).where(Depot.office == office).order_by(Depot.name)).all(),
        may_change=visitor().role in (ADMIN, SUPERVISOR),
    )


@web.post("/calendar/days")
@acts(back="web.calendar_month")
def change_days(session: Session) -> Done:
    """Open or close a day or a range."""
    first = _day("first_day")
    new = NewDays(
        first_day=first,
        last_day=_day("last_day") if request.form.get("last_day") else first,
        verdict=request.form.get("verdict", ""),
        why=request.form.get("why", "")[:200],
        weekdays=frozenset(int(day) for day in request.form.getlist("weekdays") if day in map(str, range(7))),
        desks_open=request.form.get("desks_open") == "1",
        place=request.form.get("place", "")[:16],
    )
    calendar_changes.decide_days(session, current_office(), new, by=current_actor())
    return Done(_to_month(first), _("Kalender diubah."))


@web.post("/calendar/hours")
@acts(back="web.calendar_month")
def change_hours(session: Session) -> Done:
    """Other hours from a day on: one span before and one after the break, Friday apart."""
    first = _day("first_day")
    weekday, friday = _spans("weekday"), _spans("friday")
    new = NewHours(
        place=request.form.get("place", "")[:16],
        first_day=first,
        last_day=_day("last_day") if request.form.get("last_day") else None,
        season=request.form.get("season", ""),
        hours={str(day): friday if day == 4 else weekday for day in range(5)},
        why=request.form.get("why", "")[:200],
    )
    hours.decide_hours(session, current_office(), new, by=current_actor())
    return Done(_to_month(first), _("Jam kerja dicatat."))


@web.post("/calendar/ramadan")
@acts(back="web.calendar_month")
def correct_ramadan(session: Session) -> Done:
    """Ramadan as decreed."""
    first = _day("first_day")
    hours.correct_ramadan(
        session, current_office(), first, _day("last_day"), request.form.get("why", "")[:200], by=current_actor()
    )
    return Done(_to_month(first), _("Ramadan dicatat."))


def _to_month(day: date) -> str:
    return url_for("web.calendar_month", month=f"{day:%Y-%m}")


def _month_asked() -> date | None:
    try:
        return date.fromisoformat(f"{request.args.get('month', '')[:7]}-01")
    except ValueError:
        return None


def _day(field: str) -> date:
    try:
        return date.fromisoformat(request.form.get(field, ""))
    except ValueError as error:
        raise Invalid(fields=[FieldError(field, _("isi tanggalnya"))]) from error


def _spans(name: str) -> list[list[int]]:
    """From "08:00", "12:00", "12:30", "15:30" the two spans; without a break one."""
    start, pause, again, end = (_seconds(f"{name}_{part}") for part in ("start", "pause", "again", "end"))
    if start is None or end is None:
        raise Invalid(fields=[FieldError(name, _("isi jam buka dan jam tutup"))])
    return [[start, end]] if pause is None or again is None else [[start, pause], [again, end]]


def _seconds(field: str) -> int | None:
    text = request.form.get(field, "")
    hour, _colon, minute = text.partition(":")
    if not (hour.isdigit() and minute.isdigit() and len(text) == 5):
        return None
    return int(hour) * 3600 + int(minute) * 60
