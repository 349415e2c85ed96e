"""A checked answer becomes the first draft of its plan, and the draft becomes rows (`plan_rows`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from dispatch.services import plan_matrices, plan_rows
from dispatch.services.plan_bench import Item, Judged, Spot
from dispatch.services.plan_draft import WAITS, Draft
from dispatch.services.plan_matrices import Kept
from dispatch.services.planning_problem import Built, Load, Place
from dispatch.store.audit import SYSTEM
from dispatch.store.models import Plan
from dispatch.store.models.common import Json
from dispatch.store.states import move
from routing.jsonform import to_json
from routing.model import LeaveOut, Problem, Solution


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a solve found: the problem as it was built, a solution that the referee passed, how it was reached, the
    vehicles' ways on real roads (polylines of six decimals; empty where travel was estimated), and its ways' file."""

    built: Built
    draft: Draft
    judged: Problem
    """The problem with what the draft put off, by which the solution is right."""
    solution: Solution
    progress: Sequence[Json]
    lines: Mapping[str, str]
    kept: Kept


def save(session: Session, plan: Plan, answer: Answer) -> None:
    """Write the answer of a plan that is still waiting for it: requested → solved."""
    built = answer.built
    spots = {place.stop_id: _spot(built, place) for place in built.places}
    plan.places = [_row(spot) for spot in spots.values()]
    plan.problem = dict(problem_row(built.problem))
    plan_matrices.name(session, plan.office, answer.kept)
    plan.matrix_sha = answer.kept.sha256
    plan.progress = list(answer.progress)
    judged = Judged(draft=answer.draft, problem=answer.judged, solution=answer.solution, violations=())
    plan_rows.write(session, plan, spots, judged, by=SYSTEM, lines=answer.lines)
    move(session, plan, "solved", by=SYSTEM)


def problem_row(problem: Problem) -> Json:
    """A problem as it is kept, without its matrices: megabytes that lie in a file of their own."""
    return {name: value for name, value in to_json(problem).items() if name != "matrices"}


def waits(built: Built, stop_id: str) -> LeaveOut | None:
    """The price of letting a whole stop wait for another day."""
    return next(_spot(built, place).leave_out(WAITS) for place in built.places if place.stop_id == stop_id)


def _spot(built: Built, place: Place) -> Spot:
    return Spot(
        stop_id=place.stop_id,
        village_code=place.loads[0].village_code,
        items=tuple(_item(built, load) for load in place.loads),
    )


def _item(built: Built, load: Load) -> Item:
    prices = built.prices[load.batch_id]
    return Item(
        batch_id=load.batch_id,
        documents=load.documents,
        post=prices.post,
        waiting=prices.waiting,
        all_post=prices.all_post,
    )


def _row(spot: Spot) -> Json:
    batches = [
        {
            "id": item.batch_id,
            "documents": item.documents,
            "post": item.post,
            "waiting": item.waiting,
            "all_post": item.all_post,
        }
        for item in spot.items
    ]
    return {"stop_id": spot.stop_id, "village_code": spot.village_code, "batches": batches}
