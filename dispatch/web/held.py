"""Documents the office holds: why, until when, and the three things a person can decide."""

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from dispatch.access import SUPERVISOR
from dispatch.auth import current_actor, current_office, visitor
from dispatch.errors import FieldError, Invalid
from dispatch.services import absent
from dispatch.services import held as services
from dispatch.services.policies import PLACES
from dispatch.services.reasons import REASONS
from dispatch.services.receivers import RECEIVERS
from dispatch.web.blueprint import web
from dispatch.web.link_pages import given, given_event_id, new_event_id
from dispatch.web.outreach import letter_given
from dispatch.web.page import Done, acts, page, sentence_given, shows
from dispatch.words import _, say

STEPS = {
    "retry": say("bisa diantar lagi"),
    "wait": say("menunggu diambil"),
    "return": say("tinggal di kantor"),
    "hold": say("perlu keputusan"),
    "reprint": say("perlu dicetak ulang"),
}


@web.get("/held")
@shows
def held(session: Session) -> Response:
    """What is held, the longest promised first."""
    return page(
        session,
        "held.html",
        place="documents",
        held=services.held_documents(session, current_office()),
        may_withdraw=visitor().role == SUPERVISOR,
        reasons=REASONS,
        steps=STEPS,
        waiting_places=PLACES,
        destinations=services.DESTINATIONS,
        receivers=[one for one in RECEIVERS.values() if not one.at_desk or one.code == "village_officer"],
        new_event_id=new_event_id,
        circumstances=absent.WORDS,
        held_circumstances=absent.HELD,
    )


@web.post("/held/<document_id>/again")
@acts(back="web.held")
def send_again(session: Session, document_id: str) -> Done:
    """It goes with a later route."""
    why = sentence_given("why", "alasan", most=120)
    document = services.send_again(
        session, current_office(), document_id, destination=given("destination", say("tujuan"), 16), why=why,
        by=current_actor(),
    )  # fmt: skip
    return Done(url_for("web.held"), _("Dokumen %(code)s siap diantar lagi.", code=document.code))


@web.post("/held/<document_id>/elsewhere")
@acts(back="web.held")
def send_elsewhere(session: Session, document_id: str) -> Done:
    """Its holder lives in another regency: the post takes it there."""
    document = services.send_elsewhere(
        session,
        current_office(),
        document_id,
        address=given("address", say("alamat"), 300),
        regency=given("regency", say("kabupaten/kota"), 80),
        why=sentence_given("why", say("alasan"), most=120),
        by=current_actor(),
    )
    said = _("Dokumen %(code)s dikirim Pos ke luar daerah.", code=document.code)
    return Done(url_for("web.held"), said)


@web.post("/held/<document_id>/circumstance")
@acts(back="web.held")
def set_circumstance(session: Session, document_id: str) -> Done:
    """The office learned where the holder is."""
    document = services.set_circumstance(
        session, current_office(), document_id, given("circumstance", say("keadaan"), 12)
    )
    return Done(url_for("web.held"), _("Keadaan pemilik %(code)s dicatat.", code=document.code))


@web.post("/held/<document_id>/fetched")
@acts(back="web.held")
def fetched_at_counter(session: Session, document_id: str) -> Done:
    """Somebody fetched it at the counter."""
    cards = request.form.get("old_cards", "0") or "0"
    if not (cards.isascii() and cards.isdigit() and len(cards) < 3):
        raise Invalid(fields=[FieldError("old_cards", _("isi jumlah KTP lama dengan angka"))])
    fetched = services.AtCounter(
        event_id=given_event_id(),
        received_by=given("received_by", say("nama penerima"), 120),
        relation=given("relation", say("hubungan"), 40),
        old_cards=int(cards),
        note=given("note", say("catatan"), 300),
        letter=letter_given(),
    )
    services.hand_over_at_counter(session, current_office(), document_id, fetched, by=current_actor())
    return Done(url_for("web.held"), _("Dokumen sudah diserahkan di kantor."))


@web.post("/held/<document_id>/withdraw")
@acts(back="web.held")
def withdraw(session: Session, document_id: str) -> Done:
    """This print goes to nobody."""
    why = sentence_given("why", "alasan", most=120)
    document = services.withdraw(session, current_office(), document_id, why=why, by=current_actor())
    return Done(url_for("web.held"), _("Dokumen %(code)s ditarik.", code=document.code))
