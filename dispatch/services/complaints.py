"""What citizens report: something is wrong with a delivery, or somebody asked them for money.

Whoever has just been told where a document is may report; the page carries a seal that stands for that answer, good for
this day and the next. A report is a case for a supervisor, owed an answer within fourteen working days. The case names
the document's code and no more; what the citizen wrote is sealed, and shown to supervisors alone.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services.accounts import throttle
from dispatch.services.calendar import calendar_of, short_date, today
from dispatch.services.cases import open_case
from dispatch.services.enquiries import ANSWER_WORKING_DAYS
from dispatch.services.message_words import fee_words
from dispatch.store.db import now
from dispatch.store.models import Complaint, Document, ExceptionCase
from dispatch.store.privacy import KeyRing

ASKED_FOR_MONEY, COMPLAINT = "asked_for_money", "complaint"
KINDS: Mapping[str, str] = {ASKED_FOR_MONEY: say("Diminta uang"), COMPLAINT: say("Keluhan lain")}
WHO: Mapping[str, str] = {
    "": say("tidak disebut"),
    "courier": say("kurir"),
    "post": say("petugas Pos"),
    "village": say("petugas desa"),
    "office": say("petugas kantor"),
    "other": say("orang lain"),
}
MOST_NOTE, MOST_RUPIAH = 500, 100_000_000
PER_PLACE, PER_DOCUMENT_A_DAY = 10, 3
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a citizen says. Whole rupiah; Invalid when it says nothing or too much."""

    kind: str
    who: str = ""
    rupiah: int = 0
    note: str = ""

    def __post_init__(self) -> None:
        wrong = []
        if self.kind not in KINDS:
            wrong.append(FieldError("kind", say("pilih apa yang dilaporkan")))
        if self.who not in WHO:
            wrong.append(FieldError("who", say("pilih siapa yang meminta")))
        if not 0 <= self.rupiah <= MOST_RUPIAH:
            wrong.append(FieldError("rupiah", say("isi jumlah uang dengan angka")))
        if len(self.note) > MOST_NOTE or (self.kind == COMPLAINT and not self.note):
            wrong.append(FieldError("note", say("ceritakan dengan paling banyak %(most)s huruf", most=MOST_NOTE)))
        if wrong:
            raise Invalid(fields=wrong)


@dataclass(frozen=True, slots=True)
class Reported:
    """A report with the case that holds its answer; `note` empty for whoever may not read it."""

    complaint: Complaint
    case: ExceptionCase
    code: str
    note: str = ""


def seal_for(session: Session, keys: KeyRing, document_id: str) -> str:
    """What lets the reader of an answer report about that document."""
    return f"{document_id}.{_seal(keys, document_id, now(session).date())}"


def report(session: Session, keys: KeyRing, seal: str, said: Report, *, place: str) -> date:
    """Take a report; the day until which the office owes an answer. NotFound for a seal that is none."""
    throttle(session, f"report-place:{place}", PER_PLACE)
    document_id, _, given = seal.partition(".")
    days = (now(session).date(), now(session).date() - _DAY)
    known = [hmac.compare_digest(given.encode(), _seal(keys, document_id, day).encode()) for day in days]
    document = session.get(Document, document_id)
    if not any(known) or document is None:
        raise NotFound()
    throttle(session, f"report:{document_id}", PER_DOCUMENT_A_DAY, window=_DAY)
    calendar = calendar_of(session, document.office)
    due = calendar.add_working_days(today(session, calendar), ANSWER_WORKING_DAYS)
    case = open_case(
        session, document.office, said.kind, subject_kind="document", subject_id=document.id,
        detail=_detail(said, document, due),
    )  # fmt: skip
    complaint = Complaint(
        office=document.office,
        case_id=case.id,
        document_id=document.id,
        kind=said.kind,
        who=said.who,
        rupiah=said.rupiah,
        note_sealed=keys.seal(said.note, _place(document.office)) if said.note else "",
        received_at=now(session),
        due_on=due,
    )
    session.add(complaint)
    session.flush()
    return due


def of_document(session: Session, document_id: str) -> Sequence[Reported]:
    """What was reported about a document, for the citizen who reported it: without the note."""
    rows = session.execute(_asked().where(Complaint.document_id == document_id).limit(5))
    return [Reported(complaint, case, code) for complaint, case, code in rows]


def of_office(session: Session, keys: KeyRing, office: str) -> Sequence[Reported]:
    """All reports with their notes, open ones first, the longest waiting on top; at most 200."""
    rows = session.execute(_asked().where(Complaint.office == office).limit(200))
    return [
        Reported(one, case, code, keys.open(one.note_sealed, _place(office)) if one.note_sealed else "")
        for one, case, code in rows
    ]


def due_days(session: Session, office: str, cases: Sequence[ExceptionCase]) -> Mapping[str, date]:
    """By case id, until when the office owes an answer; only cases that are reports."""
    rows = session.execute(
        select(Complaint.case_id, Complaint.due_on)
        .where(Complaint.office == office, Complaint.case_id.in_([case.id for case in cases]))
        .order_by(Complaint.due_on.desc())
    )
    return dict(rows.all())  # the earliest of several comes last


def _asked() -> Select[Complaint, ExceptionCase, str]:
    return (
        select(Complaint, ExceptionCase, Document.code)
        .join(ExceptionCase, ExceptionCase.id == Complaint.case_id)
        .join(Document, Document.id == Complaint.document_id)
        .order_by(ExceptionCase.closed_at.is_not(None), Complaint.due_on, Complaint.id)
    )


def _detail(said: Report, document: Document, due: date) -> str:
    until = f"Dijawab paling lambat {short_date(due)}."
    if said.kind == COMPLAINT:
        return f"Warga melaporkan keluhan tentang dokumen {document.code}. {until}"
    amount = f" {fee_words(said.rupiah)}" if said.rupiah else ""
    by = f" oleh {WHO[said.who]}" if said.who else ""
    return f"Warga melaporkan diminta uang{amount}{by} untuk dokumen {document.code}. {until}"


def _seal(keys: KeyRing, document_id: str, day: date) -> str:
    return keys.match(f"{document_id}|{day}", "report")[:40]


def _place(office: str) -> str:
    return f"{office}:complaint"
