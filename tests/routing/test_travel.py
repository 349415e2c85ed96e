"""Straight lines times a factor."""

import numpy as np
import pytest
from geopy.distance import geodesic

from routing.model import Point
from routing.travel.base import TravelModel
from routing.travel.straight_line import StraightLine, geodesic_metres

BLITAR, WONODADI, PAPUA = (
    Point(lat=-8.0955, lon=112.1686),
    Point(lat=-8.0703, lon=112.0571),
    Point(lat=-2.53, lon=140.71),
)


def test_a_way_is_the_straight_line_times_the_factor_at_a_steady_speed():
    travel: TravelModel = StraightLine(factor=1.4, speed_kmh=30)

    matrix = travel.matrix([BLITAR, WONODADI], "motorbike")

    line = geodesic((BLITAR.lat, BLITAR.lon), (WONODADI.lat, WONODADI.lon)).m
    assert matrix.metres[0, 1] == round(line * 1.4)
    assert matrix.seconds[0, 1] == round(matrix.metres[0, 1] / 30 * 3.6)
    assert matrix.source == "estimate"
    assert travel.geometry([BLITAR, WONODADI], "motorbike") == [(-8.0955, 112.1686), (-8.0703, 112.0571)]


def test_the_line_is_geopys_geodesic_to_two_millionths_anywhere_in_the_country():
    chance = np.random.default_rng(7)
    points = np.column_stack([chance.uniform(-11, 6, 40), chance.uniform(95, 141, 40)])
    points[1] = points[0] + 1e-5

    ours = geodesic_metres(points, points)

    theirs = np.array([[geodesic(a, b).m for b in points] for a in points])
    assert (np.abs(ours - theirs) <= 0.001 + theirs * 2e-6).all()


def test_the_same_place_twice_is_no_way_at_all():
    matrix = StraightLine().matrix([BLITAR, BLITAR, PAPUA], "motorbike")

    assert matrix.metres[0, 1] == 0
    assert matrix.metres[0, 2] == matrix.metres[2, 1] > 3_000_000


def test_more_places_than_fit_in_one_block_are_measured_alike():
    chance = np.random.default_rng(3)
    points = [
        Point(lat=a, lon=b)
        for a, b in zip(chance.uniform(-8.3, -7.9, 300), chance.uniform(112, 112.5, 300), strict=True)
    ]

    matrix = StraightLine().matrix(points, "motorbike")

    assert (matrix.metres == matrix.metres.T).all()
    assert (
        matrix.metres[:5, 290:] == StraightLine().matrix(points[:5] + points[290:], "motorbike").metres[:5, 5:]
    ).all()


def test_no_points_make_an_empty_matrix():
    assert StraightLine().matrix([], "motorbike").size == 0


@pytest.mark.parametrize("nonsense", [{"factor": 0.9}, {"factor": 11}, {"speed_kmh": 0}, {"speed_kmh": float("nan")}])
def test_nonsense_is_refused(nonsense):
    with pytest.raises(ValueError):
        StraightLine(**nonsense)
