"""Outlines of villages and kecamatan, for the regencies whose polygons are shipped; others have none and need none.

GeoJSON as the standard has it: WGS 84, longitude first. Simplified by about 40 m: for maps, not for land registers.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, TypedDict

from maps.gazetteer import DATA, dotted_code

Level = Literal["village", "district"]


class Geometry(TypedDict):
    """A Polygon (rings of [lon, lat]) or a MultiPolygon (polygons of rings)."""

    type: Literal["Polygon", "MultiPolygon"]
    coordinates: Sequence[Sequence[object]]


class Feature(TypedDict):
    """One village or kecamatan; its properties carry at least `code`, `name` and `area_km2`."""

    type: Literal["Feature"]
    properties: Mapping[str, str | int | float]
    geometry: Geometry


class FeatureCollection(TypedDict):
    """All outlines of one regency and level."""

    type: Literal["FeatureCollection"]
    name: str
    features: Sequence[Feature]


def boundaries(regency_code: str, level: Level = "village") -> FeatureCollection | None:
    """Every outline of the regency, or None where no polygons are shipped. Read once; take it as read-only.

    Raises ValueError when the code is not written like a regency code.
    """
    return _read(dotted_code(regency_code, levels=2), level)


def outline(code: str) -> Feature | None:
    """The outline of one village ("35.05.01.2003") or kecamatan ("35.05.01"), or None where it is not shipped."""
    level: Level = "village" if sum(character.isdigit() for character in code) > 6 else "district"
    dotted = dotted_code(code, levels=4 if level == "village" else 3)
    return _by_code(dotted[:5], level).get(dotted)


def shipped_regencies() -> Sequence[str]:
    """Codes of the regencies that have outlines."""
    return tuple(sorted(path.name[:5] for path in (DATA / "boundaries").glob("*_villages.geojson.gz")))


@lru_cache(maxsize=16)
def _read(regency: str, level: Level) -> FeatureCollection | None:
    path = DATA / "boundaries" / f"{regency}_{level}s.geojson.gz"
    if not path.exists():
        return None
    with gzip.open(path, "rt", encoding="utf-8") as file:
        collection: FeatureCollection = json.load(file)
    return collection


@lru_cache(maxsize=16)
def _by_code(regency: str, level: Level) -> Mapping[str, Feature]:
    collection = _read(regency, level)
    features = collection["features"] if collection else ()
    return {str(feature["properties"]["code"]): feature for feature in features}
