"""What the bench measures with: its days are the same every time, and its referee refuses what breaks a rule."""

import pytest

from benchmarks.routing.cases import DAYS, REGENCIES, benchmark_cases, day_cases, rounds
from benchmarks.routing.day_plan import FRIDAY, day_plan, fingerprint
from benchmarks.routing.image import image_of
from benchmarks.routing.referee import Refused, price_of_plan
from routing.evaluate import orders_of
from routing.model import Limits, Tariff, Window
from routing.solve import solve
from tests.routing.town import EIGHT, rider, road, stop


def test_a_day_is_the_same_every_time():
    day = day_plan("35.03", 1, friday=True)

    assert (
        fingerprint(day)
        == fingerprint(day_plan("35.03", 1, friday=True))
        != fingerprint(day_plan("35.03", 2, friday=True))
    )
    assert len(day.stops) == 157
    assert {one.windows for one in day.stops} == {FRIDAY}
    assert {vehicle.kind for vehicle in day.vehicles} == {"ojek", "car"}
    assert {one.kinds for one in day.stops} == {None, frozenset({"ojek"})}
    assert any(one.leave_out is None for one in day.stops)


def test_the_referee_agrees_with_the_solver_on_a_whole_day():
    day = day_plan("35.03", 1, friday=True)

    plan = solve(day, Limits(iterations=200))

    assert price_of_plan(day, dict(orders_of(plan.routes))) == plan.cost


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ({"V": ["near", "near"]}, "visited twice"),
        ({"V": ["b"]}, "must be visited"),
        ({"V": ["near", "heavy"]}, "overloaded"),
        ({"V": ["near", "early"]}, "too late at stop early"),
        ({"V": ["near", "far"], "W": []}, "too far"),
        ({"V": ["near", "car only"]}, "may not come"),
        ({"V": ["near", "slow"]}, "back too late"),
        ({"V": ["near", "b", "c", "d"]}, "too many stops"),
    ],
)
def test_the_referee_refuses_what_breaks_a_rule(order, sentence):
    places = {
        stop("near"): 1_000,
        stop("far", post=9): 40_000,
        stop("heavy", demand=100, post=9): 1_000,
        stop("early", windows=(Window(start=EIGHT, end=EIGHT + 1),), post=9): 2_000,
        stop("car only", kinds=frozenset({"car"}), post=9): 1_500,
        stop("slow", service_s=8 * 3_600, post=9): 1_000,
        stop("b", post=9): 1_000,
        stop("c", post=9): 1_000,
        stop("d", post=9): 1_000,
    }
    town = road(places, [rider(max_metres=50_000, max_stops=3), rider("W")])

    with pytest.raises(Refused, match=sentence):
        price_of_plan(town, order)


def test_prices_of_the_referee_are_those_of_the_tariff():
    ojek = Tariff(base_fare=10_000, base_metres=4_000, per_km=2_500)
    town = road({stop("A"): 1_000, stop("B"): 3_001, stop("C", post=700): 9_000}, [rider(tariff=ojek)])

    assert price_of_plan(town, {"V": ["A", "B"]}) == 10_000 + 5_005 + 700


def test_the_image_for_other_solvers_keeps_every_price():
    ojek = Tariff(base_fare=10_000, base_metres=4_000, per_km=2_500)
    car = Tariff(base_fare=0, base_metres=0, per_km=1_500, fixed=60_000)
    town = road(
        {stop("A"): 1_000, stop("B", post=7_400): 3_000},
        [rider(tariff=ojek), rider("W", tariff=ojek), rider("X", kind="car", tariff=car)],
    )

    image = image_of(town)

    assert [
        (len(fleet.vehicles), fleet.fixed * image.grain, fleet.per_metre * image.grain) for fleet in image.fleets
    ] == [
        (2, 0, 2_500),
        (1, 60_000_000, 1_500),
    ]
    assert image.prices == (None, 7_400_000 // image.grain)


@pytest.mark.parametrize(
    "tariff", [Tariff(per_hour=1), Tariff(per_stop=1), Tariff(base_fare=1), Tariff(return_paid=False)]
)
def test_what_others_cannot_express_is_not_measured(tariff):
    with pytest.raises(ValueError):
        image_of(road({stop("A"): 1_000}, [rider(tariff=tariff)]))


def test_the_bench_knows_every_instance_and_every_day():
    assert len(benchmark_cases()) == 39
    assert len(day_cases()) == len(REGENCIES) * len(DAYS)
    groups = {case.group for case in benchmark_cases().values()}
    assert {"cvrp-x", "pcvrptw", "vrptw-solomon-RC2", "vrptw-gh1000-C1"} <= groups
    short = sum(len(one.solvers) * one.seconds for one in rounds(full=False))
    assert short < 10 * 60  # leaves time for starting each solver: under 15 minutes in all
