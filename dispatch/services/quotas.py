"""How many people a day takes, and who gets which number.

A quota holds from a day on and is never changed; the newest that has begun counts. Shipped: 400 numbers and 400 prints
a day (Blitar), 500 in Jombang, where the urgent lane asks for its recommendations at intake, too.

The numbers of a day are 1 … the cap. Whoever comes when they are gone gets the first free number of the next service
day. Numbers are given out under the office's lock, so that two counters never give the same one. Coming never needs an
invitation: a walk-in takes a number of today, or none where there is no more, and is served all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services.calendar import Calendar, calendar_of, today
from dispatch.services.text import clean
from dispatch.store import audit, work
from dispatch.store.audit import Actor, Change
from dispatch.store.db import new_id, now
from dispatch.store.models import Appointment, ChainHead, Quota, UrgentGrant, Village

JOMBANG = "35.17"
CHANNELS: Mapping[str, str] = {
    "invited": say("undangan"),
    "walk_in": say("datang langsung"),
    "online": say("daring"),
    "village": say("desa"),
    "mobile": say("keliling"),
}
NEEDS: Mapping[str, str] = {
    "immigration": say("imigrasi atau haji"),
    "health": say("layanan kesehatan"),
    "bpjs": say("BPJS"),
    "marriage": say("pernikahan"),
    "lost": say("dokumen hilang"),
    "study_or_work": say("sekolah atau pekerjaan"),
}
FARTHEST_BOOKING = 120
"""Working days ahead; a booking that finds no number until then is refused."""
EVENT_QUOTA, EVENT_GRANT = "quota", "urgent_grant"
_REFERENCE = 80
_REQUEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a day takes. `urgent_needs_grant`: intake takes nothing as urgent that was not let through the lane."""

    queue_per_day: int
    prints_per_day: int
    urgent_per_village: int
    urgent_needs_grant: bool
    valid_from: date = date(2016, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking:
    """Somebody who wants a number. The request number says who; a village helps to call people together."""

    request_number: str
    channel: str = "invited"
    village_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    """A request for the urgent lane with what the village and the kecamatan wrote."""

    request_number: str
    village_code: str
    need: str
    village_reference: str
    district_reference: str


def shipped(office: str) -> Terms:
    """What an office works with until it decides for itself."""
    per_day = 500 if office == JOMBANG else 400
    return Terms(
        queue_per_day=per_day,
        prints_per_day=per_day,
        urgent_per_village=1,
        urgent_needs_grant=office == JOMBANG,
    )


def quota_on(session: Session, office: str, day: date) -> Terms:
    """The quota in force on a day."""
    row = session.scalars(
        select(Quota)
        .where(Quota.office == office, Quota.valid_from <= day)
        .order_by(Quota.valid_from.desc(), Quota.revision.desc())
        .limit(1)
    ).first()
    return shipped(office) if row is None else _terms(row)


def decide_quota(session: Session, office: str, terms: Terms, *, valid_from: date, why: str, by: Actor) -> Quota:
    """Another quota from a day on (today at the earliest)."""
    wrong = [
        FieldError(field, "isi angka dari 0 sampai 20000")
        for field in ("queue_per_day", "prints_per_day", "urgent_per_village")
        if not 0 <= getattr(terms, field) <= 20_000
    ]
    if valid_from < today(session, calendar_of(session, office)):
        wrong.append(FieldError("valid_from", "kuota berlaku paling cepat mulai hari ini"))
    if not why.strip():
        wrong.append(FieldError("why", "isi alasannya"))
    if wrong:
        raise Invalid(fields=wrong)
    head = audit.begin(session, office)
    last = session.scalar(
        select(func.max(Quota.revision)).where(Quota.office == office, Quota.valid_from == valid_from)
    )
    row = Quota(
        id=new_id(),
        office=office,
        valid_from=valid_from,
        revision=(last or 0) + 1,
        queue_per_day=terms.queue_per_day,
        prints_per_day=terms.prints_per_day,
        urgent_per_village=terms.urgent_per_village,
        urgent_needs_grant=terms.urgent_needs_grant,
        why=clean(why),
        decided_by=str(by),
        decided_at=now(session),
    )
    session.add(row)
    session.flush()
    _tell(session, head, EVENT_QUOTA, row.id, "decided", by)
    work.want(session, "promises", office, office=office)
    return row


def quota_history(session: Session, office: str) -> Sequence[Quota]:
    """Every quota there ever was, the latest first."""
    return session.scalars(
        select(Quota).where(Quota.office == office).order_by(Quota.valid_from.desc(), Quota.revision.desc()).limit(60)
    ).all()


def book(
    session: Session, office: str, bookings: Sequence[NewBooking], *, wanted: date | None = None, by: Actor
) -> Sequence[Appointment]:
    """Give each a number of the wanted day, or of the first service day after it that has one; in their order.

    Whoever has a number that is still to come keeps it. All or none."""
    audit.begin(session, office)  # taken first: of two counters one gives out its numbers second
    calendar = calendar_of(session, office)
    this_day = today(session, calendar)
    first = wanted or this_day
    _refuse_wrong_bookings(session, office, bookings, first, this_day)
    known = _still_to_come(session, office, [booking.request_number for booking in bookings], this_day)
    days = _FreeNumbers(session, office, calendar, first)
    found: list[Appointment] = []
    for booking in bookings:
        row = known.get(booking.request_number)
        if row is None:
            day, number = days.next()
            row = Appointment(
                id=new_id(),
                office=office,
                day=day,
                number=number,
                asked_for=first,
                channel=booking.channel,
                request_number=booking.request_number,
                village_code=booking.village_code or None,
                booked_by=str(by),
                booked_at=now(session),
            )
            session.add(row)
            known[booking.request_number] = row
        found.append(row)
    session.flush()
    return found


def came(session: Session, office: str, request_number: str) -> Appointment:
    """Somebody with a number stands at the counter, on whichever day."""
    row = session.scalars(
        select(Appointment)
        .where(Appointment.office == office, Appointment.request_number == request_number)
        .where(Appointment.cancelled_at.is_(None), Appointment.came_at.is_(None))
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound(f"no number is waiting for the request {request_number}")
    row.came_at = now(session)
    return row


def cancel_booking(session: Session, office: str, appointment_id: str) -> Appointment:
    """Give a number back; somebody else may have it."""
    audit.begin(session, office)
    row = session.scalar(select(Appointment).where(Appointment.office == office, Appointment.id == appointment_id))
    if row is None:
        raise NotFound(f"there is no appointment {appointment_id}")
    if row.came_at is not None or row.cancelled_at is not None:
        raise Conflict(f"appointment {appointment_id} is over")
    row.cancelled_at = now(session)
    return row


def grant_urgent(session: Session, office: str, new: NewGrant, *, by: Actor) -> UrgentGrant:
    """Let a request through the urgent lane today. Two recommendations, and only so many for a village and day."""
    head = audit.begin(session, office)  # taken first: the last place of a village is given once
    day = today(session, calendar_of(session, office))
    _refuse_wrong_grant(session, office, new)
    known = session.scalar(
        select(UrgentGrant).where(UrgentGrant.office == office, UrgentGrant.request_number == new.request_number)
    )
    if known is not None:
        raise Conflict(f"the request {new.request_number} was let through already")
    most = quota_on(session, office, day).urgent_per_village
    if len(grants_on(session, office, day, new.village_code)) >= most:
        reason = f"desa ini sudah memakai jatah mendesak hari ini ({most} orang)"
        raise Invalid(fields=[FieldError("village_code", reason)])
    row = UrgentGrant(
        id=new_id(),
        office=office,
        day=day,
        village_code=new.village_code,
        request_number=new.request_number,
        need=new.need,
        village_reference=clean(new.village_reference),
        district_reference=clean(new.district_reference),
        approved_by=str(by),
        approved_at=now(session),
    )
    session.add(row)
    session.flush()
    _tell(session, head, EVENT_GRANT, row.id, "granted", by)
    return row


def grants_on(session: Session, office: str, day: date, village_code: str = "") -> Sequence[UrgentGrant]:
    """Who was let through on a day, of one village or of all."""
    asked = select(UrgentGrant).where(UrgentGrant.office == office, UrgentGrant.day == day)
    if village_code:
        asked = asked.where(UrgentGrant.village_code == village_code)
    return session.scalars(asked.order_by(UrgentGrant.approved_at, UrgentGrant.id)).all()


def granted(session: Session, office: str, request_numbers: Sequence[str]) -> Mapping[str, UrgentGrant]:
    """Request number → who let it through, of those that were."""
    rows = session.scalars(
        select(UrgentGrant).where(UrgentGrant.office == office, UrgentGrant.request_number.in_(request_numbers))
    )
    return {row.request_number: row for row in rows}


class _FreeNumbers:
    """The free numbers of service days, the smallest first; read under the office's lock."""

    def __init__(self, session: Session, office: str, calendar: Calendar, first: date) -> None:
        self._session, self._office, self._calendar = session, office, calendar
        self._day = first if calendar.is_working_day(first) else calendar.add_working_days(first, 1)
        self._free = self._numbers()
        self._left = FARTHEST_BOOKING

    def next(self) -> tuple[date, int]:
        """A day and one of its numbers, given to nobody else."""
        while not self._free:
            self._left -= 1
            if not self._left:
                raise Invalid(fields=[FieldError("day", f"tidak ada nomor dalam {FARTHEST_BOOKING} hari kerja")])
            self._day = self._calendar.add_working_days(self._day, 1)
            self._free = self._numbers()
        return self._day, self._free.pop()

    def _numbers(self) -> list[int]:
        cap = quota_on(self._session, self._office, self._day).queue_per_day
        taken = set(
            self._session.scalars(
                select(Appointment.number).where(
                    Appointment.office == self._office,
                    Appointment.day == self._day,
                    Appointment.cancelled_at.is_(None),
                )
            )
        )
        return [number for number in range(cap, 0, -1) if number not in taken]


def _still_to_come(
    session: Session, office: str, request_numbers: Sequence[str], this_day: date
) -> dict[str, Appointment]:
    rows = session.scalars(
        select(Appointment)
        .where(Appointment.office == office, Appointment.request_number.in_(request_numbers))
        .where(Appointment.cancelled_at.is_(None), Appointment.came_at.is_(None))
    )
    found: dict[str, Appointment] = {}
    for row in rows:
        if row.day < this_day:
            row.cancelled_at = now(session)  # did not come then; the old number ends with its day
        else:
            found[row.request_number] = row
    session.flush()
    return found


def _refuse_wrong_bookings(
    session: Session, office: str, bookings: Sequence[NewBooking], first: date, this_day: date
) -> None:
    wrong = []
    if first < this_day:
        wrong.append(FieldError("day", "hari yang diminta sudah lewat"))
    if any(not 0 < len(booking.request_number.strip()) <= _REQUEST for booking in bookings):
        wrong.append(FieldError("request_number", f"isi nomor permohonan, paling panjang {_REQUEST} huruf"))
    if any(booking.channel not in CHANNELS for booking in bookings):
        wrong.append(FieldError("channel", f"pilih dari {', '.join(CHANNELS)}"))
    codes = {booking.village_code for booking in bookings if booking.village_code}
    if codes - _villages(session, office, codes):
        wrong.append(FieldError("village_code", "desa tidak ada di kantor ini"))
    if wrong:
        raise Invalid(fields=wrong)


def _refuse_wrong_grant(session: Session, office: str, new: NewGrant) -> None:
    wrong = []
    if not 0 < len(new.request_number.strip()) <= _REQUEST:
        wrong.append(FieldError("request_number", "isi nomor permohonan"))
    if not _villages(session, office, {new.village_code}):
        wrong.append(FieldError("village_code", "desa tidak ada di kantor ini"))
    if new.need not in NEEDS:
        wrong.append(FieldError("need", f"pilih dari {', '.join(NEEDS)}"))
    for field, words in (("village_reference", "desa"), ("district_reference", "kecamatan")):
        if not 0 < len(getattr(new, field).strip()) <= _REFERENCE:
            wrong.append(FieldError(field, f"isi nomor surat rekomendasi {words}"))
    if wrong:
        raise Invalid(fields=wrong)


def _villages(session: Session, office: str, codes: set[str]) -> set[str]:
    return set(session.scalars(select(Village.code).where(Village.office == office, Village.code.in_(codes))))


def _terms(row: Quota) -> Terms:
    return Terms(
        queue_per_day=row.queue_per_day,
        prints_per_day=row.prints_per_day,
        urgent_per_village=row.urgent_per_village,
        urgent_needs_grant=row.urgent_needs_grant,
        valid_from=row.valid_from,
    )


def _tell(session: Session, head: ChainHead, kind: str, row_id: str, state: str, by: Actor) -> None:
    change = Change(subject_kind=kind, subject_id=row_id, version=1, from_state="", to_state=state)
    audit.append(session, head, [change], by=by, at=now(session))
