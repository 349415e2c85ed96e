"""The hour and the rain make the same way longer in time, never in metres."""

import numpy as np
import pytest

from routing.model import UNREACHABLE, Matrix
from routing.travel.pace import Pace, Paced, paced
from routing.travel.straight_line import StraightLine
from tests.routing.travel.places import VADUZ, VILLAGES

H = 3_600


def test_a_shift_takes_the_mean_of_its_hours():
    market = Pace(by_hour={8: 1.5, 9: 1.2}, rain=1.3)

    assert market.factor(8 * H, 9 * H) == 1.5
    assert market.factor(8 * H, 10 * H) == pytest.approx(1.35)
    assert market.factor(8 * H + H // 2, 10 * H) == pytest.approx((0.5 * 1.5 + 1.2) / 1.5)
    assert market.factor(10 * H, 15 * H) == 1
    assert market.factor(10 * H, 15 * H, raining=True) == 1.3
    assert market.factor(23 * H, 25 * H) == 1
    assert Pace().factor(0, 24 * H) == 1
    assert Pace(always=0.9, rain=2).factor(0, H, raining=True) == 1.8


def test_seconds_grow_metres_stay_and_what_cannot_be_reached_stays_so():
    metres = np.array([[0, 1000, UNREACHABLE], [1000, 0, 5], [UNREACHABLE, 5, 0]], dtype=np.int32)
    matrix = Matrix(metres=metres, seconds=metres, source="osrm:x")

    slower = paced(matrix, 1.25)

    assert slower.seconds.tolist() == [[0, 1250, UNREACHABLE], [1250, 0, 6], [UNREACHABLE, 6, 0]]
    assert slower.metres.tolist() == metres.tolist()
    assert slower.source == "osrm:x"


def test_any_travel_can_be_paced():
    plain, rainy = StraightLine(), Paced(travel=StraightLine(), factor=2)

    assert (rainy.matrix(VILLAGES, "motorbike").seconds == 2 * plain.matrix(VILLAGES, "motorbike").seconds).all()
    assert rainy.geometry([VADUZ], "motorbike") == plain.geometry([VADUZ], "motorbike")


@pytest.mark.parametrize("nonsense", [{"by_hour": {24: 1}}, {"by_hour": {8: 0}}, {"rain": 9}, {"rain": float("nan")}])
def test_nonsense_is_refused(nonsense):
    with pytest.raises(ValueError):
        Pace(**nonsense)
    with pytest.raises(ValueError):
        Pace().factor(9 * H, 8 * H)
