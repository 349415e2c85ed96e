"""Cards that are recorded and not printed, straight into rows, and blanks to print them on."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.services import blanks, promises
from dispatch.services.calendar import calendar_of, promised_day
from dispatch.store.db import now
from dispatch.store.models import Depot, Document, Recipient, Village
from dispatch.store.states import Holder, born
from tests.dispatch.finished import SARI, TUESDAY


def depot_of(session: Session, village: Village) -> Depot:
    """The office's first print point."""
    return session.scalars(select(Depot).where(Depot.office == village.office).order_by(Depot.name)).first()


def recorded(
    session: Session, village: Village, count: int, *, on: date = TUESDAY, kind: str = "ktp_el", urgent: bool = False
) -> list[Document]:
    """So many cards of one village that wait to be printed."""
    office, depot = village.office, depot_of(session, village)
    first = session.scalar(select(func.count()).select_from(Document)) or 0
    people = [
        Recipient(
            office=office, name=f"Siti {first + n}", nik_sealed=f"k1.{first + n}", nik_match=f"{first + n:064x}",
            nik_last4_match="0" * 64,
        )
        for n in range(count)
    ]  # fmt: skip
    session.add_all(people)
    session.flush()
    promised_on = promised_day(session, office, calendar_of(session, office), on)
    documents = [
        Document(
            office=office, source="test", request_number=f"W{first + n}", code=f"W{first + n:05}", kind=kind,
            recipient_id=person.id, village_code=village.code, depot_id=depot.id, printed_on=on,
            promised_on=promised_on, is_urgent=urgent, fingerprint="-", created_at=now(session),
        )
        for n, person in enumerate(people)
    ]  # fmt: skip
    born(session, documents, "waiting_blank", by=SARI, holder=Holder("depot", depot.id))
    return documents


def with_blanks(session: Session, village: Village, pieces: int, kind: str = "ktp_el") -> Depot:
    """The print point with so many blanks more."""
    depot = depot_of(session, village)
    blanks.receive(session, village.office, depot.id, kind, pieces, by=SARI, reference="SJ-1")
    return depot


def promised(session: Session, documents: list[Document]) -> list[date]:
    """Look at all promises again; the days of these."""
    promises.review(session, documents[0].office)
    return [document.promised_on for document in documents]
