"""What follows a failed attempt is decided once, when it fails, by the policy of that day, and stays with the attempt.

So a policy that changes tomorrow changes nothing about yesterday, and whoever counts the document in, or looks at why
it is held, reads the decision instead of making it again.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.services import policies
from dispatch.services.calendar import Calendar, calendar_of
from dispatch.services.policies import ReleasePolicy
from dispatch.services.reasons import COUNTED
from dispatch.store.models import Attempt, Document

OFFICES = ("village_office", "district_office")


def decide_next(
    session: Session, failed: Sequence[tuple[Document, Attempt]], reason: str, *, destination: str, on: date
) -> None:
    """Write the next step on attempts of one office that fail on this day for one reason; `failed` may be empty."""
    if not failed:
        return
    office = failed[0][0].office
    calendar = calendar_of(session, office)
    rules = policies.in_force(session, office, on)
    before = attempts_of(session, office, [document.id for document, _ in failed])
    for document, attempt in failed:
        policy = rules.get(document.kind) or rules[""]
        number = before[document.id] + (reason in COUNTED)
        _write(attempt, policy, reason, number, destination, calendar, on)


def attempts_of(session: Session, office: str, document_ids: Sequence[str]) -> Counter[str]:
    """How many attempts that count each document has behind it."""
    counted = session.execute(
        select(Attempt.document_id, func.count())
        .where(Attempt.office == office, Attempt.state == "failed", Attempt.reason.in_(COUNTED))
        .where(Attempt.document_id.in_(document_ids))
        .group_by(Attempt.document_id)
    )
    return Counter({document_id: number for document_id, number in counted})  # noqa: C416  (a Row is no plain pair to mypy)


def after_count_in(document: Document, attempt: Attempt) -> str:
    """What a document becomes when the office has it back: "ready" for a later route, or "held".

    One that waits at a village or kecamatan office leaves again, with that office as its destination.
    """
    if attempt.state != "failed":
        return "held"  # it was handed over and came back all the same (damaged): a person looks first
    if attempt.next_step == "wait" and attempt.next_place in OFFICES:
        document.destination = attempt.next_place
        return "ready"
    return "ready" if attempt.next_step == "retry" else "held"


def _write(
    attempt: Attempt,
    policy: ReleasePolicy,
    reason: str,
    number: int,
    destination: str,
    calendar: Calendar,
    on: date,
) -> None:
    step = policies.next_step(policy, reason, number, destination)
    attempt.next_step, attempt.next_place = step.action, step.place
    attempt.next_until = step.until(calendar, on)
    attempt.policy_id = policy.id
