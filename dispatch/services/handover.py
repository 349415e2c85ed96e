"""A desk's side of the first leg: a village or kecamatan office counts what arrived, line by line.

A count decides every line of the batch's list: received, missing or damaged; what lay in the bag without being on the
list is extra. How a count and the courier's proof fit together, whichever is heard first, is said in `delivery.py`.
A damaged document was received and goes back: the village holds it, `returning`. Every difference opens a case.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services.assignment import POST_COUNTER, close_plan_if_done, finish_assignment, finish_route_if_done
from dispatch.services.cases import open_case
from dispatch.services.delivery import hand_over, settle_batches
from dispatch.services.desks import desk_name
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import (
    Attempt,
    Batch,
    BatchItem,
    Courier,
    Document,
    Handover,
    HandoverLine,
    Recipient,
    Route,
    Shipment,
    Stop,
    Village,
)
from dispatch.store.states import DESKS, move, move_all

Result = Literal["received", "missing", "damaged"]
RESULTS: tuple[Result, ...] = ("received", "missing", "damaged")
MOST_EXTRA = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One count of one batch: a result for every document id of its list, and the codes of what was too much."""

    source: str
    event_id: str
    received_by: str
    lines: Mapping[str, Result]
    extra: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.received_by:
            raise Invalid(fields=[FieldError("received_by", "isi nama yang menghitung")])
        if len(self.extra) > MOST_EXTRA:
            raise Invalid(fields=[FieldError("extra", say("paling banyak %(extra)s kode", extra=MOST_EXTRA))])

    def fingerprint(self, batch_id: str) -> str:
        said = [batch_id, self.received_by, sorted(self.lines.items()), list(self.extra)]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def of(self, result: Result) -> set[str]:
        """The document ids with this result."""
        return {document_id for document_id, found in self.lines.items() if found == result}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One document on a batch's list, with its person."""

    document: Document
    recipient: Recipient
    needs_nik: bool = False
    """Somebody else in the batch has the same name."""
    missed: bool = False
    """Counted as missing here, and not yet decided."""


def incoming(session: Session, office: str, village_code: str) -> Sequence[Batch]:
    """The batches on their way to a desk, or there, that it has not counted yet."""
    there = exists().where(
        BatchItem.batch_id == Batch.id,
        BatchItem.document_id == Document.id,
        Document.state.in_(("out", "at_village")),
    )
    return session.scalars(
        select(Batch)
        .where(Batch.office == office, Batch.village_code == village_code, Batch.destination.in_(DESKS))
        .where(Batch.state.in_(("out", "handed_over")), ~exists().where(Handover.batch_id == Batch.id), there)
        .order_by(Batch.code)
    ).all()


def batch_lines(session: Session, office: str, village_code: str, batch_id: str) -> tuple[Batch, Sequence[Line]]:
    """One of the village's batches and its list, in the order it is printed."""
    batch = _batch_of(session, office, village_code, batch_id)
    rows = session.execute(
        select(Document, Recipient)
        .join(BatchItem, BatchItem.document_id == Document.id)
        .join(Recipient, Recipient.id == Document.recipient_id)
        .where(BatchItem.batch_id == batch.id, Document.office == office)
        .order_by(BatchItem.line_no)
    ).all()
    names = [same_name(recipient.name) for _, recipient in rows]
    lines = [
        Line(document=document, recipient=recipient, needs_nik=names.count(same_name(recipient.name)) > 1)
        for document, recipient in rows
    ]
    return batch, lines


def same_name(name: str) -> str:
    """Names that people read as the same are equal here."""
    return " ".join(name.casefold().split())


def count(session: Session, office: str, village_code: str, batch_id: str, counted: Count, *, by: Actor) -> Handover:
    """The village counted a batch and signs for it. The same count again gives the same answer."""
    audit.begin(session, office)
    batch = _batch_of(session, office, village_code, batch_id)
    fingerprint = counted.fingerprint(batch.id)
    earlier = session.scalar(
        select(Handover).where(
            Handover.office == office, Handover.source == counted.source, Handover.event_id == counted.event_id
        )
    )
    if earlier is not None:
        if earlier.fingerprint != fingerprint:
            raise Invalid(fields=[FieldError("event_id", "kiriman ini sudah dipakai untuk isi yang lain")])
        return earlier
    if session.scalar(select(Handover.id).where(Handover.office == office, Handover.batch_id == batch.id)):
        raise Conflict(f"batch {batch.code} was counted before")
    if batch.state not in ("out", "handed_over"):
        raise Conflict(f"batch {batch.code} is {batch.state} and cannot be counted")
    documents = _listed(session, batch, counted)
    handover = _written(session, batch, counted, fingerprint, documents)
    unexpected = _take_in(session, batch, documents, counted, handover, by=by)
    _tell(session, batch, documents, counted, handover, unexpected)
    _settle(session, batch, counted, handover, by=by)
    return handover


def _batch_of(session: Session, office: str, village_code: str, batch_id: str) -> Batch:
    found = session.scalar(
        select(Batch)
        .where(Batch.office == office, Batch.village_code == village_code, Batch.id == batch_id)
        .where(Batch.destination.in_(DESKS))
        .where(Batch.state.in_(("out", "handed_over", "closed")))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(f"there is no batch {batch_id}")
    return found


def _listed(session: Session, batch: Batch, counted: Count) -> dict[str, Document]:
    documents = {
        document.id: document
        for document in session.scalars(
            select(Document)
            .join(BatchItem, BatchItem.document_id == Document.id)
            .where(Document.office == batch.office, BatchItem.batch_id == batch.id)
            .order_by(BatchItem.line_no)
            .execution_options(populate_existing=True)
        )
    }
    if set(counted.lines) != set(documents):
        raise Invalid(fields=[FieldError("lines", "setiap baris harus dihitung: ada, tidak ada, atau rusak")])
    return documents


def _written(
    session: Session, batch: Batch, counted: Count, fingerprint: str, documents: Mapping[str, Document]
) -> Handover:
    handover = Handover(
        office=batch.office,
        source=counted.source,
        event_id=counted.event_id,
        fingerprint=fingerprint,
        batch_id=batch.id,
        received_by=counted.received_by,
        counted={**{result: len(counted.of(result)) for result in RESULTS}, "extra": len(counted.extra)},
        received_at=now(session),
    )
    session.add(handover)
    session.flush()
    for document_id in documents:
        result = counted.lines[document_id]
        session.add(HandoverLine(office=batch.office, handover_id=handover.id, document_id=document_id, result=result))
    for code in counted.extra:
        known = session.scalar(select(Document.id).where(Document.office == batch.office, Document.code == code))
        line = HandoverLine(
            office=batch.office, handover_id=handover.id, document_id=known, result="extra", note=code[:200]
        )
        session.add(line)
    session.flush()
    return handover


def _take_in(
    session: Session,
    batch: Batch,
    documents: Mapping[str, Document],
    counted: Count,
    handover: Handover,
    *,
    by: Actor,
) -> list[Document]:
    """Move what is here; the answer is what is here and should not be."""
    here = [documents[i] for i in documents if counted.lines[i] != "missing"]
    arriving = [document for document in here if document.state == "out"]
    attempts = session.scalars(
        select(Attempt)
        .where(Attempt.office == batch.office, Attempt.state == "pending")
        .where(Attempt.document_id.in_([document.id for document in arriving]))
        .order_by(Attempt.id)
        .execution_options(populate_existing=True)
    ).all()
    hand_over(session, arriving, batch, evidence=handover.id, by=by, why="counted")
    move_all(session, attempts, "succeeded", by=by, evidence=handover.id)
    damaged = [documents[i] for i in sorted(counted.of("damaged")) if documents[i].state == "at_village"]
    move_all(session, damaged, "returning", by=by, why="damaged", evidence=handover.id)
    expected = {document.id for document in damaged}
    return [d for d in here if d.state not in ("at_village", "delivered") and d.id not in expected]


def _tell(
    session: Session,
    batch: Batch,
    documents: Mapping[str, Document],
    counted: Count,
    handover: Handover,
    unexpected: Sequence[Document],
) -> None:
    """One case for each kind of difference, naming both sides."""
    desk = desk_name(session.get_one(Village, (batch.office, batch.village_code)))
    sides = f"batch {batch.code}, {_carrier(session, batch)} dan {desk}"

    def tell(kind: str, words: str, codes: Sequence[str]) -> None:
        if codes:
            detail = f"{len(codes)} dokumen {words} ({sides}): {', '.join(codes)}"
            open_case(session, batch.office, kind, subject_kind="handover", subject_id=handover.id, detail=detail)

    tell("short_count", "tidak ada saat dihitung", [documents[i].code for i in sorted(counted.of("missing"))])
    tell("damaged", "rusak, akan dikembalikan", [documents[i].code for i in sorted(counted.of("damaged"))])
    tell("extra_document", "lebih dari daftar", list(counted.extra))
    tell("count_conflict", "dihitung ada padahal dilaporkan gagal diantar", [d.code for d in unexpected])


def _carrier(session: Session, batch: Batch) -> str:
    courier = session.scalar(
        select(Courier.name)
        .join(Route, Route.courier_id == Courier.id)
        .join(Stop, Stop.route_id == Route.id)
        .join(Attempt, Attempt.stop_id == Stop.id)
        .join(BatchItem, BatchItem.document_id == Attempt.document_id)
        .where(Route.office == batch.office, BatchItem.batch_id == batch.id)
        .order_by(Attempt.id.desc())
        .limit(1)
    )
    return f"kurir {courier}" if courier else "mitra antar"


def _settle(session: Session, batch: Batch, counted: Count, handover: Handover, *, by: Actor) -> None:
    arrived = len(counted.of("missing")) < len(counted.lines)
    if batch.state == "handed_over" or arrived:
        # the first of the two words hands the batch over, the second closes it
        move(
            session,
            batch,
            "closed" if batch.state == "handed_over" else "handed_over",
            by=by,
            evidence=handover.id,
        )
    shipment = session.scalar(
        select(Shipment)
        .where(Shipment.office == batch.office, Shipment.batch_id == batch.id)
        .where(Shipment.state.in_(("handed_to_partner", "in_transit")))
    )
    if shipment is not None and arrived:
        # what the village counted has arrived, whether or not its carrier ever says so
        move(session, shipment, "delivered", by=by, evidence=handover.id)
        if shipment.partner == POST_COUNTER:
            # the counter tells nobody, so there is no second word to wait for
            settle_batches(session, [batch], by=by, evidence=handover.id)
        finish_assignment(session, shipment, by=by)
        close_plan_if_done(session, shipment.office, shipment.plan_id, by=by)
    route_ids = session.scalars(
        select(Stop.route_id)
        .join(Attempt, Attempt.stop_id == Stop.id)
        .join(BatchItem, BatchItem.document_id == Attempt.document_id)
        .where(Stop.office == batch.office, BatchItem.batch_id == batch.id)
        .distinct()
    ).all()
    for route_id in route_ids:
        finish_route_if_done(session, batch.office, route_id, by=by)
