"""Messages that remind: a citizen of a document that waits at a desk, or a desk of all that waits there.

A text is short, plain and holds no NIK, no kind of document and no address; it goes out by WhatsApp from the phone of
whoever presses the button, who is noted as having reminded.
"""

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.services.calendar import calendar_of
from dispatch.services.desks import desk_name
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Recipient, Reminder, Village
from partners.phones import mobile


@dataclass(frozen=True, slots=True)
class Message:
    """A text and the address that opens WhatsApp with it; without a mobile number the address is empty."""

    text: str
    whatsapp_url: str


def to_citizen(recipient: Recipient, desk: Village, documents: int) -> Message:
    """What a desk tells a citizen whose documents wait."""
    what = "Dokumen kependudukan Anda" if documents == 1 else f"{documents} dokumen kependudukan keluarga Anda"
    text = (
        f"Yth. {recipient.name}, {what[0].lower()}{what[1:]} sudah ada di kantor {desk_name(desk)}. "
        "Silakan diambil pada jam kerja dengan membawa KTP lama atau surat keterangan. Tidak dipungut biaya."
    )
    return message_to(recipient.phone, text)


def to_desk(desk: Village, documents: int, oldest: int, link: str = "") -> Message:
    """What the office tells a desk about what waits there; `oldest` in working days."""
    text = (
        f"Yth. kantor {desk_name(desk)}, masih ada {documents} dokumen warga yang menunggu, "
        f"yang terlama {oldest} hari kerja. Mohon diserahkan kepada warganya, atau dikembalikan lewat kurir berikutnya."
    )
    return message_to(desk.contact_phone, f"{text}\n{link}" if link else text)


def remind_desk(session: Session, office: str, desk_code: str, *, by: Actor) -> None:
    """Note that the office reminds a desk today."""
    session.add(Reminder(office=office, village_code=desk_code, made_by=str(by), made_at=now(session)))
    session.flush()


def desks_reminded(session: Session, office: str) -> dict[str, date]:
    """By desk, the office's date on which it was last reminded."""
    calendar = calendar_of(session, office)
    rows = session.execute(
        select(Reminder.village_code, func.max(Reminder.made_at))
        .where(Reminder.office == office, Reminder.document_id.is_(None))
        .group_by(Reminder.village_code)
    )
    return {code: calendar.local_date(at) for code, at in rows}


def message_to(phone: str, text: str) -> Message:
    """A text for somebody's phone."""
    try:
        number = mobile(phone)
    except ValueError:
        return Message(text, "")
    return Message(text, f"https://wa.me/{number}?text={quote(text, safe='')}")
