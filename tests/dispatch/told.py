"""People with telephones, an office that writes to them, and what became of its messages."""

from collections.abc import Sequence

from sqlalchemy import func, select

from dispatch.jobs import perform_due
from dispatch.runtime import Runtime
from dispatch.services import message_settings
from dispatch.services.message_settings import Wanted
from dispatch.store.models import Announced, Document, Message, Recipient
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, finished, villages

SITI, BUDI = "081234567891", "081234567892"


def switch_on(runtime: Runtime, *, office: str = OFFICE, **how: object) -> None:
    """The office writes to its people from now on."""
    with runtime.db.transaction() as session:
        message_settings.decide(session, office, Wanted(is_on=True, **how), by=SARI)


def people(
    runtime: Runtime, *phones: str, kind: str = "ktp_el", household: str = "", office: str = OFFICE
) -> list[str]:
    """One finished document for each phone, in one delivery; their ids. An empty phone: nobody wrote one down."""
    with runtime.db.transaction() as session:
        documents = finished(session, villages(session, office)[1], len(phones))
        for document, phone in zip(documents, phones, strict=True):
            person = session.get_one(Recipient, document.recipient_id)
            person.phone, person.household = phone, household
            person.nik_sealed = runtime.keys.seal("3505014107900001", f"{office}:nik")
            document.kind = kind
        return [document.id for document in documents]


def call(runtime: Runtime, document_ids: Sequence[str], phone: str) -> None:
    """Give the people of these documents a telephone."""
    with runtime.db.transaction() as session:
        for document_id in document_ids:
            document = session.get_one(Document, document_id)
            session.get_one(Recipient, document.recipient_id).phone = phone


def told(runtime: Runtime, *, at_work: bool = True) -> list[Message]:
    """Every message, the oldest first, after the workers did what was due."""
    if at_work:
        perform_due(runtime)
    with runtime.db.reading() as session:
        first = func.min(Announced.event_seq)
        query = select(Message).join(Announced, Announced.message_id == Message.id).group_by(Message).order_by(first)
        return list(session.scalars(query))
