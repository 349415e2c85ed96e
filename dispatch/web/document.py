"""One document's whole story: who it is for, who holds it, every event with who and why, every proof and place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from dispatch.auth import current_office
from dispatch.errors import NotFound
from dispatch.runtime import runtime
from dispatch.services import absent, promises, quotas
from dispatch.services.custody_story import EVIDENCE_WORDS, Step, holder_name, story_of
from dispatch.services.document_map import document_map as map_of
from dispatch.services.intake_rows import AUTO_PREFIX
from dispatch.services.printing import UNPRINTED
from dispatch.services.reasons import REASONS
from dispatch.services.recipients import nik_shown
from dispatch.store.models import (
    Attempt,
    Batch,
    BatchItem,
    Courier,
    Depot,
    Document,
    Office,
    Paper,
    Plan,
    Proof,
    Route,
    Shipment,
    Stop,
    Village,
)
from dispatch.web.blueprint import web
from dispatch.web.map_pages import map_page
from dispatch.web.page import page, shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One event of a document's story."""

    at: datetime
    state: str
    who: str
    why: str
    holder: str
    """The new holder, empty when it stayed where it was."""
    evidence: str
    """What shows it, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One attempt: with which batch it went, on which route of which plan or with which partner."""

    attempt: Attempt
    route: Route | None
    courier: str
    shipment: Shipment | None
    plan: Plan


@web.get("/documents/<document_id>")
@shows
def document(session: Session, document_id: str) -> Response:
    """One document: who it is for, where it is, and every step it took."""
    found = _document(session, document_id)
    return page(
        session,
        "document.html",
        place="documents",
        document=found,
        circumstances=absent.WORDS,
        village=session.get_one(Village, (found.office, found.village_code)),
        depot=session.get_one(Depot, found.depot_id),
        holder=holder_name(session, found.office, found.holder_kind, found.holder_id),
        nik=nik_shown(runtime().keys, found.recipient),
        story=story(session, found),
        proofs=_proofs(session, found),
        journeys=_journeys(session, found),
        batches=_batches(session, found),
        reasons=REASONS,
        promise_moves=promises.changes_of(session, found.office, found.id),
        causes=promises.CAUSES,
        grant=quotas.granted(session, found.office, [found.request_number]).get(found.request_number),
        unprinted=found.state in UNPRINTED,
        auto=AUTO_PREFIX,
    )


@web.get("/documents/<document_id>/map")
@shows
def document_map(session: Session, document_id: str) -> Response:
    """Its places on a small map, to be framed."""
    found = _document(session, document_id)
    zone = ZoneInfo(session.get_one(Office, found.office).timezone)
    return map_page(map_of(session, found, _proofs(session, found), zone))


def story(session: Session, document: Document) -> list[Chapter]:
    """Every event of the document, oldest first, with the name of whoever did it."""
    return [_chapter(step) for step in story_of(session, document)]


def _chapter(step: Step) -> Chapter:
    return Chapter(
        at=step.event.at,
        state=step.event.to_state,
        who=step.who,
        why=step.why,
        holder=step.to_holder if step.to_holder != step.from_holder else "",
        evidence=EVIDENCE_WORDS[type(step.evidence)] if step.evidence is not None else "",
    )


def _document(session: Session, document_id: str) -> Document:
    found = session.scalar(
        select(Document)
        .where(Document.office == current_office(), Document.id == document_id)
        .options(joinedload(Document.recipient))
    )
    if found is None:
        raise NotFound(f"there is no document {document_id}")
    return found


def _proofs(session: Session, document: Document) -> Sequence[Proof]:
    return session.scalars(
        select(Proof)
        .join(Attempt, (Attempt.office == Proof.office) & (Attempt.proof_id == Proof.id))
        .where(Attempt.office == document.office, Attempt.document_id == document.id)
        .order_by(Proof.received_at)
    ).all()


def _journeys(session: Session, document: Document) -> list[Journey]:
    asked = (
        select(Attempt, Route, Courier.name, Shipment, Plan)
        .outerjoin(Stop, (Stop.office == Attempt.office) & (Stop.id == Attempt.stop_id))
        .outerjoin(Route, (Route.office == Stop.office) & (Route.id == Stop.route_id))
        .outerjoin(Courier, (Courier.office == Route.office) & (Courier.id == Route.courier_id))
        .outerjoin(Shipment, (Shipment.office == Attempt.office) & (Shipment.id == Attempt.shipment_id))
        .join(Plan, (Plan.id == Route.plan_id) | (Plan.id == Shipment.plan_id))
        .where(Attempt.office == document.office, Attempt.document_id == document.id)
        .order_by(Plan.service_date, Attempt.id)
    )
    return [
        Journey(attempt=attempt, route=route, courier=courier or "", shipment=shipment, plan=plan)
        for attempt, route, courier, shipment, plan in session.execute(asked)
    ]


def _batches(session: Session, document: Document) -> Sequence[tuple[Batch, Paper | None]]:
    """Every batch it was ever in, newest first, with the batch's numbered paper."""
    asked = (
        select(Batch, Paper)
        .join(BatchItem, (BatchItem.office == Batch.office) & (BatchItem.batch_id == Batch.id))
        .outerjoin(Paper, (Paper.office == Batch.office) & (Paper.subject_id == Batch.id))
        .where(Batch.office == document.office, BatchItem.document_id == document.id)
        .order_by(Batch.created_at.desc())
    )
    return [(batch, paper) for batch, paper in session.execute(asked)]
