"""Custody at a mobile service: counted into the car, handed over there one by one, the rest counted in at the office.

The crew's lead holds what rides along. Each document on it is an attempt of its own, like at a stop; each hand-over is
one proof, also when somebody takes several. The officer sees who stands there, so receiver and old card are judged as
at the office's own counter, and no photo or code is asked for.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services import old_cards, proxies, returns
from dispatch.services.calendar import calendar_of, today
from dispatch.services.cases import open_case
from dispatch.services.failures import decide_next
from dispatch.services.outreach import WAITING, batches_of, outreach_of, take_apart
from dispatch.services.proof_rules import Evidence, gaps
from dispatch.services.proxies import Letter
from dispatch.services.reasons import LOST
from dispatch.services.returns import CountedIn
from dispatch.services.second_leg import cards_due, rules_for
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Attempt, Batch, BatchItem, Document, Outreach, Proof, Recipient, VillageWork
from dispatch.store.states import Holder, born, move, move_all

MOST_AT_ONCE = 20
REASONS_THERE = ("MENOLAK", "MENINGGAL", "PINDAH", "DI_LUAR_NEGERI", "IDENTITAS_TIDAK_COCOK", "DATA_SALAH_CETAK",
                 "DOKUMEN_RUSAK", LOST)  # fmt: skip
"""Why a document cannot be handed over to somebody who came, or is told of there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarLoad:
    """What the crew counted into the car: everything listed but these document codes. `event_id` is the form's."""

    event_id: str
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenThere:
    """Who took which documents at the service. `letter`: shown by whoever takes them for somebody else by proxy."""

    event_id: str
    documents: tuple[str, ...]
    received_by: str
    relation: str
    old_cards: int = 0
    note: str = ""
    letter: Letter | None = None

    def __post_init__(self) -> None:
        wrong = []
        if not self.received_by:
            wrong.append(FieldError("received_by", say("isi nama yang menerima")))
        if not 1 <= len(set(self.documents)) <= MOST_AT_ONCE:
            wrong.append(FieldError("documents", say("pilih 1 sampai %(most)s dokumen", most=MOST_AT_ONCE)))
        if not 0 <= self.old_cards <= len(self.documents):
            wrong.append(FieldError("old_cards", say("KTP lama tidak bisa lebih banyak dari dokumennya")))
        if wrong:
            raise Invalid(fields=wrong)

    def fingerprint(self) -> str:
        said: list[object] = [sorted(self.documents), self.received_by, self.relation, self.old_cards, self.note]
        return _digest([*said, self.letter.said() if self.letter else []])


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """One document that rides along, with its person and how its attempt stands (empty before departure)."""

    document: Document
    recipient: Recipient
    batch: Batch
    attempt: str


def carried(session: Session, outreach: Outreach) -> Sequence[Carried]:
    """Everything on its lists by village and name, also what was handed over since."""
    rows = session.execute(
        select(Document, Recipient, Batch, Attempt.state)
        .join(BatchItem, BatchItem.document_id == Document.id)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .join(Recipient, Recipient.id == Document.recipient_id)
        .outerjoin(Attempt, (Attempt.document_id == Document.id) & (Attempt.outreach_id == outreach.id))
        .where(Batch.office == outreach.office, Batch.outreach_id == outreach.id, Batch.state != "dissolved")
        .order_by(Document.village_code, Recipient.name, Document.code)
    )
    return [Carried(document=d, recipient=r, batch=b, attempt=state or "") for d, r, b, state in rows]


def depart(session: Session, office: str, outreach_id: str, load: CarLoad, *, by: Actor) -> Outreach:
    """The crew counted what rides along and leaves; the same count again changes nothing."""
    audit.begin(session, office)  # taken first: a twin waits here and then finds this count
    outreach = outreach_of(session, office, outreach_id)
    fingerprint = _digest([outreach.id, sorted(load.missing)])
    if _earlier(session, office, by, load.event_id, fingerprint) is not None:
        return outreach
    if outreach.state not in WAITING:
        raise Conflict(f"outreach {outreach.id} is {outreach.state}; its load was counted before")
    batches = batches_of(session, outreach)
    documents = _batched(session, outreach, batches)
    unknown = sorted(load.missing - {document.code for document in documents})
    if unknown:
        raise Invalid(fields=[FieldError("missing", say("%(code)s tidak ada di daftar", code=unknown[0]))])
    proof = _proof(session, outreach, "loaded", load.event_id, fingerprint, by=by)
    gone = [document for document in documents if document.code in load.missing]
    taken = [document for document in documents if document.code not in load.missing]
    filled = {document.batch_id for document in taken}
    _leave_behind(session, outreach, gone, filled, by=by)
    take_apart(session, [batch for batch in batches if batch.id not in filled], by=by)
    crew = Holder("courier", outreach.crew_lead_id)
    move_all(session, taken, "out", by=by, evidence=proof.id, holder=crew)
    move_all(session, [batch for batch in batches if batch.id in filled], "out", by=by, evidence=proof.id)
    tries = [Attempt(office=office, document_id=d.id, outreach_id=outreach.id) for d in taken]
    born(session, tries, "pending", by=by)
    move(session, outreach, "under_way", by=by, evidence=proof.id)
    outreach.left_at = proof.received_at
    return outreach


def hand_over(session: Session, office: str, outreach_id: str, taken: TakenThere, *, by: Actor) -> Proof:
    """Somebody came and took documents along. The same again gives the same proof and changes nothing."""
    audit.begin(session, office)
    outreach = outreach_of(session, office, outreach_id)
    fingerprint = taken.fingerprint()
    earlier = _earlier(session, office, by, taken.event_id, fingerprint)
    if earlier is not None:
        return earlier
    pairs = _in_the_car(session, outreach, taken.documents)
    documents = [document for document, _ in pairs]
    policy = rules_for(session, documents)
    shown = Evidence(relation=taken.relation, old_cards=taken.old_cards, note=taken.note)
    found = gaps(policy, shown, cards_due=cards_due(policy, documents))
    wrong = [error for error in found if error.field in ("relation", "old_cards")]
    if wrong:
        raise Invalid(fields=wrong)
    proxies.refuse_without_letter(taken.relation, taken.letter)
    proof = _proof(session, outreach, "delivered", taken.event_id, fingerprint, by=by)
    proof.received_by, proof.relation = taken.received_by, taken.relation
    proof.old_cards, proof.note = taken.old_cards, taken.note
    for document, attempt in pairs:
        citizen = Holder("citizen", document.recipient_id)
        move(session, document, "delivered", by=by, why="at the mobile service", evidence=proof.id, holder=citizen)
        move(session, attempt, "succeeded", by=by, evidence=proof.id)
        attempt.proof_id = proof.id
        if taken.letter is not None:
            proxies.keep(session, proof, document, taken.letter, by=by)
    crew = Holder("courier", outreach.crew_lead_id)
    old_cards.collect(session, proof, documents[0].village_code, taken.old_cards, crew, route_id=None, by=by)
    returns.close_batches(session, office, {document.id for document in documents}, by=by, evidence=proof.id)
    return proof


def not_handed(
    session: Session, office: str, outreach_id: str, document_id: str, *, reason: str, event_id: str, by: Actor
) -> Proof:
    """A document cannot be handed over there: it comes back with the crew, and its reason says what follows."""
    audit.begin(session, office)
    outreach = outreach_of(session, office, outreach_id)
    if reason not in REASONS_THERE:
        raise Invalid(fields=[FieldError("reason", say("pilih satu alasan"))])
    fingerprint = _digest([document_id, reason])
    earlier = _earlier(session, office, by, event_id, fingerprint)
    if earlier is not None:
        return earlier
    pairs = _in_the_car(session, outreach, [document_id])
    proof = _proof(session, outreach, "failed", event_id, fingerprint, by=by)
    proof.reason = reason
    decide_next(session, pairs, reason, destination="outreach", on=today(session, calendar_of(session, office)))
    for document, attempt in pairs:
        move(session, document, "returning", by=by, why=reason, evidence=proof.id)
        move(session, attempt, "failed", by=by, why=reason, evidence=proof.id)
        attempt.reason, attempt.proof_id = reason, proof.id
        if reason == LOST:
            words = f"Petugas layanan keliling melaporkan dokumen hilang ({outreach.place}): {document.code}"
            open_case(session, office, "lost_document", subject_kind="proof", subject_id=proof.id, detail=words)
    return proof


def count_in(session: Session, office: str, outreach_id: str, codes: Collection[str] | None, *, by: Actor) -> CountedIn:
    """The office counts what came back. `codes` None: everything the crew still has."""
    return returns.count_in_outreach(session, office, outreach_of(session, office, outreach_id), codes, by=by)


def complete(session: Session, office: str, outreach_id: str, *, recorded: int, printed: int, by: Actor) -> Outreach:
    """It is over and everything is accounted for; so many people were recorded, so many cards printed there."""
    audit.begin(session, office)
    outreach = outreach_of(session, office, outreach_id)
    if not (0 <= recorded <= 5000 and 0 <= printed <= 5000):
        raise Invalid(fields=[FieldError("recorded", say("isi 0 sampai 5000"))])
    left = still_with_crew(session, outreach)
    if left:
        raise Invalid(fields=[FieldError("documents", say("%(left)s dokumen belum dihitung masuk", left=left))])
    move(session, outreach, "completed", by=by)
    outreach.done_at, outreach.recorded, outreach.printed = now(session), recorded, printed
    _lessen(session, outreach)
    return outreach


def still_with_crew(session: Session, outreach: Outreach) -> int:
    """How many of its documents the crew has."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Document)
            .join(Batch, Batch.id == Document.batch_id)
            .where(Batch.office == outreach.office, Batch.outreach_id == outreach.id)
            .where(Document.state.in_(("out", "returning")))
        )
        or 0
    )


def handed_over(session: Session, outreach: Outreach) -> int:
    """How many documents were handed over there."""
    return (
        session.scalar(
            select(func.count()).where(
                Attempt.office == outreach.office, Attempt.outreach_id == outreach.id, Attempt.state == "succeeded"
            )
        )
        or 0
    )


def _leave_behind(
    session: Session, outreach: Outreach, gone: Sequence[Document], filled: Collection[str | None], *, by: Actor
) -> None:
    """What was not there when the car was loaded is looked for: the office holds it until somebody decides."""
    if not gone:
        return
    codes = ", ".join(document.code for document in gone)
    detail = f"{len(gone)} dokumen tidak ada saat dimuat untuk {outreach.place}: {codes}. Cari di kantor."
    open_case(session, outreach.office, "batch_missing", subject_kind="outreach", subject_id=outreach.id, detail=detail)
    of_left = [document for document in gone if document.batch_id in filled]
    for document in of_left:
        document.batch_id = None
    why = "not there when the car was loaded"
    move_all(session, of_left, "ready", by=by, why=why)
    move_all(session, of_left, "held", by=by, why=why)


def _lessen(session: Session, outreach: Outreach) -> None:
    """Whoever was served waits no longer: the village's figures fall, never below nothing."""
    work = session.scalar(
        select(VillageWork).where(
            VillageWork.office == outreach.office, VillageWork.village_code == outreach.village_code
        )
    )
    if work is not None:
        work.unrecorded = max(0, work.unrecorded - outreach.recorded)
        work.unprinted = max(0, work.unprinted - outreach.printed)
        session.flush()


def _batched(session: Session, outreach: Outreach, batches: Sequence[Batch]) -> Sequence[Document]:
    return session.scalars(
        select(Document)
        .where(Document.office == outreach.office, Document.batch_id.in_([batch.id for batch in batches]))
        .where(Document.state == "batched")
        .order_by(Document.code)
        .execution_options(populate_existing=True)
    ).all()


def _in_the_car(session: Session, outreach: Outreach, ids: Sequence[str]) -> list[tuple[Document, Attempt]]:
    """These documents with their attempts, all of them out with this crew."""
    rows = session.execute(
        select(Document, Attempt)
        .join(Attempt, Attempt.document_id == Document.id)
        .where(Document.office == outreach.office, Document.id.in_(set(ids)), Attempt.outreach_id == outreach.id)
        .order_by(Document.code)
        .execution_options(populate_existing=True)
    ).all()
    pairs = [(row[0], row[1]) for row in rows]
    unknown = set(ids) - {document.id for document, _ in pairs}
    if unknown:
        raise NotFound(f"there is no document {min(unknown)}")
    over = [document for document, attempt in pairs if document.state != "out" or attempt.state != "pending"]
    if over:
        raise Conflict(f"document {over[0].code} is {over[0].state} and not in the car")
    return pairs


def _earlier(session: Session, office: str, by: Actor, event_id: str, fingerprint: str) -> Proof | None:
    found = session.scalar(
        select(Proof).where(Proof.office == office, Proof.source == str(by), Proof.event_id == event_id)
    )
    if found is not None and found.fingerprint != fingerprint:
        raise Invalid(fields=[FieldError("event_id", say("kiriman ini sudah dipakai untuk isi yang lain"))])
    return found


def _proof(session: Session, outreach: Outreach, kind: str, event_id: str, fingerprint: str, *, by: Actor) -> Proof:
    proof = Proof(
        office=outreach.office,
        source=str(by),
        event_id=event_id,
        fingerprint=fingerprint,
        kind=kind,
        outreach_id=outreach.id,
        received_at=now(session),
    )
    session.add(proof)
    session.flush()
    return proof


def _digest(said: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
