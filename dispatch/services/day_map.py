"""What rides today, as layers for a map: the approved routes of a day and where each courier was last seen."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.services import plan_view
from dispatch.services.plan_map import route_layers
from dispatch.store.models import Courier, Plan, Proof, Route, Stop
from maps.layers import Layer, Marker, route_colour
from routing.travel.base import TravelModel

_RIDDEN = ("approved", "closed")


def day_layers(session: Session, office: str, day: date, travel: TravelModel, zone: ZoneInfo) -> list[Layer]:
    """Routes of every approved plan of the day. Of two plans the layers would share names: theirs get the depot's."""
    found: dict[str, Layer] = {}
    plans = session.scalars(
        select(Plan).where(Plan.office == office, Plan.service_date == day, Plan.state.in_(_RIDDEN)).order_by(Plan.id)
    )
    for number, plan in enumerate(plans, start=1):
        for layer in route_layers(plan_view.view(session, plan), travel):
            name = layer.name if layer.name not in found else f"{layer.name} ({number})"
            found[name] = Layer(name=name, markers=layer.markers, lines=layer.lines)
    seen = tuple(_last_seen(session, office, day, zone))
    if seen:
        found["Kurir"] = Layer(name="Kurir", markers=seen)
    return list(found.values())


def _last_seen(session: Session, office: str, day: date, zone: ZoneInfo) -> Iterator[Marker]:
    """Of every route under way the place of its newest confirmation: where the phone was, else the stop itself."""
    asked = (
        select(Route.id, Route.number, Courier.name, Stop.lat, Stop.lon, Proof.lat, Proof.lon, Proof.received_at)
        .join(Plan, (Plan.office == Route.office) & (Plan.id == Route.plan_id))
        .join(Courier, (Courier.office == Route.office) & (Courier.id == Route.courier_id))
        .join(Stop, (Stop.office == Route.office) & (Stop.route_id == Route.id))
        .join(Proof, (Proof.office == Stop.office) & (Proof.stop_id == Stop.id))
        .where(Route.office == office, Route.state == "under_way", Plan.service_date == day)
        .order_by(Route.number, Proof.received_at)
    )
    newest = {row[0]: row for row in session.execute(asked)}
    for _, number, name, stop_lat, stop_lon, lat, lon, at in newest.values():
        yield Marker(
            lat=stop_lat if lat is None else lat,
            lon=stop_lon if lon is None else lon,
            label=str(number),
            title=f"{name} · rute {number}",
            lines=(f"terakhir terlihat {at.astimezone(zone):%H.%M}",),
            colour=route_colour(number),
            kind="courier",
        )
