"""The outbox as people see it: what waits, what went out, what is to be sent by hand, and who wants none."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services.announcing import Draft, Told, drafts, settings_of
from dispatch.services.message_settings import BY_HAND, wanted_of
from dispatch.services.message_words import NEWS_OF, Facts, mobile_of, whatsapp_url, written
from dispatch.store import work
from dispatch.store.audit import Actor
from dispatch.store.db import insert_if_absent, new_id, now
from dispatch.store.models import Document, Event, Message, MessageSettings, Office, OptOut, Recipient
from dispatch.store.privacy import KeyRing

STATUS: Mapping[str, tuple[str, str]] = {
    "waiting": (say("menunggu dikirim"), "is-waiting"),
    "by_hand": (say("menunggu petugas"), "is-waiting"),
    "sent": (say("terkirim"), "is-moving"),
    "delivered": (say("sampai di HP"), "is-done"),
    "read": (say("dibaca"), "is-done"),
    "failed": (say("gagal"), "is-problem"),
    "no_contact": (say("tanpa nomor"), "is-held"),
    "opted_out": (say("tidak mau dikirimi"), "is-plain"),
    "stopped": (say("dihentikan"), "is-plain"),
}
"""The words and the colour of each state of a message."""

AGAIN = frozenset({"failed", "no_contact", "stopped", "sent"})
"""States from which a person may have a message sent once more."""
SHOWN, PREVIEWED = 200, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A message with what it says."""

    message: Message
    name: str
    phone: str
    text: str
    whatsapp_url: str


def facts_of(session: Session, message: Message | Draft, document: Document, recipient: Recipient, url: str) -> Facts:
    """What a message says, from its row and the person's; `url` is this installation's public address."""
    office = session.get_one(Office, document.office)
    return Facts(
        name=recipient.name if message.is_named else "",
        documents=message.documents,
        request_number=document.request_number,
        place=message.place,
        promised_on=message.promised_on or document.promised_on,
        fee_rupiah=message.fee_rupiah,
        office=office.name,
        check_url=f"{url}/status",
    )


def lines(
    session: Session, office: str, url: str, *, status: str = "", message_id: str = "", at_most: int = SHOWN
) -> list[Line]:
    """The newest messages with their texts; of one state where it is named. By-hand ones come oldest first."""
    query = (
        select(Message, Document, Recipient, MessageSettings)
        .join(Document, Document.id == Message.document_id)
        .join(Recipient, Recipient.id == Message.recipient_id)
        .join(MessageSettings, MessageSettings.id == Message.settings_id)
        .where(Message.office == office)
        .limit(at_most)
    )
    if status:
        query = query.where(Message.status == status)
    if message_id:
        query = query.where(Message.id == message_id)
    order = Message.created_at.asc() if status == "by_hand" else Message.created_at.desc()
    return [
        _line(message, recipient, written(settings.templates[message.news], facts))
        for message, document, recipient, settings in session.execute(query.order_by(order, Message.id))
        for facts in [facts_of(session, message, document, recipient, url)]
    ]


def counts(session: Session, office: str) -> Mapping[str, int]:
    """How many messages are in each state."""
    rows = session.execute(
        select(Message.status, func.count()).where(Message.office == office).group_by(Message.status)
    )
    return dict(rows.all())


def would_send(session: Session, office: str, url: str) -> list[tuple[str, str]]:
    """What the newest changes would tell with the texts that hold: the kind of news and the text.

    While messages are off this is all that comes of them.
    """
    wanted = wanted_of(settings_of(session, office))
    events = session.execute(
        select(Event.seq, Event.subject_id, Event.from_state, Event.to_state)
        .where(Event.office == office, Event.subject_kind == "document")
        .where(tuple_(Event.from_state, Event.to_state).in_(list(NEWS_OF)))
        .order_by(Event.seq.desc())
        .limit(PREVIEWED)
    ).all()
    told = [
        Told(seq, subject, news)
        for seq, subject, start, end in reversed(events)
        if (news := NEWS_OF.get((start, end))) in wanted.news
        if news is not None
    ]
    return [
        (draft.news, written(wanted.templates[draft.news], facts))
        for draft in drafts(session, office, told)
        for facts in [facts_of(session, draft, draft.document, draft.recipient, url)]
    ]


def open_by_hand(session: Session, office: str, message_id: str, url: str, *, by: Actor) -> str:
    """A clerk sends a message from the office's own phone: the address that opens WhatsApp with it."""
    found = lines(session, office, url, message_id=message_id)
    if not found:
        raise NotFound(f"there is no message {message_id}")
    message = found[0].message
    if message.status != "by_hand" or not found[0].whatsapp_url:
        raise Conflict(f"message {message_id} is {message.status} and not for a clerk to send")
    message.status, message.channel, message.sent_by, message.sent_at = "sent", BY_HAND, str(by), now(session)
    session.flush()
    return found[0].whatsapp_url


def send_again(session: Session, office: str, message_id: str) -> None:
    """Try a message once more, from the first channel on."""
    message = session.scalar(select(Message).where(Message.office == office, Message.id == message_id))
    if message is None:
        raise NotFound(f"there is no message {message_id}")
    if message.status not in AGAIN:
        raise Conflict(f"message {message_id} is {message.status} and is not sent again")
    message.status, message.step, message.tries, message.error, message.sent_by = "waiting", 0, 0, "", ""
    message.round += 1
    session.flush()
    work.want(session, "message", f"{message.id}:{message.round}", office=office)


def opt_out(session: Session, keys: KeyRing, office: str, phone: str, *, source: str) -> None:
    """Write to this number no more."""
    insert_if_absent(
        session,
        OptOut,
        {
            "id": new_id(),
            "office": office,
            "contact_match": contact_match(keys, office, _mobile(phone)),
            "source": source,
            "since": now(session),
        },
        unique=["office", "contact_match"],
    )


def opt_in(session: Session, keys: KeyRing, office: str, phone: str) -> None:
    """The number wants messages again."""
    match = contact_match(keys, office, _mobile(phone))
    session.execute(delete(OptOut).where(OptOut.office == office, OptOut.contact_match == match))


def wants_none(session: Session, keys: KeyRing, office: str, contact: str) -> bool:
    """Whether this number (as `mobile` writes it) or address asked for no messages."""
    match = contact_match(keys, office, contact)
    return session.scalar(select(OptOut.id).where(OptOut.office == office, OptOut.contact_match == match)) is not None


def contact_match(keys: KeyRing, office: str, contact: str) -> str:
    """What stands for a number or address where it must not be kept itself."""
    return keys.match(contact, f"{office}:contact")


def _mobile(phone: str) -> str:
    number = mobile_of(phone)
    if not number:
        raise Invalid(fields=[FieldError("phone", say("isi nomor ponsel, misalnya 081234567890"))])
    return number


def _line(message: Message, recipient: Recipient, text: str) -> Line:
    return Line(
        message=message,
        name=recipient.name,
        phone=recipient.phone,
        text=text,
        whatsapp_url=whatsapp_url(recipient.phone, text),
    )
