"""Estimates that know the land: Blitar's rivers and slopes, islands, and regencies nobody described."""

import numpy as np
import pytest

from maps.boundaries import boundaries
from maps.gazetteer import gazetteer
from routing.model import UNREACHABLE, Point
from routing.travel.areas import Area, AreaTravel, Region, read_region, region_of
from routing.travel.base import TravelModel
from routing.travel.straight_line import StraightLine, geodesic_metres

OFFICE = Point(lat=-8.12762, lon=112.21926)
SOUTH = {"Bakung", "Wonotirto", "Panggungrejo", "Wates", "Binangun", "Sutojayan", "Kademangan"}


def village_point(name, district):
    village = next(v for v in gazetteer().villages("35.05") if (v.name, v.district) == (name, district))
    return Point(lat=village.lat, lon=village.lon)


def straight(a, b):
    return float(geodesic_metres(np.array([[a.lat, a.lon]]), np.array([[b.lat, b.lon]]))[0, 0])


@pytest.fixture(scope="module")
def blitar():
    region = region_of("35.05")
    villages = gazetteer().villages("35.05")
    return AreaTravel(
        region=region, places=tuple((Point(lat=v.lat, lon=v.lon), region.area_of(v.code)) for v in villages)
    )


def test_all_22_kecamatan_lie_on_their_side_of_the_brantas():
    region = region_of("35.05")
    districts = gazetteer().regency("35.05").districts

    assert {d.code for d in districts} == set(region.members)
    assert {d.name for d in districts if region.area_of(d.code) == "selatan"} == SOUTH
    assert len(districts) == 22


def test_the_sides_are_as_large_as_the_regency_says():
    """898.79 km² north and 690 km² south; the shipped outlines are drawn a little wide, so the shares are compared."""
    region, outlines = region_of("35.05"), boundaries("35.05", "district")
    areas = {"selatan": 0.0, "north": 0.0}
    for feature in outlines["features"]:
        side = region.area_of(feature["properties"]["code"])
        areas[side if side == "selatan" else "north"] += feature["properties"]["area_km2"]

    assert areas["selatan"] / sum(areas.values()) == pytest.approx(690 / 1588.79, abs=0.03)


def test_from_kemirigede_to_the_office_it_is_the_published_37_km(blitar):
    kemirigede = village_point("Kemirigede", "Kesamben")

    metres = blitar.matrix([kemirigede, OFFICE], "motorbike").metres[0, 1]

    assert straight(kemirigede, OFFICE) == pytest.approx(21_800, abs=100)
    assert metres == pytest.approx(37_000, abs=500)


def test_the_river_makes_the_south_far(blitar):
    """Wonotirto is not far by the straight line; it is far because of the river and the hills."""
    wonotirto, wonodadi = village_point("Wonotirto", "Wonotirto"), village_point("Wonodadi", "Wonodadi")

    matrix = blitar.matrix([OFFICE, wonotirto, wonodadi], "motorbike")

    flat = StraightLine().matrix([OFFICE, wonotirto, wonodadi], "motorbike")
    assert matrix.metres[0, 1] > 1.4 * flat.metres[0, 1]
    assert matrix.metres[0, 2] == flat.metres[0, 2]  # within the plain nothing changes
    assert matrix.metres[0, 1] == round(straight(OFFICE, wonotirto) * 1.7 + 4_000)
    assert matrix.seconds[0, 1] == pytest.approx(matrix.metres[0, 1] * 3.6 / 27, abs=1)
    assert matrix.source == "estimate"


def test_two_villages_facing_each_other_across_the_river_are_a_bridge_apart(blitar):
    north = [v for v in gazetteer().villages("35.05") if v.district == "Kanigoro"]
    south = [v for v in gazetteer().villages("35.05") if v.district == "Sutojayan"]
    points = [Point(lat=v.lat, lon=v.lon) for v in (*north, *south)]

    metres = blitar.matrix(points, "motorbike").metres

    across = metres[: len(north), len(north) :]
    assert across.min() > 4_000
    assert (metres == metres.T).all()


def test_a_regency_nobody_described_is_one_area():
    points = [Point(lat=-8.05, lon=111.71), Point(lat=-8.2, lon=111.6)]
    travel: TravelModel = AreaTravel(region=region_of("35.03"), places=(), base=StraightLine(factor=1.6, speed_kmh=24))

    matrix = travel.matrix(points, "motorbike")

    plain = StraightLine(factor=1.6, speed_kmh=24).matrix(points, "motorbike")
    assert (matrix.metres == plain.metres).all()
    assert (matrix.seconds == plain.seconds).all()
    assert travel.geometry(points, "motorbike") == [(-8.05, 111.71), (-8.2, 111.6)]
    assert travel.matrix([], "motorbike").size == 0


def archipelago(**crossings):
    return Region(
        areas={name: Area() for name in ("east", "middle", "west", "island")},
        crossings={frozenset(pair.split("_")): metres for pair, metres in crossings.items()},
    )


def test_areas_that_do_not_touch_are_crossed_by_way_of_others_and_islands_not_at_all():
    region = archipelago(east_middle=3_000, middle_west=2_000, east_west=9_000)
    places = [Point(lat=-8.0, lon=112.0 + n / 10) for n in range(4)]
    travel = AreaTravel(region=region, places=tuple(zip(places, region.areas, strict=True)))

    metres = travel.matrix(places, "motorbike").metres

    line = round(straight(places[0], places[2]) * 1.4)
    assert metres[0, 2] == pytest.approx(line + 5_000, abs=1)
    assert (metres[3, :3] == UNREACHABLE).all()
    assert metres[3, 3] == 0


def test_a_point_of_its_own_takes_the_area_of_the_nearest_village(blitar):
    house_in_wonotirto = Point(lat=-8.2655, lon=112.18)

    names = list(blitar.region.areas)
    assert names[blitar.areas_of([house_in_wonotirto])[0]] == "selatan"
    assert names[blitar.areas_of([OFFICE])[0]] == "utara"


def test_more_places_than_fit_in_one_block_are_measured_alike(blitar):
    villages = [point for point, _ in blitar.places] + [OFFICE] * 60

    metres = blitar.matrix(villages, "motorbike").metres

    assert (metres[:4, -3:] == blitar.matrix([*villages[:4], *villages[-3:]], "motorbike").metres[:4, -3:]).all()


def test_what_was_measured_replaces_what_was_assumed():
    measured = region_of("35.05").with_measured({"selatan": Area(speed_kmh=22), "utara": Area(factor=1.5), "x": Area()})

    assert (measured.areas["selatan"].factor, measured.areas["selatan"].speed_kmh) == (1.7, 22)
    assert measured.areas["utara"].over(StraightLine()) == StraightLine(factor=1.5, speed_kmh=30)
    assert measured.areas["lereng"] == region_of("35.05").areas["lereng"]


AREA = '[areas.a]\nname = "A"\ndistricts = ["01"]\n'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[areas]",
        AREA.replace('name = "A"\n', ""),
        AREA + AREA.replace("areas.a", "areas.b"),
        AREA + "factor = 0.5\n",
        AREA + '[[crossings]]\nbetween = ["a", "b"]\nmetres = 1',
        AREA + '[[crossings]]\nbetween = ["a", "a"]\nmetres = 1',
        AREA + '[areas.b]\nname = "B"\ndistricts = []\n[[crossings]]\nbetween = ["a", "b"]\nmetres = -1',
        "areas = 3",
        "[areas",
    ],
)
def test_a_file_that_makes_no_sense_is_refused(text):
    with pytest.raises(ValueError):
        read_region(text)


def test_an_area_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="no area 'north'"):
        AreaTravel(region=Region(), places=((OFFICE, "north"),))
    with pytest.raises(ValueError, match="which there is not"):
        Region(members={"35.05.01": "north"})
