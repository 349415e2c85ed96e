"""Job "message": bring one message of the outbox to its person, at least once, by the first channel that takes it.

Each job carries the round it was wanted in, so a late or doubled one finds nothing to do. A channel that cannot be
reached is tried again after a while, for about a day; one that refuses the person, or whose account is not in order,
hands on to the next. During the office's quiet hours nothing is sent. What no channel takes stays in the outbox as
failed, for a person to see.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.runtime import Runtime
from dispatch.services.announcing import settings_of
from dispatch.services.cases import open_case
from dispatch.services.channel_accounts import EMAIL, WHATSAPP, channel_of
from dispatch.services.message_settings import BY_HAND, quiet_until, wanted_of
from dispatch.services.message_words import Facts, mobile_of, parameters, written
from dispatch.services.outbox import facts_of, wants_none
from dispatch.store import work
from dispatch.store.db import now
from dispatch.store.models import Document, Message, MessageSettings, Recipient
from dispatch.store.work import Claim
from partners.base import NotUnderstood, Unreachable
from partners.mail import is_address
from partners.messages import MessageChannel, Outgoing, Refused

PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720))
"""How long a channel that cannot be reached is left alone, try by try; then the next one has its turn."""
SUBJECT = "Kabar dokumen kependudukan Anda"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decision:
    """What becomes of a message: sent by a channel, or a state without anything being sent."""

    status: str
    step: int = 0
    channel: str = ""
    next_at: datetime | None = None
    through: MessageChannel | None = None
    outgoing: Outgoing | None = None


type _Answer = str | Unreachable | Refused | NotUnderstood


def handle(runtime: Runtime, claim: Claim) -> None:
    """Send one message, or decide that it is not sent."""

    def load(session: Session, ref: str) -> _Decision | None:
        message = _waiting(session, ref)
        return None if message is None else _decide(runtime, session, message)

    def act(decision: _Decision, _claim: Claim) -> _Answer:
        if decision.through is None or decision.outgoing is None:
            return ""
        try:
            return decision.through.send(decision.outgoing)
        except (Unreachable, Refused, NotUnderstood) as error:
            return error

    def save(session: Session, ref: str, decision: _Decision, answer: _Answer) -> None:
        message = _waiting(session, ref)
        if message is not None:
            message.channel, message.step = decision.channel, decision.step
            if decision.through is None:
                message.status = decision.status
                if decision.next_at is not None:
                    _again(session, message, at=decision.next_at)
            else:
                _answered(session, message, answer)

    work.run(claim, load=load, act=act, save=save, give_up=_give_up)


def next_channel(session: Session, message: Message, error: str) -> None:
    """This channel does not reach the person: let the one after it have its turn, at once."""
    message.status, message.error = "waiting", error[:80]
    message.step, message.tries = message.step + 1, 0
    _again(session, message, at=now(session))


def _decide(runtime: Runtime, session: Session, message: Message) -> _Decision:
    settings = settings_of(session, message.office)
    if settings is None or not settings.is_on:
        return _Decision(status="stopped")  # switched off since
    recipient = session.get_one(Recipient, message.recipient_id)
    number, address = mobile_of(recipient.phone), recipient.email if is_address(recipient.email) else ""
    if any(wants_none(session, runtime.keys, message.office, contact) for contact in (number, address) if contact):
        return _Decision(status="opted_out")
    document = session.get_one(Document, message.document_id)
    facts = facts_of(session, message, document, recipient, runtime.settings.public_url)
    for step, channel in enumerate(wanted_of(settings).channels):
        to = address if channel == EMAIL else number
        if step < message.step or not to:
            continue
        if channel == BY_HAND:
            return _Decision(status="by_hand", channel=channel, step=step)
        through = channel_of(session, runtime.keys, message.office, channel)
        outgoing = _outgoing(session, message, settings, facts, channel, to)
        if through is None or outgoing is None:
            continue
        quiet = quiet_until(session, settings, now(session))
        if quiet is not None:
            return _Decision(status="waiting", channel=channel, step=step, next_at=quiet)
        return _Decision(status="sent", channel=channel, step=step, through=through, outgoing=outgoing)
    if message.step:
        return _Decision(status="failed", channel=message.channel, step=message.step)
    return _Decision(status="no_contact")


def _outgoing(
    session: Session, message: Message, settings: MessageSettings, facts: Facts, channel: str, to: str
) -> Outgoing | None:
    """The message as the channel takes it; None for WhatsApp where no template is approved for this news."""
    words = session.get_one(MessageSettings, message.settings_id).templates[message.news]
    text = written(words, facts)
    if channel != WHATSAPP:
        return Outgoing(id=message.id, to=to, text=text, subject=SUBJECT)
    template = settings.whatsapp_templates.get(message.news, "")
    if not template:
        return None
    return Outgoing(id=message.id, to=to, text=text, template=template, parameters=parameters(words, facts))


def _answered(session: Session, message: Message, answer: _Answer) -> None:
    message.tries += 1
    if isinstance(answer, str):
        message.status, message.partner_reference, message.error = "sent", answer[:128], ""
        message.sent_at, message.next_at = now(session), None
        return
    if isinstance(answer, Refused):
        if answer.reason == "account":
            _tell(session, message, answer)
        next_channel(session, message, str(answer))
        return
    message.error = type(answer).__name__
    if message.tries > len(PAUSES):
        next_channel(session, message, message.error)
        return
    pause = PAUSES[message.tries - 1]
    if isinstance(answer, Unreachable) and answer.retry_after is not None:
        pause = max(pause, timedelta(seconds=answer.retry_after))
    _again(session, message, at=now(session) + pause)


def _tell(session: Session, message: Message, refusal: Refused) -> None:
    detail = (
        f"Saluran {message.channel} menolak semua pesan (kode {refusal.code}): periksa akun, kunci dan templatnya. "
        "Pesan berjalan lewat saluran berikutnya."
    )
    kind = "channel_account"
    open_case(session, message.office, kind, subject_kind="channel", subject_id=message.channel, detail=detail)


def _waiting(session: Session, ref: str) -> Message | None:
    """The message of a job while it waits in that very round."""
    message_id, _, round_ = ref.partition(":")
    message = session.get(Message, message_id)
    return message if message is not None and message.status == "waiting" and str(message.round) == round_ else None


def _again(session: Session, message: Message, *, at: datetime) -> None:
    message.round += 1
    message.next_at = at
    after = max(at - now(session), timedelta())
    session.flush()
    work.want(session, "message", f"{message.id}:{message.round}", office=message.office, after=after)


def _give_up(session: Session, ref: str, error: str) -> None:
    message = _waiting(session, ref)
    if message is not None:
        message.status, message.error = "failed", error[:80]
