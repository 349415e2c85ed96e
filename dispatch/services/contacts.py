"""Who is told at a village before the office comes, and that they were told: heads, officers, safety partners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services.calendar import short_date
from dispatch.services.outreach import villages_of
from dispatch.services.reminders import Message, message_to
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Outreach, OutreachNotice, Village, VillageContact

ROLES: Mapping[str, str] = {
    "village_head": say("kepala desa/lurah"),
    "village_secretary": say("sekretaris desa"),
    "registration_officer": say("petugas registrasi desa"),
    "babinsa": say("Babinsa"),
    "bhabinkamtibmas": say("Bhabinkamtibmas"),
}
"""Whom an office may have at a village, in the order they are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A contact of a served village and when this outreach was told to them."""

    contact: VillageContact
    village: Village
    notice: OutreachNotice | None


def set_contact(
    session: Session, office: str, village_code: str, role: str, *, name: str, phone: str
) -> VillageContact:
    """The person with this part at a village, from now on."""
    if role not in ROLES:
        raise Invalid(fields=[FieldError("role", say("pilih salah satu peran"))])
    if not name:
        raise Invalid(fields=[FieldError("name", say("isi nama"))])
    if session.get(Village, (office, village_code)) is None:
        raise NotFound(f"there is no village {village_code}")
    contact = session.scalar(
        select(VillageContact).where(
            VillageContact.office == office, VillageContact.village_code == village_code, VillageContact.role == role
        )
    )
    if contact is None:
        contact = VillageContact(office=office, village_code=village_code, role=role, name=name, phone=phone)
        session.add(contact)
    contact.name, contact.phone = name, phone
    session.flush()
    return contact


def told_about(session: Session, outreach: Outreach) -> Sequence[Told]:
    """The contacts of all served villages, those to be told first on top."""
    villages = {village.code: village for _, village in villages_of(session, outreach)}
    rows = session.execute(
        select(VillageContact, OutreachNotice)
        .outerjoin(
            OutreachNotice,
            (OutreachNotice.contact_id == VillageContact.id) & (OutreachNotice.outreach_id == outreach.id),
        )
        .where(VillageContact.office == outreach.office, VillageContact.village_code.in_(villages))
    )
    found = [Told(contact=contact, village=villages[contact.village_code], notice=told) for contact, told in rows]
    return sorted(found, key=lambda one: (one.village.code, list(ROLES).index(one.contact.role)))


def tell(session: Session, outreach: Outreach, contact_id: str, *, by: Actor) -> tuple[VillageContact, Message]:
    """Note that a contact is told, and the message to send; telling twice keeps the first time."""
    found = next((one for one in told_about(session, outreach) if one.contact.id == contact_id), None)
    if found is None:
        raise NotFound(f"there is no contact {contact_id}")
    if found.notice is None:
        session.add(
            OutreachNotice(
                office=outreach.office,
                outreach_id=outreach.id,
                contact_id=contact_id,
                told_by=str(by),
                told_at=now(session),
            )
        )
        session.flush()
    return found.contact, message_to(found.contact.phone, announcement(outreach, found.contact.name))


def announcement(outreach: Outreach, name: str) -> str:
    """What a contact person reads."""
    hours = f"{clock(outreach.starts_s)} sampai {clock(outreach.ends_s)}"
    return (
        f"Yth. {name}, Dukcapil datang melayani di {outreach.place} pada {short_date(outreach.service_date)}, "
        f"pukul {hours}. Mohon tempat, listrik dan antrean disiapkan, warga datang menurut jam undangannya dan menjaga "
        "jarak. Bila jamnya tidak sesuai, mohon beri tahu kami."
    )


def clock(seconds: int) -> str:
    """Seconds after local midnight as "08.15"."""
    return f"{seconds // 3600:02}.{seconds % 3600 // 60:02}"
