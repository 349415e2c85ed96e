"""The second leg: what a desk holds goes to its citizens, or back to the office with the next courier.

A desk is a village or kecamatan office. Everything here asks for documents by their holder, so one desk never reaches
what another has. Each hand-over is one proof, also when a household fetches several documents at once.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services import codes, old_cards
from dispatch.services.calendar import calendar_of, today
from dispatch.services.handover import Line, same_name
from dispatch.services.policies import ReleasePolicy, in_force, strictest
from dispatch.services.proof_rules import Evidence, gaps
from dispatch.services.reasons import TOO_LONG
from dispatch.services.receivers import AT_DESK
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import (
    Courier,
    Document,
    Enquiry,
    Event,
    ExceptionCase,
    Handover,
    HandoverLine,
    OldCards,
    Proof,
    Recipient,
    Reminder,
    Route,
    Stop,
)
from dispatch.store.privacy import KeyRing
from dispatch.store.states import DESKS, Holder, move_all

# what a desk finds out about somebody it cannot give a document to
REASONS_AT_DESK = ("PINDAH", "MENINGGAL", "DI_LUAR_NEGERI", "MENOLAK", "DATA_SALAH_CETAK", "DOKUMEN_RUSAK", TOO_LONG)
DESK_DAYS = 10  # working days a desk keeps what a policy would not let wait anywhere
# kinds whose holder gives up an old card for the new one
SWAPPED = frozenset({"ktp_el"})
MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits(Line):
    """A document at a desk. `waited` and `allowed` in working days; `reminded` and `asked` say what was done."""

    waited: int = 0
    allowed: int = 0
    household: str = ""
    reminded_on: date | None = None
    asked: bool = False

    @property
    def level(self) -> str:
        """ "late" beyond the days it may wait, "near" in the last third of them, else empty."""
        if self.waited > self.allowed:
            return "late"
        return "near" if self.waited * 3 > self.allowed * 2 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOn:
    """Who took which documents at a desk, and what shows it. `old_cards`: given up for the new ones."""

    source: str
    event_id: str
    documents: tuple[str, ...]
    received_by: str
    relation: str
    photo_sha: str = ""
    signature_sha: str = ""
    code: str = field(default="", repr=False)
    old_cards: int = 0
    note: str = ""

    def __post_init__(self) -> None:
        wrong = []
        if not self.received_by:
            wrong.append(FieldError("received_by", "isi nama yang menerima"))
        if not 1 <= len(set(self.documents)) <= MOST_AT_ONCE:
            wrong.append(FieldError("documents", say("pilih 1 sampai %(once)s dokumen", once=MOST_AT_ONCE)))
        if not 0 <= self.old_cards <= len(self.documents):
            wrong.append(FieldError("old_cards", "KTP lama tidak bisa lebih banyak dari dokumennya"))
        if wrong:
            raise Invalid(fields=wrong)

    def fingerprint(self) -> str:
        said = [sorted(self.documents), self.received_by, self.relation, self.photo_sha, self.signature_sha]
        return hashlib.sha256(json.dumps([*said, self.old_cards, self.note]).encode()).hexdigest()


def waiting(session: Session, office: str, desk: str) -> Sequence[Waits]:
    """What waits at a desk for its citizens, the longest first, then by name. Only what was counted."""
    counted = exists().where(Handover.batch_id == Document.batch_id)
    missed = exists().where(HandoverLine.document_id == Document.id, HandoverLine.result == "missing")
    since = (
        select(func.max(Event.at))
        .where(Event.office == office, Event.subject_kind == "document", Event.subject_id == Document.id)
        .where(Event.to_state == "at_village")
        .scalar_subquery()
    )
    reminded = select(func.max(Reminder.made_at)).where(Reminder.document_id == Document.id).scalar_subquery()
    asked = exists().where(
        Enquiry.case_id == ExceptionCase.id,
        ExceptionCase.subject_id == Document.id,
        ExceptionCase.closed_at.is_(None),
    )
    rows = session.execute(
        select(Document, Recipient, missed, since, reminded, asked)
        .join(Recipient, Recipient.id == Document.recipient_id)
        .where(_held_here(office, desk), Document.state == "at_village", counted)
        .order_by(Recipient.name, Document.code)
    ).all()
    calendar = calendar_of(session, office)
    day = today(session, calendar)
    names = [same_name(recipient.name) for _, recipient, *_ in rows]
    rules = in_force(session, office, day)
    found = [
        Waits(
            document=document,
            recipient=recipient,
            needs_nik=names.count(same_name(recipient.name)) > 1,
            missed=gone,
            waited=calendar.working_days_between(calendar.local_date(at), day),
            allowed=(rules.get(document.kind) or rules[""]).waiting_days or DESK_DAYS,
            household=recipient.household or recipient.id,
            reminded_on=told and calendar.local_date(told),
            asked=is_asked,
        )
        for document, recipient, gone, at, told, is_asked in rows
    ]
    return sorted(found, key=lambda line: (-line.waited, line.recipient.name, line.document.code))


def rules_for(session: Session, documents: Sequence[Document]) -> ReleasePolicy:
    """What holds where these documents are handed over together: at a desk those receive who may at home.

    Where only the desk itself may receive, it hands on to the holder or somebody with a letter: that is its work.
    """
    office = documents[0].office
    found = in_force(session, office, today(session, calendar_of(session, office)))
    policy = strictest([found.get(kind) or found[""] for kind in sorted({d.kind for d in documents})])
    citizens = policy.receivers - AT_DESK or frozenset({"holder", "family", "proxy"})
    return replace(policy, receivers=citizens, proofs={**policy.proofs, "scan": "off"})


def cards_due(policy: ReleasePolicy, documents: Sequence[Document]) -> int:
    """How many old cards come back for these documents."""
    return sum(document.kind in SWAPPED for document in documents) if policy.swap_old_card else 0


def hand_on(session: Session, office: str, desk: str, handed: HandedOn, *, keys: KeyRing, by: Actor) -> Proof:
    """Waiting documents go to their citizen, or to who may take them. The same again changes nothing."""
    audit.begin(session, office)  # taken first: a twin waits here and then finds this proof
    earlier = session.scalar(
        select(Proof).where(Proof.office == office, Proof.source == handed.source, Proof.event_id == handed.event_id)
    )
    fingerprint = handed.fingerprint()
    if earlier is not None:
        if earlier.fingerprint != fingerprint:
            raise Invalid(fields=[FieldError("event_id", "kiriman ini sudah dipakai untuk isi yang lain")])
        return earlier
    documents = _waiting_here(session, office, desk, handed.documents)
    code_checked = _refuse_unfit(session, documents, handed, keys)
    proof = Proof(
        office=office,
        source=handed.source,
        event_id=handed.event_id,
        fingerprint=fingerprint,
        kind="delivered",
        received_by=handed.received_by,
        relation=handed.relation,
        received_sha=handed.photo_sha,
        signature_sha=handed.signature_sha,
        code_checked=code_checked,
        old_cards=handed.old_cards,
        note=handed.note,
        received_at=now(session),
    )
    session.add(proof)
    session.flush()
    here = Holder(documents[0].holder_kind, desk)
    for document in documents:
        citizen = Holder("citizen", document.recipient_id)
        move_all(session, [document], "delivered", by=by, evidence=proof.id, holder=citizen)
    old_cards.collect(session, proof, desk, handed.old_cards, here, route_id=None, by=by)
    return proof


def send_back(
    session: Session, office: str, desk: str, document_ids: Sequence[str], *, reason: str, source: str, event_id: str,
    by: Actor,
) -> Proof:  # fmt: skip
    """Documents that find no citizen here shall go back; the desk holds them until a courier takes them along."""
    audit.begin(session, office)
    if reason not in REASONS_AT_DESK:
        raise Invalid(fields=[FieldError("reason", "pilih satu alasan")])
    said = json.dumps([sorted(document_ids), reason])
    fingerprint = hashlib.sha256(said.encode()).hexdigest()
    earlier = session.scalar(
        select(Proof).where(Proof.office == office, Proof.source == source, Proof.event_id == event_id)
    )
    if earlier is not None:
        if earlier.fingerprint != fingerprint:
            raise Invalid(fields=[FieldError("event_id", "kiriman ini sudah dipakai untuk isi yang lain")])
        return earlier
    documents = _waiting_here(session, office, desk, document_ids)
    proof = Proof(
        office=office, source=source, event_id=event_id, fingerprint=fingerprint, kind="sent_back", reason=reason,
        received_at=now(session),
    )  # fmt: skip
    session.add(proof)
    session.flush()
    move_all(session, documents, "returning", by=by, why=reason, evidence=proof.id)
    return proof


@dataclass(frozen=True, slots=True, kw_only=True)
class GoesBack:
    """What a desk keeps for the next courier, and the couriers who are about today."""

    lines: Sequence[Line]
    old_cards: int
    couriers: Sequence[tuple[str, str]]
    """(route id, courier's name) of routes under way that stop here today."""

    @property
    def is_empty(self) -> bool:
        return not self.lines and not self.old_cards


def going_back(session: Session, office: str, desk: str) -> GoesBack:
    """What the next courier should take along from a desk."""
    rows = session.execute(
        select(Document, Recipient)
        .join(Recipient, Recipient.id == Document.recipient_id)
        .where(_held_here(office, desk), Document.state == "returning")
        .order_by(Document.code)
    ).all()
    cards = session.scalar(
        select(func.coalesce(func.sum(OldCards.cards), 0)).where(
            OldCards.office == office, OldCards.state == "at_desk", OldCards.holder_id == desk
        )
    )
    couriers = session.execute(
        select(Route.id, Courier.name)
        .join(Courier, Courier.id == Route.courier_id)
        .join(Stop, Stop.route_id == Route.id)
        .where(Route.office == office, Route.state == "under_way", Stop.village_code == desk)
        .distinct()
        .order_by(Courier.name)
    ).all()
    lines = [Line(document=document, recipient=recipient) for document, recipient in rows]
    return GoesBack(lines=lines, old_cards=int(cards or 0), couriers=[(row[0], row[1]) for row in couriers])


def give_to_courier(
    session: Session, office: str, desk: str, route_id: str, *, source: str, event_id: str, by: Actor
) -> Proof:
    """The courier of a route that stops here takes along what goes back, documents and old cards, all of it."""
    audit.begin(session, office)
    earlier = session.scalar(
        select(Proof).where(Proof.office == office, Proof.source == source, Proof.event_id == event_id)
    )
    if earlier is not None:
        return earlier
    found = going_back(session, office, desk)
    if route_id not in {known for known, _ in found.couriers}:
        raise NotFound(f"there is no route {route_id} under way that stops here")
    if found.is_empty:
        raise Conflict("nothing goes back from here")
    courier_id = session.scalars(select(Route.courier_id).where(Route.office == office, Route.id == route_id)).one()
    proof = Proof(
        office=office, source=source, event_id=event_id, fingerprint="", kind="fetched", note=f"rute {route_id}",
        old_cards=found.old_cards, received_at=now(session),
    )  # fmt: skip
    session.add(proof)
    session.flush()
    documents = [line.document for line in found.lines]
    move_all(session, documents, "returning", by=by, evidence=proof.id, holder=Holder("courier", courier_id))
    old_cards.give_to_courier(session, office, desk, courier_id, route_id=route_id, evidence=proof.id, by=by)
    return proof


def remind(session: Session, office: str, desk: str, document_id: str, *, by: Actor) -> Document:
    """Note that the desk reminds the citizen of a waiting document today."""
    (document,) = _waiting_here(session, office, desk, [document_id])
    session.add(
        Reminder(office=office, village_code=desk, document_id=document.id, made_by=str(by), made_at=now(session))
    )
    session.flush()
    return document


def handed_on(session: Session, office: str, desk: str, day: date) -> int:
    """How many documents the desk gave to citizens on a local day."""
    calendar = calendar_of(session, office)
    before = (
        select(Event.subject_id, Event.version)
        .where(Event.office == office, Event.subject_kind == "document")
        .where(Event.holder_id == desk, Event.to_state == "at_village")
        .subquery()
    )
    moments = session.scalars(
        select(Event.at)
        .join(before, (before.c.subject_id == Event.subject_id) & (before.c.version == Event.version - 1))
        .where(Event.office == office, Event.subject_kind == "document", Event.to_state == "delivered")
    )
    return sum(calendar.local_date(at) == day for at in moments)


def _refuse_unfit(session: Session, documents: Sequence[Document], handed: HandedOn, keys: KeyRing) -> bool:
    """Refuse a hand-over that the release policy does not allow; whether its code was right."""
    policy = rules_for(session, documents)
    expected = (codes.document_code(keys, document.office, document.id) for document in documents)
    is_right = bool(handed.code) and any(codes.is_right(code, handed.code) for code in expected)
    shown = Evidence(
        relation=handed.relation,
        photo=bool(handed.photo_sha),
        signature=bool(handed.signature_sha),
        code=is_right,
        old_cards=handed.old_cards,
        note=handed.note,
    )
    wrong = gaps(policy, shown, cards_due=cards_due(policy, documents))
    if handed.code and not is_right and policy.proofs["code"] != "off":
        wrong = [error for error in wrong if error.field != "code"] + [FieldError("code", "kodenya tidak cocok")]
    if wrong:
        raise Invalid(fields=wrong)
    return is_right


def _waiting_here(session: Session, office: str, desk: str, ids: Sequence[str]) -> Sequence[Document]:
    """These documents, all waiting at this desk."""
    known = session.scalars(
        select(Document)
        .where(Document.office == office, Document.id.in_(set(ids)), Document.village_code.startswith(desk[:8]))
        .order_by(Document.code)
        .execution_options(populate_existing=True)
    ).all()
    mine = [d for d in known if (d.holder_kind in DESKS and d.holder_id == desk) or d.village_code == desk]
    unknown = set(ids) - {document.id for document in mine}
    if unknown or not mine:
        raise NotFound(f"there is no document {min(unknown, default='')}")
    gone = [d for d in mine if d.state != "at_village" or d.holder_id != desk]
    if gone:
        raise Conflict(f"document {gone[0].code} is {gone[0].state} and does not wait here")
    return mine


def _held_here(office: str, desk: str) -> ColumnElement[bool]:
    return (Document.office == office) & Document.holder_kind.in_(DESKS) & (Document.holder_id == desk)
