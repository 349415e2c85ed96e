"""Who is told of what a transaction changed. The rows are written in that very transaction, whoever made the change.

`announce` is the last word before every commit: it reads the document events the transaction appended to the trail and
writes one outbox row for each person and change. Documents of one household in one change are one message; of several
changes of one document in one transaction the last is told. An office that has switched nothing on gets no rows.

A promise that was moved is no event of the trail: `announce_moves` is called where promises are moved.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import batched

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dispatch.services.calendar import calendar_of
from dispatch.services.desks import DISTRICT_OFFICE, HOME, desk_name, district_of
from dispatch.services.message_words import FINISHED, MOVED, NEWS_OF, ON_THE_WAY, SENSITIVE, WAITING, mobile_of
from dispatch.services.policies import ReleasePolicy, in_force, strictest
from dispatch.services.webhook_queue import queue
from dispatch.store import work
from dispatch.store.db import new_id, now
from dispatch.store.models import Announced, Document, Message, MessageSettings, PromiseChange, Recipient, Village
from dispatch.store.states import DESKS

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the trail that means something to the person a document belongs to."""

    seq: int
    document_id: str
    news: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One message that is due, and the events it tells of."""

    news: str
    recipient: Recipient
    document: Document
    documents: int
    is_named: bool
    place: str
    fee_rupiah: int
    seqs: tuple[int, ...]
    promised_on: date | None = None


def announce(session: Session) -> None:
    """Write the messages to people, and to the office's own programs, for what this transaction changed."""
    by_office: dict[str, list[Told]] = defaultdict(list)
    moved: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for change in session.info.pop("changes", ()):
        if change["subject_kind"] == "document":
            moved[change["office"]].append((change["seq"], change["to_state"]))
        news = NEWS_OF.get((change["from_state"], change["to_state"]))
        if change["subject_kind"] == "document" and news:
            by_office[change["office"]].append(Told(change["seq"], change["subject_id"], news))
    for office, changes in moved.items():
        queue(session, office, changes)
    for office, told in by_office.items():
        settings = settings_of(session, office)
        if settings is not None and settings.is_on:
            wanted = [one for one in told if one.news in settings.news]
            _write(session, settings, drafts(session, office, wanted))


def announce_moves(session: Session, office: str, changes: Sequence[PromiseChange]) -> None:
    """Write one message for each household and new day of these moved promises, where the office tells such news.

    The trail's head is held by the caller, so that no settings are decided meanwhile."""
    settings = settings_of(session, office)
    if settings is None or not changes:
        return
    for change in changes:
        change.settings_revision = settings.revision
    if settings.is_on and MOVED in settings.news:
        moves = {change.document_id: change for change in changes}
        rules = in_force(session, office, _today(session, office))
        groups: dict[tuple[str, date], list[tuple[Document, Recipient]]] = defaultdict(list)
        for document, recipient in _people(session, office, list(moves)):
            groups[recipient.household or recipient.nik_match, moves[document.id].becomes].append((document, recipient))
        due = [_draft(MOVED, "", group, rules, (), promised_on=day) for (_, day), group in groups.items()]
        for message_id, group in zip(_write(session, settings, due), groups.values(), strict=True):
            for document, _ in group:
                moves[document.id].message_id = message_id
    session.flush()


def settings_of(session: Session, office: str) -> MessageSettings | None:
    """What the office decided last; None while it has decided nothing."""
    return session.scalar(
        select(MessageSettings)
        .where(MessageSettings.office == office)
        .order_by(MessageSettings.revision.desc())
        .limit(1)
    )


def drafts(session: Session, office: str, told: Iterable[Told]) -> list[Draft]:
    """The messages these events ask for: one for each household, place and kind of news."""
    last: dict[str, Told] = {}
    seqs: dict[str, list[int]] = defaultdict(list)
    for one in told:
        last[one.document_id] = one
        seqs[one.document_id].append(one.seq)
    if not last:
        return []
    session.flush()
    people = _people(session, office, list(last))
    desks = _desks(session, office, [document for document, _ in people])
    rules = in_force(session, office, _today(session, office))
    groups: dict[tuple[str, str, str], list[tuple[Document, Recipient]]] = defaultdict(list)
    for document, recipient in people:
        news = last[document.id].news
        who = recipient.household or recipient.nik_match
        groups[news, who, _place(news, document, desks)].append((document, recipient))
    return [
        _draft(news, place, group, rules, [seq for document, _ in group for seq in seqs[document.id]])
        for (news, _, place), group in groups.items()
    ]


def fee_of(rules: Mapping[str, ReleasePolicy], kinds: Sequence[str]) -> int:
    """What the citizen pays at the hand-over of documents of these kinds, in whole rupiah; 0 where the office pays."""
    policy = strictest([rules.get(kind) or rules[""] for kind in kinds])
    return policy.fee_rupiah if policy.payer == "citizen" else 0


def _draft(
    news: str,
    place: str,
    group: Sequence[tuple[Document, Recipient]],
    rules: Mapping[str, ReleasePolicy],
    seqs: Sequence[int],
    promised_on: date | None = None,
) -> Draft:
    reachable = [pair for pair in group if mobile_of(pair[1].phone)] or [pair for pair in group if pair[1].email]
    document, recipient = (reachable or group)[0]
    return Draft(
        news=news,
        recipient=recipient,
        document=document,
        documents=len(group),
        is_named=not any(one.kind in SENSITIVE for one, _ in group),
        place=place,
        fee_rupiah=fee_of(rules, [one.kind for one, _ in group]),
        seqs=tuple(seqs),
        promised_on=promised_on,
    )


def _write(session: Session, settings: MessageSettings, due: Sequence[Draft]) -> list[str]:
    """The ids of the messages, in the order of the drafts."""
    if not due:
        return []
    messages: list[dict[str, object]] = []
    told: list[dict[str, object]] = []
    for draft in due:
        message_id = new_id()
        messages.append(
            {
                "id": message_id,
                "office": settings.office,
                "settings_id": settings.id,
                "news": draft.news,
                "recipient_id": draft.recipient.id,
                "document_id": draft.document.id,
                "documents": draft.documents,
                "is_named": draft.is_named,
                "place": draft.place,
                "fee_rupiah": draft.fee_rupiah,
                "promised_on": draft.promised_on,
                "status": "waiting",
                "created_at": now(session),
            }
        )
        told += [{"office": settings.office, "event_seq": seq, "message_id": message_id} for seq in draft.seqs]
    session.execute(insert(Message), messages)
    if told:
        session.execute(insert(Announced), told)
    for message in messages:
        work.want(session, "message", f"{message['id']}:0", office=settings.office)
    return [str(message["id"]) for message in messages]


def _people(session: Session, office: str, ids: Sequence[str]) -> list[tuple[Document, Recipient]]:
    found: list[tuple[Document, Recipient]] = []
    for some in batched(ids, _AT_ONCE):
        found += [
            (document, recipient)
            for document, recipient in session.execute(
                select(Document, Recipient)
                .join(Recipient, Recipient.id == Document.recipient_id)
                .where(Document.office == office, Document.id.in_(some))
            )
        ]
    return sorted(found, key=lambda pair: pair[0].code)


def _desks(session: Session, office: str, documents: Sequence[Document]) -> Mapping[str, Village]:
    codes = {_desk_of(document) for document in documents}
    found: dict[str, Village] = {}
    for some in batched(sorted(codes), _AT_ONCE):
        rows = session.scalars(select(Village).where(Village.office == office, Village.code.in_(some)))
        found |= {row.code: row for row in rows}
    return found


def _desk_of(document: Document) -> str:
    if document.holder_kind in DESKS:
        return document.holder_id
    return district_of(document.village_code) if document.destination == DISTRICT_OFFICE else document.village_code


def _place(news: str, document: Document, desks: Mapping[str, Village]) -> str:
    """Where it goes or waits, as the person is told; empty where the place says nothing."""
    if news not in (FINISHED, ON_THE_WAY, WAITING):
        return ""
    if document.destination == HOME and document.holder_kind not in DESKS:
        return "alamat Anda"
    desk = desks.get(_desk_of(document))
    return f"Kantor {desk_name(desk)}" if desk else ""


def _today(session: Session, office: str) -> date:
    return calendar_of(session, office).local_date(now(session))
