"""Job "message": bring one message of the outbox to its person, at least once, by the first channel that takes it.

Each job carries the round it was wanted in, so a late or doubled one finds nothing to do. A channel that cannot be
reached is tried again after a while, for a day; one that refuses the person hands on to the next. During the office's
quiet hours nothing is sent. What no channel takes stays in the outbox as failed, for a person to see.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.runtime import Runtime
from dispatch.services.announcing import settings_of
from dispatch.services.message_settings import BY_HAND, quiet_until, wanted_of
from dispatch.services.message_words import mobile_of
from dispatch.services.outbox import wants_none
from dispatch.store import work
from dispatch.store.db import now
from dispatch.store.models import Message, Recipient
from dispatch.store.work import Claim


@dataclass(frozen=True, slots=True)
class _Decision:
    """What becomes of a message without anything being sent."""

    status: str
    channel: str = ""
    step: int = 0
    next_at: datetime | None = None


def handle(runtime: Runtime, claim: Claim) -> None:
    """Send one message, or decide that it is not sent."""

    def load(session: Session, ref: str) -> _Decision | None:
        message = _waiting(session, ref)
        return None if message is None else _decide(runtime, session, message)

    def act(decision: _Decision, _claim: Claim) -> _Decision:
        return decision

    def save(session: Session, ref: str, _loaded: _Decision, decision: _Decision) -> None:
        message = _waiting(session, ref)
        if message is not None:
            message.status, message.channel, message.step = decision.status, decision.channel, decision.step
            if decision.next_at is not None:
                _later(session, message, decision.next_at)

    work.run(claim, load=load, act=act, save=save, give_up=_give_up)


def _decide(runtime: Runtime, session: Session, message: Message) -> _Decision:
    settings = settings_of(session, message.office)
    if settings is None or not settings.is_on:
        return _Decision("stopped")  # switched off since
    number = mobile_of(session.get_one(Recipient, message.recipient_id).phone)
    if number and wants_none(session, runtime.keys, message.office, number):
        return _Decision("opted_out")
    for step, channel in enumerate(wanted_of(settings).channels):
        if step < message.step:
            continue
        if channel == BY_HAND and number:
            return _Decision("by_hand", channel, step)
        quiet = quiet_until(session, settings, now(session))
        if quiet is not None:
            return _Decision("waiting", channel, step, quiet)
    return _Decision("no_contact")


def _waiting(session: Session, ref: str) -> Message | None:
    """The message of a job while it waits in that very round."""
    message_id, _, round_ = ref.partition(":")
    message = session.get(Message, message_id)
    return message if message is not None and message.status == "waiting" and str(message.round) == round_ else None


def _later(session: Session, message: Message, at: datetime) -> None:
    message.round += 1
    message.next_at = at
    after = max(at - now(session), timedelta())
    work.want(session, "message", f"{message.id}:{message.round}", office=message.office, after=after)


def _give_up(session: Session, ref: str, error: str) -> None:
    message = _waiting(session, ref)
    if message is not None:
        message.status, message.error = "failed", error[:80]
