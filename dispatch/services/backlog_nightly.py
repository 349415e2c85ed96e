"""The backlog plan that is computed again every night, so that its burn-down begins with what is there today.

It is the same row with the same question; its answer is replaced. An office has one such plan at most.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict
from dispatch.runtime import Runtime
from dispatch.services import backlog
from dispatch.services.backlog import Wish, plan_of
from dispatch.store import work
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import BacklogPlan
from dispatch.store.work import Claim


def request(session: Session, office: str, wish: Wish, *, by: Actor) -> BacklogPlan:
    """Ask for a plan; one that is computed every night takes the place of the one before."""
    row = backlog.request(session, office, wish, by=by)
    if wish.nightly:
        for other in nightly(session, office):
            if other.id != row.id:
                _leave(other)
    return row


def stop(session: Session, office: str, plan_id: str) -> BacklogPlan:
    """The plan stays as it was computed last."""
    row = plan_of(session, office, plan_id)
    if not row.question.get("nightly"):
        raise Conflict(f"backlog plan {plan_id} is not computed every night")
    _leave(row)
    return row


def nightly(session: Session, office: str) -> list[BacklogPlan]:
    """The office's plans that are computed every night."""
    rows = session.scalars(select(BacklogPlan).where(BacklogPlan.office == office))
    return [row for row in rows if row.question.get("nightly")]


def again(session: Session, office: str) -> None:
    """Want the answers of today; one that is being computed right now is left alone."""
    for row in nightly(session, office):
        if row.status in ("done", "failed"):
            row.status, row.progress_pct, row.problem, row.requested_at = "waiting", 0, "", now(session)
            work.want(session, "backlog", row.id, office=office)


def handle(runtime: Runtime, claim: Claim) -> None:
    """The job "backlog_nightly": an office's day begins."""
    work.run(
        claim,
        load=lambda _session, office: office,
        act=lambda _office, _claim: None,
        save=lambda session, office, _loaded, _done: again(session, office),
        give_up=lambda _session, _office, _error: None,
    )


def _leave(row: BacklogPlan) -> None:
    row.question = {**row.question, "nightly": False}
