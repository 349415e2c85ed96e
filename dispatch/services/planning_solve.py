"""The job "solve": rows → problem → routes → referee → rows. No transaction is open while it searches.

A second run finds the plan no longer waiting and does nothing. While the search goes on, a thread writes how far it
has come and reads whether somebody asked it to stop, about once a second, each time in a short transaction that fails
when another worker has taken the job over.
"""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dispatch.runtime import Runtime
from dispatch.services import plan_matrices, planning_result
from dispatch.services.plan_bench import TAKEN_OUT
from dispatch.services.plan_draft import WAITS, draft_of, problem_of
from dispatch.services.planning_days import put_off, without
from dispatch.services.planning_problem import PROFILE, Built, Question, build, candidates, question_of
from dispatch.services.planning_result import Answer, waits
from dispatch.services.roads import Roads, at_pace, is_estimate
from dispatch.store import work
from dispatch.store.audit import SYSTEM
from dispatch.store.db import is_busy
from dispatch.store.files import FileStore
from dispatch.store.models import Plan
from dispatch.store.models.common import Json
from dispatch.store.states import move
from dispatch.store.work import Claim, Hopeless, LostClaim
from routing.check import check
from routing.model import Limits, Pin, Problem, Progress, Solution
from routing.solve import solve as find_routes
from routing.travel.base import TravelModel
from routing.travel.polyline import encode

EVERY_S = 1.0

SILENT_SHARE = 0.1
"""Of its seconds a solve may be silent so much at a stretch."""

log = logging.getLogger("antar.planning")


def solve(runtime: Runtime, claim: Claim) -> None:
    """Find the routes of a plan."""
    find = partial(answer, roads=runtime.roads, files=runtime.files)
    work.run(patient(runtime, claim), load=waiting_question, act=find, save=save, give_up=give_up)


def patient(runtime: Runtime, claim: Claim) -> Claim:
    """The claim with a lease that outlives the silence of a long solve.

    OR-Tools and compiled code hold the interpreter while they run, and with it the thread that renews the lease.
    """
    with runtime.db.reading() as session:
        seconds = session.scalar(select(Plan.seconds_allowed).where(Plan.id == claim.ref)) or 0
    return replace(claim, lease=claim.lease + timedelta(seconds=SILENT_SHARE * seconds))


def waiting_question(session: Session, plan_id: str) -> Question | None:
    """What the plan asks, or None when it waits for no answer any more."""
    plan = session.scalar(select(Plan).where(Plan.id == plan_id, Plan.state == "requested"))
    if plan is None or plan.draft is not None:  # one that has a draft waits for the rest only (plan_search)
        return None
    with _numbers_of_the_office():
        return question_of(session, plan)


def answer(question: Question, claim: Claim, roads: Roads, files: FileStore) -> Answer:
    """The best routes found in the plan's seconds, and their ways safely stored, by which edits are judged.

    Hopeless when the referee finds anything wrong with them."""
    travel = roads.travel_for(question.office, [depot.point for depot in question.depots], question.estimate)
    with _numbers_of_the_office():
        built = build(question, at_pace(travel, question.pace))
    limits = Limits(seconds=question.seconds, seed=question.seed)
    with watched(claim, question) as watch:
        later, pins, limits = _put_off(question, built, limits, watch)
        prices = {stop_id: waits(built, stop_id) for stop_id in later}
        asked = replace(without(built.problem, prices), pins=pins)
        solution = find_routes(asked, limits, watch.better)
    draft = replace(draft_of(solution), out=dict.fromkeys(later, WAITS), later=later, pins=pins)
    judged = problem_of(built.problem, draft, prices)
    solution = _with_days(solution, later)
    watch.add(solution.seconds, solution.cost, sum(len(route.visits) for route in solution.routes))
    violations = check(judged, solution)
    if violations:
        codes = sorted({violation.code for violation in violations})
        log.error("answer refused", extra={"plan": question.plan_id, "violations": codes})
        raise Hopeless(f"the referee refused the routes: {', '.join(codes)}")
    return Answer(
        built=built,
        draft=draft,
        judged=judged,
        solution=solution,
        progress=watch.points,
        lines=_lines(built, solution, travel),
        kept=plan_matrices.keep(files, question.office, built.problem.matrices),
    )


def _put_off(
    question: Question, built: Built, limits: Limits, watch: "Watch"
) -> tuple[dict[str, str], tuple[Pin, ...], Limits]:
    """The stops that ride on a later day, and on which; who takes those of today; what is left to search its routes.

    Half of the time goes into the question which day. Its costs are those of several days and no part of the curve."""
    if question.ahead is None:
        return {}, (), limits
    half = Limits(seconds=question.seconds / 2, seed=question.seed)

    def search(problem: Problem, within: Limits) -> Solution:
        return find_routes(problem, within, lambda _: watch.stop.is_set())

    later, today = put_off(built.problem, candidates(question, built, question.ahead), half, search)
    return {stop_id: question.ahead.days[day].isoformat() for stop_id, day in later.items()}, today, half


def _with_days(solution: Solution, later: Mapping[str, str]) -> Solution:
    """Of what rides later, no cause of today is told."""
    unassigned = (replace(one, reason=TAKEN_OUT) if one.stop_id in later else one for one in solution.unassigned)
    return replace(solution, unassigned=tuple(unassigned))


def _lines(built: Built, solution: Solution, travel: TravelModel) -> Mapping[str, str]:
    """Vehicle → its way on the map, where it is on real roads: kept with the route, so that a page asks nobody."""
    if is_estimate(solution.source):
        return {}
    points = {stop.id: stop.point for stop in built.problem.stops} | {d.id: d.point for d in built.problem.depots}
    starts = {vehicle.id: vehicle.start for vehicle in built.problem.vehicles}
    ends = {vehicle.id: vehicle.end for vehicle in built.problem.vehicles}
    lines: dict[str, str] = {}
    for route in solution.routes:
        places = [starts[route.vehicle_id], *route.stop_ids, ends[route.vehicle_id]]
        way = travel.geometry([points[place] for place in places if place is not None], PROFILE)
        lines[route.vehicle_id] = encode(way)
    return lines


def save(session: Session, plan_id: str, _question: Question, found: Answer) -> None:
    """Write the answer, unless the plan was discarded meanwhile."""
    plan = session.scalar(select(Plan).where(Plan.id == plan_id, Plan.state == "requested"))
    if plan is None:
        return
    planning_result.save(session, plan, found)
    routes = found.solution.routes
    log.info("plan solved", extra={"plan": plan_id, "routes": len(routes), "cost": plan.cost, "version": plan.version})


def give_up(session: Session, plan_id: str, error: str) -> None:
    """The plan has failed: its batches stay reserved until somebody retries or discards it."""
    plan = session.scalar(select(Plan).where(Plan.id == plan_id, Plan.state == "requested"))
    if plan is None:
        return
    plan.failure = f"Rute belum berhasil dihitung. Coba lagi atau buang rencana ini. (Sebab: {error})"[:400]
    move(session, plan, "failed", by=SYSTEM, why=error[:200])


@contextmanager
def _numbers_of_the_office() -> Iterator[None]:
    """A value the routing refuses comes from the office's own rules, and no second try heals it."""
    try:
        yield
    except ValueError as error:
        raise Hopeless(str(error)) from error  # it speaks of codes and numbers only


class Searched(Protocol):
    """What a watch needs to know of what is searched."""

    @property
    def plan_id(self) -> str: ...

    @property
    def stop_early(self) -> bool: ...


class Watch:
    """Collects how the search goes, tells the plan's row, and learns from it whether to stop."""

    def __init__(self, claim: Claim, question: Searched) -> None:
        self.claim = claim
        self.plan_id = question.plan_id
        self.begun = perf_counter()
        self.stop = threading.Event()
        self.lock = threading.RLock()  # the search and the watching thread both add points
        self.points: list[Json] = []
        if question.stop_early:
            self.stop.set()

    def better(self, progress: Progress) -> bool:
        """The search found a better plan; True asks it to stop and use that."""
        self.add(progress.seconds, progress.cost, progress.stops_on_routes)
        return self.stop.is_set()

    def add(self, seconds: float, cost: int, stops: int) -> None:
        """Remember a point of the curve."""
        point: Json = {"seconds": round(seconds, 1), "cost": cost, "stops": stops}
        with self.lock:
            # while the cost stays, the last point moves on in time instead of becoming many
            if len(self.points) > 1 and self.points[-1]["cost"] == self.points[-2]["cost"] == cost:
                self.points[-1] = point
            else:
                self.points.append(point)

    def still_searching(self) -> None:
        """Let the curve reach this moment."""
        with self.lock:
            if self.points:
                self.add(perf_counter() - self.begun, self.points[-1]["cost"], self.points[-1]["stops"])

    def tell(self) -> None:
        """Write the curve and read the wish to stop."""
        with self.claim.transaction() as session:
            mine = (Plan.id == self.plan_id, Plan.state == "requested")
            session.execute(update(Plan).where(*mine).values(progress=list(self.points)))
            wants_to_go_on = session.scalar(select(Plan.stop_early).where(*mine)) is False
        if not wants_to_go_on:
            self.stop.set()


@contextmanager
def watched(claim: Claim, question: Searched) -> Iterator[Watch]:
    """A Watch that tells the plan's row about once a second as long as the block runs."""
    watch = Watch(claim, question)
    done = threading.Event()

    def look() -> None:
        while not done.wait(EVERY_S):
            watch.still_searching()
            try:
                watch.tell()
            except LostClaim:
                watch.stop.set()  # somebody else solves it now; saving will notice, too
                return
            except DBAPIError as error:
                if not is_busy(error):
                    log.warning("progress not told", extra={"plan": question.plan_id, "error": type(error).__name__})

    thread = threading.Thread(target=look, name=f"watch {question.plan_id}", daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        done.set()
        thread.join()
