"""Roads of one area out of an OpenStreetMap extract, in bounded memory.

The extract is streamed, never held: what stays in memory is the set of node ids inside the area. A way is kept whole as
soon as one of its nodes is inside, so that roads do not end in the air at the edge; a turn restriction is kept when all
its ways are.

Needs the extra `roads` (osmium, shapely). Degrees are WGS 84, longitude first as in GeoJSON.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import cos, radians
from pathlib import Path
from typing import cast

import osmium
import shapely  # type: ignore[import-untyped]
from osmium import osm
from osmium.filter import KeyFilter

from routing.model import Point
from routing.travel.errors import BuildFailed

METRES_PER_DEGREE = 111_320
_BATCH = 200_000  # nodes whose position is looked at together
type Bbox = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """Where roads are wanted: one or more polygons."""

    shape: shapely.Geometry

    def __post_init__(self) -> None:
        if self.shape.is_empty or not self.shape.area:
            raise BuildFailed("the area holds nothing: it needs at least one polygon")
        west, south, east, north = self.bbox
        if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
            raise BuildFailed("the area is not in degrees of longitude and latitude")
        shapely.prepare(self.shape)

    @property
    def bbox(self) -> Bbox:
        """The smallest box around the area."""
        west, south, east, north = (float(edge) for edge in self.shape.bounds)
        return west, south, east, north

    @property
    def fingerprint(self) -> bytes:
        """The same bytes for the same area, however its rings are ordered."""
        return bytes(shapely.to_wkb(shapely.normalize(shapely.set_precision(self.shape, 1e-6))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipped:
    """What was kept of an extract."""

    nodes: int
    ways: int
    restrictions: int


def box(west: float, south: float, east: float, north: float) -> Area:
    """The area between two meridians and two parallels."""
    if not (west < east and south < north):
        raise BuildFailed("a box is west, south, east, north: west < east and south < north")
    return Area(shapely.box(west, south, east, north))


def outline(geojson: Mapping[str, object], margin_m: int = 0) -> Area:
    """The polygons of a GeoJSON geometry, feature or collection, grown by a margin; BuildFailed where none are."""
    try:
        shapes = [shapely.geometry.shape(geometry) for geometry in _geometries(geojson)]
        whole = shapely.union_all([shapely.make_valid(one) for one in shapes if "Polygon" in one.geom_type])
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise BuildFailed("the polygon file is not GeoJSON with polygons in it") from error
    return Area(_grown(whole, margin_m))


def around(points: Iterable[Point], margin_m: int) -> Area:
    """The hull of these points, grown by a margin: for regencies whose outline is not known."""
    hull = shapely.convex_hull(shapely.multipoints([(point.lon, point.lat) for point in points]))
    return Area(_grown(hull, margin_m))


def clip(source: Path, area: Area, target: Path, tell: Callable[[int], None]) -> Clipped:
    """Write the roads, ferries and turn restrictions of the area to `target`.

    `tell` hears now and then how many nodes have been looked at. BuildFailed when the extract cannot be read or has no
    road in the area.
    """
    try:
        inside = _nodes_inside(source, area, tell)
        return _write(source, inside, target)
    except (RuntimeError, OSError) as error:
        raise BuildFailed(f"{source.name} cannot be read as OpenStreetMap data: {error}") from error


def _geometries(value: object) -> list[object]:
    match value:
        case {"type": "FeatureCollection", "features": [*features]}:
            return [geometry for feature in features for geometry in _geometries(feature)]
        case {"type": "Feature", "geometry": geometry}:
            return [geometry]
    return [value]


def _grown(shape: shapely.Geometry, metres: int) -> shapely.Geometry:
    """The shape with a margin, measured where it lies: a degree of longitude is shorter away from the equator."""
    if shape.is_empty or not metres:
        return shape
    narrow = cos(radians(shape.centroid.y))
    squeezed = shapely.transform(shape, lambda at: at * [narrow, 1])
    grown = squeezed.buffer(metres / METRES_PER_DEGREE, quad_segs=4)
    return shapely.transform(grown, lambda at: at / [narrow, 1])


def _nodes_inside(source: Path, area: Area, tell: Callable[[int], None]) -> osmium.IdTracker:
    west, south, east, north = area.bbox
    inside = osmium.IdTracker()
    ids: list[int] = []
    places: list[tuple[float, float]] = []

    def look() -> None:
        for node, holds in zip(ids, shapely.contains_xy(area.shape, places), strict=True) if ids else ():
            if holds:
                inside.add_node(node)
        ids.clear()
        places.clear()

    seen = 0
    for node in cast("Iterable[osm.Node]", osmium.FileProcessor(source, osm.NODE)):
        seen += 1
        if seen % _BATCH == 0:
            tell(seen)
        location = node.location
        lon, lat = location.lon_without_check(), location.lat_without_check()
        # the box first: it sorts out nearly every node of a large extract without a polygon being asked
        if west <= lon <= east and south <= lat <= north:
            ids.append(node.id)
            places.append((lon, lat))
            if len(ids) >= _BATCH:
                look()
    look()
    tell(seen)
    return inside


def _write(source: Path, inside: osmium.IdTracker, target: Path) -> Clipped:
    kept = osmium.IdTracker()
    ways = restrictions = 0
    # tags of nodes stay: gates, bollards and traffic lights are on them
    with osmium.BackReferenceWriter(target, ref_src=source, overwrite=True, remove_tags=False) as writer:
        roads = osmium.FileProcessor(source, osm.WAY | osm.RELATION).with_filter(KeyFilter("highway", "route", "type"))
        for thing in roads:
            if isinstance(thing, osm.Way):
                if _is_road(thing) and inside.contains_any_references(thing):
                    kept.add_way(thing.id)
                    kept.add_references(thing)
                    writer.add_way(thing)
                    ways += 1
            elif isinstance(thing, osm.Relation) and _is_whole_restriction(thing, kept):
                writer.add_relation(thing)
                restrictions += 1
    if not ways:
        raise BuildFailed(f"{source.name} has no road in this area")
    return Clipped(nodes=len(kept.node_ids()), ways=ways, restrictions=restrictions)


def _is_road(way: osm.Way) -> bool:
    return "highway" in way.tags or way.tags.get("route") == "ferry"


def _is_whole_restriction(relation: osm.Relation, kept: osmium.IdTracker) -> bool:
    """Whether it forbids or orders a turn between ways that are all kept; one that lost a way would mislead."""
    if not (relation.tags.get("type") or "").startswith("restriction"):
        return False
    known = {"n": kept.node_ids(), "w": kept.way_ids()}
    return all(member.ref in known[member.type] for member in relation.members if member.type in known)
