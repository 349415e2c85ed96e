"""Where a batch is brought, as those who carry it are told: an office by its name, a home by its person and landmark.

Of a home they see a name, the place and a phone, never a NIK, a family card's number or the kind of document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.services.desks import DISTRICT_OFFICE, HOME, KECAMATAN, VILLAGE_OFFICE, desk_name
from dispatch.store.models import Batch, BatchItem, Document, Recipient, Village


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """One destination. `address` and `landmark` are empty for offices; `is_estimate`: the village's point stands in."""

    destination: str
    name: str
    short_name: str
    village: str
    district: str
    address: str
    landmark: str
    contact: str
    phone: str
    lat: float
    lon: float
    is_estimate: bool
    regency: str = ""
    """Of a home in another regency; its position is not known then."""


def places_of(session: Session, batches: Sequence[Batch]) -> Mapping[str, Where]:
    """Where each of these batches of one office is brought, by batch id."""
    if not batches:
        return {}
    office = batches[0].office
    codes = {batch.village_code for batch in batches}
    villages = {
        village.code: village
        for village in session.scalars(select(Village).where(Village.office == office, Village.code.in_(codes)))
    }
    people = _people(session, office, [batch.id for batch in batches if batch.destination == HOME])
    return {
        batch.id: _home(villages[batch.village_code], people[batch.id])
        if batch.id in people
        else desk_of(villages[batch.village_code])
        for batch in batches
    }


def place_of(session: Session, batch: Batch) -> Where:
    """Where one batch is brought."""
    return places_of(session, [batch])[batch.id]


def place_words(destination: str, village: Village) -> str:
    """A destination without any person in it: "Kantor Desa Jatilengger", "Rumah di Desa Jatilengger"."""
    return f"{'Rumah di' if destination == HOME else 'Kantor'} {desk_name(village)}"


def _people(session: Session, office: str, batch_ids: Sequence[str]) -> dict[str, list[Recipient]]:
    """The people of home batches in the order of their lists."""
    found: dict[str, list[Recipient]] = {}
    rows = session.execute(
        select(BatchItem.batch_id, Recipient)
        .join(Document, Document.id == BatchItem.document_id)
        .join(Recipient, Recipient.id == Document.recipient_id)
        .where(BatchItem.office == office, BatchItem.batch_id.in_(batch_ids))
        .order_by(BatchItem.batch_id, BatchItem.line_no)
    )
    for batch_id, person in rows:
        found.setdefault(batch_id, []).append(person)
    return found


def desk_of(village: Village) -> Where:
    """A village or kecamatan office as a destination."""
    destination = DISTRICT_OFFICE if village.kind == KECAMATAN else VILLAGE_OFFICE
    return Where(
        destination=destination,
        name=place_words(destination, village),
        short_name=village.name,
        village=village.name,
        district=village.district,
        address="",
        landmark="",
        contact=village.contact_name,
        phone=village.contact_phone,
        lat=village.lat,
        lon=village.lon,
        is_estimate=not village.has_own_point,
    )


def _home(village: Village, people: Sequence[Recipient]) -> Where:
    known = next((person for person in people if person.lat is not None), None)
    names = list(dict.fromkeys(person.name for person in people))
    position = (known.lat, known.lon) if known else (None, None)
    return Where(
        destination=HOME,
        name=names[0] if len(names) == 1 else f"{names[0]} sekeluarga",
        short_name=names[0],
        village=village.name,
        district=village.district,
        address=next((person.address for person in people if person.address), ""),
        landmark=next((person.landmark for person in people if person.landmark), ""),
        contact=names[0],
        phone=next((person.phone for person in people if person.phone), ""),
        lat=village.lat if position[0] is None else position[0],
        lon=village.lon if position[1] is None else position[1],
        is_estimate=known is None,
        regency=next((person.regency for person in people if person.regency), ""),
    )
