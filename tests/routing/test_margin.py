"""What one stop adds to its route, and where one more costs least."""

from routing.evaluate import evaluate
from routing.margin import adds, cheapest_place
from routing.model import Driven, DrivenVisit, Tariff
from tests.routing.town import EIGHT, rider, road, stop


def test_a_stop_on_the_way_adds_nothing_and_the_far_end_adds_the_way_to_it():
    problem = road({stop("A"): 4_000, stop("B"): 10_000}, [rider()])
    routes = evaluate(problem, {"V": ["A", "B"]})

    assert adds(problem, routes) == {"A": 0, "B": 12_000}


def test_the_only_stop_adds_its_whole_fare():
    problem = road({stop("A"): 4_000}, [rider(tariff=Tariff())])
    routes = evaluate(problem, {"V": ["A"]})

    assert adds(problem, routes) == {"A": routes[0].fare}


def test_what_is_driven_adds_nothing_that_could_be_saved():
    seen = DrivenVisit(stop_id="A", arrival=EIGHT + 400, start=EIGHT + 400, departure=EIGHT + 400)
    driven = (Driven(vehicle_id="V", leaves=EIGHT, visits=(seen,)),)
    problem = road({stop("A"): 4_000, stop("B"): 10_000}, [rider()], driven=driven)

    assert adds(problem, evaluate(problem, {"V": ["A", "B"]})) == {"B": 12_000}


def test_one_more_goes_where_it_costs_least_and_fits():
    stops = {stop("A"): 4_000, stop("B"): 10_000, stop("C", demand=5): 9_000}
    roomy = road(stops, [rider("V"), rider("W")])
    full = road(stops, [rider("V", capacity=3), rider("W")])
    orders = {"V": ["A", "B"]}

    assert cheapest_place(roomy, orders, "C") in (("V", 1), ("V", 2))  # on the way out or on the way back
    assert cheapest_place(full, orders, "C") == ("W", 0)
    assert cheapest_place(full, orders, "C", ["V"]) is None
