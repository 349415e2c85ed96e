"""A desk's pages, behind its link or a login: what arrives, counting it, and what waits there for its citizens."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from flask import Response, jsonify, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.api.problems import wants_page
from dispatch.errors import Conflict, Invalid, NotFound
from dispatch.runtime import runtime
from dispatch.services import codes, enquiries, handover, links, second_leg
from dispatch.services.handover import Count, Result
from dispatch.services.second_leg import Waits
from dispatch.store.models import Batch, Document, Handover, HandoverLine
from dispatch.web.blueprint import web
from dispatch.web.desk_page import Desk, desk_page, last_four, refused, this_desk
from dispatch.web.link_pages import given, given_event_id, neutral, new_event_id, start
from dispatch.words import say


@web.get("/v/<token>")
def village_link(token: str) -> Response:
    """The same page for every token; nothing is looked up."""
    return neutral(links.VILLAGE, token)


@web.post("/v/start")
def start_village() -> Response | BaseResponse:
    """Bind the first phone or computer to its desk."""
    return start(links.VILLAGE, url_for("web.village_batches"))


@web.get("/v/batches")
def village_batches() -> Response:
    """What arrives, and what waits for its citizens."""
    desk = this_desk()
    with runtime().db.reading() as session:
        waiting = second_leg.waiting(session, desk.office, desk.code)
        incoming = handover.incoming(session, desk.office, desk.code)
        day = links.local_day(session, desk.office)
        return desk_page(
            session,
            desk,
            "village/batches.html",
            place="batches",
            incoming=incoming,
            code=_code_of_the_day(desk, day) if any(batch.state == "out" for batch in incoming) else "",
            waiting=waiting,
            households=_households(waiting),
            late=sum(line.level == "late" for line in waiting),
            last_four=last_four(waiting),
            back=second_leg.going_back(session, desk.office, desk.code),
            asked=_open_questions(session, desk),
            handed_today=second_leg.handed_on(session, desk.office, desk.code, day),
        )


@web.get("/v/batches/<batch_id>")
def village_batch(batch_id: str) -> Response:
    """The list of one batch, to count line by line."""
    with runtime().db.reading() as session:
        return _count_page(session, this_desk(), batch_id)


@web.post("/v/batches/<batch_id>")
def count_batch(batch_id: str) -> Response | BaseResponse:
    """The count, signed with a name. Sent twice it counts once."""
    desk = this_desk()
    try:
        with runtime().db.transaction() as session:
            counted = _counted(session, desk, batch_id)
            made = handover.count(session, desk.office, desk.code, batch_id, counted, by=desk.actor)
            answer = {"handover_id": made.id, "batch_id": made.batch_id, "counted": made.counted}
    except (Invalid, Conflict) as error:

        def again(wrong: str) -> Response:
            with runtime().db.reading() as session:
                return _count_page(session, desk, batch_id, wrong=wrong)

        return refused(error, again)
    if not wants_page():
        return jsonify(answer)
    return redirect(url_for("web.village_receipt", handover_id=made.id), 303)


@web.get("/v/receipts/<handover_id>")
def village_receipt(handover_id: str) -> Response:
    """What was signed for, as a summary to keep or print."""
    desk = this_desk()
    with runtime().db.reading() as session:
        row = session.execute(
            select(Handover, Batch)
            .join(Batch, Batch.id == Handover.batch_id)
            .where(Handover.office == desk.office, Handover.id == handover_id)
            .where(Batch.office == desk.office, Batch.village_code == desk.code)
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
        return desk_page(session, desk, "village/receipt.html", handover=made, batch=batch, differences=differences)


def _counted(session: Session, desk: Desk, batch_id: str) -> Count:
    """The form as a count. `all=received` says it of every line that is not said otherwise."""
    _, lines = handover.batch_lines(session, desk.office, desk.code, batch_id)
    everything_is_here = request.form.get("all") == "received"
    found: dict[str, Result] = {}
    for line in lines:
        said = request.form.get(f"line_{line.document.id}", "received" if everything_is_here else "")
        result = next((known for known in handover.RESULTS if known == said), None)
        if result is not None:
            found[line.document.id] = result
    extra = [code.upper()[:40] for code in re.split(r"[\s,;]+", given("extra", say("kode lebih"), 1_000)) if code]
    return Count(
        source=desk.source,
        event_id=given_event_id(),
        received_by=given("received_by", say("nama"), 120),
        lines=found,
        extra=tuple(dict.fromkeys(extra)),
    )


def _count_page(session: Session, desk: Desk, batch_id: str, *, wrong: str = "") -> Response:
    batch, lines = handover.batch_lines(session, desk.office, desk.code, batch_id)
    made = session.scalar(select(Handover.id).where(Handover.office == desk.office, Handover.batch_id == batch.id))
    return desk_page(
        session,
        desk,
        "village/batch.html",
        status=422 if wrong else 200,
        batch=batch,
        lines=lines,
        last_four=last_four(lines),
        counted_as=made,
        last_counter=_last_counter(session, desk),
        wrong=wrong,
        event_id=new_event_id(),
    )


def _last_counter(session: Session, desk: Desk) -> str:
    """Who counted here the last time; mostly it is the same person."""
    name = session.scalar(
        select(Handover.received_by)
        .join(Batch, Batch.id == Handover.batch_id)
        .where(Handover.office == desk.office, Batch.village_code == desk.code)
        .order_by(Handover.received_at.desc())
        .limit(1)
    )
    return name or ""


def _households(waiting: Sequence[Waits]) -> dict[str, int]:
    """How many documents wait for each household that has more than one."""
    counts = Counter(line.household for line in waiting)
    return {household: count for household, count in counts.items() if count > 1}


def _code_of_the_day(desk: Desk, day: date) -> str:
    """What the desk tells the courier who hands over, so that the courier's phone knows it is there."""
    return codes.village_code(runtime().keys, desk.office, desk.code, day)


def _open_questions(session: Session, desk: Desk) -> int:
    """How many questions the office has not answered yet."""
    return sum(asked.is_open for asked in enquiries.enquiries_of(session, desk.office, desk.code))
