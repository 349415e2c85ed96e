"""Finding a document and telling its story. Nobody searches by a whole NIK: it would stay in addresses and logs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response, request
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from dispatch.auth import current_office
from dispatch.errors import NotFound
from dispatch.runtime import runtime
from dispatch.services import calendar
from dispatch.services.custody_story import story_of
from dispatch.services.intake_rows import AUTO_PREFIX
from dispatch.services.reasons import REASONS
from dispatch.services.recipients import last4_match, nik_shown
from dispatch.store.models import (
    Attempt,
    Batch,
    Document,
    Proof,
    Recipient,
    Village,
)
from dispatch.store.privacy import KeyRing
from dispatch.web.blueprint import web
from dispatch.web.format import STATES
from dispatch.web.page import PER_PAGE, number_asked, page, shows

_MOST = 80
LATE_STATES = ("waiting_blank", "printing", "ready", "batched", "out", "at_village", "returning", "returned", "held")


@dataclass(frozen=True, slots=True)
class Chapter:
    """One event of a document's story."""

    at: datetime
    state: str
    who: str
    why: str


@web.get("/documents")
@shows
def documents(session: Session) -> Response:
    """Documents by code, number, name, village or batch; without a question the newest."""
    office, asked = current_office(), request.args.get("q", "").strip()[:_MOST]
    state = request.args.get("state", "")
    is_late = request.args.get("late") == "1"
    is_nik = len(asked) == 16 and asked.isdigit()
    query = select(Document).where(Document.office == office)
    if asked:
        query = query.where(_meant_by(asked, office, runtime().keys))
    if state in STATES["document"]:
        query = query.where(Document.state == state)
    if is_late:
        today = calendar.today(session, calendar.calendar_of(session, office))
        query = query.where(Document.state.in_(LATE_STATES), Document.promised_on < today)
    at = max(1, number_asked("page"))
    number = 0 if is_nik else session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return page(
        session,
        "documents.html",
        place="documents",
        asked="" if is_nik else asked,
        is_nik=is_nik,
        state_asked=state,
        is_late=is_late,
        states=STATES["document"],
        number=number,
        rows=[] if is_nik else _page_of(session, query, at),
        at=at,
        last=-(-number // PER_PAGE),
        auto=AUTO_PREFIX,
    )


@web.get("/documents/<document_id>")
@shows
def document(session: Session, document_id: str) -> Response:
    """One document: who it is for, where it is, and every step it took."""
    found = session.scalar(
        select(Document)
        .where(Document.office == current_office(), Document.id == document_id)
        .options(joinedload(Document.recipient))
    )
    if found is None:
        raise NotFound(f"there is no document {document_id}")
    return page(
        session,
        "document.html",
        place="documents",
        document=found,
        village=session.get_one(Village, (found.office, found.village_code)),
        batch=session.get(Batch, found.batch_id) if found.batch_id else None,
        nik=nik_shown(runtime().keys, found.recipient),
        story=story(session, found),
        proofs=_proofs(session, found),
        reasons=REASONS,
        auto=AUTO_PREFIX,
    )


def story(session: Session, document: Document) -> list[Chapter]:
    """Every event of the document, oldest first, with the name of whoever did it."""
    return [Chapter(step.event.at, step.event.to_state, step.who, step.why) for step in story_of(session, document)]


def _proofs(session: Session, document: Document) -> Sequence[Proof]:
    return session.scalars(
        select(Proof)
        .join(Attempt, (Attempt.office == Proof.office) & (Attempt.proof_id == Proof.id))
        .where(Attempt.office == document.office, Attempt.document_id == document.id)
        .order_by(Proof.received_at)
    ).all()


def _meant_by(asked: str, office: str, keys: KeyRing) -> ColumnElement[bool]:
    """Exact numbers and codes first of all; else a piece of a name or of a village's name; four digits end a NIK."""
    people = select(Recipient.id).where(Recipient.office == office, Recipient.name.icontains(asked, autoescape=True))
    places = select(Village.code).where(Village.office == office, Village.name.icontains(asked, autoescape=True))
    batches = select(Batch.id).where(Batch.office == office, Batch.code == asked.upper())
    ways = [
        Document.code == asked.upper(),
        Document.request_number == asked,
        Document.batch_id.in_(batches),
        Document.recipient_id.in_(people),
        Document.village_code.in_(places),
    ]
    if len(asked) == 4 and asked.isdigit():
        ending = select(Recipient.id).where(
            Recipient.office == office, Recipient.nik_last4_match == last4_match(keys, office, asked)
        )
        ways.append(Document.recipient_id.in_(ending))
    return or_(*ways)


def _page_of(session: Session, query: Select[Document], at: int) -> Sequence[tuple[Document, Village]]:
    paged = (
        query.join(Village, (Village.office == Document.office) & (Village.code == Document.village_code))
        .add_columns(Village)
        .options(joinedload(Document.recipient))
        .order_by(Document.created_at.desc(), Document.id.desc())
        .offset((at - 1) * PER_PAGE)
        .limit(PER_PAGE)
    )
    return [(document, village) for document, village in session.execute(paged)]
