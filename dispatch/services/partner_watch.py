"""What never called back is asked: orders that are not final every ten minutes, news of unknown orders for a day.

`look` runs with the sweeper and only writes which questions are due; asking is a job of its own.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dispatch.runtime import Runtime
from dispatch.services.assignment import OJEK_LINK, POST_COUNTER
from dispatch.services.booking import accepted, tell
from dispatch.services.partner_accounts import adapter_for, is_frozen
from dispatch.services.partner_alarm import alarm_if_too_fast
from dispatch.services.partner_events import give_up_parked, learn
from dispatch.store import audit, work
from dispatch.store.db import now
from dispatch.store.models import Assignment, PartnerMessage
from dispatch.store.work import Claim
from partners.base import Booking, CannotTell, Rejected, Tracking

EVERY = timedelta(minutes=10)
PARKED_FOR = timedelta(hours=24)
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    office: str
    partner: str
    reference: str
    partner_reference: str
    is_unknown: bool


def look(session: Session) -> int:
    """Want a question for every order that was not asked for in ten minutes, and see to what is parked."""
    at = now(session)
    silent = session.scalars(
        select(Assignment)
        .where(Assignment.state.in_(("unknown", "accepted")), Assignment.partner.not_in((OJEK_LINK, POST_COUNTER)))
        .where(or_(Assignment.asked_at < at - EVERY, Assignment.asked_at.is_(None)), Assignment.created_at < at - EVERY)
        .order_by(Assignment.asked_at, Assignment.id)
        .limit(MOST_AT_ONCE)
    ).all()
    for offer in silent:
        offer.asked_at = at
        work.want(session, "ask_partner", offer.id, office=offer.office, max_attempts=1)
    parked = session.scalars(
        select(PartnerMessage)
        .where(PartnerMessage.outcome == "parked")
        .order_by(PartnerMessage.received_at)
        .limit(MOST_AT_ONCE)
    ).all()
    for message in parked:
        if message.received_at < at - PARKED_FOR:
            give_up_parked(session, message)
        elif message.applied_at is None or message.applied_at < at - EVERY:
            message.outcome = "waiting"
            work.want(session, "partner_event", message.id, office=message.office)
    return len(silent)


def rouse(session: Session, office: str, partner: str) -> int:
    """Let what waited while a partner was frozen count."""
    waiting = session.scalars(
        select(PartnerMessage).where(
            PartnerMessage.office == office, PartnerMessage.partner == partner, PartnerMessage.outcome == "waiting"
        )
    ).all()
    for message in waiting:
        work.want(session, "partner_event", message.id, office=office)
    return len(waiting)


def handle(runtime: Runtime, claim: Claim) -> None:
    """Job "ask_partner": ask how one order stands, and let the answer count."""

    def load(session: Session, assignment_id: str) -> _Question | None:
        offer = session.get_one(Assignment, assignment_id)
        if offer.state not in ("unknown", "accepted") or is_frozen(session, offer.office, offer.partner):
            return None
        return _Question(
            office=offer.office,
            partner=offer.partner,
            reference=offer.reference,
            partner_reference=offer.partner_reference,
            is_unknown=offer.state == "unknown",
        )

    def act(question: _Question, claim: Claim) -> Tracking | Booking | None:
        with runtime.db.reading() as session:
            adapter = adapter_for(session, runtime.keys, question.office, question.partner, runtime.clock.now)
        try:
            if question.is_unknown:
                return adapter.find(question.reference)
            return adapter.track(question.reference, question.partner_reference)
        except CannotTell:
            return None
        except Rejected as refusal:
            if refusal.reason != "not_found":
                raise
            return None

    def save(session: Session, assignment_id: str, question: _Question, answer: Tracking | Booking | None) -> None:
        audit.begin(session, question.office)
        offer = session.get_one(Assignment, assignment_id, populate_existing=True)
        if isinstance(answer, Booking):
            accepted(session, offer, answer.partner_reference)
        elif isinstance(answer, Tracking):
            learn(session, question.office, question.partner, answer)
            alarm_if_too_fast(session, question.office, question.partner)
        elif offer.state == "unknown" and offer.created_at < now(session) - PARKED_FOR:
            words = f"Sudah sehari tidak pasti apakah mitra {offer.partner} menerima pesanan {offer.reference}"
            tell(session, offer, "booking_unknown", words)

    work.run(claim, load=load, act=act, save=save, give_up=_give_up)


def _give_up(session: Session, assignment_id: str, error: str) -> None:
    """Nothing is lost: it is asked again in ten minutes."""
