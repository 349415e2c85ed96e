"""Finding documents: by id, by the number they came with, or a page at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from dispatch.errors import Conflict, NotFound
from dispatch.services.intake import source_of
from dispatch.store.audit import Actor
from dispatch.store.models import Document, Village


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which documents; empty means any. `after` is the id of the last one of the page before."""

    state: str = ""
    village_code: str = ""
    request_number: str = ""
    after: str = ""
    limit: int = 100


def find_document(session: Session, office: str, ref: str, *, by: Actor) -> Document:
    """The document with this id, envelope code or request number. Programs find only their own.

    Conflict when several sources used the number: the listing shows them all."""
    found = session.scalars(
        _visible(office, by)
        .where(or_(Document.id == ref, Document.code == ref, Document.request_number == ref))
        .limit(2)
    ).all()
    if not found:
        raise NotFound(f"there is no document {ref[:60]}")
    if len(found) > 1:
        raise Conflict(f"several documents answer to {ref[:60]}; list them by request_number")
    return found[0]


def list_documents(session: Session, office: str, wanted: Wanted, *, by: Actor) -> Sequence[Document]:
    """The documents asked for, newest first. Programs see only their own."""
    query = _visible(office, by)
    if wanted.state:
        query = query.where(Document.state == wanted.state)
    if wanted.village_code:
        query = query.where(Document.village_code == wanted.village_code)
    if wanted.request_number:
        query = query.where(Document.request_number == wanted.request_number)
    if wanted.after:
        last = session.scalar(_visible(office, by).where(Document.id == wanted.after))
        if last is None:
            raise NotFound(f"there is no document {wanted.after}")
        query = query.where(tuple_(Document.created_at, Document.id) < tuple_(last.created_at, last.id))
    return session.scalars(query.order_by(Document.created_at.desc(), Document.id.desc()).limit(wanted.limit)).all()


def documents_by_id(session: Session, office: str, ids: Iterable[str]) -> Mapping[str, Document]:
    """Those of the documents that are the office's, by id."""
    found = session.scalars(
        select(Document)
        .where(Document.office == office, Document.id.in_(list(ids)))
        .options(joinedload(Document.recipient))
    )
    return {document.id: document for document in found}


def villages_of(session: Session, office: str, documents: Iterable[Document]) -> Mapping[str, Village]:
    """The villages the documents go to, by code."""
    codes = {document.village_code for document in documents}
    found = session.scalars(select(Village).where(Village.office == office, Village.code.in_(codes)))
    return {village.code: village for village in found}


def _visible(office: str, by: Actor) -> Select[Document]:
    query = select(Document).where(Document.office == office).options(joinedload(Document.recipient))
    return query.where(Document.source == source_of(by)) if by.kind == "client" else query
