"""A desk and its citizens: hand documents on, remind, ask the office, and give back what finds no citizen."""

from collections.abc import Sequence

from flask import Response, jsonify, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from dispatch.api.problems import wants_page
from dispatch.errors import Conflict, Invalid, NotFound
from dispatch.runtime import runtime
from dispatch.services import enquiries, photos, policies, reminders, second_leg
from dispatch.services.photos import Received
from dispatch.services.reasons import REASONS
from dispatch.services.second_leg import HandedOn, Waits
from dispatch.store.models import Village
from dispatch.web.blueprint import web
from dispatch.web.desk_page import Desk, desk_page, last_four, refused, this_desk
from dispatch.web.link_pages import given, given_event_id, new_event_id
from dispatch.web.page import number_asked, refusal, with_word
from dispatch.words import _, say


@web.get("/v/documents/<document_id>")
def village_document(document_id: str) -> Response:
    """Who takes this document, and what else of the same household?"""
    with runtime().db.reading() as session:
        return _document_page(session, this_desk(), document_id)


@web.post("/v/documents/<document_id>")
def hand_to_citizen(document_id: str) -> Response | BaseResponse:
    """The document, and those ticked with it, go to the citizen or to who may take them."""
    desk = this_desk()
    try:
        photo, signature = _picture("photo"), _picture("signature")
        if signature is not None:
            photos.refuse_large_signature(runtime().files, desk.office, signature)
        with runtime().db.transaction() as session:
            handed = _handed(desk, document_id, photo, signature)
            proof = second_leg.hand_on(session, desk.office, desk.code, handed, keys=runtime().keys, by=desk.actor)
            if photo is not None:
                photos.attach(session, proof, photo)
            if signature is not None:
                photos.name_received(session, desk.office, signature)
            answer = {"proof_id": proof.id, "event_id": proof.event_id, "received_at": proof.received_at.isoformat()}
    except (Invalid, Conflict) as error:

        def again(wrong: str) -> Response:
            with runtime().db.reading() as session:
                return _document_page(session, desk, document_id, wrong=wrong)

        return refused(error, again)
    if not wants_page():
        return jsonify(answer)
    count = len(handed.documents)
    said = (
        _("Tercatat: sudah diterima warga.")
        if count == 1
        else _("Tercatat: %(count)s dokumen sudah diterima warga.", count=count)
    )
    return with_word(redirect(url_for("web.village_batches"), 303), said)


@web.post("/v/documents/<document_id>/return")
def send_back(document_id: str) -> Response | BaseResponse:
    """It finds no citizen here: the next courier takes it along."""
    desk = this_desk()
    try:
        with runtime().db.transaction() as session:
            second_leg.send_back(
                session, desk.office, desk.code, [document_id], reason=given("reason", say("alasan"), 40),
                source=desk.source, event_id=given_event_id(), by=desk.actor,
            )  # fmt: skip
    except (Invalid, Conflict) as error:

        def again(wrong: str) -> Response:
            with runtime().db.reading() as session:
                return _document_page(session, desk, document_id, wrong=wrong)

        return refused(error, again)
    if not wants_page():
        return jsonify({"document_id": document_id, "state": "returning"})
    return with_word(redirect(url_for("web.village_back"), 303), _("Tercatat. Titipkan kepada kurir berikutnya."))


@web.post("/v/documents/<document_id>/remind")
def remind_citizen(document_id: str) -> Response | BaseResponse:
    """The message for the citizen, ready to send; that it was sent is noted."""
    desk = this_desk()
    try:
        with runtime().db.transaction() as session:
            second_leg.remind(session, desk.office, desk.code, document_id, by=desk.actor)
            waiting = second_leg.waiting(session, desk.office, desk.code)
            line = next((one for one in waiting if one.document.id == document_id), None)
            if line is None:
                raise NotFound()
            family = sum(one.household == line.household for one in waiting)
            message = reminders.to_citizen(line.recipient, session.get_one(Village, (desk.office, desk.code)), family)
            return desk_page(session, desk, "village/remind.html", line=line, message=message)
    except Conflict as error:
        return with_word(redirect(url_for("web.village_batches"), 303), refusal(error), is_problem=True)


@web.post("/v/documents/<document_id>/ask")
def ask_about_document(document_id: str) -> Response | BaseResponse:
    """One tap: the office owes an answer."""
    desk = this_desk()
    with runtime().db.transaction() as session:
        note = given("note", say("catatan"), 200)
        enquiries.ask_about_document(session, desk.office, desk.code, document_id, note=note, by=desk.actor)
    return with_word(redirect(url_for("web.village_questions"), 303), _("Pertanyaan sudah sampai di kantor Dukcapil."))


@web.post("/v/batches/<batch_id>/ask")
def ask_about_batch(batch_id: str) -> Response | BaseResponse:
    """One tap: where is what was announced?"""
    desk = this_desk()
    with runtime().db.transaction() as session:
        note = given("note", say("catatan"), 200)
        enquiries.ask_about_batch(session, desk.office, desk.code, batch_id, note=note, by=desk.actor)
    return with_word(redirect(url_for("web.village_questions"), 303), _("Pertanyaan sudah sampai di kantor Dukcapil."))


@web.get("/v/questions")
def village_questions() -> Response:
    """What this desk asked, and what the office answered."""
    desk = this_desk()
    with runtime().db.reading() as session:
        asked = enquiries.enquiries_of(session, desk.office, desk.code)
        return desk_page(session, desk, "village/questions.html", place="questions", asked=asked)


@web.get("/v/back")
def village_back() -> Response:
    """What the next courier takes along: documents that go back, and old cards."""
    desk = this_desk()
    with runtime().db.reading() as session:
        back = second_leg.going_back(session, desk.office, desk.code)
        return desk_page(session, desk, "village/back.html", place="back", back=back, event_id=new_event_id())


@web.post("/v/back")
def give_to_courier() -> Response | BaseResponse:
    """A courier who is here takes all of it along."""
    desk = this_desk()
    try:
        with runtime().db.transaction() as session:
            proof = second_leg.give_to_courier(
                session, desk.office, desk.code, given("route_id", say("kurir"), 16),
                source=desk.source, event_id=given_event_id(), by=desk.actor,
            )  # fmt: skip
            answer = {"proof_id": proof.id, "old_cards": proof.old_cards}
    except Conflict as error:
        if not wants_page():
            raise
        return with_word(redirect(url_for("web.village_back"), 303), refusal(error), is_problem=True)
    if not wants_page():
        return jsonify(answer)
    return with_word(redirect(url_for("web.village_back"), 303), _("Tercatat: sudah dibawa kurir."))


def _handed(desk: Desk, document_id: str, photo: Received | None, signature: Received | None) -> HandedOn:
    together = dict.fromkeys([document_id, *request.form.getlist("with")])
    return HandedOn(
        source=desk.source,
        event_id=given_event_id(),
        documents=tuple(together),
        received_by=given("received_by", say("nama penerima"), 120),
        relation=given("relation", say("hubungan"), 40),
        photo_sha=photo.sha256 if photo else "",
        signature_sha=signature.sha256 if signature else "",
        code=given("code", say("kode"), 12),
        old_cards=int(text) if (text := request.form.get("old_cards", "0")).isdigit() and len(text) < 3 else 0,
        note=given("note", say("catatan"), 300),
    )


def _picture(field: str) -> Received | None:
    """A picture of the form, stored before anything names it."""
    upload: FileStorage | None = request.files.get(field)
    if upload is None or not upload.filename:
        return None
    body = upload.stream.read(photos.LARGEST + 1)
    upload.close()  # a large one lies in a temporary file
    return photos.receive(runtime().files, this_desk().office, body) if body else None


def _document_page(session: Session, desk: Desk, document_id: str, *, wrong: str = "") -> Response:
    waiting = second_leg.waiting(session, desk.office, desk.code)
    line = next((line for line in waiting if line.document.id == document_id), None)
    if line is None:
        raise NotFound()
    family = [one for one in waiting if one.household == line.household and one is not line]
    ticked = set(request.form.getlist("with")) if wrong else {one.document.id for one in family if number_asked("all")}
    chosen: Sequence[Waits] = [line, *(one for one in family if one.document.id in ticked)]
    rules = second_leg.rules_for(session, [one.document for one in chosen])
    return desk_page(
        session,
        desk,
        "village/document.html",
        status=422 if wrong else 200,
        line=line,
        family=family,
        ticked=ticked,
        last_four=last_four(waiting),
        receivers=[words for _, words in policies.receivers_of(rules)],
        rules=rules,
        cards=second_leg.cards_due(rules, [one.document for one in [line, *family]]),
        reasons=[(code, REASONS[code].words) for code in second_leg.REASONS_AT_DESK],
        wrong=wrong,
        event_id=new_event_id(),
        return_id=new_event_id(),
    )
