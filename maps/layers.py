"""What a map shows, as plain values: no HTML, no folium, no rows. Whoever draws needs nothing else.

Text is as people wrote it; the renderer escapes every piece of it. Positions are degrees (WGS 84) with named fields or
(lat, lon) pairs; a GeoJSON geometry keeps its own order, longitude first. Colours are `#rrggbb`.
Nonsense is refused with ValueError when a value is made.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

type LatLon = tuple[float, float]
type Bounds = tuple[LatLon, LatLon]
type Kind = Literal["depot", "stop", "courier", "post", "waiting", "unassigned"]

INK = "#1c2733"
LAND = "#f7f3ea"
# Far apart in OKLab for ordinary, protan, deutan and tritan eyes (Machado's matrices); each >= 3:1 on white.
ROUTE_COLOURS = (
    "#0066bb", "#dd7700", "#005544", "#993388", "#990000", "#119999", "#221188", "#886644", "#9977ee", "#550044",
)  # fmt: skip
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII)


def route_colour(number: int) -> str:
    """The colour of the route with this number, from 1; the eleventh begins again (`repeats`: dash its line)."""
    return ROUTE_COLOURS[(number - 1) % len(ROUTE_COLOURS)]


def repeats(number: int) -> bool:
    """Whether a route with a lower number has this one's colour, so that its line needs dashes."""
    return number > len(ROUTE_COLOURS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """One place. `label` is written on it (a stop's position on its route), `route` before it (the route's number)."""

    lat: float
    lon: float
    label: str
    title: str
    lines: tuple[str, ...] = ()
    colour: str = INK
    kind: Kind = "stop"
    route: str = ""

    def __post_init__(self) -> None:
        _check_position(self.lat, self.lon)
        _check_colour(self.colour)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A route as it is driven, first point to last; arrows show the direction and `label` its number."""

    points: tuple[LatLon, ...]
    label: str
    title: str
    lines: tuple[str, ...] = ()
    colour: str = INK
    dashed: bool = False

    def __post_init__(self) -> None:
        if len(self.points) < 2:
            raise ValueError(f"a line needs two points, not {len(self.points)}")
        for lat, lon in self.points:
            _check_position(lat, lon)
        _check_colour(self.colour)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A figure at one place, for land without outlines: a disc of so many pixels, filled like an area would be."""

    lat: float
    lon: float
    radius: float
    title: str
    lines: tuple[str, ...] = ()
    fill: str = LAND
    value: str = ""

    def __post_init__(self) -> None:
        _check_position(self.lat, self.lon)
        _check_colour(self.fill)
        if not 0 < self.radius <= 60:
            raise ValueError(f"a disc has a radius of up to 60 pixels, not {self.radius}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One village or kecamatan.

    `geometry` is a GeoJSON Polygon or MultiPolygon (longitude first). `fill` None draws the border only and lets the
    pointer through to what lies below. `label` is written faintly in the middle: of a strong border when the whole
    regency is seen, of a thin one when the villages are. `value` is a figure written there at every scale, so that a
    map without colours still says it.
    """

    geometry: Mapping[str, object]
    title: str
    lines: tuple[str, ...] = ()
    fill: str | None = LAND
    border: Literal["thin", "strong"] = "thin"
    label: str = ""
    value: str = ""

    def __post_init__(self) -> None:
        if not self.rings():
            raise ValueError(f"the area {self.title!r} has no outline")
        for ring in (ring for polygon in self.rings() for ring in polygon):
            for lat, lon in ring:
                _check_position(lat, lon)
        if self.fill is not None:
            _check_colour(self.fill)

    def rings(self) -> list[list[list[LatLon]]]:
        """Polygons of rings of (lat, lon), the outer ring of each polygon first; a ring is not closed by repetition."""
        match self.geometry:
            case {"type": "Polygon", "coordinates": [*rings]}:
                return [_polygon(rings)]
            case {"type": "MultiPolygon", "coordinates": [*polygons]}:
                return [_polygon(rings) for rings in polygons]
        raise ValueError(f"an area is a Polygon or a MultiPolygon, not {self.geometry.get('type')!r}")

    def middle(self) -> LatLon:
        """The centre of gravity of the largest outer ring: where a name is written."""
        return max((_centroid(polygon[0]) for polygon in self.rings()), key=lambda found: found[0])[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What is switched on and off together, under one name in the layer control."""

    name: str
    markers: tuple[Marker, ...] = ()
    lines: tuple[Line, ...] = ()
    areas: tuple[Area, ...] = ()
    dots: tuple[Dot, ...] = ()
    shown: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendEntry:
    """One class of a coloured map: the fill and what it means."""

    colour: str
    label: str

    def __post_init__(self) -> None:
        _check_colour(self.colour)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPage:
    """A whole map. The legend explains the kinds of markers by itself; `legend` adds the classes of coloured areas.

    Without `bounds` (south-west, north-east) the map opens on its markers and lines, or on its areas if there are none.
    `credit` says where boundaries come from.
    """

    title: str
    layers: tuple[Layer, ...]
    subtitle: str = ""
    legend_title: str = ""
    legend: tuple[LegendEntry, ...] = ()
    bounds: Bounds | None = None
    credit: str = ""

    def __post_init__(self) -> None:
        twice = [name for name, count in Counter(layer.name for layer in self.layers).items() if count > 1]
        if twice:
            raise ValueError(f"two layers are called {twice[0]!r}; the layer control could not tell them apart")
        for lat, lon in self.bounds or ():
            _check_position(lat, lon)

    def extent(self) -> Bounds | None:
        """South-west and north-east corner of what should be seen first, or None for an empty map."""
        if self.bounds is not None:
            return self.bounds
        drawn = [(marker.lat, marker.lon) for layer in self.layers for marker in layer.markers]
        drawn += [point for layer in self.layers for line in layer.lines for point in line.points]
        drawn += [(dot.lat, dot.lon) for layer in self.layers for dot in layer.dots]
        areas = (area for layer in self.layers for area in layer.areas)
        return _around(drawn or [point for area in areas for polygon in area.rings() for point in polygon[0]])


def _around(points: Sequence[LatLon]) -> Bounds | None:
    if not points:
        return None
    lats, lons = zip(*points, strict=True)
    return (min(lats), min(lons)), (max(lats), max(lons))


def _polygon(rings: object) -> list[list[LatLon]]:
    """The swap to (lat, lon) happens here and nowhere else."""
    # the shape GeoJSON promises; anything else fails in the next line
    positions = cast("Iterable[Iterable[Sequence[float]]]", rings)
    polygon = [[(float(position[1]), float(position[0])) for position in ring] for ring in positions]
    if not polygon or any(len(ring) < 4 for ring in polygon):
        raise ValueError("a ring of a polygon has at least four positions, the last equal to the first")
    return [ring[:-1] for ring in polygon]


def _centroid(ring: Sequence[LatLon]) -> tuple[float, LatLon]:
    """Area (square degrees) and centre of gravity of a ring by the shoelace formula; its first point if it is flat."""
    south, west = ring[0]
    doubled = sum_lat = sum_lon = 0.0
    for (lat, lon), (next_lat, next_lon) in zip(ring, [*ring[1:], ring[0]], strict=True):
        # from the first point, not from the equator: keeps the digits of a small ring far from 0
        cross = (lon - west) * (next_lat - south) - (next_lon - west) * (lat - south)
        doubled += cross
        sum_lat += (lat + next_lat - 2 * south) * cross
        sum_lon += (lon + next_lon - 2 * west) * cross
    if not doubled:
        return 0.0, ring[0]
    return abs(doubled) / 2, (south + sum_lat / (3 * doubled), west + sum_lon / (3 * doubled))


def _check_position(lat: float, lon: float) -> None:
    if not (math.isfinite(lat) and math.isfinite(lon) and -90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"there is no place at latitude {lat}, longitude {lon}")


def _check_colour(colour: str) -> None:
    if not _COLOUR.fullmatch(colour):
        raise ValueError(f"a colour is written #rrggbb in small letters, not {colour!r}")
