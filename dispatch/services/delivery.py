"""What came back from the field, recorded by one function: a courier's confirmations and a partner's events alike.

**Custody changes hands only with a count.** At a village office two people count: the courier, who hands over, and the
village, which checks. Either may be heard first, because phones are offline. So:

- The courier's *delivered* proof (who took it, in which office, the photo) stands for the full count: every document
  that is still out becomes `at_village`, held by the village office, with the proof as evidence. The stop is done.
- The village's line-by-line count (`handover.py`) confirms it, or comes before it: then only the lines it received
  become `at_village`, with the count as evidence, and what it missed stays out with the courier until the courier's
  proof is heard.
- Where the two contradict (the courier says all, the village says one is missing) nobody is believed by order of
  arrival: the document counts as handed over and contested, an open case names both, and a person decides.

Both orders end in the same states. *Failed* leaves the documents with whoever carries them (`returning`) until the
office counts them in (`returns.py`). A proof that comes too late to change anything is kept, marked as a conflict, and
opens a case; nothing is overwritten and nothing is dropped.

By the office's release policy a hand-over may lack something: the right receiver, a signature, an old card. A page that
can still ask refuses it (it asks `lacking` first). What a phone tells later has happened: it counts, keeps its gaps by
name and opens a case. What a failure leads to is in `failures.py`.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid
from dispatch.services import old_cards, policies
from dispatch.services.assignment import close_plan_if_done, finish_assignment, finish_route_if_done, route_of
from dispatch.services.calendar import calendar_of
from dispatch.services.cases import open_case
from dispatch.services.failures import decide_next
from dispatch.services.proof_rules import Evidence, gaps, keep_gaps
from dispatch.services.reasons import LOST, REASONS
from dispatch.services.receivers import receiver_of
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Attempt, Batch, Document, Handover, Proof, Shipment, Stop, StopBatch, Village
from dispatch.store.states import Holder, is_final, move, move_all

Kind = Literal["arrived", "delivered", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One confirmation. `source` names the teller ("link:…", "partner:…"), `event_id` is made there before any network.

    Position in degrees, accuracy in metres, `device_at` by the teller's clock, which nobody trusts.
    """

    source: str
    event_id: str
    kind: Kind
    received_by: str = ""
    relation: str = ""
    reason: str = ""
    note: str = ""
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    device_at: datetime | None = None
    photo_sha: str = ""
    signature_sha: str = ""
    """A drawn signature, kept like a photo."""
    code_checked: bool = False
    """The recipient's one-time code was right; the phone can tell without a network."""
    scanned: bool = False
    """The batch's code was read from its label at the hand-over."""
    old_cards: int = 0
    """Old cards taken in exchange."""

    def __post_init__(self) -> None:
        wrong: list[FieldError] = []
        if self.kind == "failed" and self.reason not in REASONS:
            wrong.append(FieldError("reason", "pilih satu alasan"))
        if (self.lat is None) != (self.lon is None):
            wrong.append(FieldError("lat", "posisi terdiri dari lat dan lon"))
        if self.old_cards < 0:
            wrong.append(FieldError("old_cards", "isi 0 atau lebih"))
        if wrong:
            raise Invalid(fields=wrong)

    def fingerprint(self, target_id: str) -> str:
        """The same for the same confirmation of the same stop or shipment, 64 hex characters."""
        said = {k: v for k, v in asdict(self).items() if k not in ("source", "event_id")}
        said["device_at"] = self.device_at and self.device_at.astimezone(UTC).isoformat()
        return hashlib.sha256(json.dumps([target_id, said], sort_keys=True).encode()).hexdigest()


@dataclass(slots=True)
class _Load:
    """What was to be handed over at one stop or by one shipment."""

    attempts: Sequence[Attempt]
    documents: dict[str, Document]
    batches: Sequence[Batch]

    @property
    def pending(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.state == "pending"]

    @property
    def out(self) -> list[Document]:
        return [self.documents[attempt.document_id] for attempt in self.pending]


def record(
    session: Session,
    target: Stop | Shipment,
    report: Report,
    *,
    by: Actor,
    doubt: str = "",
) -> Proof:
    """Keep a confirmation and let it count. The same one again gives the same proof and changes nothing.

    `doubt`: why it may not count by itself; it is then kept for a person to decide. What lacks something by policy
    counts all the same, with its gaps and a case.
    """
    audit.begin(session, target.office)  # taken first: a twin waits here and then finds this proof
    session.refresh(target)
    fingerprint = report.fingerprint(target.id)
    earlier = session.scalar(
        select(Proof).where(
            Proof.office == target.office, Proof.source == report.source, Proof.event_id == report.event_id
        )
    )
    if earlier is not None:
        if earlier.fingerprint != fingerprint:
            raise Invalid(fields=[FieldError("event_id", "kiriman ini sudah dipakai untuk isi yang lain")])
        return earlier
    proof = _kept(session, target, report, fingerprint)
    if doubt:
        contradiction = doubt
    elif isinstance(target, Stop):
        contradiction = _at_stop(session, target, proof, by=by)
    else:
        contradiction = _of_shipment(session, target, proof, by=by)
    if contradiction:
        proof.is_conflict = True
        kind = "proof_conflict"
        open_case(session, target.office, kind, subject_kind="proof", subject_id=proof.id, detail=contradiction)
    else:
        keep_gaps(session, proof, lacking(session, target, report), place=_place_of(session, target))
    session.flush()
    return proof


def lacking(session: Session, target: Stop | Shipment, report: Report) -> list[FieldError]:
    """What a hand-over lacks by today's policy. Of a partner's proof only a receiver named in our words is judged."""
    batches = _batches_of(session, target)
    if report.kind != "delivered" or not batches:
        return []
    policy = policies.for_batches(session, batches, _today(session, target.office))
    is_home = batches[0].destination == "home"
    shown = Evidence(
        # what people at an office call themselves has no end; only somebody known to work elsewhere is wrong there
        relation=report.relation if is_home or receiver_of(report.relation) else "",
        photo=bool(report.photo_sha),
        signature=bool(report.signature_sha),
        code=report.code_checked,
        scan=report.scanned,
        old_cards=report.old_cards,
        note=report.note,
    )
    if isinstance(target, Shipment) or report.source.startswith("partner:"):
        found = gaps(policy, shown, needs_relation=False) if receiver_of(report.relation) else []
        return [error for error in found if error.field == "relation"]
    due = policies.cards_due(session, batches, _today(session, target.office))
    return gaps(policy, shown, cards_due=due, needs_relation=is_home)


def settle_batches(session: Session, batches: Sequence[Batch], *, by: Actor, evidence: str) -> None:
    """A batch that was handed over and counted is closed; one of the two alone is only handed over.

    At a home the receiver's word is the count.
    """
    for batch in batches:
        counted = session.scalar(
            select(Handover.id).where(Handover.office == batch.office, Handover.batch_id == batch.id)
        )
        if batch.state == "out":
            move(session, batch, "handed_over", by=by, evidence=evidence)
        if batch.state == "handed_over" and (counted is not None or batch.destination == "home"):
            move(session, batch, "closed", by=by, evidence=evidence)


def hand_over(
    session: Session, documents: Sequence[Document], batch: Batch, *, evidence: str, by: Actor, why: str = ""
) -> None:
    """Documents reach a batch's destination: an office there holds them, or at a home the citizen does."""
    if batch.destination != "home":
        holder = Holder(batch.destination, batch.village_code)
        move_all(session, documents, "at_village", by=by, why=why, evidence=evidence, holder=holder)
        return
    for document in documents:
        citizen = Holder("citizen", document.recipient_id)
        move(session, document, "delivered", by=by, why=why, evidence=evidence, holder=citizen)


def _kept(session: Session, target: Stop | Shipment, report: Report, fingerprint: str) -> Proof:
    proof = Proof(
        office=target.office,
        source=report.source,
        event_id=report.event_id,
        fingerprint=fingerprint,
        kind=report.kind,
        stop_id=target.id if isinstance(target, Stop) else None,
        shipment_id=target.id if isinstance(target, Shipment) else None,
        received_by=report.received_by,
        relation=report.relation,
        reason=report.reason,
        note=report.note,
        lat=report.lat,
        lon=report.lon,
        accuracy_m=report.accuracy_m,
        received_sha=report.photo_sha,
        signature_sha=report.signature_sha,
        code_checked=report.code_checked,
        scanned=report.scanned,
        old_cards=report.old_cards,
        device_at=report.device_at,
        received_at=now(session),
    )
    session.add(proof)
    session.flush()
    return proof


def _at_stop(session: Session, stop: Stop, proof: Proof, *, by: Actor) -> str:
    """Let a proof count at its stop; the answer is what it contradicts, empty when it counted."""
    route = route_of(session, stop.office, stop.route_id)
    if route.state == "planned":
        # not dropped: without a 2xx the phone keeps it and sends it again after the load check
        raise Conflict(f"route {route.id} has not left yet; its load check comes first")
    place = _place_of(session, stop)
    if route.state == "cancelled":
        return f"Bukti untuk rute yang sudah dibatalkan ({place})."
    if proof.kind == "arrived":
        _arrive(session, stop, proof, by=by)
        return ""
    if is_final("stop", stop.state):
        return f"Bukti kedua untuk tujuan yang sudah selesai ({place}): yang pertama tetap berlaku."
    load = _load_of(session, stop)
    if proof.kind == "delivered":
        _deliver(session, load, proof, by=by)
        _take_old_cards(session, stop, route.courier_id, load, proof, by=by)
    else:
        if any(attempt.state == "succeeded" for attempt in load.attempts):
            return f"Kurir melaporkan gagal, tetapi desa sudah menghitung dokumennya ({place})."
        _fail(session, load, proof, by=by, place=place)
    stop.done_at = proof.received_at
    move(session, stop, "done" if proof.kind == "delivered" else "failed", by=by, why=proof.reason, evidence=proof.id)
    finish_route_if_done(session, stop.office, stop.route_id, by=by)
    return ""


def _of_shipment(session: Session, shipment: Shipment, proof: Proof, *, by: Actor) -> str:
    """The same for a shipment. A village may have counted it before: then only the partner's word is added."""
    if proof.kind == "arrived":
        return ""
    delivered = proof.kind == "delivered"
    load = _load_of(session, shipment)
    if shipment.state in ("planned", "cancelled", "returned", "lost"):
        return f"Bukti mitra untuk kiriman yang sudah {shipment.state}."
    if delivered:
        before = [batch.state for batch in load.batches]
        _deliver(session, load, proof, by=by)
        if shipment.state == "delivered":
            # what the village counted first stands; a second word that adds nothing is kept aside
            changed = before != [batch.state for batch in load.batches]
            return "" if changed else "Bukti kedua untuk kiriman yang sudah sampai: yang pertama tetap berlaku."
    elif shipment.state == "delivered":
        return "Mitra melaporkan gagal, tetapi desa sudah menghitung dokumennya."
    else:
        _fail(session, load, proof, by=by, place="kiriman mitra")
    move(session, shipment, "delivered" if delivered else "returned", by=by, why=proof.reason, evidence=proof.id)
    finish_assignment(session, shipment, by=by)
    close_plan_if_done(session, shipment.office, shipment.plan_id, by=by)
    return ""


def _arrive(session: Session, stop: Stop, proof: Proof, *, by: Actor) -> None:
    # sent late, after the hand-over itself: the time is still worth knowing
    stop.arrived_at = stop.arrived_at or proof.received_at
    if stop.state == "pending":
        move(session, stop, "arrived", by=by, evidence=proof.id)


def _deliver(session: Session, load: _Load, proof: Proof, *, by: Actor) -> None:
    for batch in load.batches:
        hand_over(session, [d for d in load.out if d.batch_id == batch.id], batch, evidence=proof.id, by=by)
    move_all(session, load.pending, "succeeded", by=by, evidence=proof.id)
    # what the village counted first gets its proof now
    attempts = [attempt.id for attempt in load.attempts if attempt.state == "succeeded" and attempt.proof_id is None]
    session.execute(update(Attempt).where(Attempt.id.in_(attempts)).values(proof_id=proof.id))
    settle_batches(session, load.batches, by=by, evidence=proof.id)


def _take_old_cards(session: Session, stop: Stop, courier_id: str, load: _Load, proof: Proof, *, by: Actor) -> None:
    """Old cards that the courier counted at a stop: given up at a door, or by a desk that had collected them."""
    if not proof.old_cards:
        return
    if load.batches and load.batches[0].destination == "home":
        courier = Holder("courier", courier_id)
        cards, village = proof.old_cards, stop.village_code
        old_cards.collect(session, proof, village, cards, courier, route_id=stop.route_id, by=by)
        return
    old_cards.take_from_desk(
        session, proof, stop.village_code, proof.old_cards, courier_id, route_id=stop.route_id, by=by
    )


def _fail(session: Session, load: _Load, proof: Proof, *, by: Actor, place: str) -> None:
    pending = load.pending
    pairs = list(zip(load.out, pending, strict=True))
    at, on = load.batches[0].destination, _today(session, proof.office)
    decide_next(session, pairs, proof.reason, destination=at, on=on)
    move_all(session, load.out, "returning", by=by, why=proof.reason, evidence=proof.id)
    move_all(session, pending, "failed", by=by, why=proof.reason, evidence=proof.id)
    for attempt in pending:
        attempt.reason, attempt.proof_id = proof.reason, proof.id
    if proof.reason == LOST:
        codes = ", ".join(load.documents[attempt.document_id].code for attempt in pending)
        detail = f"Kurir melaporkan dokumen hilang ({place}): {codes}"
        open_case(session, proof.office, "lost_document", subject_kind="proof", subject_id=proof.id, detail=detail)


def _load_of(session: Session, target: Stop | Shipment) -> _Load:
    at_stop = isinstance(target, Stop)
    attempts = session.scalars(
        select(Attempt)
        .where(Attempt.office == target.office)
        .where(Attempt.stop_id == target.id if at_stop else Attempt.shipment_id == target.id)
        .order_by(Attempt.id)
        .execution_options(populate_existing=True)
    ).all()
    documents = session.scalars(
        select(Document)
        .where(Document.office == target.office, Document.id.in_([attempt.document_id for attempt in attempts]))
        .execution_options(populate_existing=True)
    ).all()
    batches = _batches_of(session, target)
    return _Load(attempts=attempts, documents={d.id: d for d in documents}, batches=batches)


def _batches_of(session: Session, target: Stop | Shipment) -> Sequence[Batch]:
    asked = select(Batch).where(Batch.office == target.office).execution_options(populate_existing=True)
    if isinstance(target, Stop):
        asked = asked.join(StopBatch, StopBatch.batch_id == Batch.id).where(StopBatch.stop_id == target.id)
    else:
        asked = asked.where(Batch.id == target.batch_id)
    return session.scalars(asked.order_by(Batch.code)).all()


def _today(session: Session, office: str) -> date:
    return calendar_of(session, office).local_date(now(session))


def _place_of(session: Session, target: Stop | Shipment) -> str:
    """Where it happened, for a case; names no citizen."""
    if isinstance(target, Shipment):
        return "kiriman mitra"
    route = route_of(session, target.office, target.route_id)
    village = session.scalars(
        select(Village.name).where(Village.office == target.office, Village.code == target.village_code)
    ).one()
    return f"rute {route.number}, {village}"
