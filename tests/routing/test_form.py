"""The problem as plain numbers: what is shared stays shared, and what does not exist is never cheap."""

from dataclasses import replace

import numpy as np
import pytest

from routing.construct import construct
from routing.form import LATEST, Form
from routing.model import UNREACHABLE, Matrix, Pin, Window
from routing.savings import savings_routes
from routing.search.arrays import field_of
from routing.tour import Tour
from tests.routing.chance import a_problem
from tests.routing.town import FRIDAY, rider, road, stop


def test_riders_of_one_kind_share_what_they_may_do():
    """Five hundred riders of ten thousand stops would otherwise need a set of ten thousand each."""
    form = Form(road({stop(f"s{k}"): 100 * k for k in range(9)}, [rider(f"r{k}") for k in range(4)]))

    assert len({id(duty.may) for duty in form.duties}) == 1
    assert len({id(duty.metres) for duty in form.duties}) == 1


def test_a_stop_closed_to_one_rider_or_pinned_to_another_is_his_alone():
    stops = {stop("A", not_with=frozenset({"a"})): 1_000, stop("B"): 2_000, stop("C", kinds=frozenset({"car"})): 3_000}
    fleet = [rider("a"), rider("b"), rider("c", kind="car")]
    form = Form(road(stops, fleet, pins=(Pin(stop_id="B", vehicle_id="b"),)))

    assert [sorted(duty.may) for duty in form.duties] == [[], [0, 1], [0, 2]]


def test_metres_and_seconds_of_the_same_numbers_lie_in_memory_once():
    ways = np.array([[0, 7], [9, 0]], dtype=np.int32)
    matrix = Matrix(metres=ways, seconds=ways.copy(), source="estimate")

    assert matrix.seconds is matrix.metres


def test_a_window_cannot_outlast_a_way_that_does_not_exist():
    assert Window(start=0, end=LATEST).end < UNREACHABLE
    with pytest.raises(ValueError, match="must end before"):
        Window(start=0, end=UNREACHABLE)


def test_a_way_that_does_not_exist_is_never_taken():
    """Whoever has all the time there is still cannot ride there."""
    always = (Window(start=0, end=LATEST),)
    problem = road({stop("A", windows=always): 1_000, stop("B", windows=always): 2_000}, [rider(shift=always[0])])
    ways = problem.matrices["motorbike"].metres.copy()
    ways[1, 2] = UNREACHABLE
    form = Form(replace(problem, matrices={"motorbike": Matrix(metres=ways, seconds=ways, source="estimate")}))

    assert not Tour(form, form.duties[0], [0, 1]).feasible
    assert Tour(form, form.duties[0], [1, 0]).feasible
    assert [tour.order for tour in construct(form)] == [[1, 0]]


def test_a_part_counts_as_the_whole_does():
    form = Form(road({stop(f"s{k}", post=900): 100 * k for k in range(9)}, [rider("a"), rider("b")]))

    part = form.part([1], [2, 3])

    assert [duty.vehicle.id for duty in part.duties] == ["b"]
    assert part.open_stops == [2, 3]
    assert Tour(part, part.duties[0], [3, 2]).cost() == Tour(form, form.duties[1], [3, 2]).cost()
    assert len(form.duties) == 2


def test_every_savings_route_can_be_driven_and_every_stop_somebody_can_serve_is_on_one():
    for seed in range(300, 420):
        form = Form(a_problem(seed, stops=25, vehicles=3))
        for duty in form.duties:
            if duty.locked:
                continue
            routes = savings_routes(form, duty, sorted(duty.may))
            assert all(Tour(form, duty, route).feasible for route in routes)
            able = [k for k in duty.may if Tour(form, duty, [k]).feasible]
            assert sorted(k for route in routes for k in route) == sorted(able)


def test_savings_join_what_lies_together_whatever_its_windows():
    west = {stop(f"w{k}", windows=FRIDAY): -9_000 - 100 * k for k in range(3)}
    east = {stop(f"e{k}", windows=FRIDAY): 9_000 + 100 * k for k in range(3)}
    form = Form(road(west | east, [rider(capacity=3)]))

    routes = savings_routes(form, form.duties[0], range(6))

    assert sorted(sorted(route) for route in routes) == [[0, 1, 2], [3, 4, 5]]


def test_three_thousand_stops_are_laid_out_in_routes():
    """A grid of stops around the office; the first plan serves all of them, on routes not much longer than needed."""
    around = range(-27, 28)
    at = np.array([(0, 0), *((x, y) for x in around for y in around if (x, y) != (0, 0))])
    ways = (100 * np.abs(at[:, None] - at[None, :]).sum(axis=2)).astype(np.int32)
    names = {stop(f"s{k}"): k + 1 for k in range(len(at) - 1)}
    problem = road(names, [rider(f"r{k}", capacity=100) for k in range(34)])
    problem = replace(problem, matrices={"motorbike": Matrix(metres=ways, seconds=ways // 100, source="estimate")})
    form = Form(problem)

    tours = construct(form)

    assert all(tour.feasible for tour in tours)
    assert sorted(k for tour in tours for k in tour.order) == form.open_stops
    assert sum(tour.metres for tour in tours) < 1.3 * 100 * (len(form.open_stops) + 34 * 14)


def test_the_search_shares_one_table_where_metres_are_seconds():
    problem = road({stop(f"s{k}"): 100 * k for k in range(1, 9)}, [rider()])
    ways = problem.matrices["motorbike"].metres
    form = Form(replace(problem, matrices={"motorbike": Matrix(metres=ways, seconds=ways, source="estimate")}))

    field = field_of(form, [[]])

    assert field is not None
    assert field.town.seconds is field.town.metres
