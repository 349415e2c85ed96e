"""What delivered runs say, when a fifth of them lies."""

import random

import pytest

from routing.travel.calibrate import Leg, calibrate, is_plausible


def ridden(area="a", to=None, *, factor=1.5, kmh=25.0, crossing=0, on_roads=True, count=60, seed=1, noise=0.1):
    """Legs ridden on such roads, each a little different."""
    chance = random.Random(seed)
    for _ in range(count):
        straight = chance.uniform(1_500, 9_000)
        metres = straight * factor * chance.uniform(1 - noise, 1 + noise) + crossing
        seconds = metres * 3.6 / (kmh * chance.uniform(1 - noise, 1 + noise))
        yield Leg(
            from_area=area,
            to_area=to or area,
            straight_m=straight,
            planned_m=round(metres),
            planned_s=round(metres * 3.6 / 30),
            seconds=seconds,
            on_roads=on_roads,
        )


def spoilt(**how):
    """The button pressed late, the lunch, the wrong village."""
    for number, leg in enumerate(ridden(**how)):
        factor = (0.4, 6.0, 3.5)[number % 3]
        yield Leg(
            from_area=leg.from_area,
            to_area=leg.to_area,
            straight_m=leg.straight_m,
            planned_m=leg.planned_m,
            planned_s=leg.planned_s,
            seconds=leg.seconds * factor,
            on_roads=leg.on_roads,
        )


def test_roads_and_speed_are_found_again_although_a_fifth_is_wrong():
    found = calibrate([*ridden(count=200), *spoilt(count=50, seed=2)])

    fit = found.areas["a"]
    assert fit.factor.median == pytest.approx(1.5, rel=0.03)
    assert fit.speed_kmh.median == pytest.approx(25, rel=0.05)
    assert fit.speed_kmh.lower < fit.speed_kmh.median < fit.speed_kmh.upper
    assert found.used + found.left_out == 250
    assert found.pace.median == pytest.approx(30 / 25, rel=0.05)


def test_each_area_is_fitted_from_its_own_legs_and_a_river_from_what_crosses_it():
    found = calibrate(
        [
            *ridden("utara", factor=1.4, kmh=30),
            *ridden("selatan", factor=1.8, kmh=22, seed=2),
            *ridden("utara", "selatan", factor=1.8, kmh=25, crossing=4_000, seed=3, noise=0.02),
            *ridden("selatan", "utara", factor=1.8, kmh=25, crossing=4_000, seed=4, noise=0.02),
        ]
    )

    assert found.areas["utara"].factor.median == pytest.approx(1.4, rel=0.03)
    assert found.areas["selatan"].speed_kmh.median == pytest.approx(22, rel=0.05)
    crossing = found.crossings[frozenset(("utara", "selatan"))]
    assert crossing.legs == 120
    assert crossing.median == pytest.approx(4_000, rel=0.1)


def test_an_estimate_never_proves_itself():
    """Times alone say nothing about how winding a road is."""
    fit = calibrate(ridden(on_roads=False)).areas["a"]

    assert fit.factor is None
    assert calibrate(ridden(on_roads=False)).pace is None
    assert fit.speed_kmh.median == pytest.approx(25, rel=0.05)


def test_too_few_legs_propose_nothing():
    found = calibrate(ridden(count=29))

    assert found.areas["a"].legs == 29
    assert found.areas["a"].factor is found.areas["a"].speed_kmh is None
    assert calibrate(ridden(count=29), least_legs=20).areas["a"].factor is not None
    assert calibrate([]).areas == {}


@pytest.mark.parametrize(
    ("change", "plausible"),
    [
        ({}, True),
        ({"seconds": 30}, False),
        ({"seconds": 4 * 3_600}, False),
        ({"seconds": 120}, False),
        ({"seconds": 3_700}, False),
        ({"planned_m": 400}, False),
        ({"straight_m": 100}, False),
        ({"straight_m": 700}, False),
    ],
)
def test_what_cannot_have_been_a_ride_is_left_out(change, plausible):
    way = {"straight_m": 3_000, "planned_m": 5_000, "planned_s": 600, "seconds": 600} | change

    assert is_plausible(Leg(from_area="a", to_area="a", on_roads=True, **way)) is plausible
