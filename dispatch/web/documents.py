"""Finding a document and what belongs to it. Nobody finds by a whole NIK in an address: it goes in a form's body."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, redirect, request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response as BaseResponse

from dispatch.access import SUPERVISOR
from dispatch.auth import current_actor, current_office, visitor
from dispatch.runtime import runtime
from dispatch.said import say
from dispatch.services import calendar, find, looks
from dispatch.services.find import Hit, Meant
from dispatch.services.intake_rows import AUTO_PREFIX
from dispatch.store.models import Courier, Document, Village
from dispatch.web.blueprint import web
from dispatch.web.format import STATES
from dispatch.web.page import PER_PAGE, number_asked, page, shows, with_word
from dispatch.words import _

LATE_STATES = ("waiting_blank", "printing", "ready", "batched", "out", "at_village", "returning", "returned", "held")
_GROUPS = {
    "village": say("Desa"),
    "batch": say("Batch"),
    "courier": say("Kurir"),
    "route": say("Rute"),
    "paper": say("Berita acara"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the page's address asks for, besides the search itself."""

    asked: str
    state: str
    is_late: bool
    village: str
    courier: str
    person: str

    def address(self) -> dict[str, str | None]:
        """The same as parts of an address; what is empty is left out."""
        return {
            "q": self.asked or None,
            "state": self.state or None,
            "late": "1" if self.is_late else None,
            "village": self.village or None,
            "courier": self.courier or None,
            "person": self.person or None,
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """A hit and its page."""

    hit: Hit
    href: str


@web.get("/documents")
def documents() -> Response:
    """Documents by code, number, name, village, batch, courier, route or paper; without a question the newest."""
    with runtime().db.reading() as session:
        wanted, meant, query = asked_documents(session)
        number = 0 if meant.is_nik else session.scalar(select(func.count()).select_from(query.subquery())) or 0
        answer = _page(session, wanted, meant, query, number)
    if meant.by_name or meant.by_last4:
        # a second, short transaction: looking must not wait for writers, and writing must not hold up the look
        runtime().db.transact(lambda session: _remember(session, meant, number))
    return answer


@web.post("/documents/by-nik")
def find_by_nik() -> BaseResponse:
    """The documents of the person with this whole NIK, by its keyed hash; the number is in no address and no log."""
    nik = request.form.get("nik", "") or request.form.get("q", "")
    office, keys = current_office(), runtime().keys

    def look(session: Session) -> Sequence[str]:
        people = find.persons_with_nik(session, keys, office, nik) if find.is_nik(nik) else []
        subject = looks.searched(keys, office, "".join(nik.split()))
        looks.record(session, office, looks.NIK, subject=subject, found=len(people), by=current_actor())
        return people

    people = runtime().db.transact(look)
    if not people:
        answer = redirect(url_for("web.documents"), 303)
        return with_word(answer, _("Tidak ada dokumen dengan NIK itu di kantor ini."), is_problem=True)
    return redirect(url_for("web.documents", person=people[0]), 303)


@web.get("/looks")
@shows
def looks_page(session: Session) -> Response:
    """Who searched for people or took lists out, newest first."""
    return page(session, "looks.html", place="looks", rows=looks.newest(session, current_office()))


def asked_documents(session: Session) -> tuple[Wanted, Meant, Select[Document]]:
    """What the address or the form asks for, and the documents that answer to it."""
    office, given = current_office(), request.values
    text = " ".join(given.get("q", "").split())[: find.MOST_WORDS]
    meant = find.meant(session, office, text, runtime().keys) if text else Meant(text="")
    wanted = Wanted(
        asked=meant.text,
        state=given.get("state", "") if given.get("state", "") in STATES["document"] else "",
        is_late=given.get("late") == "1",
        village=given.get("village", "")[:13],
        courier=given.get("courier", "")[:16],
        person=given.get("person", "")[:16],
    )
    own = select(Document).where(Document.office == office)
    query = own if meant.ids is None else find.among(office, meant.ids)
    if wanted.state:
        query = query.where(Document.state == wanted.state)
    if wanted.is_late:
        today = calendar.today(session, calendar.calendar_of(session, office))
        query = query.where(Document.state.in_(LATE_STATES), Document.promised_on < today)
    if wanted.village:
        query = query.where(Document.village_code == wanted.village)
    if wanted.courier:
        query = query.where(Document.holder_kind == "courier", Document.holder_id == wanted.courier)
    if wanted.person:
        query = query.where(find.same_person(office, wanted.person))
    return wanted, meant, query


def _page(session: Session, wanted: Wanted, meant: Meant, query: Select[Document], number: int) -> Response:
    at, office = max(1, number_asked("page")), current_office()
    found = find.hits(session, office, meant.text) if meant.text else []
    return page(
        session,
        "documents.html",
        place="documents",
        asked=wanted.asked,
        wanted=wanted,
        is_nik=meant.is_nik,
        groups=[
            (word, [Shown(hit, _href(hit)) for hit in found if hit.kind == kind])
            for kind, word in _GROUPS.items()
            if any(hit.kind == kind for hit in found)
        ],
        village=session.get(Village, (office, wanted.village)) if wanted.village else None,
        courier=session.scalar(select(Courier.name).where(Courier.office == office, Courier.id == wanted.courier)),
        states=STATES["document"],
        number=number,
        rows=[] if meant.is_nik else _page_of(session, query, at),
        at=at,
        last=-(-number // PER_PAGE),
        auto=AUTO_PREFIX,
        may_export=visitor().role == SUPERVISOR and number > 0,
    )


def _remember(session: Session, meant: Meant, number: int) -> None:
    office = current_office()
    kind = looks.LAST4 if meant.by_last4 else looks.NAME
    subject = looks.searched(runtime().keys, office, meant.text)
    looks.record(session, office, kind, subject=subject, found=number, by=current_actor())


def _href(hit: Hit) -> str:
    if hit.kind == "village":
        return url_for("web.documents", village=hit.ref)
    if hit.kind == "courier":
        return url_for("web.documents", courier=hit.ref)
    if hit.kind == "route":
        return url_for("web.route", route_id=hit.ref)
    return url_for("web.batch", batch_id=hit.ref)


def _page_of(session: Session, query: Select[Document], at: int) -> Sequence[tuple[Document, Village]]:
    paged = (
        query.join(Village, (Village.office == Document.office) & (Village.code == Document.village_code))
        .add_columns(Village)
        .options(joinedload(Document.recipient))
        .order_by(Document.created_at.desc(), Document.id.desc())
        .offset((at - 1) * PER_PAGE)
        .limit(PER_PAGE)
    )
    return [(document, village) for document, village in session.execute(paged)]
