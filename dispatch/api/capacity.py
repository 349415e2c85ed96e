"""The numbers of one day: people, prints, blanks, promises."""

from datetime import date

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from dispatch.api.blanks import ComingOut, TransferOut
from dispatch.api.blueprint import api
from dispatch.api.http import reads
from dispatch.api.printing import PrinterOut
from dispatch.api.promises import KeptOut
from dispatch.api.quotas import GrantOut, QuotaOut
from dispatch.api.schemas import Shape
from dispatch.auth import current_office
from dispatch.services import calendar, day_numbers


class DayQuery(BaseModel):
    """Which day (2026-11-24), by default today."""

    model_config = ConfigDict(extra="forbid")

    day: date | None = None


class PointOut(Shape):
    """One print point. `makes` null: no printer was named, the quota alone holds. `blanks`: kind → pieces."""

    id: str
    name: str
    makes: int | None
    set_to_print: int
    printed: int
    waiting: int
    printing: int
    printers: list[PrinterOut]
    blanks: dict[str, int]


class DayOut(Shape):
    """The numbers of one day. `by_channel`: how the holders of that day's documents came."""

    day: date
    is_open: bool
    why: str
    quota: QuotaOut
    booked: int
    came: int
    by_channel: dict[str, int]
    urgent: list[GrantOut]
    points: list[PointOut]
    coming: list[ComingOut]
    on_the_way: list[TransferOut]
    waiting: int
    days_of_blanks: int | None
    kept: KeptOut
    untold: int


@api.get("/capacity")
@api.input(DayQuery, location="query")
@api.output(DayOut)
@reads
def get_capacity(session: Session, query_data: DayQuery) -> DayOut:
    """The numbers of one day: people, prints, blanks, promises."""
    office = current_office()
    day = query_data.day or calendar.today(session, calendar.calendar_of(session, office))
    found = day_numbers.numbers_of(session, office, day)
    return DayOut(
        day=found.day,
        is_open=found.is_open,
        why=found.why,
        quota=QuotaOut.model_validate(found.quota),
        booked=found.booked,
        came=found.came,
        by_channel=found.by_channel,
        urgent=[GrantOut.model_validate(row) for row in found.grants],
        points=[_point(point) for point in found.points],
        coming=[ComingOut.model_validate(row) for row in found.coming],
        on_the_way=[TransferOut.model_validate(row) for row in found.on_the_way],
        waiting=found.waiting,
        days_of_blanks=found.days_of_blanks,
        kept=KeptOut.model_validate(found.kept),
        untold=found.untold,
    )


def _point(point: day_numbers.Point) -> PointOut:
    named = ("id", "name", "makes", "set_to_print", "printed", "waiting", "printing")
    return PointOut(
        **{name: getattr(point, name) for name in named},
        printers=[PrinterOut.model_validate(printer) for printer in point.printers],
        blanks=dict(point.blanks),
    )
