"""A solved plan in no time: what a search would have found is given, and saved as the job saves it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from sqlalchemy import select

from dispatch.runtime import Runtime
from dispatch.services import plan_matrices, planning, planning_result
from dispatch.services.plan_draft import draft_of
from dispatch.services.plan_shapes import PlanView
from dispatch.services.plan_view import view
from dispatch.services.planning_problem import Built, build, question_of
from dispatch.services.planning_result import Answer
from dispatch.store.db import Database
from dispatch.store.models import Courier, Plan
from routing.check import check
from routing.evaluate import cost_of, evaluate
from routing.model import Cause, Change, Reason, Solution, Unassigned
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, WEDNESDAY_BEFORE, released

DEARER = Reason(cause=Cause.DEARER, amount=5_000, change=Change(field="price", value=99_000))


def a_solved_plan(
    runtime: Runtime,
    *amounts: int,
    riders: int = 2,
    left_out: int = 1,
    reason: Reason | Callable[[Built], Reason] = DEARER,
    couriers: int = 6,
    with_post: bool = True,
    service_date: date = TUESDAY,
    printed_on: date = WEDNESDAY_BEFORE,
) -> str:
    """A plan over as many villages as amounts of documents: the last ones left out, the others dealt to the riders.

    Without amounts over what is sealed already."""
    with runtime.db.transaction() as session:
        if amounts:
            released(session, *amounts, printed_on=printed_on)
        busy = planning.busy_couriers(session, OFFICE, service_date)
        known = session.scalars(select(Courier.id).where(Courier.office == OFFICE).order_by(Courier.name))
        riding = [one for one in known if one not in busy]
        plan = planning.request_plan(
            session, OFFICE, service_date=service_date, seconds=1, with_post=with_post, by=SARI,
            courier_ids=riding[:couriers],
        )  # fmt: skip
        question = question_of(session, plan)
    built = build(question, question.estimate)
    stops = [stop.id for stop in built.problem.stops]
    visited = stops[: len(stops) - left_out]
    vehicles = [vehicle.id for vehicle in built.problem.vehicles[:riders]]
    orders = {vehicle: visited[at::riders] for at, vehicle in enumerate(vehicles)}
    found = the_answer(built, orders, reason(built) if callable(reason) else reason)
    assert check(built.problem, found) == []
    answer = Answer(
        built=built,
        draft=draft_of(found),
        judged=built.problem,
        solution=found,
        progress=[{"seconds": 0.5, "cost": found.cost, "stops": len(visited)}],
        lines={},
        kept=plan_matrices.keep(runtime.files, OFFICE, built.problem.matrices),
    )
    with runtime.db.transaction() as session:
        planning_result.save(session, session.get_one(Plan, plan.id), answer)
    return plan.id


def the_answer(built: Built, orders: Mapping[str, Sequence[str]], reason: Reason) -> Solution:
    """These orders as the solver would have told them."""
    routes = evaluate(built.problem, orders)
    visited = {stop_id for route in routes for stop_id in route.stop_ids}
    return Solution(
        routes=routes,
        unassigned=tuple(
            Unassigned(stop_id=stop.id, reason=reason, leave_out=stop.leave_out)
            for stop in built.problem.stops
            if stop.id not in visited
        ),
        cost=cost_of(built.problem, routes),
        seconds=0.5,
        source="estimate",
        found_by="search",
    )


def seen(db: Database, plan_id: str) -> PlanView:
    """The plan as everybody sees it."""
    with db.reading() as session:
        return view(session, session.scalars(select(Plan).where(Plan.id == plan_id)).one())


def shape(plan: PlanView) -> list[list[str]]:
    """The villages of each route in their order."""
    return [[stop.village_code for stop in route.stops] for route in plan.routes]
