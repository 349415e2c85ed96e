"""A desk asks the office where something is, with one tap; the office owes an answer within fourteen working days.

The question is a case like every other, so it waits where the office looks anyway; closing the case is the answer, and
the desk reads it on its own page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.services.calendar import calendar_of, today
from dispatch.services.cases import open_case
from dispatch.services.desks import desk_name
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Batch, Document, Enquiry, ExceptionCase, Village
from dispatch.store.states import DESKS

ANSWER_WORKING_DAYS = 14
KIND = "enquiry"


@dataclass(frozen=True, slots=True)
class Asked:
    """An enquiry with the case that holds its answer."""

    enquiry: Enquiry
    case: ExceptionCase

    @property
    def is_open(self) -> bool:
        return self.case.closed_at is None


def ask_about_document(
    session: Session, office: str, desk_code: str, document_id: str, *, note: str = "", by: Actor
) -> Enquiry:
    """Where is this document, or what shall the desk do with it? One that is open is not asked twice."""
    document = session.scalar(
        select(Document).where(
            Document.office == office,
            Document.id == document_id,
            (Document.village_code == desk_code)
            | (Document.holder_kind.in_(DESKS) & (Document.holder_id == desk_code)),
        )
    )
    if document is None:
        raise NotFound(f"there is no document {document_id}")
    about = f"dokumen {document.code}"
    return _ask(session, office, desk_code, "document", document.id, about, note=note, by=by)


def ask_about_batch(
    session: Session, office: str, desk_code: str, batch_id: str, *, note: str = "", by: Actor
) -> Enquiry:
    """Where is this batch? It was announced and has not come."""
    batch = session.scalar(
        select(Batch).where(
            Batch.office == office,
            Batch.id == batch_id,
            Batch.village_code == desk_code,
            Batch.destination.in_(DESKS),
            Batch.state.in_(("planned", "out", "handed_over")),
        )
    )
    if batch is None:
        raise NotFound(f"there is no batch {batch_id}")
    return _ask(session, office, desk_code, "batch", batch.id, f"batch {batch.code}", note=note, by=by)


def enquiries_of(session: Session, office: str, desk_code: str) -> Sequence[Asked]:
    """What a desk asked: open ones first, then the newest; at most 100."""
    rows = session.execute(
        select(Enquiry, ExceptionCase)
        .join(ExceptionCase, ExceptionCase.id == Enquiry.case_id)
        .where(Enquiry.office == office, Enquiry.village_code == desk_code)
        .order_by(ExceptionCase.closed_at.is_not(None), Enquiry.asked_at.desc(), Enquiry.id)
        .limit(100)
    )
    return [Asked(enquiry, case) for enquiry, case in rows]


def due_days(session: Session, office: str, cases: Sequence[ExceptionCase]) -> Mapping[str, date]:
    """By case id, until when the office owes an answer; only cases that are enquiries."""
    rows = session.execute(
        select(Enquiry.case_id, Enquiry.due_on).where(
            Enquiry.office == office, Enquiry.case_id.in_([case.id for case in cases])
        )
    )
    return dict(rows.all())


def _ask(
    session: Session, office: str, desk: str, subject_kind: str, subject_id: str, about: str, *, note: str, by: Actor
) -> Enquiry:
    calendar = calendar_of(session, office)
    place = session.get_one(Village, (office, desk))
    words = f"{desk_name(place)} menanyakan {about}." + (f" Catatan: {note}" if note else "")
    case = open_case(session, office, KIND, subject_kind=subject_kind, subject_id=subject_id, detail=words)
    known = session.scalar(select(Enquiry).where(Enquiry.office == office, Enquiry.case_id == case.id))
    if known is not None:
        return known
    enquiry = Enquiry(
        office=office,
        case_id=case.id,
        village_code=desk,
        note=note,
        asked_by=str(by),
        asked_at=now(session),
        due_on=calendar.add_working_days(today(session, calendar), ANSWER_WORKING_DAYS),
    )
    session.add(enquiry)
    session.flush()
    return enquiry
