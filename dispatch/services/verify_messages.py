"""The invariants of what people and programs are told, for `antar verify`."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.services.message_words import MOVED, NEWS_OF
from dispatch.store.files import FileStore
from dispatch.store.models import Announced, Event, Message, MessageSettings, PromiseChange

QUERIES: tuple[tuple[str, str, str], ...] = (
    (
        "message-tells",
        "every message tells of a change, and says who sent what went out by hand",
        "SELECT m.id FROM message m LEFT JOIN announced a ON a.office = m.office AND a.message_id = m.id "
        "GROUP BY m.id, m.status, m.channel, m.sent_by "
        "HAVING (COUNT(a.event_seq) = 0 AND m.id NOT IN "
        "(SELECT message_id FROM promise_change WHERE message_id IS NOT NULL)) "
        "OR (m.status = 'sent' AND m.channel = 'clerk' AND m.sent_by = '')",
    ),
)


def announced(session: Session, _files: FileStore) -> Iterator[str]:
    """Each change that had to be told by the settings of its moment has its outbox row, and no other change has one."""
    offices = set(session.scalars(select(MessageSettings.office).distinct()))
    offices |= set(session.scalars(select(Announced.office).distinct()))
    for office in sorted(offices):
        yield from _of_office(session, office)


def moves_told(session: Session, _files: FileStore) -> Iterator[str]:
    """Each moved promise has a message exactly when the settings it was moved under want it, and it says that day."""
    rows = session.execute(
        select(PromiseChange, MessageSettings, Message)
        .outerjoin(
            MessageSettings,
            (MessageSettings.office == PromiseChange.office)
            & (MessageSettings.revision == PromiseChange.settings_revision),
        )
        .outerjoin(Message, (Message.office == PromiseChange.office) & (Message.id == PromiseChange.message_id))
        .order_by(PromiseChange.office, PromiseChange.document_id, PromiseChange.seq)
    )
    for change, settings, message in rows:
        move = f"move {change.seq} of document {change.document_id}"
        is_due = settings is not None and settings.is_on and MOVED in settings.news
        if is_due and message is None:
            yield f"{move} was to be told and has no message"
        elif not is_due and message is not None:
            yield f"{move} has message {message.id}, which nobody wanted"
        elif message is not None and (message.news, message.promised_on) != (MOVED, change.becomes):
            yield f"message {message.id} does not say the day of {move}"


def _of_office(session: Session, office: str) -> Iterator[str]:
    settings = session.scalars(
        select(MessageSettings).where(MessageSettings.office == office).order_by(MessageSettings.revision)
    ).all()
    events = session.execute(
        select(Event.seq, Event.subject_kind, Event.from_state, Event.to_state, Announced.message_id)
        .outerjoin(Announced, (Announced.office == Event.office) & (Announced.event_seq == Event.seq))
        .where(Event.office == office)
        .where((Event.subject_kind == "document") | Announced.message_id.is_not(None))
    )
    for seq, subject, start, end, message_id in events:
        holding = next((one for one in reversed(settings) if one.from_seq <= seq), None)
        news = NEWS_OF.get((start, end)) if subject == "document" else None
        is_due = holding is not None and holding.is_on and news in holding.news
        if is_due and message_id is None:
            yield f"event {office}/{seq} was to be told ({news}) and has no message"
        if not is_due and message_id is not None:
            yield f"event {office}/{seq} has message {message_id}, which nobody wanted"
