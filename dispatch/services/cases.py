"""What a person must look at: a short count, two proofs that contradict, a second phone. Nothing is guessed instead.

A case names one row and says in an Indonesian sentence what is wrong with it. It never holds personal data: codes of
documents and batches, names of couriers and villages, no citizen. The same trouble on the same row is one open case.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, NotFound
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import ExceptionCase

DETAIL = 300  # characters; what does not fit is cut with an ellipsis


def open_case(
    session: Session, office: str, kind: str, *, subject_kind: str, subject_id: str, detail: str
) -> ExceptionCase:
    """Ask for a person's look at a row, or find the case that already asks for it."""
    known = session.scalar(
        select(ExceptionCase).where(
            ExceptionCase.office == office,
            ExceptionCase.kind == kind,
            ExceptionCase.subject_kind == subject_kind,
            ExceptionCase.subject_id == subject_id,
            ExceptionCase.closed_at.is_(None),
        )
    )
    if known is not None:
        return known
    case = ExceptionCase(
        office=office,
        kind=kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        detail=detail if len(detail) <= DETAIL else detail[: DETAIL - 1] + "…",
        opened_at=now(session),
    )
    session.add(case)
    session.flush()
    return case


def cases_of(session: Session, office: str, *, is_open: bool | None = True) -> Sequence[ExceptionCase]:
    """The office's cases, newest first; at most 500. `is_open` None: open and closed."""
    asked = select(ExceptionCase).where(ExceptionCase.office == office)
    if is_open is not None:
        asked = asked.where(ExceptionCase.closed_at.is_(None) if is_open else ExceptionCase.closed_at.is_not(None))
    return session.scalars(asked.order_by(ExceptionCase.opened_at.desc(), ExceptionCase.id).limit(500)).all()


def close_case(session: Session, office: str, case_id: str, decision: str, *, by: Actor) -> ExceptionCase:
    """Write down what a person decided; a closed case stays as it is."""
    case = session.scalar(select(ExceptionCase).where(ExceptionCase.office == office, ExceptionCase.id == case_id))
    if case is None:
        raise NotFound(f"there is no case {case_id}")
    if case.closed_at is not None:
        raise Conflict(f"case {case_id} is closed already")
    case.closed_at, case.closed_by, case.decision = now(session), str(by), decision
    session.flush()
    return case
