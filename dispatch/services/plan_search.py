"""Searching the rest of an edited plan again: what people pinned, took out and allowed stays, all else is free.

The plan itself goes solved → requested → solved; it keeps its batches, its id and its history, and the search's result
is one more edit that can be taken back. Where the search finds nothing cheaper than what people made, that stays.
"""

from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, Invalid
from dispatch.runtime import Runtime
from dispatch.said import say
from dispatch.services import plan_draft, plan_edits
from dispatch.services.plan_bench import Bench, Judged, bench_of, chosen_problem, judge
from dispatch.services.plan_draft import Draft, Ride
from dispatch.services.planning_solve import patient, watched
from dispatch.store import work
from dispatch.store.audit import SYSTEM, Actor
from dispatch.store.files import FileStore
from dispatch.store.models import Event, Plan
from dispatch.store.models.common import Json
from dispatch.store.states import move
from dispatch.store.work import Claim, Hopeless
from routing.model import Limits, Problem, Solution
from routing.solve import solve as find_routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What is searched again."""

    plan_id: str
    bench: Bench
    seconds: int
    seed: int
    stop_early: bool
    asked_by: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best that was found or made, judged, and how the search went."""

    judged: Judged
    progress: list[Json]
    is_better: bool


def handle(runtime: Runtime, claim: Claim) -> None:
    """Search the rest of a plan again."""
    work.run(
        patient(runtime, claim), load=partial(waiting, files=runtime.files), act=search, save=save, give_up=give_up
    )


def waiting(session: Session, plan_id: str, files: FileStore) -> Rest | None:
    """What is asked, or None when the plan waits for no search any more."""
    plan = session.scalar(select(Plan).where(Plan.id == plan_id, Plan.state == "requested"))
    if plan is None or plan.draft is None:
        return None
    asked = session.scalars(
        select(Event).where(Event.subject_kind == "plan", Event.subject_id == plan.id, Event.version == plan.version)
    ).one()
    return Rest(
        plan_id=plan.id,
        bench=bench_of(plan, files),
        seconds=plan.seconds_allowed,
        seed=plan.seed,
        stop_early=plan.stop_early,
        asked_by=Actor(kind=asked.actor_kind, id=asked.actor_id),
    )


def search(rest: Rest, claim: Claim) -> Found:
    """The cheapest plan that keeps what people decided; theirs, where it breaks no limit and none is cheaper."""
    bench = rest.bench
    problem = kept_problem(bench)
    with watched(claim, rest) as watch:
        solution = find_routes(problem, Limits(seconds=rest.seconds, seed=rest.seed), watch.better)
    watch.add(solution.seconds, solution.cost, sum(len(route.visits) for route in solution.routes))
    try:
        found, made = judge(bench, as_draft(bench, solution)), judge(bench, bench.draft)
    except Invalid as error:
        raise Hopeless(str(error)) from error
    if found.violations:
        codes = sorted({one.code for one in found.violations})
        raise Hopeless(f"the referee refused the routes: {', '.join(codes)}")
    is_better = bool(made.violations) or found.solution.cost < made.solution.cost
    if not is_better:
        made = judge(bench, replace(bench.draft, reasons={**found.draft.reasons, **bench.draft.reasons}))
    judged = found if is_better else made
    return Found(judged=judged, progress=watch.points, is_better=is_better)


def kept_problem(bench: Bench) -> Problem:
    """The problem with people's decisions in it: what they took out, no vehicle may visit."""
    problem = chosen_problem(bench)
    everybody = frozenset(vehicle.id for vehicle in problem.vehicles)
    stops = tuple(replace(stop, not_with=everybody) if stop.id in bench.draft.out else stop for stop in problem.stops)
    return replace(problem, stops=stops)


def as_draft(bench: Bench, solution: Solution) -> Draft:
    """A search's answer as the plan's next draft: riders keep the number of their route, decisions stay."""
    draft = bench.draft
    known = {ride.vehicle_id: ride.number for ride in draft.rides}
    fresh = iter(range(plan_draft.free_number(draft), plan_draft.free_number(draft) + len(solution.routes)))
    rides = [
        Ride(
            number=known[route.vehicle_id] if route.vehicle_id in known else next(fresh),
            vehicle_id=route.vehicle_id,
            stops=route.stop_ids,
        )
        for route in solution.routes
    ]
    reasons = {one.stop_id: one.reason for one in solution.unassigned if one.stop_id not in draft.out}
    return replace(draft, rides=tuple(sorted(rides, key=lambda ride: ride.number)), reasons=reasons)


def save(session: Session, plan_id: str, rest: Rest, found: Found) -> None:
    """Write what was found as one more edit, unless the plan was discarded meanwhile."""
    plan = session.scalar(select(Plan).where(Plan.id == plan_id, Plan.state == "requested"))
    if plan is None:
        return
    plan.progress = list(found.progress)
    said = say("sisanya dihitung ulang") if found.is_better else say("dihitung ulang: tidak ada yang lebih murah")
    plan_edits.keep(
        session, plan, rest.bench, found.judged.draft, kind="again", said=said, by=rest.asked_by, judged=found.judged
    )


def give_up(session: Session, plan_id: str, error: str) -> None:
    """The search failed: the plan stands as people made it."""
    plan = session.scalar(select(Plan).where(Plan.id == plan_id, Plan.state == "requested"))
    if plan is None:
        return
    if plan.draft is None:
        raise Conflict(f"plan {plan.id} has no draft")
    plan.failure = f"Sisanya belum berhasil dihitung ulang; rencana tetap seperti semula. (Sebab: {error})"[:400]
    move(session, plan, "solved", by=SYSTEM, why=error[:200])
