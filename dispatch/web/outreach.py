"""Jemput bola: mobile services by day, and one of them from its plan to the count of what it brought back."""

from datetime import date, timedelta

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.errors import FieldError, Invalid
from dispatch.services import calendar, contacts, outreach_custody, slots, trips
from dispatch.services import outreach as services
from dispatch.services.desks import KECAMATAN
from dispatch.services.outreach import NewOutreach
from dispatch.services.outreach_custody import CarLoad, TakenThere
from dispatch.services.proxies import Letter
from dispatch.services.reasons import REASONS
from dispatch.services.receivers import RECEIVERS
from dispatch.store.models import Courier, Outreach, ServiceVehicle, Village
from dispatch.web.blueprint import web
from dispatch.web.link_pages import given, given_event_id, new_event_id
from dispatch.web.page import Done, acts, page, sentence_given, shows
from dispatch.words import _, say

MOST_SHOWN = 200
BACK_DAYS = timedelta(days=30)


@web.get("/outreach")
@shows
def outreaches(session: Session) -> Response:
    """Mobile services of the last month and those to come, by day."""
    office = current_office()
    day = calendar.today(session, calendar.calendar_of(session, office))
    rows = session.execute(
        select(Outreach, Village, ServiceVehicle.name)
        .join(Village, (Village.office == Outreach.office) & (Village.code == Outreach.village_code))
        .join(ServiceVehicle, ServiceVehicle.id == Outreach.vehicle_id)
        .where(Outreach.office == office, Outreach.service_date >= day - BACK_DAYS)
        .order_by(Outreach.service_date.desc(), Outreach.starts_s, Outreach.id)
        .limit(MOST_SHOWN)
    ).all()
    return page(
        session,
        "outreaches.html",
        place="outreach",
        rows=rows,
        capacity=services.capacity_of,
        handed={row[0].id: outreach_custody.handed_over(session, row[0]) for row in rows if row[0].left_at},
        vehicles=services.vehicles_of(session, office),
        villages=session.scalars(
            select(Village).where(Village.office == office, Village.kind != KECAMATAN).order_by(Village.name)
        ).all(),
        day=day,
        kinds=services.PLACES,
        saved=trips.saved(session, office, day - BACK_DAYS, day),
    )


@web.post("/outreach")
@acts(back="web.outreaches")
def plan_outreach(session: Session) -> Done:
    """Fix a mobile service and reserve what is finished for its villages."""
    new = NewOutreach(
        service_date=_day("service_date"),
        village_code=request.form.get("village", "")[:13],
        villages=tuple(code[:13] for code in request.form.getlist("also") if code),
        place=sentence_given("place", say("tempat")),
        place_kind=request.form.get("place_kind", "lainnya"),
        vehicle_id=request.form.get("vehicle", "")[:16],
        starts_s=_time("starts"),
        ends_s=_time("ends"),
        note=given("note", say("catatan"), 200),
    )
    made = services.plan_outreach(session, current_office(), new, by=current_actor())
    batches = services.reserve(session, current_office(), made.id, by=current_actor())
    documents = sum(batch.documents for batch in batches)
    said = _("Layanan direncanakan, %(documents)s dokumen ikut.", documents=documents)
    return Done(url_for("web.outreach", outreach_id=made.id), said)


@web.get("/outreach/<outreach_id>")
@shows
def outreach(session: Session, outreach_id: str) -> Response:
    """One mobile service: who is told, what rides along, what became of it."""
    found = services.outreach_of(session, current_office(), outreach_id)
    return page(
        session,
        "outreach.html",
        place="outreach",
        outreach=found,
        vehicle=session.get_one(ServiceVehicle, found.vehicle_id),
        lead=session.get_one(Courier, found.crew_lead_id),
        villages=services.villages_of(session, found),
        capacity=services.capacity_of(found),
        batches=services.batches_of(session, found),
        lines=outreach_custody.carried(session, found),
        handed=outreach_custody.handed_over(session, found),
        with_crew=outreach_custody.still_with_crew(session, found),
        told=contacts.told_about(session, found),
        roles=contacts.ROLES,
        reasons=[REASONS[code] for code in outreach_custody.REASONS_THERE],
        receivers=[one for one in RECEIVERS.values() if not one.at_desk],
        waits=found.state in services.WAITING,
        new_event_id=new_event_id,
    )


@web.post("/outreach/<outreach_id>/reserve")
@acts(back="web.outreach")
def reserve_outreach(session: Session, outreach_id: str) -> Done:
    """Take along what became ready since."""
    batches = services.reserve(session, current_office(), outreach_id, by=current_actor())
    said = _("%(documents)s dokumen lagi ikut.", documents=sum(batch.documents for batch in batches))
    return Done(url_for("web.outreach", outreach_id=outreach_id), said)


@web.post("/outreach/<outreach_id>/invite")
@acts(back="web.outreach")
def invite_to_outreach(session: Session, outreach_id: str) -> Done:
    """Give everybody whose document rides along a half hour."""
    found = services.outreach_of(session, current_office(), outreach_id)
    made = slots.invite_to_outreach(session, found, by=current_actor())
    to = url_for("web.outreach_invitations", outreach_id=outreach_id)
    return Done(to, _("%(number)s undangan dibuat.", number=len(made)))


@web.get("/outreach/<outreach_id>/invitations")
@shows
def outreach_invitations(session: Session, outreach_id: str) -> Response:
    """The list a village prints: who comes when, and the queue numbers of those who come to be served."""
    found = services.outreach_of(session, current_office(), outreach_id)
    return page(
        session,
        "outreach_invitations.html",
        place="outreach",
        outreach=found,
        villages=services.villages_of(session, found),
        invited=slots.invited_to(session, found),
        message_for=slots.message_for,
        turns=slots.turns(found),
    )


@web.post("/outreach/<outreach_id>/cancel")
@acts(back="web.outreach")
def cancel_outreach(session: Session, outreach_id: str) -> Done:
    """Call it off; its documents are free again."""
    why = sentence_given("why", say("alasan"), most=120)
    services.cancel(session, current_office(), outreach_id, why=why, by=current_actor())
    return Done(url_for("web.outreach", outreach_id=outreach_id), _("Layanan dibatalkan, dokumennya bebas lagi."))


@web.post("/outreach/<outreach_id>/depart")
@acts(back="web.outreach")
def depart_outreach(session: Session, outreach_id: str) -> Done:
    """The crew counted what is in the car."""
    missing = frozenset(request.form.getlist("missing"))
    load = CarLoad(event_id=given_event_id(), missing=missing)
    outreach_custody.depart(session, current_office(), outreach_id, load, by=current_actor())
    return Done(url_for("web.outreach", outreach_id=outreach_id), _("Mobil berangkat."))


@web.post("/outreach/<outreach_id>/hand")
@acts(back="web.outreach")
def hand_at_outreach(session: Session, outreach_id: str) -> Done:
    """Somebody took documents along."""
    taken = TakenThere(
        event_id=given_event_id(),
        documents=tuple(request.form.getlist("document")),
        received_by=given("received_by", say("nama penerima"), 120),
        relation=given("relation", say("hubungan"), 40),
        old_cards=_number("old_cards", say("KTP lama")),
        note=given("note", say("catatan"), 300),
        letter=letter_given(),
    )
    outreach_custody.hand_over(session, current_office(), outreach_id, taken, by=current_actor())
    return Done(url_for("web.outreach", outreach_id=outreach_id), _("Sudah diserahkan kepada warga."))


@web.post("/outreach/<outreach_id>/not-handed")
@acts(back="web.outreach")
def not_handed_at_outreach(session: Session, outreach_id: str) -> Done:
    """A document cannot be handed over there."""
    outreach_custody.not_handed(
        session,
        current_office(),
        outreach_id,
        request.form.get("document", ""),
        reason=request.form.get("reason", ""),
        event_id=given_event_id(),
        by=current_actor(),
    )
    return Done(url_for("web.outreach", outreach_id=outreach_id), _("Dicatat, dokumennya kembali dengan mobil."))


@web.post("/outreach/<outreach_id>/count-in")
@acts(back="web.outreach")
def count_in_outreach(session: Session, outreach_id: str) -> Done:
    """The office counts what came back: everything, or what was ticked."""
    codes = None if request.form.get("all") == "1" else request.form.getlist("code")
    counted = outreach_custody.count_in(session, current_office(), outreach_id, codes, by=current_actor())
    number = len(counted.ready) + len(counted.held)
    return Done(
        url_for("web.outreach", outreach_id=outreach_id),
        _("%(number)s dokumen dihitung masuk, %(left)s belum.", number=number, left=len(counted.still_out)),
    )


@web.post("/outreach/<outreach_id>/complete")
@acts(back="web.outreach")
def complete_outreach(session: Session, outreach_id: str) -> Done:
    """It is over."""
    outreach_custody.complete(
        session,
        current_office(),
        outreach_id,
        recorded=_number("recorded", say("orang direkam")),
        printed=_number("printed", say("kartu dicetak")),
        by=current_actor(),
    )
    return Done(url_for("web.outreach", outreach_id=outreach_id), _("Layanan selesai."))


@web.post("/outreach/<outreach_id>/told/<contact_id>")
@acts(back="web.outreach")
def tell_contact(session: Session, outreach_id: str, contact_id: str) -> Response:
    """The message for a contact person, ready to send; that they were told is noted."""
    found = services.outreach_of(session, current_office(), outreach_id)
    contact, message = contacts.tell(session, found, contact_id, by=current_actor())
    return page(session, "outreach_message.html", place="outreach", outreach=found, name=contact.name, message=message)


@web.post("/outreach/<outreach_id>/contacts")
@acts(back="web.outreach")
def set_village_contact(session: Session, outreach_id: str) -> Done:
    """Who is told at a village, kept for the next time."""
    phone = "".join(sign for sign in request.form.get("phone", "") if sign.isdigit() or sign == "+")[:20]
    contact = contacts.set_contact(
        session,
        current_office(),
        request.form.get("village", "")[:13],
        request.form.get("role", ""),
        name=sentence_given("name", say("nama"), most=80),
        phone=phone,
    )
    return Done(url_for("web.outreach", outreach_id=outreach_id), _("Kontak %(name)s disimpan.", name=contact.name))


@web.post("/outreach/vehicles")
@acts(back="web.outreaches")
def add_service_vehicle(session: Session) -> Done:
    """One more service car."""
    vehicle = services.add_vehicle(
        session,
        current_office(),
        name=sentence_given("name", say("nama mobil"), most=60),
        crew_lead=sentence_given("crew_lead", say("nama petugas"), most=80),
        crew=given("crew", say("nama petugas lain"), 200),
        printers=_number("printers", say("printer")),
    )
    return Done(url_for("web.outreaches"), _("%(name)s ditambahkan.", name=vehicle.name))


def letter_given() -> Letter | None:
    """The letter F-1.07 of the form; None where none was filled in."""
    number = given("form_number", say("nomor F-1.07"), 60)
    names = given("giver_name", say("pemberi kuasa"), 120), given("proxy_name", say("penerima kuasa"), 120)
    if not (number or any(names)):
        return None
    return Letter(
        form_number=number,
        giver_name=names[0],
        proxy_name=names[1],
        giver_checked=request.form.get("giver_checked") == "1",
        proxy_checked=request.form.get("proxy_checked") == "1",
    )


def _day(field: str) -> date:
    try:
        return date.fromisoformat(request.form.get(field, ""))
    except ValueError:
        raise Invalid(fields=[FieldError(field, _("isi tanggal"))]) from None


def _time(field: str) -> int:
    """Seconds after midnight of "08:30"."""
    hours, _colon, minutes = request.form.get(field, "").partition(":")
    if not (hours.isdigit() and minutes[:2].isdigit() and int(hours) < 24 and int(minutes[:2]) < 60):
        raise Invalid(fields=[FieldError(field, say("isi jam, misalnya 08:00"))])
    return int(hours) * 3600 + int(minutes[:2]) * 60


def _number(field: str, what: str) -> int:
    text = request.form.get(field, "0") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Invalid(fields=[FieldError(field, say("isi %(what)s dengan angka", what=what))])
    return int(text)
