"""People whose documents go home, put straight into rows."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from dispatch.store.models import Document, Recipient, Village
from tests.dispatch.finished import finished


def for_home(
    session: Session, village: Village, households: Sequence[int], *, measured: bool = False, kind: str = "ktp_el"
) -> list[Document]:
    """So many documents for each household of a village, all to be brought home."""
    documents = finished(session, village, sum(households))
    left = list(documents)
    for number, size in enumerate(households, start=1):
        for document in (left.pop(0) for _ in range(size)):
            document.destination, document.kind = "home", kind
            person = session.get_one(Recipient, document.recipient_id)
            person.household = f"{village.code}-{number:02}".ljust(64, "0")
            person.address, person.landmark = f"Dsn. Krajan, RT 00{number}/RW 001", "selatan masjid"
            person.phone = f"0812000000{number:02}"
            if measured:
                person.lat, person.lon = village.lat + number / 1000, village.lon
    session.flush()
    return documents
