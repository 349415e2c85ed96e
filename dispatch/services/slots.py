"""When people are asked to come, so that not all come at once: half hours with room for so many, families together.

Invited are the holders of documents: to a mobile service in the hours of their village, or to their own desk on a day.
An invitation once given stays; whoever is added later gets what room is left, and when there is none the slots grow
evenly. The village prints the list; a citizen with a phone can be told by message.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid
from dispatch.said import say
from dispatch.services import second_leg
from dispatch.services.calendar import calendar_of, short_date
from dispatch.services.contacts import clock
from dispatch.services.desks import desk_name
from dispatch.services.hours import hours_of
from dispatch.services.outreach import WAITING, batches_of, villages_of
from dispatch.services.reminders import Message, message_to
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Document, Invitation, Outreach, Recipient, Village

SLOT_S = 1800
PICKUP_S = 120
"""What handing over one document takes at a table; a desk has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A half hour and how many people it has room for."""

    starts_s: int
    ends_s: int
    room: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """People whom a printer serves in one slot by their queue numbers, both ends included."""

    starts_s: int
    ends_s: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """One invitation with its person."""

    invitation: Invitation
    document: Document
    recipient: Recipient


def slots_between(spans: Iterable[tuple[int, int]], service_s: int, tables: int = 1) -> list[Slot]:
    """Half hours within the spans (what is left at the end is a shorter one), each with the room its time gives."""
    found = []
    for start, end in spans:
        for begins in range(start, end, SLOT_S):
            ends = min(begins + SLOT_S, end)
            room = tables * ((ends - begins) // service_s)
            if room:
                found.append(Slot(starts_s=begins, ends_s=ends, room=room))
    return found


def turns(outreach: Outreach) -> list[Turn]:
    """Queue numbers for those who come to be served, slot by slot: nobody waits longer than a half hour."""
    found, number = [], 0
    spans = [(outreach.starts_s, outreach.ends_s)]
    for slot in slots_between(spans, outreach.service_s, outreach.printers):
        found.append(Turn(starts_s=slot.starts_s, ends_s=slot.ends_s, first=number + 1, last=number + slot.room))
        number += slot.room
    return found


def spread[T](
    families: Sequence[Sequence[T]], slots: Sequence[Slot], taken: Sequence[int] = ()
) -> list[tuple[T, Slot]]:
    """Everybody with a slot, in order, no family apart. Where room is short all slots take more alike.

    `taken`: how many each slot has already."""
    filled = list(taken) or [0] * len(slots)
    people = sum(len(family) for family in families) + sum(filled)
    room = sum(slot.room for slot in slots)
    more = max(1.0, people / room) if room else 1.0
    found: list[tuple[T, Slot]] = []
    for family in families:
        at = next(
            (n for n, slot in enumerate(slots) if filled[n] + len(family) <= ceil(slot.room * more)),
            min(range(len(slots)), key=lambda n: (filled[n] / slots[n].room, n)),
        )
        filled[at] += len(family)
        found += [(person, slots[at]) for person in family]
    return found


def invite_to_outreach(session: Session, outreach: Outreach, *, by: Actor) -> Sequence[Invitation]:
    """Invite the holders of all that rides along, each village in its own hours. Whoever was invited keeps the slot."""
    audit.begin(session, outreach.office)
    if outreach.state not in WAITING:
        raise Invalid(fields=[FieldError("outreach", say("layanan ini sudah berangkat atau dibatalkan"))])
    made: list[Invitation] = []
    ids = [batch.id for batch in batches_of(session, outreach)]
    for row, village in villages_of(session, outreach):
        slots = slots_between([(row.starts_s, row.ends_s)], PICKUP_S)
        documents = select(Document).where(
            Document.office == outreach.office, Document.batch_id.in_(ids), Document.village_code == village.code
        )
        fresh = _fresh(session, session.scalars(documents).all(), outreach.service_date)
        made += _invite(session, fresh, slots, village.code, outreach.service_date, outreach.id, by=by)
    return made


def invite_to_desk(session: Session, office: str, desk: str, day: date, *, by: Actor) -> Sequence[Invitation]:
    """Invite the holders of all that waits at a desk to come there on a day, within its hours."""
    audit.begin(session, office)
    spans = desk_hours(session, office, desk, day)
    if not spans:
        raise Invalid(fields=[FieldError("day", say("kantor desa tutup pada hari itu"))])
    waiting = [line.document for line in second_leg.waiting(session, office, desk)]
    fresh = _fresh(session, waiting, day)
    return _invite(session, fresh, slots_between(spans, PICKUP_S), desk, day, None, by=by)


def invited_to(session: Session, outreach: Outreach) -> Sequence[Invited]:
    """Who was invited, by village, slot and name."""
    return _invited(session, Invitation.outreach_id == outreach.id, outreach.office)


def invited_at_desk(session: Session, office: str, desk: str, day: date) -> Sequence[Invited]:
    """Whom a desk invited for a day."""
    mine = (Invitation.village_code == desk) & (Invitation.day == day) & Invitation.outreach_id.is_(None)
    return _invited(session, mine, office)


def invitation_text(one: Invited, place: str) -> str:
    """What a citizen reads."""
    when = (
        f"{short_date(one.invitation.day)} pukul {clock(one.invitation.starts_s)} sampai {clock(one.invitation.ends_s)}"
    )
    return (
        f"Yth. {one.recipient.name}, dokumen kependudukan Anda dapat diambil di {place}, {when}. Mohon datang pada jam "
        "itu dengan membawa KTP lama atau surat keterangan, supaya tidak menunggu. Tidak dipungut biaya."
    )


def message_for(one: Invited, place: str) -> Message:
    """The invitation for a citizen's phone."""
    return message_to(one.recipient.phone, invitation_text(one, place))


def place_of_desk(session: Session, office: str, desk: str) -> str:
    """ "kantor Desa Jatilengger"."""
    return f"kantor {desk_name(session.get_one(Village, (office, desk)))}"


def _fresh(session: Session, documents: Sequence[Document], day: date) -> list[Document]:
    known = set(
        session.scalars(
            select(Invitation.document_id).where(
                Invitation.document_id.in_([d.id for d in documents]), Invitation.day == day
            )
        )
    )
    return [document for document in documents if document.id not in known]


def _invite(
    session: Session,
    documents: Sequence[Document],
    slots: Sequence[Slot],
    place: str,
    day: date,
    outreach_id: str | None,
    *,
    by: Actor,
) -> list[Invitation]:
    if not documents or not slots:
        return []
    office = documents[0].office
    rows = session.execute(
        select(Recipient.id, Recipient.household, Recipient.name).where(
            Recipient.office == office, Recipient.id.in_([d.recipient_id for d in documents])
        )
    )
    people = {person: (household or person, name) for person, household, name in rows}
    families: dict[str, list[Document]] = {}
    for document in sorted(documents, key=lambda d: (people[d.recipient_id][1], d.code)):
        families.setdefault(people[document.recipient_id][0], []).append(document)
    before = session.scalars(
        select(Invitation.starts_s).where(
            Invitation.office == office, Invitation.village_code == place, Invitation.day == day
        )
    ).all()
    taken = [sum(start == slot.starts_s for start in before) for slot in slots]
    at = now(session)
    made = [
        Invitation(
            office=office,
            outreach_id=outreach_id,
            village_code=place,
            day=day,
            document_id=document.id,
            starts_s=slot.starts_s,
            ends_s=slot.ends_s,
            made_by=str(by),
            made_at=at,
        )
        for document, slot in spread(list(families.values()), slots, taken)
    ]
    session.add_all(made)
    session.flush()
    return made


def _invited(session: Session, mine: ColumnElement[bool], office: str) -> Sequence[Invited]:
    rows = session.execute(
        select(Invitation, Document, Recipient)
        .join(Document, Document.id == Invitation.document_id)
        .join(Recipient, Recipient.id == Document.recipient_id)
        .where(Invitation.office == office, mine)
        .order_by(Invitation.village_code, Invitation.starts_s, Recipient.name, Document.code)
    )
    return [Invited(invitation=row[0], document=row[1], recipient=row[2]) for row in rows]


def desk_hours(session: Session, office: str, desk: str, day: date) -> Sequence[tuple[int, int]]:
    """When a desk receives on a day; empty when it does not."""
    if not calendar_of(session, office).desks_receive(day, desk):
        return ()
    return hours_of(session, office, day).desk(day, desk)
