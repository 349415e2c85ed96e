"""The best of several plans is put together from their routes."""

from routing.construct import construct
from routing.form import Form
from routing.model import Limits, Pin
from routing.partition import combine
from routing.search.pool import MOST, Pool
from routing.search.search import search
from routing.tour import Tour
from tests.routing.chance import a_problem
from tests.routing.town import rider, road, stop


def cost(form: Form, orders) -> int:
    """Grains of a plan; refuses one that breaks a rule or visits a stop twice."""
    tours = [Tour(form, duty, order) for duty, order in zip(form.duties, orders, strict=True)]
    assert all(tour.feasible for tour in tours)
    visited = [k for tour in tours for k in tour.order]
    assert len(visited) == len(set(visited))
    return sum(tour.cost() for tour in tours) + sum(form.price[k] for k in form.open_stops if k not in visited)


def two_sides(vehicles=2, capacity=2, **more) -> Form:
    """Two villages in the east, two in the west; `A` and `B` can only be told apart by their names."""
    stops = {stop("east 1"): 1_000, stop("east 2"): 2_000, stop("west 1"): -1_000, stop("west 2"): -2_000}
    return Form(road(stops, [rider(name, capacity=capacity) for name in "AB"[:vehicles]], **more))


def test_one_plan_is_right_in_the_east_and_another_in_the_west():
    form = two_sides()
    pool = Pool({0: [0, 1]})
    for order in ([0, 1], [2], [3], [2, 3], [0], [1]):
        pool.add(0, order)
    bad = [[0, 2], [1, 3]]
    for order in bad:
        pool.add(0, order)

    together = combine(form, bad, pool, None)

    assert sorted(together) == [[0, 1], [2, 3]]


def test_no_more_routes_are_chosen_than_there_are_vehicles_of_the_sort():
    form = two_sides(vehicles=1)
    pool = Pool({0: [0]})
    for order in ([0, 1], [2, 3]):
        pool.add(0, order)

    together = combine(form, [[]], pool, None)

    assert len(together) == 1
    assert together[0] in ([0, 1], [2, 3])


def test_a_stop_on_two_chosen_routes_is_taken_off_one_of_them():
    form = two_sides(capacity=3)
    pool = Pool({0: [0, 1]})
    for order in ([0, 1, 2], [2, 3], [3]):
        pool.add(0, order)

    together = combine(form, [[], []], pool, None)

    assert sorted(together) == [[0, 1], [2, 3]]


def test_a_route_held_by_a_pin_is_left_alone():
    form = two_sides(pins=(Pin(stop_id="west 1", vehicle_id="A", position=0),))
    pool = Pool({1: [1]})
    for order in ([0], [0, 1], [1], [3]):
        pool.add(1, order)

    together = combine(form, [[2, 3], [0]], pool, None)

    assert together == [[2, 3], [0, 1]]


def test_what_a_search_has_seen_never_makes_a_dearer_plan():
    better = 0
    for seed in range(600, 660):
        form = Form(a_problem(seed, stops=16, vehicles=4))
        start = [tour.order for tour in construct(form)]
        found = search(form, start, Limits(iterations=300, seed=seed), lambda _: False)
        worse = start if seed % 2 else found.tours
        for first, alike in found.pool.alike.items():
            for duty in alike:
                found.pool.add(first, worse[duty])

        together = combine(form, worse, found.pool, None)

        if together is not None:
            assert cost(form, together) <= cost(form, worse) + form.cost_unit() * 50
            better += cost(form, together) < cost(form, worse)
    assert better > 5


def test_the_pool_forgets_the_oldest_routes():
    pool = Pool()
    for k in range(MOST + 10):
        pool.add(0, [k])

    assert len(pool) == MOST
    assert (0, (0,)) not in set(pool)
    assert (0, (MOST + 9,)) in set(pool)
