"""What the office holds until a person decides: send it again, hand it over at the counter, or withdraw it.

Why it is held was decided when its attempt failed (`failures.py`) and is shown beside it. A document that is printed
again, or whose holder has died, is withdrawn; so is one that waited in vain.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services import absent, proxies
from dispatch.services.calendar import calendar_of, today
from dispatch.services.failures import attempts_of
from dispatch.services.policies import policy_for
from dispatch.services.proof_rules import Evidence, gaps
from dispatch.services.proxies import Letter
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Attempt, Document, Proof, Recipient, Village
from dispatch.store.states import Holder, move

DESTINATIONS: Mapping[str, str] = {
    "village_office": say("kantor desa"), "district_office": say("kantor kecamatan"), "home": say("rumah"),
}  # fmt: skip
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One held document. `attempt`: the last that failed, None where it never left; `is_over`: it waited its days."""

    document: Document
    village: Village
    attempt: Attempt | None
    attempts: int
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AtCounter:
    """Who fetched a document at the office's counter. `event_id` is the form's own."""

    event_id: str
    received_by: str
    relation: str
    old_cards: int = 0
    note: str = ""
    letter: Letter | None = None

    def __post_init__(self) -> None:
        if not self.received_by:
            raise Invalid(fields=[FieldError("received_by", "isi nama yang menerima")])

    def fingerprint(self, document_id: str) -> str:
        said: list[object] = [document_id, self.received_by, self.relation, self.old_cards, self.note]
        if self.letter is not None:
            said.append(self.letter.said())
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def held_documents(session: Session, office: str) -> Sequence[Held]:
    """What the office holds, the longest promised first, at most 200; with why, and until when it waits."""
    rows = session.execute(
        select(Document, Village)
        .join(Village, (Village.office == Document.office) & (Village.code == Document.village_code))
        .where(Document.office == office, Document.state == "held")
        .options(joinedload(Document.recipient))
        .order_by(Document.promised_on, Document.code)
        .limit(MOST_SHOWN)
    ).all()
    ids = [document.id for document, _ in rows]
    last = _last_failures(session, office, ids)
    counted = attempts_of(session, office, ids)
    day = today(session, calendar_of(session, office))
    return [
        Held(
            document=document,
            village=village,
            attempt=last.get(document.id),
            attempts=counted[document.id],
            is_over=_is_over(last.get(document.id), day),
        )
        for document, village in rows
    ]


def send_again(session: Session, office: str, document_id: str, *, destination: str, why: str, by: Actor) -> Document:
    """A person knows better where it can be handed over: it goes with a later route."""
    document = _held(session, office, document_id)
    if destination not in DESTINATIONS:
        raise Invalid(
            fields=[FieldError("destination", say("pilih dari %(these)s", these=", ".join(DESTINATIONS.values())))]
        )
    absent.refuse_to_send(document.circumstance)
    document.destination, document.circumstance = destination, ""
    move(session, document, "ready", by=by, why=why)
    return document


def send_elsewhere(
    session: Session, office: str, document_id: str, *, address: str, regency: str, why: str, by: Actor
) -> Document:
    """Its holder lives in another regency, and where is known now: the post takes it there."""
    document = _held(session, office, document_id)
    wrong = []
    if not address:
        wrong.append(FieldError("address", say("isi alamat kirimnya")))
    if not regency:
        wrong.append(FieldError("regency", say("isi kabupaten/kota alamat kirimnya")))
    if document.circumstance == absent.DECEASED:
        wrong.append(FieldError("circumstance", say("pemiliknya sudah meninggal; dokumen ditarik")))
    if wrong:
        raise Invalid(fields=wrong)
    person = session.get_one(Recipient, document.recipient_id)
    person.address, person.regency, person.landmark, person.lat, person.lon = address, regency, "", None, None
    document.circumstance, document.destination, document.by_officer = absent.ELSEWHERE, "home", False
    move(session, document, "ready", by=by, why=why)
    return document


def set_circumstance(session: Session, office: str, document_id: str, circumstance: str) -> Document:
    """The office learned where the holder of a held document is; empty: here again."""
    document = _held(session, office, document_id)
    if circumstance not in ("", *absent.HELD):
        raise Invalid(fields=[FieldError("circumstance", say("pilih salah satu keadaan"))])
    document.circumstance = circumstance
    session.flush()
    return document


def withdraw(session: Session, office: str, document_id: str, *, why: str, by: Actor) -> Document:
    """This print goes to nobody: it is printed again, its holder has died, or nobody came for it."""
    document = _held(session, office, document_id)
    move(session, document, "withdrawn", by=by, why=why)
    return document


def hand_over_at_counter(session: Session, office: str, document_id: str, fetched: AtCounter, *, by: Actor) -> Proof:
    """The citizen, or who may take it by the policy, fetches a held document; the same form again changes nothing."""
    audit.begin(session, office)  # taken first: a twin waits here and then finds this proof
    fingerprint = fetched.fingerprint(document_id)
    earlier = session.scalar(
        select(Proof).where(Proof.office == office, Proof.source == str(by), Proof.event_id == fetched.event_id)
    )
    if earlier is not None:
        if earlier.fingerprint != fingerprint:
            raise Invalid(fields=[FieldError("event_id", "kiriman ini sudah dipakai untuk isi yang lain")])
        return earlier
    document = _held(session, office, document_id)
    absent.refuse_to_give(document.circumstance, fetched.relation, fetched.letter)
    _refuse_unfit(session, document, fetched)
    proof = Proof(
        office=office,
        source=str(by),
        event_id=fetched.event_id,
        fingerprint=fingerprint,
        kind="delivered",
        received_by=fetched.received_by,
        relation=fetched.relation,
        old_cards=fetched.old_cards,
        note=fetched.note,
        received_at=now(session),
    )
    session.add(proof)
    session.flush()
    citizen = Holder("citizen", document.recipient_id)
    move(session, document, "delivered", by=by, why="at the counter", evidence=proof.id, holder=citizen)
    if fetched.letter is not None:
        proxies.keep(session, proof, document, fetched.letter, by=by)
    return proof


def _refuse_unfit(session: Session, document: Document, fetched: AtCounter) -> None:
    """The clerk sees who stands there, so the receiver and the old card are judged, and no photo or code."""
    policy = policy_for(session, document.office, document.kind, today(session, calendar_of(session, document.office)))
    shown = Evidence(relation=fetched.relation, old_cards=fetched.old_cards, note=fetched.note)
    found = gaps(policy, shown, cards_due=int(policy.swap_old_card))
    wrong = [error for error in found if error.field in ("relation", "old_cards")]
    if wrong:
        raise Invalid(fields=wrong)


def _held(session: Session, office: str, document_id: str) -> Document:
    audit.begin(session, office)
    found = session.scalar(
        select(Document)
        .where(Document.office == office, Document.id == document_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(f"there is no document {document_id}")
    if found.state != "held":
        raise Conflict(f"document {found.code} is {found.state} and waits for no decision")
    return found


def _last_failures(session: Session, office: str, ids: Sequence[str]) -> dict[str, Attempt]:
    rows = session.execute(
        select(Attempt)
        .outerjoin(Proof, Proof.id == Attempt.proof_id)
        .where(Attempt.office == office, Attempt.document_id.in_(ids), Attempt.state == "failed")
        .order_by(Proof.received_at, Attempt.id)
    )
    return {attempt.document_id: attempt for (attempt,) in rows}


def _is_over(attempt: Attempt | None, day: date) -> bool:
    return attempt is not None and attempt.next_until is not None and attempt.next_until < day
