"""The day's numbers on one screen, and the promises that were moved with whom they concern."""

from datetime import date

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.access import ADMIN, SUPERVISOR
from dispatch.auth import current_actor, current_office, visitor
from dispatch.errors import FieldError, Invalid
from dispatch.services import blanks, calendar, printing, promises, quotas
from dispatch.services.day_numbers import kept_lately, numbers_of
from dispatch.store.models import User, Village
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, shows
from dispatch.words import _

_MOST_DIGITS = 7


@web.get("/capacity")
@shows
def capacity(session: Session) -> Response:
    """People, prints, blanks and promises of one day."""
    office = current_office()
    this_day = calendar.today(session, calendar.calendar_of(session, office))
    day = _asked_day() or this_day
    villages = session.execute(
        select(Village.code, Village.name, Village.district)
        .where(Village.office == office)
        .order_by(Village.district, Village.name)
    ).all()
    return page(
        session,
        "capacity.html",
        place="capacity",
        day=day,
        is_today=day == this_day,
        numbers=numbers_of(session, office, day),
        villages=villages,
        village_names={code: name for code, name, _district in villages},
        channels={**quotas.CHANNELS, "urgent": _("mendesak")},
        blank_words=blanks.BLANKS,
        needs=quotas.NEEDS,
        people=_people(session, office),
        may_arrange=visitor().role in (ADMIN, SUPERVISOR),
    )


@web.post("/capacity/runs")
@acts(back="web.capacity")
def begin_print_run(session: Session) -> Done:
    """Set the next cards of a print point to print."""
    run = printing.begin_run(session, current_office(), request.form.get("depot_id", "")[:16], by=current_actor())
    return Done(url_for("web.capacity"), _("%(n)s kartu masuk antrean pencetak.", n=run.documents))


@web.post("/capacity/runs/<run_id>/end")
@acts(back="web.capacity")
def end_print_run(session: Session, run_id: str) -> Done:
    """The run is done; the codes of spoiled and unprinted cards are named."""
    office = current_office()
    codes = {document.code: document.id for _line, document in printing.lines_of(session, office, run_id)}
    spoiled, unused = (_named(codes, request.form.get(field, "")) for field in ("spoiled", "unused"))
    printing.end_run(session, office, run_id, spoiled=spoiled, unused=unused, by=current_actor())
    return Done(url_for("web.capacity"), _("Cetakan selesai; kartunya siap diantar."))


@web.post("/capacity/printers")
@acts(back="web.capacity")
def change_printer(session: Session) -> Done:
    """Name a printer with its rate, or say whether it works."""
    office, form = current_office(), request.form
    if form.get("printer_id"):
        printing.set_printer(
            session, office, form["printer_id"][:16], is_active=form.get("is_active") == "1", note=form.get("note", "")
        )
    else:
        printing.add_printer(
            session,
            office,
            form.get("depot_id", "")[:16],
            name=form.get("name", ""),
            cards_per_hour=_number("cards_per_hour"),
        )
    return Done(url_for("web.capacity"), _("Pencetak dicatat."))


@web.post("/capacity/blanks")
@acts(back="web.capacity")
def change_blanks(session: Session) -> Done:
    """Blanks came, are announced, leave for another print point, or are counted in there."""
    office, by, form = current_office(), current_actor(), request.form
    depot, blank, what = form.get("depot_id", "")[:16], form.get("blank", "")[:12], form.get("what", "")
    reference = form.get("reference", "")[:80]
    if what == "receipt":
        blanks.receive(session, office, depot, blank, _number("pieces"), reference=reference, by=by)
    elif what == "announce":
        day = _form_day("expected_on")
        blanks.announce(session, office, depot, blank, _number("pieces"), day, reference=reference, by=by)
    elif what == "call_off":
        blanks.never_mind(session, office, form.get("delivery_id", "")[:16])
    elif what == "send":
        to = form.get("to_depot_id", "")[:16]
        blanks.send(session, office, from_depot=depot, to_depot=to, blank=blank, pieces=_number("pieces"), by=by)
    elif what == "arrive":
        blanks.arrive(session, office, form.get("transfer_id", "")[:16], _number("pieces"), by=by)
    else:
        raise Invalid(fields=[FieldError("what", _("pilih apa yang terjadi dengan blangko"))])
    return Done(url_for("web.capacity"), _("Blangko dicatat."))


@web.post("/capacity/quota")
@acts(back="web.capacity")
def change_quota(session: Session) -> Done:
    """Another quota from a day on."""
    terms = quotas.Terms(
        queue_per_day=_number("queue_per_day"),
        prints_per_day=_number("prints_per_day"),
        urgent_per_village=_number("urgent_per_village"),
        urgent_needs_grant=request.form.get("urgent_needs_grant") == "1",
    )
    quotas.decide_quota(
        session,
        current_office(),
        terms,
        valid_from=_form_day("valid_from"),
        why=request.form.get("why", "")[:200],
        by=current_actor(),
    )
    return Done(url_for("web.capacity"), _("Kuota dicatat."))


@web.post("/capacity/urgent")
@acts(back="web.capacity")
def grant_urgent(session: Session) -> Done:
    """Let a request through the urgent lane."""
    fields = ("request_number", "village_code", "need", "village_reference", "district_reference")
    new = quotas.NewGrant(**{field: request.form.get(field, "").strip() for field in fields})
    quotas.grant_urgent(session, current_office(), new, by=current_actor())
    return Done(url_for("web.capacity"), _("Jalur mendesak dicatat."))


@web.get("/promises")
@shows
def promises_moved(session: Session) -> Response:
    """How promises were kept, and whose new day nobody was told of."""
    office = current_office()
    return page(
        session,
        "promises.html",
        place="promises",
        kept=kept_lately(session, office),
        moved=promises.untold(session, office),
        causes=promises.CAUSES,
    )


@web.post("/promises/told")
@acts(back="web.promises_moved")
def promises_told(session: Session) -> Done:
    """The new days were passed on to a village, or to all."""
    told = promises.told(session, current_office(), village_code=request.form.get("village_code", "")[:13])
    return Done(url_for("web.promises_moved"), _("%(n)s janji baru sudah disampaikan.", n=told))


def _people(session: Session, office: str) -> dict[str, str]:
    rows = session.execute(select(User.id, User.name).where(User.office == office))
    return {f"user:{user_id}": name for user_id, name in rows}


def _named(codes: dict[str, str], text: str) -> list[str]:
    asked = text.replace(",", " ").upper().split()
    strangers = [code for code in asked if code not in codes]
    if strangers:
        raise Invalid(fields=[FieldError("spoiled", _("kode %(code)s tidak ada di cetakan ini", code=strangers[0]))])
    return [codes[code] for code in asked]


def _number(field: str) -> int:
    text = request.form.get(field, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise Invalid(fields=[FieldError(field, _("isi dengan angka"))])
    return int(text)


def _form_day(field: str) -> date:
    try:
        return date.fromisoformat(request.form.get(field, ""))
    except ValueError as error:
        raise Invalid(fields=[FieldError(field, _("isi tanggalnya"))]) from error


def _asked_day() -> date | None:
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None
