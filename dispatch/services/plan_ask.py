"""Asking for the rest of an edited plan to be searched again."""

from sqlalchemy.orm import Session

from dispatch.errors import Conflict
from dispatch.services.planning_time import refuse_seconds
from dispatch.store import work
from dispatch.store.audit import Actor
from dispatch.store.models import Plan
from dispatch.store.states import move

TRIES = 3


def search_rest(session: Session, plan: Plan, *, by: Actor, seconds: int | None = None) -> None:
    """Let a worker search again for everything that nobody decided: solved → requested."""
    if plan.draft is None or not plan.matrix_sha:
        raise Conflict(f"plan {plan.id} keeps no draft; plan anew")
    if seconds is not None:
        refuse_seconds(seconds)
        plan.seconds_allowed = seconds
    plan.progress, plan.stop_early, plan.failure = None, False, ""
    move(session, plan, "requested", by=by, why="search the rest again")
    work.want(session, "plan_rest", plan.id, office=plan.office, max_attempts=TRIES)
