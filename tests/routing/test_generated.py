"""Problems made by chance, every constraint mixed: no plan breaks a rule, and tiny plans are the best there are."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.check import check
from routing.evaluate import cost_of, evaluate, orders_of
from routing.jsonform import from_json, to_json
from routing.model import Limits, Problem, Solution
from routing.solve import solve
from tests.routing.chance import a_problem, best_cost

FEW = Limits(iterations=30)


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**9), stops=st.integers(0, 14), vehicles=st.integers(0, 4))
def test_every_plan_passes_the_referee(seed, stops, vehicles):
    problem = a_problem(seed, stops=stops, vehicles=vehicles)

    plan = solve(problem, FEW)

    assert check(problem, plan) == []


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**9), stops=st.integers(1, 12))
def test_problems_and_plans_survive_being_stored(seed, stops):
    problem = a_problem(seed, stops=stops, vehicles=3)

    again = from_json(Problem, to_json(problem))
    plan = solve(again, FEW)

    assert to_json(again) == to_json(problem)
    assert from_json(Solution, to_json(plan)) == plan
    assert check(problem, plan) == []


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**9), stops=st.integers(1, 12))
def test_the_same_orders_give_the_same_routes(seed, stops):
    problem = a_problem(seed, stops=stops, vehicles=3)
    plan = solve(problem, FEW)

    routes = evaluate(problem, orders_of(plan.routes))

    assert routes == plan.routes
    assert cost_of(problem, routes) == plan.cost


@pytest.mark.parametrize("seed", range(40))
def test_no_plan_of_a_tiny_problem_is_cheaper(seed):
    problem = a_problem(seed, stops=4, vehicles=2, mandatory=0, extras=False)

    assert solve(problem, Limits(iterations=2_000)).cost == best_cost(problem)
