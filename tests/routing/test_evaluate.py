"""Times and costs of a given order."""

import pytest

from routing.evaluate import cost_of, evaluate, orders_of
from routing.model import Driven, DrivenVisit, Tariff, Window
from tests.routing.town import EIGHT, FRIDAY, rider, road, stop

HOUR = 3_600


def the_route(problem, *order, vehicle="V"):
    (route,) = evaluate(problem, {vehicle: list(order)})
    return route


def test_a_route_is_timed_and_priced_leg_by_leg():
    problem = road(
        {stop("A", demand=3, service_s=60): 6_000, stop("B", demand=5, service_s=100): 9_000}, [rider(tariff=Tariff())]
    )

    route = the_route(problem, "A", "B")

    first, second = route.visits
    assert (first.arrival, first.start, first.departure) == (EIGHT + 600, EIGHT + 600, EIGHT + 660)
    assert (second.arrival, second.departure) == (EIGHT + 960, EIGHT + 1_060)
    assert (first.metres, second.metres, route.back_metres, route.metres) == (6_000, 3_000, 9_000, 18_000)
    assert (first.load_after, second.load_after, route.load) == (5, 0, 8)
    assert (route.leaves, route.returns, route.seconds) == (EIGHT, EIGHT + 1_960, 1_960)
    assert route.fare == 10_000 + 14 * 2_500


def test_who_would_wait_at_a_closed_door_leaves_later():
    opens_at_ten = (Window(start=10 * HOUR, end=12 * HOUR),)
    problem = road({stop("A", windows=opens_at_ten): 6_000}, [rider()])

    route = the_route(problem, "A")

    assert route.leaves == 10 * HOUR - 600
    assert route.visits[0].arrival == route.visits[0].start == 10 * HOUR


def test_friday_prayer_is_waited_for_on_the_way():
    busy = stop("A", service_s=3 * HOUR - 600, windows=FRIDAY)
    problem = road({busy: 6_000, stop("B", windows=FRIDAY): 12_000}, [rider()])

    route = the_route(problem, "A", "B")

    assert route.leaves == EIGHT
    assert route.visits[1].arrival == 11 * HOUR + 600
    assert route.visits[1].start == 13 * HOUR


def test_a_paid_hour_is_not_spent_waiting_for_the_noon_break_to_end():
    """Who leaves at eight is at B during the break and waits; who leaves later finds it open and is paid less."""
    stops = {stop("A", service_s=3 * HOUR - 600, windows=FRIDAY): 6_000, stop("B", windows=FRIDAY): 12_000}
    hourly = Tariff(base_fare=0, base_metres=0, per_km=0, per_hour=3_600)

    route = the_route(road(stops, [rider(tariff=hourly)]), "A", "B")

    assert route.leaves == 13 * HOUR - 600 - (3 * HOUR - 600) - 600
    assert route.returns == 13 * HOUR + 1_200
    assert route.fare == route.seconds == 600 + 3 * HOUR - 600 + 600 + 1_200


def test_a_shorter_day_may_have_to_begin_after_the_break():
    """A is open before and after noon, B for ten minutes later on: only a late start saves the waiting between."""
    late = (Window(start=14 * HOUR, end=14 * HOUR + 600),)
    stops = {stop("A", windows=FRIDAY): 6_000, stop("B", windows=late): 12_000}
    hourly = Tariff(base_fare=0, base_metres=0, per_km=0, per_hour=3_600)

    route = the_route(road(stops, [rider(tariff=hourly)]), "A", "B")

    assert [visit.start for visit in route.visits] == [14 * HOUR - 600, 14 * HOUR]
    assert route.seconds == 600 + 600 + 1_200


def test_an_open_route_ends_with_its_last_service():
    problem = road({stop("A", service_s=60): 6_000}, [rider(end=None)])

    route = the_route(problem, "A")

    assert (route.metres, route.paid_metres, route.back_metres) == (6_000, 6_000, 0)
    assert route.returns == EIGHT + 660
    assert route.fare == 6_000


def test_a_return_nobody_pays_still_takes_its_time():
    unpaid = Tariff(base_fare=0, base_metres=0, per_km=1_000, per_hour=36, return_paid=False)
    problem = road({stop("A", service_s=60): 6_000}, [rider(tariff=unpaid)])

    route = the_route(problem, "A")

    assert (route.metres, route.paid_metres) == (12_000, 6_000)
    assert (route.seconds, route.paid_seconds) == (1_260, 660)
    assert route.fare == 6_000 + 7  # 6.6 rupiah of hours


def test_what_is_driven_stays_as_it_was_and_the_rest_follows():
    driven = Driven(
        vehicle_id="V",
        leaves=EIGHT - 300,
        visits=(DrivenVisit(stop_id="A", arrival=EIGHT + 50, start=EIGHT + 70, departure=EIGHT + 200),),
    )
    problem = road({stop("A"): 6_000, stop("B"): 9_000}, [rider()], driven=(driven,))

    route = the_route(problem, "A", "B")

    assert (route.leaves, route.visits[0].arrival, route.visits[0].departure) == (EIGHT - 300, EIGHT + 50, EIGHT + 200)
    assert route.visits[1].arrival == EIGHT + 500
    with pytest.raises(ValueError, match="already driven"):
        evaluate(problem, {"V": ["B", "A"]})


def test_a_late_visit_is_timed_as_late_not_refused():
    shut = (Window(start=EIGHT, end=EIGHT + 60),)
    problem = road({stop("A", windows=shut): 6_000}, [rider()])

    assert the_route(problem, "A").visits[0].start == EIGHT + 600


def test_unknown_ids_are_named():
    problem = road({stop("A"): 6_000}, [rider()])

    with pytest.raises(ValueError, match="'X'"):
        evaluate(problem, {"X": ["A"]})
    with pytest.raises(ValueError, match="'Y'"):
        evaluate(problem, {"V": ["Y"]})


def test_the_cost_of_a_plan_is_fares_and_the_post():
    problem = road({stop("A", post=7_000): 6_000, stop("B", post=8_500): 9_000}, [rider()])

    routes = evaluate(problem, {"V": ["A"]})

    assert cost_of(problem, routes) == 12_000 + 8_500
    assert orders_of(routes) == {"V": ("A",)}
