"""What a person must decide: open cases, closed with a decision, and background work that gave up."""

from flask import Response, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.access import ARRANGING, SUPERVISOR
from dispatch.auth import current_actor, current_office, visitor
from dispatch.errors import NotAllowed
from dispatch.services import cases as services
from dispatch.services import complaints, enquiries
from dispatch.store.models import Assignment, Attempt, ExceptionCase, Job, Link, Shipment, Stop
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, sentence_given, shows
from dispatch.words import _, say

KINDS = {
    "second_phone": say("HP kedua pada satu tautan"),
    "short_count": say("Hitungan kurang"),
    "damaged": say("Dokumen rusak"),
    "odd_proof": say("Bukti yang janggal"),
    "proof_lacking": say("Bukti kurang lengkap"),
    "batch_missing": say("Kurang saat dimuat"),
    "extra_document": say("Dokumen lebih"),
    "lost_document": say("Dokumen hilang"),
    "count_conflict": say("Hitungan bertentangan"),
    "proof_conflict": say("Bukti saling bertentangan"),
    "budget_short": say("Harga naik, pagu kurang"),
    "enquiry": say("Pertanyaan dari desa"),
    "old_cards": say("Selisih KTP lama"),
    "courier_down": say("Kurir terhenti"),
    "return_short": say("Kurang saat dihitung kembali"),
    "webhook_disabled": say("Webhook dimatikan"),
    "channel_account": say("Saluran pesan ditolak"),
    "photo_unreadable": say("Foto tidak terbaca"),
    "blanks_differ": say("Selisih blangko"),
    "booking_unknown": say("Pesanan ke mitra tidak pasti"),
    "booking_refused": say("Mitra menolak pesanan"),
    "call_off_refused": say("Pesanan tidak dapat dibatalkan"),
    "no_courier": say("Mitra tidak menemukan kurir"),
    "partner_conflict": say("Kabar mitra bertentangan"),
    "partner_frozen": say("Mitra dibekukan"),
    "unknown_message": say("Kabar mitra tidak dikenal"),
    "lost_shipment": say("Kiriman hilang di mitra"),
    **complaints.KINDS,
}
_CLOSED_SHOWN = 20


@web.get("/cases")
@shows
def cases(session: Session) -> Response:
    """Open cases, the last closed ones, and dead jobs."""
    office = current_office()
    waiting = services.cases_of(session, office, is_open=True)
    return page(
        session,
        "cases.html",
        place="cases",
        cases=[(case, _about(session, case)) for case in waiting],
        closed=services.cases_of(session, office, is_open=False)[:_CLOSED_SHOWN],
        dead=session.scalars(
            select(Job).where(Job.office == office, Job.state == "dead").order_by(Job.created_at.desc()).limit(50)
        ).all(),
        kinds=KINDS,
        due={**enquiries.due_days(session, office, waiting), **complaints.due_days(session, office, waiting)},
        overseen=() if visitor().role == SUPERVISOR else tuple(complaints.KINDS),
    )


@web.post("/cases/<case_id>/close")
@acts(back="web.cases")
def close_case(session: Session, case_id: str) -> Done:
    """Write down what was decided."""
    case = session.get(ExceptionCase, case_id)
    if case is not None and case.kind in complaints.KINDS and visitor().role != SUPERVISOR:
        raise NotAllowed("a citizen's report is answered by a supervisor")
    services.close_case(
        session, current_office(), case_id, sentence_given("decision", "keputusan", most=200), by=current_actor()
    )
    return Done(url_for("web.cases"), _("Keputusan dicatat."))


def _about(session: Session, case: ExceptionCase) -> str:
    """The page that shows what the case is about; empty when there is none."""
    if case.subject_kind == "document":
        return url_for("web.document", document_id=case.subject_id)
    if case.subject_kind == "batch":
        return url_for("web.batch", batch_id=case.subject_id)
    if case.subject_kind == "route":
        return url_for("web.route", route_id=case.subject_id)
    if case.subject_kind == "attempt" and (attempt := session.get(Attempt, case.subject_id)):
        return url_for("web.document", document_id=attempt.document_id)
    if case.subject_kind == "stop" and (stop := session.get(Stop, case.subject_id)):
        return url_for("web.route", route_id=stop.route_id)
    if case.subject_kind == "shipment" and (shipment := session.get(Shipment, case.subject_id)):
        return url_for("web.batch", batch_id=shipment.batch_id)
    if case.subject_kind == "assignment" and (offer := session.get(Assignment, case.subject_id)):
        return _ordered(session, offer)
    if case.subject_kind == "partner_account" and visitor().role in ARRANGING.roles:
        return url_for("web.partners")
    if case.subject_kind == "link" and (link := session.get(Link, case.subject_id)) and link.route_id:
        return url_for("web.route", route_id=link.route_id)
    return ""


def _ordered(session: Session, offer: Assignment) -> str:
    """The page of what was ordered."""
    if offer.route_id is not None:
        return url_for("web.route", route_id=offer.route_id)
    shipment = session.get_one(Shipment, offer.shipment_id)
    return url_for("web.batch", batch_id=shipment.batch_id)
