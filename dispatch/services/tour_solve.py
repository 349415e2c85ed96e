"""The job "tours": rows → one problem for each number of cars → tours → referee → rows, in no transaction meanwhile."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dispatch.runtime import Runtime
from dispatch.services import tours
from dispatch.services.roads import Roads
from dispatch.services.tours import Car, Question
from dispatch.store import work
from dispatch.store.audit import SYSTEM
from dispatch.store.db import is_busy
from dispatch.store.models import TourPlan
from dispatch.store.models.common import Json
from dispatch.store.states import move
from dispatch.store.work import Claim, Hopeless
from routing.check import check
from routing.model import Limits, Matrix, Progress
from routing.solve import solve

TELL_EVERY_S = 1.0
log = logging.getLogger("antar.tours")


def handle(runtime: Runtime, claim: Claim) -> None:
    """Find the tours of a tour plan."""
    with runtime.db.reading() as session:
        seconds = session.scalar(select(TourPlan.seconds_allowed).where(TourPlan.id == claim.ref)) or 0
    # compiled code holds the interpreter for moments, and with it the thread that renews the lease
    patient = replace(claim, lease=claim.lease + timedelta(seconds=seconds))
    work.run(patient, load=load, act=partial(answer, roads=runtime.roads), save=save, give_up=give_up)


def load(session: Session, plan_id: str) -> Question | None:
    """What the plan asks, or None when it waits for no answer any more."""
    plan = session.scalar(select(TourPlan).where(TourPlan.id == plan_id, TourPlan.state == "requested"))
    return None if plan is None else tours.question_of(session, plan)


def answer(question: Question, claim: Claim, roads: Roads) -> Sequence[Json]:
    """The best tours for the cars there are, and for one more, each with half of the seconds."""
    travel = roads.travel_for(question.office, [question.depot.point], question.estimate)
    ways = travel.matrix(tours.travel_points(question), tours.PROFILE)
    limits = Limits(seconds=question.seconds / 2, seed=question.seed)
    return [
        found_for(question, ways, cars, limits, claim) for cars in (question.cars, tours.with_one_more(question.cars))
    ]


def found_for(
    question: Question, ways: Matrix, cars: Sequence[Car], limits: Limits, claim: Claim | None = None
) -> Json:
    """The tours for these cars. Hopeless when the referee finds anything wrong with them."""
    problem, visits = tours.build(question, ways, cars)
    heard = [0.0]

    def tell(progress: Progress) -> None:
        if claim is not None and progress.seconds - heard[0] >= TELL_EVERY_S:
            heard[0] = progress.seconds
            _tell(claim, {"vehicles": len(cars), "seconds": round(progress.seconds), "stops": progress.stops_on_routes})

    solution = solve(problem, limits, tell)
    violations = check(problem, solution)
    if violations:
        codes = sorted({violation.code for violation in violations})
        log.error("tours refused", extra={"plan": question.plan_id, "violations": codes})
        raise Hopeless(f"the referee refused the tours: {', '.join(codes)}")
    return tours.told(question, cars, visits, solution)


def save(session: Session, plan_id: str, question: Question, answers: Sequence[Json]) -> None:
    """Write the answers, unless the plan was discarded meanwhile."""
    plan = session.scalar(select(TourPlan).where(TourPlan.id == plan_id, TourPlan.state == "requested"))
    if plan is None:
        return
    plan.answers, plan.progress = list(answers), None
    plan.travel_source = str(answers[0]["source"])
    move(session, plan, "solved", by=SYSTEM)


def give_up(session: Session, plan_id: str, error: str) -> None:
    """No answer; somebody may ask again."""
    plan = session.scalar(select(TourPlan).where(TourPlan.id == plan_id, TourPlan.state == "requested"))
    if plan is not None:
        plan.failure = f"Tur belum berhasil dihitung. (Sebab: {error})"[:400]
        move(session, plan, "failed", by=SYSTEM, why=error[:200])


def _tell(claim: Claim, said: Json) -> None:
    try:
        with claim.transaction() as session:
            session.execute(
                update(TourPlan).where(TourPlan.id == claim.ref, TourPlan.state == "requested").values(progress=said)
            )
    except DBAPIError as error:
        if not is_busy(error):
            raise
