"""What carrying cost, shared out to the villages so that the shares add up to the rupiah.

The price of a route or shipment is shared by the documents it carried there; a document that came back was carried,
too. What one document cost is the price divided by those that arrived: failed rides are paid by the others.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, func, literal, select
from sqlalchemy.orm import Session

from dispatch.services.reports.period import Period
from dispatch.store.models import Attempt, Courier, Document, Plan, Route, Shipment, Stop

_ARRIVED = func.sum(case((Attempt.state == "succeeded", 1), else_=0))
_LEFT = ("handed_to_partner", "in_transit", "delivered", "returned", "lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What one route or shipment brought to one village, and that village's share of its price."""

    way: str
    """The courier's kind ("ojek", "staff" …), or the partner's name."""
    courier_id: str
    trip_id: str
    village_code: str
    carried: int
    arrived: int
    rupiah: int


def carried(session: Session, office: str, period: Period) -> Sequence[Carried]:
    """Every route and shipment of the period's service days that has left the office, village by village."""
    return [*_by_route(session, office, period), *_by_partner(session, office, period)]


def shared(rupiah: int, weights: Mapping[str, int]) -> dict[str, int]:
    """An amount in whole rupiah by weight; the largest remainders get the last rupiah, so it adds up exactly."""
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    shares = {key: rupiah * weight // whole for key, weight in weights.items()}
    left = rupiah - sum(shares.values())
    by_remainder = sorted(weights, key=lambda key: (-(rupiah * weights[key] % whole), key))
    for key in by_remainder[:left]:
        shares[key] += 1
    return shares


def _by_route(session: Session, office: str, period: Period) -> list[Carried]:
    asked = (
        select(Route.id, Route.courier_id, Courier.kind, Route.fare, Document.village_code, func.count(), _ARRIVED)
        .join(Plan, and_(Plan.office == Route.office, Plan.id == Route.plan_id))
        .join(Courier, and_(Courier.office == Route.office, Courier.id == Route.courier_id))
        .join(Stop, and_(Stop.office == Route.office, Stop.route_id == Route.id))
        .join(Attempt, and_(Attempt.office == Stop.office, Attempt.stop_id == Stop.id))
        .join(Document, and_(Document.office == Attempt.office, Document.id == Attempt.document_id))
        .where(Route.office == office, Route.state.in_(("under_way", "completed")))
        .where(Plan.service_date.between(period.first, period.last))
        .group_by(Route.id, Route.courier_id, Courier.kind, Route.fare, Document.village_code)
    )
    return _priced([tuple(row) for row in session.execute(asked)])


def _by_partner(session: Session, office: str, period: Period) -> list[Carried]:
    asked = (
        select(
            Shipment.id, literal(""), Shipment.partner, Shipment.rupiah, Document.village_code, func.count(),
            _ARRIVED,
        )
        .join(Plan, and_(Plan.office == Shipment.office, Plan.id == Shipment.plan_id))
        .join(Attempt, and_(Attempt.office == Shipment.office, Attempt.shipment_id == Shipment.id))
        .join(Document, and_(Document.office == Attempt.office, Document.id == Attempt.document_id))
        .where(Shipment.office == office, Shipment.state.in_(_LEFT))
        .where(Plan.service_date.between(period.first, period.last))
        .group_by(Shipment.id, Shipment.partner, Shipment.rupiah, Document.village_code)
    )  # fmt: skip
    return _priced([tuple(row) for row in session.execute(asked)])


def _priced(rows: Sequence[tuple[str, str, str, int, str, int, int]]) -> list[Carried]:
    trips: dict[str, list[tuple[str, str, str, int, str, int, int]]] = defaultdict(list)
    for row in rows:
        trips[row[0]].append(row)
    found = []
    for trip_id, parts in sorted(trips.items()):
        shares = shared(parts[0][3], {row[4]: row[5] for row in parts})
        for _, courier_id, way, _, village, number, arrived in parts:
            found.append(
                Carried(
                    way=way, courier_id=courier_id, trip_id=trip_id, village_code=village, carried=number,
                    arrived=int(arrived), rupiah=shares[village],
                )
            )  # fmt: skip
    return found
