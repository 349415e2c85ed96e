"""Leaving: documents change hands only when somebody counts them out.

A courier counts the batches into the bag (the load check); the counter's clerk, or a partner's rider, takes shipments
over. What was not there stays with the office and can be planned again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.services.assignment import (
    POST_COUNTER,
    batches_of_route,
    carrier_of,
    free,
    live_assignment,
    stops_of,
)
from dispatch.services.cases import open_case
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import new_id, now
from dispatch.store.models import Attempt, Batch, Document, LoadCheck, Proof, Route, Shipment, Stop, StopBatch
from dispatch.store.states import Holder, born, move, move_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a courier counted: batch ids in the bag and batch ids that were not there. `event_id` is the phone's."""

    source: str
    event_id: str
    taken: frozenset[str]
    missing: frozenset[str]
    device_at: datetime | None = None


def load(session: Session, route: Route, counted: Loaded, *, by: Actor) -> LoadCheck:
    """The courier takes the batches over and leaves; the same check again is answered with the first one."""
    audit.begin(session, route.office)  # taken first: a twin waits here and then finds this check
    session.refresh(route)
    earlier = session.scalar(
        select(LoadCheck).where(
            LoadCheck.office == route.office,
            LoadCheck.source == counted.source,
            LoadCheck.event_id == counted.event_id,
        )
    )
    if earlier is not None:
        said = (earlier.route_id, earlier.taken, earlier.missing)
        if said != (route.id, sorted(counted.taken), sorted(counted.missing)):
            raise Invalid(fields=[FieldError("event_id", "kiriman ini sudah dipakai untuk isi yang lain")])
        return earlier
    if route.state != "planned":
        raise Conflict(f"route {route.id} is {route.state}; its load was checked before")
    batches = batches_of_route(session, route)
    _refuse_wrong_count(batches, counted)
    check = LoadCheck(
        office=route.office,
        source=counted.source,
        event_id=counted.event_id,
        route_id=route.id,
        taken=sorted(counted.taken),
        missing=sorted(counted.missing),
        device_at=counted.device_at,
        received_at=now(session),
    )
    session.add(check)
    session.flush()
    _take_out(session, route, [batch for batch in batches if batch.id in counted.taken], check, by=by)
    _leave_behind(session, route, [batch for batch in batches if batch.id in counted.missing], by=by)
    move(session, route, "under_way", by=by, evidence=check.id)
    offer = live_assignment(session, route)
    if offer is not None and offer.state == "offered":
        move(session, offer, "accepted", by=by, evidence=check.id)
    return check


def hand_to_counter(
    session: Session, office: str, shipment_ids: Collection[str], *, clerk: str, by: Actor
) -> Sequence[Shipment]:
    """The counter's clerk took these shipments over, counted; all of them or none."""
    audit.begin(session, office)
    shipments = session.scalars(
        select(Shipment).where(Shipment.office == office, Shipment.id.in_(list(shipment_ids))).order_by(Shipment.id)
    ).all()
    unknown = sorted(set(shipment_ids) - {shipment.id for shipment in shipments})
    if unknown:
        raise NotFound(f"there is no shipment {unknown[0]}")
    foreign = [shipment for shipment in shipments if shipment.partner != POST_COUNTER]
    if foreign:
        raise Conflict(f"shipment {foreign[0].id} goes with {foreign[0].partner}, not over the counter")
    for shipment in shipments:
        counted = Proof(
            office=office,
            source=str(by),
            event_id=new_id(),
            fingerprint="",
            kind="handed",
            shipment_id=shipment.id,
            received_by=clerk,
            received_at=now(session),
        )
        session.add(counted)
        session.flush()
        pick_up(session, shipment, evidence=counted.id, by=by)
    return shipments


def pick_up(session: Session, shipment: Shipment, *, evidence: str, by: Actor) -> None:
    """A partner has the shipment now: its documents are out, and each has an attempt of its own."""
    batch = session.scalars(select(Batch).where(Batch.office == shipment.office, Batch.id == shipment.batch_id)).one()
    documents = documents_in(session, shipment.office, [batch.id])
    move_all(session, documents, "out", by=by, evidence=evidence, holder=Holder("partner", shipment.partner))
    move(session, batch, "out", by=by, evidence=evidence)
    move(session, shipment, "handed_to_partner", by=by, evidence=evidence)
    tries = [Attempt(office=d.office, document_id=d.id, shipment_id=shipment.id) for d in documents]
    born(session, tries, "pending", by=by)


def documents_in(session: Session, office: str, batch_ids: Collection[str]) -> Sequence[Document]:
    """The documents that lie in these batches in the office, in the order of their codes."""
    return session.scalars(
        select(Document)
        .where(Document.office == office, Document.batch_id.in_(list(batch_ids)), Document.state == "batched")
        .order_by(Document.code)
    ).all()


def _refuse_wrong_count(batches: Sequence[Batch], counted: Loaded) -> None:
    known = {batch.id for batch in batches}
    if counted.taken | counted.missing != known or counted.taken & counted.missing:
        raise Invalid(
            fields=[FieldError("batches", "setiap batch rute ini harus ada di tas atau dinyatakan tidak ada")]
        )
    if not counted.taken:
        raise Invalid(fields=[FieldError("batches", "tidak ada batch yang dibawa; hubungi kantor")])


def _take_out(session: Session, route: Route, batches: Sequence[Batch], check: LoadCheck, *, by: Actor) -> None:
    documents = documents_in(session, route.office, [batch.id for batch in batches])
    move_all(session, documents, "out", by=by, evidence=check.id, holder=carrier_of(session, route))
    move_all(session, batches, "out", by=by, evidence=check.id)
    stop_of = dict(
        session.execute(
            select(StopBatch.batch_id, StopBatch.stop_id)
            .join(Stop, Stop.id == StopBatch.stop_id)
            .where(Stop.office == route.office, Stop.route_id == route.id)
        ).all()
    )
    tries = [Attempt(office=d.office, document_id=d.id, stop_id=stop_of[d.batch_id or ""]) for d in documents]
    born(session, tries, "pending", by=by)


def _leave_behind(session: Session, route: Route, missing: Sequence[Batch], *, by: Actor) -> None:
    """What was not there stays with the office; a stop with nothing left is skipped."""
    if not missing:
        return
    free(session, missing, by=by, why="not there at the load check")
    for batch in missing:
        open_case(
            session,
            route.office,
            "batch_missing",
            subject_kind="batch",
            subject_id=batch.id,
            detail=f"Batch {batch.code} tidak ada saat kurir rute {route.number} berangkat. Cari di kantor.",
        )
    left_behind = {batch.id for batch in missing}
    for stop in stops_of(session, route):
        for_stop = set(session.scalars(select(StopBatch.batch_id).where(StopBatch.stop_id == stop.id)))
        if for_stop <= left_behind:
            move(session, stop, "skipped", by=by, why="nothing loaded for it")
        elif for_stop & left_behind:
            # the load check remembers it; a batch is on one open stop at most, and it may be planned again today
            session.execute(delete(StopBatch).where(StopBatch.stop_id == stop.id, StopBatch.batch_id.in_(left_behind)))
