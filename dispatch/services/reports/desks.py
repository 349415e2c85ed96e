"""What lies at village and kecamatan offices and nobody came for, and since how many working days."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from dispatch.said import say
from dispatch.services.calendar import Calendar
from dispatch.store.db import now
from dispatch.store.models import Document, Event

AGES: tuple[tuple[str, int, int | None], ...] = (
    (say("0–2 hari kerja"), 0, 2),
    (say("3–5 hari kerja"), 3, 5),
    (say("6–10 hari kerja"), 6, 10),
    (say("11–20 hari kerja"), 11, 20),
    (say("lebih dari 20 hari kerja"), 21, None),
)
"""The classes of age: words, first and last working day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclaimed:
    """One document at a desk and its working days there."""

    village_code: str
    days: int


def unclaimed(session: Session, office: str, calendar: Calendar) -> Sequence[Unclaimed]:
    """Everything at a desk now; its last event is its arrival there."""
    today = calendar.local_date(now(session))
    rows = session.execute(
        select(Document.village_code, Event.at)
        # an outer join although every row is there: SQLite then begins with what is at desks, as it should
        .outerjoin(
            Event,
            and_(
                Event.subject_kind == "document", Event.subject_id == Document.id, Event.version == Document.version,
            ),
        )
        .where(Document.office == office, Document.state == "at_village")
    )  # fmt: skip
    ages: dict[object, int] = {}
    found = []
    for village, at in rows:
        day = calendar.local_date(at)
        if day not in ages:
            ages[day] = calendar.working_days_between(day, today)
        found.append(Unclaimed(village_code=village, days=ages[day]))
    return found


def age_class(days: int) -> int:
    """The number of the class in AGES."""
    return next(at for at, (_, low, high) in enumerate(AGES) if low <= days and (high is None or days <= high))
