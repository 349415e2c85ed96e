"""A plan as a map: plain layers, no rows and no personal data. Couriers are named, citizens never."""

from collections.abc import Iterator, Mapping, Sequence

from dispatch.services.calendar import short_date
from dispatch.services.plan_shapes import LeftOut, PlanView, RouteView, StopView
from dispatch.services.planning_problem import PROFILE
from dispatch.services.planning_reasons import rupiah
from maps.boundaries import Feature, boundaries
from maps.layers import Area, Kind, Layer, Line, MapPage, Marker, repeats, route_colour
from routing.model import Point
from routing.travel import dataset
from routing.travel.base import TravelModel
from routing.travel.polyline import decode

CREDIT = "Batas wilayah: cahyadsn/wilayah_boundaries (MIT)"
ROADS_CREDIT = f"Jalan: {dataset.CREDIT}"
# the colours of the states in the design system
_COLOURS: Mapping[Kind, str] = {"post": "#1f5fa8", "waiting": "#8a6d1d", "unassigned": "#b3261e"}
_STATES = {
    "requested": "rute sedang dicari",
    "failed": "rute belum berhasil dihitung",
    "solved": "menunggu persetujuan",
    "approved": "disetujui",
    "closed": "selesai",
    "discarded": "dibuang",
}


def plan_map(plan: PlanView, office: str, office_name: str, travel: TravelModel) -> MapPage:
    """The page's content; `travel` draws the way of routes that keep none of their own."""
    depots = {depot.id: Point(lat=depot.lat, lon=depot.lon) for depot in plan.depots}
    layers = [
        *base(office),
        Layer(name="Titik berangkat", markers=tuple(_depots(plan))),
        *(_route(route, depots[route.depot_id], travel) for route in plan.routes),
        *_left(plan),
    ]
    stops = sum(len(route.stops) for route in plan.routes)
    return MapPage(
        title=f"Rencana {short_date(plan.service_date)}",
        subtitle=f"{office_name} · {len(plan.routes)} rute · {stops} tujuan · {_STATES[plan.state]}",
        layers=tuple(layers),
        credit=f"{CREDIT} · {ROADS_CREDIT}" if any(route.line for route in plan.routes) else CREDIT,
    )


def route_layers(plan: PlanView, travel: TravelModel) -> list[Layer]:
    """A plan's depots and its routes, for a map that shows something else below them."""
    depots = {depot.id: Point(lat=depot.lat, lon=depot.lon) for depot in plan.depots}
    routes = [_route(route, depots[route.depot_id], travel) for route in plan.routes if route.state != "cancelled"]
    return [Layer(name="Titik berangkat", markers=tuple(_depots(plan))), *routes] if routes else []


def clock(seconds: int) -> str:
    """Seconds after midnight as "08.15"."""
    return f"{seconds // 3600:02}.{seconds % 3600 // 60:02}"


def kilometres(metres: int) -> str:
    """Metres as "61,4 km"."""
    return f"{metres / 1000:.1f} km".replace(".", ",")


def base(office: str) -> Iterator[Layer]:
    """The villages as calm land and the kecamatan as borders; nothing where no outlines are shipped."""
    villages, districts = boundaries(office, "village"), boundaries(office, "district")
    if villages is not None:
        yield Layer(name="Desa", areas=tuple(_village(feature) for feature in villages["features"]))
    if districts is not None:
        yield Layer(name="Kecamatan", areas=tuple(_district(feature) for feature in districts["features"]))


def _village(feature: Feature) -> Area:
    name, facts = str(feature["properties"]["name"]), feature["properties"]
    return Area(geometry=feature["geometry"], title=name, lines=(f"Kec. {facts['district']}",), label=name)


def _district(feature: Feature) -> Area:
    name = str(feature["properties"]["name"])
    return Area(geometry=feature["geometry"], title=f"Kecamatan {name}", fill=None, border="strong", label=name)


def _depots(plan: PlanView) -> Iterator[Marker]:
    for depot in plan.depots:
        leaves = [route.leaves_s for route in plan.routes if route.depot_id == depot.id]
        lines = (f"{len(leaves)} rute, yang pertama berangkat {clock(min(leaves))}",) if leaves else ()
        yield Marker(lat=depot.lat, lon=depot.lon, label="", title=depot.name, lines=lines, kind="depot")


def _route(route: RouteView, depot: Point, travel: TravelModel) -> Layer:
    colour = route_colour(route.number)
    title = f"Rute {route.number} · {route.courier}"
    stops = [Point(lat=stop.lat, lon=stop.lon) for stop in route.stops]
    line = Line(
        points=tuple(decode(route.line) or travel.geometry([depot, *stops, depot], PROFILE)),
        label=str(route.number),
        title=title,
        lines=(
            f"{len(route.stops)} tujuan · {route.documents} dokumen · {kilometres(route.metres)}",
            f"{clock(route.leaves_s)} sampai {clock(route.returns_s)} · {rupiah(route.fare)}",
        ),
        colour=colour,
        dashed=repeats(route.number),
    )
    return Layer(name=title, lines=(line,), markers=tuple(_stop(route, stop, colour) for stop in route.stops))


def _stop(route: RouteView, stop: StopView, colour: str) -> Marker:
    codes = ", ".join(batch.code for batch in stop.batches)
    return Marker(
        lat=stop.lat,
        lon=stop.lon,
        label=str(stop.position),
        route=str(route.number),
        title=stop.place,
        lines=(
            f"Kec. {stop.district} · rute {route.number}, tujuan {stop.position}",
            f"{stop.documents} dokumen · batch {codes} · tiba {clock(stop.arrival_s)}",
        ),
        colour=colour,
    )


def _left(plan: PlanView) -> Iterator[Layer]:
    groups: tuple[tuple[str, Kind, Sequence[LeftOut]], ...] = (
        ("Lewat Pos", "post", plan.post),
        ("Menunggu", "waiting", plan.waiting),
        ("Tidak terlayani", "unassigned", plan.unassigned),
        ("Belum diputuskan", "waiting", plan.undecided),
    )
    for name, kind, batches in groups:
        if batches:
            documents = sum(batch.documents for batch in batches)
            markers = tuple(_left_out(batch, kind) for batch in batches)
            yield Layer(name=f"{name} ({documents} dokumen)", markers=markers)


def _left_out(batch: LeftOut, kind: Kind) -> Marker:
    price = f" · {rupiah(batch.rupiah)}" if batch.rupiah else ""
    why = (str(batch.reason["sentence"]),) if batch.reason else ()
    return Marker(
        lat=batch.lat,
        lon=batch.lon,
        label="",
        title=batch.village,
        lines=(f"Kec. {batch.district} · batch {batch.code} · {batch.documents} dokumen{price}", *why),
        kind=kind,
        colour=_COLOURS[kind],
    )
