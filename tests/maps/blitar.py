"""A plausible day of the Blitar office as layers: real outlines, invented routes. For tests and the benchmark."""

from collections.abc import Mapping
from itertools import batched
from math import atan2, cos, hypot, radians

from maps.boundaries import boundaries
from maps.layers import Area, Kind, LatLon, Layer, Line, MapPage, Marker, repeats, route_colour

DEPOT: LatLon = (-8.12762, 112.21926)
RIDERS = ("Budi", "Sari", "Agus", "Wati", "Joko", "Rina", "Eko", "Dewi", "Slamet", "Yuni")


def day(routes: int = 6, stops: int = 12, post: int = 9, waiting: int = 5, unassigned: int = 1) -> MapPage:
    """A plan of `routes` routes with `stops` stops each; the rest goes by post, waits or is left out."""
    villages, districts = areas("village"), areas("district")
    # a fixed, spread-out choice of villages; beyond 248 it begins again
    chosen = [villages[number * 89 % len(villages)] for number in range(routes * stops + post + waiting + unassigned)]
    visited, left = chosen[: routes * stops], chosen[routes * stops :]
    sectors = batched(sorted(visited, key=lambda area: _bearing(area.middle())), stops)
    layers = [Layer(name="Desa", areas=villages), Layer(name="Kecamatan", areas=districts)]
    layers.append(Layer(name="Titik berangkat", markers=(_depot(),)))
    layers += [_route(number, list(sector)) for number, sector in enumerate(sectors, start=1)]
    layers += [
        Layer(name=f"Lewat Pos ({post})", markers=tuple(_left(area, "post") for area in left[:post])),
        Layer(
            name=f"Menunggu ({waiting})", markers=tuple(_left(area, "waiting") for area in left[post : post + waiting])
        ),
        Layer(
            name=f"Tidak terlayani ({unassigned})",
            markers=tuple(_left(area, "unassigned") for area in left[post + waiting :]),
        ),
    ]
    return MapPage(
        title="Rencana Sel 24 Nov",
        subtitle=f"Kab. Blitar · {routes} rute · {routes * stops} tujuan",
        layers=tuple(layers),
        credit="Batas wilayah: cahyadsn/wilayah_boundaries (MIT)",
    )


def areas(level: str) -> tuple[Area, ...]:
    """The villages as land, or the kecamatan as borders with their names."""
    collection = boundaries("35.05", "village" if level == "village" else "district")
    assert collection is not None
    return tuple(_area(feature["geometry"], feature["properties"], level) for feature in collection["features"])


def _area(geometry: Mapping[str, object], properties: Mapping[str, object], level: str) -> Area:
    name = str(properties["name"])
    if level == "district":
        return Area(geometry=geometry, title=f"Kecamatan {name}", fill=None, border="strong", label=name)
    return Area(geometry=geometry, title=f"Desa {name}", lines=(f"Kec. {properties['district']}",), label=name)


def _route(number: int, villages: list[Area]) -> Layer:
    colour, rider = route_colour(number), RIDERS[(number - 1) % len(RIDERS)]
    order, here = [], DEPOT
    while villages:
        nearest = min(villages, key=lambda area: _apart(here, area.middle()))
        villages.remove(nearest)
        order.append(nearest)
        here = nearest.middle()
    stops = tuple(
        Marker(
            lat=area.middle()[0],
            lon=area.middle()[1],
            label=str(place),
            route=str(number),
            title=area.title,
            lines=(
                f"Rute {number}, tujuan {place}",
                f"{6 + place % 9} dokumen · tiba {8 + place // 3:02}.{place * 17 % 60:02}",
            ),
            colour=colour,
        )
        for place, area in enumerate(order, start=1)
    )
    line = Line(
        points=(DEPOT, *(area.middle() for area in order), DEPOT),
        label=str(number),
        title=f"Rute {number} · {rider}",
        lines=(f"{len(order)} tujuan · 61 km · 5 jam 20 menit", "Rp 152.500"),
        colour=colour,
        dashed=repeats(number),
    )
    return Layer(name=f"Rute {number} · {rider}", lines=(line,), markers=stops)


def _left(area: Area, kind: Kind) -> Marker:
    colour = {"post": "#1f5fa8", "waiting": "#8a6d1d", "unassigned": "#b3261e"}[kind]
    lat, lon = area.middle()
    return Marker(lat=lat, lon=lon, label="", title=area.title, lines=("3 dokumen",), kind=kind, colour=colour)


def _depot() -> Marker:
    lines = ("Kantor Dukcapil", "berangkat 08.00")
    return Marker(lat=DEPOT[0], lon=DEPOT[1], label="", title="Kantor Kanigoro", lines=lines, kind="depot")


def _bearing(place: LatLon) -> float:
    return atan2(place[0] - DEPOT[0], (place[1] - DEPOT[1]) * cos(radians(DEPOT[0])))


def _apart(one: LatLon, other: LatLon) -> float:
    return hypot(one[0] - other[0], (one[1] - other[1]) * cos(radians(one[0])))
