"""Journeys that people did not have to make: because the village counted what was brought, or the office came itself.

A batch that a village office took in would have been fetched by its registration officer; each person served or handed
a document at a mobile service would have come to the office. Kilometres are there and back by the office's estimate.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.services.calendar import calendar_of
from dispatch.services.desks import KECAMATAN
from dispatch.services.offices import rules_on
from dispatch.services.roads import estimate_of
from dispatch.services.village_work import far_districts
from dispatch.store.db import now
from dispatch.store.models import Attempt, Batch, Depot, Handover, Outreach, Village
from routing.model import Point
from routing.travel.base import TravelModel

PROFILE = "motorbike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was spared in some days: journeys of officers, of citizens, and metres in all."""

    officer_trips: int
    citizen_trips: int
    metres: int


def saved(session: Session, office: str, first: date, last: date) -> Saved:
    """Counted by the office's local days, both ends included."""
    calendar = calendar_of(session, office)
    counted = session.execute(
        select(Batch.village_code, Handover.received_at)
        .join(Batch, Batch.id == Handover.batch_id)
        .where(Handover.office == office)
    )
    officers = Counter(code for code, at in counted if first <= calendar.local_date(at) <= last)
    citizens: Counter[str] = Counter()
    served = session.scalars(
        select(Outreach).where(
            Outreach.office == office, Outreach.service_date.between(first, last), Outreach.left_at.is_not(None)
        )
    ).all()
    handed = dict(
        session.execute(
            select(Attempt.outreach_id, func.count())
            .where(Attempt.office == office, Attempt.state == "succeeded")
            .where(Attempt.outreach_id.in_([one.id for one in served]))
            .group_by(Attempt.outreach_id)
        ).all()
    )
    for one in served:
        # who was recorded there mostly had the card printed there, too: one journey, not two
        citizens[one.village_code] += max(one.recorded, one.printed) + handed.get(one.id, 0)
    ways = metres_to(session, office, set(officers) | set(citizens))
    return Saved(
        officer_trips=officers.total(),
        citizen_trips=citizens.total(),
        metres=sum(2 * ways.get(code, 0) * count for code, count in (officers + citizens).items()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """By village code: metres and seconds from the office. `far`: kecamatan by name, as many times the middle way."""

    by_village: Mapping[str, tuple[int, int]]
    far: Mapping[str, float]


def ways_from_office(session: Session, office: str) -> Ways:
    """How far every village is by the office's estimate, and which kecamatan are far by that."""
    villages = session.scalars(
        select(Village).where(Village.office == office, Village.kind != KECAMATAN).order_by(Village.code)
    ).all()
    ways = _estimate(session, office).matrix(_from_office(session, office, villages), PROFILE)
    pairs = zip(villages, ways.metres[0][1:], ways.seconds[0][1:], strict=True)
    return Ways(
        by_village={village.code: (int(metres), int(seconds)) for village, metres, seconds in pairs},
        far=far_districts(villages, ways),
    )


def metres_to(session: Session, office: str, codes: set[str], travel: TravelModel | None = None) -> dict[str, int]:
    """By village, metres from the office's first depot on the way there; by the office's estimate without `travel`."""
    if not codes:
        return {}
    villages = session.scalars(
        select(Village).where(Village.office == office, Village.code.in_(codes)).order_by(Village.code)
    ).all()
    travel = travel or _estimate(session, office)
    row = travel.matrix(_from_office(session, office, villages), PROFILE).metres[0]
    return {village.code: int(metres) for village, metres in zip(villages, row[1:], strict=True)}


def _estimate(session: Session, office: str) -> TravelModel:
    return estimate_of(session, rules_on(session, office, calendar_of(session, office).local_date(now(session))))


def _from_office(session: Session, office: str, villages: Sequence[Village]) -> list[Point]:
    """The office's first depot, then the villages."""
    depot = session.scalars(select(Depot).where(Depot.office == office, Depot.is_active).order_by(Depot.name)).first()
    assert depot is not None, "an office has a depot"
    return [Point(lat=depot.lat, lon=depot.lon), *(Point(lat=v.lat, lon=v.lon) for v in villages)]
