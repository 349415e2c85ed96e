"""The village office's pages behind its link: count what arrived, then hand each document to its citizen."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Response, jsonify, redirect, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.api.problems import wants_page
from dispatch.auth import visitor
from dispatch.errors import Conflict, Invalid, NotFound
from dispatch.runtime import runtime
from dispatch.services import handover, links
from dispatch.services.handover import Count, Line, Result
from dispatch.services.nik import masked
from dispatch.services.recipients import nik_place
from dispatch.store.db import now
from dispatch.store.models import Batch, Document, Event, Handover, HandoverLine, Link, Office, Village
from dispatch.web.blueprint import web
from dispatch.web.link_pages import given, given_event_id, neutral, new_event_id, start, unlisted
from dispatch.web.page import door, refusal, with_word

RELATIONS = ("Orangnya sendiri", "Keluarga satu KK", "Ketua RT", "Membawa surat kuasa")


@web.get("/v/<token>")
def village_link(token: str) -> Response:
    """The same page for every token; nothing is looked up."""
    return neutral(links.VILLAGE, token)


@web.post("/v/start")
def start_village() -> Response | BaseResponse:
    """Bind the first phone or computer to its village."""
    return start(links.VILLAGE, url_for("web.village_batches"))


@web.get("/v/batches")
def village_batches() -> Response:
    """What arrives, and what waits for its citizens."""
    with runtime().db.reading() as session:
        link = _open_link(session)
        office, code = link.office, _village_code(link)
        waiting = handover.waiting(session, office, code)
        values: dict[str, Any] = {
            "incoming": handover.incoming(session, office, code),
            "waiting": waiting,
            "days": _days_waiting(session, waiting),
            "last_four": _last_four(waiting),
            "handed_today": _handed_today(session, office, code),
        }
        return _page(session, link, "village/batches.html", **values)


@web.get("/v/batches/<batch_id>")
def village_batch(batch_id: str) -> Response:
    """The list of one batch, to count line by line."""
    with runtime().db.reading() as session:
        return _count_page(session, _open_link(session), batch_id)


@web.post("/v/batches/<batch_id>")
def count_batch(batch_id: str) -> Response | BaseResponse:
    """The count, signed with a name. Sent twice it counts once."""
    try:
        with runtime().db.transaction() as session:
            link = _open_link(session)
            office, code = link.office, _village_code(link)
            counted = _counted(session, link, batch_id)
            made = handover.count(session, office, code, batch_id, counted, by=visitor().actor)
            answer = {"handover_id": made.id, "batch_id": made.batch_id, "counted": made.counted}
    except (Invalid, Conflict) as error:
        if not wants_page():
            raise
        if isinstance(error, Conflict) or any(field.field == "event_id" for field in error.fields):
            return with_word(redirect(url_for("web.village_batches"), 303), refusal(error), is_problem=True)
        with runtime().db.reading() as session:
            return _count_page(session, _open_link(session), batch_id, wrong=refusal(error))
    if not wants_page():
        return jsonify(answer)
    return redirect(url_for("web.village_receipt", handover_id=made.id), 303)


@web.get("/v/receipts/<handover_id>")
def village_receipt(handover_id: str) -> Response:
    """What was signed for, as a summary to keep or print."""
    with runtime().db.reading() as session:
        link = _open_link(session)
        row = session.execute(
            select(Handover, Batch)
            .join(Batch, Batch.id == Handover.batch_id)
            .where(Handover.office == link.office, Handover.id == handover_id)
            .where(Batch.office == link.office, Batch.village_code == _village_code(link))
        ).first()
        if row is None:
            raise NotFound()
        made, batch = row
        lines = session.execute(
            select(HandoverLine, Document.code)
            .outerjoin(Document, Document.id == HandoverLine.document_id)
            .where(HandoverLine.handover_id == made.id, HandoverLine.result != "received")
            .order_by(HandoverLine.result, Document.code)
        ).all()
        differences = [(line.result, line.note or code) for line, code in lines]
        return _page(session, link, "village/receipt.html", handover=made, batch=batch, differences=differences)


@web.get("/v/documents/<document_id>")
def village_document(document_id: str) -> Response:
    """Who takes this document?"""
    with runtime().db.reading() as session:
        return _document_page(session, _open_link(session), document_id)


@web.post("/v/documents/<document_id>")
def hand_to_citizen(document_id: str) -> Response | BaseResponse:
    """The document goes to its citizen, or to who may take it for them."""
    try:
        with runtime().db.transaction() as session:
            link = _open_link(session)
            proof = handover.hand_to_citizen(
                session,
                link.office,
                _village_code(link),
                document_id,
                source=_source(link),
                event_id=given_event_id(),
                received_by=given("received_by", "nama penerima", 120),
                relation=given("relation", "hubungan", 40),
                by=visitor().actor,
            )
            answer = {"proof_id": proof.id, "event_id": proof.event_id, "received_at": proof.received_at.isoformat()}
    except (Invalid, Conflict) as error:
        if not wants_page():
            raise
        if isinstance(error, Conflict) or any(field.field == "event_id" for field in error.fields):
            return with_word(redirect(url_for("web.village_batches"), 303), refusal(error), is_problem=True)
        with runtime().db.reading() as session:
            return _document_page(session, _open_link(session), document_id, wrong=refusal(error))
    if not wants_page():
        return jsonify(answer)
    return with_word(redirect(url_for("web.village_batches"), 303), "Tercatat: sudah diterima warga.")


def _counted(session: Session, link: Link, batch_id: str) -> Count:
    """The form as a count. `all=received` says it of every line that is not said otherwise."""
    _, lines = handover.batch_lines(session, link.office, _village_code(link), batch_id)
    everything_is_here = request.form.get("all") == "received"
    found: dict[str, Result] = {}
    for line in lines:
        said = request.form.get(f"line_{line.document.id}", "received" if everything_is_here else "")
        result = next((known for known in handover.RESULTS if known == said), None)
        if result is not None:
            found[line.document.id] = result
    extra = [code.upper()[:40] for code in re.split(r"[\s,;]+", given("extra", "kode lebih", 1_000)) if code]
    return Count(
        source=_source(link),
        event_id=given_event_id(),
        received_by=given("received_by", "nama", 120),
        lines=found,
        extra=tuple(dict.fromkeys(extra)),
    )


def _count_page(session: Session, link: Link, batch_id: str, *, wrong: str = "") -> Response:
    batch, lines = handover.batch_lines(session, link.office, _village_code(link), batch_id)
    made = session.scalar(select(Handover.id).where(Handover.office == link.office, Handover.batch_id == batch.id))
    return _page(
        session,
        link,
        "village/batch.html",
        status=422 if wrong else 200,
        batch=batch,
        lines=lines,
        last_four=_last_four(lines),
        counted_as=made,
        last_counter=_last_counter(session, link),
        wrong=wrong,
        event_id=new_event_id(),
    )


def _last_counter(session: Session, link: Link) -> str:
    """Who counted here the last time; mostly it is the same person."""
    name = session.scalar(
        select(Handover.received_by)
        .join(Batch, Batch.id == Handover.batch_id)
        .where(Handover.office == link.office, Batch.village_code == _village_code(link))
        .order_by(Handover.received_at.desc())
        .limit(1)
    )
    return name or ""


def _document_page(session: Session, link: Link, document_id: str, *, wrong: str = "") -> Response:
    waiting = handover.waiting(session, link.office, _village_code(link))
    line = next((line for line in waiting if line.document.id == document_id), None)
    if line is None:
        raise NotFound()
    return _page(
        session,
        link,
        "village/document.html",
        status=422 if wrong else 200,
        line=line,
        last_four=_last_four(waiting),
        relations=RELATIONS,
        wrong=wrong,
        event_id=new_event_id(),
    )


def _page(session: Session, link: Link, template: str, *, status: int = 200, **values: Any) -> Response:
    village = session.get_one(Village, (link.office, _village_code(link)))
    office = session.get_one(Office, link.office)
    return unlisted(door(template, status=status, village=village, office=office, zone=office.timezone, **values))


def _last_four(lines: Sequence[Line]) -> dict[str, str]:
    """The end of the NIK by document id, only for people whose name somebody else here has too."""
    keys = runtime().keys
    return {
        line.document.id: masked(keys.open(line.recipient.nik_sealed, nik_place(line.document.office)))[-4:]
        for line in lines
        if line.needs_nik
    }


def _days_waiting(session: Session, lines: Sequence[Line]) -> dict[str, int]:
    """Whole days since each document came to the village, by document id."""
    since = session.execute(
        select(Event.subject_id, Event.at)
        .where(Event.subject_kind == "document", Event.to_state == "at_village")
        .where(Event.subject_id.in_([line.document.id for line in lines]))
    )
    return {document_id: (now(session) - at).days for document_id, at in since}


def _handed_today(session: Session, office: str, village_code: str) -> int:
    end = links.end_of_day(session, office, links.local_day(session, office))
    today = select(func.count()).select_from(Event).join(Document, Document.id == Event.subject_id)
    today = today.where(Event.office == office, Event.subject_kind == "document", Event.to_state == "delivered")
    today = today.where(Document.village_code == village_code, Event.at > end - timedelta(days=1), Event.at <= end)
    return session.scalars(today).one()


def _open_link(session: Session) -> Link:
    return links.opened(session, visitor().office, visitor().link_id)


def _village_code(link: Link) -> str:
    assert link.village_code is not None, "a village's link opens a village"
    return link.village_code


def _source(link: Link) -> str:
    return f"link:{link.id}"
