"""Where a document is, told to whoever knows its request number and something only its holder knows.

The second factor is the last four digits of the telephone that was written down, or the holder's birth date. A number
that does not exist, one with another factor and one of another office sound the same and cost the same. Guessing is
counted in the database: for the place it comes from, for everybody together, and for the number asked about, in a
quarter of an hour and in a day. The same rules answer the page, the JSON API and WhatsApp.

An answer names a state, a day, an office and a fee; never a person, a kind of document, or who received it.
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.said import say
from dispatch.services.accounts import throttle
from dispatch.services.announcing import fee_of
from dispatch.services.calendar import calendar_of, short_date
from dispatch.services.desks import DISTRICT_OFFICE, HOME, desk_name, district_of
from dispatch.services.message_words import fee_words
from dispatch.services.nik import parse_nik
from dispatch.services.policies import in_force
from dispatch.services.recipients import nik_place
from dispatch.store.db import now
from dispatch.store.models import Document, Event, Office, Recipient, Shipment, ThrottleCount, Village
from dispatch.store.privacy import KeyRing
from dispatch.store.states import DESKS

PER_PLACE, PER_NUMBER, PER_NUMBER_A_DAY, FOR_ALL = 20, 5, 20, 3000
"""Questions in a quarter of an hour from one place, about one number (and in a day), and from everybody."""
_DAY = timedelta(days=1)
_MOST = 20

SENTENCES: Mapping[str, str] = {
    "waiting_blank": say("Menunggu dicetak di kantor Dukcapil %(office)s sejak %(day)s."),
    "ready": say("Sudah selesai dicetak. Akan diantar ke %(place)s, paling lambat %(promised)s."),
    "out": say("Sedang diantar ke %(place)s sejak %(day)s."),
    "at_village": say("Sudah ada di %(place)s sejak %(day)s. Silakan diambil pada jam kerja."),
    "returning": say("Belum dapat diserahkan pada %(day)s dan sedang dibawa kembali ke kantor Dukcapil %(office)s."),
    "held": say("Disimpan di kantor Dukcapil %(office)s sejak %(day)s. Silakan hubungi atau datangi kantor."),
    "delivered": say("Sudah diserahkan pada %(day)s. Bila Anda belum menerimanya, laporkan kepada kantor."),
    "withdrawn": say("Tidak diantar. Silakan hubungi kantor Dukcapil %(office)s."),
    "lost": say("Sedang ditelusuri oleh kantor Dukcapil %(office)s sejak %(day)s. Silakan hubungi kantor."),
}
"""What is told of each state, in plain words; a page looks its translation up."""

SAID_AS = {"printing": "waiting_blank", "batched": "ready", "returned": "held", "self_printed": "withdrawn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody asks: a number, and what they know besides."""

    request_number: str
    factor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What may be told of one document. `state` is one of SENTENCES; whole rupiah; `resi` is the post's number."""

    office: str
    document_id: str
    state: str
    values: Mapping[str, str]
    place: str
    since: date
    promised_on: date
    fee_rupiah: int
    resi: str

    @property
    def sentence(self) -> str:
        """In Indonesian."""
        return str(SENTENCES[self.state]) % self.values

    @property
    def fee(self) -> str:
        return fee_words(self.fee_rupiah)


def ask(
    session: Session, keys: KeyRing, question: Question, *, place: str, office: str | None = None
) -> Sequence[Answer]:
    """Every document the number and the factor fit; empty is the one answer to everything else.

    The caller commits, so that guesses are counted. TooMany when there were too many.
    """
    number = question.request_number.strip()
    about = keys.match(number.upper(), "status")[:40]
    day = now(session).date()
    throttle(session, f"status-place:{place}", PER_PLACE)
    throttle(session, "status-all", FOR_ALL)
    throttle(session, f"status-number:{about}", PER_NUMBER)
    throttle(session, f"status-day:{day}:{about}", PER_NUMBER_A_DAY, window=_DAY)
    rows = _with_number(session, number, office)
    fitting = [(document, person) for document, person in rows if _fits(keys, person, question.factor)]
    if not rows:
        _fits(keys, None, question.factor)  # as much work for a number nobody has
    if fitting:
        mine = (f"status-number:{about}", f"status-day:{day}:{about}")
        session.execute(
            update(ThrottleCount).where(ThrottleCount.bucket.in_(mine)).values(tries=ThrottleCount.tries - 1)
        )
    return [_answer(session, document) for document, _ in fitting]


def read_question(text: str) -> Question | None:
    """A number and a factor out of what a person wrote: "STATUS R-2026-1 7891", "r-2026-1 01-07-1990"."""
    found = re.fullmatch(
        r"\s*(?:(?:status|cek)\s+)?(\S{1,60})\s+([0-9]{4}|[0-9]{1,2}[-./ ][0-9]{1,2}[-./ ][0-9]{4}|[0-9]{8})\s*",
        text,
        re.IGNORECASE | re.ASCII,
    )
    return Question(request_number=found[1], factor=found[2]) if found else None


def _with_number(session: Session, number: str, office: str | None) -> Sequence[tuple[Document, Recipient]]:
    spellings = {number, number.upper(), number.lower()}
    if number.lower().startswith("auto-"):
        spellings = {""}  # a number of our own making was given to nobody
    query = (
        select(Document, Recipient)
        .join(Recipient, Recipient.id == Document.recipient_id)
        .where(Document.request_number.in_(spellings))
        .order_by(Document.created_at, Document.id)
        .limit(_MOST)
    )
    if office is not None:
        query = query.where(Document.office == office)
    return [(document, person) for document, person in session.execute(query)]


def _fits(keys: KeyRing, person: Recipient | None, factor: str) -> bool:
    """Whether the factor is this person's; compared in the same time whatever it is."""
    digits = re.sub(r"[^0-9]", "", factor)
    if re.fullmatch(r"\s*[0-9]{4}\s*", factor, re.ASCII):
        phone = re.sub(r"[^0-9]", "", person.phone)[-4:] if person else ""
        return hmac.compare_digest(phone.rjust(4, "-"), digits)
    asked = _date_of(factor)
    known = ""
    if person is not None and person.nik_sealed:
        nik = parse_nik(keys.open(person.nik_sealed, nik_place(person.office)))
        known = f"{nik.day:02}{nik.month:02}{nik.year:02}"
    else:
        keys.open(keys.seal("0" * 16, "status:nobody"), "status:nobody")
    return hmac.compare_digest(known.rjust(6, "-"), f"{asked:%d%m%y}" if asked else "xxxxxx")


def _date_of(text: str) -> date | None:
    """A birth date as people write it: 01-07-1990, 1/7/1990, 01071990."""
    parts = re.fullmatch(r"\s*([0-9]{1,2})[-./ ]([0-9]{1,2})[-./ ]([0-9]{4})\s*", text, re.ASCII) or re.fullmatch(
        r"\s*([0-9]{2})([0-9]{2})([0-9]{4})\s*", text, re.ASCII
    )
    try:
        return date(int(parts[3]), int(parts[2]), int(parts[1])) if parts else None
    except ValueError:
        return None


def _answer(session: Session, document: Document) -> Answer:
    office = session.get_one(Office, document.office)
    calendar = calendar_of(session, document.office)
    at: datetime | None = session.scalar(
        select(Event.at).where(
            Event.office == document.office,
            Event.subject_kind == "document",
            Event.subject_id == document.id,
            Event.version == document.version,
        )
    )
    since = calendar.local_date(at or document.created_at)
    place = _place(session, document)
    rules = in_force(session, document.office, calendar.local_date(now(session)))
    return Answer(
        office=office.name,
        document_id=document.id,
        state=SAID_AS.get(document.state, document.state),
        values={
            "place": place,
            "day": short_date(since),
            "promised": short_date(document.promised_on),
            "office": office.name,
        },
        place=place,
        since=since,
        promised_on=document.promised_on,
        fee_rupiah=fee_of(rules, [document.kind]),
        resi=_resi(session, document),
    )


def _place(session: Session, document: Document) -> str:
    if document.destination == HOME and document.holder_kind not in DESKS:
        return say("alamat pemohon")
    if document.holder_kind in DESKS:
        code = document.holder_id
    else:
        code = district_of(document.village_code) if document.destination == DISTRICT_OFFICE else document.village_code
    desk = session.get(Village, (document.office, code))
    return f"Kantor {desk_name(desk)}" if desk else f"kantor Dukcapil {document.office}"


def _resi(session: Session, document: Document) -> str:
    """The post's number of the parcel that carries it now or brought it."""
    if document.batch_id is None:
        return ""
    resi = session.scalar(
        select(Shipment.resi)
        .where(Shipment.office == document.office, Shipment.batch_id == document.batch_id)
        .where(Shipment.state != "cancelled")
    )
    return resi or ""
