"""What a rider sees of a route: places, counts, phone numbers; of a home the person's name too. No kind, no NIK."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.services.assignment import batches_of_route, stops_of
from dispatch.services.desks import HOME
from dispatch.services.links import zone_of
from dispatch.services.places import Where, desk_of, places_of
from dispatch.services.reasons import REASONS
from dispatch.store.models import Attempt, Batch, Courier, Office, Proof, Route, Stop, StopBatch, Village
from dispatch.store.states import is_final
from dispatch.words import say

_DONE_WORDS = {
    "done": say("sudah diserahkan"),
    "failed": say("tidak bisa diserahkan"),
    "skipped": say("batch-nya tinggal di kantor"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StopView:
    """One stop as the rider needs it. `metres`: from the stop before; `word`: what became of it."""

    stop: Stop
    id: str
    position: int
    place: str
    short_place: str
    district: str
    metres: int
    arrival_s: int
    documents: int
    batches: Sequence[str]
    destination: str
    phone: str
    contact: str
    address: str
    landmark: str
    is_estimate: bool
    """Only the village's point is known of this home."""
    lat: float
    lon: float
    state: str
    at: datetime | None
    word: str

    @property
    def is_open(self) -> bool:
        return not is_final("stop", self.state)

    @property
    def geo_url(self) -> str:
        """Opens whatever map app the phone has, with the place's name on it."""
        return f"geo:{self.lat:.6f},{self.lon:.6f}?q={self.lat:.6f},{self.lon:.6f}({quote(self.place)})"

    @property
    def web_map_url(self) -> str:
        """For phones without a map app."""
        return f"https://www.google.com/maps/dir/?api=1&destination={self.lat:.6f},{self.lon:.6f}"


def board(session: Session, route: Route) -> dict[str, Any]:
    """The route under way: the next stop, what comes later, what is done."""
    views = views_of(session, route)
    still_open = sorted((view for view in views if view.is_open), key=lambda v: (v.state != "arrived", v.position))
    return {
        "route": route,
        "zone": zone_of(session, route.office).key,
        "next": still_open[0] if still_open and route.state == "under_way" else None,
        "later": sorted(still_open[1:], key=lambda view: view.position),
        "done": [view for view in views if not view.is_open],
        # a stop whose batches stayed in the office is nobody's drive
        "visited": sum(not view.is_open and view.state != "skipped" for view in views),
        "total": sum(view.state != "skipped" for view in views),
        "to_bring_back": sum(view.documents for view in views if view.state == "failed"),
    }


def one_stop(session: Session, route: Route, stop: Stop) -> StopView:
    """One stop of the route."""
    return next(view for view in views_of(session, route) if view.id == stop.id)


def load_list(session: Session, route: Route, *, asked: set[str], taken: frozenset[str]) -> dict[str, Any]:
    """The batches to count into the bag, in the order of the stops. `asked`: not ticked, so asked about again."""
    batches = batches_of_route(session, route)
    return {
        "route": route,
        "courier": session.get_one(Courier, route.courier_id).name,
        "office": session.get_one(Office, route.office).name,
        "batches": batches,
        "names": {batch_id: where.short_name for batch_id, where in places_of(session, batches).items()},
        "asked": asked,
        "taken": taken,
        "documents": sum(batch.documents for batch in batches),
        "stops": len(stops_of(session, route)),
    }


def views_of(session: Session, route: Route) -> list[StopView]:
    """Every stop of the route, in its order."""
    rows = session.execute(
        select(Stop, Village)
        .join(Village, (Village.office == Stop.office) & (Village.code == Stop.village_code))
        .where(Stop.office == route.office, Stop.route_id == route.id)
        .order_by(Stop.position)
    ).all()
    ids = [stop.id for stop, _ in rows]
    batches = batches_by_stop(session, route)
    counts = select(Attempt.stop_id, func.count()).where(Attempt.stop_id.in_(ids)).group_by(Attempt.stop_id)
    loaded = dict(session.execute(counts).all())
    failures = select(Proof.stop_id, Proof.reason).where(
        Proof.stop_id.in_(ids), Proof.kind == "failed", Proof.is_conflict.is_(False)
    )
    reasons = dict(session.execute(failures).all())
    wheres = places_of(session, [found[0] for found in batches.values()])
    views = []
    for stop, village in rows:
        carried = batches.get(stop.id, [])
        where = wheres[carried[0].id] if carried else desk_of(village)
        views.append(_view(stop, where, carried, loaded.get(stop.id, 0), reasons))
    return views


def batches_by_stop(session: Session, route: Route) -> dict[str, list[Batch]]:
    """The batches of each stop that has any, by the stop's id, in the order of their codes."""
    found: dict[str, list[Batch]] = {}
    for stop_id, batch in session.execute(
        select(StopBatch.stop_id, Batch)
        .join(Batch, Batch.id == StopBatch.batch_id)
        .join(Stop, Stop.id == StopBatch.stop_id)
        .where(StopBatch.office == route.office, Stop.route_id == route.id)
        .order_by(Batch.code)
    ):
        found.setdefault(stop_id, []).append(batch)
    return found


def _view(stop: Stop, where: Where, batches: Sequence[Batch], loaded: int, reasons: dict[str | None, str]) -> StopView:
    word = _DONE_WORDS.get(stop.state, "")
    reason = reasons.get(stop.id, "")
    if stop.state == "failed" and reason in REASONS:
        word = REASONS[reason].words
    return StopView(
        stop=stop,
        id=stop.id,
        position=stop.position,
        place=where.name,
        short_place=where.short_name,
        district=where.district,
        metres=stop.metres,
        arrival_s=stop.arrival_s,
        documents=loaded,
        batches=[batch.code for batch in batches],
        destination=where.destination,
        phone="".join(sign for sign in where.phone if sign.isdigit() or sign == "+"),
        contact=where.contact,
        address=where.address,
        landmark=where.landmark,
        is_estimate=where.destination == HOME and where.is_estimate,
        lat=stop.lat,
        lon=stop.lon,
        state=stop.state,
        at=stop.done_at or stop.arrived_at,
        word=word,
    )
