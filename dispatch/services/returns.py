"""Coming back: the office counts in what could not be handed over, and only then is it the office's again.

Counted in are documents that failed, that a village sent back damaged, and those the rider never got to show anybody.
What each becomes next (ready again, or held for a person) follows from its reason. What will never come back is
declared lost, by a person and with a reason.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid
from dispatch.said import say
from dispatch.services.assignment import (
    carrier_of,
    close_plan_if_done,
    finish_assignment,
    finish_route_if_done,
    route_of,
    shipment_of,
    stops_of,
)
from dispatch.services.calendar import calendar_of
from dispatch.services.cases import open_case
from dispatch.services.desks import desk_name
from dispatch.services.failures import after_count_in, decide_next
from dispatch.services.partner_setups import carrier_name
from dispatch.services.reasons import LOST, UNVISITED
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import new_id, now
from dispatch.store.models import (
    Attempt,
    Batch,
    BatchItem,
    Courier,
    Document,
    Handover,
    Outreach,
    Proof,
    Route,
    Shipment,
    Stop,
    StopBatch,
    Village,
)
from dispatch.store.states import Holder, is_final, move, move_all


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedIn:
    """What the office counted in, and what the carrier still has."""

    ready: Sequence[Document]
    held: Sequence[Document]
    still_out: Sequence[Document]


def count_in_route(
    session: Session, office: str, route_id: str, codes: Collection[str] | None, *, by: Actor
) -> CountedIn:
    """Count in what a courier brought back. `codes` None: everything the courier still has."""
    audit.begin(session, office)
    route = session.get_one(Route, route_of(session, office, route_id).id, populate_existing=True)
    if route.state not in ("under_way", "completed"):
        raise Conflict(f"route {route.id} is {route.state}; nothing of it can come back")
    stops = stops_of(session, route)
    carried = _carried(session, office, [stop.id for stop in stops])
    counted = _count_in(session, office, carried, codes, holder=carrier_of(session, route), by=by)
    _close_stops(session, stops, by=by)
    finish_route_if_done(session, office, route_id, by=by)
    return counted


def count_in_outreach(
    session: Session, office: str, outreach: Outreach, codes: Collection[str] | None, *, by: Actor
) -> CountedIn:
    """Count in what a mobile service brought back. `codes` None: everything its crew still has."""
    audit.begin(session, office)
    session.refresh(outreach)
    if outreach.state not in ("under_way", "completed"):
        raise Conflict(f"outreach {outreach.id} is {outreach.state}; nothing of it can come back")
    carried = _carried_to(session, office, [outreach.id])
    return _count_in(session, office, carried, codes, holder=Holder("courier", outreach.crew_lead_id), by=by)


def count_in_from(
    session: Session, office: str, holder: Holder, codes: Collection[str], *, is_all: bool, by: Actor
) -> CountedIn:
    """Count in what a courier, a partner or a desk that came itself has put on the counter, whatever it was part of.

    `is_all`: nothing more is to come. What should be there then and is not stays with the holder, and a case names it.
    """
    audit.begin(session, office)
    expected = {document.code: document for document in carried_by(session, office, holder)}
    unknown = sorted(set(codes) - set(expected))
    if unknown:
        raise Invalid(
            fields=[FieldError("documents", say("%(unknown)s tidak sedang dibawa kembali", unknown=unknown[0]))]
        )
    found = CountedIn(ready=(), held=(), still_out=())
    for route_id in _routes_of(session, office, holder):
        stops = stops_of(session, route_of(session, office, route_id))
        carried = _carried(session, office, [stop.id for stop in stops])
        of_route = {document.code for document, _ in carried} & set(codes)
        if of_route:
            found = _both(found, count_in_route(session, office, route_id, of_route, by=by))
    for shipment_id in _shipments_of(session, office, holder):
        carried = _carried(session, office, [], shipment_of(session, office, shipment_id))
        of_shipment = {document.code for document, _ in carried} & set(codes)
        if of_shipment:
            found = _both(found, count_in_shipment(session, office, shipment_id, of_shipment, by=by))
    ridden = _carried_to(session, office, _outreaches_of(session, office, holder))
    of_outreach = {document.code for document, _ in ridden} & set(codes)
    if of_outreach:
        found = _both(found, _count_in(session, office, ridden, of_outreach, holder=holder, by=by))
    loose = _fetched(session, office, holder)
    of_desks = {document.code for document, _ in loose} & set(codes)
    if of_desks:
        found = _both(found, _count_in(session, office, loose, of_desks, holder=holder, by=by))
    left = carried_by(session, office, holder)
    if is_all and left:
        _tell_missing(session, office, holder, left)
    return CountedIn(ready=found.ready, held=found.held, still_out=left)


def carried_by(session: Session, office: str, holder: Holder) -> Sequence[Document]:
    """What a holder should put on the counter: a courier all that is out or coming back, a desk what goes back."""
    states = ("out", "returning") if holder.kind in ("courier", "partner") else ("returning",)
    return session.scalars(
        select(Document)
        .where(Document.office == office, Document.state.in_(states))
        .where(Document.holder_kind == holder.kind, Document.holder_id == holder.id)
        .order_by(Document.code)
        .execution_options(populate_existing=True)
    ).all()


def count_in_shipment(
    session: Session, office: str, shipment_id: str, codes: Collection[str] | None, *, by: Actor
) -> CountedIn:
    """Count in what a partner brought back. `codes` None: everything the partner still has."""
    audit.begin(session, office)
    shipment = session.get_one(Shipment, shipment_of(session, office, shipment_id).id, populate_existing=True)
    if shipment.state in ("planned", "cancelled"):
        raise Conflict(f"shipment {shipment.id} is {shipment.state}; nothing of it can come back")
    carried = _carried(session, office, [], shipment)
    counted = _count_in(session, office, carried, codes, holder=Holder("partner", shipment.partner), by=by)
    if not is_final("shipment", shipment.state) and not counted.still_out:
        # the post brought it back without a word
        move(session, shipment, "returned", by=by, why="counted in")
        finish_assignment(session, shipment, by=by)
        close_plan_if_done(session, office, shipment.plan_id, by=by)
    return counted


def declare_lost(session: Session, office: str, codes: Collection[str], *, why: str, by: Actor) -> Sequence[Document]:
    """A person decided that these documents are lost; all of them or none."""
    audit.begin(session, office)
    documents = session.scalars(
        select(Document)
        .where(Document.office == office, Document.code.in_(list(codes)))
        .where(Document.state.in_(("out", "returning", "at_village")))
        .order_by(Document.code)
        .execution_options(populate_existing=True)
    ).all()
    unknown = sorted(set(codes) - {document.code for document in documents})
    if unknown:
        raise Invalid(fields=[FieldError("lost", say("%(unknown)s tidak sedang di luar kantor", unknown=unknown[0]))])
    gone = [document.id for document in documents]
    attempts = session.scalars(
        select(Attempt)
        .where(Attempt.office == office, Attempt.state == "pending", Attempt.document_id.in_(gone))
        .order_by(Attempt.id)
        .execution_options(populate_existing=True)
    ).all()
    for attempt in attempts:
        attempt.reason = LOST
    move_all(session, attempts, "failed", by=by, why=LOST)
    move_all(session, documents, "lost", by=by, why=why)
    close_batches(session, office, set(gone), by=by)
    stops = session.scalars(
        select(Stop).join(Attempt, Attempt.stop_id == Stop.id).where(Attempt.document_id.in_(gone)).distinct()
    ).all()
    for stop in stops:
        finish_route_if_done(session, office, stop.route_id, by=by)
    return documents


_Carried = Sequence[tuple[Document, Attempt]]


def _carried(session: Session, office: str, stop_ids: Sequence[str], shipment: Shipment | None = None) -> _Carried:
    """What of these stops, or of this shipment, is out or coming back, in the batch it left with."""
    asked = select(Document, Attempt).join(Attempt, Attempt.document_id == Document.id)
    if shipment is None:
        asked = asked.join(StopBatch, StopBatch.stop_id == Attempt.stop_id)
        asked = asked.where(Attempt.stop_id.in_(stop_ids), StopBatch.batch_id == Document.batch_id)
    else:
        asked = asked.where(Attempt.shipment_id == shipment.id, Document.batch_id == shipment.batch_id)
    return session.execute(
        asked.where(Attempt.office == office, Document.state.in_(("out", "returning")))
        .order_by(Document.code)
        .execution_options(populate_existing=True)
    ).all()


def _carried_to(session: Session, office: str, outreach_ids: Sequence[str]) -> _Carried:
    """What of these mobile services is out or coming back, in the batch it left with."""
    return session.execute(
        select(Document, Attempt)
        .join(Attempt, Attempt.document_id == Document.id)
        .join(Batch, (Batch.id == Document.batch_id) & (Batch.outreach_id == Attempt.outreach_id))
        .where(Attempt.office == office, Attempt.outreach_id.in_(outreach_ids))
        .where(Document.state.in_(("out", "returning")))
        .order_by(Document.code)
        .execution_options(populate_existing=True)
    ).all()


def _outreaches_of(session: Session, office: str, holder: Holder) -> Sequence[str]:
    return session.scalars(
        select(Outreach.id)
        .where(Outreach.office == office, Outreach.crew_lead_id == holder.id)
        .where(Outreach.state.in_(("under_way", "completed")))
        .order_by(Outreach.id)
    ).all()


def _count_in(
    session: Session, office: str, carried: _Carried, codes: Collection[str] | None, *, holder: Holder, by: Actor
) -> CountedIn:
    if codes is None:
        chosen = [(d, a) for d, a in carried if _has(holder, d)]
    else:
        chosen = [(d, a) for d, a in carried if d.code in set(codes)]
        unknown = sorted(set(codes) - {document.code for document, _ in chosen})
        if unknown:
            raise Invalid(
                fields=[FieldError("documents", say("%(unknown)s tidak sedang dibawa kembali", unknown=unknown[0]))]
            )
    back = {document.id for document, _ in chosen}
    still_out = [d for d, _ in carried if _has(holder, d) and d.id not in back]
    if not chosen:
        return CountedIn(ready=(), held=(), still_out=still_out)
    proof = Proof(
        office=office, source=str(by), event_id=new_id(), fingerprint="", kind="returned", received_at=now(session)
    )
    session.add(proof)
    session.flush()
    _bring_back(session, chosen, proof, by=by)
    becomes = [(document, after_count_in(document, attempt)) for document, attempt in chosen]
    ready = [document for document, state in becomes if state == "ready"]
    held = [document for document, state in becomes if state == "held"]
    for document in (*ready, *held):
        document.batch_id = None
    move_all(session, ready, "ready", by=by)
    move_all(session, held, "held", by=by)
    close_batches(session, office, back, by=by, evidence=proof.id)
    return CountedIn(ready=ready, held=held, still_out=still_out)


def _has(holder: Holder, document: Document) -> bool:
    return (document.holder_kind, document.holder_id) == (holder.kind, holder.id)


def _both(one: CountedIn, other: CountedIn) -> CountedIn:
    return CountedIn(ready=(*one.ready, *other.ready), held=(*one.held, *other.held), still_out=())


def _routes_of(session: Session, office: str, holder: Holder) -> Sequence[str]:
    """The routes that left with this courier or partner and of which something may still come back."""
    asked = select(Route.id).where(Route.office == office, Route.state.in_(("under_way", "completed")))
    if holder.kind != "partner":
        asked = asked.where(Route.courier_id == holder.id)
    return session.scalars(
        asked.where(
            exists().where(
                Stop.route_id == Route.id,
                StopBatch.stop_id == Stop.id,
                Document.batch_id == StopBatch.batch_id,
                Document.holder_kind == holder.kind,
                Document.holder_id == holder.id,
                Document.state.in_(("out", "returning")),
            )
        ).order_by(Route.id)
    ).all()


def _shipments_of(session: Session, office: str, holder: Holder) -> Sequence[str]:
    """The shipments of this partner of which something may still come back."""
    if holder.kind != "partner":
        return ()
    return session.scalars(
        select(Shipment.id)
        .where(Shipment.office == office, Shipment.partner == holder.id)
        .where(
            exists().where(
                Document.batch_id == Shipment.batch_id,
                Document.holder_kind == holder.kind,
                Document.holder_id == holder.id,
                Document.state.in_(("out", "returning")),
            )
        )
        .order_by(Shipment.id)
    ).all()


def _fetched(session: Session, office: str, holder: Holder) -> _Carried:
    """What went out long ago and comes back from a desk, each with the attempt by which it got there."""
    rows = session.execute(
        select(Document, Attempt)
        .join(Attempt, Attempt.document_id == Document.id)
        .where(Document.office == office, Document.state == "returning", Attempt.state == "succeeded")
        .where(Document.holder_kind == holder.kind, Document.holder_id == holder.id)
        .order_by(Document.code, Attempt.id)
        .execution_options(populate_existing=True)
    )
    return list({document.id: (document, attempt) for document, attempt in rows}.values())


def _tell_missing(session: Session, office: str, holder: Holder, left: Sequence[Document]) -> None:
    if holder.kind == "courier":
        name = f"kurir {session.get_one(Courier, holder.id).name}"
    elif holder.kind == "partner":
        name = carrier_name(holder.id)
    else:
        name = desk_name(session.get_one(Village, (office, holder.id)))
    codes = ", ".join(document.code for document in left)
    detail = f"{len(left)} dokumen tidak ada saat dihitung kembali dari {name}: {codes}"
    open_case(session, office, "return_short", subject_kind=holder.kind, subject_id=holder.id, detail=detail)


def _bring_back(session: Session, chosen: _Carried, proof: Proof, *, by: Actor) -> None:
    unvisited = [(document, attempt) for document, attempt in chosen if document.state == "out"]
    on = calendar_of(session, proof.office).local_date(proof.received_at)
    decide_next(session, unvisited, UNVISITED, destination="", on=on)  # wherever it was to go: it goes again
    for _, attempt in unvisited:
        attempt.reason, attempt.proof_id = UNVISITED, proof.id
    move_all(session, [d for d, _ in unvisited], "returning", by=by, why=UNVISITED, evidence=proof.id)
    move_all(session, [a for _, a in unvisited], "failed", by=by, why=UNVISITED, evidence=proof.id)
    by_depot: dict[str, list[Document]] = {}
    for document, _ in chosen:
        by_depot.setdefault(document.depot_id, []).append(document)
    for depot_id, documents in by_depot.items():
        move_all(session, documents, "returned", by=by, evidence=proof.id, holder=Holder("depot", depot_id))


def close_batches(session: Session, office: str, back: set[str], *, by: Actor, evidence: str = "") -> None:
    """A batch none of whose documents is on the way any more, and whose delivery nobody will report."""
    somewhere = exists().where(
        BatchItem.batch_id == Batch.id,
        BatchItem.document_id == Document.id,
        Document.batch_id == Batch.id,
        Document.state.in_(("out", "returning")),
    )
    batches = session.scalars(
        select(Batch)
        .join(BatchItem, BatchItem.batch_id == Batch.id)
        .where(Batch.office == office, BatchItem.document_id.in_(back), Batch.state.in_(("out", "handed_over")))
        # handed over and not counted yet: the village still has a word to say
        .where(~somewhere, (Batch.state == "out") | exists().where(Handover.batch_id == Batch.id))
        .distinct()
        .execution_options(populate_existing=True)
    ).all()
    move_all(session, batches, "closed", by=by, evidence=evidence)


def _close_stops(session: Session, stops: Sequence[Stop], *, by: Actor) -> None:
    """A stop about which nothing is open any more is final, even if its courier never said so."""
    for stop in stops:
        if is_final("stop", stop.state):
            continue
        states = set(session.scalars(select(Attempt.state).where(Attempt.stop_id == stop.id)))
        if "pending" not in states:
            stop.done_at = now(session)
            move_all(session, _counted_batches(session, stop), "closed", by=by, why="counted in")
            move(session, stop, "done" if "succeeded" in states else "skipped", by=by, why="counted in")


def _counted_batches(session: Session, stop: Stop) -> Sequence[Batch]:
    """What the village counted and signed for at a stop whose courier never said a word."""
    return session.scalars(
        select(Batch)
        .join(StopBatch, StopBatch.batch_id == Batch.id)
        .join(Handover, Handover.batch_id == Batch.id)
        .where(StopBatch.stop_id == stop.id, Batch.state == "handed_over")
        .execution_options(populate_existing=True)
    ).all()
