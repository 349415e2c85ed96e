"""OR-Tools has its place in every plan: the whole day as one model, or a few neighbouring routes at a time."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.check import check
from routing.construct import construct
from routing.evaluate import cost_of, evaluate
from routing.explain import explain
from routing.finish import finish, finish_by_parts
from routing.form import Form
from routing.model import Limits, Problem, Solution, Window
from routing.tour import Tour
from tests.routing.chance import a_problem
from tests.routing.town import EIGHT, FRIDAY, pinned, rider, road, stop

FEW = Limits(iterations=20)


def cost(form: Form, orders) -> int:
    """Grains of a plan by our own counting; refuses a plan that breaks a rule."""
    tours = [Tour(form, duty, order) for duty, order in zip(form.duties, orders, strict=True)]
    assert all(tour.feasible for tour in tours)
    visited = {k for tour in tours for k in tour.order}
    return sum(tour.cost() for tour in tours) + sum(form.price[k] for k in form.open_stops if k not in visited)


def violations(problem: Problem, form: Form, orders) -> list:
    """What the referee says of a plan."""
    routes = evaluate(problem, form.orders(orders))
    plan = Solution(
        routes=routes,
        unassigned=explain(problem, routes),
        cost=cost_of(problem, routes),
        seconds=0,
        source="estimate",
        found_by="ortools",
    )
    return check(problem, plan)


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**9), stops=st.integers(1, 20), size=st.integers(2, 12))
def test_parts_break_no_rule_and_never_cost_more(seed, stops, size):
    problem = a_problem(seed, stops=stops, vehicles=4)
    form = Form(problem)
    start = [tour.order for tour in construct(form)]

    found = finish_by_parts(form, start, FEW, lambda orders: False, size)

    assert cost(form, found) <= cost(form, start)
    assert violations(problem, form, found) == []


def test_two_couriers_who_cross_each_other_change_stops():
    """Each rides to both ends of the road; a third one far away is no part of it."""
    at = {"west": -9_000, "east": 9_000, "west2": -9_500, "east2": 9_500}
    stops = {stop(name, demand=2): metres for name, metres in at.items()}
    far = {stop(f"far{k}"): 90_000 + 100 * k for k in range(5)}
    form = Form(road(stops | far, [rider(name, capacity=5) for name in "abc"]))
    start = [[0, 1], [2, 3], [4, 5, 6, 7, 8]]
    offered: list[list[list[int]]] = []

    found = finish_by_parts(form, start, FEW, lambda orders: bool(offered.append(orders)), 6)

    assert sorted(sorted(order) for order in found) == [[0, 2], [1, 3], [4, 5, 6, 7, 8]]
    assert offered[-1] == found


def test_a_part_takes_in_the_left_out_stops_beside_it():
    stops = {stop("A", post=90_000): 5_000, stop("B", post=90_000): 5_100, stop("far", post=1): 70_000}
    form = Form(road(stops, [rider("a"), rider("b")]))

    found = finish_by_parts(form, [[0], []], FEW, lambda orders: False, 2)

    assert sorted(k for order in found for k in order) == [0, 1]


def test_a_better_plan_may_end_it():
    stops = {stop(f"s{k}"): 1_000 * (1 + k) * (-1) ** k for k in range(12)}
    form = Form(road(stops, [rider(name, capacity=2) for name in "abcdef"]))
    start = [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]
    offered: list[list[list[int]]] = []

    finish_by_parts(form, start, FEW, lambda orders: offered.append(orders) is None, 8)

    assert len(offered) == 1


def test_a_friday_visit_stays_in_its_window_and_the_plan_gets_better():
    """A hole in the windows is no reason to refuse a plan, whatever side of it the visits are on."""
    stops = {stop(f"s{k}", service_s=1_800, windows=FRIDAY): 1_000 * (k + 1) for k in range(8)}
    form = Form(road(stops, [rider("a"), rider("b")]))
    start = [[1, 0, 3, 2, 5, 4], [6, 7]]

    found = finish(form, start, FEW, lambda orders: False)

    assert cost(form, found) < cost(form, start)


def test_without_time_for_a_model_the_plan_stays_as_it_is():
    form = Form(road({stop(f"s{k}"): 500 * k for k in range(60)}, [rider()]))
    start = [list(range(60))]

    assert finish(form, start, Limits(seconds=0.001), lambda orders: False) == start


def test_a_position_held_by_a_pin_is_kept():
    stops = {
        stop("A"): 1_000,
        stop("B"): 2_000,
        stop("C"): 3_000,
        stop("E", windows=(Window(start=EIGHT, end=EIGHT + 9_000),)): 500,
    }
    problem = road(stops, [rider("a"), rider("b")], pins=pinned("C", "a", 1))
    form = Form(problem)

    found = finish(form, [[0, 2], [1, 3]], Limits(iterations=50), lambda orders: False)

    assert found[0][1] == 2
    assert violations(problem, form, found) == []
