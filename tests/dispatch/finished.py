"""Finished documents of an office, put straight into rows: what intake would have made of a file."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.services import batching
from dispatch.services.calendar import calendar_of, promised_day
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Batch, Depot, Document, Recipient, Village
from dispatch.store.privacy import KeyRing
from dispatch.store.states import Holder, born
from tests.databases import OFFICE

SARI = Actor(kind="user", id="sari")
TUESDAY = date(2026, 11, 24)  # the day the tests' clock shows
WEDNESDAY_BEFORE = date(2026, 11, 18)
_KEYS = KeyRing.new()


def villages(session: Session, office: str = OFFICE) -> Sequence[Village]:
    """The office's villages in the order of their codes."""
    return session.scalars(select(Village).where(Village.office == office).order_by(Village.code)).all()


def finished(
    session: Session,
    village: Village,
    count: int,
    *,
    printed_on: date = TUESDAY,
    urgent: bool = False,
    depot: Depot | None = None,
) -> list[Document]:
    """So many documents of one village, ready at the depot."""
    office = village.office
    depot = (
        depot
        or session.scalars(
            select(Depot).where(Depot.office == office).order_by(Depot.name != "Kantor Dukcapil")
        ).first()
    )
    first = session.scalar(select(func.count()).select_from(Document)) or 0
    people = [
        Recipient(
            office=office,
            name=f"Siti {first + n}",
            nik_sealed=_KEYS.seal("3505014107900001", f"{office}:nik"),
            nik_match=f"{first + n:064x}",
            nik_last4_match="0" * 64,
        )
        for n in range(count)
    ]
    session.add_all(people)
    session.flush()
    promised_on = promised_day(session, office, calendar_of(session, office), printed_on)
    documents = [
        Document(
            office=office,
            source="test",
            request_number=f"R{first + n}",
            code=f"D{first + n:05}",
            kind="ktp_el",
            recipient_id=person.id,
            village_code=village.code,
            depot_id=depot.id,
            printed_on=printed_on,
            promised_on=promised_on,
            is_urgent=urgent,
            fingerprint="-",
            created_at=now(session),
        )
        for n, person in enumerate(people)
    ]
    born(session, documents, "ready", by=SARI, holder=Holder("depot", depot.id))
    return documents


def released(session: Session, *amounts: int, printed_on: date = TUESDAY) -> Sequence[Batch]:
    """Sealed batches of so many documents, one village each."""
    for village, amount in zip(villages(session), amounts, strict=False):
        finished(session, village, amount, printed_on=printed_on)
    codes = [village.code for village in villages(session)[: len(amounts)]]
    return batching.release(session, OFFICE, by=SARI, villages=codes).batches
