"""Queue numbers and the urgent lane: how many a day takes, who gets which number, who was let through and by whom."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.schemas import Form, Int, Line, RowId, Shape
from dispatch.auth import current_actor, current_office
from dispatch.services import calendar, quotas
from dispatch.store.models import Appointment

Day = Annotated[date, Field(strict=False)]
Request = Annotated[str, Field(min_length=1, max_length=60)]
Code = Annotated[str, Field(max_length=13)]


class DayQuery(BaseModel):
    """Which day (2026-11-24), by default today."""

    model_config = ConfigDict(extra="forbid")

    day: date | None = None


class QuotaForm(Form):
    """What a day takes from a day on. `urgent_needs_grant`: intake takes nothing as urgent outside the lane."""

    queue_per_day: Int
    prints_per_day: Int
    urgent_per_village: Int = 1
    urgent_needs_grant: bool = False
    valid_from: Day | None = None
    why: Line


class QuotaOut(Shape):
    """What a day takes."""

    valid_from: date
    queue_per_day: int
    prints_per_day: int
    urgent_per_village: int
    urgent_needs_grant: bool


class DecidedQuota(QuotaOut):
    """A quota with who decided it, when and why."""

    id: str
    why: str
    decided_by: str
    decided_at: datetime


class Quotas(Shape):
    """The quota of today, and every quota ever decided (the latest first)."""

    today: QuotaOut
    history: list[DecidedQuota]


class BookingForm(Form):
    """One request that wants a number."""

    request_number: Request
    channel: Literal["invited", "walk_in", "online", "village", "mobile"] = "invited"
    village_code: Code = ""


class BookingsForm(Form):
    """Requests that want numbers, in their order, of a day (by default today) or the first after it that has one."""

    day: Day | None = None
    items: Annotated[list[BookingForm], Field(min_length=1, max_length=1000)]


class NumberOut(Shape):
    """A queue number. `day` is later than `asked_for` when that day was full or no service day."""

    id: str
    day: date
    number: int
    asked_for: date
    channel: str
    request_number: str
    village_code: str | None
    came_at: datetime | None


class Numbers(Shape):
    """Queue numbers."""

    items: list[NumberOut]


class CameForm(Form):
    """Whose number is served."""

    request_number: Request


class GrantForm(Form):
    """A request for the urgent lane; both references are needed.

    `need`: immigration, health, bpjs, marriage, lost, study_or_work."""

    request_number: Request
    village_code: Annotated[str, Field(min_length=1, max_length=13)]
    need: Annotated[str, Field(max_length=20)]
    village_reference: Annotated[str, Field(max_length=80)]
    district_reference: Annotated[str, Field(max_length=80)]


class GrantOut(Shape):
    """Who was let through, on which papers, and who approved it."""

    id: str
    day: date
    village_code: str
    request_number: str
    need: str
    village_reference: str
    district_reference: str
    approved_by: str
    approved_at: datetime


class Grants(Shape):
    """The urgent lane of one day."""

    items: list[GrantOut]


@api.get("/quotas")
@api.output(Quotas)
@reads
def list_quotas(session: Session) -> Quotas:
    """How many queue numbers and prints a day takes, now and before."""
    office = current_office()
    found = quotas.quota_on(session, office, calendar.today(session, calendar.calendar_of(session, office)))
    return Quotas(
        today=QuotaOut.model_validate(found),
        history=[DecidedQuota.model_validate(row) for row in quotas.quota_history(session, office)],
    )


@api.post("/quotas")
@api.input(QuotaForm)
@api.output(DecidedQuota, status_code=201)
@changes
def decide_quota(session: Session, json_data: QuotaForm) -> Answer:
    """Another quota from a day on (today at the earliest, and by default)."""
    office = current_office()
    valid_from = json_data.valid_from or calendar.today(session, calendar.calendar_of(session, office))
    terms = quotas.Terms(
        queue_per_day=json_data.queue_per_day,
        prints_per_day=json_data.prints_per_day,
        urgent_per_village=json_data.urgent_per_village,
        urgent_needs_grant=json_data.urgent_needs_grant,
    )
    row = quotas.decide_quota(session, office, terms, valid_from=valid_from, why=json_data.why, by=current_actor())
    return Answer(DecidedQuota.model_validate(row), status=201)


@api.post("/queue-numbers")
@api.input(BookingsForm)
@api.output(Numbers, status_code=201)
@changes
def book_numbers(session: Session, json_data: BookingsForm) -> Answer:
    """Give out queue numbers; when a day is full, those of the next service day. A request has one at a time."""
    bookings = [quotas.NewBooking(**item.model_dump()) for item in json_data.items]
    rows = quotas.book(session, current_office(), bookings, wanted=json_data.day, by=current_actor())
    return Answer(Numbers(items=[NumberOut.model_validate(row) for row in rows]), status=201)


@api.get("/queue-numbers")
@api.input(DayQuery, location="query")
@api.output(Numbers)
@reads
def list_numbers(session: Session, query_data: DayQuery) -> Numbers:
    """The queue of one day, in its order."""
    office = current_office()
    day = query_data.day or calendar.today(session, calendar.calendar_of(session, office))
    rows = session.scalars(
        select(Appointment)
        .where(Appointment.office == office, Appointment.day == day, Appointment.cancelled_at.is_(None))
        .order_by(Appointment.number)
    )
    return Numbers(items=[NumberOut.model_validate(row) for row in rows])


@api.post("/queue-numbers/came")
@api.input(CameForm)
@api.output(NumberOut)
@changes
def came(session: Session, json_data: CameForm) -> NumberOut:
    """Somebody with a number stands at the counter."""
    return NumberOut.model_validate(quotas.came(session, current_office(), json_data.request_number))


@api.post("/queue-numbers/<string:appointment_id>/cancel")
@api.output(NumberOut)
@changes
def cancel_number(session: Session, appointment_id: RowId) -> NumberOut:
    """Give a number back; somebody else may have it."""
    return NumberOut.model_validate(quotas.cancel_booking(session, current_office(), appointment_id))


@api.post("/urgent-lane")
@api.input(GrantForm)
@api.output(GrantOut, status_code=201)
@changes
def grant_urgent(session: Session, json_data: GrantForm) -> Answer:
    """Let a request through the urgent lane today, on the recommendations of its village and kecamatan."""
    new = quotas.NewGrant(**json_data.model_dump())
    row = quotas.grant_urgent(session, current_office(), new, by=current_actor())
    return Answer(GrantOut.model_validate(row), status=201)


@api.get("/urgent-lane")
@api.input(DayQuery, location="query")
@api.output(Grants)
@reads
def list_grants(session: Session, query_data: DayQuery) -> Grants:
    """Who was let through on a day, on which papers, and who approved it."""
    office = current_office()
    day = query_data.day or calendar.today(session, calendar.calendar_of(session, office))
    return Grants(items=[GrantOut.model_validate(row) for row in quotas.grants_on(session, office, day)])
