"""One search field for everything: what a few letters or digits may mean, each meaning asked by its own index.

A whole NIK is never asked here: it would stay in addresses and logs (`persons_with_nik` takes it from a form's body).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import ColumnElement, Select, func, or_, select, union
from sqlalchemy.orm import Session

from dispatch.services.desks import desk_name
from dispatch.services.recipients import last4_match, nik_match
from dispatch.store.models import Batch, Courier, Document, Paper, Plan, Recipient, Route, Village
from dispatch.store.privacy import KeyRing

MOST_WORDS = 80
_MOST = 8
Kind = Literal["village", "batch", "courier", "route", "paper"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something other than a document that answers to the search. `ref` is its id, `note` tells it from its like."""

    kind: Kind
    ref: str
    word: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a search is read as. `by_name`, `by_last4`: whether people were looked through, and by what."""

    text: str
    by_name: bool = False
    by_last4: bool = False
    is_nik: bool = False
    ids: Select[str] | None = field(default=None, repr=False)


def meant(session: Session, office: str, text: str, keys: KeyRing) -> Meant:
    """Exact codes and numbers win alone; else a piece of a name or of a village's name; four digits may end a NIK."""
    if is_nik(text):
        return Meant(text="", is_nik=True)
    exact = _exact(office, text)
    if session.scalar(exact.limit(1)) is not None:
        return Meant(text=text, ids=exact)
    ways: list[Select[str]] = [_in_places(office, text)]
    by_last4, by_name = len(text) == 4 and text.isascii() and text.isdigit(), any(sign.isalpha() for sign in text)
    if by_last4:
        people = select(Recipient.id).where(
            Recipient.office == office, Recipient.nik_last4_match == last4_match(keys, office, text)
        )
        ways.append(_of_people(office, people))
    if by_name:
        named = Recipient.name.icontains(text, autoescape=True)
        ways.append(_of_people(office, select(Recipient.id).where(Recipient.office == office, named)))
        riders = select(Courier.id).where(Courier.office == office, Courier.name.icontains(text, autoescape=True))
        ways.append(
            select(Document.id).where(
                Document.office == office,
                Document.state.in_(("out", "returning")),  # what else a courier could hold is none; this has an index
                Document.holder_kind == "courier",
                Document.holder_id.in_(riders),
            )
        )
    together = union(*ways).subquery()
    return Meant(text=text, by_name=by_name, by_last4=by_last4, ids=select(together.c[0]))


def is_nik(text: str) -> bool:
    """Whether these are the sixteen digits of a NIK, also with blanks between them."""
    digits = "".join(text.split())
    return len(digits) == 16 and digits.isascii() and digits.isdigit()


def persons_with_nik(session: Session, keys: KeyRing, office: str, nik: str) -> Sequence[str]:
    """The rows of the person with this whole NIK: one for each time a document came in."""
    digits = "".join(nik.split())
    return session.scalars(
        select(Recipient.id).where(Recipient.office == office, Recipient.nik_match == nik_match(keys, office, digits))
    ).all()


def among(office: str, ids: Select[str]) -> Select[Document]:
    """The documents with these ids."""
    return select(Document).where(_of_office(office), Document.id.in_(ids))


def same_person(office: str, recipient_id: str) -> ColumnElement[bool]:
    """Documents of whoever this recipient is, whichever row names them."""
    nik = select(Recipient.nik_match).where(Recipient.office == office, Recipient.id == recipient_id)
    people = select(Recipient.id).where(Recipient.office == office, Recipient.nik_match.in_(nik))
    return Document.recipient_id.in_(people)


def hits(session: Session, office: str, text: str) -> Sequence[Hit]:
    """Villages, batches, couriers, routes and papers that answer to the search, a few of each kind."""
    return [
        *_villages(session, office, text), *_batches(session, office, text), *_couriers(session, office, text),
        *_routes(session, office, text), *_papers(session, office, text),
    ]  # fmt: skip


def _exact(office: str, text: str) -> Select[str]:
    code, own = text.upper(), Document.office == office
    of_office = _of_office(office)
    batches = select(Batch.id).where(Batch.office == office, Batch.code == code)
    papers = select(Paper.subject_id).where(Paper.office == office, Paper.label == text, Paper.subject_kind == "batch")
    found = union(
        select(Document.id).where(own, Document.code == code),
        select(Document.id).where(own, Document.request_number == text),
        select(Document.id).where(of_office, Document.batch_id.in_(batches)),
        select(Document.id).where(of_office, Document.batch_id.in_(papers)),
    ).subquery()
    return select(found.c[0])


def _in_places(office: str, text: str) -> Select[str]:
    named = or_(Village.name.icontains(text, autoescape=True), Village.code == text)
    codes = select(Village.code).where(Village.office == office, named)
    return select(Document.id).where(Document.office == office, Document.village_code.in_(codes))


def _of_people(office: str, people: Select[str]) -> Select[str]:
    return select(Document.id).where(_of_office(office), Document.recipient_id.in_(people))


def _of_office(office: str) -> ColumnElement[bool]:
    """The office's own, asked of the rows another index found: by itself SQLite would read all of the office's."""
    return func.coalesce(Document.office, "") == office


def _villages(session: Session, office: str, text: str) -> list[Hit]:
    named = or_(
        Village.name.icontains(text, autoescape=True), Village.code == text,
        Village.contact_name.icontains(text, autoescape=True),
    )  # fmt: skip
    asked = select(Village).where(Village.office == office, named).order_by(Village.name).limit(_MOST)
    return [
        Hit(kind="village", ref=village.code, word=desk_name(village), note=f"Kec. {village.district}")
        for village in session.scalars(asked)
    ]


def _batches(session: Session, office: str, text: str) -> list[Hit]:
    asked = (
        select(Batch.id, Batch.code, Batch.documents)
        .where(Batch.office == office, Batch.code.startswith(text.upper(), autoescape=True))
        .order_by(Batch.created_at.desc())
        .limit(_MOST)
    )
    return [
        Hit(kind="batch", ref=batch_id, word=code, note=f"{documents} dokumen")
        for batch_id, code, documents in session.execute(asked)
    ]


def _couriers(session: Session, office: str, text: str) -> list[Hit]:
    asked = (
        select(Courier.id, Courier.name, Courier.kind)
        .where(Courier.office == office, Courier.name.icontains(text, autoescape=True))
        .order_by(Courier.name)
        .limit(_MOST)
    )
    return [
        Hit(kind="courier", ref=courier_id, word=name, note=kind) for courier_id, name, kind in session.execute(asked)
    ]


def _routes(session: Session, office: str, text: str) -> list[Hit]:
    """ "rute 4": the newest routes with this number; a courier's name: that courier's newest."""
    words = text.casefold().split()
    number = words[-1] if words[0] in ("rute", "route") and len(words) == 2 else ""
    if number.isascii() and number.isdigit() and len(number) < 6:
        which: ColumnElement[bool] = Route.number == int(number)
    elif any(sign.isalpha() for sign in text):
        which = Courier.name.icontains(text, autoescape=True)
    else:
        return []
    asked = (
        select(Route.id, Route.number, Courier.name, Plan.service_date)
        .join(Plan, (Plan.office == Route.office) & (Plan.id == Route.plan_id))
        .join(Courier, (Courier.office == Route.office) & (Courier.id == Route.courier_id))
        .where(Route.office == office, which)
        .order_by(Plan.service_date.desc(), Route.number)
        .limit(_MOST)
    )
    return [
        Hit(kind="route", ref=route_id, word=f"Rute {number}", note=f"{courier}, {day.day}/{day.month}/{day.year}")
        for route_id, number, courier, day in session.execute(asked)
    ]


def _papers(session: Session, office: str, text: str) -> list[Hit]:
    """By a paper's number, or a piece of it that holds a digit."""
    if not any(sign.isdigit() for sign in text):
        return []
    asked = (
        select(Paper.subject_id, Paper.label, Batch.code)
        .join(Batch, (Batch.office == Paper.office) & (Batch.id == Paper.subject_id))
        .where(Paper.office == office, Paper.label.icontains(text, autoescape=True))
        .order_by(Paper.made_at.desc())
        .limit(_MOST)
    )
    return [
        Hit(kind="paper", ref=batch_id, word=label, note=f"BAST batch {code}")
        for batch_id, label, code in session.execute(asked)
    ]
