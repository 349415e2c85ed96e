"""Outlines of the pilot regencies: complete, in the right place, and absent elsewhere."""

from itertools import pairwise

import pytest

from maps.boundaries import boundaries, outline, shipped_regencies
from maps.gazetteer import gazetteer

PILOTS = ("35.03", "35.05", "35.17")


def contains(geometry, lon, lat):
    """Whether the point lies inside, by counting the edges a line to the east crosses."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    crossings = 0
    for ring in (ring for polygon in polygons for ring in polygon):
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) * (x2 - x1) / (y2 - y1):
                crossings += 1
    return crossings % 2 == 1


@pytest.mark.parametrize("regency", PILOTS)
def test_every_village_and_kecamatan_of_a_pilot_has_an_outline(regency):
    villages = boundaries(regency)
    districts = boundaries(regency, level="district")

    assert villages["type"] == districts["type"] == "FeatureCollection"
    assert {f["properties"]["code"] for f in villages["features"]} == {v.code for v in gazetteer().villages(regency)}
    assert {f["properties"]["code"] for f in districts["features"]} == {
        d.code for d in gazetteer().regency(regency).districts
    }


@pytest.mark.parametrize("regency", PILOTS)
def test_every_village_point_lies_inside_its_own_outline(regency):
    outside = [
        village.name
        for village in gazetteer().villages(regency)
        if not contains(outline(village.code)["geometry"], village.lon, village.lat)
    ]

    assert outside == []


def test_a_code_without_dots_finds_the_same_outline():
    assert outline("3505012003") == outline("35.05.01.2003")
    assert outline("3505012003")["properties"]["name"] == "Rejosari"
    assert outline("350501")["properties"]["name"] == "Wonodadi"
    assert boundaries("3505") == boundaries("35.05")


def test_a_regency_without_polygons_has_none():
    assert boundaries("73.71") is None
    assert boundaries("73.71", level="district") is None
    assert outline("73.71.01.1001") is None
    assert shipped_regencies() == PILOTS


def test_what_is_not_a_code_is_refused():
    with pytest.raises(ValueError, match="is not a region code"):
        boundaries("../etc")
    with pytest.raises(ValueError, match="is not a region code"):
        outline("Rejosari")
