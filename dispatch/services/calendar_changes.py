"""Somebody opens or closes days: a Sunday, a whole September of weekends, one print point for a week of repairs.

Each word is kept with who said it, when and why (`CalendarChange`); the days it is about carry the result, so that the
newest word counts and everything that reads the calendar stays one look-up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid
from dispatch.services.calendar import calendar_of, today
from dispatch.store import audit, work
from dispatch.store.audit import Actor, Change
from dispatch.store.db import new_id, now
from dispatch.store.models import CalendarChange, CalendarDay, Depot, PlaceDay, Village

VERDICTS = ("open", "closed", "usual")
LONGEST = 400
"""Days of one change: a year and a little."""
EVENT = "calendar_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDays:
    """What becomes of a range of days. `weekdays` (0: Monday) picks some of them; empty: all.

    `place`: empty for the whole office, else a depot's id or a village's code."""

    first_day: date
    last_day: date
    verdict: str
    why: str
    weekdays: frozenset[int] = frozenset()
    desks_open: bool = False
    place: str = ""

    def days(self) -> Iterator[date]:
        """The days it is about."""
        for n in range((self.last_day - self.first_day).days + 1):
            day = self.first_day + timedelta(days=n)
            if not self.weekdays or day.weekday() in self.weekdays:
                yield day


def decide_days(session: Session, office: str, new: NewDays, *, by: Actor) -> CalendarChange:
    """Open or close days, or give them back to the public calendar. Days that are over stay as they were."""
    _refuse_wrong(session, office, new)
    head = audit.begin(session, office)
    at, days = now(session), list(new.days())
    row = CalendarChange(
        id=new_id(),
        office=office,
        place=new.place,
        first_day=new.first_day,
        last_day=new.last_day,
        weekdays=sorted(new.weekdays),
        verdict=new.verdict,
        desks_open=new.desks_open,
        why=new.why,
        decided_by=str(by),
        decided_at=at,
    )
    session.add(row)
    if new.place:
        session.execute(
            delete(PlaceDay).where(PlaceDay.office == office, PlaceDay.place == new.place, PlaceDay.day.in_(days))
        )
    else:
        session.execute(delete(CalendarDay).where(CalendarDay.office == office, CalendarDay.day.in_(days)))
    if new.verdict != "usual":
        session.add_all(_day(office, day, new) for day in days)
    session.flush()
    change = Change(subject_kind=EVENT, subject_id=row.id, version=1, from_state="", to_state=new.verdict)
    audit.append(session, head, [change], by=by, at=at)
    work.want(session, "promises", office, office=office)
    return row


def history(session: Session, office: str, *, limit: int = 100) -> Sequence[CalendarChange]:
    """Every change of the calendar, the newest first."""
    return session.scalars(
        select(CalendarChange)
        .where(CalendarChange.office == office)
        .order_by(CalendarChange.decided_at.desc(), CalendarChange.id)
        .limit(limit)
    ).all()


def _day(office: str, day: date, new: NewDays) -> CalendarDay | PlaceDay:
    is_open = new.verdict == "open"
    if new.place:
        return PlaceDay(office=office, place=new.place, day=day, is_open=is_open, note=new.why)
    return CalendarDay(office=office, day=day, is_open=is_open, note=new.why, desks_open=is_open and new.desks_open)


def _refuse_wrong(session: Session, office: str, new: NewDays) -> None:
    wrong = []
    if new.verdict not in VERDICTS:
        wrong.append(FieldError("verdict", f"pilih dari {', '.join(VERDICTS)}"))
    if new.last_day < new.first_day:
        wrong.append(FieldError("last_day", "hari terakhir tidak boleh sebelum hari pertama"))
    elif (new.last_day - new.first_day).days > LONGEST:
        wrong.append(FieldError("last_day", f"paling lama {LONGEST} hari sekaligus"))
    elif not any(True for _ in new.days()):
        wrong.append(FieldError("weekdays", "tidak ada hari seperti itu dalam rentang ini"))
    if new.first_day < today(session, calendar_of(session, office)):
        wrong.append(FieldError("first_day", "hari yang sudah lewat tidak dapat diubah"))
    if not new.why.strip():
        wrong.append(FieldError("why", "isi alasannya"))
    if any(not 0 <= weekday <= 6 for weekday in new.weekdays):
        wrong.append(FieldError("weekdays", "hari dihitung dari 0 (Senin) sampai 6 (Minggu)"))
    if new.place and not is_place(session, office, new.place):
        wrong.append(FieldError("place", "bukan titik cetak atau desa kantor ini"))
    if wrong:
        raise Invalid(fields=wrong)


def is_place(session: Session, office: str, place: str) -> bool:
    """Whether the office has such a print point or village."""
    depot = session.scalar(select(Depot.id).where(Depot.office == office, Depot.id == place))
    return depot is not None or session.get(Village, (office, place)) is not None
