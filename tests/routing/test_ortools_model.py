"""The OR-Tools model counts money exactly as the fare does, and takes our plans as a start."""

import pytest

from routing.construct import construct
from routing.form import Form
from routing.model import Limits, Window
from routing.ortools_model import improve
from routing.tour import Tour
from tests.routing.chance import a_problem
from tests.routing.town import EIGHT, FRIDAY, rider, road, stop


def cost(form: Form, orders) -> int:
    """Grains of a plan by our own counting."""
    tours = [Tour(form, duty, order) for duty, order in zip(form.duties, orders, strict=True)]
    assert all(tour.feasible for tour in tours)
    visited = {k for tour in tours for k in tour.order}
    return sum(tour.cost() for tour in tours) + sum(form.price[k] for k in form.open_stops if k not in visited)


@pytest.mark.parametrize("seed", range(30))
def test_our_first_plan_is_accepted_and_never_made_worse(seed):
    form = Form(a_problem(seed, stops=10, vehicles=3))
    start = [tour.order for tour in construct(form)]
    offered: list[list[list[int]]] = []

    found = improve(form, start, Limits(iterations=20), lambda orders: bool(offered.append(orders)))

    assert offered[0] == start
    assert found is not None
    assert cost(form, found) <= cost(form, start)


def test_a_friday_plan_is_accepted_as_a_start():
    long = 100 * 60
    stops = {stop(f"s{k}", service_s=long, windows=FRIDAY): 1_000 * (k + 1) for k in range(3)}
    form = Form(road(stops, [rider()]))
    start = [tour.order for tour in construct(form)]
    offered: list[list[list[int]]] = []

    improve(form, start, Limits(iterations=5), lambda orders: bool(offered.append(orders)))

    assert len(start[0]) == 3
    assert offered[0] == start


def test_a_start_that_breaks_a_rule_is_refused_and_a_cold_plan_found():
    shut = (Window(start=EIGHT, end=EIGHT + 150),)
    form = Form(road({stop("A", windows=shut): 1_000, stop("B"): 3_000}, [rider()]))

    assert improve(form, [[1, 0]], Limits(iterations=20)) == [[0, 1]]


def test_another_seed_looks_at_the_stops_in_another_order():
    form = Form(road({stop(f"s{k}", post=1): 10_000 + k for k in range(9)}, [rider()]))

    assert improve(form, None, Limits(iterations=5, seed=3)) == [[]]
