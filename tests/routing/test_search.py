"""The search counts as the rest of the solver does, and finds what single steps cannot."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from routing.construct import construct
from routing.form import Form
from routing.model import Limits, Pin, Tariff, Window
from routing.search.anneal import anneal, total_cost
from routing.search.arrays import (
    COST,
    EARLY,
    FREE,
    LATE,
    LOAD,
    METRES,
    NEXT,
    ROUTE,
    SECOND,
    empty_plan,
    field_of,
    route_of,
    set_plan,
)
from routing.search.measure import measure
from routing.search.recreate import ANY_COST, best_place
from routing.search.ruin import UNTIL_BLINK, scratch_for
from routing.search.search import search
from routing.search.warm import warm
from routing.tour import Tour
from tests.routing.chance import a_problem
from tests.routing.town import EIGHT, FRIDAY, rider, road, stop


def cost(form: Form, orders) -> int:
    """Grains of a plan, counted tour by tour; refuses a plan that breaks a rule."""
    tours = [Tour(form, duty, order) for duty, order in zip(form.duties, orders, strict=True)]
    assert all(tour.feasible for tour in tours)
    visited = {k for tour in tours for k in tour.order}
    return sum(tour.cost() for tour in tours) + sum(form.price[k] for k in form.open_stops if k not in visited)


def stops_of(field, plan, route: int) -> list[int]:
    """The field's numbers of a route's stops."""
    return route_of(plan.node[:, NEXT], len(field.stops), route)


def on_the_field(form: Form):
    """The first plan as arrays."""
    tours = construct(form)
    field = field_of(form, [tour.order for tour in tours])
    plan = empty_plan(field.town)
    number = {k: i for i, k in enumerate(field.stops)}
    set_plan(field.town, plan, [[number[k] for k in tours[duty].order] for duty in field.duties])
    for route in range(len(field.duties)):
        measure(field.town, plan, route)
    return field, plan


def problems():
    """Problems of every kind that have something to search."""
    for seed in range(400, 440):
        form = Form(a_problem(seed, stops=14, vehicles=3))
        if field_of(form, [tour.order for tour in construct(form)]) is not None:
            yield form


def test_a_route_costs_the_same_in_arrays_as_in_the_tour():
    for form in problems():
        field, plan = on_the_field(form)
        for route, duty in enumerate(field.duties):
            order = stops_of(field, plan, route)
            tour = Tour(form, form.duties[duty], [field.stops[i] for i in order])
            cost = plan.routes[route, COST] * form.cost_unit()
            assert cost == pytest.approx(tour.cost(), abs=form.cost_unit() * 50)
            assert [plan.node[i, EARLY] for i in order] == tour.early
            assert [plan.node[i, LATE] for i in order] == tour.late
            assert (plan.routes[route, METRES], plan.routes[route, LOAD]) == (tour.metres, tour.load)
            full = len(order) >= form.duties[duty].stops_left
            assert plan.routes[route, FREE] == (-1 if full else form.duties[duty].room - tour.load)


def test_a_stop_is_put_where_it_costs_least():
    compared = 0
    for seed in range(400, 480):
        form = Form(a_problem(seed, stops=10, vehicles=3))
        tours = [tour.order for tour in construct(form)]
        field = field_of(form, tours)
        if field is None or field.town.fleet[:, SECOND].any():
            continue  # what an hour costs is known only once the stop is in
        for k in sorted({k for duty in field.duties for k in tours[duty]}):
            rest = [[other for other in order if other != k] for order in tours]
            least = min(_costs_with(form, field.duties, rest, k), default=None)
            best = _looked_up(field, rest, k)
            if best is None:
                assert least is None
            else:
                duty, at = best
                put = Tour(form, form.duties[duty], [*rest[duty][:at], k, *rest[duty][at:]])
                assert put.feasible
                before = Tour(form, form.duties[duty], rest[duty]).cost()
                assert put.cost() - before == pytest.approx(least, abs=form.cost_unit() * 50)
            compared += 1
    assert compared > 100


def _costs_with(form: Form, duties, rest, k: int):
    """What the stop costs in every place where it may stand."""
    for duty in duties:
        before = Tour(form, form.duties[duty], rest[duty]).cost()
        for at in range(len(rest[duty]) + 1):
            tour = Tour(form, form.duties[duty], [*rest[duty][:at], k, *rest[duty][at:]])
            if tour.feasible and k in form.duties[duty].may:
                yield tour.cost() - before


def _looked_up(field, rest, k: int) -> tuple[int, int] | None:
    """The duty, and the position on it, that the search chooses for a stop when it overlooks nothing."""
    number = {k: i for i, k in enumerate(field.stops)}
    plan, scratch = empty_plan(field.town), scratch_for(field.town)
    set_plan(field.town, plan, [[number[other] for other in rest[duty]] for duty in field.duties])
    for route in range(len(field.duties)):
        measure(field.town, plan, route)
    scratch.counts[UNTIL_BLINK] = 1_000_000
    node = best_place(np.random.default_rng(1), field.town, plan, scratch, number[k], ANY_COST)
    if node < 0:
        return None
    route = int(plan.node[node, ROUTE])
    order = stops_of(field, plan, route)
    return field.duties[route], order.index(node) + 1 if node < len(field.stops) else 0


def test_every_step_keeps_the_books_and_breaks_no_rule():
    for form in problems():
        field, plan = on_the_field(form)
        rng, scratch = np.random.default_rng(3), scratch_for(field.town)
        best = plan.node[:, NEXT].copy()
        now = best_cost = int(total_cost(plan, field.price))
        for _ in range(10):
            now, best_cost = anneal(rng, field.town, plan, best, scratch, field.price, now, best_cost, 20, 1e5)
            tours = [
                Tour(form, form.duties[d], [field.stops[i] for i in stops_of(field, plan, r)])
                for r, d in enumerate(field.duties)
            ]
            assert all(tour.feasible for tour in tours)
            assert now == total_cost(plan, field.price)
            for r in range(len(field.duties)):
                remembered = plan.node.copy(), plan.routes.copy()
                measure(field.town, plan, r)
                assert (plan.node == remembered[0]).all()
                assert (plan.routes == remembered[1]).all()


def test_a_search_never_ends_worse_than_it_began():
    for form in problems():
        start = [tour.order for tour in construct(form)]

        found = search(form, start, Limits(iterations=500), lambda orders: False).tours

        assert cost(form, found) <= cost(form, start)


def test_a_far_group_is_served_by_the_courier_whose_shift_allows_it():
    """Far away, after noon, only with the car: everything a single courier's plan would miss."""
    late = (Window(start=13 * 3_600, end=14 * 3_600),)
    far = {stop(f"far{k}", windows=late, kinds=frozenset({"car"}), post=9_000): 40_000 + k for k in range(12)}
    near = {stop(f"near{k}", windows=FRIDAY, post=7_000): 2_000 + k for k in range(6)}
    morning = rider("bike", shift=Window(start=EIGHT, end=EIGHT + 4 * 3_600))
    form = Form(
        road(far | near, [morning, rider("car", kind="car", tariff=Tariff(base_fare=0, base_metres=0, per_km=1_000))])
    )

    found = search(form, [[], []], Limits(iterations=4_000), lambda orders: False).tours

    assert sorted(found[1]) == list(range(18))
    assert found[0] == []


def test_a_search_stops_when_asked():
    form = Form(road({stop(f"s{k}", post=9_000): 500 * k + 100 for k in range(20)}, [rider("a"), rider("b")]))
    asked: list[int] = []

    search(form, [[], []], Limits(seconds=60), lambda orders: bool(asked.append(1)) or len(asked) == 2)

    assert len(asked) == 2


def test_positions_held_by_a_pin_are_left_alone():
    stops = {stop("A"): 1_000, stop("B"): 2_000, stop("C"): 3_000}
    form = Form(road(stops, [rider("a"), rider("b")], pins=(Pin(stop_id="C", vehicle_id="a", position=1),)))

    found = search(form, [[0, 2], [1]], Limits(iterations=200), lambda orders: False).tours

    assert found[0] == [0, 2]
    assert found[1] == [1]


def test_plain_python_finds_exactly_what_compiled_code_finds():
    """Numba may be missing on some machine; the plan may not depend on it."""
    program = (
        "import json; from tests.routing.chance import a_problem; from routing.form import Form;"
        "from routing.construct import construct; from routing.model import Limits;"
        "from routing.search.search import search; form = Form(a_problem(7, stops=25, vehicles=4, extras=False));"
        "start = [t.order for t in construct(form)];"
        "print(json.dumps(search(form, start, Limits(iterations=300), lambda o: False).tours))"
    )
    answers = []
    for plain in ("0", "1"):
        ran = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "NUMBA_DISABLE_JIT": plain},
            capture_output=True,
            text=True,
            check=True,
        )
        answers.append(json.loads(ran.stdout))

    assert answers[0] == answers[1]
    assert any(answers[0])


def test_warming_up_is_quick_the_second_time_and_harmless():
    warm()
    warm()
